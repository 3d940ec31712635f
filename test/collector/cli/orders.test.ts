import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { postgresLedger } from "../../../packages/collector/src/ledger/postgres.ts";
import { temporaryFolder } from "../../support/collector-server.ts";
import { dropDatabase, newDatabase, query } from "../../support/postgres.ts";
import { mug, order, vase } from "../../support/sandboxed-store.ts";
import { aFolder, atTerminal, cashtrail, hasTerminal } from "./a-terminal.ts";

/** Three orders by Retrack, the second of which it refused. */
async function threeOrders() {
  const folder = await aFolder();
  const { collector, clicks, sandbox } = folder;
  await collector.report(clicks("retrack"), { ...order, number: "1001" });
  await collector.flush();
  sandbox.fault("retrack", "refuse", { times: 1 });
  await collector.report(clicks("retrack"), { ...order, number: "1002" });
  await collector.flush();
  await collector.report(clicks("retrack"), { ...order, number: "A-2026-11-22-000003" });
  return folder;
}

/** A control character or one that turns the direction of writing; but a new line. */
function isActedOn(sign: string): boolean {
  return sign !== "\n" && /\p{Cc}|\p{Bidi_Control}/u.test(sign);
}

describe("orders", () => {
  test("lists what was credited, the newest first and a page at a time", async () => {
    const { cwd } = await threeOrders();
    const [all, failed, first] = await Promise.all([
      cashtrail(["orders"], { cwd, env: { COLUMNS: "90" } }),
      cashtrail(["orders", "--state", "failed", "--since", "1h", "--json"], { cwd }),
      cashtrail(["orders", "--limit", "2"], { cwd }),
    ]);
    const lines = all.stdout.trimEnd().split("\n");
    expect(lines.map((line) => line.split(/ {2,}/)[0])).toEqual(["order", "A-2026-11-22-000003", "1002", "1001"]);
    expect(lines[2]).toMatch(/^1002 +Retrack +\d{4}-\d\d-\d\d \d\d:\d\d +154\.00 MYR +pending +failed +\S/);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(90);
    expect(JSON.parse(failed.stdout).conversions.map(({ number }: { number: string }) => number)).toEqual(["1002"]);
    const [, before] = /There are more: the same with --before (\d+)\./.exec(first.stderr) ?? [];
    const rest = await cashtrail(["orders", "--limit", "2", "--before", before as string], { cwd });
    expect([rest.code, rest.stderr]).toEqual([0, ""]);
    expect(rest.stdout.split("\n")[1]).toMatch(/^1001 /);
  });

  test("is coloured where a terminal is, and not where NO_COLOR says so", async () => {
    const { cwd } = await threeOrders();
    const outputs = await Promise.all(
      [{ FORCE_COLOR: "1" }, { FORCE_COLOR: "1", NO_COLOR: "1" }].map(
        async (env) => (await cashtrail(["orders"], { cwd, env })).stdout,
      ),
    );
    expect(outputs.map((stdout) => stdout.includes("\x1b["))).toEqual([true, false]);
  });
});

/** An order of two lines at ShopBack: a person said that it has not the vase, and of the mug nobody knows. */
async function oneOfEach() {
  const folder = await aFolder({ shopback: { level: "line" }, sandbox: { shopback: { level: "line" } } });
  const { collector, clicks, sandbox } = folder;
  sandbox.fault("shopback", "accept-then-drop");
  await collector.report(clicks("shopback"), { ...order, lines: [mug, vase] });
  await collector.flush();
  await collector.settle("shopback/1001/create/vase", "failed", { by: "nina" });
  return folder;
}

