/**
 * Notices that a network is down once, instead of once for each postback: how many may be under way to it now.
 *
 *     closed ──10 failures in a row──▶ open ──its time is over, one is sent──▶ probing
 *       ▲                               ▲ ◀──────────────no answer─────────────┘ │
 *       └───── 1, 2, 4, 8 … at once ────┴────────────────answered────────────────┘
 *
 * While it is open nothing is claimed, so that an outage costs no postback a try.
 */
export type Breaker =
  | { readonly state: "closed"; readonly failures: number; readonly room: number }
  /** `openings` counts how often it opened since the network last answered. */
  | { readonly state: "open"; readonly untilMs: number; readonly openings: number }
  | { readonly state: "probing"; readonly openings: number };

/** More than a network's hiccup, and few enough that an outage is not felt. */
const FAILURES_TO_OPEN = 10;

/** How long it stays open: twice as long each time, to half a minute, for a network that is back should not wait. */
const FIRST_OPEN_MS = 5000;
const LONGEST_OPEN_MS = 30_000;

export const closed: Breaker = { state: "closed", failures: 0, room: Number.POSITIVE_INFINITY };

/** How many requests may be under way. */
export function roomOf(breaker: Breaker, nowMs: number): number {
  if (breaker.state === "closed") return breaker.room;
  if (breaker.state === "probing") return 0;
  const leftMs = breaker.untilMs - nowMs;
  // Longer than it ever stays open: the clock was set back meanwhile.
  return leftMs <= 0 || leftMs > LONGEST_OPEN_MS ? 1 : 0;
}

/** After a request was taken in hand while it was open. */
export function probing(breaker: Breaker): Breaker {
  return breaker.state === "open" ? { state: "probing", openings: breaker.openings } : breaker;
}

/** After a request ended: whether the network answered it, with a yes or a no. */
export function afterRequest(breaker: Breaker, answered: boolean, nowMs: number): Breaker {
  if (answered) {
    if (breaker.state !== "closed") return { state: "closed", failures: 0, room: 1 };
    return { state: "closed", failures: 0, room: breaker.room * 2 };
  }
  // Of what was under way when it opened, nothing new is learnt.
  if (breaker.state === "open") return breaker;
  const failures = breaker.state === "closed" ? breaker.failures + 1 : FAILURES_TO_OPEN;
  if (breaker.state === "closed" && failures < FAILURES_TO_OPEN) return { ...breaker, failures };
  const openings = breaker.state === "probing" ? breaker.openings + 1 : 1;
  const openMs = Math.min(FIRST_OPEN_MS * 2 ** (openings - 1), LONGEST_OPEN_MS);
  return { state: "open", untilMs: nowMs + openMs, openings };
}

/** After a claim that sent nothing, or found nothing to send: the next look may probe. */
export function unprobed(breaker: Breaker, nowMs: number): Breaker {
  return breaker.state === "probing" ? { state: "open", untilMs: nowMs, openings: breaker.openings } : breaker;
}
