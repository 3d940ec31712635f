import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Collector, createCollector, type Order, retrack } from "@cashtrail/collector";

export const CLICK = "625fae10-1eb0-11eb-adc1-0242ac120002";

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

/** A collector on a fresh ledger in a folder that goes away when it is closed. */
export function freshCollector(
  url: string,
  concurrency = 8,
): { collector: Collector; folder: string; close(): Promise<void> } {
  const folder = mkdtempSync(join(tmpdir(), "cashtrail-bench-"));
  const collector = createCollector({
    ledger: join(folder, "ledger.db"),
    networks: [retrack({ token: "bench-token", event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb", url })],
    delivery: { concurrency },
  });
  return {
    collector,
    folder,
    async close() {
      await collector.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
