import type { Check } from "../../doctor/check.ts";
import { examine, type Group } from "../../doctor/doctor.ts";
import { command, mountPath } from "../command.ts";
import { Failure } from "../failure.ts";
import { configFor } from "../open-collector.ts";
import { note, plain, print, printJson, styled } from "../terminal.ts";

export const doctor = command({
  command: "doctor",
  describe: "check settings, ledger, networks and the running store, and print what to send to the networks",
  positionals: {},
  options: {
    url: {
      type: "string",
      requiresArg: true,
      describe: "the running store, as shoppers reach it: https://www.store.example",
    },
    "redirect-page": {
      type: "string",
      requiresArg: true,
      describe: "where the redirect page is; else /retrack, or where that is not, the router's own",
    },
    mount: { type: "string", default: "/cashtrail", requiresArg: true, describe: "the path the router is mounted at" },
    cookie: { type: "string", requiresArg: true, describe: "a cookie of a shopper who agreed: consent=yes" },
  },
  examples: [
    ["doctor", "settings, ledger and networks"],
    ["doctor --url https://www.store.example", "and the store, from outside"],
  ],
  async run({ url, "redirect-page": redirectPage, mount, cookie, json, config }) {
    const visited = url === undefined ? undefined : addressOf(url);
    const router = mountPath(mount);
    if (redirectPage !== undefined && !/^\/(?!\/)\S*$/.test(redirectPage))
      throw new Failure(2, `--redirect-page wants a path, like /retrack, not "${redirectPage}".`);
    const { settings } = await configFor({ config });
    const { groups, goingLive } = await examine(
      {
        settings,
        url: visited,
        redirectPage,
        router,
        cookie,
        nodeVersion: process.version,
        // This machine's own, whatever clock the config has.
        now: () => new Date(),
      },
      json ? () => {} : printGroup,
    );
    const checks = groups.flatMap(({ checks }) => checks);
    const count = (state: Check["state"]) => checks.filter((check) => check.state === state).length;
    if (json) printJson({ groups, goingLive });
    else {
      for (const { network, title, isReady, text } of goingLive) {
        const when = isReady ? "to fill in and send" : "not ready to send: mend first what is marked FAIL above";
        print(
          `\n${styled("bold", `${plain(network)}: ${title}, ${when}`)}\n\n${text.split("\n").map(plain).join("\n")}`,
        );
      }
      print("");
      if (visited === undefined) note("The running store was not looked at: add --url https://www.your-store.example.");
      note(`${count("ok")} fine, ${count("warn")} to look at, ${count("fail")} wrong, ${count("skip")} not checked.`);
    }
    return count("fail") > 0 ? 1 : 0;
  },
});

function addressOf(text: string): URL {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url;
  throw new Failure(2, `--url wants scheme and host only, like https://www.store.example, not "${text}".`);
}

const marks = {
  ok: ["green", "ok  "],
  warn: ["yellow", "look"],
  fail: ["red", "FAIL"],
  skip: ["gray", "skip"],
} as const;

function printGroup({ title, checks }: Group): void {
  print(`\n${styled("bold", plain(title))}`);
  for (const { name, state, found, wanted, fix } of checks) {
    const [look, mark] = marks[state];
    print(`  ${styled(look, mark)}  ${plain(name)}: ${plain(found)}`);
    if (fix === undefined) continue;
    print(`        wanted: ${plain(wanted)}`);
    print(`        ${styled("bold", `do: ${plain(fix)}`)}`);
  }
}
