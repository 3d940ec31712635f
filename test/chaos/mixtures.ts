import { setTimeout as delay } from "node:timers/promises";
import { createCollector } from "../../packages/collector/src/index.ts";
import { type Fault, faults, startSandbox } from "../../packages/collector/src/sandbox/sandbox.ts";
import { accountsAt } from "./accounts.ts";
import { startClock, timeOf } from "./clock.ts";
import { drained } from "./drained.ts";
import { countsOf, findingsOf, isRight } from "./findings.ts";
import { mixture, type Shares } from "./mixture.ts";
import { anyNetwork, orderOf, type Placed, place } from "./order.ts";
import type { Row } from "./row.ts";
import { type EngineOptions, rowOf } from "./scenario.ts";
import { seeded } from "./seeded.ts";

export interface MixtureOptions extends EngineOptions {
  /** At line level all orders are ShopBack's. */
  level: "order" | "line";
  without?: "settle time";
}

/** The minute in which a doubt settles takes 0.6 seconds. */
const SPEED = 100;
const TIMEOUT_MS = 150;
/** Beyond the timeout, and within the settle time after it; as late as that allows where nothing waits for it. */
const LATE_MS = { waited: 300, unsettled: 500 };
/** Reported and sent before the next: many that time out together look like a network that is down. */
const WAVE = 25;
/** So many of a hundred requests are struck by each fault the sandbox knows, but for those below. */
const SHARE = 3;
const rare: Shares = { huge: 1, hang: 2, "401": 1, refuse: 1, "wrong-offer": 1, late: 8, "accept-then-drop": 6 };

/** `cycles` orders under every fault of the sandbox at once, in a mixture that the seed chooses. */
export async function mixtures(options: MixtureOptions): Promise<Row> {
  const { seed, cycles, level, without, progress } = options;
  const shares: Shares = without
    ? { late: 30 }
    : Object.fromEntries(faults.map(({ name }) => [name, rare[name] ?? SHARE]));
  return rowOf(
    `every fault, mixed, ${level} level${without ? `, without ${without}` : ""} (${options.ledger.name})`,
    options,
    async () => {
      const random = seeded(seed);
      const clock = startClock(SPEED);
      const ledger = await options.ledger.fresh();
      const sandbox = await startSandbox({ shopback: { level }, now: () => timeOf(clock) });
      const delayMs = without ? LATE_MS.unsettled : LATE_MS.waited;
      const struck = new Map<Fault, number>();
      const choice = mixture(seed, shares);
      for (const network of ["retrack", "shopback"] as const)
        sandbox.fault(
          network,
          (request) => {
            const fault = choice(request);
            if (fault) struck.set(fault, (struck.get(fault) ?? 0) + 1);
            return fault;
          },
          { delayMs },
        );
      let ahead = 0;
      const collector = createCollector({
        networks: accountsAt({ url: sandbox.url, level, without }),
        ...ledger.at(1),
        now: () => timeOf(clock, ahead),
        random,
        delivery: { concurrency: 32, timeoutMs: TIMEOUT_MS, retry: { firstDelaySeconds: 1, maxDelaySeconds: 300 } },
      });

      const acknowledged: Placed[] = [];
      for (let count = 1; count <= cycles; count += 1) {
        const placed = place(String(count), level === "line" ? "shopback" : anyNetwork(random), random);
        const clicks = [{ network: placed.network, id: sandbox.click(placed.network), at: timeOf(clock) }];
        await collector.report({ clicks }, orderOf(placed));
        acknowledged.push(placed);
        if (count % WAVE === 0) await collector.flush();
        if (count % 500 === 0) progress?.(`${count} of ${cycles} orders`);
      }
      for (;;) {
        await collector.flush();
        const waiting = await collector.find({ state: "pending", limit: 10_000 });
        if (waiting.length === 0) break;
        await delay(20);
      }
      await drained(collector, (milliseconds) => {
        ahead += milliseconds;
      });
      // Requests that a network is slow to record are recorded before the books are read.
      await delay(delayMs + 100);
      const found = await findingsOf(sandbox, collector, acknowledged, level, true);
      await collector.stop();
      await sandbox.close();
      await ledger.remove();

      const isComplete = Object.keys(shares).every((fault) => struck.has(fault as Fault));
      return {
        kills: 0,
        orders: acknowledged.length,
        ...countsOf(found),
        holds: isComplete && (without ? found.twice.length > 0 : isRight(found)),
        note:
          `${[...struck.values()].reduce((sum, count) => sum + count, 0)} faults of ${struck.size} kinds; ` +
          `${found.refused.length} refused, ${found.failedThoughRecorded.length} called failed though recorded` +
          (found.failedThoughRecorded.length > 0 ? `: ${found.failedThoughRecorded.slice(0, 5).join(", ")}` : ""),
      };
    },
    without !== undefined,
  );
}
