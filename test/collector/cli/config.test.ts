import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../support/collector-server.ts";
import { cashtrail } from "./a-terminal.ts";

const settings = (more = "") => `import { retrack } from "@cashtrail/collector";
export default {
  networks: [retrack({ token: process.env.RETRACK_TOKEN!, event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb" })],
  ${more}
};
`;

describe("the config", () => {
  test("is the nearest one upwards, and what it names is beside it", async () => {
    const cwd = temporaryFolder();
    const deeper = join(cwd, "src/checkout");
    mkdirSync(deeper, { recursive: true });
    // As npm makes it: it says nothing of modules.
    writeFileSync(join(cwd, "package.json"), "{}");
    writeFileSync(join(cwd, "cashtrail.config.ts"), settings('ledger: "./orders.db",'));
    writeFileSync(join(cwd, ".env"), "RETRACK_TOKEN=a-token-from-a-file\n");
    const line = { sku: "mug", name: "Stoneware mug", quantity: 1, net: 10_000, vat: 2_500 };
    const order = { number: "1001", currency: "SEK", placedAt: "2026-11-22T10:00:00Z", lines: [line] };
    writeFileSync(join(deeper, "one.jsonl"), JSON.stringify({ order, clicks: [] }));
    const { code, stderr } = await cashtrail(["report", "one.jsonl"], { cwd: deeper });
    expect([code, stderr]).toEqual([0, ""]);
    expect(readdirSync(cwd)).toContain("orders.db");
    expect(readdirSync(deeper)).toEqual(["one.jsonl"]);
  });

  test("is named by an option or by the environment, and one that is nowhere is told with the next step", async () => {
    const cwd = temporaryFolder();
    const named = join(temporaryFolder(), "settings.mjs");
    writeFileSync(
      named,
      `import { retrack } from "@cashtrail/collector";
       export default { networks: [retrack({ token: "a-token", event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb" })], ledger: "./there.db" };`,
    );
    writeFileSync(join(named, "../there.db"), "");
    const [byOption, byEnvironment, nowhere, wrong] = await Promise.all([
      cashtrail(["backlog", "--config", named, "--json"], { cwd }),
      cashtrail(["backlog", "--json"], { cwd, env: { CASHTRAIL_CONFIG: named } }),
      cashtrail(["backlog"], { cwd }),
      cashtrail(["backlog", "--config", "settings.ts"], { cwd }),
    ]);
    const backlog = [{ network: "retrack", pending: 0, held: 0, failed: 0, oldest: {} }];
    expect([JSON.parse(byOption.stdout), JSON.parse(byEnvironment.stdout)]).toEqual([backlog, backlog]);
    expect([nowhere.code, nowhere.stderr]).toEqual([
      2,
      `There is no cashtrail.config.ts in ${cwd} or above: run "cashtrail init", or name one with --config.\n`,
    ]);
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringContaining(`There is no config at ${cwd}/settings.ts`),
    ]);
  });

  test("is told all that is wrong with it, and which variables are not set", async () => {
    const [cwd, other] = [temporaryFolder(), temporaryFolder()];
    writeFileSync(join(cwd, "cashtrail.config.ts"), settings());
    writeFileSync(
      join(other, "cashtrail.config.ts"),
      settings('deepLinkHost: ["a.example"], adminToken: "s3cret-s3cret", frontPage: "shop",'),
    );
    const [unset, wrong] = await Promise.all([
      cashtrail(["orders"], { cwd }),
      cashtrail(["orders"], { cwd: other, env: { RETRACK_TOKEN: "sentinel-7f3a" } }),
    ]);
    expect([unset.code, unset.stderr]).toEqual([
      2,
      `${cwd}/cashtrail.config.ts cannot be used (retrack):
  token: is missing: set it to the token the network gave you
Not set in the environment or in an .env file beside cashtrail.config.ts: RETRACK_TOKEN.
`,
    ]);
    expect([wrong.code, wrong.stderr.split("\n").slice(1).sort()]).toEqual([
      2,
      [
        "",
        "  adminToken: must be at least 16 letters, digits and signs of ASCII, without spaces",
        "  deepLinkHost: is not known: correct its name or remove it",
        "  frontPage: must be a path that starts with one slash, or an https URL",
      ],
    ]);
    expect(wrong.stderr).not.toMatch(/sentinel|s3cret/);
  });

  test("that names no ledger there is makes none: a wrong folder would look like no orders", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "cashtrail.config.ts"), settings());
    const { code, stderr } = await cashtrail(["orders"], { cwd, env: { RETRACK_TOKEN: "a-token" } });
    expect([code, stderr]).toEqual([3, expect.stringContaining(`There is no ledger at ${cwd}/cashtrail.db yet`)]);
    expect(readdirSync(cwd)).toEqual(["cashtrail.config.ts"]);
  });
});
