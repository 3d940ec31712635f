import type { Collector, ConversionRecord, PostbackRecord } from "../../packages/collector/src/index.ts";
import type { Sandbox } from "../../packages/collector/src/sandbox/sandbox.ts";
import type { Placed } from "./order.ts";
import { postbackIdsOf, timesRecorded } from "./postback-id.ts";
import type { Row } from "./row.ts";

/** What the networks' books say beside the orders that were acknowledged and the ledger's own account. */
export interface Findings {
  /** Acknowledged, and neither in the book nor visibly held nor refused in the network's words. */
  readonly lost: string[];
  /** More than once in the book, acknowledged or not. */
  readonly twice: string[];
  readonly held: string[];
  /** Failed, for the network refused it. */
  readonly refused: string[];
  /** Failed in the ledger, and in the book all the same. */
  readonly failedThoughRecorded: string[];
}

/** Whether nothing is lost, nothing is there twice, and the ledger calls nothing failed that the network has. */
export function isRight({ lost, twice, failedThoughRecorded }: Findings): boolean {
  return lost.length + twice.length + failedThoughRecorded.length === 0;
}

/** The findings as the columns of a row. */
export function countsOf({ lost, twice, held }: Findings): Pick<Row, "lost" | "twice" | "held"> {
  return { lost: lost.length, twice: twice.length, held: held.length };
}

/**
 * Compares the sandbox's book with the list of orders that were acknowledged. `mayRefuse` where the sandbox was told
 * to refuse some: a postback that failed then is not lost.
 */
export async function findingsOf(
  { book }: Pick<Sandbox, "book">,
  collector: Collector,
  acknowledged: readonly Placed[],
  level: "order" | "line",
  mayRefuse = false,
): Promise<Findings> {
  const times = timesRecorded({ book });
  const twice = [...times].filter(([, count]) => count > 1).map(([id]) => id);
  const postbacks = await postbacksOf(collector, acknowledged);
  const told = acknowledged
    .flatMap((order) => postbackIdsOf(order, level))
    .map((id) => ({ id, recorded: times.has(id), state: postbacks.get(id)?.state }));
  const idsOf = (chosen: typeof told) => chosen.map(({ id }) => id);
  return {
    twice,
    lost: idsOf(
      told.filter(
        ({ recorded, state }) =>
          state === undefined ||
          state === "pending" ||
          (!recorded && (state === "delivered" || (state === "failed" && !mayRefuse))),
      ),
    ),
    held: idsOf(told.filter(({ state }) => state === "held")),
    refused: idsOf(told.filter(({ state, recorded }) => state === "failed" && !recorded)),
    failedThoughRecorded: idsOf(told.filter(({ state, recorded }) => state === "failed" && recorded)),
  };
}

async function postbacksOf(collector: Collector, orders: readonly Placed[]): Promise<Map<string, PostbackRecord>> {
  const postbacks = new Map<string, PostbackRecord>();
  for (let from = 0; from < orders.length; from += 500) {
    const found = await Promise.all(orders.slice(from, from + 500).map(({ number }) => collector.find({ number })));
    for (const conversion of found.flat() as ConversionRecord[])
      for (const postback of conversion.postbacks) postbacks.set(postback.id, postback);
  }
  return postbacks;
}
