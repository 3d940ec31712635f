import { isDeepStrictEqual } from "node:util";
import type { Click } from "@cashtrail/client/landing";
import type {
  Amendment,
  AttemptEnd,
  AttemptRecord,
  Claim,
  ConversionRecord,
  Decision,
  DecisionRecord,
  Entry,
  Filter,
  Ledger,
  ListedPostback,
  PostbackDecision,
  PostbackFilter,
  PostbackState,
  Tally,
  Uncredited,
  Waiting,
  Written,
} from "../../packages/collector/src/ledger/ledger.ts";
import type { Json, Postback } from "../../packages/collector/src/network.ts";
import type { PlacedOrder } from "../../packages/collector/src/order.ts";
import type { Settlement } from "../../packages/collector/src/settlement.ts";

/** The promises of `Ledger` in memory: each call at once, and as plain as it can be said. */
export type LedgerModel = {
  [Name in Exclude<keyof Ledger, "close" | "fold" | "probe">]: (
    ...given: Parameters<Ledger[Name]>
  ) => Name extends "record" ? Written : Awaited<ReturnType<Ledger[Name]>>;
};

interface Conversion extends Omit<ConversionRecord, "postbacks" | "decisions" | "reportedAt" | "amount"> {
  readonly kind: "order" | "lead";
  readonly reportedAt: number;
  amount: ConversionRecord["amount"] | undefined;
  postbacks: Kept[];
  decisions: DecisionRecord[];
}

interface Kept extends Postback {
  serial: number;
  state: PostbackState;
  createdAt: number;
  begunAt: number;
  /** When it is tried next, or when its claim runs out; nothing while it waits for another. */
  dueAt: number | undefined;
  token: string | undefined;
  tries: number;
  remoteId: string | undefined;
  reason: string | undefined;
  attempts: AttemptRecord[];
}

const UNSENT = ["retry", "not-sent", "refused"];
const WAITS = ["pending", "held", "failed"] as const;

/** Whether `later` of a conversion waits for `earlier`, which was added before it. */
export function waitsFor(
  later: { readonly line?: string | undefined },
  earlier: { readonly line?: string | undefined; readonly kind: string; readonly state: string },
): boolean {
  const areOfTwoLines = later.line !== undefined && earlier.line !== undefined && later.line !== earlier.line;
  if (areOfTwoLines) return false;
  if (earlier.state === "pending" || earlier.state === "held") return true;
  return earlier.state === "failed" && (earlier.kind === "create" || earlier.kind === "lead");
}

/** Whether one of these, the first one first, waits for another. */
export function isBlocked<Sent extends { kind: string; state: string; line?: string | undefined }>(
  postback: Sent,
  all: readonly Sent[],
): boolean {
  return all.slice(0, all.indexOf(postback)).some((earlier) => waitsFor(postback, earlier));
}

/** Whether the network certainly has nothing of it. */
export function neverLeft({ state, attempts }: Pick<ConversionRecord["postbacks"][number], "state" | "attempts">) {
  return (state === "pending" || state === "failed") && attempts.every(({ outcome }) => UNSENT.includes(outcome));
}

/** All but when they were placed. */
function isSame(one: PlacedOrder | undefined, other: PlacedOrder | undefined): boolean {
  return isDeepStrictEqual({ ...one, placedAt: 0 }, { ...other, placedAt: 0 });
}

