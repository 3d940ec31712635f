import fc from "fast-check";
import type { PlacedOrder } from "../../packages/collector/src/order.ts";

/** An order of one mug at 125 SEK including 25 SEK VAT, as far as `changes` says nothing else. */
export function anOrder(changes: Partial<PlacedOrder> = {}): PlacedOrder {
  return {
    number: "1001",
    currency: "SEK",
    lines: [{ sku: "mug-1", name: "Stoneware mug", quantity: 1, net: 10000, vat: 2500 }],
    placedAt: new Date("2026-05-10T11:00:00Z"),
    ...changes,
  };
}

const anyLine = fc.record({
  // Few, so that orders have several lines of one.
  sku: fc.constantFrom("mug-1", "mug-2", "vase-1", "throw-1"),
  name: fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" }),
  quantity: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 1_000_000 })),
  net: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.nat(10_000_000), fc.nat(90_000_000_000_000)),
  vat: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.nat(10_000_000), fc.nat(90_000_000_000_000)),
});

/** Any order that can be reported: of each sum, any part may be discounted, up to all of it. */
export const anyOrder: fc.Arbitrary<PlacedOrder> = fc
  .record({
    number: fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" }),
    currency: fc.constantFrom("SEK", "MYR", "JPY", "KRW"),
    lines: fc.array(anyLine, { minLength: 1, maxLength: 30 }),
  })
  .chain((order) => {
    const net = order.lines.reduce((sum, line) => sum + line.net, 0);
    const vat = order.lines.reduce((sum, line) => sum + line.vat, 0);
    const discount = fc.record({ net: fc.integer({ min: 0, max: net }), vat: fc.integer({ min: 0, max: vat }) });
    return fc
      .option(discount, { nil: undefined })
      .map((given) => anOrder({ ...order, ...(given && { discount: given }) }));
  });
