import { describe, expect, test } from "vitest";
import { timeOf } from "../../../packages/collector/src/cli/times.ts";

const now = new Date("2026-11-22T10:00:00Z");

describe("a time on the command line", () => {
  test("is how long ago, a day here, or a time with its offset", () => {
    expect(timeOf("since", "30m", now)).toEqual(new Date("2026-11-22T09:30:00Z"));
    expect(timeOf("since", "2w", now)).toEqual(new Date("2026-11-08T10:00:00Z"));
    expect(timeOf("since", "2026-11-22", now)).toEqual(new Date(2026, 10, 22));
    expect(timeOf("since", "2026-11-22T10:15+01:00", now)).toEqual(new Date("2026-11-22T09:15:00Z"));
  });

  test.each(["2026-02-31", "2026-13-01", "yesterday", "3", "11/22/2026", "2026-11-22T25:00"])("is not %s", (text) => {
    expect(() => timeOf("since", text, now)).toThrow(`--since wants a time, like 2026-11-22`);
  });
});
