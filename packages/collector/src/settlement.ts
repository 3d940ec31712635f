import { DAY } from "./day.ts";
import type { Json, Postback, Verdict } from "./network.ts";
import type { RESENDABLE_STATES } from "./states.ts";

/** How one try to send ended. */
export type Outcome =
  | { readonly kind: "answered"; readonly verdict: Verdict; readonly retryAfterSeconds?: number | undefined }
  /** No byte of the request left. */
  | { readonly kind: "not-sent"; readonly reason: string }
  /** The network may or may not have acted on it. */
  | { readonly kind: "unknown"; readonly reason: string };

/** What becomes of the postback. */
export type Settlement =
  | { readonly state: "delivered"; readonly remoteId?: string | undefined; readonly reason?: string | undefined }
  | { readonly state: "held" | "failed"; readonly reason: string }
  | { readonly state: "pending"; readonly step: Json; readonly waitMs: number; readonly reason: string };

/** When a postback that waits is tried again, and when it is given up. */
export interface Retry {
  readonly firstDelaySeconds: number;
  readonly maxDelaySeconds: number;
  readonly giveUpAfterDays: number;
}

type Resendable = (typeof RESENDABLE_STATES)[number];

export interface Tried {
  readonly postback: Pick<Postback, "step" | "ifUnknown">;
  /** How many tries came before this one without settling anything. */
  readonly tries: number;
  /** Since the postback was recorded. */
  readonly ageMs: number;
}

/**
 * What becomes of a postback after an attempt: with `again`, the whole state machine.
 *
 *     added ──▶ waits while the one before it is under way
 *                  │
 *                  ▼
 *               pending ──claim──▶ (sending) ──accepted──▶ delivered
 *                ▲ │ ▲                 │ ──────refused──▶ failed
 *                │ │ │                 │ ─────────hold──▶ held
 *                │ │ ├──── not sent, retry: the same step, later; after 30 days ──▶ failed, or in doubt ──▶ held
 *                │ │ ├──── next: another step, now
 *                │ │ └──── unknown: repeat, or ask, after the settle time; or ──▶ held
 *                │ └────── the order is rejected or changed before anything left ──▶ cancelled
 *                └──────── a person sends what failed, is held or was delivered again
 *
 * What is pending in a ledger that was restored, a person has asked for first, or held.
 *
 * A person also settles what is held or failed: as delivered, as failed, or put aside as cancelled. A request whose end
 * is unknown is never simply sent again: its network says what settles the doubt.
 */
export function settlementFor(
  outcome: Outcome,
  { postback, tries, ageMs }: Tried,
  settleSeconds: number,
  retry: Retry,
  random: () => number,
): Settlement {
  const { step, ifUnknown } = postback;
  const verdict = outcome.kind === "answered" ? outcome.verdict : outcome;
  const asked = outcome.kind === "answered" ? outcome.retryAfterSeconds : undefined;

  function later(nextStep: Json, reason: string, atLeastSeconds: number): Settlement {
    const waitMs = Math.round(1000 * Math.max(atLeastSeconds, waitSeconds(tries, retry, random)));
    if (ageMs + waitMs <= retry.giveUpAfterDays * DAY) return { state: "pending", step: nextStep, waitMs, reason };
    const given = `given up after ${retry.giveUpAfterDays} days: ${reason}`;
    return { state: inDoubt(verdict.kind, postback) ? "held" : "failed", reason: given };
  }

  switch (verdict.kind) {
    case "accepted":
      return { state: "delivered", remoteId: verdict.remoteId, reason: verdict.reason };
    case "refused":
      return { state: "failed", reason: verdict.reason };
    case "hold":
      return { state: "held", reason: verdict.reason };
    case "next":
      return { state: "pending", step: verdict.step, waitMs: 0, reason: verdict.reason };
    case "not-sent":
      return later(step, verdict.reason, 0);
    case "retry":
      return later(step, verdict.reason, Math.min(verdict.afterSeconds ?? asked ?? 0, LONGEST_RETRY_AFTER_SECONDS));
    case "unknown": {
      if (ifUnknown === "hold") return { state: "held", reason: verdict.reason };
      const atLeast = Math.max(settleSeconds, Math.min(asked ?? 0, LONGEST_RETRY_AFTER_SECONDS));
      return later(ifUnknown === "repeat" ? step : ifUnknown.ask, verdict.reason, atLeast);
    }
  }
}

/**
 * What becomes of a postback that a person has sent again, whatever state it is in. What failed is certainly not there,
 * and is sent as it is; what is held or delivered may be there, and its network is asked first where it can be. So may
 * be what a restored ledger has as pending: that is held where nobody can be asked, for nobody has looked for it.
 */
export function again(state: Resendable, postback: Tried["postback"], who: string, settleSeconds: number): Settlement {
  if (state === "pending" && postback.ifUnknown === "hold")
    return { state: "held", reason: `taken to be in doubt by ${who}` };
  // What is pending may have been on its way a moment ago.
  const waitMs = state === "pending" ? settleSeconds * 1000 : 0;
  return { state: "pending", step: stepAgain(state, postback), waitMs, reason: `sent again by ${who}` };
}

/** The step it begins anew with. */
export function stepAgain(state: Resendable, { step, ifUnknown }: Tried["postback"]): Json {
  return state === "failed" || typeof ifUnknown !== "object" ? step : ifUnknown.ask;
}

/** A network may ask for patience, but not park an order for a year. */
const LONGEST_RETRY_AFTER_SECONDS = 3600;

/** Each wait is three times the one before, give or take a fifth, so that postbacks that failed together spread out. */
const GROWTH = 3;
const JITTER = 0.2;

function waitSeconds(tries: number, { firstDelaySeconds, maxDelaySeconds }: Retry, random: () => number): number {
  const wait = Math.min(firstDelaySeconds * GROWTH ** tries, maxDelaySeconds);
  return wait * (1 - JITTER + 2 * JITTER * random());
}

/** Whether the network may have the postback although nothing says so. */
function inDoubt(kind: string, { step, ifUnknown }: Tried["postback"]): boolean {
  return (
    kind === "unknown" || (typeof ifUnknown === "object" && JSON.stringify(ifUnknown.ask) === JSON.stringify(step))
  );
}
