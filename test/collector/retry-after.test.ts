import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { retryAfterSeconds } from "../../packages/collector/src/retry-after.ts";

const now = new Date("2026-05-10T12:00:00Z");

// https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
describe("Retry-After", () => {
  test.each<[string | string[], number]>([
    ["120", 120],
    [" 120 ", 120],
    ["0.5", 0.5],
    ["31536000", 31_536_000],
    [["60", "3600"], 60],
    ["Sun, 10 May 2026 12:02:00 GMT", 120],
    ["Sun, 10 May 2026 12:00:00.250 GMT", 0.25],
    ["Sunday, 10-May-26 12:02:00 GMT", 120],
    ["Sun May 10 12:02:00 2026", 120],
    ["Mon, 10 May 2027 12:00:00 GMT", 31_536_000],
  ])("%j asks for %d seconds", (header, seconds) => {
    expect(retryAfterSeconds(header, now)).toBe(seconds);
  });

  test.each<[string | string[] | undefined]>([
    [undefined],
    [""],
    ["  "],
    [[]],
    ["0"],
    ["-5"],
    ["soon"],
    ["120 seconds"],
    ["3600;"],
    ["1e3"],
    ["1,2"],
    ["0x10"],
    ["Infinity"],
    ["NaN"],
    ["2027-05-10T12:00:00Z"],
    ["Sun, 10 May 2026 12:00:00 GMT"],
    ["Sun, 10 May 2026 11:59:59 GMT"],
    ["Sun, 99 May 2026 12:02:00 GMT"],
  ])("%j asks for nothing", (header) => {
    expect(retryAfterSeconds(header, now)).toBeUndefined();
  });

  test("never asks for a negative time or for no number, whatever it holds", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.date().map(String)), (header) => {
        expect(retryAfterSeconds(header, now) ?? 1).toBeGreaterThan(0);
      }),
    );
  });
});
