import { setTimeout as delay } from "node:timers/promises";
import type { NetworkWatch } from "./network-watch.ts";
import type { RunningCheckout } from "./running-checkout.ts";

/** What a checkout was about when it was killed. */
export interface Fall {
  /** It had not begun to take orders. */
  readonly startingUp: boolean;
  /** A network had read a request of it, and not answered. */
  readonly underWay: boolean;
  /** A network had answered, and the ledger does not say so yet. */
  readonly answered: boolean;
}

const START_UP_MS = 25;
const LIFE_MS = 400;
/** The kill falls on one of so many. */
const MOST_REPORTED = 20;
/** How long to wait for what a kill is aimed at. */
const PATIENCE_MS = 3000;

/**
 * When a checkout is killed: as it opens its ledger, soon after, while it takes orders, as one is under way, or as one is
 * reported in a transaction that has not ended.
 */
export type Aim = "opening" | "start-up" | "any moment" | "request under way" | "answered" | "reported";

/** Kills a checkout that was just started, at a moment that chance chooses. */
export async function kill(
  checkout: RunningCheckout,
  aim: Aim,
  watch: NetworkWatch,
  random: () => number,
): Promise<Fall> {
  const fallen = Promise.withResolvers<Fall>();
  let struck = false;

  async function strike(): Promise<void> {
    if (struck) return;
    struck = true;
    const startingUp = !checkout.isListening;
    const open = [...watch.open(checkout.name)].map(([id, { answer }]) => ({ id, answered: answer !== null }));
    await checkout.signal("SIGKILL");
    // What it told before it fell is read by now.
    const unsettled = open.filter(({ id }) => watch.open(checkout.name).has(id));
    fallen.resolve({
      startingUp,
      underWay: unsettled.some(({ answered }) => !answered),
      answered: unsettled.some(({ answered }) => answered),
    });
  }

  if (aim === "opening") checkout.onLine(({ type }) => type === "opening" && void strike());
  await (aim === "opening" || aim === "start-up" ? checkout.opening : checkout.listening);
  if (aim !== "opening") await delay(random() * (aim === "start-up" ? START_UP_MS : LIFE_MS));
  if (aim === "request under way" || aim === "answered") {
    watch.onRequest((from, request) => {
      if (from !== checkout.name) return;
      if (aim === "request under way") void strike();
      // The sandbox answers before the event loop turns, where it answers at once.
      else setImmediate(() => request.answer && void strike());
    });
    await Promise.race([fallen.promise, delay(PATIENCE_MS, undefined, { ref: false })]);
  }
  if (aim === "reported") {
    let left = 1 + Math.floor(random() * MOST_REPORTED);
    checkout.onLine(({ type }) => {
      if (type !== "reported") return;
      left -= 1;
      if (left <= 0) void strike();
    });
    await Promise.race([fallen.promise, delay(PATIENCE_MS, undefined, { ref: false })]);
  }
  await strike();
  return fallen.promise;
}
