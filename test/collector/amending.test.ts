import { describe, expect, test } from "vitest";
import { type Collector, CollectorError } from "../../packages/collector/src/index.ts";
import { type Answer, startFakeNetwork } from "../support/fake-network.ts";
import {
  DAY,
  MINUTE,
  mug,
  openStore,
  order,
  postbacksOf,
  SECOND,
  type Store,
  statesOf,
  vase,
} from "../support/sandboxed-store.ts";

const oneMug = { ...order, lines: [{ ...mug, quantity: 1, net: 5_000, vat: 500 }, vase] };
/** Nothing listens there. */
const nowhere = "http://127.0.0.1:1";

/** A store whose report Retrack refused when it was sent again, so that nobody knows whether the first one arrived. */
async function heldAtRetrack(): Promise<Store> {
  const store = await openStore();
  const { collector, sandbox, clicks, pass } = store;
  sandbox.fault("retrack", "reset", { times: 1 });
  await collector.report(clicks("retrack"), order);
  await collector.flush();
  sandbox.fault("retrack", "refuse", { match: ({ method }) => method === "POST", times: 1 });
  pass(MINUTE);
  await collector.flush();
  return store;
}

/** What both networks have of the order, and how it stands there. */
function inBooks({ sandbox: { book } }: Store, number = "1001") {
  return {
    retrack: book.retrack.filter(({ body }) => body.orderNumber === number).map(({ status }) => status),
    shopback: book.shopback.filter(({ query }) => query.adv_sub === number).map(({ status }) => status),
  };
}

