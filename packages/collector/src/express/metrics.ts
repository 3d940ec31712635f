import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { CollectorError } from "../error.ts";
import type { CollectorEvent } from "../event.ts";
import type { Waiting } from "../ledger/ledger.ts";
import { withTimeout } from "../signals-timeout.ts";

export interface MetricsParts {
  /** The accounts that are set up. Labels have their ids and no text of anybody else's, so that they stay few. */
  readonly accounts: readonly string[];
  /** The networks clicks may come from. */
  readonly clickNetworks: readonly string[];
  /** What waits in the ledger, as `Ledger` has it. */
  readonly waiting: () => Promise<readonly Waiting[]>;
  /** Whether orders wait in the journal. */
  readonly journalWaits: () => Promise<boolean>;
  /** The accounts that are noticed to be down. */
  readonly down: () => readonly string[];
  readonly now: () => Date;
}

export interface Metrics {
  count(event: CollectorEvent): void;
  /** Clicks were kept. */
  clicks(networks: readonly string[]): void;
  /** Measures a report of an order or a lead. */
  report<Answer extends ReportAnswer>(kind: "order" | "lead", act: () => Promise<Answer>): Promise<Answer>;
  /** All metrics in Prometheus' text format. Resolves within seconds, whatever the ledger does. */
  text(): Promise<string>;
}

interface ReportAnswer {
  readonly credited: readonly string[];
  readonly repeated: boolean;
}

/** Counting what waits reads the ledger: several who scrape at once, or too often, share an answer. */
const KEPT_MS = 5000;

