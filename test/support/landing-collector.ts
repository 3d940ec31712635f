import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Collector, createCollector } from "../../packages/collector/src/index.ts";
import { retrack } from "../../packages/collector/src/networks/retrack.ts";
import { shopback } from "../../packages/collector/src/networks/shopback.ts";
import type { LandingOptions } from "./landing-cases.ts";

export interface LandingCollector {
  readonly collector: Collector;
  stop(): Promise<void>;
}

/** A collector of the given settings, for a store at `https://www.shop.example` where they name no hosts. */
export function collectorOf(options: LandingOptions = {}, now: () => Date = () => new Date()): LandingCollector {
  const { retrack: ofRetrack, shopback: ofShopback, deepLinkHosts = ["www.shop.example"], ...others } = options;
  const folder = mkdtempSync(join(tmpdir(), "cashtrail-"));
  const collector = createCollector({
    ledger: join(folder, "ledger.db"),
    networks: [
      ...(ofRetrack === false
        ? []
        : [retrack({ token: "retrack-token", event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb", ...ofRetrack })]),
      ...(ofShopback === false
        ? []
        : [
            shopback({
              offer: "1234",
              securityToken: "shopback-token",
              currency: "any",
              amount: "gross",
              ...ofShopback,
            }),
          ]),
    ],
    deepLinkHosts: [...deepLinkHosts],
    now,
    ...others,
  });
  return {
    collector,
    async stop() {
      await collector.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
