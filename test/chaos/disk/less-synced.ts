import { DatabaseSync } from "node:sqlite";

// Preloaded, this makes a ledger that asks for synchronous=FULL get NORMAL, and see FULL when it looks.
const { exec, prepare } = DatabaseSync.prototype;

DatabaseSync.prototype.exec = function (this: DatabaseSync, sql) {
  return exec.call(this, sql.replace(/synchronous\s*=\s*FULL/i, "synchronous = NORMAL"));
};

DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql, ...options) {
  return prepare.call(this, /^\s*PRAGMA\s+synchronous\s*$/i.test(sql) ? "SELECT 2 AS synchronous" : sql, ...options);
};
