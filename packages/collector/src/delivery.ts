import { setTimeout as delay } from "node:timers/promises";
import { afterRequest, type Breaker, closed, probing, roomOf, unprobed } from "./breaker.ts";
import { messageOf } from "./error.ts";
import type { CollectorEvent } from "./event.ts";
import type { AttemptEnd, Claim, Ledger } from "./ledger/ledger.ts";
import type { HttpResponse, Json, Network, Verdict } from "./network.ts";
import { retryAfterSeconds } from "./retry-after.ts";
import type { Sender, Sent } from "./send.ts";
import { type Outcome, type Retry, settlementFor } from "./settlement.ts";
import type { AttemptSpan, Tracing } from "./tracing.ts";

export interface DeliverySettings {
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly retry: Retry;
}

export interface Delivery {
  start(): void;
  /** Looks at once for what is due. */
  wake(): void;
  /** Delivers everything due now, started or not; resolves when nothing due is left, or the network is down. */
  flush(): Promise<void>;
  /** Takes nothing new and resolves when what is in hand has ended. */
  stop(): Promise<void>;
  /** The accounts that are noticed to be down. */
  down(): string[];
}

interface Parts {
  readonly ledger: Ledger;
  readonly networks: readonly Network[];
  readonly sender: Sender;
  readonly tracing: Tracing;
  readonly settings: DeliverySettings;
  readonly now: () => Date;
  readonly random: () => number;
  readonly emit: (event: CollectorEvent) => void;
}

/** Beyond the attempt's own deadline, for the ledger to write its end: only a dead process lets a claim run out. */
const LEASE_MARGIN_MS = 60_000;

/** How often the ledger is asked when nothing woke us: another process may have written to it. */
const POLL_MS = 1000;

/** Delivers postbacks: a lane for each network, so that one network's trouble never delays another's. */
export function createDelivery(parts: Parts): Delivery {
  const lanes = parts.networks.map((network) => createLane(network, parts));
  return {
    start: () => lanes.forEach((lane) => void lane.start()),
    wake: () => lanes.forEach((lane) => void lane.wake()),
    flush: async () => void (await Promise.all(lanes.map((lane) => lane.flush()))),
    stop: async () => void (await Promise.all(lanes.map((lane) => lane.stop()))),
    down: () => lanes.flatMap((lane) => lane.down()),
  };
}

