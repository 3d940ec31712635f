import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CollectorError, type Issue } from "../../packages/collector/src/error.ts";
import type { Conversion, Network } from "../../packages/collector/src/network.ts";
import { retrack } from "../../packages/collector/src/networks/retrack.ts";
import { shopback } from "../../packages/collector/src/networks/shopback.ts";
import { leftOf, parseOrder, sumOf } from "../../packages/collector/src/order.ts";
import { anOrder, anyOrder } from "../support/orders.ts";

const now = new Date("2026-05-10T12:00:00Z");
const line = { sku: "mug-1", name: "Stoneware mug", quantity: 1, net: 10000, vat: 2500 };
const integerWanted = "an integer in minor units is wanted: 12550 for 125.50";
const tooLarge = "is too large to be exact: at most 9007199254740991, in minor units: 12550 for 125.50";
const mustBeInteger = "must be an integer in minor units: 12550 for 125.50";

function issuesOf(order: unknown): readonly Issue[] {
  return refusalOf(order).issues;
}

function refusalOf(order: unknown): CollectorError {
  try {
    parseOrder(order, now);
  } catch (error) {
    if (error instanceof CollectorError && error.code === "ERR_ORDER") return error;
    throw error;
  }
  throw new Error("the order was taken");
}

describe("an order that can be reported", () => {
  test("is kept as it was given", () => {
    const order = {
      number: "#1001/A",
      currency: "SEK",
      lines: [
        {
          sku: "mug-1",
          name: "Stoneware mug",
          quantity: 2,
          net: 20000,
          vat: 5000,
          category: "Kitchen",
          event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
        },
        { sku: "gift", name: "A gift", quantity: 1, net: 0, vat: 0 },
      ],
      discount: { net: 1000, vat: 250 },
      placedAt: new Date("2026-05-09T08:30:00Z"),
      market: "SE",
      vouchers: ["SPRING"],
    };
    expect(parseOrder(order, now)).toEqual({
      number: "#1001/A",
      currency: "SEK",
      lines: [
        {
          sku: "mug-1",
          name: "Stoneware mug",
          quantity: 2,
          net: 20000,
          vat: 5000,
          category: "Kitchen",
          event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
        },
        { sku: "gift", name: "A gift", quantity: 1, net: 0, vat: 0 },
      ],
      discount: { net: 1000, vat: 250 },
      placedAt: new Date("2026-05-09T08:30:00Z"),
      market: "SE",
      vouchers: ["SPRING"],
    });
  });

  test("was placed when it is reported, where it does not say when", () => {
    expect(parseOrder({ number: "1001", currency: "SEK", lines: [line] }, now).placedAt).toEqual(now);
  });

  test("may have its time as text, as where a store kept it as JSON", () => {
    const kept = JSON.parse(JSON.stringify(anOrder({ placedAt: new Date("2026-05-09T08:30:00Z") })));
    expect(parseOrder(kept, now)).toEqual(anOrder({ placedAt: new Date("2026-05-09T08:30:00Z") }));
    expect(parseOrder({ ...kept, placedAt: "2026-05-09T10:30:00+02:00" }, now).placedAt).toEqual(
      new Date("2026-05-09T08:30:00Z"),
    );
    expect(() => parseOrder({ ...kept, placedAt: "2026-05-11T12:00:00.001Z" }, now)).toThrow(
      "must not be in the future",
    );
    expect(() => parseOrder({ ...kept, placedAt: "2026-05-09T08:30:00" }, now)).toThrow("with its offset");
  });

  test("may have two lines of one product", () => {
    expect(parseOrder(anOrder({ lines: [line, line] }), now).lines).toEqual([line, line]);
  });

  test("may have 10,000 lines", () => {
    const lines = Array.from({ length: 10_000 }, () => line);
    expect(parseOrder(anOrder({ lines }), now).lines).toHaveLength(10_000);
  });

  test("may have texts of 500 characters in any script", () => {
    const name = "漢".repeat(500);
    const sku = `${"🎁".repeat(249)}\r\n`;
    expect(parseOrder(anOrder({ number: name, lines: [{ ...line, name, sku }] }), now)).toMatchObject({
      number: name,
      lines: [{ name, sku }],
    });
  });

  test("may cost nothing, or be discounted down to nothing", () => {
    expect(parseOrder(anOrder({ lines: [{ ...line, net: 0, vat: 0 }] }), now).lines[0]?.net).toBe(0);
    expect(parseOrder(anOrder({ discount: { net: 10000, vat: 2500 } }), now).discount).toEqual({
      net: 10000,
      vat: 2500,
    });
  });

  test("may cost as much as can be counted exactly", () => {
    const lines = [{ ...line, net: 9_007_199_254_740_990, vat: 1 }];
    expect(parseOrder(anOrder({ lines }), now).lines).toEqual(lines);
  });

  test.each([
    ["in the first moment of 2000", "2000-01-01T00:00:00.000Z"],
    ["a day ahead of our clock", "2026-05-11T12:00:00.000Z"],
  ])("may be placed %s", (_when, placedAt) => {
    expect(parseOrder(anOrder({ placedAt: new Date(placedAt) }), now).placedAt.toISOString()).toBe(placedAt);
  });

  test("may be in any currency money is paid in", () => {
    for (const currency of ["SEK", "MYR", "JPY", "KWD", "XAF"])
      expect(parseOrder(anOrder({ currency }), now).currency).toBe(currency);
  });
});

