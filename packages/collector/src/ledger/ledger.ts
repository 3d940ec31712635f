import type { Click } from "@cashtrail/client/landing";
import type { PlacedLead } from "../lead.ts";
import type { Money } from "../money.ts";
import type { Json, LineDecision, Postback, Status } from "../network.ts";
import type { PlacedOrder } from "../order.ts";
import type { Settlement } from "../settlement.ts";
import type { ATTEMPT_OUTCOMES, DECISIONS, POSTBACK_STATES, WAITING_STATES } from "../states.ts";

/**
 * Where clicks, orders, postbacks and attempts are kept. It decides nothing: rules are in `crediting.ts`, `changes.ts`
 * and `settlement.ts`. Its own clock decides what is due, so durations are given, never times.
 *
 * Each call is atomic, and one that resolved is durable: it survives a crash and a power cut. Calls may run at the
 * same time, from several processes.
 *
 * It keeps the order of a conversion's postbacks: one waits, and is not claimed, while one that was added before it is
 * pending or held, or is a create or lead that failed. Once it need wait no more, it is due, and its age begins. Postbacks of two different lines do not wait for one another.
 */
export interface Ledger {
  /**
   * Writes an order or lead with all its postbacks, or nothing. A number that was credited before stays as it was, and
   * the answer is the first one; a number that was not may be credited now.
   *
   * With `transaction`, it is written by that client of the store's own database, in the transaction it is in.
   */
  record(entry: Entry, transaction?: Transaction): Promise<Written>;
  /** Writes as much as an order takes, in a place of its own: resolves where an order that came now would be kept. */
  probe(): Promise<void>;
  /** Adds clicks to the history. One that is there already keeps its first time and its first consent. */
  remember(clicks: readonly Click[]): Promise<void>;
  /**
   * Takes up to `limit` due postbacks of a network and gives each an open attempt, so that nobody else takes them for
   * `leaseMs`. Steps that leave room for it have what is `Known` by then. A claim that ran out comes back `interrupted`: what became of its attempt, nobody knows.
   */
  claim(network: string, limit: number, leaseMs: number): Promise<Claim[]>;
  /** Closes the attempt and writes what becomes of the postback. Answers false, writing nothing, if the claim was lost. */
  settle(claim: Pick<Claim, "id" | "token">, settlement: Settlement, attempt: AttemptEnd): Promise<boolean>;
  /** Milliseconds until a postback of the network is due, 0 if one is, undefined if none waits. */
  nextDue(network: string): Promise<number | undefined>;
  /**
   * Lets no pending postback of the network wait longer than this from now, some thousands at once: answers how many
   * were brought forward, and there may be more until that is none.
   */
  hasten(network: string, waitMs: number): Promise<number>;
  /**
   * Changes conversions of one order, all of them or none. Answers false, writing nothing, where one was changed since
   * it was read, or a postback to cancel may have left.
   */
  amend(amendments: readonly Amendment[]): Promise<boolean>;
  /**
   * Writes what a person makes of postbacks, each only where it is still in the state it was read in, and answers which
   * were written. A postback that becomes pending begins anew: its tries and its age are counted from now.
   */
  decide(decisions: readonly PostbackDecision[], by: Decision): Promise<string[]>;
  /** Postbacks in the order they were added, up to `limit` after the one whose serial is given. */
  postbacks(filter: PostbackFilter, after: number, limit: number): Promise<ListedPostback[]>;
  /**
   * Conversions, the newest first: the one that came to the ledger last. By time, one may be left out that was reported
   * while the clock was wrong by more than a day.
   */
  find(filter: Filter): Promise<ConversionRecord[]>;
  /** Orders and leads that nobody was credited for: how many, and the newest. */
  uncredited(limit: number): Promise<Uncredited>;
  /**
   * Why nobody is credited for an order of this number, or a lead of this reference; undefined where none was reported,
   * or somebody is credited.
   */
  uncreditedReason(number: string): Promise<string | undefined>;
  /** What waits, by network. Networks for which nothing waits are left out. */
  waiting(): Promise<Waiting[]>;
  /** What happened since, in sums by day, account and kind: from the beginning of that day, in UTC. */
  tallies(since: Date): Promise<Tally[]>;
  /** Sums up to `limit` of the counts that were added one by one, and answers how many there were. */
  fold(limit: number): Promise<number>;
  /**
   * Erases up to `limit` clicks and as many conversions, the oldest first, that are older than this, and answers how
   * many. What was summed up of a day goes with its conversions. What is not delivered is never erased: a conversion stays while a postback of it is pending, held or failed.
   */
  erase(olderThan: { clicksMs: number; conversionsMs: number }, limit: number): Promise<number>;
  /**
   * Erases what was bought and by which click, of an order or a lead: what is left is its number, so that it is never
   * reported again, and that it was. Postbacks that were not delivered are cancelled. Of one that nobody was credited
   * for, nothing is left. Answers false where there is none.
   */
  forget(number: string, decision: Decision): Promise<boolean>;
  close(): Promise<void>;
}

/** What is reported: an order, or a lead. A number may be of one each. */
export type Subject =
  | { readonly order: PlacedOrder; readonly lead?: undefined }
  | { readonly lead: PlacedLead; readonly order?: undefined };

export type Entry = Subject & {
  readonly conversions: readonly {
    readonly network: string;
    readonly click: Click;
    readonly postbacks: readonly Postback[];
  }[];
  /** Why nobody is credited, where there are no conversions. */
  readonly reason?: string | undefined;
};

/** A client of the store's database that is inside a transaction: a `pg` client, or anything that queries as it does. */
export interface Transaction {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[] }>;
}

