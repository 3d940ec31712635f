import { setTimeout as delay } from "node:timers/promises";
import { createCollector } from "../../packages/collector/src/index.ts";
import { startSandbox } from "../../packages/collector/src/sandbox/sandbox.ts";
import { accountsAt } from "./accounts.ts";
import { countsOf, findingsOf, isRight } from "./findings.ts";
import { mixture, type Shares } from "./mixture.ts";
import { anyNetwork, type Placed, place } from "./order.ts";
import { postbackIdsOf } from "./postback-id.ts";
import type { Row } from "./row.ts";
import { type RunningCheckout, startCheckout } from "./running-checkout.ts";
import { type EngineOptions, rowOf } from "./scenario.ts";
import { seeded } from "./seeded.ts";

export interface DatabaseClockOptions extends EngineOptions {
  /** The collectors are told their system's clock, and so the ledger goes by two clocks. */
  without?: "the database's clock";
}

const HOUR = 3_600_000;
const TIMEOUT_MS = 1000;
const SLOW_MS = 250;
const SETTLE_SECONDS = 1;
const RETRY = { firstDelaySeconds: 0.5, maxDelaySeconds: 2 };
const MS_BETWEEN_ORDERS = 10;
/** In which the last order is delivered: some retries, and no hour. */
const PATIENCE_MS = 30_000;
/** A request is under way for long enough that another could take it over. */
const shares: Shares = { slow: 30, "accept-then-drop": 5, reset: 3 };

/** Two checkouts on machines whose clocks are an hour apart deliver `cycles` orders, each once, at the database's time. */
export async function databaseClock(options: DatabaseClockOptions): Promise<Row> {
  const { seed, cycles, without, progress } = options;
  return rowOf(
    `the systems' clocks an hour apart${without ? `, without ${without}` : ""} (${options.ledger.name})`,
    options,
    async () => {
      const random = seeded(seed);
      const ledger = await options.ledger.fresh();
      const sandbox = await startSandbox();
      const settings = { url: sandbox.url, level: "order", settleSeconds: SETTLE_SECONDS } as const;
      const choice = mixture(seed, shares);
      for (const network of ["retrack", "shopback"] as const) sandbox.fault(network, choice, { delayMs: SLOW_MS });
      const ended = new Set<string>();
      const finishers = new Set<string>();

      function start(instance: number, aheadMs: number): RunningCheckout {
        const name = `checkout-${instance}`;
        const started = Date.now();
        const checkout = startCheckout({
          name,
          ...settings,
          ...ledger.at(instance),
          ...(without ? { clock: { from: started, since: started, speed: 1 } } : {}),
          aheadMs,
          timeoutMs: TIMEOUT_MS,
          retry: RETRY,
        });
        checkout.onLine((line) => {
          if (line.type !== "settled" || line.state === "pending") return;
          ended.add(line.postback);
          finishers.add(name);
        });
        return checkout;
      }

      const checkouts = [start(1, 0), start(2, HOUR)];
      await Promise.all(checkouts.map(({ listening }) => listening));
      const acknowledged: Placed[] = [];
      for (let count = 1; count <= cycles; count += 1) {
        const placed = place(String(count), anyNetwork(random), random);
        const checkout = checkouts[count % checkouts.length] as RunningCheckout;
        if (await checkout.order(placed, sandbox.click(placed.network))) acknowledged.push(placed);
        await delay(MS_BETWEEN_ORDERS * random());
        if (count % 500 === 0) progress?.(`${count} of ${cycles} orders`);
      }
      const postbacks = acknowledged.flatMap((placed) => postbackIdsOf(placed, "order"));
      const last = performance.now();
      const waitsFor = () => postbacks.filter((postback) => !ended.has(postback)).length;
      while (waitsFor() > 0 && performance.now() - last < PATIENCE_MS) await delay(20);
      const late = waitsFor();
      const seconds = Math.round((performance.now() - last) / 1000);
      await Promise.all(checkouts.map((checkout) => checkout.signal("SIGTERM")));

      const collector = createCollector({ networks: accountsAt(settings), ...ledger.at(1) });
      const found = await findingsOf(sandbox, collector, acknowledged, "order");
      const records = await collector.find({ limit: 10_000 });
      const takenOver = records
        .flatMap((conversion) => conversion.postbacks.flatMap(({ attempts }) => attempts))
        .filter(({ reason }) => reason?.startsWith("the claim ran out")).length;
      await collector.stop();
      await sandbox.close();
      await ledger.remove();

      return {
        kills: 0,
        orders: acknowledged.length,
        ...countsOf(found),
        holds:
          finishers.size === 2 &&
          (without ? takenOver > 0 : isRight(found) && found.held.length === 0 && takenOver === 0 && late === 0),
        note:
          `${finishers.size} processes delivered, ${takenOver} claims taken over before they ran out; ` +
          (late > 0
            ? `${late} still waited ${seconds} s after the last order`
            : `all ended ${seconds} s after the last order`),
      };
    },
    without !== undefined,
  );
}
