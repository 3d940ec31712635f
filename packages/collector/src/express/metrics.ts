import type { CollectorError } from "../error.ts";
import type { CollectorEvent } from "../event.ts";
import type { Waiting, Written } from "../ledger/ledger.ts";
import { WAITING_STATES } from "../states.ts";
import { withTimeout } from "../timeout.ts";
import { CODES, defineMetrics, type MetricDefinitions } from "./metric-definitions.ts";

export interface MetricsParts {
  /** The accounts that are set up. Labels have their ids and no text of anybody else's, so that they stay few. */
  readonly accounts: readonly string[];
  /** The networks clicks may come from. */
  readonly clickNetworks: readonly string[];
  /** What waits in the ledger, now or moments ago. */
  readonly waiting: () => Promise<readonly Waiting[]>;
  /** Whether orders wait in the journal. */
  readonly journalWaits: () => Promise<boolean>;
  /** The accounts that are noticed to be down. */
  readonly down: () => readonly string[];
}

export interface Metrics {
  count(event: CollectorEvent): void;
  /** Clicks were kept. */
  clicks(networks: readonly string[]): void;
  /** An order or a lead was reported that was not credited before. */
  reported(kind: "order" | "lead", reported: Written): void;
  /** Measures a report. */
  report<Answer>(act: () => Promise<Answer>): Promise<Answer>;
  /** A report was refused before it was one: its body could not be read. */
  refused(error: unknown): void;
  /** All metrics in Prometheus' text format. Resolves within seconds, whatever the ledger does. */
  text(): Promise<string>;
}

/** Counts what happens in this process. */
export function createMetrics({ accounts, clickNetworks, waiting, journalWaits, down }: MetricsParts): Metrics {
  const metrics = defineMetrics(accounts, clickNetworks);
  const { registry, orders, leads, conversions, reports, reportsFailed, kept, isDown, ledgerUp, journalWaiting } =
    metrics;

  function reported(kind: "order" | "lead", { credited, again }: Written): void {
    if (!again) (kind === "order" ? orders : leads).inc({ credited: String(credited.length > 0) });
    for (const network of credited) conversions.inc({ network });
  }

  function refused(error: unknown): void {
    const { code } = (error ?? {}) as Partial<CollectorError>;
    reportsFailed.inc({ code: CODES.find((one) => one === code) ?? "other" });
  }

  async function report<Answer>(act: () => Promise<Answer>): Promise<Answer> {
    const startedAt = performance.now();
    try {
      return await act();
    } catch (error) {
      refused(error);
      throw error;
    } finally {
      reports.observe((performance.now() - startedAt) / 1000);
    }
  }

  async function text(): Promise<string> {
    const downNow = down();
    for (const network of accounts) isDown.set({ network }, downNow.includes(network) ? 1 : 0);
    const [counted, waits] = await Promise.allSettled([withTimeout(waiting()), withTimeout(journalWaits())]);
    ledgerUp.set(counted.status === "fulfilled" ? 1 : 0);
    if (counted.status === "fulfilled") showBacklog(metrics, accounts, counted.value);
    else {
      // What nobody knows now is left out: an old figure would look like a quiet shop.
      metrics.backlog.reset();
      metrics.oldest.reset();
    }
    if (waits.status === "fulfilled") journalWaiting.set(waits.value ? 1 : 0);
    return registry.metrics();
  }

  return {
    count: (event) => count(metrics, event),
    clicks(networks) {
      for (const network of networks) kept.inc({ network });
    },
    reported,
    report,
    refused,
    text,
  };
}

function count(metrics: MetricDefinitions, event: CollectorEvent): void {
  const { attempts, durations, lags, ended } = metrics;
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
      metrics.differing.inc();
      break;
    case "changed":
      metrics.changes.inc({ change: event.change });
      break;
    case "journaled":
      metrics.journaled.inc();
      break;
    case "taken-in":
      metrics.takenIn.inc(event.count);
      break;
    case "deep-link-refused":
      metrics.refused.inc();
      break;
    case "click-ignored":
      metrics.ignored.inc({ network: event.network });
      break;
    case "ledger-failed":
      metrics.failures.inc();
      break;
  }
}

function showBacklog(
  { backlog, oldest }: MetricDefinitions,
  accounts: readonly string[],
  rows: readonly Waiting[],
): void {
  backlog.reset();
  oldest.reset();
  // Those that are set up, and those that once were and are still owed something.
  for (const network of new Set([...accounts, ...rows.map((row) => row.network)])) {
    const row = rows.find((one) => one.network === network);
    for (const state of WAITING_STATES) {
      backlog.set({ network, state }, row?.[state] ?? 0);
      oldest.set({ network, state }, (row?.oldest[state] ?? 0) / 1000);
    }
  }
}
