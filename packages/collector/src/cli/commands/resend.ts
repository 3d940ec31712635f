import type { Ledger } from "../../ledger/ledger.ts";
import type { ResendFilter, Resent } from "../../resending.ts";
import { RESENDABLE_STATES } from "../../states.ts";
import { counted, reasonInWords } from "../../telling/words.ts";
import { command, period, shared } from "../command.ts";
import { agreed } from "../confirm.ts";
import { Failure } from "../failure.ts";
import { account } from "../formatting.ts";
import { withCollector } from "../open-collector.ts";
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
      if (would.count === 0) await refuseUnknown(filter, ledger);
      const caution = cautionOf(would, state);
      preview(would, state, { caution, json, isAsked: !dryRun && !yes });
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
      else print(summary(resent, state, now));
      return 0;
    });
  },
});

type State = NonNullable<ResendFilter["state"]>;

function cautionOf({ count }: Resent, state: State): string {
  return count === 0 || state === "failed" || state === "pending"
    ? ""
    : "What the network has already and cannot be asked for counts twice, and is paid twice.";
}

/** Says what would be sent; a caution too, unless it is said with the question. */
function preview(
  would: Resent,
  state: State,
  { caution, json, isAsked }: { caution: string; json: boolean; isAsked: boolean },
): void {
  if (!json) print(listed(would, state));
  else if (isAsked) note(listed(would, state));
  if (caution !== "" && !isAsked) note(caution);
}

function summary({ count }: Resent, state: State, now: boolean): string {
  const done = now ? "sent" : "will be sent by the server";
  const unless = state === "pending" ? ", or held where the network cannot be asked" : "";
  return `${counted(String(count), "postback")} ${done}${unless}.`;
}

/** A name that is misspelt would look like one of which nothing failed. */
async function refuseUnknown({ id, number }: ResendFilter, ledger: Ledger): Promise<void> {
  if (id !== undefined && (await ledger.postbacks({ id }, 0, 1)).length === 0) throw unknown(id);
  if (number === undefined || (await ledger.find({ number, limit: 1 })).length > 0) return;
  if ((await ledger.uncreditedReason(number)) === undefined) throw unknown(number);
}

function unknown(name: string): Failure {
  return new Failure(1, `Nothing is known of ${name}.`);
}

function listed({ count, postbacks, superseded }: Resent, state: State): string {
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
