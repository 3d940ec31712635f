import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { Ledger, Written } from "./ledger.ts";
import { changing } from "./sqlite-changing.ts";
import { delivering } from "./sqlite-delivering.ts";
import { finding } from "./sqlite-finding.ts";
import { type EntryRows, recording } from "./sqlite-recording.ts";
import { type OrderPostbacks, orderPostbacksIn } from "./sqlite-successors.ts";
import { type Count, type Tallying, tallying } from "./sqlite-tallying.ts";

/** The ledger's calls as they run inside a transaction: at once, and at a time that is given. */
export type Operations = {
  [Name in Exclude<keyof Ledger, "record" | "close">]: (
    now: number,
    ...given: Parameters<Ledger[Name]>
  ) => Awaited<ReturnType<Ledger[Name]>>;
} & { record(now: number, rows: EntryRows): Written };

export type Row = Record<string, SQLOutputValue>;

export interface OperationsParts {
  readonly database: DatabaseSync;
  readonly orderPostbacks: OrderPostbacks;
  readonly count: Count;
}

/** The calls, and what they count, which is to be written before they are committed. */
export function createOperations(database: DatabaseSync): { operations: Operations; counts: Tallying } {
  const counts = tallying(database);
  const parts: OperationsParts = { database, orderPostbacks: orderPostbacksIn(database), count: counts.count };
  const { tallies, fold } = counts;
  return {
    operations: {
      ...{ ...recording(parts), ...delivering(parts), ...changing(parts), ...finding(database) },
      ...{ tallies, fold },
    },
    counts,
  };
}
