import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCommand, writeConfig } from "../support/cashtrail-command.ts";
import { serve, temporaryFolder } from "../support/collector-server.ts";
import { openStore } from "../support/sandboxed-store.ts";

describe("cashtrail doctor", () => {
  test("ends with 0 where nothing is wrong, and prints what to send to the networks", async () => {
    const store = await openStore({ deepLinkHosts: ["127.0.0.1"] });
    store.collector.start();
    const url = await serve((app) => {
      app.use(store.collector.remember);
      app.get("/offers/go", store.collector.redirect);
      app.use("/ct", store.collector.router);
      app.get("/", (_request, response) => void response.send("<h1>Mugs</h1>"));
    });
    const folder = writeConfig(store);
    const { exitCode, stdout, stderr } = await runCommand(
      folder,
      ...["doctor", "--url", url, "--redirect-page", "/offers/go", "--mount", "/ct"],
    );
    expect(stdout).toContain("  ok    cookie returned: the collector knows the click again");
    expect(stdout).toContain(`1. Redirect page: ${url}/offers/go`);
    expect(stderr).toMatch(/\n?\d+ fine, 2 to look at, 0 wrong, 3 not checked\.\n$/);
    expect(stdout).toContain("\nretrack: testing instructions, to fill in and send\n");
    expect(exitCode).toBe(0);
    expect(store.sandbox.book).toMatchObject({ retrack: [], shopback: [] });
  });

  test("ends with 1 where something is wrong, and says what to do", async () => {
    const store = await openStore();
    const folder = writeConfig(store);
    store.sandbox.fault("retrack", "401");
    const { exitCode, stdout } = await runCommand(folder, "doctor");
    expect(stdout).toContain(
      [
        "  FAIL  retrack token: refused: HTTP 401",
        "        wanted: the network takes it",
        "        do: copy the token anew from your profile in Retrack's portal: each person has one",
      ].join("\n"),
    );
    for (const letter of ["retrack: testing instructions", "shopback: go-live list"])
      expect(stdout).toContain(`\n${letter}, not ready to send: mend first what is marked FAIL above\n`);
    expect(exitCode).toBe(1);
  });

  test("finds the redirect page of a store that has the router only, and one that was named nowhere else", async () => {
    const store = await openStore({ deepLinkHosts: ["127.0.0.1"] });
    const url = await serve((app) => app.use("/cashtrail", store.collector.router));
    const folder = writeConfig(store);
    const [found, named] = await Promise.all([
      runCommand(folder, "doctor", "--url", url),
      runCommand(folder, "doctor", "--url", url, "--redirect-page", "/retrack"),
    ]);
    expect(found.stdout).toContain("  ok    redirect page: 302 to ");
    expect(found.stdout).toContain(`1. Redirect page: ${url}/cashtrail/redirect\n`);
    expect(named.stdout).toContain("  FAIL  redirect page: HTTP 404 at /retrack");
  });

  test("prints one JSON value", async () => {
    const store = await openStore();
    const { stdout } = await runCommand(writeConfig(store), "doctor", "--json");
    const { groups, goingLive } = JSON.parse(stdout);
    expect(groups.map(({ title }: { title: string }) => title)).toEqual(["Settings", "Ledger", "Networks"]);
    expect(goingLive.map(({ network, title }: Record<string, string>) => [network, title])).toEqual([
      ["retrack", "testing instructions"],
      ["shopback", "go-live list"],
    ]);
  });

  test("ends with 2 and every problem where the settings cannot be taken, and where it is asked wrongly", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "cashtrail.config.ts"), "export default { networks: [], frontPage: 7 };\n");
    const wrong = await runCommand(folder, "doctor");
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain("networks: at least one network is wanted");
    expect(wrong.stderr).toContain("frontPage: a text is wanted");
    const url = await runCommand(folder, "doctor", "--url", "www.mugs.example/shop");
    expect([url.exitCode, url.stderr]).toEqual([
      2,
      '--url wants scheme and host only, like https://www.store.example, not "www.mugs.example/shop".\n',
    ]);
    const mount = await runCommand(folder, "doctor", "--mount", "/ct/");
    expect([mount.exitCode, mount.stderr]).toEqual([2, expect.stringMatching(/^--mount wants a path that starts/)]);
  });
});
