import { createInterface } from "node:readline";
import { collectorOn, kept } from "./checkout.ts";
import { print } from "./print.ts";

/**
 * `node full-disk-writer.ts LEDGER PREFIX [early]`: reports orders, eight at once, each until one is refused, and prints
 * `kept NUMBER` (or `journaled NUMBER`) once `report` has resolved or, `early`, already when it is called, or
 * `refused NUMBER`. Then it prints `full`, waits for its input to end, and reports the refused ones again and some more.
 */
const [ledger = "", prefix = "", early] = process.argv.slice(2);
const LANES = 8;

/** For a disk that never gets full. */
const MOST_IN_A_LANE = 600;

const roomAgain = new Promise((resolve) => createInterface({ input: process.stdin }).on("close", resolve));
const collector = collectorOn(ledger);

async function isKept(number: string): Promise<boolean> {
  try {
    if (early) print(`kept ${number}`);
    print(`${await kept(collector, number)} ${number}`);
    return true;
  } catch {
    print(`refused ${number}`);
    return false;
  }
}

const refused: string[] = [];
await Promise.all(
  Array.from({ length: LANES }, async (_, lane) => {
    for (let index = 0; index < MOST_IN_A_LANE; index += 1) {
      const number = `${prefix}-${lane}-${index}`;
      if (await isKept(number)) continue;
      refused.push(number);
      return;
    }
  }),
);
print("full");
await roomAgain;
for (const number of [...refused, ...Array.from({ length: LANES }, (_, lane) => `${prefix}-${lane}-more`)])
  await isKept(number);
await collector.stop();