describe("an order that cannot be reported", () => {
  test.each<[string, unknown, Issue]>([
    ["no number", { number: undefined }, { path: "number", message: "a text is wanted" }],
    ["a number that is a number", { number: 1001 }, { path: "number", message: "a text is wanted" }],
    ["an empty number", { number: "" }, { path: "number", message: "must not be empty" }],
    ["a number of 501 characters", { number: "1".repeat(501) }, tooLong("number")],
    ["a number with a lone surrogate", { number: "1\ud800" }, illFormed("number")],
    ["a number with a NUL", { number: "1\0" }, illFormed("number")],
    ["no currency", { currency: undefined }, { path: "currency", message: "an ISO 4217 code is wanted" }],
    ["an unknown currency", { currency: "KRO" }, noCurrency()],
    ["a currency in small letters", { currency: "sek" }, noCurrency()],
    ["a currency's name", { currency: "kronor" }, noCurrency()],
    ["a currency's sign", { currency: "€" }, noCurrency()],
    ["gold for a currency", { currency: "XAU" }, noCurrency()],
    ["no lines", { lines: undefined }, { path: "lines", message: "an array of lines is wanted" }],
    [
      "lines in an object",
      { lines: { 0: line, length: 1 } },
      { path: "lines", message: "an array of lines is wanted" },
    ],
    ["empty lines", { lines: [] }, { path: "lines", message: "at least one line is wanted" }],
    ["10,001 lines", { lines: Array(10_001).fill(line) }, { path: "lines", message: "at most 10000 lines are taken" }],
    ["a line without a SKU", { lines: [{ ...line, sku: undefined }] }, textWanted("lines.0.sku")],
    ["a line with a number for a SKU", { lines: [{ ...line, sku: 7 }] }, textWanted("lines.0.sku")],
    ["a line without a name", { lines: [line, { ...line, name: undefined }] }, textWanted("lines.1.name")],
    ["a name of 1 MB", { lines: [{ ...line, name: "a".repeat(1_048_576) }] }, tooLong("lines.0.name")],
    ["a name with a lone surrogate", { lines: [{ ...line, name: "\udc00" }] }, illFormed("lines.0.name")],
    ["a category of 1 MB", { lines: [{ ...line, category: "a".repeat(1_048_576) }] }, tooLong("lines.0.category")],
    [
      "an empty category",
      { lines: [{ ...line, category: "" }] },
      { path: "lines.0.category", message: "must not be empty" },
    ],
    [
      "an event that is no UUID",
      { lines: [{ ...line, event: "sale" }] },
      { path: "lines.0.event", message: "must be a UUID" },
    ],
    ["no quantity", { lines: [{ ...line, quantity: undefined }] }, wholeWanted()],
    ["a quantity as text", { lines: [{ ...line, quantity: "2" }] }, wholeWanted()],
    ["a quantity of 0", { lines: [{ ...line, quantity: 0 }] }, atLeastOne()],
    ["a negative quantity", { lines: [{ ...line, quantity: -1 }] }, atLeastOne()],
    ["half a quantity", { lines: [{ ...line, quantity: 1.5 }] }, atLeastOne()],
    ["an unsafe quantity", { lines: [{ ...line, quantity: 9_007_199_254_740_992 }] }, atLeastOne()],
    ["no amount", { lines: [{ ...line, net: undefined }] }, { path: "lines.0.net", message: integerWanted }],
    ["an amount as text", { lines: [{ ...line, net: "10000" }] }, { path: "lines.0.net", message: integerWanted }],
    ["an amount as a BigInt", { lines: [{ ...line, net: 10000n }] }, { path: "lines.0.net", message: integerWanted }],
    [
      "an amount that is no number",
      { lines: [{ ...line, net: NaN }] },
      { path: "lines.0.net", message: integerWanted },
    ],
    ["an endless amount", { lines: [{ ...line, vat: Infinity }] }, { path: "lines.0.vat", message: integerWanted }],
    ["a fractional amount", { lines: [{ ...line, net: 125.5 }] }, { path: "lines.0.net", message: mustBeInteger }],
    ["a negative amount", { lines: [{ ...line, vat: -1 }] }, { path: "lines.0.vat", message: "must not be negative" }],
    ["an unsafe amount", { lines: [{ ...line, net: 2 ** 53 }] }, { path: "lines.0.net", message: tooLarge }],
    [
      "lines whose sum is unsafe",
      { lines: [{ ...line, net: Number.MAX_SAFE_INTEGER, vat: 0 }, line] },
      { path: "lines", message: "the sum of net and vat is too large to be exact" },
    ],
    [
      "a line whose gross amount is unsafe",
      { lines: [{ ...line, net: 9_007_199_254_740_991, vat: 1 }] },
      { path: "lines", message: "the sum of net and vat is too large to be exact" },
    ],
    [
      "quantities whose sum is unsafe",
      { lines: [{ ...line, quantity: Number.MAX_SAFE_INTEGER }, line] },
      { path: "lines", message: "the sum of quantity is too large to be exact" },
    ],
    [
      "a discount above the lines' sum",
      { discount: { net: 10001, vat: 2500 } },
      { path: "discount.net", message: "10001 is more than the lines' sum, 10000" },
    ],
    [
      "a discount of more VAT than the lines have",
      { discount: { net: 10000, vat: 2501 } },
      { path: "discount.vat", message: "2501 is more than the lines' sum, 2500" },
    ],
    ["half a discount", { discount: { net: 10 } }, { path: "discount.vat", message: integerWanted }],
    ["a fractional discount", { discount: { net: 0.5, vat: 0 } }, { path: "discount.net", message: mustBeInteger }],
    [
      "a negative discount",
      { discount: { net: -1, vat: 0 } },
      { path: "discount.net", message: "must not be negative" },
    ],
    [
      "a time as text",
      { placedAt: "2026-05-10" },
      { path: "placedAt", message: "a valid Date is wanted, or its ISO 8601 text with its offset" },
    ],
    [
      "an invalid time",
      { placedAt: new Date("never") },
      { path: "placedAt", message: "a valid Date is wanted, or its ISO 8601 text with its offset" },
    ],
    [
      "a time before 2000",
      { placedAt: new Date("1999-12-31T23:59:59.999Z") },
      { path: "placedAt", message: "must not be before the year 2000" },
    ],
    [
      "a time more than a day ahead",
      { placedAt: new Date("2026-05-11T12:00:00.001Z") },
      { path: "placedAt", message: "must not be in the future" },
    ],
    [
      "the last time there is",
      { placedAt: new Date(8_640_000_000_000_000) },
      { path: "placedAt", message: "must not be in the future" },
    ],
    ["an empty market", { market: "" }, { path: "market", message: "must not be empty" }],
    ["a voucher that is no text", { vouchers: [5] }, textWanted("vouchers.0")],
    [
      "101 vouchers",
      { vouchers: Array(101).fill("SPRING") },
      { path: "vouchers", message: "at most 100 vouchers are taken" },
    ],
    [
      "a field nobody knows",
      { shipping: 4900 },
      { path: "shipping", message: "is not known: correct its name or remove it" },
    ],
    [
      "a line's field nobody knows",
      { lines: [{ ...line, price: 125 }] },
      { path: "lines.0.price", message: "is not known: correct its name or remove it" },
    ],
  ])("has %s", (_what, changes, issue) => {
    expect(issuesOf({ ...anOrder(), ...(changes as object) })).toEqual([issue]);
  });

  test.each([
    ["nothing", undefined],
    ["null", null],
    ["a text", "1001"],
    ["a number", 1001],
    ["a list", [anOrder()]],
    ["a function", () => anOrder()],
  ])("is %s", (_what, order) => {
    expect(issuesOf(order)).toEqual([{ path: "", message: "an object is wanted" }]);
  });

  test("has a line that is none", () => {
    expect(issuesOf({ ...anOrder(), lines: [line, null, "mug-1"] })).toEqual([
      { path: "lines.1", message: "an object is wanted" },
      { path: "lines.2", message: "an object is wanted" },
    ]);
  });

  test("has all its problems told at once, in its fields and between them", () => {
    const order = {
      currency: "kr",
      lines: [line, { ...line, sku: "" }, { ...line, net: -12.5, vat: "25%", event: "sale" }],
      discount: { net: 1.5, vat: 0 },
      placedAt: new Date("2030-01-01T00:00:00Z"),
      shipping: 4900,
    };
    expect(issuesOf(order)).toEqual([
      { path: "number", message: "a text is wanted" },
      { path: "currency", message: "must be an ISO 4217 code in capitals, like SEK" },
      { path: "lines.1.sku", message: "must not be empty" },
      { path: "lines.2.net", message: "must be an integer in minor units: 12550 for 125.50" },
      { path: "lines.2.net", message: "must not be negative" },
      { path: "lines.2.vat", message: "an integer in minor units is wanted: 12550 for 125.50" },
      { path: "lines.2.event", message: "must be a UUID" },
      { path: "discount.net", message: "must be an integer in minor units: 12550 for 125.50" },
      { path: "shipping", message: "is not known: correct its name or remove it" },
      { path: "placedAt", message: "must not be in the future" },
    ]);
  });

  test("is told that its discount is too large although other fields are wrong as well", () => {
    expect(issuesOf({ ...anOrder(), number: undefined, discount: { net: 10001, vat: 2501 } })).toEqual([
      { path: "number", message: "a text is wanted" },
      { path: "discount.net", message: "10001 is more than the lines' sum, 10000" },
      { path: "discount.vat", message: "2501 is more than the lines' sum, 2500" },
    ]);
  });

  test("is not told of sums that are wrong only because a line is", () => {
    expect(issuesOf(anOrder({ lines: [{ ...line, net: -5 }] }))).toEqual([
      { path: "lines.0.net", message: "must not be negative" },
    ]);
  });

  test("is refused with one line that names each problem and its path", () => {
    const { message } = refusalOf({ ...anOrder(), number: "", lines: [{ ...line, net: 125.5 }] });
    expect(message).toBe(
      "the order cannot be reported: number: must not be empty; " +
        "lines.0.net: must be an integer in minor units: 12550 for 125.50",
    );
  });

  test("has every one of 10,000 problems in its issues, and the first twenty in its message", () => {
    const refusal = refusalOf(anOrder({ lines: Array(10_000).fill({ ...line, net: -1 }) }));
    expect(refusal.issues).toHaveLength(10_000);
    expect(refusal.issues.at(-1)).toEqual({ path: "lines.9999.net", message: "must not be negative" });
    expect(refusal.message).toMatch(/; lines\.19\.net: must not be negative; and 9980 more$/);
  });

  function textWanted(path: string): Issue {
    return { path, message: "a text is wanted" };
  }

  function tooLong(path: string): Issue {
    return { path, message: "must be no longer than 500 characters" };
  }

  function illFormed(path: string): Issue {
    return { path, message: "must be well-formed text without NUL" };
  }

  function noCurrency(): Issue {
    return { path: "currency", message: "must be an ISO 4217 code in capitals, like SEK" };
  }

  function wholeWanted(): Issue {
    return { path: "lines.0.quantity", message: "a whole number is wanted" };
  }

  function atLeastOne(): Issue {
    return { path: "lines.0.quantity", message: "must be a whole number of at least 1" };
  }
});

