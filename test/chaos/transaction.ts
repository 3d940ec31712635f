import { setTimeout as delay } from "node:timers/promises";
import { startSandbox } from "../../packages/collector/src/sandbox/sandbox.ts";
import { query } from "../support/postgres.ts";
import { startClock, timeOf } from "./clock.ts";
import { countsOf, isRight } from "./findings.ts";
import { type Aim, kill } from "./kill.ts";
import { badDay, mixture } from "./mixture.ts";
import { watchNetworks } from "./network-watch.ts";
import { openOnceMore } from "./open-once-more.ts";
import { anyNetwork } from "./order.ts";
import { timesRecorded } from "./postback-id.ts";
import type { Row } from "./row.ts";
import { type RunningCheckout, startCheckout } from "./running-checkout.ts";
import { type EngineOptions, MOST_TIMES, rowOf } from "./scenario.ts";
import { seeded } from "./seeded.ts";
import { letShoppersIn } from "./shoppers.ts";

export interface TransactionOptions extends EngineOptions {
  /** The order is reported beside the store's transaction and not in it. */
  without?: "transaction";
}

/** The minute in which a doubt settles takes 0.6 seconds. */
const SPEED = 100;
const TIMEOUT_MS = 250;
const LATE_MS = 400;
const SHOPPERS = 10;
/** Of a hundred orders. */
const ROLLED_BACK = 30;

const aims: Aim[] = ["reported", "any moment", "reported", "start-up"];

/**
 * A checkout that keeps its orders in a table beside the ledger and reports them in the same transaction, is killed
 * `cycles` times, and rolls many of them back. In the end the table, the ledger and the books hold the same orders.
 */
export async function transactions(options: TransactionOptions): Promise<Row> {
  const { seed, cycles, without, progress } = options;
  return rowOf(
    `one transaction with the store's order, kill -9${without ? `, without ${without}` : ""} (${options.ledger.name})`,
    options,
    async () => {
      const random = seeded(seed);
      const clock = startClock(SPEED);
      const ledger = await options.ledger.fresh();
      const { ledger: database } = ledger.at(1);
      await query(database, "CREATE TABLE orders (number text PRIMARY KEY)");
      const sandbox = await startSandbox({ now: () => timeOf(clock) });
      const settings = { url: sandbox.url, level: "order" } as const;
      const watch = watchNetworks(sandbox, mixture(seed, badDay), LATE_MS);
      let running: RunningCheckout | undefined;
      let started = 0;
      let kills = 0;
      let rolledBack = 0;
      let inTransaction = 0;

      function start(): { checkout: RunningCheckout; open: ReadonlySet<string> } {
        started += 1;
        const checkout = startCheckout({
          name: `checkout-${started}`,
          ...settings,
          ...ledger.at(1),
          clock,
          timeoutMs: TIMEOUT_MS,
          manner: {
            kind: "in a transaction",
            report: without ? "beside it" : "in it",
            rolledBack: ROLLED_BACK,
            seed: seed + started,
          },
        });
        const open = new Set<string>();
        checkout.onLine((line) => {
          if (line.type === "reported") open.add(line.number);
          if (line.type === "committed" || line.type === "rolled-back") open.delete(line.number);
          if (line.type === "rolled-back") rolledBack += 1;
        });
        watch.follow(checkout);
        running = checkout;
        return { checkout, open };
      }

      async function listening(): Promise<RunningCheckout> {
        while (!running?.isListening) await delay(5);
        return running;
      }

      const shoppers = letShoppersIn(sandbox, listening, {
        shoppers: SHOPPERS,
        network: () => anyNetwork(random),
        random,
      });
      const isHarsh = () => rolledBack > 0 && inTransaction >= Math.ceil(cycles / 20);
      // On a slow machine few orders are taken between two kills: then more of both, or the run would prove nothing.
      while (kills < cycles || (!isHarsh() && kills < MOST_TIMES * cycles)) {
        const { checkout, open } = start();
        await kill(checkout, aims[kills % aims.length] ?? "any moment", watch, random);
        kills += 1;
        if (open.size > 0) inTransaction += 1;
        if (kills % 20 === 0) progress?.(`${kills} of ${cycles} kills`);
      }
      const last = start();
      await shoppers.leave();
      await last.checkout.signal("SIGKILL");

      // Requests that a network is slow to record are recorded before time is made to pass.
      await delay(LATE_MS + 100);
      const numbersIn = async (table: string) =>
        (await query(database, `SELECT number FROM ${table}`)).map(({ number }) => String(number));
      const kept = new Set(await numbersIn("orders"));
      const orders = [...shoppers.acknowledged, ...shoppers.abandoned].filter(({ number }) => kept.has(number));
      const found = await openOnceMore(sandbox, { ...settings, keepings: [ledger.at(1)], clock }, orders);
      const reported = await numbersIn("cashtrail.conversions");
      const delivered = [...timesRecorded(sandbox).keys()].map((id) => id.split("/")[1] ?? "");
      const forgotten = shoppers.acknowledged.filter(({ number }) => !kept.has(number)).length;
      const unordered = new Set([...reported, ...delivered].filter((number) => !kept.has(number))).size;
      const unreported = orders.length - new Set(reported.filter((number) => kept.has(number))).size;
      await sandbox.close();
      await ledger.remove();

      const isTold = orders.length > cycles && orders.length === kept.size;
      const isSame = isRight(found) && found.held.length === 0 && forgotten + unordered + unreported === 0;
      return {
        kills,
        orders: orders.length,
        ...countsOf(found),
        holds: isHarsh() && isTold && (without ? unordered > 0 : isSame),
        note:
          `${rolledBack} rolled back, ${inTransaction} kills within a transaction; ${unordered} reported without an order, ` +
          `${unreported} orders not reported, ${forgotten} acknowledged and not kept`,
      };
    },
    without !== undefined,
  );
}
