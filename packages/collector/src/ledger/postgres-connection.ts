import { type Client, DatabaseError, type QueryResult } from "pg";

/** A transaction that is open, at the database's time or at one that is given. */
export interface Session {
  readonly now: number;
  query<Row = Record<string, unknown>>(text: string, values: unknown[]): Promise<Row[]>;
}

/** One connection, made when it is needed and made anew after it broke. It runs one transaction at a time. */
export interface Connection {
  /** Commits what `work` does, or none of it. Waits for a lock no longer than `lockMs`. */
  transaction<Answer>(lockMs: number, work: (session: Session) => Promise<Answer>): Promise<Answer>;
  /** Whether the connection outlived its last transaction. */
  isOpen(): boolean;
  close(): Promise<void>;
}

/** The time of the database, in milliseconds. */
export const CLOCK = "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now";

const STATEMENT_MS = 5000;
const REST_MS = 10_000;
const GOODBYE_MS = 1000;

export function createConnection(connect: () => Promise<Client>, now: (() => Date) | undefined): Connection {
  let client: Client | undefined;
  let rest: NodeJS.Timeout | undefined;

  async function transaction<Answer>(lockMs: number, work: (session: Session) => Promise<Answer>): Promise<Answer> {
    clearTimeout(rest);
    const begunAt = await begin(lockMs);
    const session: Session = {
      now: now ? +now() : begunAt,
      query: async (text, values) => (await send(text, values)).rows as never,
    };
    try {
      const answer = await work(session);
      const { command } = await send("COMMIT");
      // It says so, and is no error, where the transaction had failed before.
      if (command !== "COMMIT") throw new Error("the transaction was rolled back");
      return answer;
    } catch (error) {
      if (client) await send("ROLLBACK").catch(drop);
      throw error;
    } finally {
      restAWhile();
    }
  }

  async function send(text: string, values?: unknown[]): Promise<QueryResult> {
    if (!client) throw new Error("the connection broke");
    try {
      return await client.query(text, values);
    } catch (error) {
      // Not the server's own words: it is gone, or took too long and may answer one day to something else.
      if (!(error instanceof DatabaseError)) drop();
      throw error;
    }
  }

  async function begin(lockMs: number): Promise<number> {
    // In one go, and for this transaction only: a pooler between us may give the connection to others after it. What
    // is looked up is recent and in memory, so that an index is never dearer than a whole table.
    const opening = `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL synchronous_commit = on;
      SET LOCAL statement_timeout = ${STATEMENT_MS}; SET LOCAL lock_timeout = ${lockMs};
      SET LOCAL random_page_cost = 1; SET LOCAL jit = off; ${CLOCK}`;
    if (client) {
      refer(client, true);
      try {
        return timeIn(await send(opening));
      } catch {
        // It broke while it rested. Nothing was begun yet, so a new one may take over.
        drop();
      }
    }
    client = await connect();
    try {
      return timeIn(await send(opening));
    } catch (error) {
      drop();
      throw error;
    }
  }

  function restAWhile(): void {
    if (!client) return;
    // Only a call under way keeps the process alive.
    refer(client, false);
    rest = setTimeout(() => void close(), REST_MS).unref();
  }

  function drop(): void {
    client?.connection.stream.destroy();
    client = undefined;
  }

  async function close(): Promise<void> {
    clearTimeout(rest);
    const leaving = client;
    client = undefined;
    if (!leaving) return;
    const timer = setTimeout(() => leaving.connection.stream.destroy(), GOODBYE_MS);
    await leaving.end().catch(() => {});
    clearTimeout(timer);
  }

  return { transaction, isOpen: () => client !== undefined, close };
}

/** Of several statements in one query there are several results. */
function timeIn(results: unknown): number {
  const [row] = (results as QueryResult<{ now: number }>[]).at(-1)?.rows ?? [];
  if (!row) throw new Error("the database does not tell its time");
  return row.now;
}

/** Whether an open connection keeps the process alive. The types do not know these two methods. */
function refer(client: Client, isNeeded: boolean): void {
  const socket = client as Client & { ref(): void; unref(): void };
  if (isNeeded) socket.ref();
  else socket.unref();
}
