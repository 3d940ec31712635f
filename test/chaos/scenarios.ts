import { clocks } from "./clocks.ts";
import { databaseClock } from "./database-clock.ts";
import { fullDisk, fullDiskAcknowledgedEarly } from "./disk/full-disk.ts";
import { powerCuts, powerCutsLessSynced } from "./disk/power-cut.ts";
import { slowDisk, slowDiskOnMainThread } from "./disk/slow-disk.ts";
import { kills } from "./kills.ts";
import { type LedgerEngine, sqlite } from "./ledger-engine.ts";
import { mixtures } from "./mixtures.ts";
import { outage } from "./outage.ts";
import { serverTroubles } from "./postgres-server.ts";
import { race } from "./race.ts";
import type { Scenario, ScenarioOptions } from "./row.ts";
import type { EngineOptions } from "./scenario.ts";
import { transactions } from "./transaction.ts";
import { zombies } from "./zombies.ts";

/** A scenario with its sizes. */
export interface Sized {
  readonly run: Scenario;
  /** `cycles` of the long form, and of `--quick`. */
  readonly long: number;
  readonly quick: number;
}

/** All scenarios by name, each with the controls that must fail; those of PostgreSQL on the engine that is given. */
export function scenariosOn(postgres: LedgerEngine): Readonly<Record<string, Sized>> {
  return {
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
    "postgres-kill-two": on(postgres, kills, { processes: 2, level: "order" }, 200, 10),
    "postgres-kill-lines": on(postgres, kills, { processes: 2, level: "line" }, 200, 10),
    "postgres-kill-blind": on(postgres, kills, { processes: 2, level: "order", without: "look-up" }, 60, 10),
    "postgres-zombie-sending": on(postgres, zombies, { stopped: "while sending" }, 30, 3),
    "postgres-zombie-before": on(postgres, zombies, { stopped: "before sending" }, 30, 3),
    "postgres-zombie-blind": on(postgres, zombies, { stopped: "while sending", without: "look-up" }, 10, 3),
    "postgres-race-2": on(postgres, race, { workers: 2 }, 25_000, 500),
    "postgres-race-4": on(postgres, race, { workers: 4 }, 25_000, 500),
    "postgres-race-8": on(postgres, race, { workers: 8 }, 25_000, 500),
    "postgres-race-16": on(postgres, race, { workers: 16 }, 25_000, 500),
    "postgres-race-alone": on(postgres, race, { workers: 2, without: "shared claims" }, 1000, 100),
    "postgres-mixture": on(postgres, mixtures, { level: "order" }, 5000, 500),
    "postgres-mixture-lines": on(postgres, mixtures, { level: "line" }, 2000, 300),
    "postgres-clock": on(postgres, databaseClock, {}, 2000, 200),
    "postgres-clock-own": on(postgres, databaseClock, { without: "the database's clock" }, 500, 200),
    "postgres-server": { run: serverTroubles, long: 80, quick: 6 },
    "postgres-server-early": {
      run: (options) => serverTroubles({ ...options, without: "waiting for report" }),
      long: 12,
      quick: 3,
    },
    transaction: on(postgres, transactions, {}, 100, 8),
    "transaction-beside": on(postgres, transactions, { without: "transaction" }, 20, 8),
  };
}

function on<Options extends EngineOptions>(
  ledger: LedgerEngine,
  scenario: (options: Options) => ReturnType<Scenario>,
  variant: Omit<Options, keyof EngineOptions>,
  long: number,
  quick: number,
): Sized {
  return { run: (options: ScenarioOptions) => scenario({ ...options, ledger, ...variant } as Options), long, quick };
}
