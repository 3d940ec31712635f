import { DAY } from "../../day.ts";
import type { Tally } from "../../ledger/ledger.ts";
import type { Backlog } from "../../questions.ts";
import { captureOf, daysUpTo, sumsOf } from "./figures.ts";

/** Something a person has to look at, the most pressing first. */
export type Need =
  /** The network does not answer. */
  | { readonly kind: "down"; readonly account: Backlog }
  | { readonly kind: "held" | "failed"; readonly account: Backlog }
  /** This process does not deliver, and something waits that would have been tried by now. */
  | { readonly kind: "idle"; readonly account: Backlog }
  /** The network answers, and yet something waits for long. */
  | { readonly kind: "slow"; readonly account: Backlog }
  /** No click arrived since yesterday, where there were many a day. */
  | { readonly kind: "no-clicks"; readonly usual: number }
  /** Far fewer orders are credited than in the week before. */
  | { readonly kind: "capture"; readonly share: number; readonly before: number };

/** By then whatever is due has been tried, if anybody delivers. */
const TRIED_MS = 60_000;

export function waitsLong({ oldest }: Backlog): boolean {
  return (oldest.pending ?? 0) > TRIED_MS;
}

/** Any network's pause is over by then, or its breaker says that it is down. */
const SLOW_MS = 3_600_000;

/** Fewer say nothing. */
const ENOUGH_CLICKS = 10;
const ENOUGH_ORDERS = 20;

export function needsOf(backlog: readonly Backlog[], tallies: readonly Tally[], now: Date, isStarted: boolean): Need[] {
  const of = (kind: "down" | "held" | "failed" | "idle" | "slow", isMeant: (account: Backlog) => boolean): Need[] =>
    backlog.filter(isMeant).map((account) => ({ kind, account }));
  return [
    ...of("down", ({ down }) => down),
    ...of("held", ({ held }) => held > 0),
    ...of("failed", ({ failed }) => failed > 0),
    ...of("idle", (account) => !isStarted && waitsLong(account)),
    ...of("slow", ({ down, oldest }) => isStarted && !down && (oldest.pending ?? 0) > SLOW_MS),
    ...missingClicks(tallies, now),
    ...lostCapture(tallies, now),
  ];
}

function missingClicks(tallies: readonly Tally[], now: Date): Need[] {
  // Today by UTC may have just begun.
  const recent = sumsOf(tallies, daysUpTo(now, 2)).click;
  const usual = sumsOf(tallies, daysUpTo(new Date(+now - 2 * DAY), 7)).click / 7;
  return recent === 0 && usual >= ENOUGH_CLICKS ? [{ kind: "no-clicks", usual: Math.round(usual) }] : [];
}

function lostCapture(tallies: readonly Tally[], now: Date): Need[] {
  const recent = sumsOf(tallies, daysUpTo(now, 7));
  const earlier = sumsOf(tallies, daysUpTo(new Date(+now - 7 * DAY), 7));
  const share = captureOf(recent) ?? 0;
  const before = captureOf(earlier) ?? 0;
  const isMeant = recent.reported >= ENOUGH_ORDERS && earlier.reported >= ENOUGH_ORDERS && share < before / 2;
  return isMeant ? [{ kind: "capture", share, before }] : [];
}
