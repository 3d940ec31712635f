import type { ClickSource } from "../../clicks.ts";
import { CollectorError, type Issue } from "../../error.ts";
import { report, sourceOf } from "../../express/api/requests.ts";
import { isAhead } from "../../fields.ts";
import type { PlacedOrder } from "../../order.ts";
import { parse } from "../../parse.ts";

/** Some lines of a file that are one order, or what is wrong with them. */
export interface Item {
  readonly line: number;
  readonly lastLine: number;
  /** Its number, as far as it can be read. */
  readonly number?: string | undefined;
  readonly order?: { readonly placed: PlacedOrder; readonly from: ClickSource } | undefined;
  /** Of a file where an order is one line: a hash of all it says, which another that says the same has too. */
  readonly content?: string | undefined;
  readonly issues: readonly Issue[];
}

/** What the orders in a file are read by. */
export interface Reading {
  readonly now: Date;
  /** Of which there are accounts. */
  readonly networks: readonly string[];
}

/** What a line says, as the HTTP API reads it: `{ order, clicks }`. In a file an order's own time is wanted too. */
export function itemOf(value: unknown, lines: Pick<Item, "line" | "lastLine">, { now, networks }: Reading): Item {
  const said = value as { order?: { number?: unknown } | null; number?: unknown } | null;
  const number = said?.order?.number ?? said?.number;
  const base = { ...lines, number: typeof number === "string" ? number : undefined };
  try {
    const { order, ...source } = parse(report, value, "ERR_ORDER", "the line");
    const { placedAt } = order;
    const issues: Issue[] = [
      // Without it the order would count as of today, and its click as too old.
      ...(placedAt ? [] : [{ path: "order.placedAt", message: "is wanted in a file: when the order was placed" }]),
      ...(isAhead(placedAt, now) ? [{ path: "order.placedAt", message: "must not be in the future" }] : []),
      ...(source.clicks ?? []).flatMap(({ network }, index) =>
        strangerIn(network, `clicks.${index}.network`, networks),
      ),
    ];
    if (!placedAt || issues.length > 0) return { ...base, issues };
    return {
      ...base,
      order: { placed: { ...order, placedAt }, from: sourceOf(source) },
      issues: [],
    };
  } catch (error) {
    if (!(error instanceof CollectorError)) throw error;
    return { ...base, issues: error.issues };
  }
}

/** A network that is misspelt would leave all its orders to nobody. */
function strangerIn(network: string, path: string, networks: readonly string[]): Issue[] {
  if (networks.includes(network)) return [];
  return [{ path, message: `"${network}" has no account: there are accounts of ${networks.join(", ")}` }];
}
