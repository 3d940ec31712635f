import { note } from "../terminal.ts";

const BAR = 24;

/** Tells how far it is: a line that is written over on a terminal, else a new one now and then. */
export function createMeter(total: number) {
  const isTerminal = process.stderr.isTTY;
  const began = performance.now();
  let told = began;
  const clear = () => {
    if (isTerminal) process.stderr.write("\r\x1b[K");
  };
  return {
    clear,
    tell(done: number): void {
      const now = performance.now();
      if (now - told < (isTerminal ? 100 : 10_000)) return;
      told = now;
      const share = total === 0 ? 1 : done / total;
      const full = Math.round(share * BAR);
      const rate = Math.round(done / ((now - began) / 1000));
      const text = `${"█".repeat(full)}${"░".repeat(BAR - full)}  ${done} of ${total}  ${rate} a second`;
      if (isTerminal) process.stderr.write(`\r\x1b[K${text}`);
      else note(`${done} of ${total}`);
    },
  };
}
