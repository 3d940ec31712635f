import { CollectorError, type Issue } from "../../error.ts";
import type { Reported } from "../../reporting.ts";
import { quoted } from "../../telling/quoted.ts";
import type { Item } from "./item.ts";
import type { Several } from "./survey.ts";

/** Orders reported at once: they share a commit. */
const TOGETHER = 64;

/** Reports an order, or only foresees what that would come to. */
export type Report = (order: NonNullable<Item["order"]>) => Promise<Reported>;

/** What became of an order, and what is wrong with it. */
export interface Outcome {
  readonly item: Item;
  /** Undefined where it could not be used. */
  readonly reported?: Reported;
  readonly issues: readonly Issue[];
}

/**
 * Reports orders, and yields what became of them, some together. `several` are the numbers that are there more than once.
 * Throws why it cannot go on: of those under way then, none counts as done.
 */
export async function* outcomesOf(
  items: AsyncIterable<Item>,
  several: ReadonlyMap<string, Several>,
  report: Report,
): AsyncGenerator<Outcome[]> {
  for await (const batch of batchesOf(items)) {
    // Also where one fails, the others are waited for.
    const ended = await Promise.allSettled(batch.map((item) => outcomeOf(item, several, report)));
    const outcomes = ended.map((one) => {
      if (one.status === "rejected") throw one.reason;
      return one.value;
    });
    if (outcomes.some(({ reported }) => reported?.journaled))
      throw new Error("the ledger cannot be written; what was under way is in the journal");
    yield outcomes;
  }
}

async function* batchesOf(items: AsyncIterable<Item>): AsyncGenerator<Item[]> {
  let batch: Item[] = [];
  for await (const item of items) {
    if (batch.push(item) < TOGETHER) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function outcomeOf(item: Item, several: ReadonlyMap<string, Several>, report: Report): Promise<Outcome> {
  const { order, issues, number = "" } = item;
  const known = several.get(number);
  if (known && item.content === undefined) return { item, issues: inRows(item, known) };
  if (!order) return { item, issues };
  if (known && !known.isRepeated) return { item, issues: [unlike(known)] };
  // In a dry run too, where nothing is known of the first one afterwards.
  if (known && item.line !== known.lines[0]) return { item, reported: { credited: [], repeated: true }, issues: [] };
  try {
    const reported = await report(order);
    return { item, reported, issues: reported.differs ? [different(number)] : [] };
  } catch (error) {
    if (error instanceof CollectorError && error.code === "ERR_ORDER") return { item, issues: error.issues };
    throw error;
  }
}

function different(number: string): Issue {
  return {
    path: "",
    message: `was reported before with other contents, and stays as it was: "cashtrail show ${quoted(number)}" has it. What was changed since, only your server tells: update(), or PUT /orders/NUMBER`,
  };
}

/** Of rows that are apart, only the first ones say all that is said once for an order: nothing is missing in the others. */
function inRows({ line, issues }: Item, { lines }: Several): readonly Issue[] {
  const apart = {
    path: "",
    message: `the number is there more than once, from lines ${lines.join(" and ")}: rows of one order must follow one another`,
  };
  return line === lines[0] ? [apart, ...issues] : [apart];
}

function unlike({ lines }: Several): Issue {
  return {
    path: "",
    message: `the number is there more than once, on lines ${lines.join(" and ")}, and not the same each time: leave the one that is right`,
  };
}
