import { sampleOf } from "../doctor/sample.ts";
import type { Json, Network } from "../network.ts";
import type { RetrackAccount, ShopbackAccount } from "../sandbox/sandbox.ts";

type Account = { readonly [key: string]: Json | undefined };

/** What the sandbox has to be told of a store's accounts, so that it takes what they send. Of tokens it has its own. */
export interface Played {
  readonly retrack: Partial<Pick<RetrackAccount, "event" | "prices">>;
  readonly shopback: Partial<Pick<ShopbackAccount, "offer" | "validation" | "currency" | "level">>;
}

/** Read from what the accounts would send of a small order. Of several accounts of a network, the first is played. */
export function playedFor(networks: readonly Network[]): Played {
  const firstOf = (name: string) => networks.find(({ landing }) => landing.network === name);
  const [retrack, shopback] = [firstOf("retrack"), firstOf("shopback")];
  return { retrack: (retrack && asRetrack(retrack)) ?? {}, shopback: (shopback && asShopback(shopback)) ?? {} };
}

function asRetrack(network: Network): Played["retrack"] | undefined {
  const sample = sampleOf(network);
  if (!sample) return;
  const { conversion } = sample;
  const { order } = conversion;
  const two = { ...conversion, order: { ...order, lines: order.lines.map((line) => ({ ...line, quantity: 2 })) } };
  const step = network.postbacks(two)[0]?.step as
    | { create?: { event: string; products: { price: number }[] } }
    | undefined;
  if (!step?.create) return;
  const { event, products } = step.create;
  return { event, prices: products[0]?.price === order.lines[0]?.net ? "line" : "unit" };
}

function asShopback(network: Network): Played["shopback"] | undefined {
  const sample = sampleOf(network);
  if (!sample) return;
  const { conversion, currencies } = sample;
  const told = network.postbacks(conversion).slice(0, 1);
  const approved = { ...conversion, status: "approved", told } as const;
  const [validated] = network.refusal(approved) === undefined ? network.postbacks(approved) : [];
  const { offer_id: offer, aff_id: affiliate } = parametersIn(validated?.step);
  return {
    offer: String(parametersIn(sample.step).offer_id),
    currency: currencies?.length === 1 ? String(currencies[0]) : "any",
    level: told[0]?.line === undefined ? "order" : "line",
    ...(affiliate === undefined ? {} : { validation: { offer: String(offer), affiliate: String(affiliate) } }),
  };
}

function parametersIn(step: Json | undefined): Account {
  return ((step as Account | undefined)?.parameters as Account | undefined) ?? {};
}
