import { POSTBACK_STATES, STATUSES } from "../../states.ts";
import { reasonInWords } from "../../telling/words.ts";
import { command, period, shared, wholeNumber } from "../command.ts";
import { account, foremost, paid, stateCell } from "../formatting.ts";
import { withCollector } from "../open-collector.ts";
import { table } from "../table.ts";
import { lineWidth, note, plain, print, printJson } from "../terminal.ts";
import { shownMinute } from "../times.ts";

const columns = [
  { title: "order" },
  { title: "account" },
  { title: "reported" },
  { title: "sum", right: true },
  { title: "decided" },
  { title: "state" },
  { title: "why", cut: true },
];

export const orders = command({
  command: "orders",
  describe: "list what was credited, the newest first",
  positionals: {},
  options: {
    network: shared.network,
    state: {
      choices: POSTBACK_STATES,
      requiresArg: true,
      describe: "with a postback in this state",
    },
    status: {
      choices: STATUSES,
      requiresArg: true,
      describe: "what was decided",
    },
    click: { type: "string", requiresArg: true, describe: "credited to the click of this id" },
    since: shared.since,
    until: shared.until,
    limit: { type: "number", default: 50, requiresArg: true, describe: "at most so many" },
    before: { type: "number", requiresArg: true, describe: "further down: what the page before ended with" },
  },
  examples: [
    ["orders --state failed", "what a person has to look at"],
    ["orders --since 1d --json", "a day as JSON"],
  ],
  async run({ network, state, status, click, since, until, limit, before, json, config }) {
    const most = wholeNumber("limit", limit, { least: 1, most: 1000 });
    const filter = {
      ...{ network, state, status, click },
      ...period({ since, until }),
      ...(before === undefined
        ? {}
        : { before: wholeNumber("before", before, { least: 1, most: Number.MAX_SAFE_INTEGER }) }),
    };
    // One more than is shown tells whether there are more.
    const found = await withCollector({ config }, ({ collector }) => collector.find({ ...filter, limit: most + 1 }));
    const conversions = found.slice(0, most);
    const next = found.length > most ? conversions.at(-1)?.serial : undefined;
    if (json) {
      printJson({ conversions, ...(next === undefined ? {} : { next }) });
      return 0;
    }
    const rows = conversions.map((conversion) => {
      const postback = foremost(conversion, state);
      const reason = postback?.state === "delivered" ? undefined : postback?.reason;
      return [
        plain(conversion.number),
        account(conversion.network),
        shownMinute(conversion.reportedAt),
        paid(conversion),
        stateCell(conversion.status),
        postback === undefined ? "" : stateCell(postback.state),
        reason === undefined ? "" : plain(reasonInWords(reason)),
      ];
    });
    if (rows.length > 0) print(table(columns, rows, lineWidth()));
    else note('None. Orders nobody is credited for are listed by "cashtrail uncredited".');
    if (next !== undefined) note(`There are more: the same with --before ${next}.`);
    return 0;
  },
});
