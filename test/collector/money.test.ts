import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decimal, decimalsOf, majorUnits, minorUnits, spread } from "../../packages/collector/src/money.ts";

describe("the decimals of a currency", () => {
  test.each([
    ["SEK", 2],
    ["MYR", 2],
    ["EUR", 2],
    // The platform's own data says 0 for these two.
    ["IDR", 2],
    ["HUF", 2],
    ["TWD", 2],
    ["XCG", 2],
    ["JPY", 0],
    ["KRW", 0],
    ["VND", 0],
    ["XAF", 0],
    ["KWD", 3],
    ["BHD", 3],
    ["CLF", 4],
  ])("%s has %i", (currency, decimals) => {
    expect(decimalsOf(currency)).toBe(decimals);
  });

  test.each([
    ["XXX", "no currency"],
    ["XTS", "the testing code"],
    ["XAU", "gold"],
    ["XBA", "a bond unit"],
    ["XDR", "a unit of account"],
    ["XSU", "a unit of account between states"],
    ["XUA", "a unit of account of banks"],
    ["ABC", "unknown"],
    ["sek", "not in capitals"],
    ["SEKR", "too long"],
    ["SEK\n", "followed by a line break"],
    [" SEK", "padded"],
    ["", "empty"],
    ["ＳＥＫ", "in wide letters"],
  ])("%j has none, being %s", (currency) => {
    expect(decimalsOf(currency)).toBeUndefined();
  });
});

describe("a decimal number", () => {
  test.each([
    [12550, 2, "125.5"],
    [12500, 2, "125"],
    [12555, 2, "125.55"],
    [123456, 2, "1234.56"],
    [10000, 2, "100"],
    [12005, 2, "120.05"],
    [10, 2, "0.1"],
    [5, 2, "0.05"],
    [0, 2, "0"],
    [12000, 0, "12000"],
    [0, 0, "0"],
    [1, 3, "0.001"],
    [1250, 3, "1.25"],
    [9_007_199_254_740_991, 2, "90071992547409.91"],
    [9_007_199_254_740_991, 0, "9007199254740991"],
  ])("of %i minor units with %i decimals is written %s", (minor, decimals, text) => {
    expect(decimal(minor, decimals)).toBe(text);
  });

  test("reads back as the same amount, without a comma, an exponent or a zero too many", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.constantFrom(0, 2, 3, 4), (minor, decimals) => {
        const text = decimal(minor, decimals);
        expect(text).toMatch(/^(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/);
        const [whole = "", fraction = ""] = text.split(".");
        expect(fraction.length).toBeLessThanOrEqual(decimals);
        expect(BigInt(whole + fraction.padEnd(decimals, "0"))).toBe(BigInt(minor));
      }),
    );
  });
});

describe("an amount with all its decimals", () => {
  test.each([
    [12550, 2, "125.50"],
    [5, 2, "0.05"],
    [12000, 0, "12000"],
    [1, 3, "0.001"],
    [9_007_199_254_740_991, 2, "90071992547409.91"],
  ])("of %i minor units with %i decimals is written %s, and reads back", (minor, decimals, text) => {
    expect(majorUnits(minor, decimals)).toBe(text);
    expect(minorUnits(text, decimals)).toBe(minor);
  });

  test.each([
    ["125.505", 2],
    ["125.500", 2],
    ["1.0", 0],
    ["90071992547409.93", 2],
    ["-1", 2],
    ["1,5", 2],
    ["1.", 2],
    [".5", 2],
    [" 1", 2],
    ["1e3", 2],
    ["", 2],
  ])("is not read from %j with %i decimals", (text, decimals) => {
    expect(minorUnits(text, decimals)).toBeUndefined();
  });
});

describe("an amount spread over weights", () => {
  test.each<[string, number, number[], number[]]>([
    ["divides evenly where it can", 300, [1000, 2000, 3000], [50, 100, 150]],
    ["gives the missing units to the largest remainders", 1001, [1000, 2000, 3000], [167, 334, 500]],
    ["gives the unit to the earlier of equal remainders", 100, [1000, 1000, 1000], [34, 33, 33]],
    ["gives nothing to a weight of nothing", 7, [0, 10, 0, 4], [0, 5, 0, 2]],
    ["is each weight itself where it is their sum", 6000, [1000, 2000, 3000], [1000, 2000, 3000]],
    ["is nothing where it is nothing", 0, [1000, 2000], [0, 0]],
    ["is nothing where all weights are nothing", 0, [0, 0], [0, 0]],
    ["goes whole to a single weight", 999, [1000], [999]],
    [
      "is exact where a product passes what a number holds",
      1_785_071_372_963_302,
      [449_638_124_174_091, 449_638_124_174_089, 449_638_124_174_091, 449_638_124_174_090],
      [446_267_843_240_826, 446_267_843_240_825, 446_267_843_240_826, 446_267_843_240_825],
    ],
  ])("%s", (_rule, amount, weights, parts) => {
    expect(spread(amount, weights)).toEqual(parts);
  });

  test("sums to itself exactly, and no part is negative or above its weight", () => {
    const split = fc
      .array(fc.oneof(fc.nat(100), fc.nat(90_000_000_000_000)), { minLength: 1, maxLength: 100 })
      .chain((weights) =>
        fc.tuple(fc.integer({ min: 0, max: weights.reduce((sum, weight) => sum + weight, 0) }), fc.constant(weights)),
      );
    fc.assert(
      fc.property(split, ([amount, weights]) => {
        const parts = spread(amount, weights);
        expect(parts).toHaveLength(weights.length);
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(amount);
        expect(
          parts.every((part, index) => Number.isSafeInteger(part) && part >= 0 && part <= (weights[index] ?? -1)),
        ).toBe(true);
      }),
    );
  });

  test("gives each weight its exact share, less than one unit more or less", () => {
    fc.assert(
      fc.property(
        fc.nat(1_000_000),
        fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 20 }),
        (amount, weights) => {
          const total = weights.reduce((sum, weight) => sum + weight, 0);
          fc.pre(total > 0);
          for (const [index, part] of spread(amount, weights).entries())
            expect(Math.abs(part * total - amount * (weights[index] ?? 0))).toBeLessThan(total);
        },
      ),
    );
  });
});
