import { setTimeout as delay } from "node:timers/promises";
import type { NetworkName, Sandbox } from "../../packages/collector/src/sandbox/sandbox.ts";
import { type Placed, place } from "./order.ts";
import type { RunningCheckout } from "./running-checkout.ts";

/** Shoppers who buy all the time, each one order after the other. */
export interface Shoppers {
  /** Orders that the checkout answered with 200. Of no other order is anything known. */
  readonly acknowledged: Placed[];
  /** Not acknowledged, and not ordered again. */
  readonly abandoned: Placed[];
  /** The longest that any of them waited for an answer. */
  readonly slowestMs: number;
  /** Resolves when all have gone home. They need a checkout that listens until then. */
  leave(): Promise<void>;
}

const LONGEST_PAUSE_MS = 60;

export function letShoppersIn(
  sandbox: Sandbox,
  checkout: () => Promise<RunningCheckout>,
  { shoppers, network, random }: { shoppers: number; network: () => NetworkName; random: () => number },
): Shoppers {
  const acknowledged: Placed[] = [];
  const abandoned: Placed[] = [];
  let open = true;
  let slowestMs = 0;

  async function order(placed: Placed, click: string): Promise<boolean> {
    const chosen = await checkout();
    const started = performance.now();
    const bought = await chosen.order(placed, click);
    slowestMs = Math.max(slowestMs, performance.now() - started);
    return bought;
  }

  async function shop(shopper: number): Promise<void> {
    for (let count = 1; open; count += 1) {
      const placed = place(`${shopper}-${count}`, network(), random);
      const click = sandbox.click(placed.network);
      let bought = await order(placed, click);
      while (!bought && random() < 0.5) bought = await order(placed, click);
      (bought ? acknowledged : abandoned).push(placed);
      await delay(LONGEST_PAUSE_MS * random());
    }
  }

  const all = Promise.all(Array.from({ length: shoppers }, (_, index) => shop(index + 1)));
  return {
    acknowledged,
    abandoned,
    get slowestMs() {
      return slowestMs;
    },
    async leave() {
      open = false;
      await all;
    },
  };
}
