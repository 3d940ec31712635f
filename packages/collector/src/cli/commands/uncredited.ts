import { command, wholeNumber } from "../command.ts";
import { withCollector } from "../open-collector.ts";
import { table } from "../table.ts";
import { lineWidth, note, plain, print, printJson } from "../terminal.ts";
import { shownMinute } from "../times.ts";

export const uncredited = command({
  command: "uncredited",
  describe: "orders nobody is credited for, with the reasons",
  positionals: {},
  options: { limit: { type: "number", default: 50, requiresArg: true, describe: "at most so many" } },
  async run({ limit, json, config }) {
    const most = wholeNumber("limit", limit, { least: 1, most: 10_000 });
    const found = await withCollector({ config }, ({ collector }) => collector.uncredited(most));
    if (json) printJson(found);
    else {
      const rows = found.newest.map(({ number, reportedAt, reason }) => [
        plain(number),
        shownMinute(reportedAt),
        plain(reason),
      ]);
      if (rows.length > 0)
        print(table([{ title: "order" }, { title: "reported" }, { title: "why", cut: true }], rows, lineWidth()));
      note(
        `${rows.length} of ${found.more ? "more than " : ""}${found.count}. Most orders carry no click, and need nothing.`,
      );
    }
    return 0;
  },
});
