import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { openSqlite } from "./sqlite-file.ts";
import { createOperations, type Operations } from "./sqlite-operations.ts";

/** One call of the ledger, on its way to the thread that owns the file. */
export interface Call {
  readonly serial: number;
  readonly name: keyof Operations | "close";
  readonly now: number;
  readonly given: unknown[];
}

/** What became of it. An error's code is told beside it: it would be lost on the way between threads. */
export type Answer =
  | { readonly serial: number; readonly value: unknown }
  | { readonly serial: number; readonly error: unknown; readonly errcode: number | undefined };

if (!parentPort) throw new Error("this file is the ledger's worker thread");
const port = parentPort;
const database = openSqlite(workerData as string);
const { operations, counts } = createOperations(database);
const named = operations as Record<string, (now: number, ...given: unknown[]) => unknown>;
const begin = database.prepare("BEGIN IMMEDIATE");
const commit = database.prepare("COMMIT");

port.on("message", (first: Call[]) => {
  // Calls that arrived while the last commit was being written share the next one.
  const calls = [...first];
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) calls.push(...next.message);
  const closing = calls.find(({ name }) => name === "close");
  const answers = committed(calls.filter((call) => call !== closing));
  if (closing) {
    database.close();
    answers.push({ serial: closing.serial, value: undefined });
  }
  port.postMessage(answers);
  if (closing) port.close();
});

/** Runs the calls in one transaction. Where one fails, each gets a transaction of its own, and only that one fails. */
function committed(calls: readonly Call[]): Answer[] {
  if (calls.length === 0) return [];
  try {
    begin.run();
  } catch (error) {
    // Another process holds the file, and each call alone would wait for it as long again.
    return calls.map((call) => failed(call, error));
  }
  try {
    const answers = calls.map(({ serial, name, now, given }) => ({ serial, value: named[name]?.(now, ...given) }));
    counts.write();
    commit.run();
    return answers;
  } catch (error) {
    counts.drop();
    // A full disk has already undone the transaction.
    if (database.isTransaction) database.exec("ROLLBACK");
    const [only] = calls;
    if (only && calls.length === 1) return [failed(only, error)];
    return calls.flatMap((call) => committed([call]));
  }
}

function failed({ serial }: Call, error: unknown): Answer {
  return { serial, error, errcode: (error as { errcode?: number }).errcode };
}
