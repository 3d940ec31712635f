import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { Ledger, Recorded } from "./ledger.ts";
import { changing } from "./sqlite-changing.ts";
import { delivering } from "./sqlite-delivering.ts";
import { finding } from "./sqlite-finding.ts";
import { type EntryRows, recording } from "./sqlite-recording.ts";
import { orderPostbacksIn } from "./sqlite-successors.ts";

/** The ledger's calls as they run inside a transaction: at once, and at a time that is given. */
export type Operations = {
  [Name in Exclude<keyof Ledger, "record" | "close">]: (
    now: number,
    ...given: Parameters<Ledger[Name]>
  ) => Awaited<ReturnType<Ledger[Name]>>;
} & { record(now: number, rows: EntryRows): Recorded };

export type Row = Record<string, SQLOutputValue>;

export function createOperations(database: DatabaseSync): Operations {
  const orderPostbacks = orderPostbacksIn(database);
  return {
    ...recording(database, orderPostbacks),
    ...delivering(database, orderPostbacks),
    ...changing(database, orderPostbacks),
    ...finding(database),
  };
}