export interface Recorded {
  /** The accounts the order is credited to. */
  credited: string[];
  reason?: string;
  /** Whether the number had been credited before, so that nothing was written now. */
  repeated: boolean;
  /** Where it is repeated and the order is another than the one that stands: that one stays. */
  differs?: true;
}

export interface Written extends Recorded {
  /** Whether it had been reported before, credited to nobody. */
  again?: true;
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
  /** Sent to find out whether the network is back, and it was not: the postback is charged no try for it. */
  readonly isProbe?: boolean | undefined;
  readonly durationMs?: number | undefined;
  readonly status?: number | undefined;
  readonly reason?: string | undefined;
}

export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

/** What becomes of a conversion of an order. */
export interface Amendment {
  readonly number: string;
  readonly network: string;
  /** As it was read: a conversion that has another one by now was changed meanwhile. */
  readonly revision: number;
  readonly order: PlacedOrder;
  readonly status: Status;
  readonly lines: Readonly<Record<string, LineDecision>>;
  readonly amount?: Money | undefined;
  /** Added after those there are. One whose id a cancelled one has takes that one's place. */
  readonly postbacks: readonly Postback[];
  /**
   * Postbacks that become cancelled: pending ones and failed ones of which every attempt ended in `retry`, `not-sent` or
   * `refused`, and failed ones that a person settled so.
   */
  readonly cancel: readonly string[];
  readonly decision: Decision;
}

/** Who decided what, in the story of a conversion. */
export interface Decision {
  readonly what: (typeof DECISIONS)[number];
  /** Who decided. */
  readonly by: string;
  readonly reason?: string | undefined;
}

export interface PostbackDecision {
  readonly id: string;
  /** The state it was read in. */
  readonly from: PostbackState;
  readonly settlement: Settlement | { readonly state: "cancelled"; readonly reason: string };
}

export interface PostbackFilter {
  readonly number?: string | undefined;
  readonly network?: string | undefined;
  readonly state?: PostbackState | undefined;
  readonly id?: string | undefined;
  /** Of conversions reported at or after this time. */
  readonly since?: Date | undefined;
  /** Of conversions reported before this time. */
  readonly until?: Date | undefined;
}

export interface ListedPostback extends Pick<Postback, "id" | "kind" | "line" | "step" | "ifUnknown"> {
  readonly serial: number;
  readonly number: string;
  readonly network: string;
  readonly state: PostbackState;
  readonly reason?: string | undefined;
  /** Whether a later one of its line says otherwise and was not refused, so that sending this again would undo it. */
  readonly superseded: boolean;
}

export interface Filter {
  number?: string | undefined;
  /** A click id. */
  click?: string | undefined;
  network?: string | undefined;
  /** Conversions with a postback in this state. */
  state?: PostbackState | undefined;
  status?: Status | undefined;
  /** Reported at or after this time. */
  since?: Date | undefined;
  /** Reported before this time. */
  until?: Date | undefined;
  /** Those older than the one of this serial. */
  before?: number | undefined;
  /** At most this many; 100 by default. */
  limit?: number | undefined;
}

export type PostbackState = (typeof POSTBACK_STATES)[number];

export interface ConversionRecord {
  /** Where it stands among all: the newest one has the highest. */
  serial: number;
  /** The order's number, or the lead's reference. */
  number: string;
  /** The account: `retrack`, `shopback:MY`. */
  network: string;
  click: Click;
  status: Status;
  /** As the store told it last. Of a lead, there is none. */
  order?: PlacedOrder;
  /** Of an order, there is none. */
  lead?: PlacedLead;
  /** What is decided of its lines, by SKU. */
  lines: Record<string, LineDecision>;
  /** What was approved in all, where the store said so. */
  amount?: Money;
  /** How often it was changed. */
  revision: number;
  reportedAt: Date;
  postbacks: PostbackRecord[];
  /** What was decided after it was reported, the first one first. */
  decisions: DecisionRecord[];
}

export interface PostbackRecord {
  id: string;
  kind: Postback["kind"];
  /** The SKU it is about, where the network is told of each line apart. */
  line?: string;
  /** Waits; the network has it; nobody can know and a person must decide; the network said no or it was given up; withdrawn before it left. */
  state: PostbackState;
  /** What is sent next, or was sent last. */
  step: Json;
  /** When it is tried next, or when its claim runs out. A pending one without it waits for one before it. */
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

export interface DecisionRecord {
  at: Date;
  what: Decision["what"];
  /** What the postback became, where it is about one. */
  state?: PostbackState;
  by: string;
  reason?: string;
  /** The postback it is about, where it is about one. */
  postback?: string;
}

export interface Uncredited {
  /** Up to 10,000. */
  count: number;
  /** Whether there are more than are counted. */
  more?: true;
  newest: { number: string; reportedAt: Date; reason: string }[];
}

/** How often something happened on one day, for one account. */
export interface Tally {
  /** In UTC: `2026-11-22`. */
  day: string;
  /** The account; of clicks, the click's network. Empty for what was reported and credited to nobody then. */
  network: string;
  what: TallyKind;
  count: number;
  /** Of what was delivered: the seconds until then from when each was recorded, summed. */
  seconds?: number;
}

/**
 * Clicks that were new to the history; orders and leads, once each, for the first account they were credited to;
 * conversions; postbacks, each time that they became it; conversions, each time that their status became it.
 */
export type TallyKind = "click" | "reported" | "credited" | "delivered" | "held" | "failed" | "approved" | "rejected";

export interface Waiting {
  /** The account. */
  network: string;
  pending: number;
  held: number;
  failed: number;
  /**
   * How long ago the first one of each was recorded, in milliseconds; of none, it is left out. A pending one counts
   * that waits for no other: what waits behind a held or failed one is as old as that.
   */
  oldest: { [State in (typeof WAITING_STATES)[number]]?: number };
}
