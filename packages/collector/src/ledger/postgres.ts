import { CollectorError, messageOf } from "../error.ts";
import { MOST_HASTENED } from "./both-engines.ts";
import type { Entry, Ledger, Transaction, Written } from "./ledger.ts";
import { amend, decide, erase, forget } from "./postgres-changing.ts";
import { CLOCK, createConnection, type Session } from "./postgres-connection.ts";
import { claim, hasten, nextDue, settle } from "./postgres-delivering.ts";
import { find, postbacks, uncredited, uncreditedReason, waiting } from "./postgres-finding.ts";
import { createLane, type Lane, type Operation } from "./postgres-lane.ts";
import { probe, record, recordAll, remember } from "./postgres-recording.ts";
import { serverAt } from "./postgres-server.ts";
import { fold, tallies } from "./postgres-tallying.ts";

/**
 * The ledger of many instances: PostgreSQL, in the schema `cashtrail`. It connects and brings its tables up to date
 * when it is first called, and again after a failure; nothing is done when it is made but to read the URL, which throws
 * `ERR_LEDGER` where it is none. Without `now`, the database's own clock decides what is due.
 *
 * A call that rejects may have been written, if the connection broke while it was committed. To record again is safe.
 */
export function postgresLedger(url: string, now?: () => Date): Ledger {
  const server = serverAt(url);
  // A connection for each kind of work, so that none waits for another: what the checkout waits for, what deliveries
  // claim, what becomes of them, and what people ask. In each, calls that arrive together share a commit.
  const [orders, claims, ends, desk] = [1, 2, 3, 4].map(() => createLane(createConnection(server.connect, now))) as [
    Lane,
    Lane,
    Lane,
    Lane,
  ];
  let closing: Promise<void> | undefined;
  let place: string | undefined;

  async function call<Given, Answer>(lane: Lane, operation: Operation<Given, Answer>, given: Given): Promise<Answer> {
    if (closing) throw ledgerError(new Error("it is closed"));
    try {
      return await lane.call(operation, given);
    } catch (error) {
      throw ledgerError(error);
    }
  }

  function ledgerError(cause: unknown): CollectorError {
    return new CollectorError("ERR_LEDGER", `ledger: ${server.name}: ${wordsOf(cause)}`, { cause });
  }

  async function recordWithin(transaction: Transaction, entry: Entry): Promise<Written> {
    // Asked on a connection of our own, which also makes the tables, and only once.
    place ??= await call(orders, whereabouts, undefined);
    try {
      checkInside(transaction);
      const query: Session["query"] = async (text, values) => (await transaction.query(text, values)).rows as never;
      const [there] = await query<{ place: string; now: string; transaction: string }>(WHEREABOUTS, []);
      const [still] = await query<{ transaction: string }>(SAME_TRANSACTION, []);
      // A pool gives each query a transaction of its own, and commits it.
      if (there?.transaction !== still?.transaction) throw new Error(OUTSIDE);
      if (!there || there.place !== place)
        throw new Error(
          "the transaction is in another database than the ledger, and its postbacks would never be sent",
        );
      const [recorded] = await recordAll({ now: now ? +now() : Number(there.now), query }, [entry]);
      return recorded as Written;
    } catch (error) {
      throw ledgerError(error);
    }
  }

  async function close(): Promise<void> {
    await Promise.all([orders, claims, ends, desk].map((lane) => lane.close()));
  }

  return {
    record: (entry, transaction) => (transaction ? recordWithin(transaction, entry) : call(orders, record, entry)),
    probe: () => call(orders, probe, undefined),
    remember: (clicks) => call(orders, remember, clicks),
    claim: (network, limit, leaseMs) => call(claims, claim, { network, limit, leaseMs }),
    settle: (claimed, settlement, attempt) => call(ends, settle, { claim: claimed, settlement, attempt }),
    nextDue: (network) => call(claims, nextDue, network),
    hasten: (network, waitMs) => call(claims, hasten, { network, waitMs, limit: MOST_HASTENED }),
    amend: (amendments) => call(desk, amend, amendments),
    decide: (decisions, by) => call(desk, decide, { decisions, by }),
    postbacks: (filter, after, limit) => call(desk, postbacks, { filter, after, limit }),
    find: (filter) => call(desk, find, filter),
    uncredited: (limit) => call(desk, uncredited, limit),
    uncreditedReason: (number) => call(desk, uncreditedReason, number),
    waiting: () => call(desk, waiting, undefined),
    tallies: (since) => call(desk, tallies, since),
    fold: (limit) => call(desk, fold, limit),
    erase: (olderThan, limit) => call(desk, erase, { olderThan, limit }),
    forget: (number, decision) => call(desk, forget, { number, decision }),
    close: () => (closing ??= close()),
  };
}

/** Which ledger a connection leads to. It never fails, for in the store's transaction a failure would undo the store's order. */
const WHEREABOUTS = `SELECT current_database() || ' ' || to_regclass('cashtrail.reports')::oid AS place, (${CLOCK})::text AS now,
  txid_current()::text AS transaction`;

const SAME_TRANSACTION = "SELECT txid_current()::text AS transaction";

const OUTSIDE = "the client is in no transaction: BEGIN comes first, and a pool will not do";

const whereabouts: Operation<undefined, string> = {
  async run({ query }, calls) {
    const [here] = await query<{ place: string }>(WHEREABOUTS, []);
    return calls.map(() => here?.place ?? "");
  },
};

/** A client of `pg` tells whether it is in a transaction. Outside of one, half an order could be kept. */
function checkInside(transaction: Transaction & { getTransactionStatus?: () => string | null }): void {
  if (transaction.getTransactionStatus?.() === "I") throw new Error(OUTSIDE);
}

/** Where a host has several addresses and none answers, the error itself says nothing. */
function wordsOf(cause: unknown): string {
  return cause instanceof AggregateError ? cause.errors.map(messageOf).join("; ") : messageOf(cause);
}
