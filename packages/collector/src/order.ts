import { z } from "zod";
import { event, isAhead, money, text, time, withDate } from "./fields.ts";
import { decimalsOf, type Money, spread } from "./money.ts";
import { parse, whereFine } from "./parse.ts";

/** A store's purchase. Shipping is never part of it: neither network wants it. */
export type Order = Omit<z.input<typeof orderShape>, "lines"> & { lines: Line[] };

/** One row of an order. `net` and `vat` are for all its units, after the line's own discount. */
export type Line = z.input<typeof lineShape>;

/** An order as it is kept: `placedAt` is always there. */
export type PlacedOrder = Order & { placedAt: Date };

const MOST_LINES = 10_000;

export const lineShape = z.strictObject({
  sku: text,
  name: text,
  quantity: z
    .number({ error: "a whole number is wanted" })
    .refine((value) => Number.isSafeInteger(value) && value >= 1, "must be a whole number of at least 1"),
  ...money,
  category: text.optional(),
  /** Retrack's commission rule for this line, where it differs from its category's. */
  event: event.optional(),
});

export const orderShape = z
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
    discount: z.strictObject(money).optional(),
    /** When the order was placed; by default, when it is reported. */
    placedAt: time.optional(),
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
export function parseOrder(given: unknown, now: Date): PlacedOrder {
  const order = withDate(given, "placedAt");
  const placedAt = (order as Partial<Order> | null | undefined)?.placedAt;
  // Not in the schema: making one for each order's time would cost more than all the rest of reporting it.
  const alsoWrong = isAhead(placedAt, now) ? [{ path: "placedAt", message: "must not be in the future" }] : [];
  const parsed = parse(orderShape, order, "ERR_ORDER", "the order cannot be reported", alsoWrong);
  return { ...parsed, placedAt: parsed.placedAt ?? now };
}

/** What the shopper pays for the goods: all lines less the order's discount. */
export function sumOf(order: Order): Money {
  const { net, vat } = goodsOf(order.lines);
  return { net: net - (order.discount?.net ?? 0), vat: vat - (order.discount?.vat ?? 0) };
}

/**
 * What is left of an order without some of its lines, and without their share of the discount; undefined where nothing
 * is. `isLeft` is asked by SKU.
 */
export function leftOf(order: PlacedOrder, isLeft: (sku: string) => boolean): PlacedOrder | undefined {
  const lines = order.lines.filter(({ sku }) => isLeft(sku));
  if (lines.length === order.lines.length) return order;
  if (lines.length === 0) return undefined;
  if (!order.discount) return { ...order, lines };
  const { discount } = order;
  const share = (part: keyof Money) =>
    spread(
      discount[part],
      order.lines.map((line) => line[part]),
    ).reduce((sum, portion, index) => sum + (isLeft(order.lines[index]?.sku ?? "") ? portion : 0), 0);
  return { ...order, lines, discount: { net: share("net"), vat: share("vat") } };
}

function goodsOf(lines: readonly Money[]): Money {
  return lines.reduce<Money>((sum, line) => ({ net: sum.net + line.net, vat: sum.vat + line.vat }), { net: 0, vat: 0 });
}
