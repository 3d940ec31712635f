import { isDeepStrictEqual } from "node:util";
import type { Click } from "@cashtrail/client/landing";
import { messageOf } from "../error.ts";
import { LONGEST_ID } from "../fields.ts";
import type { PlacedLead } from "../lead.ts";
import type { Conversion, HttpRequest, HttpResponse, Json, Network, Postback, Verdict } from "../network.ts";
import { POSTBACK_KINDS, VERDICTS } from "../states.ts";
import { type Report, shown } from "./finding.ts";

/**
 * A network, each call of which is held to what every call promises. An undefined answer is none, and a finding by then;
 * only a refusal is wrapped, for no refusal is an answer too.
 */
export interface Subject {
  readonly id: string;
  refusal(conversion: Conversion, where: string): { readonly refusal: string | undefined } | undefined;
  postbacks(conversion: Conversion, where: string): Postback[] | undefined;
  leadPostbacks(lead: PlacedLead, click: Click, where: string): Postback[] | undefined;
  request(step: Json, where: string): HttpRequest | undefined;
  verdict(response: HttpResponse, step: Json, where: string): Verdict | undefined;
  /** Asks again what was asked at the start: a clock has moved on since. */
  askAgain(): void;
  /** Whether each secret was in a request. */
  unused(secrets: readonly string[]): string[];
}

const LONGEST_REASON = 300;

/** How many calls of each place are asked again at the end. */
const REMEMBERED = 10;