describe("an order of which one line is held and one failed", () => {
  test("is listed by the line that is asked for, with its reason in words", async () => {
    const { cwd } = await oneOfEach();
    const [all, held] = await Promise.all([
      cashtrail(["orders"], { cwd }),
      cashtrail(["orders", "--state", "held"], { cwd }),
    ]);
    expect(all.stdout.split("\n")[1]).toMatch(/ failed +settled by nina$/);
    expect(held.stdout.split("\n")[1]).toMatch(
      / held +the connection broke before the answer \((?:ECONNRESET|UND_ERR_SOCKET)\)$/,
    );
  });

  test("tells in its story as what a person settled it", async () => {
    const { cwd } = await oneOfEach();
    const { stdout } = await cashtrail(["show", "1001"], { cwd });
    expect(stdout).toContain("  Settled by hand as failed by nina: Report of line vase\n");
  });

  test("is sent again with a warning of what may be paid twice, asked or not", async () => {
    const { cwd } = await oneOfEach();
    const caution = "What the network has already and cannot be asked for counts twice, and is paid twice.\n";
    const dry = await cashtrail(["resend", "1001", "--state", "held", "--dry-run"], { cwd });
    expect([dry.code, dry.stderr]).toEqual([0, caution]);
    const sent = await cashtrail(["resend", "1001", "--state", "held", "--yes"], { cwd });
    expect([sent.code, sent.stderr]).toEqual([0, caution]);
    const failed = await cashtrail(["resend", "1001", "--yes"], { cwd });
    expect([failed.code, failed.stderr]).toEqual([0, ""]);
  });
});

describe("show", () => {
  test("names a collector that nobody started, where what is due was never tried", async () => {
    const { cwd, collector, clicks } = await aFolder({ now: () => new Date(Date.now() - 10_000) });
    await collector.report(clicks("retrack"), order);
    const { stdout } = await cashtrail(["show", "1001"], { cwd });
    expect(stdout).toMatch(
      /^ {2}Report of the order: nothing sends it, and it is due since \d{4}-\S+ \S+: is the collector started\?/m,
    );
  });

  test("tells an order's story from its click on, and what to do next", async () => {
    const { cwd, collector } = await threeOrders();
    const [conversion] = await collector.find({ number: "1002" });
    const [story, unknown] = await Promise.all([
      cashtrail(["show", "1002"], { cwd }),
      cashtrail(["show", "1009"], { cwd }),
    ]);
    expect([story.code, story.stderr]).toEqual([0, ""]);
    for (const said of [
      /^Order 1002 at Retrack\n/,
      /^mug +Stoneware mug +2 +110\.00 MYR +pending$/m,
      /^Discount 11\.00 MYR\nSum 154\.00 MYR$/m,
      new RegExp(`The shopper came from Retrack, click ${conversion?.click.id}`),
      /Report of the order: Refused\n.+\n +HTTP 422/,
      /^retrack\/1002\/create +failed +1 +/m,
      /What to do next\n {2}Report of the order: The network said no, or it was given up\..+\n +cashtrail resend 1002\n +cashtrail settle retrack\/1002\/create cancelled\n$/,
    ])
      expect(story.stdout).toMatch(said);
    expect([unknown.code, unknown.stdout, unknown.stderr]).toEqual([
      1,
      "",
      expect.stringContaining("Nothing is known of 1009: it was never reported here"),
    ]);
  });

  test("tells what is left of an order, and what was approved of it, beside its sum", async () => {
    const { cwd, collector, clicks } = await aFolder();
    await collector.report(clicks("shopback"), { ...order, lines: [mug, vase] });
    await collector.flush();
    const sum = async () => /^Sum .+$/m.exec((await cashtrail(["show", "1001"], { cwd })).stdout)?.[0];
    await collector.reject("1001", { lines: ["vase"] });
    expect(await sum()).toBe("Sum 154.00 MYR, of which 102.66 MYR is left");
    await collector.approve("1001", { amount: { net: 9_000, vat: 900 } });
    expect(await sum()).toBe("Sum 154.00 MYR, of which 102.66 MYR is left and 99.00 MYR was approved");
  });

  test("says why nobody is credited", async () => {
    const { cwd, collector } = await aFolder();
    await collector.report({ clicks: [] }, order);
    const [shown, listed] = await Promise.all([
      cashtrail(["show", "1001"], { cwd }),
      cashtrail(["uncredited", "--json"], { cwd }),
    ]);
    expect([shown.code, shown.stdout]).toEqual([
      0,
      "Order 1001 was reported, and nobody is credited for it: the order carries no click.\n",
    ]);
    expect(JSON.parse(listed.stdout)).toMatchObject({ count: 1, newest: [{ number: "1001" }] });
  });

  test("prints no sign of a number that a terminal would act on", async () => {
    const { cwd, collector, clicks } = await aFolder();
    const number = "1\x1b]0;owned\x07\u202e\x9b2J";
    await collector.report(clicks("retrack"), { ...order, number });
    const outputs = await Promise.all(
      [["show", number], ["orders"], ["show", number, "--json"], ["approve", number], ["show", "\x1b[2J"]].map((args) =>
        cashtrail(args, { cwd }),
      ),
    );
    for (const { stdout, stderr } of outputs) {
      expect([...(stdout + stderr)].filter(isActedOn)).toEqual([]);
      expect(stdout + stderr).toContain("\\u001b");
    }
    expect(JSON.parse(outputs[2]?.stdout as string).number).toBe(number);
  });
});

