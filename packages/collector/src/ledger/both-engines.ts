import { isDeepStrictEqual } from "node:util";
import { crc32 } from "node:zlib";
import type { Click, ClickConsent } from "@cashtrail/client/landing";
import { DAY } from "../day.ts";
import type { Json, Known, Postback } from "../network.ts";
import type {
  Claim,
  ConversionRecord,
  Filter,
  PostbackState,
  Tally,
  TallyKind,
  Uncredited,
  Waiting,
} from "./ledger.ts";

/** What both engines make of what they keep. */

/** How wrong a clock may be for conversions to be found by their time: by a timezone, not by more. */
export const WRONG_CLOCK_MS = DAY;

/** A backlog is passed over by so many conversions at once. */
export const LEAP = 1024;

/** Whether what is asked for may lie behind a backlog. What is approved or rejected is hardly ever among what waits. */
export function isBehindBacklog({ number, click, state, status = "pending" }: Filter): boolean {
  return state === "delivered" && status === "pending" && number === undefined && click === undefined;
}

/** How many reports that nobody is credited for are counted: a store's every order may be one. */
export const MOST_COUNTED = 10_000;

/**
 * How many postbacks are brought forward at once: more would hold up the orders that come meanwhile, or take longer than
 * a statement is let.
 */
export const MOST_HASTENED = 5000;

/** As many as are counted. */
export function countIn(found: number): Pick<Uncredited, "count" | "more"> {
  return found > MOST_COUNTED ? { count: MOST_COUNTED, more: true } : { count: found };
}

/** What a click's id is looked up by: a number, for an index of the ids themselves would cost each order more. */
export function hashOf(clickId: string): number {
  // As an integer with a sign, which takes four bytes.
  return crc32(clickId) | 0;
}

/** The click of a conversion. */
export function clickIn(network: string, id: string, at: number, consent: string | null): Click {
  return { network, id, at: new Date(at), ...(consent === null ? {} : { consent: consent as ClickConsent }) };
}

/** The order or the lead of a conversion. */
export function subjectIn(kind: string, subject: string): Pick<ConversionRecord, "order" | "lead"> {
  const kept = JSON.parse(subject);
  return kind === "order"
    ? { order: { ...kept, placedAt: new Date(kept.placedAt) } }
    : { lead: { ...kept, at: new Date(kept.at) } };
}

/** What may be left of an order or a lead that is forgotten. */
export function forgotten(kind: string, subject: string): string {
  const { number, reference, currency, placedAt, at } = JSON.parse(subject);
  return JSON.stringify(kind === "order" ? { number, currency, lines: [], placedAt } : { reference, at });
}

/** Whether an order is reported otherwise than it stands. Not by its time: by default, that is when it is reported. */
export function differs(kind: string, standing: string, reported: string): boolean {
  if (kind !== "order" || standing === reported) return false;
  const [before, again] = [standing, reported].map((order) => ({ ...JSON.parse(order), placedAt: undefined }));
  // Of one that was forgotten, nobody can tell.
  return before.lines.length > 0 && !isDeepStrictEqual(before, again);
}

/** Whether a postback may come to ask whether its click is shared. Only of those is it kept in an index. */
export function asksForClick(postbacks: readonly Postback[]): boolean {
  return postbacks.some(
    ({ ifUnknown }) => typeof ifUnknown === "object" && isObject(ifUnknown.ask) && "isClickShared" in ifUnknown.ask,
  );
}

/** Whether a step leaves room for what the ledger knows. */
export function hasRoom({ step }: Pick<Claim, "step">): boolean {
  return isObject(step) && (step.remoteId === null || "isClickShared" in step);
}

/** A claim or a postback whose step leaves room, with what the ledger knows by now. */
export function filled<Sent extends Pick<Claim, "step" | "ifUnknown">>(sent: Sent, known: Known): Sent {
  const { step, ifUnknown } = sent;
  // What settles the doubt too: whether a step is that one is told by comparing them.
  const ask = typeof ifUnknown === "object" ? { ask: filledStep(ifUnknown.ask, known) } : ifUnknown;
  return { ...sent, step: filledStep(step, known), ifUnknown: ask };
}

function filledStep(step: Json, { remoteId, isClickShared }: Known): Json {
  if (!isObject(step)) return step;
  return {
    ...step,
    ...(step.remoteId === null ? { remoteId } : {}),
    ...("isClickShared" in step ? { isClickShared } : {}),
  };
}

function isObject(json: Json): json is { readonly [key: string]: Json | undefined } {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/** Counts of one day: of what was delivered, with the milliseconds it took. */
export interface TallyRow {
  /** Counted from 1970. */
  readonly day: number;
  readonly network: string;
  readonly what: TallyKind;
  count: number;
  ms: number;
}

export function talliesIn(rows: readonly TallyRow[]): Tally[] {
  return rows.map(({ day, network, what, count, ms }) => ({
    ...{ day: new Date(day * DAY).toISOString().slice(0, 10), network, what, count },
    ...(what === "delivered" ? { seconds: ms / 1000 } : {}),
  }));
}

/** What a postback that came into this state is counted as. */
export function countedAs(state: PostbackState): TallyKind | undefined {
  return state === "delivered" || state === "held" || state === "failed" ? state : undefined;
}

/** Counts by network and state, and when the oldest of each was recorded, as one row for each network. */
export function waitingIn(
  rows: readonly { network: string; state: keyof Waiting["oldest"]; count: number; oldest: number | null }[],
  now: number,
): Waiting[] {
  const byNetwork = new Map<string, Waiting>();
  for (const { network, state, count, oldest } of rows) {
    const told = byNetwork.get(network) ?? { network, pending: 0, held: 0, failed: 0, oldest: {} };
    told[state] = count;
    if (oldest !== null) told.oldest[state] = Math.max(0, now - oldest);
    byNetwork.set(network, told);
  }
  return [...byNetwork.values()].sort((one, other) => (one.network < other.network ? -1 : 1));
}
