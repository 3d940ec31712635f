import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { Client } from "pg";
import { expect, inject, onTestFinished, test } from "vitest";
import type { Filter, PostbackFilter } from "../../../packages/collector/src/ledger/ledger.ts";
import { postgresLedger } from "../../../packages/collector/src/ledger/postgres.ts";
import { choose } from "../../../packages/collector/src/ledger/postgres-choosing.ts";
import { postbacks } from "../../../packages/collector/src/ledger/postgres-finding.ts";
import { sqliteLedger } from "../../../packages/collector/src/ledger/sqlite.ts";
import { choosing } from "../../../packages/collector/src/ledger/sqlite-choosing.ts";
import { openSqlite } from "../../../packages/collector/src/ledger/sqlite-file.ts";
import { finding } from "../../../packages/collector/src/ledger/sqlite-finding.ts";
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

/** Some way of asking for postbacks, and what they are looked up by: what failed is rare beside what was delivered. */
const postbackFilters: readonly (readonly [filter: PostbackFilter, by: string])[] = [
  [{ id: "retrack/N-7/create" }, "id=?"],
  [{ number: "N-7" }, "postbacks_of"],
  [{ number: "N-7", state: "delivered" }, "postbacks_of"],
  [{ state: "failed" }, "postbacks_undelivered"],
  [{ state: "held", network: "rare" }, "postbacks_undelivered"],
  [{ state: "failed", network: "retrack", since, until }, "postbacks_undelivered"],
];

/** A ledger's file, and the statements that are prepared in it. */
function notedSqlite() {
  const database = openSqlite(join(temporaryFolder(), "cashtrail.db"));
  onTestFinished(() => database.close());
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
  const stepsOf = (text = "") =>
    database
      .prepare(`EXPLAIN QUERY PLAN ${text}`)
      .all()
      .map(({ detail }) => `${detail}`);
  return { database, noted, statements, stepsOf };
}

test("SQLite goes through no table, and sorts nothing, to find conversions", () => {
  const { database, noted, statements, stepsOf } = notedSqlite();
  database.exec(`INSERT INTO reports VALUES ('order', '1', 1, NULL);
    INSERT INTO conversions
      (kind, number, network, click_network, click_id, click_at, click_hash, asks_click, subject, reported_at)
    VALUES ('order', '1', 'retrack', 'retrack', 'c', 1, 1, 0, '{}', ${+since})`);
  const choose = choosing(noted);
  for (const [filter, by] of filters) {
    choose(filter);
    const steps = stepsOf(statements.at(-1));
    expect(steps.find((step) => /^SEARCH (?:conversions|postbacks) USING/.test(step))).toContain(by);
  }
  // The ranges of the index of clicks, those of a backlog, and the accounts are lists of their own.
  const slow = statements.flatMap((text) =>
    stepsOf(text).filter((step) => /^SCAN (?!ranges|tops|json_each)|TEMP B-TREE|AUTO/.test(step)),
  );
  expect(slow).toEqual([]);
});

