import { messageOf } from "./error.ts";
import type { CollectorEvent } from "./event.ts";
import type { AttemptEnd, Claim, Ledger } from "./ledger/ledger.ts";
import type { HttpResponse, Json, Network, Verdict } from "./network.ts";
import { retryAfterSeconds } from "./retry-after.ts";
import type { Sender, Sent } from "./send.ts";
import { type Outcome, type Retry, settlementFor } from "./settlement.ts";

export interface DeliverySettings {
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly retry: Retry;
}

export interface Delivery {
  start(): void;
  /** Looks at once for what is due. */
  wake(): void;
  /** Delivers everything due now, started or not; resolves when nothing due is left. */
  flush(): Promise<void>;
  /** Takes nothing new and resolves when what is in hand has ended. */
  stop(): Promise<void>;
}

interface Parts {
  readonly ledger: Ledger;
  readonly networks: readonly Network[];
  readonly sender: Sender;
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
  };
}

function createLane(network: Network, parts: Parts): Delivery {
  const { ledger, settings, emit } = parts;
  const claiming = new Set<Promise<boolean>>();
  const inHand = new Set<Promise<void>>();
  let sending = 0;
  let running: Promise<void> | undefined;
  let stopped = false;
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
    const room = settings.concurrency - sending;
    if (room <= 0 || stopped) return false;
    // Taken before the ledger is asked, and given back in one go after, so that nobody else can take the same room.
    sending += room;
    let claims: Claim[] = [];
    try {
      claims = await ledger.claim(network.id, room, settings.timeoutMs + LEASE_MARGIN_MS);
    } finally {
      sending -= room - claims.length;
    }
    for (const claim of claims) {
      const ended = deliver(claim, network, parts, () => {
        sending -= 1;
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

  function report(error: unknown): void {
    emit({ type: "ledger-failed", reason: messageOf(error) });
  }

  /** Wakes whoever waits for the signal. It is taken before looking, so that nothing is missed meanwhile. */
  function wake(): void {
    signal.resolve();
    signal = Promise.withResolvers();
  }

  async function run(): Promise<void> {
    while (!stopped) {
      const woken = signal.promise;
      let wait = POLL_MS;
      try {
        if (!(await takeDue()) && sending < settings.concurrency)
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
    while (!stopped) {
      const woken = signal.promise;
      await takeDue();
      // What is due may be on its way to somebody else here: to the loop of `start`, or to another flush.
      await Promise.allSettled(claiming);
      if (inHand.size > 0) await woken;
      else if ((await ledger.nextDue(network.id)) !== 0) return;
    }
  }

  return {
    start: () => {
      if (!stopped) running ??= run();
    },
    wake,
    flush,
    async stop() {
      stopped = true;
      wake();
      await running;
      await Promise.allSettled(claiming);
      await Promise.all(inHand);
    },
  };
}

/** One attempt: sends the claimed step, and writes what became of it. */
async function deliver(claim: Claim, network: Network, parts: Parts, onAnswer: () => void): Promise<void> {
  const { ledger, settings, random, emit } = parts;
  const { outcome, attempt } = claim.interrupted ? interrupted() : await attemptOf(claim, network, parts);
  onAnswer();
  const settlement = settlementFor(
    outcome,
    { postback: claim, tries: claim.tries, ageMs: claim.ageMs },
    network.settleSeconds,
    settings.retry,
    random,
  );
  // Written before it is told. A claim that was lost meanwhile belongs to somebody else, who tells.
  if (!(await ledger.settle(claim, settlement, attempt))) return;
  const { status } = attempt;
  const { reason } = settlement;
  const told = {
    network: network.id,
    number: claim.number,
    postback: claim.id,
    attempts: claim.tries + 1,
    status,
    reason,
  };
  if (settlement.state === "pending") emit({ type: "postponed", waitMs: settlement.waitMs, ...told });
  else if (settlement.state === "delivered") emit({ type: "delivered", remoteId: settlement.remoteId, ...told });
  else emit({ type: settlement.state, ...told });
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

async function attemptOf({ step }: Claim, network: Network, { sender, now }: Parts): Promise<Ended> {
  const startedAt = performance.now();
  const sent = await sentFor(step, network, sender);
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

async function sentFor(step: Json, network: Network, sender: Sender): Promise<Sent> {
  try {
    return await sender.send(network.request(step));
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
