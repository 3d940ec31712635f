import { Client } from "pg";
import { CollectorError } from "../error.ts";
import { migrations } from "./postgres-schema.ts";

/** How long a server may take to let us in, and a statement to end there and to be answered here. */
const CONNECT_MS = 3000;
const STATEMENT_MS = 5000;
const ANSWER_MS = STATEMENT_MS + 1000;

/** As type 20 a `bigint` comes; ours are times and serials, which a number holds exactly. */
const BIGINT = 20;

/** PostgreSQL 13 is the first that makes random tokens itself. */
const OLDEST = 130_000;

/** What two ledgers that start together agree on: any number, the same for ever. */
const MIGRATION_LOCK = 7_226_451_903;

export interface Server {
  /** Host and database, without user and password. */
  readonly name: string;
  /** A new connection to a database that keeps what it commits, and whose tables are up to date. */
  connect(): Promise<Client>;
}

/** The server a URL names. Throws `ERR_LEDGER` where it names none; the message never has the URL, nor its password. */
export function serverAt(url: string): Server {
  const { host, port, database } = clientFor(url);
  let isUpToDate = false;

  async function connect(): Promise<Client> {
    const client = clientFor(url);
    // A connection that breaks while it rests must not end the process. Whoever uses it next hears of it.
    client.on("error", () => {});
    try {
      await client.connect();
      await checkDurable(client);
      // Once is enough: a newer version that moves the tables on while this one runs does not lock it out.
      if (!isUpToDate) await migrate(client);
      isUpToDate = true;
      return client;
    } catch (error) {
      client.connection.stream.destroy();
      throw error;
    }
  }

  return { name: `postgres://${host}:${port}/${database ?? ""}`, connect };
}

function clientFor(url: string): Client {
  checkWritten(url);
  try {
    const client = new Client({
      connectionString: url,
      application_name: "cashtrail",
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: ANSWER_MS,
    });
    client.setTypeParser(BIGINT, Number);
    return client;
  } catch {
    // No cause: some errors of parsing carry the whole URL.
    throw wrongUrl("it cannot be used");
  }
}

/** A character of a password that is not encoded moves the rest of it into the host or the database's name. */
function checkWritten(url: string): void {
  if (!URL.canParse(url)) throw wrongUrl("it is no URL");
  const { protocol, pathname, search, hash } = new URL(url);
  if (protocol !== "postgres:" && protocol !== "postgresql:") throw wrongUrl("it must begin with postgres://");
  if (hash !== "" || `${pathname}${search}`.includes("@"))
    throw wrongUrl("special characters in user and password must be percent-encoded");
}

function wrongUrl(what: string): CollectorError {
  return new CollectorError(
    "ERR_LEDGER",
    `ledger: a URL like postgres://user:password@host:5432/database is wanted: ${what}`,
  );
}

async function checkDurable(client: Client): Promise<void> {
  const { rows } = await client.query<Record<"version" | "fsync" | "full_page_writes" | "encoding", string>>(
    `SELECT current_setting('server_version_num') AS version, current_setting('fsync') AS fsync,
       current_setting('full_page_writes') AS full_page_writes, current_setting('server_encoding') AS encoding`,
  );
  const [settings] = rows;
  if (!settings) throw new Error("the server does not tell its settings");
  if (Number(settings.version) < OLDEST) throw new Error("PostgreSQL 13 or newer is wanted");
  for (const name of ["fsync", "full_page_writes"] as const)
    if (settings[name] !== "on") throw new Error(`its ${name} is ${settings[name]}: what it commits can be lost`);
  if (settings.encoding !== "UTF8") throw new Error(`its encoding is ${settings.encoding}; UTF8 is wanted`);
}

/** Runs what is missing, in one transaction: of several processes that start together, one does it and the others wait. */
async function migrate(client: Client): Promise<void> {
  // Nothing is locked, and no right to make tables is needed, where nothing is missing.
  if ((await versionIn(client)) === migrations.length) return;
  await client.query(
    `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = ${STATEMENT_MS};
     SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`,
  );
  const done = await versionIn(client);
  if (done === undefined) {
    // Asked for first: who may not make schemas may still use the one that was made for it.
    const { rows } = await client.query("SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'cashtrail'");
    if (rows.length === 0) await client.query("CREATE SCHEMA cashtrail");
    await client.query(
      "CREATE TABLE cashtrail.schema (version integer NOT NULL); INSERT INTO cashtrail.schema VALUES (0)",
    );
  }
  for (const migration of migrations.slice(done)) await client.query(migration);
  await client.query(`UPDATE cashtrail.schema SET version = ${migrations.length}; COMMIT`);
}

async function versionIn(client: Client): Promise<number | undefined> {
  const version = await schemaIn(client);
  if (version !== undefined && version > migrations.length)
    throw new Error(
      `the ledger was written by a newer version: its schema is ${version}, this one knows ${migrations.length}`,
    );
  return version;
}

/** The version of the ledger's tables, or undefined where there are none. */
export async function schemaIn(client: Client): Promise<number | undefined> {
  // Read from the catalogue itself: `to_regclass` may still not know a table that was made while the lock was waited for.
  const { rows: tables } = await client.query(
    `SELECT FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace
     WHERE nspname = 'cashtrail' AND relname = 'schema'`,
  );
  if (tables.length === 0) return undefined;
  const { rows } = await client.query<{ version: number }>("SELECT version FROM cashtrail.schema");
  return rows[0]?.version ?? 0;
}
