import type { Lead } from "../lead.ts";
import type { Money } from "../money.ts";
import type { HttpRequest, HttpResponse, LineDecision, Postback, Status } from "../network.ts";
import type { Order, PlacedOrder } from "../order.ts";

/**
 * What a network is held to: literals, written out from the network's own pages and never computed by the code they
 * are to prove.
 */
export interface NetworkFixtures {
  /** The tokens the account was made with. */
  readonly secrets: readonly string[];
  /** Click ids the network makes, and texts that are none. The first good one is every story's, unless it names its own. */
  readonly clickIds: { readonly good: readonly string[]; readonly bad: readonly string[] };
  readonly stories: readonly Story[];
  /** For a network that takes leads. */
  readonly leads?: readonly { readonly name: string; readonly lead: Lead; readonly tells: readonly Telling[] }[];
  /** How amounts are read back from the requests that report an order: then no order's may be a minor unit off. */
  readonly amount?: {
    /** In minor units. */
    told(requests: readonly HttpRequest[], order: PlacedOrder): number;
    wanted(order: PlacedOrder): number;
  };
  /** A network's server, as a function with a memory: then faults are played against it, and nothing may be lost or doubled. */
  readonly standIn?: () => StandIn;
}

/** What an order goes through: each chapter is told what the ones before have told. */
export interface Story {
  readonly name: string;
  readonly click?: string;
  /** The id the network gave for what was created, where it is known by the second chapter. */
  readonly remoteId?: string;
  readonly chapters: readonly Chapter[];
}

/** How the order stands now. What is left out stands as in the chapter before. */
export interface Chapter {
  readonly name: string;
  readonly order?: Order;
  readonly status?: Status;
  readonly lines?: Readonly<Record<string, LineDecision>>;
  readonly amount?: Money;
  /** Why the account cannot take it so. */
  readonly refusal?: string;
  /** Every postback that tells it, in their order. */
  readonly tells: readonly Telling[];
}

export interface Telling extends Exchange {
  readonly kind: Postback["kind"];
  readonly line?: string;
  /** What follows where nobody knows how it ended. */
  readonly ifUnknown: "repeat" | "hold" | Exchange;
}

/** One request, and what answers to it mean. */
export interface Exchange {
  readonly request: HttpRequest;
  /** Whether the request only asks, and nothing can be recorded by it. */
  readonly isLookUp?: boolean;
  readonly answers?: readonly Answer[];
}

export interface Answer extends Pick<HttpResponse, "status" | "body"> {
  readonly headers?: HttpResponse["headers"];
  readonly verdict: ExpectedVerdict;
}

/** A verdict, of which what is given is compared. */
export type ExpectedVerdict =
  | { readonly kind: "accepted"; readonly remoteId?: string; readonly reason?: string }
  | { readonly kind: "refused" | "unknown" | "hold"; readonly reason?: string }
  | { readonly kind: "retry"; readonly reason?: string; readonly afterSeconds?: number }
  /** Another request follows. */
  | { readonly kind: "next"; readonly reason?: string; readonly next: Exchange };

export interface StandIn {
  /** Acts on the request, and answers as the network does. */
  answer(request: HttpRequest): { readonly status: number; readonly body: string };
  /** How many conversions the network has by now. */
  recorded(): number;
}
