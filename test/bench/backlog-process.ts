import { setInterval } from "node:timers/promises";
import type { CollectorOptions } from "@cashtrail/collector";
import type { Ledger } from "../../packages/collector/src/ledger/ledger.ts";
import { postgresLedger } from "../../packages/collector/src/ledger/postgres.ts";
import { sqliteLedger } from "../../packages/collector/src/ledger/sqlite.ts";
import { durationOf, median, percentile } from "./measured.ts";
import type { Place } from "./place.ts";
import { anOrder, collectorAt, shopper } from "./store.ts";

/** What the process prints, as JSON. In milliseconds, and MB. */
export interface BacklogFigures {
  readonly untilFirst: number;
  readonly rate: number;
  /** Each as 99 of a hundred took at most, of the first and the last tenth. */
  readonly claimAtStart: number;
  readonly claimAtEnd: number;
  readonly report: number;
  readonly counting: number;
  readonly stopping: number;
  readonly aboveIdle: number;
}

const AT_ONCE = 16;

/** How often an order comes in meanwhile. */
const ORDER_EVERY_MS = 20;

type Where = Pick<Place, "ledger" | "journal">;

/** `node backlog-process.ts EMPTY FULL URL SLICE`: delivers so many of what waits. EMPTY and FULL are places, as JSON. */
const [empty = "", full = "", url = "", slice = ""] = process.argv.slice(2);
const idle = await idleMemory(JSON.parse(empty));
process.stdout.write(JSON.stringify(await figuresOf(JSON.parse(full), Number(slice), idle)));

/** What the process takes with a collector that has nothing to do. */
async function idleMemory(place: Where): Promise<number> {
  const delivered = Promise.withResolvers<void>();
  const collector = collectorAt(place, url, { concurrency: AT_ONCE, onEvent: onDelivered(delivered.resolve) });
  collector.start();
  await collector.report(shopper, anOrder(`idle-${process.pid}`));
  await delivered.promise;
  const idle = process.memoryUsage.rss();
  await collector.stop();
  return idle;
}

async function figuresOf(place: Where, slice: number, idle: number): Promise<BacklogFigures> {
  const claims: number[] = [];
  const reports: number[] = [];
  const first = Promise.withResolvers<void>();
  const all = Promise.withResolvers<void>();
  let delivered = 0;

  const started = performance.now();
  const ledger = ledgerAt(place.ledger);
  const collector = collectorAt({ ...place, ledger: { ...ledger, claim: timed(ledger.claim, claims) } }, url, {
    concurrency: AT_ONCE,
    onEvent: onDelivered(() => {
      delivered += 1;
      if (delivered === 1) first.resolve();
      if (delivered === slice) all.resolve();
    }),
  });
  collector.start();
  await first.promise;
  const untilFirst = performance.now() - started;

  const ending = new AbortController();
  const incoming = reportUntil(ending.signal);
  await all.promise;
  const rate = slice / ((performance.now() - started - untilFirst) / 1000);
  // What comes after waits for what is asked below.
  const share = Math.ceil(claims.length / 10);
  const [firstClaims, lastClaims] = [claims.slice(0, share), claims.slice(-share)];
  ending.abort();
  await incoming;
  const counts: number[] = [];
  for (let time = 0; time < 5; time += 1) counts.push(await durationOf(() => collector.backlog()));
  const stopping = await durationOf(() => collector.stop());

  return {
    untilFirst,
    rate,
    claimAtStart: percentile(firstClaims, 0.99),
    claimAtEnd: percentile(lastClaims, 0.99),
    report: percentile(reports, 0.99),
    counting: median(counts),
    stopping,
    // The highest it ever was, counted in kilobytes by the system itself.
    aboveIdle: (process.resourceUsage().maxRSS * 1024 - idle) / 1e6,
  };

  async function reportUntil(signal: AbortSignal): Promise<void> {
    const report = timed(collector.report, reports);
    const reported: Promise<unknown>[] = [];
    try {
      for await (const _ of setInterval(ORDER_EVERY_MS, undefined, { signal }))
        reported.push(report(shopper, anOrder(`${process.pid}-${reported.length}`)));
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    await Promise.all(reported);
  }
}

function ledgerAt(place: string): Ledger {
  return place.startsWith("postgres://") ? postgresLedger(place) : sqliteLedger(place, () => new Date());
}

function onDelivered(told: () => void): NonNullable<CollectorOptions["onEvent"]> {
  return ({ type }) => {
    if (type === "delivered") told();
  };
}

/** The same, whose durations are noted. */
function timed<Given extends unknown[], Answer>(
  task: (...given: Given) => Promise<Answer>,
  durations: number[],
): (...given: Given) => Promise<Answer> {
  return async (...given) => {
    const begun = performance.now();
    try {
      return await task(...given);
    } finally {
      durations.push(performance.now() - begun);
    }
  };
}
