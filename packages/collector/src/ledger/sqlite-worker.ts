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

/** What became of it. */
export type Answer = { serial: number; value: unknown } | { serial: number; error: unknown };

if (!parentPort) throw new Error("this file is the ledger's worker thread");
const port = parentPort;
const database = openSqlite(workerData as string);
const operations = createOperations(database) as Record<string, (now: number, ...given: unknown[]) => unknown>;

port.on("message", (first: Call) => {
  // Calls that arrived while the last commit was being written share the next one.
  const calls = [first];
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) calls.push(next.message);
  port.postMessage(committed(calls.filter(({ name }) => name !== "close")));
  const closing = calls.find(({ name }) => name === "close");
  if (!closing) return;
  database.close();
  port.postMessage([{ serial: closing.serial, value: undefined }]);
  port.close();
});

/** Runs the calls in one transaction. One that fails is undone alone; a commit that fails, fails them all. */
function committed(calls: Call[]): Answer[] {
  if (calls.length === 0) return [];
  try {
    database.exec("BEGIN IMMEDIATE");
    const answers = calls.map(run);
    database.exec("COMMIT");
    return answers;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    return calls.map(({ serial }) => ({ serial, error }));
  }
}

function run({ serial, name, now, given }: Call): Answer {
  database.exec("SAVEPOINT call");
  try {
    const value = operations[name]?.(now, ...given);
    database.exec("RELEASE call");
    return { serial, value };
  } catch (error) {
    // A full disk has already undone the whole transaction, savepoint and all.
    if (!database.isTransaction) throw error;
    database.exec("ROLLBACK TO call; RELEASE call");
    return { serial, error };
  }
}
