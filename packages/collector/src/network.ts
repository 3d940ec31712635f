import type { Click, Landing } from "@cashtrail/client/landing";
import type { PlacedOrder } from "./order.ts";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** An order credited to a click on one network account. */
export interface Conversion {
  readonly order: PlacedOrder;
  readonly click: Click;
}

/**
 * One network account: data in, data out, and no I/O, so that a table of literals tests it whole.
 *
 * Every method answers the same to the same arguments, and none throws for an order that `refusal` let pass or for
 * any answer of any shape. A step is what the ledger keeps of the next request: it holds no secret.
 */
export interface Network<Step extends Json = Json> {
  /** Unique among a store's accounts, and never changed: the ledger knows postbacks by it. `retrack`, `shopback:MY`. */
  readonly id: string;
  readonly landing: Landing;
  /** Takes orders of this market only; without it, orders of any. */
  readonly market?: string | undefined;
  /** How long after a request whose end is unknown the network may still be at work on it. */
  readonly settleSeconds: number;
  /** Why this account cannot take the order, or undefined where it can. */
  refusal(order: PlacedOrder): string | undefined;
  /** The postbacks that report this conversion. */
  postbacks(conversion: Conversion): Postback<Step>[];
  /** One step as an HTTP request, credentials added. Called anew for each attempt. */
  request(step: Step): HttpRequest;
  /** What the network's answer to a step means. */
  verdict(response: HttpResponse, step: Step): Verdict<Step>;
}

/** One server-to-server report of a conversion. `id` is unique in the ledger, and the same for the same report. */
export interface Postback<Step extends Json = Json> {
  readonly id: string;
  readonly step: Step;
  /** What settles the doubt after an attempt whose end is unknown: send again, a person, or this step instead. */
  readonly ifUnknown: "repeat" | "hold" | { readonly ask: Step };
}

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer that arrived whole, or as much of its body as is ever read. */
export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export type Verdict<Step extends Json = Json> =
  /** The network has it. */
  | { readonly kind: "accepted"; readonly remoteId?: string; readonly reason?: string }
  /** The network's no: sending the same again cannot help. */
  | { readonly kind: "refused"; readonly reason: string }
  /** Nothing was recorded, and a later try may succeed. */
  | { readonly kind: "retry"; readonly reason: string; readonly afterSeconds?: number }
  /** It may or may not have been recorded. */
  | { readonly kind: "unknown"; readonly reason: string }
  /** Only a person can tell. */
  | { readonly kind: "hold"; readonly reason: string }
  /** This step is done, and another has to follow. */
  | { readonly kind: "next"; readonly step: Step; readonly reason: string };
