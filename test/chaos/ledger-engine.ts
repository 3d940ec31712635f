import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dropDatabase, newDatabase } from "../support/postgres.ts";

/** An engine that scenarios run on. */
export interface LedgerEngine {
  readonly name: string;
  /** A new, empty ledger. */
  fresh(): Promise<FreshLedger>;
}

export interface FreshLedger {
  /** The ledger as that instance of the store keeps it. */
  at(instance: number): Keeping;
  remove(): Promise<void>;
}

/** Where an instance keeps orders, as `createCollector` takes it in any process of this machine. */
export interface Keeping {
  readonly ledger: string;
  readonly journal: string;
}

export const sqlite: LedgerEngine = {
  name: "SQLite",
  async fresh() {
    const folder = temporaryFolder();
    const ledger = join(folder, "ledger.db");
    return {
      // Whoever shares the file shares the journal beside it.
      at: () => ({ ledger, journal: `${ledger}.journal` }),
      remove: async () => erase(folder),
    };
  },
};

/** A database for each ledger, on a server whose URL is asked for when it is needed. */
export function postgres(server: () => Promise<string>): LedgerEngine {
  return {
    name: "PostgreSQL",
    async fresh() {
      const folder = temporaryFolder();
      const ledger = await newDatabase(await server());
      return {
        at: (instance) => ({ ledger, journal: join(folder, `journal-${instance}`) }),
        async remove() {
          await dropDatabase(ledger);
          erase(folder);
        },
      };
    },
  };
}

function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "cashtrail-chaos-"));
}

function erase(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
