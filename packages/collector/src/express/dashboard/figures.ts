import { DAY } from "../../day.ts";
import type { Tally, TallyKind } from "../../ledger/ledger.ts";

/** The periods that are summed up, in days: today, by UTC, is the last one of each. */
export const periods = { day: 1, week: 7, month: 30 } as const;
export type Period = keyof typeof periods;

export function isPeriod(text: string): text is Period {
  return Object.hasOwn(periods, text);
}

/** The last days up to today, the oldest one first, as `2026-11-22` in UTC. */
export function daysUpTo(now: Date, count: number): string[] {
  return Array.from({ length: count }, (_, index) => dayOf(new Date(+now - (count - 1 - index) * DAY)));
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

export type Sums = Readonly<Record<TallyKind, number>> & {
  /** Of what was reported, what nobody was credited for. */
  readonly uncredited: number;
  /** Seconds from report to delivery, of all that was delivered. */
  readonly seconds: number;
};

/** What happened on these days, in all or for one account. */
export function sumsOf(tallies: readonly Tally[], days: readonly string[], network?: string): Sums {
  const wanted = new Set(days);
  const sums = {
    ...{ click: 0, reported: 0, credited: 0, delivered: 0, held: 0, failed: 0, approved: 0, rejected: 0 },
    uncredited: 0,
    seconds: 0,
  };
  for (const tally of tallies) {
    if (!wanted.has(tally.day) || (network !== undefined && tally.network !== network)) continue;
    sums[tally.what] += tally.count;
    sums.seconds += tally.seconds ?? 0;
    if (tally.what === "reported" && tally.network === "") sums.uncredited += tally.count;
  }
  return sums;
}

/** How much of what was reported was credited; undefined where nothing was reported. */
export function captureOf({ reported, uncredited }: Pick<Sums, "reported" | "uncredited">): number | undefined {
  // Not by conversions: an order has several where every click is credited.
  return reported === 0 ? undefined : 1 - uncredited / reported;
}

/** How long the way to the network took, in milliseconds on average; undefined where nothing was delivered. */
export function wayOf({ delivered, seconds }: Pick<Sums, "delivered" | "seconds">): number | undefined {
  return delivered === 0 ? undefined : (seconds / delivered) * 1000;
}

/** How often something happened on each of these days. */
export function countsBy(
  tallies: readonly Tally[],
  days: readonly string[],
  what: TallyKind,
  network?: string,
): number[] {
  return days.map((day) => sumsOf(tallies, [day], network)[what]);
}
