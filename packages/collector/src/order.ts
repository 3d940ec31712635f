import { z } from "zod";
import { DAY } from "./day.ts";
import { decimalsOf, type Money } from "./money.ts";
import { parse, whereFine } from "./parse.ts";

/** A store's purchase. Shipping is never part of it: neither network wants it. */
export type Order = Omit<z.input<typeof orderShape>, "lines"> & { lines: Line[] };

/** One row of an order. `net` and `vat` are for all its units, after the line's own discount. */
export type Line = z.input<typeof lineShape>;

/** An order as it is kept: `placedAt` is always there. */
export type PlacedOrder = Order & { placedAt: Date };

const MOST_LINES = 10_000;
// TUNE cuts sub ids at 500 characters: https://help.tune.com/hasoffers/advertiser-sub-ids/
const LONGEST_TEXT = 500;
const EARLIEST = new Date("2000-01-01T00:00:00Z");

const text = z
  .string({ error: "a text is wanted" })
  .min(1, "must not be empty")
  .max(LONGEST_TEXT, `must be no longer than ${LONGEST_TEXT} characters`)
  // Neither can be sent or kept: a lone surrogate has no UTF-8, and PostgreSQL keeps no NUL.
  .refine((value) => value.isWellFormed() && !value.includes("\0"), "must be well-formed text without NUL");

const minorUnits = z
  .number({ error: "an integer in minor units is wanted: 12550 for 125.50" })
  .refine((value) => Number.isSafeInteger(value), "must be an integer in minor units: 12550 for 125.50")
  .min(0, "must not be negative");

const lineShape = z.strictObject({
  sku: text,
  name: text,
  quantity: z
    .number({ error: "a whole number is wanted" })
    .refine((value) => Number.isSafeInteger(value) && value >= 1, "must be a whole number of at least 1"),
  net: minorUnits,
  vat: minorUnits,
  category: text.optional(),
  /** Retrack's commission rule for this line, where it differs from its category's. */
  event: z.guid("must be a UUID").optional(),
});

const orderShape = z
  .strictObject({
    /** The number the shopper sees. One number is one order, however often it is reported. */
    number: text,
    currency: z
      .string({ error: "an ISO 4217 code is wanted" })
      .refine((code) => decimalsOf(code) !== undefined, "must be an ISO 4217 code in capitals, like SEK"),
    lines: z
      .array(lineShape, { error: "an array of lines is wanted" })
      .min(1, "at least one line is wanted")
      .max(MOST_LINES, `at most ${MOST_LINES} lines are taken`),
    /** Off the whole order, and not already taken off the lines. */
    discount: z.strictObject({ net: minorUnits, vat: minorUnits }).optional(),
    /** When the order was placed; by default, when it is reported. */
    placedAt: z.date({ error: "a valid Date is wanted" }).min(EARLIEST, "must not be before the year 2000").optional(),
    /** Picks the account of a network of which the store has several: `MY`. */
    market: text.optional(),
    vouchers: z.array(text).max(100, "at most 100 vouchers are taken").optional(),
  })
  .superRefine(
    ({ lines, discount = { net: 0, vat: 0 } }, context) => {
      const goods = goodsOf(lines);
      const quantity = lines.reduce((sum, line) => sum + line.quantity, 0);
      for (const [what, sum] of Object.entries({ "net and vat": goods.net + goods.vat, quantity }))
        if (!Number.isSafeInteger(sum))
          context.addIssue({ code: "custom", path: ["lines"], message: `the sum of ${what} is too large to be exact` });
      for (const part of ["net", "vat"] as const)
        if (discount[part] > goods[part])
          context.addIssue({
            code: "custom",
            path: ["discount", part],
            message: `${discount[part]} is more than the lines' sum, ${goods[part]}`,
          });
    },
    whereFine("lines", "discount"),
  );

/** The order as it is kept. Throws `ERR_ORDER` with every problem and its path. */
export function parseOrder(order: unknown, now: Date): PlacedOrder {
  const placedAt = (order as Partial<Order> | null | undefined)?.placedAt;
  // A day's grace for clocks that differ; further ahead it is a mistake that a network would keep.
  const isAhead = placedAt instanceof Date && +placedAt > +now + DAY;
  // Not in the schema: making one for each order's time would cost more than all the rest of reporting it.
  const alsoWrong = isAhead ? [{ path: "placedAt", message: "must not be in the future" }] : [];
  const parsed = parse(orderShape, order, "ERR_ORDER", "the order cannot be reported", alsoWrong);
  return { ...parsed, placedAt: parsed.placedAt ?? now };
}

/** What the shopper pays for the goods: all lines less the order's discount. */
export function sumOf(order: Order): Money {
  const { net, vat } = goodsOf(order.lines);
  return { net: net - (order.discount?.net ?? 0), vat: vat - (order.discount?.vat ?? 0) };
}

function goodsOf(lines: readonly Money[]): Money {
  return lines.reduce<Money>((sum, line) => ({ net: sum.net + line.net, vat: sum.vat + line.vat }), { net: 0, vat: 0 });
}
