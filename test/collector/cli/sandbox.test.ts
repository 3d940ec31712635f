import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../support/collector-server.ts";
import { cashtrail, started } from "./a-terminal.ts";

/** The first line that the sandbox prints as JSON. */
async function told(cwd: string, ...args: string[]) {
  const sandbox = started(["sandbox", "--port", "0", "--json", ...args], { cwd });
  return JSON.parse(await sandbox.line(/^/));
}

describe("the sandbox", () => {
  test("plays the accounts of the config that is there, with tokens of its own", async () => {
    const cwd = temporaryFolder();
    writeFileSync(
      join(cwd, "cashtrail.config.mjs"),
      `import { retrack, shopback } from "@cashtrail/collector";
       export default {
         networks: [
           retrack({ token: "a-token", event: "8b0c5f0e-3a51-4d0e-9a9e-5b6f2f1d7c34", prices: "line" }),
           shopback({
             offer: "4711", securityToken: "another-token", currency: "SGD", amount: "net", level: "line",
             validation: { offer: "4712", affiliate: "77" },
           }),
         ],
       };`,
    );
    const { accounts } = await told(cwd);
    expect(accounts.retrack).toMatchObject({ event: "8b0c5f0e-3a51-4d0e-9a9e-5b6f2f1d7c34", prices: "line" });
    expect(accounts.shopback).toMatchObject({
      offer: "4711",
      currency: "SGD",
      level: "line",
      validation: { offer: "4712", affiliate: "77" },
    });
    expect(JSON.stringify(accounts)).not.toMatch(/a-token|another-token/);
  });

  test("is of lines where it is told so, and has accounts of its own where no config can be read", async () => {
    const cwd = temporaryFolder();
    writeFileSync(
      join(cwd, "cashtrail.config.mjs"),
      `import { retrack } from "@cashtrail/collector";
       export default { networks: [retrack({ token: process.env.RETRACK_TOKEN, event: "none" })] };`,
    );
    const sandbox = started(["sandbox", "--port", "0", "--json", "--level", "line"], { cwd });
    const { accounts } = JSON.parse(await sandbox.line(/^/));
    expect(accounts.shopback).toMatchObject({ offer: "1234", currency: "MYR", level: "line" });
    sandbox.child.kill("SIGINT");
    expect((await sandbox.ended).stderr).toMatch(
      /cannot be used.*\nUntil then the sandbox has accounts of its own\.\n$/s,
    );
  });

  test("has links that lead to the router's redirect page, or to the page that is named", async () => {
    const cwd = temporaryFolder();
    const [usual, named] = await Promise.all([told(cwd), told(cwd, "--landing", "http://127.0.0.1:3000/retrack")]);
    expect(usual.accounts.retrack.landing).toBe("http://127.0.0.1:3000/cashtrail/redirect");
    expect(named.accounts.retrack.landing).toBe("http://127.0.0.1:3000/retrack");
    const wrong = await cashtrail(["sandbox", "--landing", "/retrack"], { cwd });
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/^--landing wants the URL of a page/)]);
  });

  test("has links that a collector of init and serve answers, each with the click kept", async () => {
    const cwd = temporaryFolder();
    await cashtrail(["init", "--yes", "--sandbox"], { cwd });
    expect(readFileSync(join(cwd, ".env"), "utf8")).toContain("CASHTRAIL_SANDBOX=");
    const server = started(["serve", "--port", "0"], { cwd });
    const { origin } = new URL(JSON.parse(await server.line(/listening/)).url);
    const sandbox = await told(cwd, "--landing", `${origin}/cashtrail/redirect`);
    const page = await (await fetch(sandbox.url)).text();
    const links = [...page.matchAll(/href="(\/(?:track|aff_c)[^"]+)"/g)].map(([, link]) => link as string);
    expect(links).toHaveLength(3);
    for (const link of links) {
      const followed = await arrived(new URL(link.replaceAll("&amp;", "&"), sandbox.url));
      expect(followed).toMatchObject({
        status: 200,
        path: "/",
        kept: expect.stringMatching(/^(?:retrack|shopback)_click=/),
      });
    }
  });
});

/** Where a link ends, and the first cookie that was set on the way. */
async function arrived(link: URL): Promise<{ status: number; path: string; kept: string | undefined }> {
  let kept: string | undefined;
  for (let url = link; ; ) {
    const response = await fetch(url, { redirect: "manual" });
    kept ??= response.headers.getSetCookie()[0];
    const location = response.headers.get("location");
    if (location === null) return { status: response.status, path: url.pathname, kept };
    url = new URL(location, url);
  }
}
