import { collectorOn, kept } from "./checkout.ts";
import { print } from "./print.ts";

/**
 * `node power-cut-writer.ts LEDGER PREFIX`: reports orders, eight at once, until its input ends, and prints
 * `kept NUMBER` (or `journaled NUMBER`) once `report` has resolved, and not before.
 */
const [ledger = "", prefix = ""] = process.argv.slice(2);

let isOpen = true;
process.stdin.on("end", () => {
  isOpen = false;
});
process.stdin.resume();

print("opening");
const collector = collectorOn(ledger);
await Promise.all(
  Array.from({ length: 8 }, async (_, lane) => {
    for (let index = 0; isOpen; index += 1) {
      const number = `${prefix}-${lane}-${index}`;
      print(`${await kept(collector, number)} ${number}`);
    }
  }),
);
await collector.stop();
