import { closeSync, existsSync, openSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DatabaseSync } from "./node-sqlite.ts";
import { migrations } from "./sqlite-schema.ts";

// Before 3.51.3 two connections that write and checkpoint at once can corrupt the file: https://sqlite.org/wal.html
const OLDEST = "3.51.3";

/** How long a writer waits for another process that holds the file. */
const BUSY_MS = 5000;
const SQLITE_BUSY = 5;

/** Opens the file as durable as SQLite can be, and brings its tables up to date. Throws where it cannot be so. */
export function openSqlite(path: string): DatabaseSync {
  makeFile(path);
  const database = opened(path);
  try {
    const { version } = database.prepare("SELECT sqlite_version() AS version").get() as { version: string };
    if (isOlder(version, OLDEST))
      throw new Error(`SQLite ${version} can corrupt its file; ${OLDEST} or newer is wanted: use a newer Node.js`);
    turnToWal(database);
    database.exec("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON");
    // Both are read back, for SQLite keeps another mode without a word where it cannot have this one.
    const journal = Object.values(database.prepare("PRAGMA journal_mode").get() ?? {})[0];
    const synchronous = Object.values(database.prepare("PRAGMA synchronous").get() ?? {})[0];
    if (journal !== "wal" || synchronous !== 2)
      throw new Error(
        `journal_mode is ${journal} and synchronous ${synchronous}; wal and 2 are wanted, on a local disk`,
      );
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** For its owner alone: clicks and orders are in it. SQLite would let everybody read it; its other files are as this one. */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch {
    // It is there, or cannot be: then SQLite says why.
  }
}

function opened(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: BUSY_MS });
  } catch (error) {
    const folder = dirname(resolve(path));
    // SQLite says only that it cannot open the file.
    throw existsSync(folder) ? error : new Error(`there is no folder ${folder}: make it first`, { cause: error });
  }
}

/** Of several connections that turn a new file to WAL at once, SQLite tells all but one that it is busy, without waiting. */
function turnToWal(database: DatabaseSync): void {
  const until = performance.now() + BUSY_MS;
  for (;;) {
    try {
      database.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if ((error as { errcode?: number }).errcode !== SQLITE_BUSY || performance.now() > until) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

/** Runs what is missing, in one transaction: of several processes that start together, one does it and the others wait. */
function migrate(database: DatabaseSync): void {
  // Nothing is locked where nothing is missing: a process starts although another one is writing.
  if (versionOf(database) === migrations.length) return;
  database.exec("BEGIN IMMEDIATE");
  try {
    const done = versionOf(database);
    if (done > migrations.length)
      throw new Error(
        `the ledger was written by a newer version: its schema is ${done}, this one knows ${migrations.length}`,
      );
    for (const migration of migrations.slice(done)) database.exec(migration);
    database.exec(`PRAGMA user_version = ${migrations.length}; COMMIT`);
  } catch (error) {
    // A full disk has already undone the transaction.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

function versionOf(database: DatabaseSync): number {
  return (database.prepare("PRAGMA user_version").get() as { user_version: number }).user_version;
}

function isOlder(version: string, wanted: string): boolean {
  const [given, least] = [version, wanted].map((text) => text.split(".").map(Number)) as [number[], number[]];
  const differs = least.findIndex((part, index) => given[index] !== part);
  return differs >= 0 && (given[differs] ?? 0) < (least[differs] as number);
}
