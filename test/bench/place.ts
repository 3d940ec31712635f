import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dropDatabase, newDatabase } from "../support/postgres.ts";

/** Where a new and empty ledger is. */
export interface Place {
  readonly ledger: string;
  readonly journal: string;
  /** Of its own, on the disk of the embedded ledger. */
  readonly folder: string;
  remove(): Promise<void>;
}

/** On the embedded engine, or on the server that is named. */
export async function freshPlace(server?: string): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), "cashtrail-bench-"));
  const database = server === undefined ? undefined : await newDatabase(server);
  return {
    ledger: database ?? join(folder, "ledger.db"),
    journal: join(folder, "journal"),
    folder,
    async remove() {
      if (database !== undefined) await dropDatabase(database);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
