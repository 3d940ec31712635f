import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Row, ScenarioOptions } from "../row.ts";
import { seeded } from "../seeded.ts";
import { collectorOn } from "./checkout.ts";
import { type Inspection, inspect, isIntact } from "./inspection.ts";
import { withShim } from "./shim.ts";

const LEDGER = "cashtrail.db";

// A ledger stays small enough to be copied at each cut, and several are cut while they are made.
const CUTS_PER_LEDGER = 10;

const SECTOR_BYTES = 512;

const lessSynced = new URL("./less-synced.ts", import.meta.url).href;
const writerScript = fileURLToPath(new URL("./power-cut-writer.ts", import.meta.url));

/**
 * A checkout writes, and the power is cut `cycles` times while it opens, fills or closes its ledger. What was not synced
 * is gone, or in every other cut is there in part: some sectors, in any order. The next cut hits what this one has left.
 */
export function powerCuts(options: ScenarioOptions): Promise<Row> {
  return cutPower("power cuts", false, options);
}

/** The same with a ledger that does not sync at each commit. */
export function powerCutsLessSynced(options: ScenarioOptions): Promise<Row> {
  return cutPower("power cuts, synchronous=NORMAL", true, options);
}

function cutPower(name: string, control: boolean, { seed, cycles, progress }: ScenarioOptions): Promise<Row> {
  return withShim({ name, control, seed }, async (folder, library) => {
    const disk = join(folder, "disk");
    const shadow = join(folder, "shadow");
    const syncs = join(folder, "syncs");
    const cuts: Record<Moment, number> = { opening: 0, writing: 0, closing: 0 };
    const total = { orders: 0, lost: 0, twice: 0, lossy: 0, unsynced: 0, broken: 0 };
    let acknowledged = new Set<string>();
    let isJournaled = false;

    for (let cycle = 0; cycle < cycles; cycle += 1) {
      // One for each cut: how many numbers a cut takes depends on what it hits, and the next one should be the same anyway.
      const random = seeded(seed * 1000 + cycle);
      const isNew = cycle % CUTS_PER_LEDGER === 0;
      if (isNew) {
        rmSync(disk, { recursive: true, force: true });
        mkdirSync(disk);
        acknowledged = new Set();
        isJournaled = false;
      }
      cpSync(disk, shadow, { recursive: true });
      const moment = isNew ? "opening" : momentFrom(random());
      const writer = await cutWriter({
        command: [...(control ? ["--import", lessSynced] : []), writerScript, join(disk, LEDGER), `P${cycle}`],
        environment: { LD_PRELOAD: library, LEDGER_FOLDER: disk, SHADOW_FOLDER: shadow, SYNC_COUNT: syncs },
        moment,
        random,
      });
      for (const number of writer.acknowledged) acknowledged.add(number);
      isJournaled ||= writer.isJournaled;
      const survives = cycle % 2 === 0 ? () => false : sometimes(random);
      const hadUnsynced = leaveWhatSurvives(disk, shadow, survives);
      const seen = await inspectCopy(disk, join(folder, "copy"), acknowledged, isJournaled);
      // A lost order is counted at the cut that took it.
      for (const number of seen.lost) acknowledged.delete(number);

      cuts[moment] += 1;
      total.orders += writer.acknowledged.length;
      total.lost += seen.lost.length;
      total.twice += seen.twice.length;
      total.lossy += seen.lost.length > 0 ? 1 : 0;
      total.broken += seen.intact ? 0 : 1;
      total.unsynced += hadUnsynced ? 1 : 0;
      progress?.(`${name}: cut ${cycle + 1} of ${cycles}, ${total.orders} orders, ${total.lost} lost`);
    }

    const { orders, lost, twice, lossy, unsynced, broken } = total;
    const kept = lost === 0 && twice === 0 && broken === 0 && orders > 0;
    return {
      kills: cycles,
      orders,
      lost,
      twice,
      holds: control ? lost > 0 : kept,
      note:
        `${cuts.opening} cuts while opening, ${cuts.writing} writing, ${cuts.closing} closing; ` +
        `${unsynced} had something unsynced, ${lossy} lost orders, ${broken} left a broken file; ` +
        `${existsSync(syncs) ? statSync(syncs).size : 0} syncs`,
    };
  });
}

