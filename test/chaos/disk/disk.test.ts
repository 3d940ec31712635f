import { spawn } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Row, Scenario } from "../row.ts";
import { fullDisk, fullDiskAcknowledgedEarly } from "./full-disk.ts";
import { powerCuts, powerCutsLessSynced } from "./power-cut.ts";
import { whyNoShim } from "./shim.ts";
import { slowDisk, slowDiskOnMainThread } from "./slow-disk.ts";
import { smallDisk } from "./small-disk.ts";

const SEED = 3;

/** Runs the scenario, and where it is not as it must be, tells the seed and what happened. */
async function expectRow(scenario: Scenario, cycles: number, wanted: Partial<Row>): Promise<Row> {
  const row = await scenario({ seed: SEED, cycles });
  expect(row, `seed ${row.seed}: ${row.note}`).toMatchObject(wanted);
  return row;
}

const missing = whyNoShim();

describe.skipIf(missing)(
  missing ? `a disk that is tampered with (skipped: ${missing})` : "a disk that is tampered with",
  { concurrent: true },
  () => {
    test("has every acknowledged order after a power cut", async () => {
      await expectRow(powerCuts, 5, { holds: true, control: false, kills: 5, lost: 0, twice: 0 });
    }, 60_000);

    test("loses acknowledged orders in a power cut where the ledger does not sync at each commit", async () => {
      const row = await expectRow(powerCutsLessSynced, 3, { holds: true, control: true });
      expect(row.lost).toBeGreaterThan(0);
    }, 60_000);

    test("keeps up with 200 orders a second when each sync takes 20 ms", async () => {
      // Without `holds`: how long the event loop was held depends on what else the machine does.
      await expectRow(slowDisk, 1, { control: false, orders: 200, lost: 0, twice: 0 });
    }, 60_000);

    test("does not keep up when each sync takes 20 ms and each order has a commit of its own", async () => {
      const row = await expectRow(slowDiskOnMainThread, 1, { holds: true, control: true });
      expect(row.orders).toBeLessThan(200);
    }, 60_000);
  },
);

describe("a disk that is full", { concurrent: true }, () => {
  test("has every acknowledged order, and takes the refused ones once there is room", async () => {
    await expectRow(fullDisk, 2, { holds: true, control: false, lost: 0, twice: 0 });
  }, 60_000);

  test("lacks orders that were acknowledged before they were kept", async () => {
    const row = await expectRow(fullDiskAcknowledgedEarly, 1, { holds: true, control: true });
    expect(row.lost).toBeGreaterThan(0);
  }, 60_000);

  /** What `GET /ready` says before the disk is full and after. */
  async function readiness(wanted: "journaled" | "refused"): Promise<string[]> {
    const folder = mkdtempSync(join(realpathSync(tmpdir()), "cashtrail-ready-"));
    const disk = smallDisk(folder);
    onTestFinished(() => {
      disk.remove();
      rmSync(folder, { recursive: true, force: true });
    });
    const script = fileURLToPath(new URL("./full-disk-readiness.ts", import.meta.url));
    const journal = join(wanted === "journaled" ? folder : disk.path, "journal");
    const ledger = join(disk.path, "cashtrail.db");
    const [command, ...given] = disk.within([process.execPath, script, ledger, journal, wanted]);
    const child = spawn(command, given, { stdio: ["ignore", "pipe", "inherit"] });
    const told: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      if (line !== "journaled") told.push(line);
      else if (wanted === "refused") disk.leaveNoRoom(child.pid ?? 0);
    }
    return told;
  }

  test("is told by /ready where the journal, on another disk, takes the orders", async () => {
    expect(await readiness("journaled")).toEqual([
      '200 {"status":"ok","orders":"ledger"}',
      '200 {"status":"ok","orders":"journal"}',
    ]);
  }, 60_000);

  test("is told by /ready where the journal is full too", async () => {
    expect(await readiness("refused")).toEqual([
      '200 {"status":"ok","orders":"ledger"}',
      '503 {"status":"neither the ledger nor the journal can be written"}',
    ]);
  }, 60_000);
});
