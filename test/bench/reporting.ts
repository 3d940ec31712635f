import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Collector } from "@cashtrail/collector";
import { durationOf, percentile, rateOf } from "./measured.ts";
import { anOrder, shopper } from "./store.ts";

export const AT_ONCE = 64;

export interface Reporting {
  readonly rate: number;
  readonly p99: number;
  /** By how much the event loop was late at most, but for one time in a hundred. */
  readonly loopP99: number;
}

/** Reports so many orders each time it is called, 64 at once. */
export function reporter({ report }: Collector, orders: number): () => Promise<Reporting> {
  let round = 0;
  return async () => {
    round += 1;
    const waits: number[] = [];
    const loop = monitorEventLoopDelay({ resolution: 1 });
    loop.enable();
    const rate = await rateOf(orders, AT_ONCE, async (index) => {
      const order = anOrder(`${round}-${index}`);
      waits.push(await durationOf(() => report(shopper, order)));
    });
    loop.disable();
    // It is counted from one tick of a timer of 1 ms to the next.
    return { rate, p99: percentile(waits, 0.99), loopP99: Math.max(0, loop.percentile(99) / 1e6 - 1) };
  };
}
