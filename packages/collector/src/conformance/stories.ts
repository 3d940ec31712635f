import { isDeepStrictEqual } from "node:util";
import type { Click, Landing } from "@cashtrail/client/landing";
import { isClickId } from "../clicks.ts";
import { messageOf } from "../error.ts";
import { parseLead } from "../lead.ts";
import { filled } from "../ledger/both-engines.ts";
import type { Conversion, Json, Known, Postback, Told } from "../network.ts";
import { type PlacedOrder, parseOrder } from "../order.ts";
import { type Report, shown } from "./finding.ts";
import type { Answer, Chapter, Exchange, NetworkFixtures, Telling } from "./fixtures.ts";
import type { Subject } from "./subject.ts";

/** A step that was reached, and what the fixtures say of answers to it. */
export interface Reached {
  readonly where: string;
  readonly step: Json;
  readonly exchange: Exchange;
}

const PLACED_AT = new Date("2026-05-10T11:00:00Z");

export function clickOf(landing: Landing, id: string): Click {
  return { network: landing.network, id, at: new Date("2026-05-10T10:00:00Z") };
}

/** Holds the landing to the click ids it should take, and to those it should not. */
export function checkClickIds({ clickIds }: NetworkFixtures, landing: Landing, report: Report): void {
  for (const id of clickIds.good) {
    if (!isClickId(id, landing)) report("click-ids", landing.network, `takes ${shown(id)} for none`);
    else if (!/^[\w-]{1,64}$/.test(id))
      report("click-ids", landing.network, `${shown(id)} is longer than 64 characters, which no cookie of ours keeps`);
  }
  for (const id of clickIds.bad)
    if (isClickId(id, landing)) report("click-ids", landing.network, `takes ${shown(id)} for a click id`);
}

/** Tells every story, and returns the steps it came by. */
export function checkStories(
  subject: Subject,
  { stories, clickIds, leads = [] }: NetworkFixtures,
  landing: Landing,
  report: Report,
): { reached: Reached[]; orders: PlacedOrder[] } {
  const reached: Reached[] = [];
  const orders: PlacedOrder[] = [];
  for (const story of stories) {
    const known = { remoteId: story.remoteId ?? null, isClickShared: false };
    let conversion: Conversion | undefined;
    for (const chapter of story.chapters) {
      const where = `${story.name}: ${chapter.name}`;
      conversion = standing(
        conversion,
        chapter,
        clickOf(landing, story.click ?? clickIds.good[0] ?? ""),
        where,
        report,
      );
      if (!conversion) break;
      orders.push(conversion.order);
      conversion = { ...conversion, told: tell(subject, conversion, chapter, known, where, reached, report) };
    }
  }
  for (const { name, lead, tells } of leads) {
    const postbacks = subject.leadPostbacks(parseLead(lead, PLACED_AT), clickOf(landing, clickIds.good[0] ?? ""), name);
    compare(subject, postbacks ?? [], tells, { remoteId: null, isClickShared: false }, name, reached, report);
  }
  return { reached, orders };
}

function standing(
  before: Conversion | undefined,
  { order, status, lines, amount }: Chapter,
  click: Click,
  where: string,
  report: Report,
): Conversion | undefined {
  try {
    const placed = order ? parseOrder(order, PLACED_AT) : before?.order;
    if (!placed) throw new Error("the first chapter of a story needs an order");
    return {
      order: placed,
      click,
      status: status ?? before?.status ?? "pending",
      lines: lines ?? before?.lines ?? {},
      amount: amount ?? before?.amount,
      told: before?.told ?? [],
    };
  } catch (error) {
    report("table", where, messageOf(error));
    return undefined;
  }
}

/** Asks for what a chapter tells, and returns what is told by then. */
function tell(
  subject: Subject,
  conversion: Conversion,
  { refusal: wanted, tells }: Chapter,
  known: Known,
  where: string,
  reached: Reached[],
  report: Report,
): readonly Told[] {
  const refusal = subject.refusal(conversion, where)?.refusal;
  if (refusal !== wanted)
    report(
      "requests",
      where,
      `${wanted ? `must be refused: ${wanted}` : "must be taken"}, and ${refusal ?? "is taken"}`,
    );
  if (refusal !== undefined) return conversion.told;
  const postbacks = subject.postbacks(conversion, where) ?? [];
  compare(subject, postbacks, tells, known, where, reached, report);
  return toldOnce(subject, conversion, postbacks, known, where, report);
}

