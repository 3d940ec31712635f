import {
  type ClickSource,
  type Collector,
  createCollector,
  type Order,
  retrack,
  shopback,
} from "../../../packages/collector/src/index.ts";

// The discard port: nobody answers there, so every postback waits.
const url = "http://127.0.0.1:9";

/** Both networks are credited for each order, so that a part of one would be seen. */
export const NETWORKS = ["retrack", "shopback"];

/** A checkout's collector on the ledger's file. It is not started: what it takes stays in the ledger. */
export function collectorOn(ledger: string, journal?: string, now?: () => Date): Collector {
  return createCollector({
    ledger,
    journal,
    networks: [
      retrack({ token: "no-token", event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb", url }),
      shopback({ offer: "1234", securityToken: "no-token", currency: "MYR", amount: "gross", url }),
    ],
    attribution: "every-click",
    now,
  });
}

/** Reports an order, and tells whether it is in the ledger or, while that takes nothing, in the journal beside it. */
export async function kept(collector: Collector, number: string): Promise<"kept" | "journaled"> {
  return "journaled" in (await collector.report(clicks(), anOrder(number))) ? "journaled" : "kept";
}

function clicks(): ClickSource {
  const at = new Date();
  return {
    clicks: [
      { network: "retrack", id: "625fae10-1eb0-11eb-adc1-0242ac120002", at },
      { network: "shopback", id: "102f31aeb9a5dd2ac1c4b1a7bd0f53", at },
    ],
  };
}

export function anOrder(number: string): Order {
  return {
    number,
    currency: "MYR",
    lines: [
      { sku: "mug", name: "Stoneware mug", quantity: 2, net: 20_000, vat: 5000 },
      { sku: "bowl", name: "Stoneware bowl", quantity: 1, net: 15_000, vat: 3750 },
    ],
  };
}
