import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Difference } from "../../packages/collector/src/reconcile/compare.ts";
import { runCommand, startCommand, writeConfig } from "../support/cashtrail-command.ts";
import { openStore, order, type Store } from "../support/sandboxed-store.ts";

const PERIOD = ["--since", "2026-11-22T00:00Z", "--until", "2026-11-23T00:00Z"];
const RECONCILE = ["reconcile", "--network", "retrack", ...PERIOD, "--rate", "50"];
const STATE = ".cashtrail-reconcile-retrack.jsonl";

/** A store whose orders of these numbers are at Retrack. */
async function reported(...numbers: string[]): Promise<{ store: Store; folder: string }> {
  const store = await openStore();
  for (const number of numbers) await store.collector.report(store.clicks("retrack"), { ...order, number });
  await store.collector.flush();
  return { store, folder: writeConfig(store) };
}

function lookUps(store: Store): string[] {
  return store.sent().filter((sent) => sent.startsWith("GET "));
}

function told(stdout: string): string[] {
  return JSON.parse(stdout).differences.map(
    ({ number, kind, here, there, repair }: Difference) =>
      `${number} ${kind}: ${here} | ${there} -> ${repair.command ?? repair.text}`,
  );
}

/** As if Retrack had changed what it has. */
function change(store: Store, number: string, becomes: Record<string, unknown>): void {
  const transaction = store.sandbox.book.retrack.find(({ body }) => body.orderNumber === number);
  Object.assign(transaction ?? {}, becomes);
}

