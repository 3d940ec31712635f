import { execFile } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { compileShim, whyNoShim } from "../chaos/disk/shim.ts";
import type { Measured } from "./measured.ts";
import type { Progress, Sizes } from "./sizes.ts";

/** As disks of rented machines take, which keep their copies elsewhere. */
export const SYNC_MS = 2;

const script = fileURLToPath(new URL("./slow-disk-process.ts", import.meta.url));

/** `report()` on SQLite once more, in a process for which each sync takes longer; nothing where that cannot be had. */
export async function reportOnSlowDisk({ rounds, orders }: Sizes, progress: Progress): Promise<Measured[]> {
  const folder = mkdtempSync(join(tmpdir(), "cashtrail-bench-shim-"));
  try {
    const library = join(folder, "shadow.so");
    const missing = whyNoShim() ?? compileShim(library);
    if (missing) {
      progress(`no slow disk: ${missing}`);
      return [];
    }
    const { stdout } = await promisify(execFile)(process.execPath, [script, String(rounds), String(orders)], {
      env: {
        ...process.env,
        LD_PRELOAD: library,
        LEDGER_FOLDER: realpathSync(tmpdir()),
        SYNC_DELAY_MS: String(SYNC_MS),
      },
    });
    return JSON.parse(stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
