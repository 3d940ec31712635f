import { createCollector } from "../../packages/collector/src/index.ts";
import type { Sandbox } from "../../packages/collector/src/sandbox/sandbox.ts";
import { type AccountSettings, accountsAt } from "./accounts.ts";
import { type Clock, timeOf } from "./clock.ts";
import { drained } from "./drained.ts";
import { type Findings, findingsOf } from "./findings.ts";
import type { Keeping } from "./ledger-engine.ts";
import type { Placed } from "./order.ts";

interface Settings extends AccountSettings {
  /** Of each instance, whose journal is taken in. */
  readonly keepings: readonly [Keeping, ...Keeping[]];
  readonly clock: Clock;
}

/**
 * Takes all faults away, opens the ledger once more as each instance, takes in the journals, delivers what waits and
 * compares the books with the orders that were acknowledged. Answers also how many hours the last postback took.
 */
export async function openOnceMore(
  sandbox: Sandbox,
  { keepings, clock, ...accounts }: Settings,
  acknowledged: readonly Placed[],
): Promise<Findings & { hours: number }> {
  sandbox.fault("retrack", null);
  sandbox.fault("shopback", null);
  let ahead = 0;
  const open = (keeping: Keeping) =>
    createCollector({ networks: accountsAt(accounts), ...keeping, now: () => timeOf(clock, ahead) });
  const [first, ...others] = keepings;
  for (const keeping of others) {
    const collector = open(keeping);
    // Resolves once the journal is taken in and what is due is delivered.
    await collector.flush();
    await collector.stop();
  }
  const collector = open(first);
  const hours = await drained(collector, (milliseconds) => {
    ahead += milliseconds;
  });
  const found = await findingsOf(sandbox, collector, acknowledged, accounts.level);
  await collector.stop();
  return { ...found, hours };
}
