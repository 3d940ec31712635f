import type { ReceivedRequest, Sandbox } from "../../packages/collector/src/sandbox/sandbox.ts";
import type { Placed } from "./order.ts";

/** The id of the postback a request belongs to: a look-up's is that of what it looks for. */
export function postbackIdOf({ network, path, body }: ReceivedRequest): string {
  const query = new URLSearchParams(path.slice(path.indexOf("?") + 1));
  if (network === "shopback") return idOf(network, query.get("adv_sub") ?? "", query.get("adv_sub4"));
  return idOf(network, query.get("byOrderNumber") ?? JSON.parse(body).orderNumber);
}

/** How often each postback is in the networks' books. */
export function timesRecorded({ book }: Pick<Sandbox, "book">): Map<string, number> {
  const times = new Map<string, number>();
  const count = (id: string) => times.set(id, (times.get(id) ?? 0) + 1);
  for (const { body } of book.retrack) count(idOf("retrack", body.orderNumber));
  for (const { query } of book.shopback) count(idOf("shopback", query.adv_sub ?? "", query.adv_sub4));
  return times;
}

/** The postbacks that an order becomes. */
export function postbackIdsOf({ number, network, skus }: Placed, level: "order" | "line"): string[] {
  return network === "shopback" && level === "line"
    ? skus.map((sku) => idOf(network, number, sku))
    : [idOf(network, number)];
}

function idOf(network: string, number: string, sku?: string | null): string {
  return sku ? `${network}/${number}/create/${sku}` : `${network}/${number}/create`;
}
