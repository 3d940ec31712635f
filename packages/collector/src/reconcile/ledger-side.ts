import { moneyLeft } from "../changes.ts";
import type { ConversionRecord, Filter, PostbackRecord } from "../ledger/ledger.ts";
import { decimalsOf } from "../money.ts";
import { amountTold } from "../networks/tune.ts";
import { amountIn } from "./amount.ts";
import type { Here, Sums } from "./compare.ts";

const PAGE = 500;

/** An account's orders of a period, the newest first. Leads are left out, for none can be looked up, and so is what was forgotten. */
export async function* ordersOf(
  find: (filter: Filter) => Promise<ConversionRecord[]>,
  filter: Pick<Filter, "network" | "since" | "until">,
): AsyncGenerator<ConversionRecord> {
  for (let before: number | undefined; ; ) {
    const page = await find({ ...filter, limit: PAGE, ...(before === undefined ? {} : { before }) });
    const last = page.at(-1);
    if (!last) return;
    before = last.serial;
    yield* page.filter(isComparable);
  }
}

export function isComparable({ order }: ConversionRecord): boolean {
  return order !== undefined && order.lines.length > 0;
}

/** What the ledger says a network has, where it tells net sums and VAT. */
export function hereByNet(record: ConversionRecord): Here {
  const { order, lines } = record;
  const sums = order ? moneyLeft({ order, lines }) : { net: 0, vat: 0 };
  return { ...basis(record), sums: { ...sums }, records: 1, approvesItself: true };
}

/** What the ledger says a network has that is told amounts, as it was told. */
export function hereByAmount(record: ConversionRecord): Here {
  const told = record.postbacks.filter(({ state }) => state !== "cancelled");
  const lines = new Set(told.map(({ line }) => line));
  const creates = told.filter(({ kind }) => kind === "create").length;
  return { ...basis(record), sums: amounts(told, lines, record), records: Math.max(1, creates), approvesItself: false };
}

/**
 * The last amount that was told of each line; a rejected line's counts for nothing. None where a step says no amount, as
 * a network's of one's own may not: then there is nothing to compare.
 */
function amounts(
  told: readonly PostbackRecord[],
  lines: ReadonlySet<string | undefined>,
  { order }: ConversionRecord,
): Sums {
  const decimals = decimalsOf(order?.currency ?? "") ?? 2;
  let amount = 0;
  for (const line of lines) {
    const last = told.findLast((postback) => postback.line === line && postback.state === "delivered");
    if (last === undefined || last.kind === "reject") continue;
    const said: unknown = amountTold(last.step);
    const units = typeof said === "string" ? amountIn(said, decimals) : undefined;
    if (units === undefined) return {};
    amount += units;
  }
  return { amount };
}

function basis({ number, network, status, order, postbacks }: ConversionRecord) {
  return {
    number,
    network,
    currency: order?.currency ?? "",
    status,
    postbacks: postbacks.map(({ id, kind, state }) => ({ id, kind, state })),
  };
}
