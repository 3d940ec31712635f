import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Ledger } from "./ledger/ledger.ts";
import { withTimeout } from "./signals-timeout.ts";

export type Phase = "not started" | "started" | "stopping";

/** Where an order that came now would be kept, or why it would not be. */
export type Readiness =
  | { readonly isReady: true; readonly orders: "ledger" | "journal" }
  | { readonly isReady: false; readonly reason: string };

interface Parts {
  readonly ledger: Pick<Ledger, "remember">;
  /** The journal's folder. */
  readonly journal: string;
  readonly phase: () => Phase;
}

/** Finds out whether orders may come. Whoever asks while somebody else does shares the answer. */
export function createReadiness({ ledger, journal, phase }: Parts): () => Promise<Readiness> {
  let asking: Promise<Readiness> | undefined;

  async function ask(): Promise<Readiness> {
    // A transaction that writes, of nothing: a file that is read-only or locked refuses it, and a database in recovery.
    if (await succeeds(withTimeout(ledger.remember([])))) return { isReady: true, orders: "ledger" };
    if (await succeeds(withTimeout(touch(journal)))) return { isReady: true, orders: "journal" };
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

/** Makes a file and removes it. Named so that the journal removes what a killed process leaves. */
async function touch(folder: string): Promise<void> {
  const file = join(folder, `ready-${randomBytes(8).toString("hex")}.tmp`);
  await writeFile(file, "", { flag: "wx", mode: 0o600 });
  await rm(file, { force: true });
}