describe("cashtrail reconcile with Retrack", () => {
  test("ends with 0 where all is the same, having asked for each order once, the newest first", async () => {
    const { store, folder } = await reported("1001", "1002");
    const { exitCode, stdout, stderr } = await runCommand(folder, ...RECONCILE);
    expect([exitCode, stdout]).toEqual([0, ""]);
    expect(stderr).toMatch(
      /^Reported from 2026-11-2\d \d\d:\d\d until 2026-11-2\d \d\d:\d\d: 2 orders compared, 0 differ\.\n$/m,
    );
    expect(lookUps(store)).toEqual([
      "GET /api/v2/transactions?byOrderNumber=1002",
      "GET /api/v2/transactions?byOrderNumber=1001",
    ]);
    expect(existsSync(join(folder, STATE))).toBe(false);
  });

  test("lists what is missing, what differs and what is there twice, with the repair for each", async () => {
    const { store, folder } = await reported("1001", "1002", "1003", "1004");
    const of = (number: string) => store.sandbox.book.retrack.find(({ body }) => body.orderNumber === number);
    const first = of("1001");
    const fourth = of("1004");
    if (!first || !fourth) throw new Error("the sandbox has not what was reported");
    change(store, "1001", { body: { ...first.body, orderNumber: "other" } });
    change(store, "1002", { status: "rejected" });
    change(store, "1003", { body: { ...fourth.body, orderNumber: "1003", orderSum: 13_999 } });
    store.sandbox.book.retrack.push({ ...fourth, uuid: "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d" });
    const { exitCode, stdout } = await runCommand(folder, ...RECONCILE, "--json");
    expect(told(stdout)).toEqual([
      `1004 twice: once | 2 times: ${fourth.uuid}, 9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d -> ask retrack to remove what is there too often`,
      "1003 sum: net 140 MYR, vat 14 MYR | net 139.99 MYR, vat 14 MYR -> ask retrack which it took, and to correct it",
      "1002 status: pending | rejected -> cashtrail reject 1002",
      "1001 missing: delivered | not there -> cashtrail resend 1001 --network retrack --state delivered",
    ]);
    expect(exitCode).toBe(1);
  });

  test("prints a table for people", async () => {
    const { store, folder } = await reported("1001");
    change(store, "1001", { status: "rejected" });
    const { stdout } = await runCommand(folder, ...RECONCILE);
    expect(stdout).toBe(
      [
        "order  account  what    here     there     repair",
        "1001   Retrack  status  pending  rejected  cashtrail reject 1001  (if that is right; else ask retrack why)",
        "",
      ].join("\n"),
    );
  });

  test("finds nothing to say of what is reported, changed and rejected as it should be", async () => {
    const { store, folder } = await reported("1001", "1002", "1003");
    const [mug, vase] = order.lines;
    if (!mug || !vase) throw new Error("the order has two lines");
    await store.collector.update({
      ...order,
      number: "1001",
      lines: [{ ...mug, quantity: 1, net: 5_000, vat: 500 }, vase],
    });
    await store.collector.reject("1002");
    await store.collector.reject("1003", { lines: ["vase"] });
    await store.deliverAll();
    expect((await runCommand(folder, ...RECONCILE)).exitCode).toBe(0);
  });

  test("asks only for the orders of the period", async () => {
    const { store, folder } = await reported("1001");
    const { stderr } = await runCommand(folder, ...RECONCILE.slice(0, 3), "--since", "2026-11-23T00:00Z");
    expect(stderr).toMatch(/0 orders compared, 0 differ\.\n$/);
    expect(lookUps(store)).toEqual([]);
  });

  test("waits as long as Retrack asks for", async () => {
    const { store, folder } = await reported("1001");
    store.sandbox.fault("retrack", "429", { times: 1, retryAfter: "0.05" });
    expect((await runCommand(folder, ...RECONCILE)).exitCode).toBe(0);
    expect(lookUps(store)).toHaveLength(2);
  });

  test("lists what Retrack does not answer, and asks for these only the next time", async () => {
    const { store, folder } = await reported("1001", "1002");
    store.sandbox.fault("retrack", "500", { match: ({ path }) => path.endsWith("1002") });
    const { exitCode, stdout, stderr } = await runCommand(folder, ...RECONCILE, "--json");
    expect(stderr).toContain("1 order compared, 0 differ. 1 could not be compared.\n");
    expect([exitCode, told(stdout)]).toEqual([
      3,
      ["1002 unknown: pending | HTTP 500 -> run reconcile again: it asks for these only"],
    ]);
    store.sandbox.fault("retrack", null);
    const before = lookUps(store).length;
    const again = await runCommand(folder, ...RECONCILE);
    expect(again.exitCode).toBe(0);
    expect(lookUps(store).slice(before)).toEqual(["GET /api/v2/transactions?byOrderNumber=1002"]);
    expect(existsSync(join(folder, STATE))).toBe(false);
  });

  test("goes on where it was interrupted", async () => {
    const { store, folder } = await reported("1001", "1002", "1003");
    // Slow enough to be interrupted between the first look-up and the second.
    const slow = [...RECONCILE.slice(0, -1), "0.02", "--json"];
    const running = startCommand(folder, ...slow);
    await running.said("1 order compared");
    running.interrupt();
    const { exitCode, stdout, stderr } = await running.end;
    const stopped = `Interrupted. The answers are kept in ${STATE}: the same command goes on from there.`;
    expect([exitCode, JSON.parse(stdout)]).toEqual([
      3,
      {
        network: "retrack",
        since: "2026-11-22T00:00:00.000Z",
        until: "2026-11-23T00:00:00.000Z",
        ...{ compared: 1, waiting: 0, differing: 0, unknown: 0, differences: [] },
        stopped,
      },
    ]);
    expect(stderr).toContain(`1 order compared, 0 differ.\n{"code":"ERR_FAILED","message":"${stopped}","issues":[]}\n`);
    expect(readFileSync(join(folder, STATE), "utf8")).not.toContain("203.0.113.143");
    const again = await runCommand(folder, ...RECONCILE);
    expect(again.exitCode).toBe(0);
    expect(again.stderr).toContain("Goes on where it was interrupted: 1 answer kept");
    expect(lookUps(store).map((sent) => sent.slice(-4))).toEqual(["1003", "1002", "1001"]);
  });

  test("ends with 3 where Retrack does not take the token, or does not answer at all", async () => {
    const { store, folder } = await reported("1", "2", "3", "4", "5", "6");
    store.sandbox.fault("retrack", "401");
    const refused = await runCommand(folder, ...RECONCILE);
    expect([refused.exitCode, refused.stderr]).toEqual([
      3,
      expect.stringContaining("retrack does not take the token (HTTP 401)."),
    ]);
    store.sandbox.fault("retrack", "500");
    const before = lookUps(store).length;
    const down = await runCommand(folder, ...RECONCILE);
    expect([down.exitCode, down.stderr]).toEqual([3, expect.stringContaining("retrack does not answer (HTTP 500).")]);
    expect(lookUps(store).length - before).toBe(5);
  });
});

