import { describe, expect, test } from "vitest";
import { CollectorError } from "../../../packages/collector/src/index.ts";
import { isRefusal } from "../../../packages/collector/src/ledger/refusal.ts";

function isRefused(cause: unknown): boolean {
  return isRefusal(new CollectorError("ERR_LEDGER", "it is not written", { cause }));
}

// Names and numbers: https://sqlite.org/rescode.html
describe("an error of SQLite", () => {
  const sqlite = (errcode: number) => Object.assign(new Error("not written"), { code: "ERR_SQLITE_ERROR", errcode });

  test.each([
    ["TOOBIG", 18],
    ["CONSTRAINT", 19],
    ["CONSTRAINT_CHECK", 275],
    ["CONSTRAINT_FOREIGNKEY", 787],
    ["CONSTRAINT_NOTNULL", 1299],
    ["CONSTRAINT_PRIMARYKEY", 1555],
    ["CONSTRAINT_TRIGGER", 1811],
    ["CONSTRAINT_UNIQUE", 2067],
    ["MISMATCH", 20],
  ])("refuses what was to be written: %s", (_, errcode) => {
    expect(isRefused(sqlite(errcode))).toBe(true);
  });

  test.each([
    ["ERROR", 1],
    ["BUSY", 5],
    ["BUSY_RECOVERY", 261],
    ["LOCKED", 6],
    ["NOMEM", 7],
    ["READONLY", 8],
    ["READONLY_DBMOVED", 1032],
    ["IOERR", 10],
    ["IOERR_FSYNC", 1034],
    ["IOERR_SHMOPEN", 4618],
    ["IOERR_VNODE", 6922],
    ["CORRUPT", 11],
    ["FULL", 13],
    ["CANTOPEN", 14],
    ["SCHEMA", 17],
    ["NOTADB", 26],
    ["none", 0],
  ])("that may pass is no refusal: %s", (_, errcode) => {
    expect(isRefused(sqlite(errcode))).toBe(false);
  });
});

// Names and codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
describe("an error of PostgreSQL", () => {
  const postgres = (code: string) => Object.assign(new Error("not written"), { code, severity: "ERROR" });

  test.each([
    ["cardinality_violation", "21000"],
    ["string_data_right_truncation", "22001"],
    ["numeric_value_out_of_range", "22003"],
    ["character_not_in_repertoire", "22021"],
    ["untranslatable_character", "22P05"],
    ["not_null_violation", "23502"],
    ["unique_violation", "23505"],
    ["check_violation", "23514"],
    ["program_limit_exceeded", "54000"],
  ])("refuses what was to be written: %s", (_, code) => {
    expect(isRefused(postgres(code))).toBe(true);
  });

  test.each([
    ["connection_failure", "08006"],
    ["read_only_sql_transaction", "25006"],
    ["in_failed_sql_transaction", "25P02"],
    ["invalid_password", "28P01"],
    ["invalid_catalog_name", "3D000"],
    ["serialization_failure", "40001"],
    ["deadlock_detected", "40P01"],
    ["insufficient_privilege", "42501"],
    ["undefined_table", "42P01"],
    ["disk_full", "53100"],
    ["too_many_connections", "53300"],
    ["lock_not_available", "55P03"],
    ["query_canceled", "57014"],
    ["admin_shutdown", "57P01"],
    ["cannot_connect_now", "57P03"],
    ["io_error", "58030"],
    ["internal_error", "XX000"],
  ])("that may pass is no refusal: %s", (_, code) => {
    expect(isRefused(postgres(code))).toBe(false);
  });
});

describe("any other error", () => {
  test("refuses what was to be written where it cannot be copied to the ledger's thread", () => {
    let cause: unknown;
    try {
      structuredClone(() => {});
    } catch (error) {
      cause = error;
    }
    expect(cause).toMatchObject({ name: "DataCloneError" });
    expect(isRefused(cause)).toBe(true);
  });

  test.each([
    ["no connection stands", Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })],
    ["a code is no SQLSTATE, though it begins like one", Object.assign(new Error("proxy"), { code: "2200" })],
    ["a code is a number", Object.assign(new Error("proxy"), { code: 22001 })],
    ["the connection ends", new Error("Connection terminated unexpectedly")],
    ["the thread ends", new Error("its thread ended")],
    ["something is thrown that is no error", "23505"],
    ["nothing is said", undefined],
  ])("is no refusal: %s", (_, cause) => {
    expect(isRefused(cause)).toBe(false);
  });

  test("is no refusal that is not the ledger's: what it gives as its own code counts for nothing", () => {
    expect(isRefusal(Object.assign(new Error("not written"), { code: "23505", errcode: 19 }))).toBe(false);
  });
});
