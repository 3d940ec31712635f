import { isDeepStrictEqual } from "node:util";
import { CollectorError } from "./error.ts";
import type { Money } from "./money.ts";
import type { Conversion, LineDecision, Postback, Status } from "./network.ts";
import { leftOf, type PlacedOrder, sumOf } from "./order.ts";

/** What a store says of an order after it was reported. */
export type Change = { readonly kind: "update"; readonly order: PlacedOrder } | Validation;

export interface Validation {
  readonly kind: "approve" | "reject";
  /** The SKUs it is about; without them, all that is not decided yet. */
  readonly lines?: readonly string[] | undefined;
  /** The final amount of what is approved, where that is not what the order says. */
  readonly amount?: Money | undefined;
  /** A person's wish to decide again what is decided. */
  readonly insist?: boolean | undefined;
}

/** What changes of a conversion. */
export type Standing = Pick<Conversion, "order" | "status" | "lines" | "amount">;

/**
 * A conversion as it stands after a change, or undefined where it stands so already.
 * Throws `ERR_CONFLICT` for a change that contradicts what is decided.
 */
export function changed(standing: Standing, change: Change): Standing | undefined {
  if (standing.order.lines.length === 0) throw conflict(standing, "was forgotten: nothing is known of it any more");
  return change.kind === "update" ? updated(standing, change.order) : decided(standing, change);
}

function updated(standing: Standing, order: PlacedOrder): Standing | undefined {
  const { order: before, status, lines } = standing;
  if (isSame(order, before)) return undefined;
  if (status !== "pending") throw conflict(standing, `is ${status}: it cannot be changed any more`);
  for (const what of ["currency", "market"] as const)
    if (order[what] !== before[what])
      throw conflict(standing, `was reported with ${what} ${before[what] ?? "none"}, and now ${order[what] ?? "none"}`);
  for (const [sku, { status: decision }] of Object.entries(lines))
    if (decision === "approved" && !isSame(linesOf(order, sku), linesOf(before, sku)))
      throw conflict(standing, `has line ${sku} approved: that line cannot be changed any more`);
  const skus = new Set(order.lines.map(({ sku }) => sku));
  return { ...standing, order, status: statusOf(skus, new Map(Object.entries(lines))) };
}

function decided(standing: Standing, change: Validation): Standing | undefined {
  const { order, status } = standing;
  const verdict = change.kind === "approve" ? "approved" : "rejected";
  const skus = new Set(order.lines.map(({ sku }) => sku));
  const unknown = (change.lines ?? []).filter((sku) => !skus.has(sku));
  if (unknown.length > 0)
    throw conflict(standing, `has no line ${unknown.join(", ")}; it has ${[...skus].slice(0, 20).join(", ")}`);
  if (status !== "pending" && status !== verdict && !change.insist && !change.lines)
    throw conflict(standing, `is ${status} already: ${INSIST}`);
  const decisions = new Map(Object.entries(standing.lines));
  const named = change.lines ?? [...skus].filter((sku) => change.insist || !decisions.has(sku));
  for (const sku of named) {
    const before = decisions.get(sku);
    const decision = { status: verdict, ...amountOfLine(standing, change, sku) } as const;
    if (before && !change.insist && !isDeepStrictEqual(before, decision))
      throw conflict(standing, `has line ${sku} ${inWords(before)} already: ${INSIST}`);
    decisions.set(sku, decision);
  }
  const lines = Object.fromEntries(decisions);
  const after = {
    order,
    lines,
    status: statusOf(skus, decisions),
    amount: amountOfAll(standing, change, lines),
  };
  if (!change.insist && !change.lines) {
    if (status !== "pending" && !isDeepStrictEqual(after.amount, standing.amount))
      throw conflict(standing, `is ${status} already: ${INSIST}`);
    if (status === "pending" && after.status !== verdict)
      throw conflict(standing, "has lines that are approved: name the lines to reject");
  }
  const isRepeated = isDeepStrictEqual(lines, standing.lines) && isDeepStrictEqual(after.amount, standing.amount);
  return isRepeated ? undefined : after;
}

/** Whether two are the same once they are kept, where what is undefined is left out. */
function isSame(one: unknown, other: unknown): boolean {
  const kept = (value: unknown) => JSON.parse(JSON.stringify(value));
  return isDeepStrictEqual(kept(one), kept(other));
}

const INSIST = "to decide it anew, insist, and say by whom";

/** A line's own final amount. */
function amountOfLine(standing: Standing, { lines, amount }: Validation, sku: string): Pick<LineDecision, "amount"> {
  if (!amount || !lines) return {};
  if (new Set(lines).size > 1)
    throw conflict(standing, "is approved line by line where lines have an amount: name one line");
  return { amount: atMost(standing, amount, lineSum(standing.order, sku), `line ${sku}`) };
}

