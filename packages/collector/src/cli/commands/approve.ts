import { command, number, shared } from "../command.ts";
import { Failure } from "../failure.ts";
import { withCollector } from "../open-collector.ts";
import { printChanged } from "../print-changed.ts";
import { decider } from "../who.ts";

export const approve = command({
  command: "approve <number>",
  describe: "approve an order, or some of its lines",
  positionals: number,
  options: {
    lines: { type: "string", array: true, requiresArg: true, describe: "the SKUs; else all that is not decided" },
    amount: {
      type: "string",
      requiresArg: true,
      describe: "the final amount, where it is less: NET,VAT in minor units, like 10000,2500",
    },
    insist: shared.insist,
    by: shared.by,
    reason: shared.reason,
  },
  examples: [
    ["approve 1001", "past the return period"],
    ["approve 1001 --lines mug --reason 'the vase came back'", "one line"],
  ],
  async run({ lines, amount, insist, by, reason, json, config, number }) {
    const options = { lines, amount: amountOf(amount), insist, by: decider(by, insist), reason };
    printChanged(
      "Approved",
      number,
      await withCollector({ config }, ({ collector }) => collector.approve(number, options)),
      json,
    );
    return 0;
  },
});

function amountOf(text: string | undefined): { net: number; vat: number } | undefined {
  if (text === undefined) return undefined;
  const [, net, vat] = /^(\d+),(\d+)$/.exec(text) ?? [];
  if (net === undefined)
    throw new Failure(2, "--amount wants NET,VAT in minor units, like 10000,2500 for 100.00 and 25.00 VAT.");
  return { net: Number(net), vat: Number(vat) };
}
