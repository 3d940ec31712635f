import { setTimeout as delay } from "node:timers/promises";
import { createCollector } from "../../packages/collector/src/index.ts";
import { startSandbox } from "../../packages/collector/src/sandbox/sandbox.ts";
import { accountsAt } from "./accounts.ts";
import { startClock, timeOf } from "./clock.ts";
import { countsOf, isRight } from "./findings.ts";
import { mixture, type Shares } from "./mixture.ts";
import { openOnceMore } from "./open-once-more.ts";
import { anyNetwork, orderOf, type Placed, place } from "./order.ts";
import type { Row } from "./row.ts";
import { type EngineOptions, rowOf } from "./scenario.ts";
import { seeded } from "./seeded.ts";

export interface ClockOptions extends EngineOptions {
  /** Two collectors whose clocks differ by an hour, or whose clocks jump to and fro. */
  clocks: "an hour apart" | "jumping";
  without?: "look-up";
}

/** The minute in which a doubt settles takes 0.6 seconds. */
const SPEED = 100;
const TIMEOUT_MS = 150;
/** Beyond the timeout, and within the settle time after it. */
const LATE_MS = 300;
const HOUR = 3_600_000;
const LONGEST_MS_BETWEEN_JUMPS = 400;
const MS_BETWEEN_ORDERS = 10;
/** An hour's jump back and the longest wait between tries, with some room. */
const MOST_HOURS = 3;

const faults: Shares = { reset: 4, "accept-then-drop": 8, "500-after-accept": 4, cut: 3, "429": 3, slow: 8, hang: 2 };
/**
 * Where clocks jump, no network acts after our deadline: to who reads a clock a jump ahead is time that passed, and a
 * doubt that seems settled is asked about at once.
 */
const faultsOf: Record<ClockOptions["clocks"], Shares> = { "an hour apart": { ...faults, late: 6 }, jumping: faults };

/** Two collectors on one ledger deliver `cycles` orders while their clocks disagree. */
export async function clocks(options: ClockOptions): Promise<Row> {
  const { seed, cycles, without, progress } = options;
  return rowOf(
    `clocks ${options.clocks}${without ? `, ${without} switched off` : ""} (${options.ledger.name})`,
    options,
    async () => {
      const random = seeded(seed);
      const clock = startClock(SPEED);
      const ledger = await options.ledger.fresh();
      const sandbox = await startSandbox({ now: () => timeOf(clock) });
      const settings = { url: sandbox.url, level: "order", without } as const;
      const choice = mixture(seed, faultsOf[options.clocks]);
      for (const network of ["retrack", "shopback"] as const) sandbox.fault(network, choice, { delayMs: LATE_MS });
      const ahead = [0, options.clocks === "jumping" ? 0 : HOUR];
      const collectors = ahead.map((_, index) =>
        createCollector({
          networks: accountsAt(settings),
          ...ledger.at(index + 1),
          now: () => timeOf(clock, ahead[index]),
          delivery: { timeoutMs: TIMEOUT_MS, retry: { maxDelaySeconds: 300 } },
        }),
      );
      for (const collector of collectors) collector.start();

      let jumps = 0;
      let isOpen = true;
      async function jump(): Promise<void> {
        while (isOpen) {
          await delay(LONGEST_MS_BETWEEN_JUMPS * random());
          ahead[Math.floor(random() * ahead.length)] = HOUR * (Math.floor(random() * 3) - 1);
          jumps += 1;
        }
      }
      const jumping = options.clocks === "jumping" ? jump() : Promise.resolve();

      const acknowledged: Placed[] = [];
      while (acknowledged.length < cycles) {
        const placed = place(String(acknowledged.length + 1), anyNetwork(random), random);
        const clicks = [{ network: placed.network, id: sandbox.click(placed.network), at: timeOf(clock) }];
        await collectors[Math.floor(random() * collectors.length)]?.report({ clicks }, orderOf(placed));
        acknowledged.push(placed);
        await delay(MS_BETWEEN_ORDERS);
        if (acknowledged.length % 500 === 0) progress?.(`${acknowledged.length} of ${cycles} orders`);
      }
      // Doubts of the last orders settle while the clocks still disagree.
      await delay(2000);
      isOpen = false;
      await jumping;
      await Promise.all(collectors.map((collector) => collector.stop()));
      const found = await openOnceMore(
        sandbox,
        { ...settings, keepings: [ledger.at(1), ledger.at(2)], clock },
        acknowledged,
      );
      await sandbox.close();
      await ledger.remove();

      return {
        kills: 0,
        orders: acknowledged.length,
        ...countsOf(found),
        holds: without
          ? found.twice.length > 0
          : isRight(found) && found.held.length === 0 && found.hours <= MOST_HOURS,
        note: `${jumps > 0 ? `${jumps} jumps of an hour; ` : ""}the last was delivered within ${found.hours} hours`,
      };
    },
    without !== undefined,
  );
}
