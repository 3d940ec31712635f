import type { Click } from "@cashtrail/client/landing";
import { isAlive, isClickId } from "./clicks.ts";
import { DAY } from "./day.ts";
import type { Conversion, Network } from "./network.ts";
import type { PlacedOrder } from "./order.ts";

export type Attribution = "last-click" | "every-click";

/** What an order or a lead is to crediting. */
export interface Creditable {
  readonly kind: "order" | "lead";
  readonly market?: string | undefined;
  readonly placedAt: Date;
  /** What was placed before is erased by now: nobody could tell whether it was reported before. */
  readonly keptSince: Date;
  /** Why an account cannot take it with this click, or undefined where it can. */
  refusal(network: Network, click: Click): string | undefined;
}

/** What an order is to crediting the moment it is reported. */
export function creditableOrder(order: PlacedOrder, keptSince: Date): Creditable {
  return {
    kind: "order",
    market: order.market,
    placedAt: order.placedAt,
    keptSince,
    refusal: (network, click) => network.refusal(reportedConversion(order, click)),
  };
}

/** Since when what was placed is kept. */
export function keptSince({ conversionDays }: { readonly conversionDays: number }, now: Date): Date {
  return new Date(+now - conversionDays * DAY);
}

/** An order that was just reported: nothing is decided of it, and nothing told. */
export function reportedConversion(order: PlacedOrder, click: Click): Conversion {
  return { order, click, status: "pending", lines: {}, told: [] };
}

/** Who an order is credited to, or why to nobody. */
export interface Crediting {
  readonly credited: readonly { readonly network: Network; readonly click: Click }[];
  readonly reason?: string;
}

/**
 * The accounts an order is credited to. Considered are well-formed clicks within their lifetime whose network has an
 * account that takes the order; of these the newest counts, or each network's newest. A click's age is taken at
 * `placedAt`, for an order may be reported long after it was placed; but not after it would have been erased.
 */
export function creditingOf(
  creditable: Creditable,
  clicks: readonly Click[],
  networks: readonly Network[],
  attribution: Attribution,
): Crediting {
  const { kind, market, placedAt, keptSince, refusal } = creditable;
  if (placedAt < keptSince)
    return { credited: [], reason: `the ${kind} is older than retention keeps: it may have been reported, and erased` };
  const newestFirst = clicks.toSorted((a, b) => +b.at - +a.at);
  const credited: { network: Network; click: Click }[] = [];
  const reasons = new Set<string>();
  for (const click of newestFirst) {
    const accounts = networks.filter(({ landing }) => landing.network === click.network);
    const [first] = accounts;
    const mistake = first
      ? mistakeOf(click, first, creditable)
      : `no account of the network ${click.network} is set up`;
    if (mistake) reasons.add(mistake);
    else {
      const { account, reason } = accountFor(kind, market, accounts, (network) => refusal(network, click));
      if (!account) reasons.add(reason);
      else if (!credited.some(({ network }) => network.landing.network === click.network))
        credited.push({ network: account, click });
    }
  }
  if (credited.length > 0) return { credited: attribution === "last-click" ? credited.slice(0, 1) : credited };
  return { credited, reason: [...reasons].join("; ") || `the ${kind} carries no click` };
}

/** Why a click is none that an order could be credited to. */
function mistakeOf(
  { network, id, at }: Click,
  { landing }: Network,
  { kind, placedAt }: Creditable,
): string | undefined {
  if (!isClickId(id, landing)) return `a click id is not of the shape ${network} makes`;
  if (!isAlive(at, landing, placedAt)) return `the click from ${network} is too old`;
  // A day's grace, for clocks that differ and orders that wait for their payment.
  return +at > +placedAt + DAY ? `the click from ${network} came after the ${kind}` : undefined;
}

/** The one account of a network that takes it: its market's own before the one for any market. */
function accountFor(
  kind: Creditable["kind"],
  wanted: string | undefined,
  accounts: readonly Network[],
  refusalOf: (network: Network) => string | undefined,
): { account: Network; reason?: undefined } | { account?: undefined; reason: string } {
  const account =
    accounts.find(({ market }) => market === wanted) ?? accounts.find(({ market }) => market === undefined);
  if (!account) {
    const markets = accounts.map(({ market }) => market).join(", ");
    const given = wanted === undefined ? `the ${kind} names no market` : `the ${kind}'s market is ${wanted}`;
    return { reason: `${given}, and the accounts are of ${markets}` };
  }
  const refusal = refusalOf(account);
  return refusal === undefined ? { account } : { reason: `${account.id}: ${refusal}` };
}
