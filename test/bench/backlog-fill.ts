import { DatabaseSync } from "node:sqlite";
import { Client } from "pg";
import type { Place } from "./place.ts";
import { anOrder, collectorAt, NOWHERE, shopper } from "./store.ts";

/** The number of the one order that is reported, which all others are copies of. It occurs in nothing else. */
const FIRST = "B-0000000";

/** The tables that a report writes to, and their columns that count it. */
const tables = ["reports", "conversions", "postbacks"];
const serials = ["id", "serial", "conversion"];

/** Makes a ledger in which so many postbacks wait: one is reported, and its rows are copied. */
export async function fill(place: Place, postbacks: number): Promise<void> {
  const collector = collectorAt(place, NOWHERE);
  await collector.report(shopper, anOrder(FIRST));
  await collector.stop();
  if (place.ledger.startsWith("postgres://")) await fillPostgres(place.ledger, postbacks - 1);
  else fillSqlite(place.ledger, postbacks - 1);
}

function fillSqlite(path: string, copies: number): void {
  // As fast as it goes: nothing of this is measured, and a crash only ends the benchmark.
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  database.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN");
  for (const table of tables) {
    const columns = database.prepare(`SELECT name, type FROM pragma_table_info('${table}')`).all();
    const { names, values } = copied(columns as unknown as Column[], "printf('B-%07d', i)");
    database.exec(
      // From a table of its own: what is read from the one that is written to, SQLite would first gather aside.
      `CREATE TEMP TABLE one_of_${table} AS SELECT * FROM ${table};
       WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < ${copies})
       INSERT INTO ${table} (${names}) SELECT ${values} FROM one_of_${table}, numbers`,
    );
  }
  database.exec("COMMIT");
  database.close();
}

async function fillPostgres(url: string, copies: number): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  // As a replica, it does not check what refers to what.
  await client.query("SET search_path = cashtrail; SET session_replication_role = replica");
  for (const table of tables) {
    const { rows } = await client.query<Column>(
      `SELECT column_name AS name, data_type AS type FROM information_schema.columns
       WHERE table_schema = 'cashtrail' AND table_name = '${table}'`,
    );
    const { names, values } = copied(rows, "'B-' || lpad(i::text, 7, '0')");
    await client.query(
      `INSERT INTO ${table} (${names}) OVERRIDING SYSTEM VALUE
       SELECT ${values} FROM ${table}, generate_series(1, ${copies}) AS i`,
    );
    for (const serial of rows.map(({ name }) => name).filter((name) => serials.includes(name)))
      await client.query(
        `SELECT setval(name, ${copies + 1}) FROM pg_get_serial_sequence('${table}', '${serial}') AS name WHERE name IS NOT NULL`,
      );
  }
  await client.query("VACUUM ANALYZE");
  await client.end();
}

interface Column {
  readonly name: string;
  readonly type: string;
}

/** The columns of a table, and what they hold in the copy `i`, whose number is this. */
function copied(columns: readonly Column[], number: string): { names: string; values: string } {
  const values = columns.map(({ name, type }) => {
    if (serials.includes(name)) return "i + 1";
    return type.toLowerCase() === "text" ? `replace(${name}, '${FIRST}', ${number})` : name;
  });
  return { names: columns.map(({ name }) => name).join(", "), values: values.join(", ") };
}
