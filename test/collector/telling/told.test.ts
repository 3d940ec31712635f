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

test("a report is told with its lines and sum until the order is changed, and then with its number alone", () => {
  const mug = { sku: "mug", name: "Mug", quantity: 1, net: 200, vat: 50 };
  const order = { number: "1001", currency: "EUR", lines: [mug], placedAt: at };
  const approved = aConversion({ order, revision: 1, decisions: [{ at, what: "approve", by: "store" }] });
  const changed = aConversion({ order, revision: 1, decisions: [{ at, what: "update", by: "store" }] });
  const detailsOf = (conversion: ConversionRecord) => told({ kind: "reported", at }, conversion, figures).details;
  expect(detailsOf(approved)).toEqual([{ is: "words", text: "1 line, 2.50 EUR" }]);
  // What is kept is what was left after the change: nobody reported that.
  expect(detailsOf(changed)).toEqual([{ is: "number", text: "1001" }]);
});