test("what is delivered is found below what waits, and among it", async () => {
  // 5,000 wait, but for some that were delivered, one of which waits with a change; the oldest 100 are delivered.
  const state =
    "CASE WHEN i <= 100 OR i IN (1500, 4700) THEN 'delivered' WHEN i = 3000 THEN 'cancelled' ELSE 'pending' END";
  const reports = (numbers: string) => `SELECT 'order', 'N-' || i, i FROM ${numbers}`;
  const conversions = (numbers: string) =>
    `SELECT 'order', 'N-' || i, CASE WHEN i % 3 = 0 THEN 'retrack' ELSE 'shopback' END, '', '', 1, 1, ASKS, '{}', i
     FROM ${numbers} ORDER BY i`;
  const columns =
    "(kind, number, network, click_network, click_id, click_at, click_hash, asks_click, subject, reported_at)";
  const postbacks = "(id, conversion, network, kind, step, if_unknown, state, created_at, begun_at)";
  const each = "SELECT id AS i, network FROM";

  const { database, noted } = notedSqlite();
  expect(choosing(noted)({ state: "delivered" })).toEqual([]);
  const numbers = "(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) SELECT i FROM n)";
  database.exec(`INSERT INTO reports (kind, number, reported_at) ${reports(numbers)};
    INSERT INTO conversions ${columns} ${conversions(numbers).replace("ASKS", "0")};
    INSERT INTO postbacks ${postbacks} SELECT i, i, network, 'create', '{}', '{}', ${state}, 1, 1
    FROM (${each} conversions);
    INSERT INTO postbacks ${postbacks} VALUES ('update', 4700, 'shopback', 'update', '{}', '{}', 'pending', 1, 1)`);
  const url = await newDatabase(inject("postgres"));
  onTestFinished(() => dropDatabase(url));
  const ledger = postgresLedger(url);
  expect(await ledger.find({ state: "delivered" })).toEqual([]);
  await ledger.close();
  const series = "generate_series(1, 5000) AS i";
  await query(
    url,
    `INSERT INTO cashtrail.reports (kind, number, reported_at) ${reports(series)};
     INSERT INTO cashtrail.conversions ${columns} ${conversions(series).replace("ASKS", "false")};
     INSERT INTO cashtrail.postbacks ${postbacks} SELECT i, i, network, 'create', '{}', '{}', ${state}, 1, 1
     FROM (${each} cashtrail.conversions) AS every;
     INSERT INTO cashtrail.postbacks ${postbacks} VALUES ('update', 4700, 'shopback', 'update', '{}', '{}', 'pending', 1, 1)`,
  );
  const client = new Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());
  const answers: readonly (readonly [filter: Filter, found: readonly number[]])[] = [
    [{ limit: 4 }, [4700, 1500, 100, 99]],
    [{ limit: 2, network: "retrack" }, [1500, 99]],
    [{ limit: 2, status: "pending" }, [4700, 1500]],
    [{ limit: 2, status: "approved" }, []],
    [{ limit: 2, before: 4700 }, [1500, 100]],
    [{ limit: 2, before: 1500, network: "shopback" }, [100, 98]],
  ];
  for (const [filter, found] of answers) {
    const asked = { ...filter, state: "delivered" } as const;
    expect(choosing(noted)(asked), JSON.stringify(filter)).toEqual(found);
    let given: unknown[] = [];
    const chosen = await choose(async (text, values) => {
      given = values;
      return (await client.query(text, values)).rows;
    }, asked);
    expect(chosen.map(Number), JSON.stringify(filter)).toEqual(found);
    // 1,024 at once: the newest is not looked for among what waits above it.
    if (filter.before === 4700)
      expect(Math.max(...given.filter((value) => typeof value === "number"))).toBeLessThan(2524);
  }
});

test("SQLite goes through no table to list postbacks", () => {
  const { noted, statements, stepsOf } = notedSqlite();
  const { postbacks } = finding(noted);
  for (const [filter, by] of postbackFilters) {
    postbacks(0, filter, 0, 500);
    const steps = stepsOf(statements.at(-1));
    expect(steps.filter((step) => /^SEARCH postbacks USING/.test(step)).join("; ")).toContain(by);
    expect(steps.filter((step) => step.startsWith("SCAN"))).toEqual([]);
  }
});

test("no more than 10,000 that nobody is credited for are counted, and that there are more is told", async () => {
  const path = join(temporaryFolder(), "cashtrail.db");
  const numbers = (last: number) => `WITH RECURSIVE numbers (i) AS (
    SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < ${last}) SELECT i FROM numbers`;
  const database = openSqlite(path);
  database.exec(`INSERT INTO reports SELECT 'order', 'N-' || i, i, 'why' FROM (${numbers(10_000)})`);
  const sqlite = sqliteLedger(path, () => since);
  onTestFinished(() => sqlite.close());
  expect(await sqlite.uncredited(1)).toMatchObject({ count: 10_000, newest: [{ number: "N-10000" }] });
  expect(await sqlite.uncredited(1)).not.toHaveProperty("more");
  database.exec("INSERT INTO reports VALUES ('lead', 'N-1', 1, 'why')");
  database.close();
  expect(await sqlite.uncredited(1)).toMatchObject({ count: 10_000, more: true });
  const url = await newDatabase(inject("postgres"));
  onTestFinished(() => dropDatabase(url));
  const postgres = postgresLedger(url);
  onTestFinished(() => postgres.close());
  await postgres.waiting();
  const add = "INSERT INTO cashtrail.reports (kind, number, reported_at, uncredited)";
  await query(url, `${add} SELECT 'order', 'N-' || i, i, 'why' FROM (${numbers(10_000)}) AS numbered`);
  expect(await postgres.uncredited(1)).toMatchObject({ count: 10_000, newest: [{ number: "N-10000" }] });
  expect(await postgres.uncredited(1)).not.toHaveProperty("more");
  await query(url, `${add} VALUES ('lead', 'N-1', 1, 'why')`);
  expect(await postgres.uncredited(1)).toMatchObject({ count: 10_000, more: true });
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
  for (const [filter] of postbackFilters) {
    let read = 0;
    const given = { filter, after: 0, limit: 500 };
    const explained = async (text: string, values: unknown[]) => {
      const { rows } = await client.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values);
      read += rowsReadIn(rows[0]["QUERY PLAN"][0].Plan);
      return [];
    };
    await postbacks.run({ query: explained, now: 0 }, [given]);
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
