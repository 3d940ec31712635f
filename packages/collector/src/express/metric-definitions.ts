import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { CollectorError } from "../error.ts";
import { ATTEMPT_OUTCOMES, CHANGES } from "../states.ts";

export const CODES: readonly CollectorError["code"][] = [
  "ERR_ORDER",
  "ERR_LEDGER",
  "ERR_OPTIONS",
  "ERR_CONFLICT",
  "ERR_UNKNOWN",
];

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The metrics by name, in a registry of their own: the store's other metrics are not touched. */
export type MetricDefinitions = ReturnType<typeof defineMetrics>;

/** Defines them, each from 0 on: a rate would miss the first of what is not there. */
export function defineMetrics(accounts: readonly string[], clickNetworks: readonly string[]) {
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
  const refused = counter("cashtrail_deep_links_refused_total", "Deep links that were not followed.");
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

  for (const credited of ["true", "false"]) {
    orders.inc({ credited }, 0);
    leads.inc({ credited }, 0);
  }
  for (const code of CODES) reportsFailed.inc({ code }, 0);
  for (const change of CHANGES) changes.inc({ change }, 0);
  for (const network of accounts) {
    conversions.inc({ network }, 0);
    for (const outcome of ATTEMPT_OUTCOMES) attempts.inc({ network, outcome }, 0);
    for (const state of ["delivered", "held", "failed"]) ended.inc({ network, state }, 0);
    durations.zero({ network });
    lags.zero({ network });
  }
  for (const network of clickNetworks) {
    kept.inc({ network }, 0);
    ignored.inc({ network }, 0);
  }

  return {
    ...{ registry, orders, leads, conversions, reports, reportsFailed, differing, changes, journaled, takenIn },
    ...{ attempts, durations, lags, ended, kept, ignored, refused, failures },
    ...{ isDown, ledgerUp, journalWaiting, backlog, oldest },
  };
}
