import type { Ledger } from "../../ledger/ledger.ts";
import type { ResendFilter, Resent } from "../../resending.ts";
import { RESENDABLE_STATES } from "../../states.ts";
import { counted, reasonInWords } from "../../telling/words.ts";
import { command, period, shared } from "../command.ts";
import { agreed } from "../confirm.ts";
import { Failure } from "../failure.ts";
import { withCollector } from "../opened.ts";
import { account } from "../shown.ts";
import { table } from "../table.ts";
import { lineWidth, note, plain, print, printJson } from "../terminal.ts";
import { whoDecides } from "../who.ts";

export const resend = command({
  command: "resend [number]",
  describe: "send failed, held or delivered postbacks again",
  positionals: { number: { type: "string", describe: "of this order only" } },
  options: {
    id: { type: "string", requiresArg: true, describe: "this postback only, as show prints its id" },
    network: shared.network,
    state: {
      choices: RESENDABLE_STATES,
      default: "failed" as const,
      requiresArg: true,
      describe: "in this state; delivered needs the order's number or an id, and pending is for a restored ledger",
    },
    since: shared.since,
    until: shared.until,
    "dry-run": { type: "boolean", default: false, describe: "only tell what would be sent" },
    now: { type: "boolean", default: false, describe: "deliver here and now all that is due, without the server" },
    by: shared.by,
    reason: shared.reason,
    yes: shared.yes,
    all: { type: "boolean", default: false, describe: "with --yes, where nothing else narrows it down" },
  },
  examples: [
    ["resend 1001", "what failed of one order"],
    ["resend --network retrack --since 3d --reason 'new token'", "after an outage"],
  ],
  async run({ number, id, network, state, since, until, "dry-run": dryRun, now, by, reason, yes, all, json, config }) {
    const filter: ResendFilter = { id, number, network, state, ...period({ since, until }) };
    // A script whose variable is empty would send everything again, unseen.
    if (yes && !dryRun && !all && (number ?? id ?? network ?? since) === undefined)
      throw new Failure(2, `With --yes say what: a number, --id, --network or --since, or --all that is ${state}.`);
    return withCollector({ config }, async ({ collector, ledger }) => {
      const would = await collector.resend({ ...filter, dryRun: true });
      const unknown = would.count === 0 ? await unknownOf(filter, ledger) : undefined;
      if (unknown !== undefined) throw new Failure(1, `Nothing is known of ${unknown}.`);
      const show = json ? note : print;
      if (!json || !(dryRun || yes)) show(listed(would, state));
      const caution =
        state === "failed" || state === "pending" || would.count === 0
          ? ""
          : "What the network has already and cannot be asked for counts twice, and is paid twice.";
      if (caution !== "" && (dryRun || yes)) note(caution);
      if (would.count === 0 || dryRun) {
        if (json) printJson(would);
        return 0;
      }
      if (!(await agreed(`Send ${counted(String(would.count), "postback")} again? ${caution}`.trimEnd(), yes))) {
        note("Nothing is sent.");
        return 1;
      }
      const resent = await collector.resend({ ...filter, by: whoDecides(by), reason });
      if (now) await collector.flush();
      if (json) printJson(resent);
      else
        print(
          `${counted(String(resent.count), "postback")} ${now ? "sent" : "will be sent by the server"}${state === "pending" ? ", or held where the network cannot be asked" : ""}.`,
        );
      return 0;
    });
  },
});

/** Which name leads to nothing: one that is misspelt would look like one of which nothing failed. */
async function unknownOf({ id, number }: ResendFilter, ledger: Ledger): Promise<string | undefined> {
  if (id !== undefined && (await ledger.postbacks({ id }, 0, 1)).length === 0) return id;
  if (number === undefined || (await ledger.find({ number, limit: 1 })).length > 0) return undefined;
  return (await ledger.uncreditedReason(number)) === undefined ? number : undefined;
}

function listed({ count, postbacks, superseded }: Resent, state: string): string {
  const columns = [
    { title: "order" },
    { title: "account" },
    { title: "postback" },
    { title: `why it is ${state}`, cut: true },
  ];
  const rows = postbacks.map(({ id, number, network, reason }) => [
    plain(number),
    account(network),
    plain(id),
    reason === undefined ? "" : plain(reasonInWords(reason)),
  ]);
  const rest = count - postbacks.length;
  return [
    count === 0 ? `Nothing of that is ${state}.` : table(columns, rows, lineWidth()),
    ...(rest > 0 ? [`and ${rest} more`] : []),
    ...(superseded > 0 ? [`${counted(String(superseded), "postback")} left alone: a later one says otherwise.`] : []),
  ].join("\n");
}
