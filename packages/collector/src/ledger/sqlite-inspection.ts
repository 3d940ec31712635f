import { DatabaseSync } from "./node-sqlite.ts";
import { migrations } from "./sqlite-schema.ts";

/** What an embedded ledger's file is, found out without writing to it. */
export interface SqliteInspection {
  readonly version: string;
  readonly journalMode: string;
  readonly schema: number;
  readonly schemaWanted: number;
}

/** Opens the file for reading only. Throws SQLite's own error where it is none, or cannot be read. */
export function inspectSqlite(path: string): SqliteInspection {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
  try {
    const value = (sql: string) => Object.values(database.prepare(sql).get() ?? {})[0];
    return {
      version: String(value("SELECT sqlite_version()")),
      journalMode: String(value("PRAGMA journal_mode")),
      schema: Number(value("PRAGMA user_version")),
      schemaWanted: migrations.length,
    };
  } finally {
    database.close();
  }
}
