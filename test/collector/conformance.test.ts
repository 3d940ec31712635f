import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { coinback } from "../../examples/networks/coinback.ts";
import { coinbackFixtures } from "../../examples/networks/coinback-fixtures.ts";
import { checkNetwork } from "../../packages/collector/src/conformance/conformance.ts";
import { retrack } from "../../packages/collector/src/networks/retrack.ts";
import { shopback } from "../../packages/collector/src/networks/shopback.ts";
import { retrackFixtures } from "./networks/retrack-fixtures.ts";
import { shopbackByLineFixtures, shopbackFixtures } from "./networks/shopback-fixtures.ts";

const account = {
  offer: "1234",
  securityToken: "5f2c8a0e9b7d4631a8c0e5f7b1d29364",
  currency: "MYR",
  amount: "gross",
  validation: { offer: "5678", affiliate: "1152" },
} as const;

describe("every promise of a network is kept", () => {
  test("by Retrack", () => {
    const network = retrack({
      token: "DbV6KYhMm7firiNtgfOCEmRohglfAQUTUy4FudGOKtetC0yYSaKtOXIedfNX",
      event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
    });
    expect(checkNetwork(network, retrackFixtures)).toEqual([]);
  });

  test("by ShopBack", () => {
    expect(checkNetwork(shopback(account), shopbackFixtures)).toEqual([]);
  });

  test("by ShopBack line by line", () => {
    expect(checkNetwork(shopback({ ...account, level: "line" }), shopbackByLineFixtures)).toEqual([]);
  });

  test("by the example of a third network, which has fewer than 120 lines", () => {
    expect(checkNetwork(coinback({ token: "s3cret-of-the-store" }), coinbackFixtures)).toEqual([]);
    expect(readFileSync("examples/networks/coinback.ts", "utf8").trimEnd().split("\n").length).toBeLessThan(120);
  });
});