const STATES = ["pending", "held", "failed"] as const;
const OUTCOMES = ["accepted", "refused", "retry", "unknown", "hold", "next", "not-sent"];
const CODES: readonly CollectorError["code"][] = [
  "ERR_ORDER",
  "ERR_LEDGER",
  "ERR_OPTIONS",
  "ERR_CONFLICT",
  "ERR_UNKNOWN",
];
const CHANGES = ["update", "approve", "reject"];

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Counts what happens in this process, in a registry of its own: the store's other metrics are not touched. */
export function createMetrics({ accounts, clickNetworks, waiting, journalWaits, down, now }: MetricsParts): Metrics {
  const registers = [new Registry()] as const;
  const [registry] = registers;
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name, help, labelNames, registers: [...registers] });
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge({ name, help, labelNames, registers: [...registers] });
  const histogram = <Label extends string>(name: string, help: string, labelNames: Label[], buckets: number[]) =>
    new Histogram({ name, help, labelNames, buckets, registers: [...registers] });

  const orders = counter(
    "cashtrail_orders_reported_total",
    "Orders reported and kept, each the first time; those in a transaction of the store's, which may roll back, too.",
    ["credited"],
  );
  const leads = counter("cashtrail_leads_reported_total", "Leads reported and kept, each the first time.", [
    "credited",
  ]);
  const conversions = counter("cashtrail_conversions_total", "Orders and leads credited to an account.", ["network"]);
  const reports = histogram(
    "cashtrail_report_duration_seconds",
    "How long a report took, from the call until the order or lead is on disk or refused.",
    [],
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  );
  const reportsFailed = counter(
    "cashtrail_reports_failed_total",
    "Reports that were refused, or with ERR_LEDGER could be kept nowhere.",
    ["code"],
  );
  const differing = counter(
    "cashtrail_orders_differing_total",
    "Orders reported again otherwise than they stand: the first report stays.",
  );
  const changes = counter("cashtrail_orders_changed_total", "Orders updated, approved or rejected.", ["change"]);
  const journaled = counter(
    "cashtrail_orders_journaled_total",
    "Orders and leads that went to the journal because the ledger could not be written.",
  );
  const takenIn = counter("cashtrail_orders_taken_in_total", "Orders and leads the ledger took from the journal.");
  const attempts = counter("cashtrail_attempts_total", "Tries to send a postback, by how they ended.", [
    "network",
    "outcome",
  ]);
  const durations = histogram(
    "cashtrail_attempt_duration_seconds",
    "How long a request to a network took.",
    ["network"],
    [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60, 120],
  );
  const lags = histogram(
    "cashtrail_delivery_lag_seconds",
    "From when a postback could first be sent until its network had it.",
    ["network"],
    [1, 5, 15, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY],
  );
  const ended = counter("cashtrail_postbacks_ended_total", "Postbacks that became delivered, held or failed.", [
    "network",
    "state",
  ]);
  const kept = counter(
    "cashtrail_clicks_total",
    "Clicks the server kept for a shopper; one that the script hands over again counts again.",
    ["network"],
  );
  const ignored = counter("cashtrail_clicks_ignored_total", "What looked like a click and was not kept.", ["network"]);
  const failures = counter(
    "cashtrail_ledger_failures_total",
    "Times the ledger could not be read or written where no caller waited for it.",
  );
  const isDown = gauge("cashtrail_network_down", "1 while this process notices the network to be down.", ["network"]);
  const ledgerUp = gauge("cashtrail_ledger_up", "1 where the ledger answered this scrape, or one just before.");
  const journalWaiting = gauge(
    "cashtrail_journal_waiting",
    "1 while orders or leads wait in the journal for the ledger to take them in.",
  );
  const backlog = gauge("cashtrail_postbacks_waiting", "Postbacks in a state, in the whole ledger.", [
    "network",
    "state",
  ]);
  const oldest = gauge(
    "cashtrail_postback_oldest_waiting_seconds",
    "How long ago the oldest postback in a state was recorded; 0 where there is none.",
    ["network", "state"],
  );

  // From 0 on, or a rate would miss the first of each.
  for (const credited of ["true", "false"]) {
    orders.inc({ credited }, 0);
    leads.inc({ credited }, 0);
  }
  for (const code of CODES) reportsFailed.inc({ code }, 0);
  for (const change of CHANGES) changes.inc({ change }, 0);
  for (const network of accounts) {
    conversions.inc({ network }, 0);
    for (const outcome of OUTCOMES) attempts.inc({ network, outcome }, 0);
    for (const state of ["delivered", "held", "failed"]) ended.inc({ network, state }, 0);
    durations.zero({ network });
    lags.zero({ network });
  }
  for (const network of clickNetworks) {
    kept.inc({ network }, 0);
    ignored.inc({ network }, 0);
  }

  function count(event: CollectorEvent): void {
    switch (event.type) {
      case "delivered":
      case "postponed":
      case "held":
      case "failed": {
        const { type, network, outcome, durationMs, lagMs } = event;
        attempts.inc({ network, outcome });
        if (durationMs !== undefined) durations.observe({ network }, durationMs / 1000);
        if (type !== "postponed") ended.inc({ network, state: type });
        if (type === "delivered") lags.observe({ network }, lagMs / 1000);
        break;
      }
      case "differs":
        differing.inc();
        break;
      case "changed":
        changes.inc({ change: event.change });
        break;
      case "journaled":
        journaled.inc();
        break;
      case "taken-in":
        takenIn.inc(event.count);
        break;
      case "click-ignored":
        ignored.inc({ network: event.network });
        break;
      case "ledger-failed":
        failures.inc();
        break;
    }
  }

  async function report<Answer extends ReportAnswer>(
    kind: "order" | "lead",
    act: () => Promise<Answer>,
  ): Promise<Answer> {
    const startedAt = performance.now();
    try {
      const answer = await act();
      if (!answer.repeated) {
        (kind === "order" ? orders : leads).inc({ credited: String(answer.credited.length > 0) });
        for (const network of answer.credited) conversions.inc({ network });
      }
      return answer;
    } catch (error) {
      const { code } = (error ?? {}) as Partial<CollectorError>;
      reportsFailed.inc({ code: CODES.find((one) => one === code) ?? "other" });
      throw error;
    } finally {
      reports.observe((performance.now() - startedAt) / 1000);
    }
  }

  let found: { rows: readonly Waiting[]; atMs: number } | undefined;
  let asking: Promise<readonly Waiting[]> | undefined;

  /** What waits now, or did moments ago. A ledger that hangs is not asked again meanwhile. */
  async function rows(): Promise<readonly Waiting[]> {
    const atMs = +now();
    if (found && Math.abs(atMs - found.atMs) < KEPT_MS) return found.rows;
    asking ??= waiting()
      .then((rows) => {
        found = { rows, atMs };
        return rows;
      })
      .finally(() => {
        asking = undefined;
      });
    return withTimeout(asking);
  }

  function showBacklog(rows: readonly Waiting[]): void {
    backlog.reset();
    oldest.reset();
    // Those that are set up, and those that once were and are still owed something.
    for (const network of new Set([...accounts, ...rows.map((row) => row.network)])) {
      const row = rows.find((one) => one.network === network);
      for (const state of STATES) {
        backlog.set({ network, state }, row?.[state] ?? 0);
        oldest.set({ network, state }, (row?.oldest[state] ?? 0) / 1000);
      }
    }
  }

  async function text(): Promise<string> {
    const downNow = down();
    for (const network of accounts) isDown.set({ network }, downNow.includes(network) ? 1 : 0);
    const [counted, waits] = await Promise.allSettled([rows(), withTimeout(journalWaits())]);
    ledgerUp.set(counted.status === "fulfilled" ? 1 : 0);
    if (counted.status === "fulfilled") showBacklog(counted.value);
    else {
      // What nobody knows now is left out: an old figure would look like a quiet shop.
      backlog.reset();
      oldest.reset();
    }
    if (waits.status === "fulfilled") journalWaiting.set(waits.value ? 1 : 0);
    return registry.metrics();
  }

  return {
    count,
    clicks(networks) {
      for (const network of networks) kept.inc({ network });
    },
    report,
    text,
  };
}
