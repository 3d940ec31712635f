import type { Measured } from "./measured.ts";
import { reportOnPostgres } from "./report-postgres.ts";
import { reportOnSqlite } from "./report-sqlite.ts";
import type { Progress, Sizes } from "./sizes.ts";
import { reportOnSlowDisk } from "./slow-disk.ts";

/** `report()` with many orders at once: on SQLite, on the same with a slower disk, and on PostgreSQL. */
export async function reportFigures(sizes: Sizes, progress: Progress): Promise<Measured[]> {
  progress("on SQLite");
  const onSqlite = await reportOnSqlite(sizes, "");
  progress("on a slower disk");
  const onSlowDisk = await reportOnSlowDisk(sizes, progress);
  progress("on PostgreSQL");
  return [...onSqlite, ...onSlowDisk, ...(await reportOnPostgres(sizes))];
}