function createLane(network: Network, parts: Parts): Delivery {
  const { ledger, settings, now, emit } = parts;
  const claiming = new Set<Promise<boolean>>();
  const inHand = new Set<Promise<void>>();
  let sending = 0;
  let running: Promise<void> | undefined;
  const stopping = new AbortController();
  let breaker: Breaker = closed;
  let signal = Promise.withResolvers<void>();

  /** Claims what is due, as far as there is room, and starts delivering it. Answers whether there may be more. */
  function takeDue(): Promise<boolean> {
    const claim = claimDue();
    claiming.add(claim);
    const end = () => void claiming.delete(claim);
    claim.then(end, end);
    return claim;
  }

  async function claimDue(): Promise<boolean> {
    const room = Math.min(settings.concurrency, roomOf(breaker, +now())) - sending;
    if (room <= 0 || stopping.signal.aborted) return false;
    breaker = probing(breaker);
    const isProbe = breaker.state === "probing";
    // Taken before the ledger is asked, and given back in one go after, so that nobody else can take the same room.
    sending += room;
    let claims: Claim[] = [];
    // A process that was stopped for long must not send what somebody else has taken over meanwhile.
    const isTooLate = stopwatch(now, LEASE_MARGIN_MS);
    try {
      claims = await ledger.claim(network.id, room, settings.timeoutMs + LEASE_MARGIN_MS);
    } finally {
      sending -= room - claims.length;
      if (claims.length === 0) breaker = unprobed(breaker, +now());
    }
    for (const claim of claims) {
      const ended = deliver(claim, network, parts, { isProbe, isTooLate, stopping: stopping.signal }, (outcome) => {
        sending -= 1;
        learn(claim, outcome);
        // The next is claimed while this one's end is written: the two share a commit.
        takeDue().catch(report);
      })
        .catch(report)
        .then(() => {
          inHand.delete(ended);
          wake();
        });
      inHand.add(ended);
    }
    return claims.length === room;
  }

  /** What the end of an attempt says of the network. */
  function learn(claim: Claim, outcome: Outcome): void {
    const before = breaker;
    if (claim.interrupted) breaker = unprobed(breaker, +now());
    else breaker = afterRequest(breaker, isAnswered(outcome), +now());
    if (before.state === "closed" && breaker.state === "open")
      emit({ type: "network-down", network: network.id, reason: reasonOf(outcome) });
    if (before.state === "closed" || breaker.state !== "closed") return;
    emit({ type: "network-up", network: network.id });
    // What the outage put off for hours need not wait so long; in doubt, it waits the settle time all the same.
    hasten().then(wake, report);
  }

  async function hasten(): Promise<void> {
    while ((await ledger.hasten(network.id, network.settleSeconds * 1000)) > 0 && !stopping.signal.aborted) wake();
  }

  function report(error: unknown): void {
    emit({ type: "ledger-failed", reason: messageOf(error) });
  }

  /** Wakes whoever waits for the signal. It is taken before looking, so that nothing is missed meanwhile. */
  function wake(): void {
    signal.resolve();
    signal = Promise.withResolvers();
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const woken = signal.promise;
      let wait = POLL_MS;
      try {
        if (!(await takeDue()) && sending < settings.concurrency && roomOf(breaker, +now()) > 0)
          wait = Math.min(wait, (await ledger.nextDue(network.id)) ?? wait);
      } catch (error) {
        report(error);
      }
      const timer = setTimeout(wake, wait).unref();
      await woken;
      clearTimeout(timer);
    }
  }

  async function flush(): Promise<void> {
    // Somebody asks for it now: whether the network is still down is found out at once.
    if (breaker.state === "open") breaker = { ...breaker, untilMs: Number.NEGATIVE_INFINITY };
    while (!stopping.signal.aborted) {
      const woken = signal.promise;
      await takeDue();
      // What is due may be on its way to somebody else here: to the loop of `start`, or to another flush.
      await Promise.allSettled(claiming);
      if (inHand.size > 0) await woken;
      else if (breaker.state === "open") return;
      else if ((await ledger.nextDue(network.id)) !== 0) return;
    }
  }

  return {
    start: () => {
      if (!stopping.signal.aborted) running ??= run();
    },
    wake,
    flush,
    async stop() {
      stopping.abort();
      wake();
      await running;
      await Promise.allSettled(claiming);
      await Promise.all(inHand);
    },
    down: () => (breaker.state === "closed" ? [] : [network.id]),
  };
}

function reasonOf(outcome: Outcome): string {
  return (outcome.kind === "answered" ? outcome.verdict.reason : outcome.reason) ?? "no answer";
}

/** Says whether so much time has passed since: by the clock the ledger may go by, or by one that nobody sets. */
function stopwatch(now: () => Date, ms: number): () => boolean {
  const [clock, running] = [+now(), performance.now()];
  return () => +now() - clock > ms || performance.now() - running > ms;
}

/** Whether the network said anything to the point. */
function isAnswered(outcome: Outcome): boolean {
  return outcome.kind === "answered" && outcome.verdict.kind !== "retry" && outcome.verdict.kind !== "unknown";
}

interface Circumstances {
  /** Whether the breaker is open, and this one finds out whether it may close. */
  readonly isProbe: boolean;
  /** Whether the claim is too old to send under. */
  readonly isTooLate: () => boolean;
  readonly stopping: AbortSignal;
}

