import type { Logger } from "../logging.ts";
import { plain } from "./terminal.ts";
import { shownTime } from "./times.ts";

/** As pino numbers them, and what reads its lines expects. */
const numbers = { info: 30, warn: 40, error: 50 } as const;

/** A server's log on standard output: a JSON line each as pino writes them, or on a terminal, a line for people. */
export function ownLogger(): Logger {
  const isTerminal = process.stdout.isTTY;
  const at = (level: keyof typeof numbers) => (about: object, msg: string) => {
    const now = new Date();
    const line = isTerminal
      ? `${shownTime(now)}  ${level.padEnd(5)}  ${plain(msg)}  ${plain(inWords(about))}`.trimEnd()
      : JSON.stringify({ level: numbers[level], time: +now, ...about, msg });
    process.stdout.write(`${line}\n`);
  };
  return { info: at("info"), warn: at("warn"), error: at("error") };
}

function inWords(about: object): string {
  return Object.entries(about)
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" ");
}
