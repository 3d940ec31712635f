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
  const inHand = new Set<Promise<void>>();
  let running: Promise<void> | undefined;
  let stopped = false;
  let wake = (): void => {};

  /** Claims what is due, as far as there is room, and starts delivering it. */
  async function takeDue(): Promise<number> {
    const room = settings.concurrency - inHand.size;
    if (room <= 0) return 0;
    const claims = await ledger.claim(network.id, room, settings.timeoutMs + LEASE_MARGIN_MS);
    for (const claim of claims) {
      const delivering = deliver(claim, network, parts).catch(report);
      inHand.add(delivering);
      void delivering.then(() => {
        inHand.delete(delivering);
        wake();
      });
    }
    return claims.length;
  }

  function report(error: unknown): void {
    emit({ type: "ledger-failed", reason: error instanceof Error ? error.message : String(error) });
  }

  async function run(): Promise<void> {
    while (!stopped) {
      // Made before looking, so that a call to wake while we look is not missed.
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      let wait = POLL_MS;
      try {
        await takeDue();
        if (inHand.size < settings.concurrency) wait = Math.min(wait, (await ledger.nextDue(network.id)) ?? wait);
      } catch (error) {
        report(error);
      }
      const timer = setTimeout(wake, wait).unref();
      await woken;
      clearTimeout(timer);
    }
  }

  async function flush(): Promise<void> {
    do {
      await takeDue();
      if (inHand.size > 0) await Promise.race(inHand);
    } while (inHand.size > 0 || (await ledger.nextDue(network.id)) === 0);
  }

  return {
    start: () => {
      if (!stopped) running ??= run();
    },
    wake: () => wake(),
    flush,
    async stop() {
      stopped = true;
      wake();
      await running;
      await Promise.all(inHand);
    },
  };
}

/** One attempt: sends the claimed step, and writes what became of it. */
async function deliver(claim: Claim, network: Network, parts: Parts): Promise<void> {
  const { ledger, settings, random, emit } = parts;
  const { outcome, attempt } = claim.interrupted ? interrupted() : await attemptOf(claim, network, parts);
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

interface Tried {
  readonly outcome: Outcome;
  readonly attempt: AttemptEnd;
}

/** A process died, or lost its ledger, between sending and writing the end. */
function interrupted(): Tried {
  const reason = "the claim ran out: the process that sent it never wrote how it ended";
  return { outcome: { kind: "unknown", reason }, attempt: { outcome: "unknown", reason } };
}

async function attemptOf({ step }: Claim, network: Network, { sender, now }: Parts): Promise<Tried> {
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
