import type { ConversionRecord, Filter } from "../ledger/ledger.ts";
import { decimalsOf } from "../money.ts";
import type { Network } from "../network.ts";
import { type KnownTransaction, type LookedUp, lookUp } from "../networks/retrack.ts";
import type { Sender } from "../send.ts";
import { amountIn } from "./amount.ts";
import type { KeptAnswers } from "./answers.ts";
import { createAsking } from "./ask.ts";
import { type Difference, differences, type There, unknownOf } from "./compare.ts";
import { hereByAmount, hereByNet, isComparable, ordersOf } from "./ledger-side.ts";
import type { Row } from "./report-file.ts";

/** What a comparison came to so far. */
export interface Tally {
  compared: number;
  /** What the network is still to be told of. */
  waiting: number;
  differing: number;
  /** What could not be compared. */
  unknown: number;
}

type Find = (filter: Filter) => Promise<ConversionRecord[]>;
type Period = Pick<Filter, "since" | "until">;

/** In a row: then the network is down, and asking on would only fill the list with unknowns. */
const MOST_UNANSWERED = 5;

/** Asks Retrack for each order of a period, the newest first, and yields what differs. Rejects where it cannot go on. */
export async function* askRetrack({
  find,
  network,
  period,
  answers,
  tally,
  ...asking
}: {
  find: Find;
  network: Network;
  period: Period;
  answers: KeptAnswers;
  tally: Tally;
  sender: Pick<Sender, "send">;
  rate: number;
  now: () => Date;
  pause: (ms: number) => Promise<void>;
}): AsyncGenerator<Difference> {
  const ask = createAsking({ ...asking, request: (number) => network.request(lookUp(number)) });
  let unanswered = 0;
  for await (const record of ordersOf(find, { network: network.id, ...period })) {
    const here = hereByNet(record);
    const known = answers.known.get(record.number);
    const found: LookedUp = known ? { kind: "found", transactions: known } : await ask(record.number);
    if (found.kind === "forbidden") throw new Error(`${network.id} does not take the token (${found.reason})`);
    if (found.kind === "unanswered") {
      tally.unknown += 1;
      unanswered += 1;
      if (unanswered === MOST_UNANSWERED) throw new Error(`${network.id} does not answer (${found.reason})`);
      yield unknownOf(record, here.status, found.reason);
      continue;
    }
    unanswered = 0;
    tally.compared += 1;
    const differing = differences(here, found.transactions.map(thereIn));
    // What differs is asked anew: it may be repaired by then.
    if (!known && differing.length === 0) answers.add(record.number, found.transactions);
    yield* tallied(differing, record, tally);
  }
}

/** Compares a period's orders with the rows of a report, and the rows with the orders. */
export async function* compareReport({
  find,
  network,
  period,
  rows,
  tally,
}: {
  find: Find;
  network: string;
  period: Period;
  rows: readonly Row[];
  tally: Tally;
}): AsyncGenerator<Difference> {
  const byNumber = Map.groupBy(rows, ({ number }) => number);
  for await (const record of ordersOf(find, { network, ...period })) {
    const found = byNumber.get(record.number) ?? [];
    byNumber.delete(record.number);
    yield* compareRows(record, found, tally);
  }
  // The report's days need not be the period's: what it has besides may be of before or after.
  for (const [number, found] of byNumber) {
    const [record] = (await find({ number, network, limit: 10 })).filter(isComparable);
    if (record) yield* compareRows(record, found, tally);
    else {
      tally.compared += 1;
      tally.differing += 1;
      yield {
        number,
        network,
        kind: "unexpected",
        here: "never reported",
        there: found.map(({ amount, status }) => [amount, status].filter(Boolean).join(" ")).join(", "),
        repair: { text: `see whether the order is yours; else tell ${network}` },
      };
    }
  }
}

function* compareRows(record: ConversionRecord, rows: readonly Row[], tally: Tally): Generator<Difference> {
  const here = hereByAmount(record);
  const decimals = decimalsOf(here.currency) ?? 2;
  const there = rows.map(({ amount, status, currency }) => ({
    amount: amountIn(amount, decimals),
    status,
    currency,
  }));
  const unreadable = there.findIndex(({ amount }) => amount === undefined);
  if (unreadable >= 0 && here.sums.amount !== undefined) {
    tally.unknown += 1;
    const { line = 0, amount = "" } = rows[unreadable] ?? {};
    yield {
      ...unknownOf(record, here.status, `"${amount}" in line ${line} is no exact amount in ${here.currency}`),
      repair: { text: "see whether it is the right column: --columns amount=TITLE" },
    };
    return;
  }
  tally.compared += 1;
  const records = there.map(
    ({ amount, status, currency }): There => ({ sums: amount === undefined ? {} : { amount }, status, currency }),
  );
  yield* tallied(differences(here, records), record, tally);
}

function* tallied(found: readonly Difference[], { postbacks }: ConversionRecord, tally: Tally): Generator<Difference> {
  if (postbacks.some(({ state }) => state === "pending")) tally.waiting += 1;
  if (found.length > 0) tally.differing += 1;
  yield* found;
}

function thereIn({ id, net, vat, currency, status }: KnownTransaction): There {
  const sums = { ...(net === undefined ? {} : { net }), ...(vat === undefined ? {} : { vat }) };
  return { id, sums, currency, status };
}
