import type { Click } from "@cashtrail/client/landing";
import type { Ledger } from "./ledger/ledger.ts";

/** More clicks than this do not wait for the ledger: the cookie has each all the same. */
const MOST_WAITING = 10_000;

export interface History {
  /** Writes clicks to the ledger in the background: a shopper's page never waits for a disk. */
  add(clicks: readonly Click[]): void;
  /** Resolves once nothing waits to be written. */
  written(): Promise<void>;
}

export function createHistory(ledger: Ledger, onFailure: (error: unknown) => void): History {
  let waiting: Click[] = [];
  let writing: Promise<void> | undefined;

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const clicks = waiting;
      waiting = [];
      await ledger.remember(clicks).catch(onFailure);
    }
    writing = undefined;
  }

  return {
    add(clicks) {
      if (clicks.length === 0 || waiting.length >= MOST_WAITING) return;
      waiting.push(...clicks);
      writing ??= write();
    },
    written: () => writing ?? Promise.resolve(),
  };
}
