const titles: Readonly<Record<string, string>> = { retrack: "Retrack", shopback: "ShopBack" };

/** How a network is called in front of people. */
export function networkTitle(network: string): string {
  return titles[network] ?? network;
}
