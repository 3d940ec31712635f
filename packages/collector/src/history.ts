import type { Click } from "@cashtrail/client/landing";
import type { Ledger } from "./ledger/ledger.ts";

/** More clicks than this do not wait for the ledger: the cookie has each all the same. */
const MOST_WAITING = 10_000;

/** How long a click waits for others: each write wakes the ledger's thread, which costs more than the rest of a landing. */
const GATHER_MS = 100;

export interface History {
  /** Writes clicks to the ledger in the background: a shopper's page never waits for a disk. */
  add(clicks: readonly Click[]): void;
  /** Writes what waits now, and resolves once that is done. */
  written(): Promise<void>;
}

export function createHistory(ledger: Ledger, onFailure: (error: unknown) => void): History {
  let waiting: Click[] = [];
  let isGathering = false;
  let writing: Promise<void> | undefined;

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const clicks = waiting;
      waiting = [];
      await ledger.remember(clicks).catch(onFailure);
    }
    writing = undefined;
  }

  function written(): Promise<void> {
    if (waiting.length > 0) writing ??= write();
    return writing ?? Promise.resolve();
  }

  function writeSoon(): void {
    if (isGathering) return;
    isGathering = true;
    setTimeout(() => {
      isGathering = false;
      void written();
    }, GATHER_MS).unref();
  }

  return {
    add(clicks) {
      if (clicks.length === 0 || waiting.length >= MOST_WAITING) return;
      waiting.push(...clicks);
      writeSoon();
    },
    written,
  };
}
