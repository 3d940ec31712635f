import { setTimeout as delay } from "node:timers/promises";
import { startSandbox } from "../../packages/collector/src/sandbox/sandbox.ts";
import { startClock, timeOf } from "./clock.ts";
import { countsOf, isRight } from "./findings.ts";
import { type Aim, type Fall, kill } from "./kill.ts";
import { badDay, mixture } from "./mixture.ts";
import { watchNetworks } from "./network-watch.ts";
import { openOnceMore } from "./open-once-more.ts";
import { anyNetwork } from "./order.ts";
import type { Row } from "./row.ts";
import { type RunningCheckout, startCheckout } from "./running-checkout.ts";
import { type EngineOptions, MOST_TIMES, rowOf } from "./scenario.ts";
import { seeded } from "./seeded.ts";
import { letShoppersIn } from "./shoppers.ts";

export interface KillOptions extends EngineOptions {
  /** Checkouts on one ledger. */
  processes: 1 | 2;
  /** At line level all orders are ShopBack's. */
  level: "order" | "line";
  without?: "look-up";
}

/** The minute in which a doubt settles takes 0.6 seconds. */
const SPEED = 100;
const TIMEOUT_MS = 250;
/** Beyond the timeout, and within the settle time after it. */
const LATE_MS = 400;
const SHOPPERS = 10;

/** In turn: a kill at any moment falls into one of the others' more often than not. */
const aims: Aim[] = ["any moment", "opening", "request under way", "any moment", "answered", "start-up", "any moment"];

/**
 * Checkouts under load, killed with SIGKILL `cycles` times at moments that the seed chooses, and started again. In the
 * end the ledger is opened once more, everything is delivered, and the networks' books are compared with the orders
 * that were acknowledged.
 */
export async function kills(options: KillOptions): Promise<Row> {
  const { seed, cycles, processes, level, without, progress } = options;
  const name = `kill -9, ${processes === 1 ? "one process" : "two processes"}, ${level} level`;
  return rowOf(
    `${name}${without ? `, ${without} switched off` : ""} (${options.ledger.name})`,
    options,
    async () => {
      const random = seeded(seed);
      const clock = startClock(SPEED);
      const ledger = await options.ledger.fresh();
      const sandbox = await startSandbox({ shopback: { level }, now: () => timeOf(clock) });
      const settings = { url: sandbox.url, level, without };
      const watch = watchNetworks(sandbox, mixture(seed, badDay), LATE_MS);
      const falls: Fall[] = [];
      const running = new Set<RunningCheckout>();
      const instances = [1, 2].slice(0, processes);
      let started = 0;

      function start(instance: number): RunningCheckout {
        started += 1;
        const checkout = startCheckout({
          name: `checkout-${started}`,
          ...settings,
          ...ledger.at(instance),
          clock,
          timeoutMs: TIMEOUT_MS,
        });
        watch.follow(checkout);
        running.add(checkout);
        return checkout;
      }

      async function anyListening(): Promise<RunningCheckout> {
        for (;;) {
          const listening = [...running].filter(({ isListening }) => isListening);
          const chosen = listening[Math.floor(random() * listening.length)];
          if (chosen) return chosen;
          await delay(5);
        }
      }

      async function killAgainAndAgain(instance: number): Promise<void> {
        while (falls.length + running.size < cycles || (!isHarsh() && falls.length < MOST_TIMES * cycles)) {
          const aim = aims[(falls.length + running.size) % aims.length] ?? "any moment";
          const checkout = start(instance);
          const fall = await kill(checkout, aim, watch, random);
          running.delete(checkout);
          falls.push(fall);
          if (falls.length % 20 === 0) progress?.(`${falls.length} of ${cycles} kills`);
        }
      }

      /** On a slow machine kills hit little: then there are more of them, or the run would prove nothing. */
      function isHarsh(): boolean {
        // What a control must show, not every such kill brings about.
        const least = Math.ceil(cycles / (without ? 2 : 20));
        return (
          shoppers.acknowledged.length > cycles &&
          [fell("startingUp"), fell("underWay"), fell("answered")].every((count) => count >= least)
        );
      }

      const fell = (during: keyof Fall) => falls.filter((fall) => fall[during]).length;
      const shoppers = letShoppersIn(sandbox, anyListening, {
        shoppers: SHOPPERS,
        network: () => (level === "line" ? "shopback" : anyNetwork(random)),
        random,
      });
      await Promise.all(instances.map(killAgainAndAgain));
      const last = start(1);
      await shoppers.leave();
      falls.push(await kill(last, "any moment", watch, random));

      // Requests that a network is slow to record are recorded before time is made to pass.
      await delay(LATE_MS + 100);
      const { acknowledged, abandoned } = shoppers;
      const found = await openOnceMore(
        sandbox,
        { ...settings, keepings: [ledger.at(1), ledger.at(2)], clock },
        acknowledged,
      );
      await sandbox.close();
      await ledger.remove();

      return {
        kills: falls.length,
        orders: acknowledged.length,
        ...countsOf(found),
        holds:
          isHarsh() &&
          (without ? found.twice.length > 0 : isRight(found) && (level === "line" || found.held.length === 0)),
        note:
          `${fell("startingUp")} kills during start-up, ${fell("underWay")} with a request under way, ` +
          `${fell("answered")} between answer and settlement; ${abandoned.length} orders not acknowledged`,
      };
    },
    without !== undefined,
  );
}
