import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../support/collector-server.ts";
import { atTerminal, cashtrail, hasTerminal } from "./a-terminal.ts";

describe("init", () => {
  test("writes a config that works, with tokens in the environment only", async () => {
    const cwd = temporaryFolder();
    const networks = ["--networks", "retrack", "shopback", "--event", "1f80e399-6f55-4cef-b8b0-0f74752c1ceb"];
    const account = ["--offer", "1234", "--currency", "MYR", "--amount", "gross"];
    const { code, stdout } = await cashtrail(
      ["init", "--yes", ...networks, ...account, "--hosts", "www.store-domain.com"],
      { cwd },
    );
    expect([code, readdirSync(cwd).sort()]).toEqual([0, [".env", "cashtrail.config.ts"]]);
    const environment = readFileSync(join(cwd, ".env"), "utf8");
    const [, token = ""] = /^CASHTRAIL_TOKEN=([\da-f]{64})$/m.exec(environment) ?? [];
    expect([environment.match(/^\w+=$/gm), statSync(join(cwd, ".env")).mode & 0o777]).toEqual([
      ["RETRACK_TOKEN=", "SHOPBACK_TOKEN="],
      0o600,
    ]);
    const config = readFileSync(join(cwd, "cashtrail.config.ts"), "utf8");
    for (const said of [
      'event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb"',
      'offer: "1234"',
      'deepLinkHosts: ["www.store-domain.com"]',
      // TypeScript takes a path that ends in .ts only where it is set to.
      'import options from "./cashtrail.config.js";',
    ])
      expect(config).toContain(said);
    expect(config + stdout).not.toContain(token);
    const env = { RETRACK_TOKEN: "a-token", SHOPBACK_TOKEN: "another-token" };
    const head = "number,currency,placedAt,sku,name,quantity,net,vat";
    writeFileSync(join(cwd, "one.csv"), `${head}\n1001,SEK,2026-11-22T10:00:00Z,mug,Stoneware mug,1,10000,2500\n`);
    const used = await cashtrail(["report", "one.csv", "--json"], { cwd, env });
    expect([used.code, used.stderr]).toEqual([0, ""]);
  });

  test("never writes over anything, and asks for all that is missing at once", async () => {
    const [cwd, other] = [temporaryFolder(), temporaryFolder()];
    writeFileSync(join(cwd, "cashtrail.config.mjs"), "export default {};");
    writeFileSync(join(other, ".env"), "RETRACK_TOKEN=mine\n");
    const [there, missing, kept] = await Promise.all([
      cashtrail(["init", "--yes", "--sandbox"], { cwd }),
      cashtrail(["init", "--yes"], { cwd: temporaryFolder() }),
      cashtrail(["init", "--yes", "--sandbox"], { cwd: other }),
    ]);
    expect([there.code, there.stderr, readdirSync(cwd)]).toEqual([
      1,
      `${cwd}/cashtrail.config.mjs is there already, and stays as it is: edit it, or move it away first.\n`,
      ["cashtrail.config.mjs"],
    ]);
    expect([missing.code, missing.stderr]).toEqual([
      2,
      "With --yes nothing is asked, and --event, --offer, --currency, --amount are wanted for retrack and shopback. To try it out without: add --sandbox.\n",
    ]);
    expect([kept.code, readFileSync(join(other, ".env"), "utf8")]).toEqual([0, "RETRACK_TOKEN=mine\n"]);
  });

  test("takes no config that could not be used, and says all that is wrong with it at once", async () => {
    const cwd = temporaryFolder();
    const wrong = ["--event", "foo", "--offer", "12a", "--currency", "RM", "--hosts", "https://x/a", "shop.example,,b"];
    const [text, json] = await Promise.all([
      cashtrail(["init", "--yes", ...wrong], { cwd }),
      cashtrail(["init", "--yes", ...wrong, "--json"], { cwd }),
    ]);
    expect([text.code, text.stdout, readdirSync(cwd)]).toEqual([2, "", []]);
    expect(text.stderr.trimEnd().split("\n")).toEqual([
      "With --yes nothing is asked, and --amount is wanted for retrack and shopback. To try it out without: add --sandbox.",
      '--event: wanted is a UUID, like 1f80e399-6f55-4cef-b8b0-0f74752c1ceb, not "foo"',
      '--offer: wanted is digits, 20 at most, like 1234, not "12a"',
      '--currency: wanted is an ISO 4217 code in capitals, like MYR, of at most 2 decimals, or any, not "RM"',
      '--hosts: wanted is host names without scheme, port or path, like www.store-domain.com, not "https://x/a"',
    ]);
    const { code, issues } = JSON.parse(json.stderr);
    expect([json.code, code, issues.map(({ path }: { path: string }) => path)]).toEqual([
      2,
      "ERR_USAGE",
      ["amount", "event", "offer", "currency", "hosts"],
    ]);
  });

  test("says how to go on: what checks it, what to read, and who loads the .env", async () => {
    const { stdout } = await cashtrail(["init", "--yes", "--sandbox"], { cwd: temporaryFolder() });
    for (const said of ["cashtrail doctor ", "docs/going-live.md", "node --env-file=.env "])
      expect(stdout).toContain(said);
  });

  test("tells what an .env that was there has to be given, so that no order reaches a real network by mistake", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, ".env"), "RETRACK_TOKEN=mine\nCASHTRAIL_TOKEN=a-token\n");
    const { stdout } = await cashtrail(["init", "--yes", "--sandbox"], { cwd });
    expect(stdout).toContain(
      [
        "  1. Add to .env:",
        "       CASHTRAIL_SANDBOX=http://127.0.0.1:4000",
        "       RETRACK_TOKEN=q7VtWm2ZbK9sXe4HrNd8LfYc3JpGu6TaRk5QwBz1MvEx7ShDn4CyAg2PjUo9",
        "       SHOPBACK_TOKEN=5f1c9e0a7b3d4826c8e1f07a92b46d35",
        "  2. cashtrail sandbox ",
      ].join("\n"),
    );
  });

  test("names every variable that only the store knows, the database's address too", async () => {
    const [cwd, other] = [temporaryFolder(), temporaryFolder()];
    writeFileSync(join(other, ".env"), "CASHTRAIL_TOKEN=a-token\nRETRACK_TOKEN=\n");
    const account = ["--networks", "retrack", "--event", "1f80e399-6f55-4cef-b8b0-0f74752c1ceb"];
    const args = ["init", "--yes", ...account, "--hosts", "www.store-domain.com", "--ledger", "postgres"];
    const [fresh, kept] = await Promise.all([cashtrail(args, { cwd }), cashtrail(args, { cwd: other })]);
    expect(fresh.stdout).toContain("  1. Set CASHTRAIL_LEDGER and RETRACK_TOKEN in .env, or in the environment");
    expect(kept.stdout).toContain(
      "  1. Add to .env:\n       CASHTRAIL_LEDGER=\n  2. Set CASHTRAIL_LEDGER and RETRACK_TOKEN in .env",
    );
  });

  test.runIf(hasTerminal)("asks at a terminal, and writes nothing where it is called off", async () => {
    const [cwd, other] = [temporaryFolder(), temporaryFolder()];
    const given = ["init", "--networks", "retrack", "--hosts", "www.store-domain.com"];
    const [answered, calledOff] = await Promise.all([
      atTerminal(given, { cwd }, [
        ["the UUID of the commission event", "1f80e399\r"],
        ["Wanted is a UUID", "-6f55-4cef-b8b0-0f74752c1ceb\r"],
        ["Where is the ledger kept?", "\r"],
      ]),
      atTerminal(given, { cwd: other }, [["the UUID of the commission event", "\x03"]]),
    ]);
    expect(answered.code).toBe(0);
    expect(readFileSync(join(cwd, "cashtrail.config.ts"), "utf8")).toContain(
      'event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb"',
    );
    expect([calledOff.code, readdirSync(other)]).toEqual([1, []]);
  });
});
