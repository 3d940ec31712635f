import type { Connection, Session } from "./postgres-connection.ts";

/** A call of the ledger, as many of it run in one transaction. */
export interface Operation<Given, Answer> {
  /** Answers in the order of the calls. */
  run(session: Session, calls: readonly Given[]): Promise<readonly Answer[]>;
  /** How many calls share a transaction at most; all that wait, up to a bound, where it is left out. */
  readonly most?: number;
  /** Calls of the same key never share a transaction. */
  key?(given: Given): string;
}

/** Calls that arrive while a transaction is under way share the next one. */
export interface Lane {
  call<Given, Answer>(operation: Operation<Given, Answer>, given: Given): Promise<Answer>;
  /** Ends once everything asked before has ended. */
  close(): Promise<void>;
}

interface Call {
  readonly operation: Operation<unknown, unknown>;
  readonly given: unknown;
  readonly key: string | undefined;
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

const MOST_TOGETHER = 128;

/** How long a lock is waited for, by many calls that hold up one another and by one alone. */
const LOCK_TOGETHER_MS = 500;
const LOCK_ALONE_MS = 2000;

export function createLane(connection: Connection): Lane {
  let waiting: Call[] = [];
  let running: Promise<void> | undefined;

  function call<Given, Answer>(operation: Operation<Given, Answer>, given: Given): Promise<Answer> {
    return new Promise((resolve, reject) => {
      waiting.push({ operation, given, key: operation.key?.(given), resolve, reject } as Call);
      running ??= run();
    });
  }

  async function run(): Promise<void> {
    // Calls made in one turn of the event loop go together.
    await undefined;
    while (waiting.length > 0) await runTogether(takeBatch());
    running = undefined;
  }

  /** The first call, and those of its kind that may go with it. The others keep their order. */
  function takeBatch(): Call[] {
    const { operation } = waiting[0] as Call;
    const { most = MOST_TOGETHER } = operation;
    const keys = new Set<string>();
    const batch: Call[] = [];
    const left: Call[] = [];
    for (const call of waiting) {
      const { key } = call;
      const goes = call.operation === operation && batch.length < most && (key === undefined || !keys.has(key));
      if (goes && key !== undefined) keys.add(key);
      (goes ? batch : left).push(call);
    }
    waiting = left;
    return batch;
  }

  async function runTogether(batch: readonly Call[]): Promise<void> {
    const [{ operation }] = batch as [Call];
    const lockMs = batch.length > 1 ? LOCK_TOGETHER_MS : LOCK_ALONE_MS;
    try {
      const answers = await connection.transaction(lockMs, (session) =>
        operation.run(
          session,
          batch.map(({ given }) => given),
        ),
      );
      for (const [index, { resolve }] of batch.entries()) resolve(answers[index]);
    } catch (error) {
      if (connection.isOpen() && batch.length > 1) {
        // One of them failed, and the transaction was undone. Each alone, so that only that one fails.
        for (const call of batch) await runTogether([call]);
        return;
      }
      const failed = [...batch];
      // Without a server, those behind would only wait as long again for the same answer.
      if (!connection.isOpen()) failed.push(...waiting.splice(0));
      for (const { reject } of failed) reject(error);
    }
  }

  return {
    call,
    async close() {
      await running;
      await connection.close();
    },
  };
}