describe("cashtrail reconcile with a report", () => {
  async function shopbackStore() {
    const store = await openStore();
    for (const number of ["1001", "1002", "1003"])
      await store.collector.report(store.clicks("shopback"), { ...order, number });
    await store.collector.flush();
    await store.collector.approve("1002");
    await store.deliverAll();
    return writeConfig(store);
  }
  const words = ["reconcile", "--network", "shopback", ...PERIOD, "--file", "report.csv"];

  test("ends with 0 where the report says what the ledger says", async () => {
    // A report's path starts where the command is given, not where the config is.
    const folder = join(await shopbackStore(), "reports");
    mkdirSync(folder);
    writeFileSync(
      join(folder, "report.csv"),
      'Order ID,Sale Amount,Status\n1001,154.00,Pending\n1002,154,Confirmed\n1003,"MYR 154.0",pending\n',
    );
    const { exitCode, stderr } = await runCommand(folder, ...words);
    expect(stderr).toContain('Columns: orderId is "Order ID", amount is "Sale Amount", status is "Status".');
    expect([exitCode, stderr]).toEqual([0, expect.stringMatching(/3 orders compared, 0 differ\.\n$/)]);
  });

  test("lists what differs, what is missing, and what the ledger has never heard of", async () => {
    const folder = await shopbackStore();
    writeFileSync(
      join(folder, "report.csv"),
      "ref;total;state\n1001;15,40;pending\n1002;154,00;rejected\n9999;10,00;pending\n",
    );
    const columns = ["--columns", "orderId=ref,amount=total,status=state"];
    const { exitCode, stdout } = await runCommand(folder, ...words, ...columns, "--json");
    expect(told(stdout)).toEqual([
      "1003 missing: delivered | not there -> cashtrail resend 1003 --network shopback --state delivered",
      "1002 status: approved | rejected -> ask shopback to correct it: what is decided there cannot be changed from here",
      "1001 sum: amount 154 MYR | amount 15.4 MYR -> ask shopback which it took, and to correct it",
      "9999 unexpected: never reported | 10,00 pending -> see whether the order is yours; else tell shopback",
    ]);
    expect(exitCode).toBe(1);
  });

  test("ends with 2 for an account that is asked, and for a period that ends before it begins", async () => {
    const folder = await shopbackStore();
    writeFileSync(join(folder, "report.csv"), "Order ID,Sale Amount\n1001,154.00\n");
    const asked = await runCommand(folder, ...RECONCILE, "--file", "report.csv");
    expect([asked.exitCode, asked.stderr]).toEqual([2, "retrack is asked for each order: leave out --file.\n"]);
    const period = ["--since", "2026-11-23T00:00Z", "--until", "2026-11-22T00:00Z"];
    const backwards = await runCommand(folder, ...RECONCILE.slice(0, 3), ...period);
    expect([backwards.exitCode, backwards.stderr]).toEqual([
      2,
      "--since 2026-11-23T00:00Z is not before --until 2026-11-22T00:00Z: nothing lies between them.\n",
    ]);
  });

  test("takes no report of another account, where each order here would seem to be missing", async () => {
    const folder = await shopbackStore();
    writeFileSync(join(folder, "report.csv"), "Order ID,Sale Amount\nX-1,154.00\nX-2,154.00\n");
    const { exitCode, stdout, stderr } = await runCommand(folder, ...words);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(
      "No order of report.csv was ever reported here to shopback: is it this account's report, and is \"Order ID\" the order's number (--columns orderId=TITLE)?",
    );
  });

  test("ends with 3 where all that does not agree is an amount nobody can read", async () => {
    const folder = await shopbackStore();
    writeFileSync(join(folder, "report.csv"), "Order ID,Sale Amount\n1001,154.00\n1002,154.00\n1003,n/a\n");
    const { exitCode, stderr } = await runCommand(folder, ...words);
    expect([exitCode, stderr]).toEqual([
      3,
      expect.stringMatching(/2 orders compared, 0 differ\. 1 could not be compared\.\n$/),
    ]);
  });

  test("ends with 2 without a report, or with one that cannot be read", async () => {
    const folder = await shopbackStore();
    const without = await runCommand(folder, ...words.slice(0, -2));
    expect([without.exitCode, without.stderr]).toEqual([
      2,
      "shopback has no look-up: download its report as CSV, and name it with --file.\n",
    ]);
    writeFileSync(join(folder, "report.csv"), "who,what\n");
    const unclear = await runCommand(folder, ...words);
    expect([unclear.exitCode, unclear.stderr]).toEqual([
      2,
      expect.stringContaining("it is not clear which column is orderId"),
    ]);
  });
});
