import { spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Row, ScenarioOptions } from "../row.ts";
import { secondsSince } from "./seconds.ts";

const source = fileURLToPath(new URL("./shadow.c", import.meta.url));

/** Why `shadow.c` cannot be used here, if it cannot. */
export function whyNoShim(): string | undefined {
  if (process.platform !== "linux") return "LD_PRELOAD and /proc of Linux are wanted";
  return spawnSync("cc", ["--version"]).error ? "there is no C compiler (cc)" : undefined;
}

/** A fresh folder, compiled `shadow.c` in it, for as long as the scenario runs. Where there is no compiler the row says so. */
export async function withShim(
  { name, control, seed }: Pick<Row, "name" | "control"> & Pick<ScenarioOptions, "seed">,
  scenario: (folder: string, library: string) => Promise<Omit<Row, "name" | "control" | "seed" | "held" | "seconds">>,
): Promise<Row> {
  const begun = performance.now();
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "cashtrail-disk-"));
  try {
    const library = join(folder, "shadow.so");
    const missing = whyNoShim() ?? compileShim(library);
    const outcome = missing
      ? { kills: 0, orders: 0, lost: 0, twice: 0, holds: false, note: `not run: ${missing}` }
      : await scenario(folder, library);
    return { name, control, seed, held: 0, ...outcome, seconds: secondsSince(begun) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes the library to preload, or answers why it cannot. */
export function compileShim(library: string): string | undefined {
  const { status, stderr } = spawnSync("cc", ["-shared", "-fPIC", "-O2", "-o", library, source, "-ldl", "-pthread"]);
  return status === 0 ? undefined : `shadow.c does not compile: ${String(stderr).split("\n")[0]}`;
}
