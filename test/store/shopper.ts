import type { Currency } from "./catalogue.ts";

export interface Address {
  readonly name: string;
  readonly email: string;
  readonly street: string;
  readonly postcode: string;
  readonly city: string;
}

export const fields: readonly { name: keyof Address; label: string; type: string; autocomplete: string }[] = [
  { name: "name", label: "Name", type: "text", autocomplete: "name" },
  { name: "email", label: "Email", type: "email", autocomplete: "email" },
  { name: "street", label: "Street", type: "text", autocomplete: "street-address" },
  { name: "postcode", label: "Postcode", type: "text", autocomplete: "postal-code" },
  { name: "city", label: "City", type: "text", autocomplete: "address-level2" },
];

/** Made-up shoppers, so that nobody types a real name into a demo. */
export const madeUp: Readonly<Record<Currency, Address>> = {
  SEK: {
    name: "Maja Lindqvist",
    email: "maja@example.se",
    street: "Björkvägen 7",
    postcode: "793 31",
    city: "Leksand",
  },
  MYR: {
    name: "Aisyah Rahman",
    email: "aisyah@example.my",
    street: "12 Jalan Melur",
    postcode: "10050",
    city: "George Town",
  },
  JPY: { name: "Haru Tanaka", email: "haru@example.jp", street: "3-5-2 Kita", postcode: "060-0001", city: "Sapporo" },
};

/** The address in a form that was sent, trimmed, and what is wrong with it by field. */
export function addressIn(form: unknown): { address: Address; problems: Partial<Record<keyof Address, string>> } {
  const sent: Readonly<Record<string, unknown>> = typeof form === "object" && form !== null ? { ...form } : {};
  const text = (name: keyof Address) => {
    const value = sent[name];
    return typeof value === "string" ? value.trim().slice(0, 100) : "";
  };
  const address: Address = {
    name: text("name"),
    email: text("email"),
    street: text("street"),
    postcode: text("postcode"),
    city: text("city"),
  };
  const problems: Partial<Record<keyof Address, string>> = {};
  for (const { name, label } of fields) if (!address[name]) problems[name] = `${label} is missing.`;
  if (address.email && !/^\S+@\S+$/.test(address.email)) problems.email = "That does not look like an email address.";
  return { address, problems };
}
