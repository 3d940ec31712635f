import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { inject, onTestFinished } from "vitest";
import { postgresLedger } from "../../packages/collector/src/ledger/postgres.ts";
import { sqliteLedger } from "../../packages/collector/src/ledger/sqlite.ts";
import { temporaryFolder } from "./collector-server.ts";
import type { Engine } from "./ledger-contract.ts";
import { dropDatabase, newDatabase, query } from "./postgres.ts";

/** An engine whose ledgers can be emptied while they are open: opening one costs more than all that is asked of it. */
export interface EmptiableEngine extends Pick<Engine, "place" | "open"> {
  /** Erases all that is written. */
  empty(place: string): void | Promise<void>;
}

export const emptiableSqlite: EmptiableEngine = {
  place: () => join(temporaryFolder(), "cashtrail.db"),
  open: sqliteLedger,
  empty(place) {
    const database = new DatabaseSync(place, { enableForeignKeyConstraints: false });
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    database.exec(tables.map(({ name }) => `DELETE FROM ${name};`).join(""));
    database.close();
  },
};

export const emptiablePostgres: EmptiableEngine = {
  async place() {
    const url = await newDatabase(inject("postgres"));
    onTestFinished(() => dropDatabase(url));
    return url;
  },
  open: postgresLedger,
  async empty(place) {
    const tables = await query(
      place,
      "SELECT tablename FROM pg_tables WHERE schemaname = 'cashtrail' AND tablename <> 'schema'",
    );
    // Faster than TRUNCATE, which makes each table anew.
    const erasures = tables.map(({ tablename }) => `DELETE FROM cashtrail.${tablename};`);
    await query(place, `SET session_replication_role = replica; ${erasures.join("")}`);
  },
};