type Moment = "opening" | "writing" | "closing";

function momentFrom(drawn: number): Moment {
  if (drawn < 0.25) return "opening";
  return drawn < 0.75 ? "writing" : "closing";
}

/** Runs the writer until its power is cut, and answers the orders it has acknowledged. */
async function cutWriter(writer: {
  command: string[];
  environment: NodeJS.ProcessEnv;
  moment: Moment;
  random: () => number;
}): Promise<{ acknowledged: string[]; isJournaled: boolean }> {
  const { command, environment, moment, random } = writer;
  const child = spawn(process.execPath, command, {
    env: { ...process.env, ...environment },
    stdio: ["pipe", "pipe", "inherit"],
  });
  // It is killed while it may be reading.
  child.stdin.on("error", () => {});
  const lines = createInterface({ input: child.stdout });
  const acknowledged: string[] = [];
  let isJournaled = false;
  const opening = Promise.withResolvers<void>();
  const writing = Promise.withResolvers<void>();
  lines.on("line", (line) => {
    if (line === "opening") return opening.resolve();
    const [where, number = ""] = line.split(" ");
    acknowledged.push(number);
    isJournaled ||= where === "journaled";
    writing.resolve();
  });
  const ended = Promise.all([once(child, "exit"), once(lines, "close")]);
  const begun = moment === "opening" ? opening.promise : writing.promise;
  try {
    await Promise.race([begun, ended.then(() => Promise.reject(new Error("the writer ended by itself")))]);
    // Up to about as long as opening and closing take.
    await wait(random() * (moment === "opening" ? 60 : 150));
    if (moment === "closing") {
      child.stdin.end();
      await wait(random() * 20);
    }
  } finally {
    child.kill("SIGKILL");
  }
  await ended;
  return { acknowledged, isJournaled };
}

/** Whether a sector that was written and not synced is on the disk nevertheless. How many are differs from cut to cut. */
function sometimes(random: () => number): () => boolean {
  const share = random();
  return () => random() < share;
}

/** Puts the shadow in the disk's place, with those unsynced sectors that survive. Answers whether there were any unsynced. */
function leaveWhatSurvives(disk: string, shadow: string, survives: () => boolean): boolean {
  let hadUnsynced = false;
  for (const entry of readdirSync(disk, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const kept = join(shadow, path.slice(disk.length));
    const written = readFileSync(path);
    const synced = existsSync(kept) ? readFileSync(kept) : Buffer.alloc(0);
    // SQLite never syncs its -shm file, and makes it anew after a crash.
    if (!written.equals(synced) && !path.endsWith("-shm")) hadUnsynced = true;
    const surviving = mixed(synced, written, survives);
    if (surviving.equals(synced)) continue;
    mkdirSync(dirname(kept), { recursive: true });
    writeFileSync(kept, surviving);
  }
  rmSync(disk, { recursive: true });
  renameSync(shadow, disk);
  return hadUnsynced;
}

function mixed(synced: Buffer, written: Buffer, survives: () => boolean): Buffer {
  const surviving = Buffer.alloc(Math.max(synced.length, written.length));
  synced.copy(surviving);
  let length = synced.length;
  for (let offset = 0; offset < written.length; offset += SECTOR_BYTES) {
    const sector = written.subarray(offset, offset + SECTOR_BYTES);
    if (sector.equals(synced.subarray(offset, offset + sector.length)) || !survives()) continue;
    sector.copy(surviving, offset);
    length = Math.max(length, offset + sector.length);
  }
  return surviving.subarray(0, length);
}

/** Looks at a copy, so that the next writer finds the disk as the cut has left it. */
async function inspectCopy(
  disk: string,
  copy: string,
  acknowledged: ReadonlySet<string>,
  isJournaled: boolean,
): Promise<Inspection & { intact: boolean }> {
  cpSync(disk, copy, { recursive: true });
  try {
    const collector = collectorOn(join(copy, LEDGER));
    // What is in the journal is taken into the ledger.
    if (isJournaled) await collector.flush();
    const seen = await inspect(collector, acknowledged);
    await collector.stop();
    return { ...seen, intact: isIntact(join(copy, LEDGER)) };
  } catch {
    return { lost: [...acknowledged], twice: [], intact: false };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
