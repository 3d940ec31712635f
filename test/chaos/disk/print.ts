import { writeSync } from "node:fs";

const nothing = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes a line straight to the pipe: what was printed outlives the process, and nothing waits in it to be printed.
 * Where the reader is behind it waits for it.
 */
export function print(line: string): void {
  let rest = Buffer.from(`${line}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if ((error as { code?: string }).code !== "EAGAIN") throw error;
      Atomics.wait(nothing, 0, 0, 1);
    }
  }
}