/** One attempt: sends the claimed step, and writes what became of it. */
async function deliver(
  claim: Claim,
  network: Network,
  parts: Parts,
  { isProbe, isTooLate, stopping }: Circumstances,
  onAnswer: (outcome: Outcome) => void,
): Promise<void> {
  const { ledger, settings, random, emit } = parts;
  const { outcome, attempt } = claim.interrupted ? interrupted() : await attemptOf(claim, network, isTooLate, parts);
  onAnswer(outcome);
  // An outage costs no postback its tries, or it would wait for hours once the network is back.
  const end = { ...attempt, isProbe: isProbe && !isAnswered(outcome) };
  const settlement = settlementFor(
    outcome,
    { postback: claim, tries: claim.tries, ageMs: claim.ageMs },
    network.settleSeconds,
    settings.retry,
    random,
  );
  // Written before it is told. A claim that was lost meanwhile belongs to somebody else, who tells.
  if (!(await insistently(() => ledger.settle(claim, settlement, end), stopping, emit))) return;
  const { status, durationMs } = attempt;
  const { reason } = settlement;
  const told = {
    network: network.id,
    number: claim.number,
    postback: claim.id,
    attempts: claim.tries + 1,
    outcome: attempt.outcome,
    status,
    durationMs,
    lagMs: claim.ageMs + (durationMs ?? 0),
    reason,
  };
  if (settlement.state === "pending") emit({ type: "postponed", waitMs: settlement.waitMs, ...told });
  else if (settlement.state === "delivered") emit({ type: "delivered", remoteId: settlement.remoteId, ...told });
  else emit({ type: settlement.state, ...told });
}

/**
 * Tries again while the ledger cannot be written, for as long as the claim lasts: an answer that is not written leaves
 * doubt behind. `stopping` ends it.
 */
async function insistently<Value>(
  write: () => Promise<Value>,
  stopping: AbortSignal,
  emit: Parts["emit"],
): Promise<Value> {
  const until = performance.now() + LEASE_MARGIN_MS;
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (stopping.aborted || performance.now() > until) throw error;
      emit({ type: "ledger-failed", reason: messageOf(error) });
      await delay(POLL_MS, undefined, { signal: stopping }).catch(() => {});
    }
  }
}

interface Ended {
  readonly outcome: Outcome;
  readonly attempt: AttemptEnd;
}

/** A process died, or lost its ledger, between sending and writing the end. */
function interrupted(): Ended {
  const reason = "the claim ran out: the process that sent it never wrote how it ended";
  return { outcome: { kind: "unknown", reason }, attempt: { outcome: "unknown", reason } };
}

async function attemptOf(claim: Claim, network: Network, isTooLate: () => boolean, parts: Parts): Promise<Ended> {
  const span = parts.tracing.attempt({ network: network.id, number: claim.number, postback: claim.id });
  const ended = await exchanged(claim, network, isTooLate, span, parts);
  span.end(ended.attempt);
  return ended;
}

async function exchanged(
  { step }: Claim,
  network: Network,
  isTooLate: () => boolean,
  span: AttemptSpan,
  { sender, now }: Parts,
): Promise<Ended> {
  const startedAt = performance.now();
  const sent = await sentFor(step, network, isTooLate, span, sender);
  const durationMs = Math.round(performance.now() - startedAt);
  if (sent.kind !== "answered") {
    const { kind, reason } = sent;
    return {
      outcome: { kind, reason },
      attempt: { outcome: kind, reason, durationMs, status: kind === "unknown" ? sent.status : undefined },
    };
  }
  const { status, headers } = sent.response;
  const verdict = verdictOf(sent.response, step, network);
  return {
    outcome: { kind: "answered", verdict, retryAfterSeconds: retryAfterSeconds(headers["retry-after"], now()) },
    attempt: { outcome: verdict.kind, reason: verdict.reason, durationMs, status },
  };
}

// A network's file never throws for what it let pass. One that does all the same must not stop the lane.

async function sentFor(
  step: Json,
  network: Network,
  isTooLate: () => boolean,
  span: AttemptSpan,
  sender: Sender,
): Promise<Sent> {
  try {
    const request = network.request(step);
    return await span.around(request, () => sender.send(request, isTooLate));
  } catch {
    return { kind: "not-sent", reason: `${network.id} could not make a request of this step` };
  }
}

function verdictOf(response: HttpResponse, step: Json, network: Network): Verdict {
  try {
    return network.verdict(response, step);
  } catch {
    return { kind: "unknown", reason: `${network.id} could not read the answer` };
  }
}