describe("anything at all given as an order", () => {
  const event = "1f80e399-6f55-4cef-b8b0-0f74752c1ceb";
  const networks = [
    retrack({ token: "a-token", event, prices: "unit" }),
    retrack({ token: "a-token", event, prices: "line" }),
    shopback({ offer: "1234", securityToken: "a-token", currency: "any", amount: "gross" }),
    shopback({
      offer: "1234",
      securityToken: "a-token",
      currency: "MYR",
      amount: "net",
      level: "line",
      datetime: true,
    }),
  ] as unknown as Network[];

  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withNullPrototype: true,
    withMap: true,
    withSet: true,
  });

  test("is an order that every network can be sent, or an error that says what is wrong", () => {
    fc.assert(fc.property(fc.oneof(fc.jsonValue(), anything), isTakenOrRefused));
  });

  test("is so with any part of a good order gone, replaced or added to", () => {
    const change = fc.record({
      at: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
      kind: fc.constantFrom("replace", "remove", "add"),
      key: fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "toString", "0")),
      value: fc.oneof(fc.jsonValue(), anything, fc.double(), fc.string({ unit: "binary" })),
    });
    fc.assert(
      fc.property(anyOrder, fc.array(change, { minLength: 1, maxLength: 4 }), (good, changes) => {
        const order: Record<string, unknown> = structuredClone({ ...good });
        for (const given of changes) apply(given, order);
        isTakenOrRefused(order);
      }),
    );
  });

  function apply(
    { at, kind, key, value }: { at: number[]; kind: string; key: string; value: unknown },
    order: Record<string, unknown>,
  ): void {
    const [index = 0, ...deeper] = at;
    const keys = Object.keys(order);
    const chosen = keys[index % keys.length];
    const inside = chosen === undefined ? undefined : order[chosen];
    if (deeper.length > 0 && typeof inside === "object" && inside !== null)
      apply({ at: deeper, kind, key, value }, inside as Record<string, unknown>);
    else if (kind === "add" && Array.isArray(order)) order.push(value);
    else if (kind === "add" || chosen === undefined) Object.defineProperty(order, key, { value, ...open });
    else if (kind === "remove") delete order[chosen];
    else Object.defineProperty(order, chosen, { value, ...open });
  }

  const open = { enumerable: true, configurable: true, writable: true };

  function isTakenOrRefused(given: unknown): void {
    let order: ReturnType<typeof parseOrder>;
    try {
      order = parseOrder(given, now);
    } catch (error) {
      expect(error).toBeInstanceOf(CollectorError);
      expect(error).toMatchObject({
        code: "ERR_ORDER",
        message: expect.stringMatching(/^the order cannot be reported: ./),
      });
      expect((error as CollectorError).issues.length).toBeGreaterThan(0);
      return;
    }
    const click = { network: "any", id: "59d08c54-18e6-4e0d-9c06-d18be3510e43", at: now };
    const conversion: Conversion = { order, click, status: "pending", lines: {}, told: [] };
    for (const network of networks.filter(({ refusal }) => refusal(conversion) === undefined))
      for (const { step } of network.postbacks(conversion)) {
        const request = network.request(step);
        expect(URL.canParse(request.url)).toBe(true);
        expect(JSON.parse(JSON.stringify(step))).toEqual(step);
      }
  }
});

