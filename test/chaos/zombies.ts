import { setTimeout as delay } from "node:timers/promises";
import { createCollector, type PostbackState } from "../../packages/collector/src/index.ts";
import { type Fault, startSandbox } from "../../packages/collector/src/sandbox/sandbox.ts";
import { accountsAt } from "./accounts.ts";
import { startClock, timeOf } from "./clock.ts";
import { drained } from "./drained.ts";
import { findingsOf } from "./findings.ts";
import { watchNetworks } from "./network-watch.ts";
import { anyNetwork, type Placed, place } from "./order.ts";
import { postbackIdsOf } from "./postback-id.ts";
import type { Row } from "./row.ts";
import { type RunningCheckout, startCheckout } from "./running-checkout.ts";
import { type EngineOptions, rowOf } from "./scenario.ts";
import { seeded } from "./seeded.ts";

export interface ZombieOptions extends EngineOptions {
  /** Where the worker is stopped: its requests are under way, or one is about to leave, to Retrack. */
  stopped: "while sending" | "before sending";
  without?: "look-up";
}

/** A claim runs out, and a doubt settles, in 0.3 seconds each. */
const SPEED = 200;
const TIMEOUT_MS = 150;
const LATE_MS = 200;
/** Long enough for the stop to fall into it. */
const PAUSE_MS = 400;
const ORDERS_AT_ONCE = 4;
/** Another worker looks for what is due every second. */
const PATIENCE_MS = 20_000;

/** What the network makes of the requests of the worker that is stopped. */
const fates: Fault[] = ["slow", "late", "hang", "accept-then-drop"];

/**
 * Two checkouts on one ledger. `cycles` times the first one is stopped with SIGSTOP while it holds claims, until the
 * second has taken over and ended them, and is then woken: it must neither report again nor write anything.
 */
export async function zombies(options: ZombieOptions): Promise<Row> {
  const { seed, cycles, stopped, without, progress } = options;
  return rowOf(
    `zombies, stopped ${stopped}${without ? `, ${without} switched off` : ""} (${options.ledger.name})`,
    options,
    async () => {
      const random = seeded(seed);
      const clock = startClock(SPEED);
      const ledger = await options.ledger.fresh();
      const sandbox = await startSandbox({ now: () => timeOf(clock) });
      const isFaulty = stopped === "while sending";
      const fate = ({ headers }: { headers: Record<string, unknown> }): Fault | null =>
        isFaulty && headers["x-checkout"] === "zombie" ? (fates[Math.floor(random() * fates.length)] ?? null) : null;
      const watch = watchNetworks(sandbox, fate, LATE_MS);
      const settled: { by: string; postback: string; state: PostbackState }[] = [];

      function start(name: string, pauseBeforeSendMs?: number): RunningCheckout {
        const checkout = startCheckout({
          name,
          pauseBeforeSendMs,
          url: sandbox.url,
          level: "order",
          without,
          ledger: ledger.place,
          clock,
          timeoutMs: TIMEOUT_MS,
        });
        watch.follow(checkout);
        checkout.onLine((line) => line.type === "settled" && settled.push({ by: name, ...line }));
        return checkout;
      }

      const zombie = start("zombie", stopped === "before sending" ? PAUSE_MS : undefined);
      const heir = start("heir");
      await Promise.all([zombie.listening, heir.listening]);
      const acknowledged: Placed[] = [];
      let takenOver = 0;
      let written = 0;

      for (let cycle = 1; cycle <= cycles; cycle += 1) {
        const count = stopped === "before sending" ? 1 : ORDERS_AT_ONCE;
        const orders = Array.from({ length: count }, (_, index) =>
          place(`${cycle}-${index}`, isFaulty ? anyNetwork(random) : "retrack", random),
        );
        const aboutToSend = new Promise<void>((resolve) =>
          zombie.onLine(({ type }) => type === "sending" && resolve()),
        );
        const bought = Promise.all(
          orders.map(async (placed) => {
            if (await zombie.order(placed, sandbox.click(placed.network))) acknowledged.push(placed);
          }),
        );
        if (stopped === "before sending")
          await Promise.race([aboutToSend, delay(PATIENCE_MS, undefined, { ref: false })]);
        else {
          await bought;
          await delay(20);
        }
        await zombie.signal("SIGSTOP");
        const told = settled.length;
        const postbacks = orders.flatMap((placed) => postbackIdsOf(placed, "order"));
        const hasEnded = (postback: string) =>
          settled.some((end) => end.state !== "pending" && end.postback === postback);
        const until = performance.now() + PATIENCE_MS;
        while (!postbacks.every(hasEnded) && performance.now() < until) await delay(20);
        const inherited = settled
          .slice(told)
          .filter(({ by, state, postback }) => by === "heir" && state !== "pending" && postbacks.includes(postback));
        takenOver += inherited.length;
        const toldByThen = settled.length;
        await zombie.signal("SIGCONT");
        await bought;
        // Whatever it still holds has ended by then.
        await delay(PAUSE_MS + TIMEOUT_MS + 100);
        written += settled
          .slice(toldByThen)
          .filter(({ by, postback }) => by === "zombie" && inherited.some((one) => one.postback === postback)).length;
        progress?.(`${cycle} of ${cycles} zombies`);
      }
      await Promise.all([zombie.signal("SIGTERM"), heir.signal("SIGTERM")]);

      sandbox.fault("retrack", null);
      sandbox.fault("shopback", null);
      let ahead = 0;
      const collector = createCollector({
        networks: accountsAt({ url: sandbox.url, level: "order", without }),
        ledger: ledger.place,
        now: () => timeOf(clock, ahead),
      });
      await drained(collector, (milliseconds) => {
        ahead += milliseconds;
      });
      const found = await findingsOf(sandbox, collector, acknowledged, "order");
      await collector.stop();
      await sandbox.close();
      await ledger.remove();

      const isRight = found.lost.length + found.twice.length + found.failedThoughRecorded.length + written === 0;
      return {
        kills: 0,
        orders: acknowledged.length,
        lost: found.lost.length,
        twice: found.twice.length,
        held: found.held.length,
        holds: takenOver >= cycles && (without ? found.twice.length > 0 : isRight && found.held.length === 0),
        note: `${cycles} stops; ${takenOver} postbacks taken over by another worker, ${written} written by the zombie`,
      };
    },
    without !== undefined,
  );
}
