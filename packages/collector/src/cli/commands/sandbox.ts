import { once } from "node:events";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { command, wholeNumber } from "../command.ts";
import { plain, print, printJson, styled } from "../terminal.ts";
import { shownTime } from "../times.ts";

export const sandbox = command({
  command: "sandbox",
  describe: "run strict stand-ins of both networks on this machine",
  positionals: {},
  options: {
    port: { type: "number", default: 4000, requiresArg: true, describe: "0 is any that is free" },
    landing: {
      type: "string",
      requiresArg: true,
      describe: "the page of yours its click links lead to, like http://127.0.0.1:3000/retrack",
    },
  },
  async run({ port, landing, json }) {
    const account = landing === undefined ? {} : { landing };
    const running = await startSandbox({
      port: wholeNumber("port", port, { least: 0, most: 65_535 }),
      retrack: account,
      shopback: account,
      onRecorded(row) {
        if (json) printJson(row);
        else print(`${shownTime(row.at)}  ${row.network} recorded order ${plain(row.order)}, ${plain(row.amount)}`);
      },
    });
    const { retrack, shopback } = running.accounts;
    const clicks = { retrack: running.click("retrack"), shopback: running.click("shopback") };
    if (json) printJson({ url: running.url, accounts: running.accounts, clicks });
    else
      print(
        [
          `The sandbox is at ${styled("bold", running.url)}, where it shows what it recorded. Ctrl-C ends it.`,
          "",
          "In the .env of your store:",
          `  CASHTRAIL_SANDBOX=${running.url}`,
          `  RETRACK_TOKEN=${retrack.token}`,
          `  SHOPBACK_TOKEN=${shopback.securityToken}`,
          "and in its config:",
          `  retrack: event ${retrack.event}`,
          `  shopback: offer ${shopback.offer}, currency ${shopback.currency}, validation ${shopback.validation.offer} and ${shopback.validation.affiliate}`,
          "",
          "Its page has links to set out for the store by, as a shopper does. Clicks it knows already:",
          `  retrack: ${clicks.retrack}`,
          `  shopback: ${clicks.shopback}`,
          "",
        ].join("\n"),
      );
    await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
    await running.close();
    return 0;
  },
});
