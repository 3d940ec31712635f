import { expect, test } from "vitest";
import type { ConversionRecord } from "../../../packages/collector/src/ledger/ledger.ts";
import { told } from "../../../packages/collector/src/telling/told.ts";

const figures = { number: String, gross: () => "2.50 EUR" };

const at = new Date("2026-06-01T12:00:00Z");

function aConversion(more: Partial<ConversionRecord>): ConversionRecord {
  return {
    ...{ serial: 1, revision: 0, number: "1001", network: "shopback:MY", reportedAt: at, status: "pending" },
    ...{ click: { network: "shopback", id: "102abc", at, consent: "tcf" }, lines: {}, postbacks: [], decisions: [] },
    ...more,
  };
}

test("a click is told with its id and why it was stored", () => {
  expect(told({ kind: "click", at }, aConversion({}), figures)).toEqual({
    title: "The shopper came from ShopBack",
    details: [
      { is: "click", text: "102abc" },
      { is: "stored", text: "stored because the consent banner said yes (TCF)" },
    ],
  });
});

test("an erased click is told to be erased, and nothing of why it was stored", () => {
  const erased = aConversion({ click: { network: "shopback", id: "", at, consent: "tcf" } });
  expect(told({ kind: "click", at }, erased, figures).details).toEqual([{ is: "remark", text: "the click is erased" }]);
});
