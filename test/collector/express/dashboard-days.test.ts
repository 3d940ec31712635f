import { expect, test } from "vitest";
import { timesOf } from "../../../packages/collector/src/express/dashboard/days.ts";

test.each([
  ["UTC", "2026-11-22", "2026-11-22T00:00:00.000Z", "2026-11-23T00:00:00.000Z"],
  ["Europe/Stockholm", "2026-11-22", "2026-11-21T23:00:00.000Z", "2026-11-22T23:00:00.000Z"],
  ["Asia/Kolkata", "2026-01-01", "2025-12-31T18:30:00.000Z", "2026-01-01T18:30:00.000Z"],
  ["Pacific/Kiritimati", "2026-01-01", "2025-12-31T10:00:00.000Z", "2026-01-01T10:00:00.000Z"],
  // Clocks are put forward, and back.
  ["Europe/Stockholm", "2026-03-29", "2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z"],
  ["Europe/Stockholm", "2026-10-25", "2026-10-24T22:00:00.000Z", "2026-10-25T23:00:00.000Z"],
  // At midnight: the day begins at one o'clock, and the day before had midnight twice.
  ["America/Havana", "2026-03-08", "2026-03-08T05:00:00.000Z", "2026-03-09T04:00:00.000Z"],
  ["America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00:00.000Z", "2018-02-18T03:00:00.000Z"],
  // At one o'clock, back to midnight: it begins at the first of them.
  ["Atlantic/Azores", "2026-10-25", "2026-10-25T00:00:00.000Z", "2026-10-26T01:00:00.000Z"],
  // A day that a country left out.
  ["Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00.000Z", "2011-12-30T10:00:00.000Z"],
])("In %s, %s is from %s to %s", (timeZone, day, since, until) => {
  expect(timesOf({ since: day, until: day }, timeZone)).toEqual({ since: new Date(since), until: new Date(until) });
});

test("Without days there are no times", () => {
  expect(timesOf({ since: "", until: "" }, "Europe/Stockholm")).toEqual({});
});