describe("approve and reject", () => {
  test("decide by line or whole, once, and again only for who insists by name", async () => {
    const { cwd, collector, clicks } = await aFolder();
    await collector.report(clicks("shopback"), order);
    await collector.flush();
    const line = await cashtrail(["reject", "1001", "--lines", "mug", "--by", "anna", "--reason", "returned"], { cwd });
    expect([line.code, line.stdout.split("\n")[0]]).toEqual([0, "Rejected: order 1001."]);
    const rest = await cashtrail(["approve", "1001", "--by", "anna", "--json"], { cwd });
    expect(JSON.parse(rest.stdout)).toEqual({
      credited: ["shopback"],
      postbacks: ["shopback/1001/approve"],
      cancelled: [],
      repeated: false,
    });
    const [repeated, against, nameless, unknown] = await Promise.all([
      cashtrail(["approve", "1001"], { cwd }),
      cashtrail(["reject", "1001", "--lines", "vase"], { cwd }),
      cashtrail(["reject", "1001", "--insist"], { cwd }),
      cashtrail(["approve", "1009"], { cwd }),
    ]);
    expect([repeated.code, repeated.stdout]).toEqual([0, "Nothing to do: order 1001 is approved already.\n"]);
    expect([against.code, nameless.code, unknown.code]).toEqual([1, 2, 1]);
    expect(against.stderr).toMatch(/: to decide it anew, insist, and say by whom$/m);
    expect(nameless.stderr).toContain("say in --by who does");
    const [conversion] = await collector.find({ number: "1001" });
    expect(conversion?.lines).toEqual({ mug: { status: "rejected" }, vase: { status: "approved" } });
    expect(conversion?.decisions.map(({ what, by, reason }) => [what, by, reason])).toEqual([
      ["reject", "anna", expect.stringMatching(/^returned/)],
      ["approve", "anna", undefined],
    ]);
  });

  test("take a smaller amount in minor units", async () => {
    const { cwd, collector, clicks } = await aFolder();
    await collector.report(clicks("shopback"), { ...order, lines: [mug, vase] });
    await collector.flush();
    const [wrong, taken] = [
      await cashtrail(["approve", "1001", "--amount", "100.00"], { cwd }),
      await cashtrail(["approve", "1001", "--amount", "10000,1000"], { cwd }),
    ];
    expect([wrong.code, taken.code]).toEqual([2, 0]);
    expect((await collector.find({ number: "1001" }))[0]?.amount).toEqual({ net: 10_000, vat: 1_000 });
  });
});

