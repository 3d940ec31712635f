import { join } from "node:path";
import { inject, onTestFinished } from "vitest";
import { postgresLedger } from "../../packages/collector/src/ledger/postgres.ts";
import { sqliteLedger } from "../../packages/collector/src/ledger/sqlite.ts";
import { temporaryFolder } from "./collector-server.ts";
import type { Engine } from "./ledger-contract.ts";
import { dropDatabase, newDatabase, query } from "./postgres.ts";

export type OpenedEngine = Pick<Engine, "place" | "open">;

export const sqlite: OpenedEngine = { place: () => join(temporaryFolder(), "cashtrail.db"), open: sqliteLedger };

/** One database for as many ledgers as come one after the other: each place erases the one before. */
export function reusedPostgres(): OpenedEngine {
  let url: string | undefined;

  async function place(): Promise<string> {
    if (url) {
      await query(url, "DROP SCHEMA cashtrail CASCADE");
      return url;
    }
    const made = await newDatabase(inject("postgres"));
    onTestFinished(async () => {
      url = undefined;
      await dropDatabase(made);
    });
    url = made;
    return made;
  }

  return { place, open: postgresLedger };
}
