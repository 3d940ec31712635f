import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Entry, Ledger } from "../../packages/collector/src/ledger/ledger.ts";

/**
 * A process with a ledger of its own: `node ledger-process.ts MODULE NAME PLACE TIME TASK [NUMBER]`.
 * It prints a line for what the ledger has acknowledged, and not before.
 */
const [module = "", name = "", place = "", time = "", task = "", number = "A-1"] = process.argv.slice(2);
const { [name]: open } = (await import(module)) as Record<string, (place: string, now: () => Date) => Ledger>;
if (!open) throw new Error(`${module} exports no ${name}`);
const openAt = (where: string): Ledger => open(where, () => new Date(time));

function entry(orderNumber: string): Entry {
  return {
    order: {
      number: orderNumber,
      currency: "SEK",
      lines: [{ sku: "4113", name: "Mug", quantity: 1, net: 10_000, vat: 2500 }],
      placedAt: new Date(time),
    },
    conversions: ["retrack", "shopback"].map((network) => ({
      network,
      click: { network, id: "59d08c54-18e6-4e0d-9c06-d18be3510e43", at: new Date(time) },
      postbacks: [
        { id: `${network}/${orderNumber}/create`, kind: "create", step: { create: orderNumber }, ifUnknown: "hold" },
      ],
    })),
  };
}

// Straight to the pipe: what was printed outlives the process, and nothing waits in it to be printed.
function print(line: string): void {
  writeSync(1, `${line}\n`);
}

const tasks: Record<string, () => Promise<void>> = {
  /** Without an end, some at a time, so that a kill always falls into several. */
  async record() {
    const ledger = openAt(place);
    await Promise.all(
      Array.from({ length: 8 }, async (_, lane) => {
        for (let index = 0; ; index += 1) {
          const orderNumber = `${number}-${lane}-${index}`;
          await ledger.record(entry(orderNumber));
          print(orderNumber);
        }
      }),
    );
  },
  /** Until the disk takes no more, and then a few more. */
  async "record-until-refused"() {
    const ledger = openAt(place);
    for (let refused = 0, index = 0; refused < 3; index += 1) {
      const orderNumber = `${number}-${index}`;
      const refusal = await ledger.record(entry(orderNumber)).then(
        () => undefined,
        (error: { code?: string }) => error.code,
      );
      print(`${refusal ?? "kept"} ${orderNumber}`);
      if (refusal !== undefined) refused += 1;
    }
    await ledger.close();
  },
  /** In each place that is read from the input, as soon as it is read. */
  async "record-where-told"() {
    for await (const told of createInterface({ input: process.stdin })) {
      const ledger = openAt(told);
      await ledger.record(entry(number));
      await ledger.close();
      print(number);
    }
  },
  async claim() {
    const ledger = openAt(place);
    await ledger.record(entry(number));
    const [claim] = await ledger.claim("retrack", 1, 60_000);
    print(JSON.stringify(claim));
    setInterval(() => {}, 1000);
  },
};
await tasks[task]?.();
