import { createCollector } from "../../packages/collector/src/index.ts";
import type { Sandbox } from "../../packages/collector/src/sandbox/sandbox.ts";
import { type AccountSettings, accountsAt } from "./accounts.ts";
import { type Clock, timeOf } from "./clock.ts";
import { drained } from "./drained.ts";
import { type Findings, findingsOf } from "./findings.ts";
import type { Placed } from "./order.ts";

/**
 * Takes all faults away, opens the ledger once more, delivers what waits and compares the books with the orders that
 * were acknowledged. Answers also how many hours the last postback took.
 */
export async function openOnceMore(
  sandbox: Sandbox,
  { ledger, clock, ...accounts }: AccountSettings & { ledger: string; clock: Clock },
  acknowledged: readonly Placed[],
): Promise<Findings & { hours: number }> {
  sandbox.fault("retrack", null);
  sandbox.fault("shopback", null);
  let ahead = 0;
  const collector = createCollector({ networks: accountsAt(accounts), ledger, now: () => timeOf(clock, ahead) });
  const hours = await drained(collector, (milliseconds) => {
    ahead += milliseconds;
  });
  const found = await findingsOf(sandbox, collector, acknowledged, accounts.level);
  await collector.stop();
  return { ...found, hours };
}