describe("what the shopper pays for the goods", () => {
  test("is the sum of the lines", () => {
    expect(sumOf(anOrder({ lines: [line, { ...line, net: 5, vat: 1 }] }))).toEqual({ net: 10005, vat: 2501 });
  });

  test("is less the order's discount, of both the amount and its VAT", () => {
    expect(sumOf(anOrder({ discount: { net: 999, vat: 250 } }))).toEqual({ net: 9001, vat: 2250 });
  });
});

describe("what is left of an order without some of its lines", () => {
  const mug = { sku: "mug-1", name: "Stoneware mug", quantity: 1, net: 10000, vat: 2500 };
  const vase = { sku: "vase-1", name: "Vase", quantity: 2, net: 20000, vat: 1200 };

  test("is the lines that are left, as they are, and all else of the order", () => {
    const order = anOrder({ lines: [mug, vase], market: "SE", vouchers: ["SPRING"] });
    expect(leftOf(order, (sku) => sku === "vase-1")).toEqual({
      number: "1001",
      currency: "SEK",
      lines: [{ sku: "vase-1", name: "Vase", quantity: 2, net: 20000, vat: 1200 }],
      placedAt: new Date("2026-05-10T11:00:00Z"),
      market: "SE",
      vouchers: ["SPRING"],
    });
  });

  test("is without their share of the discount, of its amount by their amounts and of its VAT by their VAT", () => {
    const order = anOrder({ lines: [mug, vase], discount: { net: 3000, vat: 370 } });
    expect(leftOf(order, (sku) => sku === "mug-1")?.discount).toEqual({ net: 1000, vat: 250 });
    expect(leftOf(order, (sku) => sku === "vase-1")?.discount).toEqual({ net: 2000, vat: 120 });
  });

  test("takes the minor unit that does not divide off the line whose share is cut most", () => {
    const order = anOrder({ lines: [mug, vase, mug], discount: { net: 10001, vat: 1 } });
    expect(leftOf(order, (sku) => sku === "mug-1")?.discount).toEqual({ net: 5000, vat: 1 });
    expect(leftOf(order, (sku) => sku === "vase-1")?.discount).toEqual({ net: 5001, vat: 0 });
  });

  test("is without every line of a product at once", () => {
    const order = anOrder({ lines: [mug, vase, { ...mug, net: 1 }] });
    expect(leftOf(order, (sku) => sku === "vase-1")?.lines).toEqual([vase]);
  });

  test("sums with the other parts to the whole exactly, however an order is split", () => {
    const parts = ["paid", "returned", "lost"] as const;
    const split = fc.dictionary(fc.constantFrom("mug-1", "mug-2", "vase-1", "throw-1"), fc.constantFrom(...parts));
    fc.assert(
      fc.property(anyOrder, split, (order, partOf) => {
        const given = parts.flatMap((part) => leftOf(order, (sku) => (partOf[sku] ?? "paid") === part) ?? []);
        const lines = given.flatMap((part) => part.lines);
        expect(lines.length).toBe(order.lines.length);
        expect(new Set(lines)).toEqual(new Set(order.lines));
        for (const what of ["net", "vat"] as const) {
          const sums = given.map((part) => sumOf(part)[what]);
          expect(sums.reduce((sum, part) => sum + part, 0)).toBe(sumOf(order)[what]);
          expect(Math.min(...sums)).toBeGreaterThanOrEqual(0);
          const discounts = given.map(({ discount }) => discount?.[what] ?? 0);
          expect(discounts.reduce((sum, part) => sum + part, 0)).toBe(order.discount?.[what] ?? 0);
          expect(Math.min(...discounts)).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  test("is the very order where all is left, and nothing where none is", () => {
    fc.assert(
      fc.property(anyOrder, (order) => {
        expect(leftOf(order, () => true)).toBe(order);
        expect(leftOf(order, () => false)).toBeUndefined();
      }),
    );
  });

  test("does not change the order it is taken from", () => {
    fc.assert(
      fc.property(anyOrder, (order) => {
        const before = structuredClone(order);
        leftOf(order, (sku) => sku === "mug-1");
        expect(order).toEqual(before);
      }),
    );
  });
});
