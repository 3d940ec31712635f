import { DAY } from "./day.ts";
import type { Ledger } from "./ledger/ledger.ts";

export interface Retention {
  readonly clickDays: number;
  readonly conversionDays: number;
}

export interface Upkeep {
  start(): void;
  /** Begins nothing new, and resolves when what is under way has ended. */
  stop(): Promise<void>;
}

/** Small, so that no order waits for an erasure. */
const BATCH = 500;
const PAUSE_MS = 50;
const EVERY_MS = 3_600_000;

/** Erases, once an hour, what is older than it is to be kept, and sums up what was counted meanwhile. */
export function createUpkeep(
  ledger: Ledger,
  { clickDays, conversionDays }: Retention,
  onFailure: (error: unknown) => void,
): Upkeep {
  const olderThan = { clicksMs: clickDays * DAY, conversionsMs: conversionDays * DAY };
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let stopped = false;

  function later(waitMs: number): void {
    if (stopped) return;
    timer = setTimeout(() => {
      running = run();
    }, waitMs).unref();
  }

  async function run(): Promise<void> {
    let isDone = true;
    try {
      const erased = await ledger.erase(olderThan, BATCH);
      const folded = await ledger.fold(BATCH);
      isDone = erased === 0 && folded < BATCH;
    } catch (error) {
      onFailure(error);
    }
    later(isDone ? EVERY_MS : PAUSE_MS);
  }

  return {
    start() {
      if (!running && !stopped) running = run();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
