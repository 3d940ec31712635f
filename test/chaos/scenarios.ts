import { clocks } from "./clocks.ts";
import { fullDisk, fullDiskAcknowledgedEarly } from "./disk/full-disk.ts";
import { powerCuts, powerCutsLessSynced } from "./disk/power-cut.ts";
import { slowDisk, slowDiskOnMainThread } from "./disk/slow-disk.ts";
import { kills } from "./kills.ts";
import { type LedgerEngine, sqlite } from "./ledger-engine.ts";
import { mixtures } from "./mixtures.ts";
import { outage } from "./outage.ts";
import { race } from "./race.ts";
import type { Scenario, ScenarioOptions } from "./row.ts";
import type { EngineOptions } from "./scenario.ts";
import { zombies } from "./zombies.ts";

/** A scenario with its sizes. */
export interface Sized {
  readonly run: Scenario;
  /** `cycles` of the long form, and of `--quick`. */
  readonly long: number;
  readonly quick: number;
}

/** All scenarios by name, each with the controls that must fail. */
export const scenarios: Readonly<Record<string, Sized>> = {
  "kill-one": on(sqlite, kills, { processes: 1, level: "order" }, 200, 10),
  "kill-two": on(sqlite, kills, { processes: 2, level: "order" }, 200, 10),
  "kill-lines": on(sqlite, kills, { processes: 1, level: "line" }, 200, 10),
  "kill-blind": on(sqlite, kills, { processes: 1, level: "order", without: "look-up" }, 60, 10),
  "zombie-sending": on(sqlite, zombies, { stopped: "while sending" }, 30, 3),
  "zombie-before": on(sqlite, zombies, { stopped: "before sending" }, 30, 3),
  "zombie-blind": on(sqlite, zombies, { stopped: "while sending", without: "look-up" }, 10, 3),
  "race-2": on(sqlite, race, { workers: 2 }, 25_000, 500),
  "race-4": on(sqlite, race, { workers: 4 }, 25_000, 500),
  "race-8": on(sqlite, race, { workers: 8 }, 25_000, 500),
  "race-16": on(sqlite, race, { workers: 16 }, 25_000, 500),
  "race-alone": on(sqlite, race, { workers: 2, without: "shared claims" }, 1000, 100),
  outage: on(sqlite, outage, {}, 10_000, 500),
  "outage-impatient": on(sqlite, outage, { without: "patience" }, 1000, 500),
  mixture: on(sqlite, mixtures, { level: "order" }, 5000, 500),
  "mixture-lines": on(sqlite, mixtures, { level: "line" }, 2000, 300),
  "mixture-unsettled": on(sqlite, mixtures, { level: "order", without: "settle time" }, 500, 100),
  "clocks-apart": on(sqlite, clocks, { clocks: "an hour apart" }, 2000, 200),
  "clocks-jumping": on(sqlite, clocks, { clocks: "jumping" }, 2000, 200),
  "clocks-blind": on(sqlite, clocks, { clocks: "jumping", without: "look-up" }, 500, 200),
  "power-cuts": { run: powerCuts, long: 60, quick: 5 },
  "power-cuts-less-synced": { run: powerCutsLessSynced, long: 20, quick: 3 },
  "disk-full": { run: fullDisk, long: 10, quick: 2 },
  "disk-full-early": { run: fullDiskAcknowledgedEarly, long: 3, quick: 1 },
  "disk-slow": { run: slowDisk, long: 20, quick: 2 },
  "disk-slow-main-thread": { run: slowDiskOnMainThread, long: 10, quick: 1 },
};

function on<Options extends EngineOptions>(
  ledger: LedgerEngine,
  scenario: (options: Options) => ReturnType<Scenario>,
  variant: Omit<Options, keyof EngineOptions>,
  long: number,
  quick: number,
): Sized {
  return { run: (options: ScenarioOptions) => scenario({ ...options, ledger, ...variant } as Options), long, quick };
}
