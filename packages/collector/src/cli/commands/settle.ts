import { SETTLED_STATES } from "../../states.ts";
import { command, shared } from "../command.ts";
import { withCollector } from "../open-collector.ts";
import { plain, print, printJson } from "../terminal.ts";
import { whoDecides } from "../who.ts";

export const settle = command({
  command: "settle <id> <verdict>",
  describe: "say what became of a held or failed postback",
  positionals: {
    id: { type: "string", demandOption: true, describe: "the postback's id, as show prints it" },
    verdict: {
      type: "string",
      choices: SETTLED_STATES,
      demandOption: true,
      describe: "delivered: the network has it; failed: it has not; cancelled: it has not and shall not, put it aside",
    },
  },
  options: {
    by: shared.by,
    reason: shared.reason,
    "remote-id": { type: "string", requiresArg: true, describe: "the network's own id, where it was found there" },
  },
  examples: [
    ["settle shopback/1001/create/mug delivered --reason 'seen in their portal'", "it is there"],
    ["settle shopback/1001/create/mug cancelled --reason 'paid by hand'", "nobody need look at it any more"],
  ],
  async run({ id, verdict, by, reason, "remote-id": remoteId, json, config }) {
    const options = { by: whoDecides(by), reason, remoteId };
    await withCollector({ config }, ({ collector }) => collector.settle(id, verdict, options));
    if (json) printJson({ id, state: verdict });
    else print(`Settled: ${plain(id)} is ${verdict}.`);
    return 0;
  },
});