describe("resend", () => {
  test("tells what would be sent, and sends it only where a person or --yes says so", async () => {
    const { cwd, collector, sandbox } = await threeOrders();
    const stateOf = async () => (await collector.find({ number: "1002" }))[0]?.postbacks[0]?.state;
    const [dry, unasked] = await Promise.all([
      cashtrail(["resend", "--dry-run"], { cwd }),
      cashtrail(["resend", "1002"], { cwd }),
    ]);
    expect([dry.code, dry.stdout]).toEqual([0, expect.stringMatching(/^1002 +Retrack +retrack\/1002\/create +\S/m)]);
    expect([unasked.code, unasked.stderr]).toEqual([
      2,
      "Nothing was done: nobody can be asked here. Add --yes to do it.\n",
    ]);
    expect(await stateOf()).toBe("failed");
    const sent = await cashtrail(["resend", "1002", "--yes", "--now", "--reason", "mended"], { cwd });
    expect([sent.code, sent.stdout.split("\n").at(-2)]).toEqual([0, "1 postback sent."]);
    expect(await stateOf()).toBe("delivered");
    expect(sandbox.book.retrack.map(({ body }) => body.orderNumber)).toContain("1002");
  });

  test.runIf(hasTerminal)("asks at a terminal, and takes a no", async () => {
    const { cwd, collector } = await threeOrders();
    const { code, stdout } = await atTerminal(["resend", "1002"], { cwd }, [["Send 1 postback again?", "n"]]);
    expect([code, stdout.trimEnd().split("\n").at(-1)]).toEqual([1, "Nothing is sent."]);
    expect((await collector.find({ number: "1002" }))[0]?.postbacks[0]?.state).toBe("failed");
  });
});

describe("settle", () => {
  test("ends what is held by what a person found, and refuses what is not held", async () => {
    const { cwd, collector, clicks, sandbox } = await aFolder({
      shopback: { level: "line" },
      sandbox: { shopback: { level: "line" } },
    });
    sandbox.fault("shopback", "accept-then-drop", { times: 1 });
    await collector.report(clicks("shopback"), { ...order, lines: [mug] });
    await collector.flush();
    const story = await cashtrail(["show", "1001"], { cwd });
    expect(story.stdout).toContain("cashtrail settle shopback/1001/create/mug delivered");
    const settled = await cashtrail(
      [
        "settle",
        "shopback/1001/create/mug",
        "delivered",
        "--by",
        "anna",
        "--reason",
        "in their portal",
        "--remote-id",
        "77",
      ],
      { cwd },
    );
    expect([settled.code, settled.stdout]).toEqual([0, "Settled: shopback/1001/create/mug is delivered.\n"]);
    expect((await collector.find({ number: "1001" }))[0]?.postbacks[0]).toMatchObject({
      state: "delivered",
      remoteId: "77",
      reason: "settled by anna: in their portal",
    });
    const again = await cashtrail(["settle", "shopback/1001/create/mug", "failed"], { cwd });
    expect([again.code, again.stderr]).toEqual([
      1,
      "the postback shopback/1001/create/mug is delivered: only what is held or failed is settled by a person\n",
    ]);
  });
});

describe("what failed", () => {
  test("is put aside by its id, and then is nothing to look at", async () => {
    const { cwd, collector } = await threeOrders();
    const { code, stdout } = await cashtrail(["settle", "retrack/1002/create", "cancelled", "--by", "anna"], { cwd });
    expect([code, stdout]).toEqual([0, "Settled: retrack/1002/create is cancelled.\n"]);
    expect((await collector.find({ number: "1002" }))[0]?.postbacks[0]?.state).toBe("cancelled");
  });

  test("is sent again by its id, and all of it only where a script says so", async () => {
    const { cwd } = await threeOrders();
    const [one, other, unknown, unnamed] = await Promise.all([
      cashtrail(["resend", "--id", "retrack/1002/create", "--dry-run", "--json"], { cwd }),
      cashtrail(["resend", "--id", "retrack/1009/create", "--dry-run"], { cwd }),
      cashtrail(["resend", "A99"], { cwd }),
      cashtrail(["resend", "--yes"], { cwd }),
    ]);
    expect(JSON.parse(one.stdout).count).toBe(1);
    expect([other.code, other.stdout, other.stderr]).toEqual([1, "", "Nothing is known of retrack/1009/create.\n"]);
    expect([unknown.code, unknown.stdout, unknown.stderr]).toEqual([1, "", "Nothing is known of A99.\n"]);
    expect([unnamed.code, unnamed.stderr]).toEqual([
      2,
      "With --yes say what: a number, --id, --network or --since, or --all that is failed.\n",
    ]);
    const all = await cashtrail(["resend", "--yes", "--all", "--json"], { cwd });
    expect([all.code, JSON.parse(all.stdout).count]).toEqual([0, 1]);
  });
});

