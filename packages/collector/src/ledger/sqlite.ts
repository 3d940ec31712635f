import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { CollectorError, messageOf } from "../error.ts";
import type { Ledger, Written } from "./ledger.ts";
import { openSqlite } from "./sqlite-file.ts";
import { rowsOf } from "./sqlite-recording.ts";
import type { Answer, Call } from "./sqlite-worker.ts";

/** More, and the thread would idle while they are made; fewer, and on a slow disk they would share fewer commits. */
const MOST_IN_A_MESSAGE = 32;

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
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
  const leaving: Call[] = [];
  let serial = 0;
  let worker: Worker | undefined;
  let closing: Promise<void> | undefined;

  /** The thread, made anew where it died: the next call may work again. */
  function thread(): Worker {
    if (worker) return worker;
    // The same kind of file as this one: .ts as it is written, .js as it is built.
    const file = new URL(`./sqlite-worker${extname(import.meta.url)}`, import.meta.url);
    const made = new Worker(file, {
      workerData: path,
      // That of `node --eval` is not for files. Without it all are inherited: given here, V8's own would be refused.
      execArgv: process.execArgv.some((option) => option.startsWith("--input-type")) ? [] : undefined,
      // What one call leaves behind is small: a small nursery keeps a long backlog from looking like a leak.
      resourceLimits: { maxYoungGenerationSizeMb: 12 },
    });
    const end = (error: unknown) => {
      if (worker !== made) return;
      worker = undefined;
      for (const { reject } of waiting.values()) reject(ledgerError(error));
      waiting.clear();
    };
    made.on("message", (answers: Answer[]) => answers.forEach(answer));
    made.on("error", end);
    made.on("exit", () => end(new Error("its thread ended")));
    worker = made;
    return made;
  }

  function answer(answered: Answer): void {
    const call = waiting.get(answered.serial);
    waiting.delete(answered.serial);
    if ("error" in answered)
      call?.reject(ledgerError(Object.assign(answered.error as Error, { errcode: answered.errcode })));
    else call?.resolve(answered.value);
    if (waiting.size === 0) worker?.unref();
  }

  function send(): void {
    if (leaving.length > 0) post(leaving.splice(0));
  }

  function post(calls: Call[]): void {
    const open = thread();
    // Only a call under way keeps the process alive.
    open.ref();
    try {
      open.postMessage(calls);
    } catch (error) {
      // One of them holds what cannot be copied to another thread. Only that one is refused.
      const [first] = calls;
      if (calls.length > 1) for (const call of calls) post([call]);
      else if (first) answer({ serial: first.serial, error, errcode: undefined });
    }
  }

  function ledgerError(cause: unknown): CollectorError {
    return new CollectorError("ERR_LEDGER", `ledger: ${path}: ${messageOf(cause)}`, { cause });
  }

  function ask(name: Call["name"], given: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (closing) return reject(ledgerError(new Error("it is closed")));
      const made: Call = { serial: ++serial, name, now: +now(), given };
      waiting.set(made.serial, { resolve, reject });
      // Calls made in one turn of the event loop go over together; of many, the first ones while others are still made.
      if (leaving.push(made) === 1) queueMicrotask(send);
      if (leaving.length === MOST_IN_A_MESSAGE) send();
    });
  }

  function call<Name extends keyof Ledger>(name: Name) {
    return (...given: Parameters<Ledger[Name]>) => ask(name, given) as ReturnType<Ledger[Name]>;
  }

  thread().unref();

  return {
    async record(entry, transaction) {
      if (transaction)
        throw new CollectorError(
          "ERR_OPTIONS",
          "report: a transaction needs a ledger on PostgreSQL, where your orders are",
        );
      return ask("record", [rowsOf(entry)]) as Promise<Written>;
    },
    probe: call("probe"),
    remember: call("remember"),
    claim: call("claim"),
    settle: call("settle"),
    nextDue: call("nextDue"),
    hasten: call("hasten"),
    amend: call("amend"),
    decide: call("decide"),
    postbacks: call("postbacks"),
    find: call("find"),
    uncredited: call("uncredited"),
    uncreditedReason: call("uncreditedReason"),
    waiting: call("waiting"),
    tallies: call("tallies"),
    fold: call("fold"),
    erase: call("erase"),
    forget: call("forget"),
    close: () => (closing ??= call("close")()),
  };
}
