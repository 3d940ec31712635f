import { MOST_CONVERSIONS } from "../../amendment.ts";
import { command, number } from "../command.ts";
import { withCollector } from "../open-collector.ts";
import { storyOf } from "../story.ts";
import { lineWidth, note, plain, print, printJson } from "../terminal.ts";

export const show = command({
  command: "show <number>",
  describe: "an order's whole story, and what to do next",
  positionals: number,
  options: {},
  async run({ number, json, config }) {
    return withCollector({ config }, async ({ collector, ledger, config: { settings } }) => {
      const [conversions, reason] = await Promise.all([
        collector.find({ number, limit: MOST_CONVERSIONS }),
        ledger.uncreditedReason(number),
      ]);
      const isKnown = conversions.length > 0 || reason !== undefined;
      if (json) printJson({ number, conversions, ...(reason === undefined ? {} : { reason }) });
      else if (conversions.length > 0)
        print(conversions.map((conversion) => storyOf(conversion, settings.now(), lineWidth())).join("\n\n"));
      else if (reason !== undefined)
        print(`Order ${plain(number)} was reported, and nobody is credited for it: ${plain(reason)}.`);
      if (!isKnown)
        note(
          `Nothing is known of ${plain(number)}: it was never reported here, or its report is still on its way into the ledger. Is it the number the shopper sees?`,
        );
      return isKnown ? 0 : 1;
    });
  },
});
