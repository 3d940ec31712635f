import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { installedScript } from "../../express/script.ts";
import { command, mountPath } from "../command.ts";
import { configNames, findConfig, loadConfig } from "../config.ts";
import { attributesOf, inlinedPage, tagOf } from "../tag.ts";
import { note, print, printJson, styled } from "../terminal.ts";

const installed = createRequire(import.meta.url);

export const snippet = command({
  command: "snippet",
  describe: "print the script tag with its integrity, what a CSP needs, or the redirect page",
  positionals: {},
  options: {
    page: { type: "boolean", default: false, describe: "print the redirect page, script and policy in it" },
    mount: { type: "string", default: "/cashtrail", requiresArg: true, describe: "the path the router is mounted at" },
    collector: {
      type: "boolean",
      default: true,
      describe: "let the router set the cookies; --no-collector where it is not on the pages' own host",
    },
  },
  examples: [["snippet --page > public/retrack.html", "the redirect page, as a file"]],
  async run({ page, mount: path, collector, json, config }) {
    const mount = mountPath(path);
    const settings = await settingsIn(config);
    const { text: script, hash } = installedScript();
    const frontPage = settings?.frontPage ?? "/";
    const attributes = attributesOf(settings, collector ? mount : undefined);
    if (page) {
      const template = readFileSync(installed.resolve("@cashtrail/client/redirect-page.html"), "utf8");
      const html = inlinedPage(template, script, { ...attributes, "data-front-page": frontPage }, frontPage);
      if (json) printJson({ html });
      else process.stdout.write(html);
      return 0;
    }
    const integrity = `sha384-${createHash("sha384").update(script).digest("base64")}`;
    const tag = tagOf({ src: `${mount}/client.js?v=${hash}`, integrity, ...attributes });
    const csp = { "script-src": "'self'", ...(collector ? { "connect-src": "'self'" } : {}) };
    if (json) {
      printJson({ tag, integrity, csp });
      return 0;
    }
    print(
      [
        styled("bold", "On every page, before other scripts:"),
        tag,
        "",
        styled("bold", "In a Content-Security-Policy, where you send one:"),
        Object.entries(csp)
          .map(([name, value]) => `${name} ${value}`)
          .join("; "),
        "",
        styled("bold", "After every upgrade of Cashtrail"),
        "print the tag anew: browsers refuse a script that is not the one its integrity names. Where nobody would, leave",
        `out integrity and ?v=${hash}: the script comes from your own server anyway.`,
      ].join("\n"),
    );
    return 0;
  },
});

/** The settings, where there are any: a tag can be looked at before. */
async function settingsIn(named: string | undefined) {
  const path = findConfig(process.cwd(), named);
  if (path !== undefined) return (await loadConfig(path)).settings;
  note(`There is no ${configNames[0]} here: this is the tag of a store with both networks.`);
  return;
}
