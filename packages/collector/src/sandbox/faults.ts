import type { ServerResponse } from "node:http";
import { type Answer, type NetworkName, plainText, type ReceivedRequest } from "./exchange.ts";
import type { Fault } from "./fault-table.ts";
import { refused as refusedByRetrack } from "./retrack.ts";
import { refused as refusedByShopback } from "./shopback.ts";
import { otherOffer } from "./shopback-order.ts";

/** One fault for every request, or a choice for each: a seeded one makes a run that can be repeated. */
export type FaultChoice = Fault | ((request: ReceivedRequest) => Fault | null);

export interface FaultOptions {
  /** How many requests it strikes before it goes away; default: all. */
  times?: number | undefined;
  /** Which requests it strikes; default: all. `down` first asks before the body is read. */
  match?: ((request: ReceivedRequest) => boolean) | undefined;
  /** The wait of `slow` and `late`; default 2,000. */
  delayMs?: number | undefined;
  /** What `429` says in its Retry-After, as it stands, sense or nonsense; default `1`. */
  retryAfter?: string | undefined;
}

/** A fault in force, and how often it will still strike. */
export interface FaultSetting {
  readonly choice: FaultChoice;
  readonly match: (request: ReceivedRequest) => boolean;
  readonly delayMs: number;
  readonly retryAfter: string;
  timesLeft: number;
}

export function faultSetting(choice: FaultChoice, options: FaultOptions): FaultSetting {
  return {
    choice,
    match: options.match ?? (() => true),
    delayMs: options.delayMs ?? 2_000,
    retryAfter: options.retryAfter ?? "1",
    timesLeft: options.times ?? Number.POSITIVE_INFINITY,
  };
}

/** The fault a setting has for a request. */
export function faultFor({ choice, match }: FaultSetting, request: ReceivedRequest): Fault | null {
  if (!match(request)) return null;
  return typeof choice === "function" ? choice(request) : choice;
}

/** A setting as people read it. */
export function faultInWords({ choice, timesLeft, delayMs }: FaultSetting): string {
  if (typeof choice === "function") return "chosen for each request";
  const wait = choice === "slow" || choice === "late" ? ` by ${delayMs} ms` : "";
  return `${choice}${wait}${timesLeft === Number.POSITIVE_INFINITY ? "" : `, ${timesLeft} more`}`;
}

/** What a fault answers in the place of the network called with this query, or undefined where it has no words. */
export function answerUnder(fault: Fault, network: NetworkName, query: string, retryAfter: string): Answer | undefined {
  switch (fault) {
    case "429":
      return { status: 429, headers: { "retry-after": retryAfter }, body: "" };
    case "401":
      return network === "retrack" ? refusedByRetrack(401, "Unauthenticated.").answer : plainText(401, "Unauthorized.");
    case "500":
    case "500-after-accept":
      return plainText(500, "Internal server error.");
    case "502-html":
      return page(502, "502 Bad Gateway");
    case "refuse":
      return refusal(network, "Refused by the sandbox.");
    case "wrong-offer":
      return refusal(
        network,
        network === "retrack"
          ? "event is no event of this programme."
          : otherOffer(new URLSearchParams(query).get("offer_id") ?? "", "2345"),
      );
    case "html-200":
      return page(200, "We will be back soon");
    case "empty-200":
    case "huge":
      return plainText(200, "");
    case "redirect":
      return { status: 302, headers: { location: "https://sandbox.invalid/" }, body: "" };
    default:
      return;
  }
}

function refusal(network: NetworkName, reason: string): Answer {
  return (network === "retrack" ? refusedByRetrack(422, reason) : refusedByShopback(reason)).answer;
}

function page(status: number, title: string): Answer {
  const body = `<!doctype html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`;
  return { status, headers: { "content-type": "text/html; charset=utf-8" }, body };
}

/** Ends the exchange without an answer where the fault is that; says whether it did. */
export function silenced(response: ServerResponse, fault: Fault | null): boolean {
  if (fault === "down" || fault === "reset") response.socket?.resetAndDestroy();
  else if (fault === "accept-then-drop") response.socket?.destroy();
  else return fault === "hang";
  return true;
}

const megabyte = Buffer.alloc(1024 * 1024, " ");
const hugeMegabytes = 50;
const dripEveryMs = 20;

/** Sends an answer, spoilt where the fault spoils it. */
export function send(response: ServerResponse, { status, headers, body: text }: Answer, fault: Fault | null): void {
  const body = fault === "huge" ? megabyte : Buffer.from(text);
  if (fault === "drip") {
    let sent = 0;
    response.writeHead(status, headers);
    const timer = setInterval(
      () => response.write(sent < body.length ? body.subarray(sent, ++sent) : " "),
      dripEveryMs,
    );
    response.once("close", () => clearInterval(timer));
  } else if (fault === "cut") {
    response.writeHead(status, { ...headers, "content-length": body.length });
    response.write(body.subarray(0, body.length / 2), () => response.socket?.destroy());
  } else if (fault === "huge") {
    response.writeHead(status, { ...headers, "content-length": hugeMegabytes * body.length });
    for (let sent = 0; sent < hugeMegabytes; sent++) response.write(body);
    response.end();
  } else {
    response.writeHead(status, { ...headers, "content-length": body.length }).end(body);
  }
}
