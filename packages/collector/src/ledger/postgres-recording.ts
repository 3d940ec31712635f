import type { Click } from "@cashtrail/client/landing";
import { dayAt } from "../day.ts";
import type { Postback } from "../network.ts";
import { asksForClick, differs, hashOf } from "./both-engines.ts";
import type { Entry, Written } from "./ledger.ts";
import type { Session } from "./postgres-connection.ts";
import type { Operation } from "./postgres-lane.ts";
import { keepable } from "./postgres-rows.ts";

export const record: Operation<Entry, Written> = { run: recordAll, key: keyOf };

export const probe: Operation<undefined, void> = { run: probeOnce };

export const remember: Operation<readonly Click[], void> = { run: rememberAll };

/** A number is of one order and of one lead. */
function keyOf({ order, lead }: Entry): string {
  return order ? `order ${order.number}` : `lead ${lead.reference}`;
}

/**
 * Writes entries of different numbers. Nothing here fails for what others write at the same time, so that it may run in
 * a transaction of the store's: of two that report a number, the second one waits for the first and finds it there.
 */
export async function recordAll({ query, now }: Session, entries: readonly Entry[]): Promise<Written[]> {
  const reports = entries.map((entry) => {
    const [kind, number] = entry.order ? ["order", entry.order.number] : ["lead", entry.lead.reference];
    return { kind, number, uncredited: entry.conversions.length > 0 ? null : (keepable(entry.reason) ?? "") };
  });
  // Locks each number, in one order for all. What is credited stays so; that is looked up only after, when it is locked.
  const known = await query<{ kind: string; number: string }>(
    `WITH locked AS (
     INSERT INTO cashtrail.reports (kind, number, reported_at, uncredited)
     SELECT kind, number, $2::bigint, uncredited
     FROM json_to_recordset($1::json) AS given (kind text, number text, uncredited text)
     ORDER BY kind COLLATE "C", number COLLATE "C"
     ON CONFLICT (kind, number) DO UPDATE
       SET uncredited = CASE WHEN reports.uncredited IS NOT NULL THEN excluded.uncredited END
     -- Only of a row that was there before is there a transaction that replaced it: this one.
     RETURNING kind, number, xmax <> 0 AS was_there
     )
     SELECT kind, number FROM locked WHERE was_there`,
    [JSON.stringify(reports), now],
  );
  const isKnown = new Set(known.map(({ kind, number }) => `${kind} ${number}`));
  const counted = entries
    .filter((entry) => !isKnown.has(keyOf(entry)))
    .map(({ conversions: [first] }) => ({ network: first?.network ?? "" }));
  const conversions = entries.flatMap((entry, index) =>
    entry.conversions.map(({ network, click, postbacks }) => ({
      ...reports[index],
      network,
      click_network: click.network,
      click_id: click.id,
      click_at: +click.at,
      click_consent: click.consent,
      click_hash: hashOf(click.id),
      asks_click: asksForClick(postbacks),
      subject: JSON.stringify(entry.order ?? entry.lead),
    })),
  );
  const postbacks = entries.flatMap((entry, index) =>
    entry.conversions.flatMap((conversion) =>
      rowsOf(conversion.postbacks).map((row) => ({
        ...row,
        subject: reports[index]?.kind,
        number: reports[index]?.number,
        network: conversion.network,
      })),
    ),
  );
  const added = await query<{ kind: string; number: string }>(
    `WITH added AS (
       INSERT INTO cashtrail.conversions
         (kind, number, network, click_network, click_id, click_at, click_consent, click_hash, asks_click,
          subject, reported_at)
       SELECT kind, number, network, click_network, click_id, click_at, click_consent, click_hash, asks_click, subject,
         $3::bigint
       FROM (
         SELECT * FROM ROWS FROM (json_to_recordset($1::json) AS (kind text, number text, network text,
           click_network text, click_id text, click_at bigint, click_consent text, click_hash int,
           asks_click boolean, subject text))
           WITH ORDINALITY LIMIT $4) AS given
       WHERE NOT EXISTS (
         SELECT FROM cashtrail.conversions AS known WHERE known.kind = given.kind AND known.number = given.number)
       ORDER BY ordinality
       RETURNING id, kind, number, network
     ), posted AS (
       INSERT INTO cashtrail.postbacks
         (id, conversion, network, kind, line, step, if_unknown, created_at, begun_at, due_at)
       SELECT given.id, added.id, given.network, given.kind, line, step, if_unknown, $3::bigint, $3::bigint,
         CASE WHEN NOT waits THEN $3::bigint END
       FROM ROWS FROM (json_to_recordset($2::json) AS (subject text, number text, network text, id text, kind text,
         line text, step text, if_unknown text, waits boolean)) WITH ORDINALITY AS given
       JOIN added ON added.kind = given.subject AND added.number = given.number AND added.network = given.network
       ORDER BY ordinality
     ), counted AS (
       INSERT INTO cashtrail.tallies (day, network, what, count)
       SELECT $5::integer, network, 'reported', count(*) FROM json_to_recordset($6::json) AS given (network text) GROUP BY network
       UNION ALL SELECT $5::integer, network, 'credited', count(*) FROM added GROUP BY network
     )
     SELECT kind, number FROM added`,
    // The limit changes nothing but the plan: without it the planner takes one row for a hundred, and reads whole tables.
    [
      JSON.stringify(conversions),
      JSON.stringify(postbacks),
      now,
      conversions.length,
      dayAt(now),
      JSON.stringify(counted),
    ],
  );
  const isAdded = new Set(added.map(({ kind, number }) => `${kind} ${number}`));
  const credits = await creditsOf(
    query,
    reports.filter(({ kind, number }) => !isAdded.has(`${kind} ${number}`)),
  );
  return entries.map((entry) => {
    const before = credits.get(keyOf(entry));
    if (before) {
      const reported = JSON.stringify(entry.order ?? entry.lead);
      const isOther = before.some(({ kind, subject }) => differs(kind, subject, reported));
      const credited = before.map(({ network }) => network);
      return { credited, repeated: true, ...(isOther ? { differs: true } : {}) };
    }
    return {
      credited: entry.conversions.map(({ network }) => network),
      ...(entry.reason === undefined ? {} : { reason: entry.reason }),
      repeated: false,
      ...(isKnown.has(keyOf(entry)) ? { again: true } : {}),
    };
  });
}

