import { join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { sqliteLedger } from "../../packages/collector/src/ledger/sqlite.ts";
import { temporaryFolder } from "../support/collector-server.ts";
import {
  MINUTE,
  mug,
  openStore,
  order,
  postbacksOf,
  type Store,
  type StoreOptions,
  statesOf,
  vase,
} from "../support/sandboxed-store.ts";

const CREATE = "POST /api/v2/transactions";
const LOOK_UP = "GET /api/v2/transactions?byOrderNumber=1001";
const oneMug = { ...order, lines: [{ ...mug, quantity: 1, net: 5_000, vat: 500 }, vase] };
const NO_ACCOUNT = "is no account that is set up, and nothing is kept of one; set up are retrack, shopback";
const byLine: StoreOptions = { sandbox: { shopback: { level: "line" } }, shopback: { level: "line" } };

/** A store whose orders both networks refused. */
async function refused(...numbers: string[]): Promise<Store> {
  const store = await openStore();
  const { collector, sandbox, clicks, pass } = store;
  sandbox.fault("retrack", "refuse");
  sandbox.fault("shopback", "refuse");
  for (const number of numbers) {
    await collector.report(clicks("retrack", "shopback"), { ...order, number });
    pass(MINUTE);
  }
  await collector.flush();
  sandbox.fault("retrack", null);
  sandbox.fault("shopback", null);
  return store;
}

/** A store that has reported its order, and whose change of it Retrack refused. */
async function refusedUpdate(): Promise<Store> {
  const store = await openStore();
  const { collector, sandbox, clicks } = store;
  await collector.report(clicks("retrack"), order);
  await collector.flush();
  sandbox.fault("retrack", "refuse", { times: 1 });
  await collector.update(oneMug);
  await collector.flush();
  return store;
}

/** A store whose order is held: its first call was lost, and Retrack refused the second. */
async function held(first: "reset" | "accept-then-drop", options: StoreOptions = {}): Promise<Store> {
  const store = await openStore(options);
  const { collector, sandbox, clicks, pass } = store;
  sandbox.fault("retrack", first, { times: 1 });
  await collector.report(clicks("retrack"), order);
  await collector.flush();
  // Where Retrack has it, a look-up that finds another order holds it.
  const [transaction] = sandbox.book.retrack;
  if (transaction) transaction.body.orderNumber = "1001 ";
  sandbox.fault("retrack", "refuse", { match: ({ method }) => method === "POST", times: 1 });
  pass(MINUTE);
  await collector.flush();
  sandbox.fault("retrack", null);
  if (transaction) transaction.body.orderNumber = "1001";
  return store;
}

/** A store whose order's second line is held: nobody knows whether it arrived. */
async function heldLine(fault: "reset" | "accept-then-drop"): Promise<Store> {
  const store = await openStore(byLine);
  const { collector, sandbox, clicks } = store;
  sandbox.fault("shopback", fault, { match: ({ path }) => path.includes("adv_sub4=vase"), times: 1 });
  await collector.report(clicks("shopback"), order);
  await collector.flush();
  return store;
}

/** From here on no timer fires: whoever delivers was woken. */
function stopTimers(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
}

function idsOf({ postbacks }: { postbacks: { id: string }[] }): string[] {
  return postbacks.map(({ id }) => id);
}

describe("a postback whose id is long", () => {
  test("is settled and sent again by it", async () => {
    const store = await openStore(byLine);
    const { collector, sandbox, clicks } = store;
    const number = "n".repeat(300);
    sandbox.fault("shopback", "reset", { times: 1 });
    await collector.report(clicks("shopback"), { ...order, number, lines: [{ ...mug, sku: "s".repeat(300) }] });
    await collector.flush();
    const id = `shopback/${number}/create/${"s".repeat(300)}`;
    await collector.settle(id, "failed", { by: "anna" });
    expect(await collector.resend({ id, by: "anna" })).toMatchObject({ count: 1 });
    await expect(collector.settle("x".repeat(1001), "failed", { by: "anna" })).rejects.toMatchObject({
      issues: [{ path: "", message: "must be no longer than 1000 characters" }],
    });
  });
});

describe("what failed", () => {
  test("is sent again as it was, and delivered", async () => {
    const { collector, sandbox } = await refused("1001");
    expect(await collector.resend({})).toEqual({
      count: 2,
      postbacks: [
        {
          id: "retrack/1001/create",
          kind: "create",
          number: "1001",
          network: "retrack",
          reason: "HTTP 422: Refused by the sandbox.",
        },
        {
          id: "shopback/1001/create",
          kind: "create",
          number: "1001",
          network: "shopback",
          reason: "Refused by the sandbox.",
        },
      ],
      superseded: 0,
    });
    await collector.flush();
    const [first, second, ...more] = sandbox.requests.filter(({ network }) => network === "retrack");
    expect(second?.body).toBe(first?.body);
    expect(more).toEqual([]);
    expect(sandbox.book.retrack).toHaveLength(1);
    expect(sandbox.book.shopback).toHaveLength(1);
    expect(await statesOf(collector)).toEqual({
      "retrack/1001/create": "delivered",
      "shopback/1001/create": "delivered",
    });
    expect(await collector.resend({})).toEqual({ count: 0, postbacks: [], superseded: 0 });
  });

  test("is sent by a started collector at once", async () => {
    const { collector, happened } = await refused("1001");
    stopTimers();
    collector.start();
    const delivered = happened("delivered");
    await collector.resend({ network: "retrack" });
    await delivered;
  });

  test("begins anew: its age and its waits are counted from now", async () => {
    const store = await refused("1001");
    const { collector, sandbox, pass } = store;
    pass(40 * 24 * 60 * MINUTE);
    sandbox.fault("retrack", "429", { times: 1 });
    await collector.resend({ network: "retrack" });
    await collector.flush();
    const [postback] = (await collector.find({ network: "retrack" })).flatMap(({ postbacks }) => postbacks);
    expect(postback).toMatchObject({ state: "pending", dueAt: new Date(+store.now() + 5_000) });
  });

  const filters: [string, Parameters<Store["collector"]["resend"]>[0], string[]][] = [
    ["one number", { number: "1002" }, ["retrack/1002/create", "shopback/1002/create"]],
    ["one id", { id: "shopback/1002/create" }, ["shopback/1002/create"]],
    ["one account", { network: "retrack" }, ["retrack/1001/create", "retrack/1002/create", "retrack/1003/create"]],
    [
      "a time on",
      { network: "retrack", since: new Date("2026-11-22T10:01:00Z") },
      ["retrack/1002/create", "retrack/1003/create"],
    ],
    ["before a time", { network: "retrack", until: new Date("2026-11-22T10:01:00Z") }, ["retrack/1001/create"]],
    [
      "between two times",
      {
        network: "shopback",
        since: new Date("2026-11-22T10:00:01Z"),
        until: new Date("2026-11-22T10:01:01Z"),
        state: "failed",
      },
      ["shopback/1002/create"],
    ],
    ["what is not held", { state: "held" }, []],
  ];
  test.each(filters)("is chosen by %s, told first on a dry run, and then sent", async (_, filter, ids) => {
    const { collector, sandbox } = await refused("1001", "1002", "1003");
    const before = await collector.find();
    const requests = sandbox.requests.length;
    expect(idsOf(await collector.resend({ ...filter, dryRun: true })).sort()).toEqual(ids);
    await collector.flush();
    expect(await collector.find()).toEqual(before);
    expect(sandbox.requests).toHaveLength(requests);
    expect(idsOf(await collector.resend(filter)).sort()).toEqual(ids);
    await collector.flush();
    expect(sandbox.requests).toHaveLength(requests + ids.length);
  });

  test("is sent again also where there are more than are read at once, once each", async () => {
    const { collector, sandbox, clicks } = await openStore({ delivery: { concurrency: 64 } });
    sandbox.fault("shopback", "refuse");
    const numbers = Array.from({ length: 1_201 }, (_, index) => `${index}`);
    await Promise.all(numbers.map((number) => collector.report(clicks("shopback"), { ...order, number })));
    await collector.flush();
    sandbox.fault("shopback", null);
    expect(await collector.resend({ dryRun: true })).toMatchObject({ count: 1_201 });
    const resent = await collector.resend({});
    expect(resent).toMatchObject({ count: 1_201, superseded: 0 });
    expect(new Set(idsOf(resent)).size).toBe(100);
    await collector.flush();
    expect(sandbox.book.shopback).toHaveLength(1_201);
    expect((await collector.backlog()).map(({ failed, pending }) => failed + pending)).toEqual([0, 0]);
  }, 30_000);

  test("is asked for by two people at once and sent once", async () => {
    const { collector, sandbox, open } = await refused("1001");
    const other = open();
    const both = await Promise.all([collector.resend({ by: "anna" }), other.resend({ by: "bo" })]);
    expect(both.reduce((sum, { count }) => sum + count, 0)).toBe(2);
    await Promise.all([collector.flush(), other.flush()]);
    expect(sandbox.requests).toHaveLength(4);
  });
});

describe("what is held", () => {
  test.each([
    ["has it, is not told twice", "accept-then-drop", [LOOK_UP]],
    ["has it not, is told once", "reset", [LOOK_UP, CREATE]],
  ] as const)("is asked for first, and Retrack, that %s", async (_, first, requests) => {
    const { collector, sandbox, sent } = await held(first);
    expect(await statesOf(collector)).toEqual({ "retrack/1001/create": "held" });
    const before = sent().length;
    expect(await collector.resend({})).toMatchObject({ count: 0 });
    expect(idsOf(await collector.resend({ state: "held" }))).toEqual(["retrack/1001/create"]);
    await collector.flush();
    expect(sent().slice(before)).toEqual(requests);
    expect(sandbox.book.retrack).toHaveLength(1);
    const [postback] = await postbacksOf(collector);
    expect(postback).toMatchObject({ state: "delivered", remoteId: sandbox.book.retrack[0]?.uuid });
  });

  test("of a line at ShopBack is sent again, for a person says so", async () => {
    const { collector, sandbox } = await heldLine("reset");
    await collector.resend({ number: "1001", state: "held", by: "anna" });
    await collector.flush();
    expect(sandbox.book.shopback.map(({ query }) => query.adv_sub4)).toEqual(["mug", "vase"]);
    expect(Object.values(await statesOf(collector))).toEqual(["delivered", "delivered"]);
  });
});

describe("what a network has", () => {
  test("is sent again one order at a time, and Retrack is asked first, so that nothing is there twice", async () => {
    const { collector, sandbox, clicks, sent } = await openStore();
    await collector.report(clicks("retrack", "shopback"), order);
    await collector.flush();
    expect(await collector.resend({ number: "1001", state: "delivered" })).toMatchObject({ count: 2 });
    await collector.flush();
    expect(sent().filter((request) => !request.includes("aff_lsr"))).toEqual([CREATE, LOOK_UP]);
    expect(sandbox.book.retrack).toHaveLength(1);
    expect(sandbox.book.shopback).toHaveLength(1);
    expect(await statesOf(collector)).toEqual({
      "retrack/1001/create": "delivered",
      "shopback/1001/create": "delivered",
    });
  });

  test("is sent again by its id, and nothing else of its order is", async () => {
    const { collector, clicks } = await openStore();
    await collector.report(clicks("retrack", "shopback"), order);
    await collector.flush();
    expect(idsOf(await collector.resend({ id: "shopback/1001/create", state: "delivered" }))).toEqual([
      "shopback/1001/create",
    ]);
    expect(await statesOf(collector)).toEqual({
      "retrack/1001/create": "delivered",
      "shopback/1001/create": "pending",
    });
  });

  test("and lost after all is there again", async () => {
    const { collector, sandbox, clicks, sent } = await openStore();
    await collector.report(clicks("retrack"), order);
    await collector.flush();
    sandbox.book.retrack.length = 0;
    await collector.resend({ number: "1001", state: "delivered" });
    await collector.flush();
    expect(sent()).toEqual([CREATE, LOOK_UP, CREATE]);
    expect(sandbox.book.retrack).toHaveLength(1);
  });

  test("is left alone where it has a later one that says otherwise", async () => {
    const { collector, sandbox, clicks } = await openStore();
    await collector.report(clicks("retrack"), order);
    await collector.flush();
    await collector.update(oneMug);
    await collector.flush();
    // The second update fails, and the third, which came after it, is delivered.
    sandbox.fault("retrack", "refuse", { times: 1 });
    await collector.update({ ...order, lines: [mug] });
    await collector.flush();
    await collector.update(order);
    await collector.flush();
    expect(await statesOf(collector)).toEqual({
      "retrack/1001/create": "delivered",
      "retrack/1001/update/1": "delivered",
      "retrack/1001/update/2": "failed",
      "retrack/1001/update/3": "delivered",
    });
    expect(await collector.resend({})).toEqual({ count: 0, postbacks: [], superseded: 1 });
    expect(await collector.resend({ dryRun: true })).toEqual({ count: 0, postbacks: [], superseded: 1 });
    expect(await collector.resend({ number: "1001", state: "delivered" })).toMatchObject({ count: 2, superseded: 1 });
    await collector.flush();
    expect(sandbox.book.retrack).toMatchObject([{ body: { orderSum: 14_000 } }]);
  });

  test("is left alone where it was forgotten: there is nothing left to send", async () => {
    const { collector, sandbox, clicks } = await openStore();
    await collector.report(clicks("retrack", "shopback"), order);
    await collector.flush();
    await collector.forget("1001");
    const before = await collector.find();
    const nothing = { count: 0, postbacks: [], superseded: 0 };
    expect(await collector.resend({ number: "1001", state: "delivered", dryRun: true })).toEqual(nothing);
    expect(await collector.resend({ number: "1001", state: "delivered" })).toEqual(nothing);
    await collector.flush();
    expect(await collector.find()).toEqual(before);
    expect(sandbox.requests).toHaveLength(2);
  });
});

describe("a change that failed", () => {
  const isUpdate = ({ path }: { path: string }) => /transactions\/./.test(path);
  const update = (count: number) => `retrack/1001/update/${count}`;

  /** A store whose order Retrack has, and whose change it refused. */
  async function changedInVain(): Promise<Store> {
    const store = await openStore();
    const { collector, sandbox, clicks } = store;
    await collector.report(clicks("retrack"), order);
    await collector.flush();
    sandbox.fault("retrack", "refuse", { match: isUpdate, times: 1 });
    await collector.update(oneMug);
    await collector.flush();
    expect(await statesOf(collector)).toMatchObject({ [update(1)]: "failed" });
    await collector.update({ ...order, lines: [mug] });
    return store;
  }

  const ahead = { count: 0, postbacks: [], superseded: 1 };

  test("is left alone, and counted, while a later one waits", async () => {
    const { collector, sandbox } = await changedInVain();
    expect(await statesOf(collector)).toMatchObject({ [update(2)]: "pending" });
    expect(await collector.resend({ dryRun: true })).toEqual(ahead);
    expect(await collector.resend({})).toEqual(ahead);
    await collector.flush();
    expect(sandbox.book.retrack).toMatchObject([{ body: { orderSum: 9_000 } }]);
    expect(sandbox.requests).toHaveLength(3);
  });

  test("is left alone while a later one is on its way", async () => {
    const { collector, sandbox } = await changedInVain();
    let resending: Promise<unknown> | undefined;
    sandbox.fault("retrack", () => {
      resending ??= collector.resend({});
      return null;
    });
    await collector.flush();
    expect(await resending).toEqual(ahead);
    expect(sandbox.book.retrack).toMatchObject([{ body: { orderSum: 9_000 } }]);
  });

  test("is left alone while a later one is held", async () => {
    const { collector, sandbox, pass } = await changedInVain();
    sandbox.fault("retrack", "reset", { match: isUpdate, times: 1 });
    await collector.flush();
    sandbox.fault("retrack", "refuse", { match: isUpdate, times: 1 });
    pass(MINUTE);
    await collector.flush();
    expect(await statesOf(collector)).toMatchObject({ [update(1)]: "failed", [update(2)]: "held" });
    expect(await collector.resend({})).toEqual(ahead);
    expect(await statesOf(collector)).toMatchObject({ [update(1)]: "failed", [update(2)]: "held" });
  });

  test("is sent again, and the later one after it, where that one failed too: the newest of all", async () => {
    const { collector, sandbox } = await changedInVain();
    sandbox.fault("retrack", "refuse", { match: isUpdate, times: 1 });
    await collector.flush();
    expect(await statesOf(collector)).toMatchObject({ [update(1)]: "failed", [update(2)]: "failed" });
    expect(await collector.resend({})).toMatchObject({ count: 2, superseded: 0 });
    await collector.flush();
    expect(await statesOf(collector)).toMatchObject({ [update(2)]: "delivered" });
    expect(sandbox.book.retrack).toMatchObject([{ body: { orderSum: 9_000 } }]);
  });
});

describe("a person's decision", () => {
  test("is kept with who, when and why", async () => {
    const { collector, pass } = await refused("1001");
    pass(MINUTE);
    await collector.resend({ network: "retrack", by: "anna", reason: "the token is mended" });
    await collector.resend({ network: "shopback" });
    const decisions = (await collector.find()).map(({ decisions }) => decisions);
    const at = new Date("2026-11-22T10:02:00.000Z");
    expect(decisions).toEqual([
      [{ at, what: "resend", state: "pending", by: "store", postback: "shopback/1001/create" }],
      [
        {
          ...{ at, what: "resend", state: "pending", by: "anna", reason: "the token is mended" },
          postback: "retrack/1001/create",
        },
      ],
    ]);
    expect((await postbacksOf(collector)).map(({ reason }) => reason)).toEqual([
      "sent again by store",
      "sent again by anna",
    ]);
  });

  test("that a network has what is held is taken, with its id, and what waited behind it goes on", async () => {
    const { collector, sandbox, happened, sent } = await held("accept-then-drop");
    await collector.update(oneMug);
    const uuid = sandbox.book.retrack[0]?.uuid ?? "";
    const before = sent().length;
    stopTimers();
    collector.start();
    const delivered = happened("delivered");
    await collector.settle("retrack/1001/create", "delivered", {
      by: "anna",
      reason: "seen in the portal",
      remoteId: uuid,
    });
    await delivered;
    expect(await postbacksOf(collector)).toMatchObject([
      { state: "delivered", remoteId: uuid, reason: "settled by anna: seen in the portal" },
      { id: "retrack/1001/update/1", state: "delivered" },
    ]);
    expect(sent().slice(before)).toEqual(["POST /api/v2/transactions/{1001}"]);
    expect(sandbox.book.retrack).toMatchObject([{ body: { orderSum: 9_000 } }]);
    const [conversion] = await collector.find();
    expect(conversion?.decisions.at(-1)).toEqual({
      at: new Date("2026-11-22T10:01:00.000Z"),
      what: "settle",
      state: "delivered",
      by: "anna",
      reason: "seen in the portal",
      postback: "retrack/1001/create",
    });
  });

  test("that a network has what is held, without its id, lets what waited behind it ask for that", async () => {
    const { collector, sandbox, sent } = await held("accept-then-drop");
    await collector.update(oneMug);
    const before = sent().length;
    await collector.settle("retrack/1001/create", "delivered", { by: "anna" });
    await collector.flush();
    expect(sent().slice(before)).toEqual([LOOK_UP, "POST /api/v2/transactions/{1001}"]);
    expect(sandbox.book.retrack).toMatchObject([{ body: { orderSum: 9_000 } }]);
  });

  test("that a network has what it then does not find, without its id, holds what waited behind it", async () => {
    const { collector, sandbox } = await held("accept-then-drop");
    await collector.reject("1001");
    const [transaction] = sandbox.book.retrack;
    if (transaction) transaction.body.orderNumber = "found later";
    await collector.settle("retrack/1001/create", "delivered", { by: "anna" });
    await collector.flush();
    const [, rejection] = await postbacksOf(collector);
    expect(rejection).toMatchObject({
      state: "held",
      reason: "Retrack does not have the order, which it was told of",
      attempts: [{ outcome: "hold" }],
    });
  });

  test("that a network has not what is held makes it failed, to be sent again", async () => {
    const { collector, sandbox } = await heldLine("reset");
    await collector.settle("shopback/1001/create/vase", "failed", { by: "anna" });
    expect(await statesOf(collector)).toMatchObject({ "shopback/1001/create/vase": "failed" });
    await collector.flush();
    expect(sandbox.book.shopback).toHaveLength(1);
    await collector.resend({ number: "1001" });
    await collector.flush();
    expect(sandbox.book.shopback).toHaveLength(2);
  });

  test("that a network has what failed is taken: nothing is wrong any more", async () => {
    const { collector, sandbox } = await refused("1001");
    await collector.settle("retrack/1001/create", "delivered", { by: "anna", remoteId: "3afc4a82" });
    expect(await collector.resend({})).toMatchObject({ count: 1 });
    await collector.flush();
    expect(await postbacksOf(collector)).toMatchObject([
      { id: "shopback/1001/create", state: "delivered" },
      { id: "retrack/1001/create", state: "delivered", remoteId: "3afc4a82" },
    ]);
    expect(sandbox.book.retrack).toEqual([]);
  });

  describe("to put aside", () => {
    const NOTHING = { pending: 0, held: 0, failed: 0, oldest: {} };

    test("what failed leaves nothing that waits, and nothing to send again", async () => {
      const { collector, sandbox } = await refused("1001");
      const requests = sandbox.requests.length;
      await collector.settle("retrack/1001/create", "cancelled", { by: "anna", reason: "a test order" });
      await collector.settle("shopback/1001/create", "cancelled", { by: "anna" });
      expect(await collector.backlog()).toMatchObject([NOTHING, NOTHING]);
      expect(await collector.resend({})).toMatchObject({ count: 0 });
      await collector.flush();
      expect(sandbox.requests).toHaveLength(requests);
      const [, retracks] = await postbacksOf(collector);
      expect(retracks).toMatchObject({ state: "cancelled", reason: "settled by anna: a test order" });
    });

    test("what is held takes with it what waits for it, and nothing of another line", async () => {
      const { collector, sandbox } = await heldLine("reset");
      await collector.approve("1001");
      await collector.settle("shopback/1001/create/vase", "cancelled", { by: "anna" });
      await collector.flush();
      expect(await statesOf(collector)).toEqual({
        "shopback/1001/create/mug": "delivered",
        "shopback/1001/create/vase": "cancelled",
        "shopback/1001/approve/mug": "delivered",
        "shopback/1001/approve/vase": "cancelled",
      });
      expect(sandbox.book.shopback.map(({ query }) => query.adv_sub4)).toEqual(["mug"]);
    });

    test("a change lets the next one be told, as the order is then", async () => {
      const { collector } = await refusedUpdate();
      await collector.settle("retrack/1001/update/1", "cancelled", { by: "anna" });
      await collector.update({ ...order, lines: [mug] });
      await collector.flush();
      expect(await statesOf(collector)).toEqual({
        "retrack/1001/create": "delivered",
        "retrack/1001/update/1": "cancelled",
        "retrack/1001/update/2": "delivered",
      });
    });

    test("a change that another one followed stays so, whoever insists on what comes after", async () => {
      const { collector } = await refusedUpdate();
      await collector.reject("1001", { lines: ["vase"] });
      await collector.settle("retrack/1001/update/1", "cancelled", { by: "anna" });
      await collector.flush();
      await collector.approve("1001", { lines: ["vase"], insist: true, by: "anna" });
      await collector.flush();
      expect(await statesOf(collector)).toEqual({
        "retrack/1001/create": "delivered",
        "retrack/1001/update/1": "cancelled",
        "retrack/1001/update/2": "delivered",
        "retrack/1001/update/3": "delivered",
      });
    });

    test("an approval that a rejection followed stays so, and each later decision is told", async () => {
      const { collector, sandbox, clicks } = await openStore();
      await collector.report(clicks("shopback"), order);
      await collector.flush();
      sandbox.fault("shopback", "refuse", { times: 1 });
      await collector.approve("1001");
      await collector.flush();
      await collector.settle("shopback/1001/approve", "cancelled", { by: "anna" });
      for (const decide of [collector.reject, collector.approve, collector.reject]) {
        expect(await decide("1001", { insist: true, by: "anna" })).toMatchObject({ postbacks: [expect.anything()] });
        await collector.flush();
      }
      expect(Object.values(await statesOf(collector))).toEqual([
        ...["delivered", "cancelled", "delivered", "delivered", "delivered"],
      ]);
    });

    test("lasts: a later change of the order tells its network nothing, until a person insists", async () => {
      const { collector, sandbox } = await refused("1001");
      await collector.settle("retrack/1001/create", "cancelled", { by: "anna" });
      await collector.settle("shopback/1001/create", "cancelled", { by: "anna" });
      const requests = sandbox.requests.length;
      const put = "a person put aside what would have told it of the order";
      expect(await collector.update(oneMug)).toMatchObject({ postbacks: [], reason: expect.stringContaining(put) });
      expect(await collector.approve("1001")).toMatchObject({ postbacks: [], reason: expect.stringContaining(put) });
      await collector.flush();
      expect(sandbox.requests).toHaveLength(requests);
      await collector.approve("1001", { insist: true, by: "anna" });
      await collector.flush();
      expect(sandbox.book.retrack).toHaveLength(1);
      expect(sandbox.book.shopback).toHaveLength(1);
    });
  });

  test("withdraws, with what the network has not, the rejection that waits for it", async () => {
    const { collector, sandbox } = await held("reset");
    await collector.reject("1001", { by: "anna" });
    await collector.settle("retrack/1001/create", "failed", { by: "anna" });
    expect(await statesOf(collector)).toEqual({
      "retrack/1001/create": "cancelled",
      "retrack/1001/reject": "cancelled",
    });
    expect(await collector.resend({})).toMatchObject({ count: 0 });
    expect(sandbox.book.retrack).toEqual([]);
  });

  test("withdraws the rejection of a line that ShopBack has not, and no other line", async () => {
    const { collector, sandbox } = await heldLine("reset");
    await collector.reject("1001", { lines: ["vase"] });
    expect(await statesOf(collector)).toMatchObject({ "shopback/1001/reject/vase": "pending" });
    await collector.settle("shopback/1001/create/vase", "failed", { by: "anna" });
    await collector.flush();
    expect(await statesOf(collector)).toEqual({
      "shopback/1001/create/mug": "delivered",
      "shopback/1001/create/vase": "cancelled",
      "shopback/1001/reject/vase": "cancelled",
    });
    expect(await collector.find()).toMatchObject([{ status: "pending", lines: { vase: { status: "rejected" } } }]);
    expect(sandbox.book.shopback).toHaveLength(1);
  });

  test("that a network has not what is held lets a later rejection withdraw it, and nothing waits for ever", async () => {
    const { collector, sandbox } = await held("reset");
    await collector.settle("retrack/1001/create", "failed", { by: "anna" });
    const before = sandbox.requests.length;
    expect(await collector.reject("1001")).toEqual({
      credited: ["retrack"],
      postbacks: [],
      cancelled: ["retrack/1001/create"],
      repeated: false,
    });
    await collector.flush();
    expect(await statesOf(collector)).toEqual({ "retrack/1001/create": "cancelled" });
    expect(await collector.backlog()).toMatchObject([{ pending: 0, held: 0, failed: 0 }, {}]);
    expect(sandbox.requests).toHaveLength(before);
  });

  test("is not needed where the network refuses what was rejected while it was on its way", async () => {
    const { collector, sandbox, clicks } = await openStore();
    let rejecting: Promise<unknown> | undefined;
    sandbox.fault("retrack", () => {
      rejecting = collector.reject("1001");
      return "refuse";
    });
    await collector.report(clicks("retrack"), order);
    await collector.flush();
    await rejecting;
    await vi.waitFor(async () =>
      expect(new Set(Object.values(await statesOf(collector)))).toEqual(new Set(["cancelled"])),
    );
  });

  test.each([
    [
      "what is delivered",
      "ERR_CONFLICT",
      "shopback/1001/create/mug",
      "is delivered: only what is held or failed is settled by a person",
    ],
    ["what there is not", "ERR_UNKNOWN", "shopback/1002/create", "is not known"],
  ])("on %s is refused with %s, and writes nothing", async (_, code, id, message) => {
    const { collector } = await heldLine("reset");
    const before = await collector.find();
    await expect(collector.settle(id, "delivered")).rejects.toMatchObject({
      code,
      message: `the postback ${id} ${message}`,
    });
    expect(await collector.find()).toEqual(before);
  });

  type Loose = Record<
    "resend" | "settle" | "forget" | "find" | "uncredited",
    (...given: unknown[]) => Promise<unknown>
  >;
  const unknownKey = (path: string) => ({ path, message: "is not known: correct its name or remove it" });
  const cases: [string, keyof Loose, unknown[], unknown][] = [
    [
      "to send all again that is delivered",
      "resend",
      [{ state: "delivered" }],
      [
        {
          path: "number",
          message:
            "or an id is wanted where state is delivered: what the network has is sent again one order at a time",
        },
      ],
    ],
    [
      "to take all that waits to be in doubt",
      "resend",
      [{ state: "pending" }],
      [
        {
          path: "network",
          message: "or a number, an id or since is wanted where state is pending: all of it waits already",
        },
      ],
    ],
    [
      "to send again what was withdrawn",
      "resend",
      [{ state: "cancelled" }],
      [{ path: "state", message: 'must be "pending", "failed", "held" or "delivered"' }],
    ],
    [
      "with several mistakes at once",
      "resend",
      [{ since: "yesterday", until: new Date(Number.NaN), dryrun: true, number: "" }],
      expect.arrayContaining([
        { path: "since", message: "a valid Date is wanted" },
        { path: "until", message: "a valid Date is wanted" },
        { path: "number", message: "must not be empty" },
        unknownKey("dryrun"),
      ]),
    ],
    ["to send again nothing in particular", "resend", [], [expect.objectContaining({ path: "" })]],
    [
      "that is no verdict",
      "settle",
      ["shopback/1001/create/vase", "held"],
      [{ path: "", message: 'must be "delivered" or "failed" or "cancelled"' }],
    ],
    [
      "by nobody, with an unknown option",
      "settle",
      ["shopback/1001/create/vase", "failed", { by: "", id: "7" }],
      expect.arrayContaining([{ path: "by", message: "must not be empty" }, unknownKey("id")]),
    ],
    ["on no postback", "settle", ["", "failed"], [{ path: "", message: "must not be empty" }]],
    ["on a postback that is no text", "settle", [7, "failed"], [{ path: "", message: "a text is wanted" }]],
    ["to forget no order", "forget", [], [{ path: "", message: "a text is wanted" }]],
    [
      "to forget by nobody",
      "forget",
      ["1001", { by: "", reason: "asked to" }],
      [{ path: "by", message: "must not be empty" }, unknownKey("reason")],
    ],
    ["to forget by what is no option", "forget", ["1001", "anna"], [{ path: "", message: "an object is wanted" }]],
    [
      "to send again what no account has",
      "resend",
      [{ network: "shopback:SG" }],
      [{ path: "network", message: NO_ACCOUNT }],
    ],
    ["to forget an order without a number", "forget", [""], [{ path: "", message: "must not be empty" }]],
  ];
  test.each(cases)("%s is refused, and writes nothing", async (_, member, given, issues) => {
    const { collector } = await heldLine("reset");
    const before = await collector.find();
    await expect((collector as unknown as Loose)[member](...given)).rejects.toMatchObject({
      code: "ERR_ORDER",
      issues,
    });
    expect(await collector.find()).toEqual(before);
  });
});

describe("a question", () => {
  test("is answered for an account that is not set up any more, and for one that has nothing yet", async () => {
    const { collector, clicks, open, accounts } = await openStore();
    await collector.report(clicks("shopback"), order);
    const [retrackOnly] = accounts();
    const later = open({ networks: [retrackOnly] });
    expect(await later.find({ network: "shopback" })).toMatchObject([{ number: "1001" }]);
    expect(await later.resend({ network: "shopback" })).toMatchObject({ count: 0 });
    expect(await later.find({ network: "retrack" })).toEqual([]);
  });

  test("for the clicks of what is no request is refused", async () => {
    const { collector } = await openStore();
    for (const request of [undefined, {}, "retrack_click=1"])
      expect(() => collector.clicksOf(request as never)).toThrow("clicksOf: the request is wanted");
  });

  const at = (path: string) => [expect.objectContaining({ path })];
  const questions: [string, "find" | "uncredited", unknown, unknown][] = [
    ["for nothing in particular", "find", null, at("")],
    ["by a word that is not known", "find", { nummer: "1001" }, at("nummer")],
    ["for a number that is no text", "find", { number: 1001 }, [{ path: "number", message: "a text is wanted" }]],
    [
      "for a state there is not",
      "find",
      { state: "lost" },
      [
        {
          path: "state",
          message: 'must be "pending" or "delivered" or "held" or "failed" or "cancelled"',
        },
      ],
    ],
    ["for a number that cannot be kept", "find", { number: "10\u000001" }, at("number")],
    ["for an account that cannot be kept", "find", { network: "\ud800" }, at("network")],
    ["for an account there is not", "find", { network: "shopbak" }, [{ path: "network", message: NO_ACCOUNT }]],
    ["for no conversions at all", "find", { limit: 0 }, [{ path: "limit", message: "must be at least 1" }]],
    ["for part of a conversion", "find", { limit: 1.5 }, [{ path: "limit", message: "a whole number is wanted" }]],
    [
      "for more conversions than a process should hold",
      "find",
      { limit: 10_001 },
      [{ path: "limit", message: "must be at most 10000" }],
    ],
    ["with several mistakes at once", "find", { limit: "all", network: 7 }, [...at("network"), ...at("limit")]],
    ["for no uncredited orders", "uncredited", 0, at("")],
    ["for more uncredited orders than a process should hold", "uncredited", 10_001, at("")],
    ["for uncredited orders by a text", "uncredited", "100", at("")],
  ];
  test.each(questions)("%s is refused", async (_, member, given, issues) => {
    const { collector } = await openStore();
    const ask: (given: never) => Promise<unknown> = collector[member];
    await expect(ask(given as never)).rejects.toMatchObject({ name: "CollectorError", code: "ERR_ORDER", issues });
  });
});

describe("a ledger that was restored from a backup", () => {
  test.each<[string, StoreOptions, string]>([
    ["asks each network first for what it takes for unsent", {}, "delivered"],
    ["holds a line of ShopBack, for nobody can be asked", byLine, "held"],
  ])("%s, where a person says so", async (_what, options, state) => {
    const store = await openStore(options);
    const { collector, clicks, sandbox, path, open, deliverAll } = store;
    await collector.report(clicks("retrack", "shopback"), { ...order, lines: [mug] });
    const live = new DatabaseSync(path, { readOnly: true });
    const restored = join(temporaryFolder(), "restored.db");
    await backup(live, restored);
    live.close();
    await collector.flush();
    const books = () => [sandbox.book.retrack.length, sandbox.book.shopback.length];
    expect(books()).toEqual([1, 1]);

    const second = open({ ledger: restored });
    expect(await second.resend({ network: "retrack", state: "pending", dryRun: true })).toMatchObject({ count: 1 });
    for (const network of ["retrack", "shopback"])
      await second.resend({ network, state: "pending", by: "anna", reason: "restored" });
    // It may have been on its way a moment ago.
    await second.flush();
    expect(await second.find({ state: "delivered" })).toEqual([]);
    await deliverAll(second);
    expect(books()).toEqual([1, 1]);
    const [shopback, retrack] = await second.find();
    expect([retrack?.postbacks[0]?.state, shopback?.postbacks[0]?.state]).toEqual(["delivered", state]);
  });
});

test("what a journal beside a restored ledger has is asked for first as well", async () => {
  const store = await openStore();
  const { collector, clicks, sandbox, open, deliverAll } = store;
  const from = clicks("retrack");
  await collector.report(from, order);
  await collector.flush();
  // As the journal had it when the backup was made.
  const folder = temporaryFolder();
  const ledger = sqliteLedger(join(folder, "restored.db"), store.now);
  const journal = join(folder, "journal");
  const broken = open({ ledger: { ...ledger, record: () => Promise.reject(new Error("away")) }, journal });
  await broken.report(from, order);
  await broken.stop();

  const second = open({ ledger: join(folder, "restored.db"), journal });
  await second.resend({ network: "retrack", state: "pending", by: "anna" });
  await deliverAll(second);
  expect(sandbox.book.retrack).toHaveLength(1);
  expect(await statesOf(second)).toEqual({ "retrack/1001/create": "delivered" });
});
