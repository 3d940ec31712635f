import type { Order } from "../../packages/collector/src/index.ts";
import type { NetworkName } from "../../packages/collector/src/sandbox/sandbox.ts";

/** An order that was, or is to be, reported: what the networks are to know of it. */
export interface Placed {
  readonly number: string;
  readonly network: NetworkName;
  readonly skus: readonly string[];
}

/** An order of one of each article. */
export function orderOf({ number, skus }: Placed): Order {
  return {
    number,
    currency: "MYR",
    lines: skus.map((sku, index) => ({ sku, name: `Article ${sku}`, quantity: 1, net: 10_000 + index, vat: 600 })),
  };
}

const articles = ["mug-1", "bowl-2", "vase-3"];

/** The order of that number, with one to three articles. */
export function place(number: string, network: NetworkName, random: () => number): Placed {
  return { number, network, skus: articles.slice(0, 1 + Math.floor(random() * articles.length)) };
}

/** Half of the orders are one network's, half the other's. */
export function anyNetwork(random: () => number): NetworkName {
  return random() < 0.5 ? "retrack" : "shopback";
}
