import type { Click } from "@cashtrail/client/landing";
import type { Conversion, LineDecision, Postback } from "../network.ts";
import type { PlacedOrder } from "../order.ts";
import { type Report, shown } from "./finding.ts";
import type { NetworkFixtures } from "./fixtures.ts";
import { toldOnce } from "./stories.ts";
import type { Subject } from "./subject.ts";

type Standing = Partial<Pick<Conversion, "order" | "status" | "lines" | "amount" | "insisted">>;

/** What an order may go through, each step as it stands then. */
function walksOf(order: PlacedOrder): Standing[][] {
  const skus = [...new Set(order.lines.map(({ sku }) => sku))];
  const decided = (status: LineDecision["status"], those = skus) =>
    Object.fromEntries(those.map((sku) => [sku, { status }]));
  const first = skus.slice(0, 1);
  const more = {
    ...order,
    lines: order.lines.map((line, index) => (index === 0 ? { ...line, net: line.net + 101 } : line)),
  };
  const approved: Standing = { status: "approved", lines: decided("approved") };
  const rejected: Standing = { status: "rejected", lines: decided("rejected") };
  const partly = { ...decided("approved"), ...decided("rejected", first) };
  return [
    [{}, approved],
    [{}, rejected],
    [approved],
    [{}, { order: more }, approved],
    [{}, { lines: decided("approved", first) }, approved],
    [{}, { lines: decided("rejected", first) }, skus.length > 1 ? { status: "approved", lines: partly } : rejected],
    [{}, { ...approved, amount: { net: 1, vat: 0 } }],
    [{}, approved, { ...rejected, insisted: true }],
  ];
}

/** Takes orders through every status: nothing throws, nothing is told twice, and every id is one report's alone. */
export function checkWalks(subject: Subject, orders: readonly PlacedOrder[], click: Click, report: Report): void {
  const owners = new Map<string, string>();

  function walk(order: PlacedOrder, standings: readonly Standing[]): void {
    let conversion: Conversion = { order, click, status: "pending", lines: {}, told: [] };
    for (const standing of standings) {
      conversion = { ...conversion, ...standing };
      const where = `a generated order, ${conversion.status}`;
      const answer = subject.refusal(conversion, where);
      if (!answer || answer.refusal !== undefined) continue;
      const postbacks = subject.postbacks(conversion, where);
      if (!postbacks) continue;
      checkTold(postbacks, conversion, where);
      const { insisted: _, ...told } = conversion;
      conversion = { ...told, told: toldOnce(subject, told, postbacks, KNOWN, where, report) };
    }
  }

  function checkTold(postbacks: readonly Postback[], { order, told }: Conversion, where: string): void {
    const taken = new Set(told.map(({ id }) => id));
    for (const { id, step, ifUnknown } of postbacks) {
      if (taken.has(id) || (owners.get(id) ?? order.number) !== order.number)
        report("ids", where, `two postbacks have the id ${shown(id)}`);
      taken.add(id);
      owners.set(id, order.number);
      subject.request(step, where);
      if (typeof ifUnknown === "object") subject.request(ifUnknown.ask, where);
    }
  }

  for (const order of orders) for (const standings of walksOf(order)) walk(order, standings);
}

/** Reports leads that are hard to tell apart: every one has an id of its own. */
export function checkLeads(subject: Subject, references: readonly string[], click: Click, report: Report): void {
  const owners = new Map<string, string>();
  for (const reference of references) {
    const where = "a generated lead";
    for (const { id, step } of subject.leadPostbacks({ reference, at: click.at }, click, where) ?? []) {
      if ((owners.get(id) ?? reference) !== reference) report("ids", where, `two leads have the id ${shown(id)}`);
      owners.set(id, reference);
      subject.request(step, where);
    }
  }
}

const KNOWN = { remoteId: "3afc4a82-93c3-423f-8ee8-542ccb315931", isClickShared: false };

/** Reads every order's amounts back from the requests that report it. */
export function checkAmounts(
  subject: Subject,
  orders: readonly PlacedOrder[],
  click: Click,
  { told, wanted }: NonNullable<NetworkFixtures["amount"]>,
  report: Report,
): void {
  for (const order of orders) {
    const where = "the amounts of a generated order";
    const conversion: Conversion = { order, click, status: "pending", lines: {}, told: [] };
    if (subject.refusal(conversion, where)?.refusal !== undefined) continue;
    const postbacks = subject.postbacks(conversion, where) ?? [];
    const requests = postbacks.flatMap(({ step }) => subject.request(step, where) ?? []);
    const [is, must] = [told(requests, order), wanted(order)];
    if (is !== must) report("amounts", where, `${must} minor units are wanted, and ${is} are told of ${shown(order)}`);
  }
}
