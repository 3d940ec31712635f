import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Row, ScenarioOptions } from "../row.ts";
import { seeded } from "../seeded.ts";
import { collectorOn, kept } from "./checkout.ts";
import { inspect, isIntact } from "./inspection.ts";
import { secondsSince } from "./seconds.ts";
import { type SmallDisk, smallDisk } from "./small-disk.ts";

const writerScript = fileURLToPath(new URL("./full-disk-writer.ts", import.meta.url));

/**
 * A checkout fills a disk of 3 MB until orders are refused, `cycles` times. Then there is room again: for the same
 * process, or for the next one where this one is killed. What was refused is reported again.
 */
export function fullDisk(options: ScenarioOptions): Promise<Row> {
  return fillDisk("disk full", false, options);
}

/** The same with a checkout that acknowledges an order when it reports it, and does not wait. */
export function fullDiskAcknowledgedEarly(options: ScenarioOptions): Promise<Row> {
  return fillDisk("disk full, acknowledged early", true, options);
}

async function fillDisk(name: string, control: boolean, { seed, cycles, progress }: ScenarioOptions): Promise<Row> {
  const begun = performance.now();
  const random = seeded(seed);
  const total = { kills: 0, orders: 0, journaled: 0, refused: 0, lost: 0, twice: 0, broken: 0, stillRefused: 0 };
  const limits = new Set<string>();
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    const folder = mkdtempSync(join(realpathSync(tmpdir()), "cashtrail-full-"));
    const disk = smallDisk(folder);
    try {
      limits.add(disk.limit);
      const ledger = join(disk.path, "cashtrail.db");
      // Reporting again would mend what was acknowledged early.
      const isKilled = control || random() < 0.5;
      const { acknowledged, journaled, refused, refusedAgain } = await fill(
        disk,
        ledger,
        `F${cycle}`,
        isKilled,
        control,
      );
      const collector = collectorOn(ledger);
      if (isKilled && !control)
        for (const number of refused) {
          await kept(collector, number).then(
            () => acknowledged.add(number),
            () => refusedAgain.add(number),
          );
        }
      // What is in the journal is taken into the ledger.
      await collector.flush();
      const seen = await inspect(collector, acknowledged);
      await collector.stop();

      total.kills += isKilled ? 1 : 0;
      total.orders += acknowledged.size;
      total.journaled += journaled.size;
      total.refused += refused.size;
      total.stillRefused += refusedAgain.size;
      total.lost += seen.lost.length;
      total.twice += seen.twice.length;
      total.broken += isIntact(ledger) ? 0 : 1;
    } finally {
      disk.remove();
      rmSync(folder, { recursive: true, force: true });
    }
    progress?.(
      `${name}: ${cycle + 1} of ${cycles}, ${total.orders} orders, ${total.refused} refused, ${total.lost} lost`,
    );
  }
  const { kills, orders, journaled, refused, lost, twice, broken, stillRefused } = total;
  const isWhole = lost === 0 && twice === 0 && broken === 0 && stillRefused === 0 && orders > 0;
  return {
    name,
    control,
    seed,
    kills,
    orders,
    lost,
    twice,
    held: 0,
    // A disk that never got full proves nothing.
    holds: refused >= cycles && (control ? lost > 0 : isWhole && journaled > 0),
    note:
      `${cycles} times full (${[...limits].join(", ")}), ${journaled} orders journaled, ${refused} refused` +
      `${control ? "" : `, ${stillRefused} of them refused again when there was room`}, ${broken} left a broken file`,
    seconds: secondsSince(begun),
  };
}

/** Runs the writer until its orders are refused; then it is killed, or gets room and reports them again. */
async function fill(disk: SmallDisk, ledger: string, prefix: string, isKilled: boolean, early: boolean) {
  const [command, ...given] = disk.within([
    process.execPath,
    writerScript,
    ledger,
    prefix,
    ...(early ? ["early"] : []),
  ]);
  const child = spawn(command, given, { stdio: ["pipe", "pipe", "inherit"] });
  const acknowledged = new Set<string>();
  const journaled = new Set<string>();
  const refused = new Set<string>();
  const refusedAgain = new Set<string>();
  const writer = child.pid ?? 0;
  let isFull = false;
  const lines = createInterface({ input: child.stdout });
  const ended = Promise.all([once(child, "exit"), once(lines, "close")]);
  lines.on("line", (line) => {
    const [what, number = ""] = line.split(" ");
    if (what === "kept") acknowledged.add(number);
    else if (what === "journaled") {
      if (!isFull && journaled.size === 0) disk.leaveNoRoom(writer);
      journaled.add(number);
      acknowledged.add(number);
    } else if (what === "refused") (isFull ? refusedAgain : refused).add(number);
    else {
      isFull = true;
      disk.makeRoom(writer);
      if (isKilled) child.kill("SIGKILL");
      else child.stdin.end();
    }
  });
  const [[code, signal]] = await ended;
  if (!isFull) throw new Error("the writer ended before the disk was full");
  if (!isKilled && code !== 0) throw new Error(`the writer ended with ${code ?? signal}`);
  return { acknowledged, journaled, refused, refusedAgain };
}
