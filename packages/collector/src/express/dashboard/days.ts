import { DAY } from "../../day.ts";
import type { Fields } from "./fields.ts";

/** A day of the calendar among the fields, as `2026-11-22`; empty where there is none. */
export function dayIn(fields: Fields, name: string): string {
  const day = fields.get(name);
  return /^[12]\d{3}-\d\d-\d\d$/.test(day) && !Number.isNaN(midnightOf(day)) ? day : "";
}

/** The times from the first of these days to the end of the last, as the clocks of a time zone have them. */
export function timesOf(
  { since, until }: { readonly since: string; readonly until: string },
  timeZone: string,
): { since?: Date; until?: Date } {
  return {
    ...(since ? { since: startOf(midnightOf(since), timeZone) } : {}),
    ...(until ? { until: startOf(midnightOf(until) + DAY, timeZone) } : {}),
  };
}

const midnightOf = (day: string) => Date.parse(`${day}T00:00:00Z`);

/** When a day begins in a time zone, given as its midnight in UTC. */
function startOf(midnight: number, timeZone: string): Date {
  // Clocks may be moved on the day itself, even at midnight: then it begins by the offset before or the one after.
  const moments = [midnight - DAY, midnight + DAY].map((near) => midnight - (clockAt(near, timeZone) - near));
  const start = moments.toSorted((one, other) => one - other).find((moment) => clockAt(moment, timeZone) >= midnight);
  return new Date(start ?? Math.max(...moments));
}

/** What the clocks of a time zone show, as if they hung in UTC. */
function clockAt(time: number, timeZone: string): number {
  // Swedish writes times as ISO 8601 does.
  return Date.parse(`${new Date(time).toLocaleString("sv-SE", { timeZone })}Z`);
}