/** A store's folder whose ledger is elsewhere. */
function folderWith(ledger: string): string {
  const cwd = temporaryFolder();
  writeFileSync(
    join(cwd, "cashtrail.config.ts"),
    `import { retrack } from "@cashtrail/collector";
     export default {
       networks: [retrack({ token: "a-token", event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb" })],
       ledger: "${ledger}",
       journal: "./journal",
     };`,
  );
  return cwd;
}

describe("a ledger that is away", () => {
  test("is told of without a sign of a number that a terminal would act on", async () => {
    const cwd = folderWith("postgres://127.0.0.1:9/shop");
    const placed = { ...order, number: "1\x1b[2J", placedAt: "2026-11-22T10:00:00Z" };
    const click = { network: "retrack", id: "d0c70000-0000-4000-8000-000000000001", at: "2026-11-22T09:00:00Z" };
    writeFileSync(join(cwd, "orders.jsonl"), JSON.stringify({ order: placed, clicks: [click] }));
    const { stdout, stderr } = await cashtrail(["report", "orders.jsonl"], { cwd });
    expect([...(stdout + stderr)].filter(isActedOn)).toEqual([]);
    expect(stderr).toContain("Order 1\\u001b[2J is in the journal: ");
    expect(stderr).toContain(
      `\n  The journal is ${cwd}/journal: run any command with the same settings once the ledger is back.\n`,
    );
  });
});

describe("a ledger in a folder that is not there", () => {
  test("is told so", async () => {
    const cwd = folderWith("./missing/cashtrail.db");
    writeFileSync(join(cwd, "orders.jsonl"), JSON.stringify({ order: { ...order, placedAt: "2026-11-22T10:00:00Z" } }));
    const { code, stderr } = await cashtrail(["report", "orders.jsonl"], { cwd });
    expect([code, stderr]).toEqual([
      3,
      `The ledger cannot be used: ledger: ./missing/cashtrail.db cannot be opened: there is no folder ${cwd}/missing: make it first. See "ledger" in the config.\n`,
    ]);
  });
});

describe("a ledger on PostgreSQL", () => {
  test("is not made by a command that reads", async () => {
    const url = await newDatabase(inject("postgres"));
    onTestFinished(() => dropDatabase(url));
    const cwd = folderWith(url);
    const { code, stderr } = await cashtrail(["orders"], { cwd });
    expect([code, stderr]).toEqual([3, expect.stringMatching(/^There is no ledger at postgres:\/\/127\.0\.0\.1:/)]);
    expect(await query(url, "SELECT 1 FROM pg_namespace WHERE nspname = 'cashtrail'")).toEqual([]);
    const ledger = postgresLedger(url);
    await ledger.waiting();
    await ledger.close();
    expect((await cashtrail(["orders"], { cwd })).code).toBe(0);
  });
});

describe("forget", () => {
  test("erases what an order was, with --yes where nobody can be asked", async () => {
    const { cwd, collector } = await threeOrders();
    const [unasked, done] = [
      await cashtrail(["forget", "1001"], { cwd }),
      await cashtrail(["forget", "1001", "--yes", "--by", "anna"], { cwd }),
    ];
    expect([unasked.code, done.code]).toEqual([2, 0]);
    expect((await collector.find({ number: "1001" }))[0]?.order?.lines).toEqual([]);
    const unknown = await cashtrail(["forget", "1009", "--yes"], { cwd });
    expect([unknown.code, unknown.stderr]).toEqual([1, "Nothing is known of 1009.\n"]);
  });
});

describe("backlog", () => {
  test("counts what waits, is held and failed of each account", async () => {
    const { cwd } = await threeOrders();
    const { code, stdout } = await cashtrail(["backlog"], { cwd });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^retrack +1 +\S.* +0 +1 +\S/m)]);
    expect(stdout).toMatch(/^shopback +0 +0 +0$/m);
  });
});
