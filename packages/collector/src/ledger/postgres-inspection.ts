import { Client } from "pg";
import { migrations } from "./postgres-schema.ts";
import { schemaIn, serverAt } from "./postgres-server.ts";

/** What a PostgreSQL ledger is, found out without writing to it. */
export interface PostgresInspection {
  /** Host and database, without user and password. */
  readonly name: string;
  readonly version: string;
  readonly fsync: string;
  readonly fullPageWrites: string;
  readonly isStandby: boolean;
  readonly now: Date;
  /** Undefined where there is no ledger yet. */
  readonly schema: number | undefined;
  readonly schemaWanted: number;
  /** What this user has to be granted before it can make or change the ledger's tables; undefined where it can. */
  readonly missingGrant: string | undefined;
}

/** Asks the server a URL names. Rejects with its own error, or the connection's; no message has the URL. */
export async function inspectPostgres(url: string): Promise<PostgresInspection> {
  // It refuses a URL that is none, in words without the password.
  const { name } = serverAt(url);
  const client = new Client({
    connectionString: url,
    application_name: "cashtrail",
    connectionTimeoutMillis: 3000,
    query_timeout: 6000,
  });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("BEGIN READ ONLY");
    const { rows } = await client.query(
      `SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync,
         current_setting('full_page_writes') AS pages, pg_is_in_recovery() AS standby, clock_timestamp() AS now,
         CASE WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'cashtrail') THEN
           CASE WHEN NOT has_database_privilege(current_database(), 'CREATE')
             THEN format('GRANT CREATE ON DATABASE %I TO %I', current_database(), current_user) END
         WHEN NOT has_schema_privilege('cashtrail', 'CREATE')
           THEN format('GRANT USAGE, CREATE ON SCHEMA cashtrail TO %I', current_user)
         END AS missing`,
    );
    const [told] = rows;
    return {
      name,
      version: told.version,
      fsync: told.fsync,
      fullPageWrites: told.pages,
      isStandby: told.standby,
      now: told.now,
      schema: await schemaIn(client),
      schemaWanted: migrations.length,
      missingGrant: told.missing ?? undefined,
    };
  } finally {
    await client.end().catch(() => {});
  }
}
