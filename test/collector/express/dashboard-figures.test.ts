import { describe, expect, test } from "vitest";
import {
  captureOf,
  countsBy,
  daysUpTo,
  sumsOf,
  wayOf,
} from "../../../packages/collector/src/express/dashboard/figures.ts";
import { needsOf } from "../../../packages/collector/src/express/dashboard/needs.ts";
import type { Tally } from "../../../packages/collector/src/ledger/ledger.ts";
import type { Backlog } from "../../../packages/collector/src/questions.ts";
import { lasting } from "../../../packages/collector/src/telling/lasting.ts";

const NOW = new Date("2026-11-22T12:00:00Z");

const tallies: Tally[] = [
  { day: "2026-11-22", network: "retrack", what: "reported", count: 3 },
  { day: "2026-11-22", network: "", what: "reported", count: 1 },
  { day: "2026-11-22", network: "retrack", what: "credited", count: 3 },
  { day: "2026-11-22", network: "retrack", what: "delivered", count: 2, seconds: 9 },
  { day: "2026-11-22", network: "shopback", what: "delivered", count: 1, seconds: 3 },
  { day: "2026-11-21", network: "retrack", what: "reported", count: 10 },
  { day: "2026-11-01", network: "retrack", what: "reported", count: 100 },
];

describe("Figures", () => {
  test("are of UTC days, today the last one", () => {
    expect(daysUpTo(new Date("2026-03-01T00:30:00+02:00"), 3)).toEqual(["2026-02-26", "2026-02-27", "2026-02-28"]);
  });

  test("sum up the days of a period, in all or for one account", () => {
    expect(sumsOf(tallies, daysUpTo(NOW, 1))).toMatchObject({ reported: 4, credited: 3, delivered: 3, seconds: 12 });
    expect(sumsOf(tallies, daysUpTo(NOW, 7), "retrack")).toMatchObject({ reported: 13, delivered: 2, seconds: 9 });
    expect(countsBy(tallies, daysUpTo(NOW, 3), "reported")).toEqual([0, 10, 4]);
  });

  test("say how much of what was reported was credited, however many were credited for it", () => {
    expect(captureOf(sumsOf(tallies, daysUpTo(NOW, 1)))).toBe(0.75);
    expect(captureOf({ reported: 0, uncredited: 0 })).toBeUndefined();
  });

  test("say how long the way to the network took on average", () => {
    expect(wayOf({ delivered: 3, seconds: 12 })).toBe(4000);
    expect(wayOf({ delivered: 0, seconds: 0 })).toBeUndefined();
  });
});

test.each([
  [7, "7 ms"],
  [3_400, "3 s"],
  [59_999, "1 min"],
  [754_000, "12 min"],
  [3_600_000, "1 h"],
  [7_500_000, "2 h 5 min"],
  [86_400_000, "1 day"],
  [200_000_000, "2 days"],
])("%d milliseconds are %s in words", (milliseconds, words) => {
  expect(lasting(milliseconds)).toBe(words);
});

describe("What needs a person", () => {
  const quiet: Backlog = { network: "retrack", pending: 0, held: 0, failed: 0, oldest: {}, down: false };
  const kinds = (backlog: Backlog[], figures: Tally[] = []) =>
    needsOf(backlog, figures, NOW, true).map(({ kind }) => kind);

  test("is nothing where nothing is held or failed and what waits is young", () => {
    expect(kinds([{ ...quiet, pending: 5, oldest: { pending: 60_000 } }])).toEqual([]);
  });

  test("is first a network that is down, then what is held, then what failed", () => {
    expect(
      kinds([
        { ...quiet, failed: 2, held: 1, oldest: { held: 5, failed: 5 } },
        { ...quiet, network: "shopback", down: true, pending: 3, oldest: { pending: 7_200_000 } },
      ]),
    ).toEqual(["down", "held", "failed"]);
  });

  test("is something that waits for more than an hour though the network answers", () => {
    expect(kinds([{ ...quiet, pending: 1, oldest: { pending: 3_600_001 } }])).toEqual(["slow"]);
  });

  const daily = (what: Tally["what"], count: number, from: number, to: number, network = "retrack"): Tally[] =>
    Array.from({ length: to - from + 1 }, (_, index) => ({
      ...{ network, what, count },
      day: `2026-11-${String(from + index).padStart(2, "0")}`,
    }));

  test("is that no click arrives any more where there were many", () => {
    expect(kinds([quiet], daily("click", 40, 10, 20))).toEqual(["no-clicks"]);
    expect(kinds([quiet], daily("click", 40, 10, 21))).toEqual([]);
    expect(kinds([quiet], daily("click", 5, 10, 20))).toEqual([]);
  });

  test("is that less than half as much is credited as in the week before", () => {
    const before = [...daily("reported", 8, 9, 15), ...daily("reported", 2, 9, 15, "")];
    const after = (credited: number) => [
      ...daily("reported", credited, 16, 22),
      ...daily("reported", 10 - credited, 16, 22, ""),
    ];
    expect(kinds([quiet], [...before, ...after(3)])).toEqual(["capture"]);
    expect(kinds([quiet], [...before, ...after(5)])).toEqual([]);
  });
});
