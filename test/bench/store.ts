import { type Collector, type CollectorOptions, createCollector, type Order, retrack } from "@cashtrail/collector";
import type { Place } from "./place.ts";

/** Nobody answers there. */
export const NOWHERE = "http://127.0.0.1:9";

export const CLICK = "625fae10-1eb0-11eb-adc1-0242ac120002";

/** A request of a shopper with a click. */
export const shopper = { headers: { cookie: `retrack_click=${CLICK}` } };

export function anOrder(number: string): Order {
  return {
    number,
    currency: "SEK",
    lines: [
      { sku: "mug", name: "Stoneware mug", quantity: 2, net: 20_000, vat: 5_000 },
      { sku: "bowl", name: "Stoneware bowl", quantity: 1, net: 15_000, vat: 3_750 },
    ],
  };
}

/** A collector at this place, whose network is at this URL. */
export function collectorAt(
  { ledger, journal }: Pick<Place, "journal"> & { readonly ledger: NonNullable<CollectorOptions["ledger"]> },
  url: string,
  { concurrency = 8, onEvent }: { concurrency?: number; onEvent?: CollectorOptions["onEvent"] } = {},
): Collector {
  return createCollector({
    ledger,
    journal,
    networks: [retrack({ token: "bench-token", event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb", url })],
    delivery: { concurrency },
    onEvent,
  });
}
