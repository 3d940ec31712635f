import type { LedgerEngine } from "./ledger-engine.ts";
import type { Row, ScenarioOptions } from "./row.ts";

/** Of a scenario that runs on any engine. */
export interface EngineOptions extends ScenarioOptions {
  ledger: LedgerEngine;
}

/** To how many times its size a scenario may grow, where chance has not been harsh enough to prove anything. */
export const MOST_TIMES = 4;

/** Runs a scenario and puts its findings and its duration into a row. */
export async function rowOf(
  name: string,
  { seed }: ScenarioOptions,
  run: () => Promise<Omit<Row, "name" | "seed" | "seconds" | "control">>,
  control = false,
): Promise<Row> {
  const started = performance.now();
  const found = await run();
  return { name, control, seed, ...found, seconds: Math.round((performance.now() - started) / 100) / 10 };
}
