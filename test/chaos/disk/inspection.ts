import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { Collector } from "../../../packages/collector/src/index.ts";
import { NETWORKS } from "./checkout.ts";

/** As many conversions as `find` gives at once. */
const AT_MOST = 10_000;

export interface Inspection {
  /** Orders that are not there for every network. */
  lost: string[];
  /** Orders that are there more than once for one network. */
  twice: string[];
}

/** What the ledger has of these orders, asked through the collector. */
export async function inspect(collector: Collector, acknowledged: ReadonlySet<string>): Promise<Inspection> {
  const lost = new Set<string>();
  const twice = new Set<string>();
  for (const network of NETWORKS) {
    const found = (await collector.find({ network, limit: AT_MOST })).map(({ number }) => number);
    if (found.length === AT_MOST) throw new Error(`the ledger has too many orders to see all: fewer cycles are wanted`);
    const there = new Set(found);
    for (const number of acknowledged) if (!there.has(number)) lost.add(number);
    if (there.size < found.length)
      for (const number of there) if (found.indexOf(number) !== found.lastIndexOf(number)) twice.add(number);
  }
  return { lost: [...lost], twice: [...twice] };
}

/** Whether SQLite finds nothing wrong in the file, or there is none yet. */
export function isIntact(path: string): boolean {
  if (!existsSync(path)) return true;
  const database = new DatabaseSync(path);
  try {
    const problems = database
      .prepare("PRAGMA integrity_check")
      .all()
      .concat(database.prepare("PRAGMA foreign_key_check").all());
    return problems.length === 1 && problems[0]?.integrity_check === "ok";
  } catch {
    return false;
  } finally {
    database.close();
  }
}
