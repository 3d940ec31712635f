import type { Collector } from "../../packages/collector/src/index.ts";

const HOUR = 3_600_000;

/**
 * Delivers what is due and lets time pass until nothing is pending: at most thirty days, the horizon of the retries.
 * Answers how many hours passed.
 */
export async function drained(collector: Collector, advance: (milliseconds: number) => void): Promise<number> {
  for (let hours = 0; ; hours += 1) {
    await collector.flush();
    const waiting = await collector.find({ state: "pending", limit: 1 });
    if (waiting.length === 0 || hours === 30 * 24) return hours;
    advance(HOUR);
  }
}
