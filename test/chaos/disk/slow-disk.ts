import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Row, ScenarioOptions } from "../row.ts";
import { collectorOn } from "./checkout.ts";
import { inspect, isIntact } from "./inspection.ts";
import { withShim } from "./shim.ts";
import type { Measured } from "./slow-disk-writer.ts";

/** Loose: other work on the machine holds the event loop too. */
const LOOP_P99_MS = 20;
const SYNC_MS = 20;

const writerScript = fileURLToPath(new URL("./slow-disk-writer.ts", import.meta.url));

/** 200 orders a second, for `cycles` seconds, on a disk that takes 20 ms to sync. */
export function slowDisk(options: ScenarioOptions): Promise<Row> {
  return onSlowDisk("slow disk", false, options);
}

/** The same orders, each with a commit of its own on the main thread. */
export function slowDiskOnMainThread(options: ScenarioOptions): Promise<Row> {
  return onSlowDisk("slow disk, a commit each on the main thread", true, options);
}

function onSlowDisk(name: string, control: boolean, { seed, cycles, progress }: ScenarioOptions): Promise<Row> {
  return withShim({ name, control, seed }, async (folder, library) => {
    const disk = join(folder, "disk");
    const ledger = join(disk, "cashtrail.db");
    mkdirSync(disk);
    progress?.(`${name}: ${cycles} s`);
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [writerScript, control ? "main-thread" : "collector", ledger, String(cycles)],
      {
        env: {
          ...process.env,
          LD_PRELOAD: library,
          LEDGER_FOLDER: disk,
          SYNC_COUNT: join(folder, "syncs"),
          SYNC_DELAY_MS: String(SYNC_MS),
        },
        maxBuffer: 64 * 1024 * 1024,
      },
    );
    const { asked, acknowledged, waitP50, waitP99, loopP99, syncs }: Measured = JSON.parse(stdout);
    const keepsUp = acknowledged.length === asked && loopP99 <= LOOP_P99_MS;
    const seen = control ? { lost: [], twice: [], intact: true } : await inspected(ledger, acknowledged);
    return {
      kills: 0,
      orders: acknowledged.length,
      lost: seen.lost.length,
      twice: seen.twice.length,
      holds: control ? !keepsUp : keepsUp && seen.lost.length === 0 && seen.twice.length === 0 && seen.intact,
      note:
        `${acknowledged.length} of ${asked} orders acknowledged in time, after ${ms(waitP50)} (p50) and ${ms(waitP99)} (p99); ` +
        `event loop p99 ${ms(loopP99)}; ${syncs} syncs of ${SYNC_MS} ms`,
    };
  });
}

async function inspected(ledger: string, acknowledged: readonly string[]) {
  const collector = collectorOn(ledger);
  // What is in the journal is taken into the ledger.
  await collector.flush();
  const seen = await inspect(collector, new Set(acknowledged));
  await collector.stop();
  return { ...seen, intact: isIntact(ledger) };
}

function ms(milliseconds: number): string {
  return `${milliseconds.toFixed(1)} ms`;
}