describe("a change that is asked for", () => {
  test("before the order was told follows it", async () => {
    const store = await openStore();
    const { collector, clicks, sandbox } = store;
    await collector.report(clicks("retrack", "shopback"), order);
    await collector.reject("1001", { lines: ["vase"] });
    await collector.approve("1001");
    expect(sandbox.requests).toEqual([]);
    await collector.flush();
    expect(await statesOf(collector)).toEqual({
      "retrack/1001/create": "delivered",
      "retrack/1001/update/1": "delivered",
      "shopback/1001/create": "delivered",
      "shopback/1001/approve": "delivered",
    });
    expect(sandbox.book.retrack).toMatchObject([{ body: { orderSum: 9_333 }, updates: [{}] }]);
    expect(sandbox.book.shopback).toMatchObject([{ query: { amount: "154" }, validations: [{ amount: "102.66" }] }]);
  });

  test("while the order is on its way follows its answer", async () => {
    const network = await startFakeNetwork();
    const { collector, clicks } = await openStore({ retrack: { url: network.url } });
    const answer = Promise.withResolvers<Answer>();
    network.reply(() => answer.promise);
    await collector.report(clicks("retrack"), order);
    const flushing = collector.flush();
    await network.received(1);
    expect(await collector.reject("1001")).toMatchObject({ postbacks: ["retrack/1001/reject"], cancelled: [] });
    await collector.find();
    expect(network.requests).toHaveLength(1);
    answer.resolve({ body: '{"data":{"uuid":"3afc4a82","order_number":"1001"}}' });
    await flushing;
    await collector.flush();
    expect(network.requests.map(({ method, path, body }) => [method, path, body.slice(0, 21)])).toEqual([
      ["POST", "/api/v2/transactions", expect.stringMatching(/^\{"event":/)],
      // The uuid that came after the rejection was asked for.
      ["POST", "/api/v2/transactions/3afc4a82", '{"status":"rejected"}'],
    ]);
  });

  test("while nobody knows whether the order arrived waits until it is known", async () => {
    const store = await openStore();
    const { collector, sandbox, clicks, sent, deliverAll } = store;
    sandbox.fault("retrack", "accept-then-drop", { times: 1 });
    sandbox.fault("shopback", "accept-then-drop", { times: 1 });
    await collector.report(clicks("retrack", "shopback"), order);
    await collector.flush();
    expect(await collector.reject("1001")).toMatchObject({ cancelled: [] });
    await collector.flush();
    expect(sent()).toHaveLength(2);
    await deliverAll();
    expect(inBooks(store)).toEqual({ retrack: ["rejected"], shopback: ["rejected"] });
  });

  test("while a person is to decide on the order waits for the decision", async () => {
    const store = await heldAtRetrack();
    const { collector, sandbox, deliverAll, sent } = store;
    expect(await statesOf(collector)).toEqual({ "retrack/1001/create": "held" });
    const requests = sent();
    await collector.update(oneMug);
    await collector.reject("1001");
    await deliverAll();
    expect(sent()).toEqual(requests);
    expect(await statesOf(collector)).toEqual({
      "retrack/1001/create": "held",
      "retrack/1001/update/1": "pending",
      "retrack/1001/reject": "pending",
    });
    await collector.resend({ state: "held", by: "anna" });
    await deliverAll();
    expect(inBooks(store)).toMatchObject({ retrack: ["rejected"] });
    expect(sandbox.book.retrack[0]?.updates).toHaveLength(1);
  });

  test("of an order that a network refused waits until it is sent again", async () => {
    const store = await openStore();
    const { collector, sandbox, clicks, deliverAll } = store;
    sandbox.fault("shopback", "refuse", { times: 1 });
    await collector.report(clicks("shopback"), order);
    await collector.flush();
    expect(await collector.approve("1001")).toMatchObject({ postbacks: ["shopback/1001/approve"] });
    await deliverAll();
    expect(await statesOf(collector)).toEqual({ "shopback/1001/create": "failed", "shopback/1001/approve": "pending" });
    await collector.resend({ number: "1001" });
    await deliverAll();
    expect(inBooks(store)).toMatchObject({ shopback: ["approved"] });
  });

  test("waits no shorter for having waited: its age begins when it is due", async () => {
    const store = await heldAtRetrack();
    const { collector, sandbox, pass } = store;
    await collector.reject("1001");
    pass(40 * DAY);
    sandbox.fault("retrack", "429", { match: ({ path }) => /transactions\//.test(path) });
    await collector.resend({ state: "held", by: "anna" });
    await collector.flush();
    const [, reject] = await postbacksOf(collector);
    expect(reject).toMatchObject({ state: "pending", reason: "HTTP 429" });
  });
});

describe("a rejection of what never left", () => {
  test("cancels it, and nothing is ever sent", async () => {
    const store = await openStore();
    const { collector, sandbox, clicks, deliverAll } = store;
    await collector.report(clicks("retrack", "shopback"), order);
    await collector.approve("1001", { lines: ["mug"] });
    expect(await collector.reject("1001", { insist: true, by: "anna" })).toEqual({
      credited: ["shopback", "retrack"],
      postbacks: [],
      cancelled: ["shopback/1001/create", "retrack/1001/create"],
      repeated: false,
    });
    await deliverAll();
    expect(sandbox.requests).toEqual([]);
    expect(await statesOf(collector)).toEqual({
      "retrack/1001/create": "cancelled",
      "shopback/1001/create": "cancelled",
    });
    expect(await collector.report(clicks("retrack", "shopback"), order)).toMatchObject({ repeated: true });
    await deliverAll();
    expect(sandbox.requests).toEqual([]);
  });

  test("cancels also what was to follow it", async () => {
    const store = await openStore();
    const { collector, sandbox, clicks, deliverAll } = store;
    await collector.report(clicks("retrack"), order);
    await collector.reject("1001", { lines: ["vase"] });
    expect(await collector.reject("1001")).toMatchObject({
      postbacks: [],
      cancelled: ["retrack/1001/create", "retrack/1001/update/1"],
    });
    await deliverAll();
    expect(sandbox.requests).toEqual([]);
  });

  test("needs no ids for validations, for nothing is told", async () => {
    const { collector, sandbox, clicks, deliverAll } = await openStore({ shopback: { validation: undefined } });
    await collector.report(clicks("shopback"), order);
    expect(await collector.reject("1001")).toMatchObject({ postbacks: [], cancelled: ["shopback/1001/create"] });
    await deliverAll();
    expect(sandbox.requests).toEqual([]);
  });

  test("cancels it during an outage too", async () => {
    const store = await openStore({ retrack: { url: nowhere }, shopback: { url: nowhere } });
    const { collector, clicks, open, deliverAll, sandbox } = store;
    await collector.report(clicks("retrack", "shopback"), order);
    await collector.flush();
    expect(await postbacksOf(collector)).toMatchObject([
      { state: "pending", attempts: [{ outcome: "not-sent" }] },
      { state: "pending", attempts: [{ outcome: "not-sent" }] },
    ]);
    expect(await collector.reject("1001")).toMatchObject({
      postbacks: [],
      cancelled: ["shopback/1001/create", "retrack/1001/create"],
    });
    const mended = open({ retrack: { url: sandbox.url }, shopback: { url: sandbox.url } });
    await deliverAll(mended);
    expect(sandbox.requests).toEqual([]);
  });

  test.each(["429", "refuse"] as const)("cancels what was answered %s", async (fault) => {
    const { collector, sandbox, clicks, deliverAll } = await openStore();
    sandbox.fault("shopback", fault, { times: 1 });
    await collector.report(clicks("shopback"), order);
    await collector.flush();
    expect(await collector.reject("1001")).toMatchObject({ postbacks: [], cancelled: ["shopback/1001/create"] });
    await deliverAll();
    expect(await collector.resend({})).toMatchObject({ count: 0 });
    expect(sandbox.requests).toHaveLength(1);
  });

  test.each(["reset", "down", "500"] as const)("cancels nothing that may have left: %s", async (fault) => {
    const store = await openStore();
    const { collector, sandbox, clicks, deliverAll } = store;
    sandbox.fault("retrack", fault, { times: 1 });
    sandbox.fault("shopback", fault, { times: 1 });
    await collector.report(clicks("retrack", "shopback"), order);
    await collector.flush();
    expect(await collector.reject("1001")).toMatchObject({
      postbacks: ["shopback/1001/reject", "retrack/1001/reject"],
      cancelled: [],
    });
    await deliverAll();
    expect(inBooks(store)).toEqual({ retrack: ["rejected"], shopback: ["rejected"] });
  });
});

describe("an order", () => {
  test("that nobody is credited for changes nothing, and the answer says so", async () => {
    const { collector, events } = await openStore();
    await collector.report({ clicks: [] }, order);
    const nobody = {
      credited: [],
      postbacks: [],
      cancelled: [],
      repeated: false,
      reason: "the order carries no click",
    };
    expect(await collector.approve("1001")).toEqual(nobody);
    expect(await collector.reject("1001")).toEqual(nobody);
    expect(await collector.update(order)).toEqual(nobody);
    expect(events.filter(({ type }) => type === "changed")).toEqual([]);
  });

  test("that nobody knows is an error: its report may still be on its way", async () => {
    const { collector } = await openStore();
    const unknown = {
      code: "ERR_UNKNOWN",
      message: "order 1001 was never reported here, or its report is still on its way into the ledger: then try again",
    };
    await expect(collector.approve("1001")).rejects.toMatchObject(unknown);
    await expect(collector.reject("1001")).rejects.toMatchObject(unknown);
    await expect(collector.update(order)).rejects.toMatchObject(unknown);
  });

  test("that one of two networks cannot be told of changes on neither", async () => {
    const { collector, clicks, open, accounts } = await openStore();
    await collector.report(clicks("retrack", "shopback"), order);
    await collector.flush();
    const before = await collector.find();
    const half = open({ networks: accounts().slice(0, 1) });
    await expect(half.reject("1001")).rejects.toMatchObject({
      code: "ERR_CONFLICT",
      message: "order 1001 is credited to the account shopback, which is not set up",
    });
    expect(await collector.find()).toEqual(before);
  });

  test("that was forgotten is told of to nobody any more", async () => {
    const { collector, clicks } = await openStore();
    await collector.report(clicks("shopback"), order);
    await collector.forget("1001");
    for (const change of [() => collector.approve("1001"), () => collector.update(order)])
      await expect(change()).rejects.toMatchObject({
        code: "ERR_CONFLICT",
        message: "order 1001 was forgotten: nothing is known of it any more",
      });
  });

  test("tells what was changed, once each time", async () => {
    const { collector, clicks, events } = await openStore();
    await collector.report(clicks("retrack", "shopback"), order);
    await collector.flush();
    for (let times = 0; times < 2; times += 1) {
      await collector.update(oneMug);
      await collector.reject("1001", { lines: ["vase"] });
    }
    expect(events.filter(({ type }) => type === "changed")).toEqual([
      { type: "changed", number: "1001", change: "update", credited: ["shopback", "retrack"], postbacks: 1 },
      { type: "changed", number: "1001", change: "reject", credited: ["shopback", "retrack"], postbacks: 1 },
    ]);
  });

  test("reported, approved and rejected at once by several processes ends at the network as it stands here", async () => {
    const store = await openStore();
    const { collector, clicks, open, deliverAll } = store;
    const others = [collector, open(), open(), open()];
    const numbers = Array.from({ length: 20 }, (_, index) => `${2000 + index}`);
    const decide = (one: Collector, index: number, number: string) =>
      index % 2 === 0 ? one.approve(number) : one.reject(number);
    const decided = await Promise.all(
      numbers.map(async (number) => {
        const from = clicks("retrack", "shopback");
        await Promise.all(others.map((one) => one.report(from, { ...order, number })));
        const deciding = others.map((one, index) => decide(one, index, number));
        const delivering = others.map((one) => one.flush());
        const settled = await Promise.allSettled(deciding);
        await Promise.all(delivering);
        return settled;
      }),
    );
    const errors = decided.flat().flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
    expect(errors.filter((error) => !(error instanceof CollectorError))).toEqual([]);
    // An approval and a rejection contradict each other: whichever comes second is told so.
    expect(errors.map(({ code }) => code)).toEqual(numbers.flatMap(() => ["ERR_CONFLICT", "ERR_CONFLICT"]));
    const written = decided.map(
      (settled) => settled.filter((one) => one.status === "fulfilled" && !one.value.repeated).length,
    );
    expect(written).toEqual(numbers.map(() => 1));
    await deliverAll();
    for (const number of numbers) {
      const statuses = (await collector.find({ number })).map(({ status }) => status);
      const [status] = statuses;
      expect(statuses).toEqual([status, status]);
      const { retrack, shopback } = inBooks(store, number);
      if (status === "approved")
        expect({ retrack, shopback }).toEqual({ retrack: ["pending"], shopback: ["approved"] });
      else {
        expect(status).toBe("rejected");
        // Nothing where it was cancelled before it left.
        expect([[], ["rejected"]]).toContainEqual(retrack);
        expect([[], ["rejected"]]).toContainEqual(shopback);
      }
      const states = new Set(Object.values(await statesOf(collector, number)));
      expect([...states].filter((state) => state !== "delivered" && state !== "cancelled")).toEqual([]);
    }
  }, 20_000);
});

describe("what cannot be meant", () => {
  // Wrong as only JavaScript lets a store be.
  type Loose = Record<"update" | "approve" | "reject", (...given: unknown[]) => Promise<unknown>>;
  const byWhom = { path: "by", message: "who insists is wanted" };
  const unknownKey = (path: string) => ({ path, message: "is not known: correct its name or remove it" });
  const amount = (path: string, message: string) => ({ path, message });
  const notWhole = "must be an integer in minor units: 12550 for 125.50";
  const cases: [string, keyof Loose, unknown[], unknown[]][] = [
    ["an approval without a number", "approve", [], [{ path: "", message: "a text is wanted" }]],
    ["a rejection of an empty number", "reject", [""], [{ path: "", message: "must not be empty" }]],
    [
      "an approval of no lines",
      "approve",
      ["1001", { lines: [] }],
      [{ path: "lines", message: "at least one SKU is wanted" }],
    ],
    [
      "a rejection of no lines",
      "reject",
      ["1001", { lines: [] }],
      [{ path: "lines", message: "at least one SKU is wanted" }],
    ],
    [
      "lines that are a text",
      "reject",
      ["1001", { lines: "mug" }],
      [{ path: "lines", message: "an array of SKUs is wanted" }],
    ],
    [
      "a line that is a number",
      "approve",
      ["1001", { lines: ["mug", 7] }],
      [{ path: "lines.1", message: "a text is wanted" }],
    ],
    [
      "an amount below nothing, and one in fractions",
      "approve",
      ["1001", { amount: { net: -1, vat: 0.5 } }],
      [amount("amount.net", "must not be negative"), amount("amount.vat", notWhole)],
    ],
    [
      "an amount without its VAT",
      "approve",
      ["1001", { amount: { net: 1 } }],
      [amount("amount.vat", "an integer in minor units is wanted: 12550 for 125.50")],
    ],
    [
      "several mistakes at once",
      "approve",
      ["1001", { line: ["mug"], amount: { net: 1, vat: 1, gross: 2 }, by: "" }],
      expect.arrayContaining([
        unknownKey("line"),
        unknownKey("amount.gross"),
        { path: "by", message: "must not be empty" },
      ]),
    ],
    ["an amount of a rejection", "reject", ["1001", { amount: { net: 1, vat: 0 } }], [unknownKey("amount")]],
    ["an approval that nobody insists on", "approve", ["1001", { insist: true }], [byWhom]],
    ["a rejection that nobody insists on", "reject", ["1001", { insist: true }], [byWhom]],
    ["a rejection that the store insists on", "reject", ["1001", { insist: true, by: "store" }], [byWhom]],
    [
      "a name of 201 characters",
      "reject",
      ["1001", { by: "a".repeat(201) }],
      [{ path: "by", message: "must be no longer than 200 characters" }],
    ],
    [
      "a change to an order without lines",
      "update",
      [{ ...order, lines: [] }],
      [{ path: "lines", message: "at least one line is wanted" }],
    ],
    ["a change that is insisted on", "update", [oneMug, { insist: true }], [unknownKey("insist")]],
    [
      "a change placed in the future",
      "update",
      [{ ...oneMug, placedAt: new Date("2026-11-24T10:00:00Z") }],
      [{ path: "placedAt", message: "must not be in the future" }],
    ],
  ];
  test.each(cases)("%s is refused with every problem, and writes nothing", async (_, member, given, issues) => {
    const { collector, clicks } = await openStore();
    await collector.report(clicks("shopback"), order);
    const before = await collector.find();
    await expect((collector as unknown as Loose)[member](...given)).rejects.toMatchObject({
      code: "ERR_ORDER",
      issues,
    });
    expect(await collector.find()).toEqual(before);
  });

  const conflicts: [string, (store: Store) => Promise<unknown>, string][] = [
    [
      "an amount above what is left",
      ({ collector }) => collector.approve("1001", { amount: { net: 14_001, vat: 1_400 } }),
      "order 1001 cannot be approved with 14001 and 1400 VAT: what is left of it comes to 14000 and 1400 VAT, in minor units",
    ],
    [
      "an amount above the line's",
      ({ collector }) => collector.approve("1001", { lines: ["vase"], amount: { net: 5_000, vat: 501 } }),
      "order 1001 cannot be approved with 5000 and 501 VAT: line vase comes to 5000 and 500 VAT, in minor units",
    ],
    [
      "a line that it has not",
      ({ collector }) => collector.reject("1001", { lines: ["vase", "plate"] }),
      "order 1001 has no line plate; it has mug, vase",
    ],
    [
      "another currency",
      ({ collector }) => collector.update({ ...order, currency: "SGD" }),
      "order 1001 was reported with currency MYR, and now SGD",
    ],
  ];
  test.each(conflicts)("%s is a conflict, and writes nothing", async (_, change, message) => {
    const store = await openStore();
    const { collector, clicks, sandbox, pass } = store;
    await collector.report(clicks("shopback"), order);
    await collector.flush();
    const before = await collector.find();
    await expect(change(store)).rejects.toMatchObject({ code: "ERR_CONFLICT", message, issues: [] });
    pass(SECOND);
    await collector.flush();
    expect(await collector.find()).toEqual(before);
    expect(sandbox.requests).toHaveLength(1);
  });
});