/** What is told by now; none of it is told again, at whichever step it is. */
export function toldOnce(
  subject: Subject,
  conversion: Conversion,
  postbacks: readonly Postback[],
  known: Known,
  where: string,
  report: Report,
): readonly Told[] {
  const asked = postbacks.map((postback) => filled(postback, known));
  const tellings = [
    asked,
    asked.map(({ ifUnknown, ...one }) => (typeof ifUnknown === "object" ? { ...one, step: ifUnknown.ask } : one)),
  ];
  const [told, atItsDoubt] = tellings.map((those) => [
    ...conversion.told,
    ...those.map(({ id, kind, line, step }) => ({ id, kind, ...(line === undefined ? {} : { line }), step })),
  ]) as [Told[], Told[]];
  for (const [when, those] of [
    ["", told],
    [" while it is in doubt", atItsDoubt],
  ] as const) {
    const again = subject.postbacks({ ...conversion, told: those }, where) ?? [];
    if (again.length > 0) report("once", where, `tells ${again.map(({ id }) => id).join(", ")} again${when}`);
  }
  return told;
}

function compare(
  subject: Subject,
  postbacks: readonly Postback[],
  tells: readonly Telling[],
  known: Known,
  where: string,
  reached: Reached[],
  report: Report,
): void {
  if (postbacks.length !== tells.length)
    report(
      "requests",
      where,
      `${tells.length} postbacks are wanted, and there are ${postbacks.length}: ${shown(postbacks)}`,
    );
  for (const [index, postback] of postbacks.entries()) {
    const wanted = tells[index];
    if (!wanted) continue;
    const place = `${where}: ${postback.kind}${postback.line === undefined ? "" : ` ${postback.line}`}`;
    if (postback.kind !== wanted.kind || postback.line !== wanted.line)
      report("requests", place, `${wanted.kind} ${wanted.line ?? ""} is wanted`);
    const { step, ifUnknown } = filled(postback, known);
    checkExchange(subject, step, wanted, place, reached, report);
    if (typeof ifUnknown === "object" && typeof wanted.ifUnknown === "object")
      checkExchange(subject, ifUnknown.ask, wanted.ifUnknown, `${place}, in doubt`, reached, report);
    else if (typeof ifUnknown === "object" || ifUnknown !== wanted.ifUnknown)
      report("requests", place, `in doubt, ${shown(wanted.ifUnknown)} is wanted, and it is ${shown(ifUnknown)}`);
  }
}

function checkExchange(
  subject: Subject,
  step: Json,
  exchange: Exchange,
  where: string,
  reached: Reached[],
  report: Report,
): void {
  reached.push({ where, step, exchange });
  const request = subject.request(step, where);
  if (request && !isDeepStrictEqual(request, exchange.request))
    report("requests", where, `${shown(exchange.request)} is wanted, and it is ${shown(request)}`);
  for (const answer of exchange.answers ?? []) checkAnswer(subject, step, answer, where, reached, report);
}

function checkAnswer(
  subject: Subject,
  step: Json,
  { status, headers = {}, body, verdict: wanted }: Answer,
  where: string,
  reached: Reached[],
  report: Report,
): void {
  const place = `${where}, answered ${status} ${shown(body).slice(0, 60)}`;
  const verdict = subject.verdict({ status, headers, body }, step, place);
  if (!verdict) return;
  const { next, ...given } = "next" in wanted ? wanted : { ...wanted, next: undefined };
  if (Object.entries(given).some(([part, value]) => !isDeepStrictEqual(verdict[part as keyof typeof verdict], value)))
    report("answers", place, `${shown(given)} is wanted, and it is ${shown(verdict)}`);
  else if (next && verdict.kind === "next")
    checkExchange(subject, verdict.step, next, `${place}, then`, reached, report);
}

/** Whether an answer is one that the fixtures take for the network's own success, whatever its status. */
export function successes({ answers = [] }: Exchange): Answer[] {
  return answers.filter(({ verdict }) => verdict.kind === "accepted");
}