/** What is approved in all, where the store says so and it is not what its lines come to anyway. */
function amountOfAll(standing: Standing, change: Validation, lines: Standing["lines"]): Money | undefined {
  const { kind, amount, insist } = change;
  const most = moneyLeft({ order: standing.order, lines });
  if (change.lines) return noMoreThan(most, standing.amount);
  if (!amount) return insist ? undefined : standing.amount;
  if (kind === "reject") return undefined;
  const isUsual = isDeepStrictEqual(amount, most) && Object.values(lines).every((decision) => !decision.amount);
  return isUsual ? undefined : atMost(standing, amount, most, "what is left of it");
}

/** An amount that was approved in all, where less may be left by now. */
function noMoreThan(most: Money, amount: Money | undefined): Money | undefined {
  if (!amount) return undefined;
  const less = { net: Math.min(amount.net, most.net), vat: Math.min(amount.vat, most.vat) };
  return isDeepStrictEqual(less, most) ? undefined : less;
}

/** What a line comes to before the order's discount: how that is shared, each network says for itself. */
export function lineSum(order: PlacedOrder, sku: string): Money {
  return sumOf({ ...order, lines: linesOf(order, sku), discount: { net: 0, vat: 0 } });
}

/** What an order comes to without what is rejected of it, and without the share of its discount that goes with it. */
export function moneyLeft({ order, lines }: Pick<Standing, "order" | "lines">): Money {
  const left = leftOf(order, (sku) => !isRejected(sku, lines));
  return left ? sumOf(left) : { net: 0, vat: 0 };
}

function atMost(standing: Standing, amount: Money, most: Money, what: string): Money {
  if (amount.net <= most.net && amount.vat <= most.vat) return amount;
  const text = ({ net, vat }: Money) => `${net} and ${vat} VAT`;
  throw conflict(standing, `cannot be approved with ${text(amount)}: ${what} comes to ${text(most)}, in minor units`);
}

/** Decided as a whole once each line is: approved, if any line is. */
function statusOf(skus: ReadonlySet<string>, decisions: ReadonlyMap<string, LineDecision>): Status {
  const statuses = [...skus].map((sku) => decisions.get(sku)?.status);
  if (statuses.includes(undefined)) return "pending";
  return statuses.includes("approved") ? "approved" : "rejected";
}

/** A postback as far as it tells whether the network may have it. */
type Sent = Pick<Postback, "id" | "kind" | "line"> & {
  readonly state: string;
  readonly attempts: readonly { readonly outcome: string }[];
  /** Whether a person settled it as failed. */
  readonly isDenied?: boolean;
};

/**
 * The postbacks a change makes needless: creates that never left of what is rejected, or of what is told anew as it is
 * now, and what waits for them. Those that may have left stay, and what tells of the change waits for them.
 */
export function cancelledBy(change: Change["kind"], { status, lines }: Standing, postbacks: readonly Sent[]): string[] {
  const isNeedless = (line: string | undefined) =>
    change === "update" || status === "rejected" || (line !== undefined && isRejected(line, lines));
  const idle = postbacks.filter(hasNeverLeft);
  const creates = idle.filter(({ kind, line }) => kind === "create" && isNeedless(line));
  return idle.filter(({ line }) => creates.some((create) => create.line === line)).map(({ id }) => id);
}

/** How attempts end of which it is certain that they left nothing at the network. */
export const leavesNothing: readonly string[] = ["retry", "not-sent", "refused"];

/** Whether it is certain that the network has nothing of it: no attempt left anything, or a person says so. */
function hasNeverLeft({ state, attempts, isDenied }: Sent): boolean {
  if (state === "failed" && isDenied) return true;
  return (
    (state === "pending" || state === "failed") && attempts.every(({ outcome }) => leavesNothing.includes(outcome))
  );
}

/** Whether a line is decided against. Its own property: a SKU may be called what every object has. */
export function isRejected(sku: string, lines: Standing["lines"]): boolean {
  return Object.hasOwn(lines, sku) && lines[sku]?.status === "rejected";
}

function linesOf({ lines }: PlacedOrder, sku: string): PlacedOrder["lines"] {
  return lines.filter((line) => line.sku === sku);
}

function inWords({ status, amount }: LineDecision): string {
  return amount ? `${status} with an amount of its own` : status;
}

function conflict({ order }: Standing, message: string): CollectorError {
  return new CollectorError("ERR_CONFLICT", `order ${order.number} ${message}`);
}
