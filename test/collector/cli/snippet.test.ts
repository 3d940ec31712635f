import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { JSDOM } from "jsdom";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../support/collector-server.ts";
import { cashtrail } from "./a-terminal.ts";

const script = readFileSync("packages/client/dist/client.js", "utf8");

const config = `import { shopback } from "@cashtrail/collector";
export default {
  networks: [shopback({ offer: "1234", securityToken: "a-token", currency: "MYR", amount: "gross", parameter: "sbid", days: 14 })],
  deepLinkHosts: ["www.store-domain.com"],
  frontPage: "/hello?a=1&b=2",
  consent: "cookie:consent=\\"yes\\"",
};`;

describe("snippet", () => {
  test("prints the tag of the installed script, with its integrity and the config's settings", async () => {
    const [bare, cwd] = [temporaryFolder(), temporaryFolder()];
    writeFileSync(join(cwd, "cashtrail.config.mjs"), config);
    const [usual, own] = await Promise.all([
      cashtrail(["snippet"], { cwd: bare }),
      cashtrail(["snippet", "--json", "--no-collector", "--mount", "/cb"], { cwd }),
    ]);
    const integrity = `sha384-${createHash("sha384").update(script).digest("base64")}`;
    const version = createHash("sha256").update(script).digest("hex").slice(0, 16);
    expect(usual.stdout).toContain(
      `<script src="/cashtrail/client.js?v=${version}" integrity="${integrity}" data-networks="retrack shopback" data-collector="/cashtrail" data-consent="exempt"></script>`,
    );
    expect(usual.stdout).toContain("script-src 'self'; connect-src 'self'");
    const { tag, csp } = JSON.parse(own.stdout);
    expect(csp).toEqual({ "script-src": "'self'" });
    expect({ ...new JSDOM(tag).window.document.querySelector("script")?.dataset }).toEqual({
      networks: "shopback",
      deepLinkHosts: "www.store-domain.com",
      days: "shopback:14",
      params: "shopback:sbid",
      consent: 'cookie:consent="yes"',
    });
  });

  test("takes a mount path only, and a config that is named only where it is", async () => {
    const cwd = temporaryFolder();
    const mounts = ["/ct/", "ct", "https://evil.example", "//evil.example"];
    const ended = await Promise.all([
      ...mounts.map((mount) => cashtrail(["snippet", "--mount", mount], { cwd })),
      cashtrail(["snippet", "--config", "none.ts"], { cwd }),
    ]);
    expect(ended.map(({ code, stdout }) => [code, stdout])).toEqual(ended.map(() => [2, ""]));
    expect(ended[0]?.stderr).toBe(
      '--mount wants a path that starts with a slash and ends without, like /cashtrail, not "/ct/".\n',
    );
  });

  test("prints the redirect page with the script in it, which its own policy lets run and nothing else", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "cashtrail.config.mjs"), config);
    const { code, stdout } = await cashtrail(["snippet", "--page"], { cwd });
    const { document } = new JSDOM(stdout).window;
    const scripts = [...document.querySelectorAll("script")];
    expect([code, scripts.map(({ textContent, src }) => [textContent, src])]).toEqual([0, [[script, ""]]]);
    expect(scripts[0]?.dataset).toMatchObject({
      networks: "shopback",
      frontPage: "/hello?a=1&b=2",
      collector: "/cashtrail",
    });
    const policy = document.querySelector<HTMLMetaElement>('meta[http-equiv="Content-Security-Policy"]')?.content;
    const hash = createHash("sha256").update(script).digest("base64");
    expect(policy).toMatch(/^default-src 'none'; /);
    expect(policy?.split("; ").find((directive) => directive.startsWith("script-src"))).toBe(
      `script-src 'sha256-${hash}'`,
    );
    const links = [...document.querySelectorAll("a")].map((link) => link.getAttribute("href"));
    expect([links, stdout.match(/content="0; url=[^"]+"/g)]).toEqual([
      ["/hello?a=1&b=2", ""],
      ['content="0; url=/hello?a=1&amp;b=2"'],
    ]);
  });
});
