import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { CollectorError, messageOf } from "../error.ts";
import type { Ledger } from "./ledger.ts";
import { openSqlite } from "./sqlite-file.ts";
import type { Answer, Call } from "./sqlite-worker.ts";

/**
 * The embedded ledger: one SQLite file on a local disk, owned by a thread of its own, so that no sync of the disk holds
 * up the store's event loop. Throws `ERR_LEDGER` where the file cannot be opened or cannot be made durable.
 */
export function sqliteLedger(path: string, now: () => Date): Ledger {
  try {
    // Here and not in the thread, so that a wrong path is known at start-up.
    openSqlite(path).close();
  } catch (cause) {
    throw new CollectorError("ERR_LEDGER", `ledger: ${path} cannot be opened: ${messageOf(cause)}`, { cause });
  }
  // The same kind of file as this one: .ts as it is written, .js as it is built.
  const worker = new Worker(new URL(`./sqlite-worker${extname(import.meta.url)}`, import.meta.url), {
    workerData: path,
  });
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: unknown) => void }>();
  const leaving: Call[] = [];
  let serial = 0;
  let gone: unknown;
  let closing: Promise<void> | undefined;

  worker.on("message", (answers: Answer[]) => answers.forEach(answer));
  worker.on("error", end);
  worker.on("exit", () => end(new Error("it is closed")));
  worker.unref();

  function answer(answered: Answer): void {
    const call = waiting.get(answered.serial);
    waiting.delete(answered.serial);
    if ("error" in answered) call?.reject(ledgerError(answered.error));
    else call?.resolve(answered.value as never);
    if (waiting.size === 0) worker.unref();
  }

  function end(error: unknown): void {
    gone ??= error;
    for (const { reject } of waiting.values()) reject(ledgerError(gone));
    waiting.clear();
  }

  function post(calls: Call[]): void {
    // Only a call under way keeps the process alive.
    worker.ref();
    try {
      worker.postMessage(calls);
    } catch (error) {
      // One of them holds what cannot be copied to another thread. Only that one is refused.
      const [first] = calls;
      if (calls.length > 1) for (const call of calls) post([call]);
      else if (first) answer({ serial: first.serial, error });
    }
  }

  function ledgerError(cause: unknown): CollectorError {
    return new CollectorError("ERR_LEDGER", `ledger: ${path}: ${messageOf(cause)}`, { cause });
  }

  function call<Name extends keyof Ledger>(name: Name) {
    return (...given: Parameters<Ledger[Name]>): ReturnType<Ledger[Name]> =>
      new Promise((resolve, reject) => {
        if (gone !== undefined) return reject(ledgerError(gone));
        const made: Call = { serial: ++serial, name, now: +now(), given };
        waiting.set(made.serial, { resolve, reject });
        // Calls made in one turn of the event loop go over in one message.
        if (leaving.push(made) === 1) queueMicrotask(() => post(leaving.splice(0)));
      }) as ReturnType<Ledger[Name]>;
  }

  return {
    record: call("record"),
    remember: call("remember"),
    claim: call("claim"),
    settle: call("settle"),
    nextDue: call("nextDue"),
    find: call("find"),
    uncredited: call("uncredited"),
    close: () => (closing ??= gone === undefined ? call("close")() : Promise.resolve()),
  };
}
