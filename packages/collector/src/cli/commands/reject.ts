import { command, number, shared } from "../command.ts";
import { withCollector } from "../open-collector.ts";
import { printChanged } from "../print-changed.ts";
import { decider } from "../who.ts";

export const reject = command({
  command: "reject <number>",
  describe: "reject an order, or some of its lines",
  positionals: number,
  options: {
    lines: { type: "string", array: true, requiresArg: true, describe: "the SKUs; else all that is not decided" },
    insist: shared.insist,
    by: shared.by,
    reason: shared.reason,
  },
  examples: [["reject 1001 --lines mug vase --reason returned", "two lines"]],
  async run({ lines, insist, by, reason, json, config, number }) {
    const options = { lines, insist, by: decider(by, insist), reason };
    printChanged(
      "Rejected",
      number,
      await withCollector({ config }, ({ collector }) => collector.reject(number, options)),
      json,
    );
    return 0;
  },
});
