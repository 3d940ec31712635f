import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** An engine that scenarios run on. */
export interface LedgerEngine {
  readonly name: string;
  /** A new, empty ledger. */
  fresh(): Promise<FreshLedger>;
}

export interface FreshLedger {
  /** What `createCollector` takes as its `ledger`, in any process of this machine. */
  readonly place: string;
  remove(): Promise<void>;
}

export const sqlite: LedgerEngine = {
  name: "SQLite",
  async fresh() {
    const folder = mkdtempSync(join(tmpdir(), "cashtrail-chaos-"));
    return {
      place: join(folder, "ledger.db"),
      remove: async () => rmSync(folder, { recursive: true, force: true }),
    };
  },
};
