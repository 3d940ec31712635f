import type { Journal } from "./journal.ts";
import type { Ledger } from "./ledger/ledger.ts";
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
}

/** Finds out whether orders may come. Whoever asks while somebody else does shares the answer. */
export function createReadiness({ ledger, journal, phase }: Parts): () => Promise<Readiness> {
  let asking: Promise<Readiness> | undefined;

  async function ask(): Promise<Readiness> {
    if (await succeeds(withTimeout(ledger.probe()))) return { isReady: true, orders: "ledger" };
    if (await succeeds(withTimeout(journal.probe()))) return { isReady: true, orders: "journal" };
    return { isReady: false, reason: "neither the ledger nor the journal can be written" };
  }

  return async () => {
    const reason = phase();
    if (reason !== "started") return { isReady: false, reason };
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  };
}

function succeeds(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => true,
    () => false,
  );
}
