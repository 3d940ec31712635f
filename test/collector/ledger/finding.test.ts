import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { Client } from "pg";
import { expect, inject, onTestFinished, test } from "vitest";
import type { Filter } from "../../../packages/collector/src/ledger/ledger.ts";
import { postgresLedger } from "../../../packages/collector/src/ledger/postgres.ts";
import { choose } from "../../../packages/collector/src/ledger/postgres-choosing.ts";
import { choosing } from "../../../packages/collector/src/ledger/sqlite-choosing.ts";
import { openSqlite } from "../../../packages/collector/src/ledger/sqlite-file.ts";
import { temporaryFolder } from "../../support/collector-server.ts";
import { dropDatabase, newDatabase, query } from "../../support/postgres.ts";

const since = new Date("2026-01-01T00:00:00Z");
const until = new Date("2026-02-01T00:00:00Z");

/** Some way of asking for each, and for several at once; and what they are looked up by. */
const filters: readonly (readonly [filter: Filter, by: string])[] = [
  [{}, "PRIMARY KEY"],
  [{ before: 20_000 }, "PRIMARY KEY"],
  [{ number: "N-7" }, "number=?"],
  [{ number: "N-7", network: "rare", status: "pending", state: "failed", since, until }, "number=?"],
  [{ click: "click-7" }, "conversions_by_click"],
  [
    { click: "click-7", network: "rare", status: "pending", state: "delivered", since, until, before: 20_000 },
    "conversions_by_click",
  ],
  [{ number: "N-7", click: "click-7" }, "number=?"],
  [{ network: "rare" }, "conversions_listed"],
  [{ network: "nobody's" }, "conversions_listed"],
  [{ network: "retrack", before: 20_000 }, "conversions_listed"],
  [{ network: "rare", since, until }, "conversions_listed"],
  [{ status: "pending" }, "conversions_listed"],
  [{ status: "rejected" }, "conversions_listed"],
  [{ status: "rejected", network: "rare", before: 20_000 }, "conversions_listed"],
  [{ state: "pending" }, "postbacks_undelivered"],
  [{ state: "held" }, "postbacks_undelivered"],
  [{ state: "failed", network: "rare" }, "postbacks_undelivered"],
  [{ state: "cancelled" }, "postbacks_undelivered"],
  [{ state: "cancelled", status: "rejected", since, until, before: 20_000 }, "postbacks_undelivered"],
  [{ state: "delivered" }, "PRIMARY KEY"],
  [{ state: "delivered", network: "retrack", status: "approved" }, "conversions_listed"],
  [{ since }, "PRIMARY KEY"],
  [{ until }, "PRIMARY KEY"],
  [{ since, until, before: 20_000 }, "PRIMARY KEY"],
  [{ since, until, status: "approved" }, "conversions_listed"],
];

test("SQLite goes through no table, and sorts nothing, to find conversions", () => {
  const database = openSqlite(join(temporaryFolder(), "cashtrail.db"));
  onTestFinished(() => database.close());
  database.exec(`INSERT INTO reports VALUES ('order', '1', 1, NULL);
    INSERT INTO conversions
      (kind, number, network, click_network, click_id, click_at, click_hash, asks_click, subject, reported_at)
    VALUES ('order', '1', 'retrack', 'retrack', 'c', 1, 1, 0, '{}', ${+since})`);
  const statements: string[] = [];
  const noted = new Proxy(database, {
    get(_, name: keyof DatabaseSync) {
      if (name !== "prepare") return Reflect.get(database, name);
      return (text: string) => {
        statements.push(text);
        return database.prepare(text);
      };
    },
  });
  const choose = choosing(noted);
  const stepsOf = (text = "") =>
    database
      .prepare(`EXPLAIN QUERY PLAN ${text}`)
      .all()
      .map(({ detail }) => `${detail}`);
  for (const [filter, by] of filters) {
    choose(filter);
    const steps = stepsOf(statements.at(-1));
    expect(steps.find((step) => /^SEARCH (?:conversions|postbacks) USING/.test(step))).toContain(by);
  }
  // The ranges of the index of clicks are a list of its own.
  const slow = statements.flatMap((text) =>
    stepsOf(text).filter((step) => /^SCAN (?!ranges)|TEMP B-TREE|AUTO/.test(step)),
  );
  expect(slow).toEqual([]);
});

test("PostgreSQL reads few of many rows to find conversions", async () => {
  const url = await newDatabase(inject("postgres"));
  onTestFinished(() => dropDatabase(url));
  const ledger = postgresLedger(url);
  await ledger.waiting();
  await ledger.close();
  // Of the rare network there are 30, the oldest ones, of which one was cancelled; and nothing else is rare.
  await query(
    url,
    `INSERT INTO cashtrail.reports (kind, number, reported_at)
     SELECT 'order', 'N-' || i, ${+since} + i * 120000::bigint FROM generate_series(1, 30000) AS i;
     INSERT INTO cashtrail.conversions
       (kind, number, network, click_network, click_id, click_at, click_hash, asks_click, status, subject, reported_at)
     SELECT 'order', 'N-' || i, CASE WHEN i <= 30 THEN 'rare' WHEN i % 2 = 0 THEN 'retrack' ELSE 'shopback' END, '',
       'click-' || i, 1, i, false, CASE WHEN i > 20000 THEN 'pending' ELSE 'approved' END, '{}', ${+since} + i * 120000::bigint
     FROM generate_series(1, 30000) AS i ORDER BY i;
     INSERT INTO cashtrail.postbacks (id, conversion, network, kind, step, if_unknown, state, created_at, begun_at)
     SELECT id, id, network, 'create', '{}', '{}', CASE WHEN id = 7 THEN 'cancelled' ELSE 'delivered' END, 1, 1
     FROM cashtrail.conversions;
     ANALYZE cashtrail.conversions, cashtrail.postbacks`,
  );
  const client = new Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());
  await client.query("SET random_page_cost = 1; SET jit = off");
  for (const [filter] of filters) {
    let read = 0;
    await choose(async (text, values) => {
      const { rows } = await client.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values);
      read += rowsReadIn(rows[0]["QUERY PLAN"][0].Plan);
      return (await client.query(text, values)).rows;
    }, filter);
    // A day has 720.
    expect(read, JSON.stringify(filter)).toBeLessThan(2500);
  }
});

interface Plan {
  readonly Plans?: readonly Plan[];
  readonly [figure: string]: unknown;
}

/** How many rows were read from tables and indexes, whether they were wanted or not. */
function rowsReadIn(plan: Plan): number {
  const { Plans = [], "Relation Name": table, "Actual Loops": loops, "Actual Rows": rows } = plan;
  const removed = Number(plan["Rows Removed by Filter"] ?? 0) + Number(plan["Rows Removed by Index Recheck"] ?? 0);
  const here = table === undefined ? 0 : (Number(rows) + removed) * Number(loops);
  return Plans.reduce((sum, below) => sum + rowsReadIn(below), here);
}
