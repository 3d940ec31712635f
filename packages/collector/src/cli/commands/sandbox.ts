import { once } from "node:events";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { command, wholeNumber } from "../command.ts";
import { findConfig, loadConfig } from "../config.ts";
import { Failure } from "../failure.ts";
import { type Played, playedFor } from "../sandbox-accounts.ts";
import { note, plain, print, printJsonLine, styled } from "../terminal.ts";
import { shownTime } from "../times.ts";

/** Where `cashtrail serve` is, and a server of one's own that has the router where the documents have it. */
const STORE = "http://127.0.0.1:3000";

export const sandbox = command({
  command: "sandbox",
  describe: "run strict stand-ins of both networks on this machine",
  positionals: {},
  options: {
    port: { type: "number", default: 4000, requiresArg: true, describe: "0 is any that is free" },
    landing: {
      type: "string",
      requiresArg: true,
      describe: `the page of yours its click links lead to, like ${STORE}/retrack; else ${STORE}/cashtrail/redirect for Retrack, and ${STORE}/ for ShopBack`,
    },
    level: {
      choices: ["order", "line"] as const,
      requiresArg: true,
      describe: "what ShopBack is told of: whole orders, or each line; else as the config has it",
    },
  },
  examples: [
    ["sandbox", "accounts as the config here has them; without one, as init --sandbox writes them"],
    ["sandbox --level line", "ShopBack by line"],
  ],
  async run({ port, landing, level, json, config }) {
    const wantedPort = wholeNumber("port", port, { least: 0, most: 65_535 });
    if (landing !== undefined && !/^https?:$/.test(URL.parse(landing)?.protocol ?? ""))
      throw new Failure(2, `--landing wants the URL of a page, like ${STORE}/retrack, not "${landing}".`);
    const { path, played } = await accountsIn(config);
    if (level === "line" && played.shopback.currency === "any")
      throw new Failure(2, "--level line wants an account of one currency, and the config's has any.");
    const running = await startSandbox({
      port: wantedPort,
      retrack: { ...played.retrack, landing: landing ?? `${STORE}/cashtrail/redirect` },
      shopback: { ...played.shopback, ...(level && { level }), landing: landing ?? `${STORE}/` },
      onRecorded(row) {
        if (json) printJsonLine(row);
        else print(`${shownTime(row.at)}  ${row.network} recorded order ${plain(row.order)}, ${plain(row.amount)}`);
      },
    });
    const { retrack, shopback } = running.accounts;
    if (path !== undefined && level !== undefined && level !== (played.shopback.level ?? "order"))
      note(`The config has another level, and its orders would fail here: set level: "${level}" in shopback({ … }).`);
    const clicks = { retrack: running.click("retrack"), shopback: running.click("shopback") };
    if (json) printJsonLine({ url: running.url, accounts: running.accounts, clicks });
    else
      print(
        [
          `The sandbox is at ${styled("bold", running.url)}, where it shows what it recorded. Ctrl-C ends it.`,
          "",
          "In the .env of your store:",
          `  CASHTRAIL_SANDBOX=${running.url}`,
          `  RETRACK_TOKEN=${retrack.token}`,
          `  SHOPBACK_TOKEN=${shopback.securityToken}`,
          path === undefined ? "and in its config:" : `and its accounts, as ${plain(path)} has them:`,
          `  retrack: event ${retrack.event}, prices of a ${retrack.prices}`,
          `  shopback: offer ${shopback.offer}, currency ${shopback.currency}, level ${shopback.level}, validation ${shopback.validation.offer} and ${shopback.validation.affiliate}`,
          "",
          "Its page has links to set out for the store by, as a shopper does. They lead to",
          `  retrack: ${plain(retrack.landing)}`,
          `  shopback: ${plain(shopback.landing)}`,
          "Clicks it knows already:",
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

/** The accounts of the config that is meant. Where there is none, or it lacks its tokens still, the sandbox has its own. */
async function accountsIn(named: string | undefined): Promise<{ path?: string; played: Played }> {
  const own = { retrack: {}, shopback: {} };
  const path = findConfig(process.cwd(), named);
  if (path === undefined) return { played: own };
  try {
    return { path, played: playedFor((await loadConfig(path)).settings.networks) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    note(`${error.message.split("\n").map(plain).join("\n")}\nUntil then the sandbox has accounts of its own.`);
    return { played: own };
  }
}