export function createLedgerModel(clock: () => Date): LedgerModel {
  let conversions: Conversion[] = [];
  let uncredited: { kind: string; number: string; reportedAt: number; reason: string }[] = [];
  let clicks: Click[] = [];
  let tallies: (Omit<Tally, "count" | "seconds"> & { readonly ms: number })[] = [];
  let count = 0;
  const now = () => +clock();
  const allPostbacks = () =>
    conversions
      .flatMap((conversion) => conversion.postbacks.map((postback) => ({ conversion, postback })))
      .sort((one, other) => one.postback.serial - other.postback.serial);

  function tally(what: Tally["what"], network: string, recordedAt = now()): void {
    tallies.push({ day: clock().toISOString().slice(0, 10), network, what, ms: Math.max(0, now() - recordedAt) });
  }

  function kept(postback: Postback): Kept {
    count += 1;
    const none = { token: undefined, remoteId: undefined, reason: undefined };
    const begins = { createdAt: now(), begunAt: now(), dueAt: now(), tries: 0 };
    return { ...postback, ...none, ...begins, serial: count, state: "pending", attempts: [] };
  }

  /** What is on its way already is left to who settles it. */
  function putInOrder({ postbacks }: Conversion): void {
    for (const postback of postbacks) {
      if (postback.state !== "pending" || postback.token !== undefined) continue;
      if (isBlocked(postback, postbacks)) postback.dueAt = undefined;
      else if (postback.dueAt === undefined) Object.assign(postback, { dueAt: now(), begunAt: now() });
    }
  }

  function settled(postback: Kept, settlement: PostbackDecision["settlement"], { network }: Conversion): void {
    const { state, reason } = settlement;
    if (state !== postback.state && state !== "pending" && state !== "cancelled")
      tally(state, network, postback.createdAt);
    Object.assign(postback, { state, reason, dueAt: undefined, token: undefined });
    if (settlement.state === "pending")
      Object.assign(postback, { step: settlement.step, dueAt: now() + settlement.waitMs });
    if (settlement.state === "delivered") postback.remoteId = settlement.remoteId ?? postback.remoteId;
  }

  function noted({ what, by, reason }: Decision, about?: { postback: string; state: PostbackState }): DecisionRecord {
    return { at: clock(), what, by, ...(reason === undefined ? {} : { reason }), ...about };
  }

  function record(entry: Entry): Written {
    const { order, lead, reason } = entry;
    const [kind, number] = order ? (["order", order.number] as const) : (["lead", lead.reference] as const);
    const isIt = (one: { kind: string; number: string }) => one.kind === kind && one.number === number;
    const before = conversions.filter(isIt);
    if (before.length > 0) {
      const isOther = before.some(({ order: standing }) => standing?.lines.length && !isSame(standing, order));
      const credited = before.map(({ network }) => network);
      return { credited, repeated: true, ...(isOther && { differs: true }) };
    }
    const known = uncredited.find(isIt);
    if (entry.conversions.length > 0) uncredited = uncredited.filter((one) => one !== known);
    else if (known) known.reason = reason ?? "";
    else uncredited.push({ kind, number, reportedAt: now(), reason: reason ?? "" });
    if (!known) tally("reported", entry.conversions[0]?.network ?? "");
    for (const { network, click, postbacks } of entry.conversions) {
      const conversion: Conversion = {
        ...(order ? { order } : { lead }),
        ...{
          serial: ++count,
          kind,
          number,
          network,
          click,
          status: "pending",
          lines: {},
          amount: undefined,
          revision: 0,
        },
        reportedAt: now(),
        postbacks: postbacks.map(kept),
        decisions: [],
      };
      conversions.push(conversion);
      putInOrder(conversion);
      tally("credited", network);
    }
    const credited = entry.conversions.map(({ network }) => network);
    return { credited, ...(reason === undefined ? {} : { reason }), repeated: false, ...(known && { again: true }) };
  }

  function remember(given: readonly Click[]): void {
    for (const click of given)
      if (!clicks.some(({ network, id }) => network === click.network && id === click.id)) {
        clicks.push(click);
        tally("click", click.network);
      }
  }

  function claim(network: string, limit: number, leaseMs: number): Claim[] {
    const isDue = ({ state, dueAt }: Kept) => state === "pending" && dueAt !== undefined && dueAt <= now();
    return allPostbacks()
      .filter(({ conversion, postback }) => conversion.network === network && isDue(postback))
      .sort((one, other) => (one.postback.dueAt as number) - (other.postback.dueAt as number))
      .slice(0, limit)
      .map(({ conversion, postback }) => {
        const { id, step, ifUnknown, tries, begunAt } = postback;
        const interrupted = postback.token !== undefined;
        if (!interrupted) postback.attempts.push({ at: clock(), outcome: "sending" });
        const token = `token ${++count}`;
        Object.assign(postback, { token, dueAt: now() + leaseMs });
        const claim = { id, number: conversion.number, token, interrupted, step, ifUnknown, tries };
        return { ...claim, ...filled(postback, conversion), ageMs: now() - begunAt };
      });
  }

  /** What is known is filled in where a step names it: of the way to settle its doubt, only with the step itself. */
  function filled({ step, ifUnknown, line }: Kept, conversion: Conversion): Pick<Claim, "step" | "ifUnknown"> {
    const remoteId = conversion.postbacks.find((one) => one.line === line && one.remoteId !== undefined)?.remoteId;
    const isClickShared = conversions.some(
      ({ click, postbacks: its }) =>
        conversion.click !== click &&
        `${conversion.click.network} ${conversion.click.id}` === `${click.network} ${click.id}` &&
        its.some(({ kind, state }) => kind === "create" && state !== "failed" && state !== "cancelled"),
    );
    const fill = (one: Json): Json => {
      const named = one as Record<string, Json>;
      return {
        ...named,
        ...(named.remoteId === null && { remoteId: remoteId ?? null }),
        ...("isClickShared" in named && { isClickShared }),
      };
    };
    const hasRoom = /"remoteId":null|"isClickShared":/.test(JSON.stringify(step));
    if (!hasRoom || typeof ifUnknown !== "object") return { step: fill(step), ifUnknown };
    return { step: fill(step), ifUnknown: { ask: fill(ifUnknown.ask) } };
  }

  function settle({ id, token }: Pick<Claim, "id" | "token">, settlement: Settlement, end: AttemptEnd): boolean {
    const held = allPostbacks().find(({ postback }) => postback.id === id && postback.token === token);
    if (!held) return false;
    const { conversion, postback } = held;
    Object.assign(postback.attempts.at(-1) as AttemptRecord, end);
    if (end.outcome !== "next") postback.tries += 1;
    settled(postback, settlement, conversion);
    putInOrder(conversion);
    return true;
  }

  function nextDue(network: string): number | undefined {
    const due = allPostbacks()
      .filter(({ conversion, postback }) => conversion.network === network && postback.state === "pending")
      .flatMap(({ postback: { dueAt } }) => dueAt ?? []);
    return due.length > 0 ? Math.max(0, Math.min(...due) - now()) : undefined;
  }

  function hasten(network: string, waitMs: number): number {
    const late = allPostbacks().filter(
      ({ conversion, postback: { state, token, dueAt = 0 } }) =>
        conversion.network === network && state === "pending" && token === undefined && dueAt > now() + waitMs,
    );
    for (const { postback } of late) postback.dueAt = now() + waitMs;
    return late.length;
  }

  function amend(amendments: readonly Amendment[]): boolean {
    const found = amendments.map((amendment) => ({
      amendment,
      conversion: conversions.find(
        ({ kind, number, network, revision }) =>
          kind === "order" &&
          number === amendment.number &&
          network === amendment.network &&
          revision === amendment.revision,
      ),
    }));
    const isPossible = found.every(({ amendment, conversion }) =>
      amendment.cancel.every((id) => conversion?.postbacks.some((one) => one.id === id && neverLeft(one))),
    );
    if (!isPossible || found.some(({ conversion }) => !conversion)) return false;
    const isFree = ({ id }: Postback, amendment: Amendment, conversion: Conversion | undefined) =>
      allPostbacks().every(
        ({ conversion: its, postback }) =>
          postback.id !== id ||
          (its === conversion && (postback.state === "cancelled" || amendment.cancel.includes(id))),
      );
    for (const { amendment, conversion } of found)
      for (const [index, postback] of amendment.postbacks.entries())
        if (
          !isFree(postback, amendment, conversion) ||
          amendment.postbacks.slice(0, index).some(({ id }) => id === postback.id)
        )
          throw new Error(`the id ${postback.id} is taken`);
    for (const { amendment, conversion } of found) if (conversion) amendOne(conversion, amendment);
    return true;
  }

  function amendOne(conversion: Conversion, amendment: Amendment): void {
    const { order, status, lines, amount, postbacks, cancel, decision } = amendment;
    if (status !== conversion.status && status !== "pending") tally(status, conversion.network);
    Object.assign(conversion, { order, status, lines, amount, revision: conversion.revision + 1 });
    for (const postback of conversion.postbacks)
      if (cancel.includes(postback.id))
        Object.assign(postback, { state: "cancelled", dueAt: undefined, reason: "cancelled" });
    for (const postback of postbacks) {
      const replaced = conversion.postbacks.find(({ id }) => id === postback.id);
      const { step, ifUnknown } = postback;
      const anew = { state: "pending", begunAt: now(), dueAt: now(), tries: 0, reason: undefined };
      if (replaced) Object.assign(replaced, { step, ifUnknown, ...anew });
      else conversion.postbacks.push(kept(postback));
    }
    conversion.decisions.push(noted(decision));
    putInOrder(conversion);
  }

  function decide(decisions: readonly PostbackDecision[], by: Decision): string[] {
    const written = decisions.flatMap(({ id, from, settlement }) => {
      const one = allPostbacks().find(({ postback }) => postback.id === id);
      if (!one || one.postback.state !== from || one.postback.token !== undefined) return [];
      settled(one.postback, settlement, one.conversion);
      Object.assign(one.postback, { begunAt: now(), tries: 0 });
      one.conversion.decisions.push(noted(by, { postback: id, state: settlement.state }));
      return [{ id, conversion: one.conversion }];
    });
    for (const { conversion } of written) putInOrder(conversion);
    return written.map(({ id }) => id);
  }

  function postbacks(filter: PostbackFilter, after: number, limit: number): ListedPostback[] {
    return allPostbacks()
      .filter(
        ({ conversion: { number, network, reportedAt }, postback: { serial, id, state } }) =>
          serial > after &&
          (filter.number ?? number) === number &&
          (filter.network ?? network) === network &&
          (filter.state ?? state) === state &&
          (filter.id ?? id) === id &&
          (filter.since === undefined || reportedAt >= +filter.since) &&
          (filter.until === undefined || reportedAt < +filter.until),
      )
      .slice(0, limit)
      .map(({ conversion: { number, network, postbacks: all }, postback }) => {
        const { serial, id, kind, line, state, step, ifUnknown, reason } = postback;
        const superseded =
          kind !== "create" &&
          kind !== "lead" &&
          all.some(
            (later) => later.serial > serial && later.line === line && /pending|delivered|held/.test(later.state),
          );
        return { serial, id, kind, line, number, network, state, step, ifUnknown, reason, superseded };
      });
  }

  function find(filter: Filter): ConversionRecord[] {
    return conversions
      .filter(
        ({ serial, number, network, click, status, reportedAt, postbacks: all }) =>
          (filter.number ?? number) === number &&
          (filter.network ?? network) === network &&
          (filter.click ?? click.id) === click.id &&
          (filter.status ?? status) === status &&
          (filter.since === undefined || reportedAt >= +filter.since) &&
          (filter.until === undefined || reportedAt < +filter.until) &&
          (filter.before === undefined || serial < filter.before) &&
          (filter.state === undefined || all.some(({ state }) => state === filter.state)),
      )
      .reverse()
      .slice(0, filter.limit ?? 100)
      .map(({ kind: _, amount, reportedAt, postbacks: all, decisions, ...conversion }) => ({
        ...conversion,
        ...(amount && { amount }),
        reportedAt: new Date(reportedAt),
        postbacks: all.map(({ id, kind, line, state, step, dueAt, remoteId, reason, attempts }) => ({
          ...{ id, kind, state, step, attempts: attempts.map((attempt) => ({ ...attempt })) },
          ...(line === undefined ? {} : { line }),
          ...(dueAt === undefined ? {} : { dueAt: new Date(dueAt) }),
          ...(remoteId === undefined ? {} : { remoteId }),
          ...(reason === undefined ? {} : { reason }),
        })),
        decisions: decisions.map((decision) => ({ ...decision })),
      }));
  }

  function allUncredited(limit: number): Uncredited {
    const newest = uncredited
      .toReversed()
      .sort((one, other) => other.reportedAt - one.reportedAt)
      .slice(0, limit)
      .map(({ number, reportedAt, reason }) => ({ number, reportedAt: new Date(reportedAt), reason }));
    return { count: uncredited.length, newest };
  }

  function waiting(): Waiting[] {
    const networks = [...new Set(conversions.map(({ network }) => network))].sort();
    return networks.flatMap((network) => {
      const told: Waiting = { network, pending: 0, held: 0, failed: 0, oldest: {} };
      for (const state of WAITS) {
        const all = allPostbacks().filter((one) => one.conversion.network === network && one.postback.state === state);
        told[state] = all.length;
        const times = all.flatMap(({ postback: one }) =>
          state === "pending" && one.dueAt === undefined ? [] : one.createdAt,
        );
        // The first one to be recorded, whatever the clock said.
        const [first] = times;
        if (first !== undefined) told.oldest[state] = Math.max(0, now() - first);
      }
      return told.pending + told.held + told.failed > 0 ? [told] : [];
    });
  }

  function erase(olderThan: { clicksMs: number; conversionsMs: number }, limit: number): number {
    function oldest<One>(all: readonly One[], time: (one: One) => number, ms: number): Set<One> {
      const old = all.filter((one) => time(one) < now() - ms).sort((one, other) => time(one) - time(other));
      return new Set(old.slice(0, limit));
    }
    const done = conversions.filter(({ postbacks: all }) =>
      all.every(({ state }) => /delivered|cancelled/.test(state)),
    );
    const oldConversions = oldest(done, ({ reportedAt }) => reportedAt, olderThan.conversionsMs);
    const oldUncredited = oldest(uncredited, ({ reportedAt }) => reportedAt, olderThan.conversionsMs);
    // Of equally old ones, in the order of their keys.
    const key = ({ network, id }: Click) => `${network} ${id}`;
    const byKey = clicks.toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
    const oldClicks = oldest(byKey, ({ at }) => +at, olderThan.clicksMs);
    const firstDay = new Date(now() - olderThan.conversionsMs).toISOString().slice(0, 10);
    tallies = tallies.filter(({ day }) => day >= firstDay);
    conversions = conversions.filter((one) => !oldConversions.has(one));
    uncredited = uncredited.filter((one) => !oldUncredited.has(one));
    clicks = clicks.filter((one) => !oldClicks.has(one));
    return oldConversions.size + oldUncredited.size + oldClicks.size;
  }

  function allTallies(since: Date): Tally[] {
    const key = ({ day, network, what }: Pick<Tally, "day" | "network" | "what">) => `${day} ${network} ${what}`;
    const wanted = tallies.filter(({ day }) => day >= since.toISOString().slice(0, 10));
    return [...Map.groupBy(wanted, key).values()]
      .map((same) => {
        const { day, network, what } = same[0] as (typeof same)[number];
        const seconds = same.reduce((sum, one) => sum + one.ms, 0) / 1000;
        return { day, network, what, count: same.length, ...(what === "delivered" ? { seconds } : {}) };
      })
      .sort((one, other) => (key(one) < key(other) ? -1 : 1));
  }

  function forget(number: string, decision: Decision): boolean {
    const forgotten = conversions.filter((conversion) => conversion.number === number);
    for (const conversion of forgotten) {
      const { order, lead, network, click, revision } = conversion;
      clicks = clicks.filter(({ network, id }) => network !== click.network || id !== click.id);
      Object.assign(conversion, {
        click: { ...click, id: "" },
        ...(order && { order: { number, currency: order.currency, lines: [], placedAt: order.placedAt } }),
        ...(lead && { lead: { reference: number, at: lead.at } }),
        ...{ lines: {}, amount: undefined, revision: revision + 1 },
      });
      for (const postback of conversion.postbacks) {
        const state = postback.state === "delivered" ? "delivered" : "cancelled";
        const gone = { line: undefined, remoteId: undefined, reason: undefined, dueAt: undefined, token: undefined };
        const id = `${network}/forgotten/${postback.serial}`;
        for (const one of conversion.decisions) if (one.postback === postback.id) one.postback = id;
        Object.assign(postback, { id, state, step: null, ifUnknown: "hold", ...gone });
        for (const attempt of postback.attempts) delete attempt.reason;
      }
      for (const one of conversion.decisions) delete one.reason;
      conversion.decisions.push(noted(decision));
    }
    const before = uncredited.length;
    uncredited = uncredited.filter((one) => one.number !== number);
    return forgotten.length > 0 || uncredited.length < before;
  }

  return {
    ...{ record, remember, claim, settle, nextDue, hasten, amend, decide, postbacks, find },
    uncreditedReason: (number) =>
      uncredited.filter((one) => one.number === number).toSorted((one) => (one.kind === "order" ? -1 : 1))[0]?.reason,
    ...{ tallies: allTallies, uncredited: allUncredited, waiting, erase, forget },
  };
}
