import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { createCollector, type PostbackRecord, type PostbackState } from "../../packages/collector/src/index.ts";
import { type Fault, startSandbox } from "../../packages/collector/src/sandbox/sandbox.ts";
import { accountsAt } from "./accounts.ts";
import { startClock, timeOf } from "./clock.ts";
import { countsOf, isRight } from "./findings.ts";
import { watchNetworks } from "./network-watch.ts";
import { openOnceMore } from "./open-once-more.ts";
import { anyNetwork, type Placed, place } from "./order.ts";
import { postbackIdOf, postbackIdsOf } from "./postback-id.ts";
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
const PAUSE_MS = 1500;
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
      const settings = { url: sandbox.url, level: "order", without } as const;
      const isSending = stopped === "while sending";
      const fate = ({ headers }: { headers: Record<string, unknown> }): Fault | null =>
        isSending && headers["x-checkout"] === "zombie" ? (fates[Math.floor(random() * fates.length)] ?? null) : null;
      const watch = watchNetworks(sandbox, fate, LATE_MS);
      const requested = new Set<string>();
      watch.onRequest((_, request) => requested.add(postbackIdOf(request)));
      const settled: { by: string; postback: string; state: PostbackState }[] = [];

      function start(name: string, instance: number, pauseBeforeSendMs?: number): RunningCheckout {
        const checkout = startCheckout({
          name,
          pauseBeforeSendMs,
          ...settings,
          ...ledger.at(instance),
          clock,
          timeoutMs: TIMEOUT_MS,
        });
        watch.follow(checkout);
        checkout.onLine((line) => line.type === "settled" && settled.push({ by: name, ...line }));
        return checkout;
      }

      // It only looks.
      const onlooker = createCollector({ networks: accountsAt(settings), ...ledger.at(3), now: () => timeOf(clock) });
      /** As the ledger has them. What the zombie tells may have been written before it was stopped. */
      async function recordsOf(ends: readonly { postback: string }[]): Promise<(PostbackRecord | undefined)[]> {
        return Promise.all(
          ends.map(async ({ postback }) => {
            const found = await onlooker.find({ number: postback.split("/")[1] ?? "" });
            return found.flatMap(({ postbacks }) => postbacks).find(({ id }) => id === postback);
          }),
        );
      }

      const zombie = start("zombie", 1, isSending ? undefined : PAUSE_MS);
      const heir = start("heir", 2);
      await Promise.all([zombie.listening, heir.listening]);
      const acknowledged: Placed[] = [];
      let takenOver = 0;
      let written = 0;

      let stops = 0;
      // The heir is quicker now and then, and the one that is stopped holds nothing.
      for (let cycle = 1; stops < cycles && cycle <= 3 * cycles; cycle += 1) {
        const orders = Array.from({ length: isSending ? ORDERS_AT_ONCE : 1 }, (_, index) =>
          place(`${cycle}-${index}`, isSending ? anyNetwork(random) : "retrack", random),
        );
        const postbacks = orders.flatMap((placed) => postbackIdsOf(placed, "order"));
        const hasEnded = (postback: string) =>
          settled.some((end) => end.state !== "pending" && end.postback === postback);
        let sending = false;
        zombie.onLine(({ type }) => {
          if (type === "sending") sending = true;
        });
        const bought = Promise.all(
          orders.map(async (placed) => {
            if (await zombie.order(placed, sandbox.click(placed.network))) acknowledged.push(placed);
          }),
        );
        if (isSending) {
          await bought;
          await until(() => postbacks.every((postback) => requested.has(postback)));
        } else await until(() => sending || postbacks.every(hasEnded));
        await zombie.signal("SIGSTOP");
        const told = settled.length;
        await until(() => postbacks.every(hasEnded));
        const inherited = settled
          .slice(told)
          .filter(({ by, state, postback }) => by === "heir" && state !== "pending" && postbacks.includes(postback));
        takenOver += inherited.length;
        const before = await recordsOf(inherited);
        await zombie.signal("SIGCONT");
        await bought;
        // Whatever it still holds has ended by then.
        await delay(2 * TIMEOUT_MS + LATE_MS);
        const after = await recordsOf(inherited);
        written += after.filter((record, index) => !isDeepStrictEqual(record, before[index])).length;
        if (inherited.length > 0) stops += 1;
        progress?.(`${stops} of ${cycles} zombies`);
      }
      await Promise.all([zombie.signal("SIGTERM"), heir.signal("SIGTERM"), onlooker.stop()]);

      const found = await openOnceMore(
        sandbox,
        { ...settings, keepings: [ledger.at(1), ledger.at(2)], clock },
        acknowledged,
      );
      await sandbox.close();
      await ledger.remove();

      const isHarmless = isRight(found) && found.held.length === 0 && written === 0;
      return {
        kills: 0,
        orders: acknowledged.length,
        ...countsOf(found),
        holds: stops === cycles && (without ? found.twice.length > 0 : isHarmless),
        note: `${stops} stops; ${takenOver} postbacks taken over by another worker, ${written} written by the zombie`,
      };
    },
    without !== undefined,
  );
}

async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!isSo() && performance.now() < end) await delay(10);
}
