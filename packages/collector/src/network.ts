import type { Click, Landing } from "@cashtrail/client/landing";
import type { PlacedLead } from "./lead.ts";
import type { Money } from "./money.ts";
import type { PlacedOrder } from "./order.ts";
import type { POSTBACK_KINDS, STATUSES } from "./states.ts";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** What the network decides one day, told by the store: `pending` until then. */
export type Status = (typeof STATUSES)[number];

/** What is decided of one line. Its final amount, where that is not what the order says. */
export interface LineDecision {
  readonly status: "approved" | "rejected";
  readonly amount?: Money | undefined;
}

/** An order credited to a click on one network account, as it stands now. */
export interface Conversion {
  /** As the store told it last, its rejected lines included. */
  readonly order: PlacedOrder;
  readonly click: Click;
  readonly status: Status;
  /** What is decided so far, by SKU. */
  readonly lines: Readonly<Record<string, LineDecision>>;
  /** What is approved in all, where that is not the sum of what is left of the order. */
  readonly amount?: Money | undefined;
  /** Whether a person insists: then what was told with another amount is told again. */
  readonly insisted?: boolean | undefined;
  /** The postbacks there are already and that were not cancelled, the first one first. */
  readonly told: readonly Told[];
}

export type Told = Pick<Postback, "id" | "kind" | "line" | "step">;

/**
 * What only the ledger knows, and only when a step is sent. It is filled into a step that leaves room for it: one with
 * `remoteId: null`, or with an `isClickShared` of any value.
 */
export interface Known {
  /** The network's own id for what was created, once it has given one. */
  readonly remoteId: string | null;
  /** Whether another order that the network may have has the same click, of those whose doubt asks for it too. */
  readonly isClickShared: boolean;
}

/**
 * One network account: data in, data out, and no I/O, so that a table of literals tests it whole.
 *
 * Every method answers the same to the same arguments, and none throws for a conversion that `refusal` let pass or for
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
  /** Why the network is told nothing of some changes, for whoever wonders. */
  readonly untold: Readonly<Partial<Record<"update" | "approve" | "reject", string>>>;
  /** Why this account cannot take the conversion as it stands now, or undefined where it can. */
  refusal(conversion: Conversion): string | undefined;
  /** The postbacks that tell the network what it was not told yet: none where it knows, or need not know. */
  postbacks(conversion: Conversion): Postback<Step>[];
  /** The postbacks that report a lead. Without it, the network takes none. */
  leadPostbacks?(lead: PlacedLead, click: Click): Postback<Step>[];
  /** One step as an HTTP request, credentials added. Called anew for each attempt. */
  request(step: Step): HttpRequest;
  /** What the network's answer to a step means. */
  verdict(response: HttpResponse, step: Step): Verdict<Step>;
}

/** One server-to-server report of a conversion. `id` is unique in the ledger, and the same for the same report. */
export interface Postback<Step extends Json = Json> {
  readonly id: string;
  /** What it tells. Everything else waits until the network has what was created. */
  readonly kind: (typeof POSTBACK_KINDS)[number];
  /** The SKU it is about, where the network is told of each line apart. Postbacks of different lines do not wait for one another. */
  readonly line?: string | undefined;
  /** May leave room for what is `Known` when it is sent. */
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