export function watched(
  network: Network,
  { secrets, clickIds }: { secrets: readonly string[]; clickIds: readonly string[] },
  report: Report,
): Subject {
  const spelled = secrets.flatMap(spellings);
  const hosts = new Set<string>();
  const sent = new Set<string>();
  const remembered = new Map<string, { ask: () => unknown; result: unknown }[]>();

  /** Calls twice, with arguments that are compared afterwards. */
  function called<Result>(where: string, what: string, args: readonly unknown[], call: () => Result) {
    const before = structuredClone(args);
    try {
      const result = call();
      if (!isDeepStrictEqual(before, args)) report("pure", where, `${what} changes what it is given`);
      if (!isDeepStrictEqual(result, call())) report("pure", where, `${what} answers otherwise when asked again`);
      const here = remembered.get(where) ?? [];
      if (here.length < REMEMBERED) remembered.set(where, [...here, { ask: call, result: structuredClone(result) }]);
      return { result };
    } catch (error) {
      report("total", where, `${what} throws: ${messageOf(error)}`);
      return undefined;
    }
  }

  function keepsSecrets(value: unknown, where: string, what: string): void {
    const text = JSON.stringify(value) ?? "";
    if (spelled.some((spelling) => text.includes(spelling)))
      report("secrets", where, `${what} holds a token: it belongs in a request only`);
  }

  function isReason(reason: unknown, where: string, what: string): void {
    if (typeof reason !== "string" || reason.trim() === "") report("total", where, `${what} has no reason`);
    else if (reason.length > LONGEST_REASON || /\p{Cc}/u.test(reason) || !reason.isWellFormed())
      report("total", where, `${what} has a reason that is no short line of well-formed text: ${shown(reason)}`);
    else if (clickIds.some((id) => reason.toLowerCase().includes(id.toLowerCase())))
      report("secrets", where, `${what} has a reason that repeats the click id`);
  }

  function checkPostback({ id, kind, step, ifUnknown }: Postback, where: string): void {
    const ask = typeof ifUnknown === "object" && ifUnknown !== null && "ask" in ifUnknown ? ifUnknown.ask : undefined;
    if (!POSTBACK_KINDS.includes(kind)) report("total", where, `a postback is of no known kind: ${shown(kind)}`);
    if (ifUnknown !== "repeat" && ifUnknown !== "hold" && ask === undefined)
      report("total", where, `a postback says nothing of its doubt: ifUnknown is ${shown(ifUnknown)}`);
    if (!isJson(step) || (ask !== undefined && !isJson(ask)))
      report("json", where, `the step of ${shown(id)} is no JSON, and would be another once it was kept`);
    if (typeof id !== "string" || !id.startsWith(`${network.id}/`))
      report("ids", where, `a postback's id must start with ${network.id}/, and is ${shown(id)}`);
    else if (id.length > LONGEST_ID)
      report("ids", where, `a postback's id has ${id.length} characters, more than ${LONGEST_ID}: use idPart`);
  }

  function keptPostbacks(result: unknown, where: string): Postback[] | undefined {
    if (!Array.isArray(result)) {
      report("total", where, `postbacks is no list, but ${shown(result)}`);
      return undefined;
    }
    for (const postback of result as Postback[]) checkPostback(postback, where);
    keepsSecrets(result, where, "a postback");
    // As the ledger gives it back.
    return JSON.parse(JSON.stringify(result));
  }

  /** What is no postback at all must not end the check. */
  function readable(result: unknown, where: string): Postback[] | undefined {
    try {
      return keptPostbacks(result, where);
    } catch (error) {
      report("total", where, `postbacks has something that is no postback: ${messageOf(error)}`);
      return undefined;
    }
  }

  return {
    id: network.id,
    refusal(conversion, where) {
      const answer = called(where, "refusal", [conversion], () => network.refusal(conversion));
      if (!answer) return undefined;
      if (answer.result !== undefined) isReason(answer.result, where, "the refusal");
      keepsSecrets(answer.result, where, "the refusal");
      return { refusal: answer.result };
    },
    postbacks(conversion, where) {
      const answer = called(where, "postbacks", [conversion], () => network.postbacks(conversion));
      return answer && readable(answer.result, where);
    },
    leadPostbacks(lead, click, where) {
      const answer = called(where, "leadPostbacks", [lead, click], () => network.leadPostbacks?.(lead, click));
      return answer && readable(answer.result, where);
    },
    request(step, where) {
      try {
        const request = network.request(step);
        const again = [network.request(step), network.request(JSON.parse(JSON.stringify(step)))];
        if (again.some((other) => !isDeepStrictEqual(request, other)))
          report("same-request", where, "the same step makes another request when asked again, or once it was kept");
        sent.add(JSON.stringify(request));
        hosts.add(URL.parse(request.url)?.origin ?? "");
        const mistake = transportMistake(request);
        if (mistake !== undefined) report("transport", where, mistake);
        else if (hosts.size > 1)
          report("transport", where, `requests go to several hosts: ${[...hosts].slice(0, 3).join(", ")}`);
        return request;
      } catch (error) {
        report("total", where, `request throws: ${messageOf(error)}`);
        return undefined;
      }
    },
    verdict(response, step, where) {
      const answer = called(where, "verdict", [response, step], () => network.verdict(response, step));
      if (!answer) return undefined;
      const verdict = answer.result;
      if (!VERDICTS.includes(verdict?.kind)) {
        report("total", where, `verdict is of no known kind: ${shown(verdict)}`);
        return undefined;
      }
      if (verdict.kind !== "accepted" || verdict.reason !== undefined)
        isReason(verdict.reason, where, `the verdict ${verdict.kind}`);
      if (verdict.kind === "next" && !isJson(verdict.step)) report("json", where, "the step that follows is no JSON");
      keepsSecrets(verdict, where, `the verdict ${verdict.kind}`);
      return verdict;
    },
    askAgain() {
      for (const [where, calls] of remembered)
        for (const { ask, result } of calls)
          if (!isSame(ask, result)) report("pure", where, "answers otherwise some time later");
    },
    unused: (all) =>
      all.filter((one) => ![...sent].some((request) => spellings(one).some((it) => request.includes(it)))),
  };
}

function isSame(ask: () => unknown, result: unknown): boolean {
  try {
    return isDeepStrictEqual(ask(), result);
  } catch {
    return false;
  }
}

/** A secret in every way it may be written. */
export function spellings(secret: string): string[] {
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString("base64"),
  ];
}

function isJson(value: unknown): boolean {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  if (typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.values(value).every((part) => part === undefined || isJson(part));
}

function transportMistake({ method, url, headers, body }: HttpRequest): string | undefined {
  if (typeof headers !== "object" || headers === null) return "headers is wanted: {} where there are none";
  const parsed = URL.parse(url);
  if (parsed?.protocol !== "https:") return `the request must go to https, and goes to ${shown(parsed?.origin ?? url)}`;
  if (parsed.username || parsed.password) return "the URL has credentials: they belong in a header";
  if (parsed.hash || !/^[\x21-\x7e]*$/.test(url)) return "the URL must be encoded, and have no fragment";
  if (method !== "GET" && method !== "POST") return `the method must be GET or POST, and is ${shown(method)}`;
  if (method === "GET" && body !== undefined) return "a GET has a body";
  if (Object.entries(headers).some(([name, value]) => !/^[\w-]+$/.test(name) || !/^[\x20-\x7e]*$/.test(value)))
    return "a header has characters that none can carry";
  return undefined;
}
