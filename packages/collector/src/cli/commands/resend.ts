import type { ResendFilter, Resent } from "../../resending.ts";
import { counted } from "../../telling/words.ts";
import { command, period, shared } from "../command.ts";
import { agreed } from "../confirm.ts";
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
    network: shared.network,
    state: {
      choices: ["failed", "held", "delivered"] as const,
      default: "failed" as const,
      requiresArg: true,
      describe: "in this state; delivered needs the order's number",
    },
    since: shared.since,
    until: shared.until,
    "dry-run": { type: "boolean", default: false, describe: "only tell what would be sent" },
    now: { type: "boolean", default: false, describe: "deliver here and now all that is due, without the server" },
    by: shared.by,
    reason: shared.reason,
    yes: shared.yes,
  },
  examples: [
    ["resend 1001", "what failed of one order"],
    ["resend --network retrack --since 3d --reason 'new token'", "after an outage"],
  ],
  async run({ number, network, state, since, until, "dry-run": dryRun, now, by, reason, yes, json, config }) {
    const filter: ResendFilter = { number, network, state, ...period({ since, until }) };
    return withCollector({ config }, async ({ collector }) => {
      const would = await collector.resend({ ...filter, dryRun: true });
      const show = json ? note : print;
      if (!json || !(dryRun || yes)) show(listed(would, state));
      if (would.count === 0 || dryRun) {
        if (json) printJson(would);
        return 0;
      }
      const caution =
        state === "failed"
          ? ""
          : " What the network has already and cannot be asked for counts twice, and is paid twice.";
      if (!(await agreed(`Send ${counted(String(would.count), "postback")} again?${caution}`, yes))) {
        note("Nothing is sent.");
        return 1;
      }
      const resent = await collector.resend({ ...filter, by: whoDecides(by), reason });
      if (now) await collector.flush();
      if (json) printJson(resent);
      else print(`${counted(String(resent.count), "postback")} ${now ? "sent" : "will be sent by the server"}.`);
      return 0;
    });
  },
});

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
    reason === undefined ? "" : plain(reason),
  ]);
  const rest = count - postbacks.length;
  return [
    count === 0 ? `Nothing of that is ${state}.` : table(columns, rows, lineWidth()),
    ...(rest > 0 ? [`and ${rest} more`] : []),
    ...(superseded > 0 ? [`${counted(String(superseded), "postback")} left alone: a later one says otherwise.`] : []),
  ].join("\n");
}
