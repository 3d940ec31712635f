import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { note } from "../terminal.ts";
import type { Tally } from "./tally.ts";

interface Kept {
  /** The run's marks: one of another file or another ledger begins anew. */
  readonly of: string;
  /** The last line that is done. */
  readonly line: number;
  readonly tally: Tally;
}

/**
 * Where a run that was broken off goes on: a small file beside the one with the orders, for as long as it is not done.
 * It is read by a run of the same file, unedited, with the same `marks`.
 */
export function openBookmark(path: string, marks: readonly string[]) {
  const place = `${path}.progress`;
  const { size, mtimeMs } = statSync(path);
  const of = JSON.stringify([size, mtimeMs, ...marks]);
  let isToldOf = false;
  return {
    read(): Pick<Kept, "line" | "tally"> | undefined {
      try {
        const kept: Kept = JSON.parse(readFileSync(place, "utf8"));
        return kept.of === of ? kept : undefined;
      } catch {
        return undefined;
      }
    },
    write(line: number, tally: Tally): void {
      try {
        writeFileSync(place, JSON.stringify({ of, line, tally } satisfies Kept));
      } catch (error) {
        // It only spares time: what is reported twice counts once.
        if (!isToldOf) note(`Where this is cannot be kept: ${(error as Error).message}. Broken off, it begins anew.`);
        isToldOf = true;
      }
    },
    remove: () => rmSync(place, { force: true }),
  };
}