/** The accounts that reports are credited to, by kind and number. */
async function creditsOf(query: Session["query"], reports: readonly object[]): Promise<Map<string, Credit[]>> {
  if (reports.length === 0) return new Map();
  const rows = await query<Credit>(
    `SELECT kind, number, network, subject FROM cashtrail.conversions
     JOIN json_to_recordset($1::json) AS given (kind text, number text) USING (kind, number) ORDER BY id`,
    [JSON.stringify(reports)],
  );
  return Map.groupBy(rows, ({ kind, number }) => `${kind} ${number}`);
}

interface Credit {
  readonly kind: string;
  readonly number: string;
  readonly network: string;
  readonly subject: string;
}

/** Postbacks as rows. All of them are pending, so one waits if there is an earlier one of its line, or one without. */
export function rowsOf(postbacks: readonly Postback[]) {
  const lines = new Set<string | undefined>();
  return postbacks.map(({ id, kind, line, step, ifUnknown }) => {
    const waits = line === undefined ? lines.size > 0 : lines.has(line) || lines.has(undefined);
    lines.add(line);
    return { id, kind, line, step: JSON.stringify(step), if_unknown: JSON.stringify(ifUnknown), waits };
  });
}

/** As much as an order takes: a new page, where none has room left. */
async function probeOnce({ query }: Session, calls: readonly unknown[]): Promise<undefined[]> {
  await query(
    `INSERT INTO cashtrail.probe (id, filling) VALUES (1, convert_to(repeat('x', 8192), 'UTF8'))
     ON CONFLICT (id) DO UPDATE SET filling = excluded.filling`,
    [],
  );
  return calls.map(() => undefined);
}

async function rememberAll({ query, now }: Session, calls: readonly (readonly Click[])[]): Promise<undefined[]> {
  const clicks = calls.flat().map(({ network, id, at, consent }) => ({ network, id, at: +at, consent }));
  // In one order for all, so that no two wait for each other. Of one that comes twice, the first time counts.
  await query(
    `WITH added AS (
     INSERT INTO cashtrail.clicks (network, id, at, consent)
     SELECT DISTINCT ON (network COLLATE "C", id COLLATE "C") network, id, at, consent
     FROM ROWS FROM (json_to_recordset($1::json) AS (network text, id text, at bigint, consent text))
       WITH ORDINALITY AS given
     ORDER BY network COLLATE "C", id COLLATE "C", ordinality
     ON CONFLICT DO NOTHING
     RETURNING network
     )
     INSERT INTO cashtrail.tallies (day, network, what, count)
     SELECT $2::integer, network, 'click', count(*) FROM added GROUP BY network`,
    [JSON.stringify(clicks), dayAt(now)],
  );
  return calls.map(() => undefined);
}
