import type { Click } from "@cashtrail/client/landing";
import type { Json, Postback } from "../network.ts";
import type { PlacedOrder } from "../order.ts";
import type { Settlement } from "../settlement.ts";

/**
 * Where clicks, orders, postbacks and attempts are kept. It decides nothing: rules are in `crediting.ts` and
 * `settlement.ts`. Its own clock decides what is due, so durations are given, never times.
 *
 * Each call is atomic, and one that resolved is durable: it survives a crash and a power cut. Calls may run at the
 * same time, from several processes.
 */
export interface Ledger {
  /**
   * Writes an order with all its postbacks, or nothing. A number that was credited before stays as it was, and the
   * answer is the first one; a number that was not may be credited now.
   */
  record(entry: OrderEntry): Promise<Recorded>;
  /** Adds clicks to the history. One that is there already keeps its first time. */
  remember(clicks: readonly Click[]): Promise<void>;
  /**
   * Takes up to `limit` due postbacks of a network and gives each an open attempt, so that nobody else takes them for
   * `leaseMs`. A claim that ran out comes back `interrupted`: what became of its attempt, nobody knows.
   */
  claim(network: string, limit: number, leaseMs: number): Promise<Claim[]>;
  /** Closes the attempt and writes what becomes of the postback. Answers false, writing nothing, if the claim was lost. */
  settle(claim: Pick<Claim, "id" | "token">, settlement: Settlement, attempt: AttemptEnd): Promise<boolean>;
  /** Milliseconds until a postback of the network is due, 0 if one is, undefined if none waits. */
  nextDue(network: string): Promise<number | undefined>;
  /** Conversions, the newest first. */
  find(filter: Filter): Promise<ConversionRecord[]>;
  /** Orders that nobody was credited for: how many, and the newest. */
  uncredited(limit: number): Promise<Uncredited>;
  close(): Promise<void>;
}

export interface OrderEntry {
  readonly order: PlacedOrder;
  readonly conversions: readonly {
    readonly network: string;
    readonly click: Click;
    readonly postbacks: readonly Postback[];
  }[];
  /** Why nobody is credited, where there are no conversions. */
  readonly reason?: string | undefined;
}

export interface Recorded {
  /** The accounts the order is credited to. */
  credited: string[];
  reason?: string;
  /** Whether the number had been credited before, so that nothing was written now. */
  repeated: boolean;
}

export interface Claim extends Pick<Postback, "id" | "step" | "ifUnknown"> {
  readonly token: string;
  readonly number: string;
  readonly interrupted: boolean;
  readonly tries: number;
  readonly ageMs: number;
}

export interface AttemptEnd {
  readonly outcome: AttemptOutcome;
  readonly durationMs?: number | undefined;
  readonly status?: number | undefined;
  readonly reason?: string | undefined;
}

export type AttemptOutcome = "accepted" | "refused" | "retry" | "unknown" | "hold" | "next" | "not-sent";

export interface Filter {
  number?: string | undefined;
  network?: string | undefined;
  /** Conversions with a postback in this state. */
  state?: PostbackState | undefined;
  /** At most this many; 100 by default. */
  limit?: number | undefined;
}

export type PostbackState = "pending" | "delivered" | "held" | "failed";

export interface ConversionRecord {
  number: string;
  /** The account: `retrack`, `shopback:MY`. */
  network: string;
  click: Click;
  status: "pending" | "approved" | "rejected";
  order: PlacedOrder;
  reportedAt: Date;
  postbacks: PostbackRecord[];
}

export interface PostbackRecord {
  id: string;
  /** Waits; the network has it; nobody can know and a person must decide; the network said no or it was given up. */
  state: PostbackState;
  /** What is sent next, or was sent last. */
  step: Json;
  /** When it is tried next, or when its claim runs out. */
  dueAt?: Date;
  /** The network's own id for it. */
  remoteId?: string;
  /** Why it is in its state, in the network's words where it gave any. */
  reason?: string;
  attempts: AttemptRecord[];
}

export interface AttemptRecord {
  at: Date;
  /** `sending` until its end is known. */
  outcome: AttemptOutcome | "sending";
  durationMs?: number;
  /** The HTTP status, where one came. */
  status?: number;
  reason?: string;
}

export interface Uncredited {
  count: number;
  newest: { number: string; reportedAt: Date; reason: string }[];
}
