import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { type Collector, createCollector } from "../../packages/collector/src/index.ts";
import { accountsAt } from "./accounts.ts";
import { startClock, timeOf } from "./clock.ts";
import { drained } from "./drained.ts";
import type { FreshLedger, Keeping } from "./ledger-engine.ts";
import { orderOf } from "./order.ts";
import { startRecordingNetwork } from "./recording-network.ts";
import type { Row } from "./row.ts";
import { startCheckout } from "./running-checkout.ts";
import { type EngineOptions, rowOf } from "./scenario.ts";

export interface RaceOptions extends EngineOptions {
  workers: number;
  /** Each worker claims from a ledger of its own that holds the same postbacks, so that nothing keeps them apart. */
  without?: "shared claims";
}

const TIMEOUT_MS = 20_000;
/** Reported at once. */
const BATCH = 500;
/** A race in which nothing was delivered for so long is over. */
const PATIENCE_MS = 10_000;

/** As many processes as told race over `cycles` postbacks that wait in one ledger: each leaves exactly once. */
export async function race(options: RaceOptions): Promise<Row> {
  const { cycles, workers, without, progress } = options;
  return rowOf(
    `race, ${workers} workers${without ? `, without ${without}` : ""} (${options.ledger.name})`,
    options,
    async () => {
      const clock = startClock(1);
      const start = Promise.withResolvers<void>();
      const network = await startRecordingNetwork(start.promise);
      const numbers = Array.from({ length: cycles }, (_, index) => `R-${index}`);
      const ledgers: FreshLedger[] = [];
      for (let count = without ? workers : 1; count > 0; count -= 1) {
        const ledger = await options.ledger.fresh();
        await fill(ledger.at(0), numbers);
        ledgers.push(ledger);
      }

      async function fill(keeping: Keeping, orders: readonly string[]): Promise<void> {
        const collector = collectorOn(keeping, () => timeOf(clock));
        for (let from = 0; from < orders.length; from += BATCH) {
          const at = timeOf(clock);
          await Promise.all(
            orders.slice(from, from + BATCH).map((number) => {
              const clicks = [{ network: "retrack", id: randomUUID(), at }];
              return collector.report({ clicks }, orderOf({ number, network: "retrack", skus: ["mug-1"] }));
            }),
          );
        }
        await collector.stop();
      }

      function collectorOn(keeping: Keeping, now: () => Date): Collector {
        return createCollector({ networks: accountsAt({ url: network.url, level: "order" }), ...keeping, now });
      }

      const started = performance.now();
      const processes = Array.from({ length: workers }, (_, index) =>
        startCheckout({
          name: `worker-${index + 1}`,
          url: network.url,
          level: "order",
          ...((ledgers[index] ?? ledgers[0]) as FreshLedger).at(index + 1),
          clock,
          timeoutMs: TIMEOUT_MS,
        }),
      );
      const finishers = new Set<string>();
      for (const worker of processes)
        worker.onLine(({ type }) => {
          if (type === "settled") finishers.add(worker.name);
        });
      // Else the first one up might be through before the others begin.
      await Promise.all(processes.map(({ listening }) => listening));
      start.resolve();
      for (let seen = -1, since = performance.now(); network.times.size < cycles; await delay(20)) {
        if (network.times.size > seen) since = performance.now();
        else if (performance.now() - since > PATIENCE_MS) break;
        seen = network.times.size;
      }
      const seconds = (performance.now() - started) / 1000;
      await Promise.all(processes.map((worker) => worker.signal("SIGTERM")));
      progress?.(`${workers} workers: ${Math.round(cycles / seconds)} a second`);

      const counts = { lost: 0, twice: 0, held: 0 };
      for (const ledger of ledgers) {
        let ahead = 0;
        const collector = collectorOn(ledger.at(0), () => timeOf(clock, ahead));
        await drained(collector, (milliseconds) => {
          ahead += milliseconds;
        });
        counts.held += (await collector.find({ state: "held", limit: 10_000 })).length;
        counts.lost += (await collector.find({ state: "failed", limit: 10_000 })).length;
        await collector.stop();
        await ledger.remove();
      }
      network.close();
      counts.lost += numbers.filter((number) => !network.times.has(number)).length;
      counts.twice = [...network.times.values()].filter((times) => times > 1).length;
      return {
        kills: 0,
        orders: cycles,
        ...counts,
        holds: without
          ? counts.twice > 0
          : finishers.size > 1 && counts.lost === 0 && counts.twice === 0 && counts.held === 0,
        note: `${finishers.size} of ${workers} processes took part; ${Math.round(cycles / seconds)} a second, start-up included`,
      };
    },
    without !== undefined,
  );
}
