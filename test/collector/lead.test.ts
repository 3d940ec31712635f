import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CollectorError, type Issue } from "../../packages/collector/src/error.ts";
import { parseLead } from "../../packages/collector/src/lead.ts";

const now = new Date("2026-05-10T12:00:00Z");

function refusalOf(lead: unknown): CollectorError {
  try {
    parseLead(lead, now);
  } catch (error) {
    if (error instanceof CollectorError && error.code === "ERR_ORDER") return error;
    throw error;
  }
  throw new Error("the lead was taken");
}

describe("a lead that can be reported", () => {
  test("is kept as it was given", () => {
    const lead = {
      reference: "newsletter/4711",
      event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
      voucher: "SPRING",
      at: new Date("2026-05-09T08:30:00Z"),
      market: "SE",
    };
    expect(parseLead(lead, now)).toEqual({
      reference: "newsletter/4711",
      event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
      voucher: "SPRING",
      at: new Date("2026-05-09T08:30:00Z"),
      market: "SE",
    });
  });

  test("needs a reference only, and came about when it is reported where it does not say when", () => {
    expect(parseLead({ reference: "4711" }, now)).toEqual({
      reference: "4711",
      at: new Date("2026-05-10T12:00:00Z"),
    });
    expect(parseLead({ reference: "4711", at: undefined }, now).at).toEqual(new Date("2026-05-10T12:00:00Z"));
  });

  test.each([
    ["in the first moment of 2000", "2000-01-01T00:00:00.000Z"],
    ["a day ahead of our clock", "2026-05-11T12:00:00.000Z"],
  ])("may have come about %s", (_when, at) => {
    expect(parseLead({ reference: "4711", at: new Date(at) }, now).at.toISOString()).toBe(at);
  });

  test("may have texts of 500 characters in any script", () => {
    const lead = { reference: "漢".repeat(500), voucher: "🎁".repeat(250), market: "M".repeat(500) };
    expect(parseLead(lead, now)).toMatchObject({
      reference: "漢".repeat(500),
      voucher: "🎁".repeat(250),
      market: "M".repeat(500),
    });
  });
});

describe("a lead that cannot be reported", () => {
  test.each<[string, object, Issue]>([
    ["no reference", { reference: undefined }, { path: "reference", message: "a text is wanted" }],
    ["a number for a reference", { reference: 4711 }, { path: "reference", message: "a text is wanted" }],
    ["an empty reference", { reference: "" }, { path: "reference", message: "must not be empty" }],
    [
      "a reference of 501 characters",
      { reference: "1".repeat(501) },
      { path: "reference", message: "must be no longer than 500 characters" },
    ],
    [
      "a reference with a lone surrogate",
      { reference: "4711\ud800" },
      { path: "reference", message: "must be well-formed text without NUL" },
    ],
    [
      "a reference with a NUL",
      { reference: "4711\0" },
      { path: "reference", message: "must be well-formed text without NUL" },
    ],
    ["an event that is no UUID", { event: "sign-up" }, { path: "event", message: "must be a UUID" }],
    ["an empty voucher", { voucher: "" }, { path: "voucher", message: "must not be empty" }],
    ["an empty market", { market: "" }, { path: "market", message: "must not be empty" }],
    [
      "a time as text",
      { at: "2026-05-10" },
      { path: "at", message: "a valid Date is wanted, or its ISO 8601 text with its offset" },
    ],
    [
      "an invalid time",
      { at: new Date("never") },
      { path: "at", message: "a valid Date is wanted, or its ISO 8601 text with its offset" },
    ],
    [
      "a time before 2000",
      { at: new Date("1999-12-31T23:59:59.999Z") },
      { path: "at", message: "must not be before the year 2000" },
    ],
    [
      "a time more than a day ahead",
      { at: new Date("2026-05-11T12:00:00.001Z") },
      { path: "at", message: "must not be in the future" },
    ],
    [
      "an order's field",
      { vouchers: ["SPRING"] },
      { path: "vouchers", message: "is not known: correct its name or remove it" },
    ],
  ])("has %s", (_what, changes, issue) => {
    expect(refusalOf({ reference: "4711", ...changes }).issues).toEqual([issue]);
  });

  test.each([
    ["nothing", undefined],
    ["null", null],
    ["a text", "4711"],
    ["a list", [{ reference: "4711" }]],
  ])("is %s", (_what, lead) => {
    expect(refusalOf(lead).issues).toEqual([{ path: "", message: "an object is wanted" }]);
  });

  test("is told all its problems at once, in one line that names each path", () => {
    const { message } = refusalOf({ reference: "", event: "sign-up", at: new Date("2030-01-01T00:00:00Z") });
    expect(message).toBe(
      "the lead cannot be reported: reference: must not be empty; event: must be a UUID; at: must not be in the future",
    );
  });
});

describe("anything at all given as a lead", () => {
  const anything = fc.oneof(fc.jsonValue(), fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }));

  test("is a lead with a reference and a time, or an error that says what is wrong", () => {
    const field = fc.oneof(anything, fc.date(), fc.string({ minLength: 1 }), fc.uuid());
    const near = fc.record(
      { reference: field, event: field, voucher: field, at: field, market: field },
      { requiredKeys: [] },
    );
    const leadLike = fc.record({ reference: fc.string({ minLength: 1 }), at: fc.date({ noInvalidDate: true }) });
    fc.assert(
      fc.property(fc.oneof(anything, near, leadLike), (given) => {
        let lead: ReturnType<typeof parseLead>;
        try {
          lead = parseLead(given, now);
        } catch (error) {
          expect(error).toBeInstanceOf(CollectorError);
          expect(error).toMatchObject({
            code: "ERR_ORDER",
            message: expect.stringMatching(/^the lead cannot be reported: ./),
          });
          expect((error as CollectorError).issues.length).toBeGreaterThan(0);
          return;
        }
        expect(lead.reference).toMatch(/^[\s\S]{1,500}$/);
        expect(+lead.at).toBeGreaterThanOrEqual(Date.UTC(2000, 0, 1));
        expect(+lead.at).toBeLessThanOrEqual(Date.UTC(2026, 4, 11, 12));
      }),
      { numRuns: 200 },
    );
  });
});
