import { command, number, shared } from "../command.ts";
import { agreed } from "../confirm.ts";
import { withCollector } from "../open-collector.ts";
import { note, plain, print, printJson } from "../terminal.ts";
import { whoDecides } from "../who.ts";

export const forget = command({
  command: "forget <number>",
  describe: "erase what an order was and by which click",
  positionals: number,
  options: { by: shared.by, yes: shared.yes },
  async run({ number, by, yes, json, config }) {
    const question = `Erase what order ${plain(number)} was, here? What is not delivered is never sent. It cannot be undone.`;
    return withCollector({ config }, async ({ collector }) => {
      if (!(await agreed(question, yes))) {
        note("Nothing was erased.");
        return 1;
      }
      const forgotten = await collector.forget(number, { by: whoDecides(by) });
      if (json) printJson({ number, forgotten });
      else if (forgotten)
        print(`Order ${plain(number)} is erased. Its number stays, so that it is never reported twice.`);
      if (!forgotten) note(`Nothing is known of ${plain(number)}.`);
      return forgotten ? 0 : 1;
    });
  },
});
