import type { Journal } from "./journal.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { sharedAnswer } from "./shared-answer.ts";
import { withTimeout } from "./timeout.ts";

export type Phase = "not started" | "started" | "stopping";

/** Where an order that came now would be kept, or why it would not be. */
export type Readiness =
  | { readonly isReady: true; readonly orders: "ledger" | "journal" }
  | { readonly isReady: false; readonly reason: string };

interface Parts {
  readonly ledger: Pick<Ledger, "probe">;
  readonly journal: Pick<Journal, "probe">;
  readonly phase: () => Phase;
  readonly now: () => Date;
}

const KEPT_MS = 1000;

/** Finds out whether orders may come, once a second at most. */
export function createReadiness({ ledger, journal, phase, now }: Parts): () => Promise<Readiness> {
  async function ask(): Promise<Readiness> {
    if (await succeeds(withTimeout(ledger.probe()))) return { isReady: true, orders: "ledger" };
    if (await succeeds(withTimeout(journal.probe()))) return { isReady: true, orders: "journal" };
    return { isReady: false, reason: "neither the ledger nor the journal can be written" };
  }

  // Whoever asks in a loop must not keep the disk busy.
  const answer = sharedAnswer(KEPT_MS, now, ask);
  return async () => {
    const reason = phase();
    return reason === "started" ? answer.get() : { isReady: false, reason };
  };
}

function succeeds(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => true,
    () => false,
  );
}
