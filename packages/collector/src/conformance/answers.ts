import type { HttpRequest, Json, Verdict } from "../network.ts";
import { type Promised, type Report, shown } from "./finding.ts";
import type { Answer } from "./fixtures.ts";
import { HUGE, MISTYPED, UNREADABLE } from "./generated.ts";
import { type Reached, successes } from "./stories.ts";
import { type Subject, spellings } from "./subject.ts";

const EVERY_STATUS = Array.from({ length: 500 }, (_, index) => 100 + index);
const TELLING_STATUSES = [200, 201, 204, 302, 400, 404, 409, 429, 500, 502, 503, 504];

/** Gives a step's verdict every answer that a network, a proxy or an attacker may give. */
export function checkAnswers(subject: Subject, reached: Reached, secrets: readonly string[], report: Report): void {
  const { where, step, exchange } = reached;
  const own = (exchange.answers ?? []).map(({ body }) => body.trim().toLowerCase());
  const success = successes(exchange);
  const bodies = new Set(success.map(({ body }) => body.trim().toLowerCase()));

  function check(status: number, body: string, isUnreadable: boolean): void {
    const verdict = subject.verdict({ status, headers: {}, body }, step, where);
    const broken = verdict && brokenBy(verdict, status, body.trim().toLowerCase(), isUnreadable);
    if (broken)
      report(broken, where, `HTTP ${status} with ${shown(body).slice(0, 80) || "nothing"} is ${verdict.kind}`);
  }

  function brokenBy(verdict: Verdict, status: number, text: string, isUnreadable: boolean): Promised | undefined {
    const isOk = status >= 200 && status <= 299;
    if (verdict.kind === "accepted") {
      const isMeant = isOk || success.some((one) => one.status === status);
      return bodies.has(text) && isMeant ? undefined : "false-success";
    }
    if ((status === 429 || status === 503) && verdict.kind === "refused") return "patience";
    if (isDoubt(verdict, exchange.isLookUp)) return undefined;
    if (isOk && isUnreadable && !own.includes(text)) return "unreadable";
    return status === 500 || status === 502 || status === 504 ? "server-error" : undefined;
  }

  for (const status of EVERY_STATUS)
    for (const body of ["", ...new Set(success.map(({ body }) => body))]) check(status, body, body.trim() === "");
  const halves = success
    .map(({ body }) => body)
    .filter((body) => /^\s*[[{]/.test(body))
    .map((body) => body.slice(0, -2));
  const echoed = echoes(subject.request(step, where), secrets, exchange.answers ?? []);
  for (const status of [200, 400, 500]) for (const body of HUGE) check(status, body, true);
  for (const status of TELLING_STATUSES) {
    for (const body of [...UNREADABLE, ...halves]) check(status, body, true);
    for (const body of [...MISTYPED, ...echoed]) check(status, body, false);
  }
}

/** Of a look-up, nobody doubts that it recorded nothing. */
function isDoubt({ kind }: Verdict, isLookUp = false): boolean {
  return kind === "unknown" || kind === "hold" || (isLookUp && kind === "retry");
}

/** What a server may repeat of a request, in its own words and in others'. */
function echoes(request: HttpRequest | undefined, secrets: readonly string[], answers: readonly Answer[]): string[] {
  if (!request) return [];
  const { url, headers, body = "" } = request;
  const sent = JSON.stringify(request);
  // As they were sent, and as a server reads them.
  const tokens = secrets.flatMap((secret) => {
    const known = spellings(secret).filter((spelling) => sent.includes(spelling));
    return known.length > 0 ? [secret, ...known] : [];
  });
  const said = [url.slice(-150), ...Object.values(headers), body.slice(0, 180), ...tokens];
  return said.filter(Boolean).flatMap((text) => [
    text,
    JSON.stringify({ message: text, error: text, errors: [text] }),
    `success=false; err_msg=${text};`,
    // In the shape of the network's own refusals.
    ...answers.filter(({ verdict }) => verdict.kind === "refused").map((one) => withTexts(one.body, text)),
  ]);
}

function withTexts(body: string, text: string): string {
  try {
    const replaced = (value: Json): Json =>
      typeof value === "string"
        ? text
        : Array.isArray(value)
          ? value.map(replaced)
          : typeof value === "object" && value !== null
            ? Object.fromEntries(Object.entries(value).map(([key, part]) => [key, replaced(part as Json)]))
            : value;
    return JSON.stringify(replaced(JSON.parse(body)));
  } catch {
    return `${body} ${text}`;
  }
}

/** More steps than any network takes to tell one thing. */
const MOST_STEPS = 20;

/** Follows the steps that verdicts name, whatever is answered: nothing waits between them, so they must end. */
export function checkEnds(subject: Subject, reached: readonly Reached[], report: Report): void {
  const answers = [
    ...reached.flatMap(({ exchange }) => exchange.answers ?? []),
    ...[200, 404, 500].flatMap((status) => ["", ...MISTYPED].map((body) => ({ status, body }))),
  ];
  const ended = new Set<string>();
  function follow(step: Json, before: readonly string[], where: string): void {
    const key = JSON.stringify(step);
    if (ended.has(key)) return;
    if (before.includes(key) || before.length > MOST_STEPS) {
      report("ends", where, `one step follows another without end: ${shown(step)}`);
      return;
    }
    for (const { status, body } of answers) {
      const verdict = subject.verdict({ status, headers: {}, body }, step, where);
      if (verdict?.kind === "next") follow(verdict.step, [...before, key], where);
    }
    ended.add(key);
  }
  for (const { step, where } of reached) follow(step, [], where);
}
