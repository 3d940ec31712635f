import { reportOnSqlite } from "./report-sqlite.ts";
import { SYNC_MS } from "./slow-disk.ts";

/** `node slow-disk-process.ts ROUNDS ORDERS`: prints the figures as JSON. */
const [rounds, orders] = process.argv.slice(2).map(Number) as [number, number];
process.stdout.write(JSON.stringify(await reportOnSqlite({ rounds, orders }, `, ${SYNC_MS} ms more a sync`)));
