import type { IncomingHttpHeaders } from "node:http";
import type { Fault } from "./fault-table.ts";

export type NetworkName = "retrack" | "shopback";

/** A request as it came, secrets and all: only the stand-in that answers it sees it. */
export interface WireRequest {
  method: string;
  path: string;
  /** What stands after the question mark, not decoded. */
  query: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** The decision on a conversion, or that there is none yet. */
export type ConversionStatus = "pending" | "approved" | "rejected";

/** What a network answers, what it writes in its book if it accepts, and its reason if it does not. */
export interface Reply<Entry> {
  answer: Answer;
  entry?: Entry;
  refusal?: string;
}

/** A request the sandbox received, without its secrets. */
export interface ReceivedRequest {
  network: NetworkName;
  at: Date;
  method: string;
  /** Path and query, with the value of `security_token` blanked. */
  path: string;
  /** With the value of `authorization` blanked. */
  headers: IncomingHttpHeaders;
  body: string;
  /** The fault that struck it. */
  fault: Fault | null;
  /** Whether the book has it: as an entry, or as a change to one. */
  recorded: boolean;
  /** Why it is not, in the network's words or the fault's; null for what is recorded and for look-ups. */
  refusal: string | null;
  /** What was answered, or begun to be; null while there is no answer. */
  answer: { status: number; body: string } | null;
}

export function plainText(status: number, body: string): Answer {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}

const blank = "[redacted]";

/** The request as it may be kept and shown. */
export function withoutSecrets(
  network: NetworkName,
  { method, path, query, headers }: Omit<WireRequest, "body">,
  at: Date,
): ReceivedRequest {
  const shown = query.replace(/(^|&)(security(?:_|%5f)token)=[^&]*/gi, `$1$2=${blank}`);
  return {
    network,
    at,
    method,
    path: shown ? `${path}?${shown}` : path,
    headers: headers.authorization === undefined ? headers : { ...headers, authorization: blank },
    body: "",
    fault: null,
    recorded: false,
    refusal: null,
    answer: null,
  };
}
