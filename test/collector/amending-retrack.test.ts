import { describe, expect, test, vi } from "vitest";
import { defaultAccounts, type Fault } from "../../packages/collector/src/sandbox/sandbox.ts";
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
const CHANGE = "POST /api/v2/transactions/{1001}";
const NO_APPROVALS = "Retrack takes no approvals from stores: it is told of changes and rejections";

const event = "1f80e399-6f55-4cef-b8b0-0f74752c1ceb";
const mugRow = { event, reference: "mug", quantity: 2, name: "Stoneware mug", price: 5_000, vat: 500 };
const vaseRow = { event, reference: "vase", quantity: 1, name: "Vase", price: 5_000, vat: 500 };

/** One mug came back. */
const oneMug = { ...order, lines: [{ ...mug, quantity: 1, net: 5_000, vat: 500 }, vase] };

/** A store that has reported its order to Retrack. */
async function reported(options: StoreOptions = {}): Promise<Store> {
  const store = await openStore(options);
  await store.collector.report(store.clicks("retrack"), order);
  await store.collector.flush();
  return store;
}

/** What Retrack has of the order. */
function inBook({ sandbox }: Store) {
  return sandbox.book.retrack.map(({ status, body, updates }) => ({
    status,
    skus: body.products.map(({ reference }) => reference),
    sum: body.orderSum,
    updates: updates.length,
  }));
}

test("an order of thousands of lines, all of which Retrack's answer repeats, is delivered", async () => {
  const { collector, clicks } = await openStore();
  const lines = Array.from({ length: 3000 }, (_, index) => ({
    ...vase,
    sku: `vase-${index}`,
    name: "A vase ".repeat(8),
  }));
  await collector.report(clicks("retrack"), { ...order, lines });
  await collector.flush();
  expect(await postbacksOf(collector)).toMatchObject([{ state: "delivered" }]);
});

describe("a change told to Retrack", () => {
  test("is the whole order as it is now, under the uuid kept from reporting it", async () => {
    const store = await reported();
    const { collector, sandbox, sent } = store;
    expect(await collector.update(oneMug)).toEqual({
      credited: ["retrack"],
      postbacks: ["retrack/1001/update/1"],
      cancelled: [],
      repeated: false,
    });
    await collector.flush();
    expect(sent()).toEqual([CREATE, CHANGE]);
    expect(JSON.parse(sandbox.requests[1]?.body ?? "")).toEqual({
      event,
      click: sandbox.book.retrack[0]?.body.click,
      orderNumber: "1001",
      orderSum: 9_000,
      vatSum: 900,
      currency: "MYR",
      discountSum: 1_000,
      products: [{ ...mugRow, quantity: 1 }, vaseRow],
    });
    expect(inBook(store)).toEqual([{ status: "pending", skus: ["mug", "vase"], sum: 9_000, updates: 1 }]);
    expect(await statesOf(collector)).toEqual({
      "retrack/1001/create": "delivered",
      "retrack/1001/update/1": "delivered",
    });
  });

  test("once more is told once, and another one after it", async () => {
    const store = await reported();
    const { collector, sent } = store;
    await collector.update(oneMug);
    await collector.flush();
    const [before] = await collector.find();
    expect(await collector.update(oneMug)).toEqual({
      credited: ["retrack"],
      postbacks: [],
      cancelled: [],
      repeated: true,
    });
    expect(await collector.find()).toEqual([before]);
    expect(await collector.update(order)).toMatchObject({ postbacks: ["retrack/1001/update/2"] });
    await collector.flush();
    expect(sent()).toEqual([CREATE, CHANGE, CHANGE]);
    expect(inBook(store)).toEqual([{ status: "pending", skus: ["mug", "vase"], sum: 14_000, updates: 2 }]);
  });

  test("asked for while nobody knows whether the order arrived waits, and goes to the uuid that was found", async () => {
    const store = await openStore();
    const { collector, sandbox, clicks, sent, pass } = store;
    sandbox.fault("retrack", "accept-then-drop", { times: 1 });
    await collector.report(clicks("retrack"), order);
    await collector.flush();
    expect(await collector.update(oneMug)).toMatchObject({ postbacks: ["retrack/1001/update/1"], cancelled: [] });
    expect(await postbacksOf(collector)).toMatchObject([{ state: "pending" }, { state: "pending", attempts: [] }]);
    pass(MINUTE - 1);
    await collector.flush();
    expect(sent()).toEqual([CREATE]);
    pass(1);
    await collector.flush();
    expect(sent()).toEqual([CREATE, LOOK_UP, CHANGE]);
    expect(inBook(store)).toEqual([{ status: "pending", skus: ["mug", "vase"], sum: 9_000, updates: 1 }]);
  });

  test("before the order left takes its place", async () => {
    const store = await openStore();
    const { collector, clicks, sent } = store;
    await collector.report(clicks("retrack"), order);
    expect(await collector.update(oneMug)).toEqual({
      credited: ["retrack"],
      postbacks: ["retrack/1001/create"],
      cancelled: ["retrack/1001/create"],
      repeated: false,
    });
    await collector.flush();
    expect(sent()).toEqual([CREATE]);
    expect(inBook(store)).toEqual([{ status: "pending", skus: ["mug", "vase"], sum: 9_000, updates: 0 }]);
    expect(await statesOf(collector)).toEqual({ "retrack/1001/create": "delivered" });
  });

  test("of what Retrack refused is sent in its place", async () => {
    const store = await openStore();
    const { collector, sandbox, clicks, sent } = store;
    sandbox.fault("retrack", "refuse", { times: 1 });
    await collector.report(clicks("retrack"), order);
    await collector.flush();
    expect(await statesOf(collector)).toEqual({ "retrack/1001/create": "failed" });
    expect(await collector.update(oneMug)).toMatchObject({ postbacks: ["retrack/1001/create"] });
    await collector.flush();
    expect(sent()).toEqual([CREATE, CREATE]);
    expect(inBook(store)).toEqual([{ status: "pending", skus: ["mug", "vase"], sum: 9_000, updates: 0 }]);
    expect(await postbacksOf(collector)).toMatchObject([
      { id: "retrack/1001/create", state: "delivered", attempts: [{ outcome: "refused" }, { outcome: "accepted" }] },
    ]);
  });

  test("keeps what the store does not say anew", async () => {
    const store = await openStore({ retrack: { market: "MY" } });
    const { collector, clicks, pass } = store;
    await collector.report(clicks("retrack"), { ...order, market: "MY", placedAt: new Date("2026-11-22T09:00:00Z") });
    pass(MINUTE);
    await collector.update(oneMug);
    const [conversion] = await collector.find();
    expect(conversion?.order).toMatchObject({ market: "MY", placedAt: new Date("2026-11-22T09:00:00Z") });
    expect(await collector.update(oneMug)).toMatchObject({ repeated: true });
  });

  test("that Retrack approved meanwhile fails in its words, and stays to be seen", async () => {
    const store = await reported();
    const { collector, sandbox } = store;
    sandbox.approve("1001");
    await collector.update(oneMug);
    await collector.flush();
    const [, update] = await postbacksOf(collector);
    expect(update).toMatchObject({
      state: "failed",
      reason: "HTTP 422: The transaction is approved and cannot be changed.",
    });
    expect(inBook(store)).toEqual([{ status: "approved", skus: ["mug", "vase"], sum: 14_000, updates: 0 }]);
  });
});

describe("a rejection told to Retrack", () => {
  test("of a line is the order without it, and without its share of the discount", async () => {
    const store = await reported();
    const { collector, sandbox, sent } = store;
    expect(await collector.reject("1001", { lines: ["vase"] })).toEqual({
      credited: ["retrack"],
      postbacks: ["retrack/1001/update/1"],
      cancelled: [],
      repeated: false,
    });
    await collector.flush();
    expect(sent()).toEqual([CREATE, CHANGE]);
    expect(sandbox.book.retrack).toMatchObject([
      {
        status: "pending",
        // Of 10 MYR off 150 MYR, two thirds are the mugs', and so of 1 MYR VAT.
        body: { orderSum: 9_333, vatSum: 933, discountSum: 667, products: [mugRow] },
      },
    ]);
    expect(await collector.find()).toMatchObject([{ status: "pending", lines: { vase: { status: "rejected" } } }]);
  });

  test("of the whole order is a rejection of the transaction", async () => {
    const store = await reported();
    const { collector, sandbox, sent } = store;
    expect(await collector.reject("1001")).toMatchObject({ postbacks: ["retrack/1001/reject"], cancelled: [] });
    await collector.flush();
    expect(sent()).toEqual([CREATE, CHANGE]);
    expect(sandbox.requests[1]?.body).toBe('{"status":"rejected"}');
    expect(inBook(store)).toEqual([{ status: "rejected", skus: ["mug", "vase"], sum: 14_000, updates: 0 }]);
    expect(await collector.find()).toMatchObject([{ status: "rejected" }]);
  });

  test("that a person made in Retrack's portal before is found to stand already", async () => {
    const store = await reported();
    const { collector, sandbox, sent } = store;
    const [transaction] = sandbox.book.retrack;
    const answer = await fetch(`${sandbox.url}/api/v2/transactions/${transaction?.uuid}`, {
      method: "POST",
      headers: { authorization: `Bearer ${defaultAccounts.retrack.token}`, "content-type": "application/json" },
      body: '{"status":"rejected"}',
    });
    expect(answer.status).toBe(200);
    await collector.reject("1001");
    await collector.flush();
    expect(sent()).toEqual([CREATE, CHANGE, CHANGE, LOOK_UP]);
    expect(await postbacksOf(collector)).toMatchObject([
      { state: "delivered" },
      { state: "delivered", reason: "Retrack has the order as rejected already" },
    ]);
  });

  test("that is refused twice fails, and can be sent again", async () => {
    const store = await reported();
    const { collector, sandbox } = store;
    sandbox.fault("retrack", ({ path }) => (path.includes("transactions/") ? "refuse" : null), { times: 2 });
    await collector.reject("1001");
    await collector.flush();
    expect(await postbacksOf(collector)).toMatchObject([{}, { state: "failed" }]);
    await collector.resend({ number: "1001", by: "anna" });
    await collector.flush();
    expect(inBook(store)).toMatchObject([{ status: "rejected" }]);
  });

  test("of one line after the other is one of the transaction in the end", async () => {
    const store = await reported();
    const { collector, sent } = store;
    await collector.reject("1001", { lines: ["vase"] });
    expect(await collector.reject("1001", { lines: ["mug"] })).toMatchObject({ postbacks: ["retrack/1001/reject"] });
    await collector.flush();
    expect(sent()).toEqual([CREATE, CHANGE, CHANGE]);
    expect(inBook(store)).toEqual([{ status: "rejected", skus: ["mug"], sum: 9_333, updates: 1 }]);
  });

  test("once more is told once", async () => {
    const { collector, sent } = await reported();
    await collector.reject("1001");
    await collector.flush();
    expect(await collector.reject("1001")).toEqual({
      credited: ["retrack"],
      postbacks: [],
      cancelled: [],
      repeated: true,
    });
    await collector.flush();
    expect(sent()).toEqual([CREATE, CHANGE]);
  });

  test("of an approved order is told where a person insists", async () => {
    const store = await reported();
    const { collector } = store;
    await collector.approve("1001");
    await collector.reject("1001", { insist: true, by: "anna", reason: "it came back after all" });
    await collector.flush();
    expect(inBook(store)).toMatchObject([{ status: "rejected" }]);
    expect(await collector.find()).toMatchObject([
      {
        status: "rejected",
        decisions: [
          { what: "approve", by: "store" },
          { what: "reject", by: "anna", reason: "it came back after all" },
        ],
      },
    ]);
  });
});

describe("a rejection in doubt that Retrack's search does not find", () => {
  test("goes to the uuid that is kept", async () => {
    const store = await reported();
    const { collector, sandbox, sent, deliverAll } = store;
    sandbox.fault("retrack", "reset", { times: 1 });
    await collector.reject("1001");
    await collector.flush();
    const [transaction] = sandbox.book.retrack;
    if (transaction) transaction.body.orderNumber = "found later";
    await deliverAll();
    const toUuid = "POST /api/v2/transactions/{found later}";
    expect(sent()).toEqual([CREATE, toUuid, LOOK_UP, toUuid]);
    expect(inBook(store)).toMatchObject([{ status: "rejected" }]);
    expect(await statesOf(collector)).toMatchObject({ "retrack/1001/reject": "delivered" });
  });
});

describe("an approval on Retrack", () => {
  test("is told to nobody, and the conversion says why", async () => {
    const store = await reported();
    const { collector, sent } = store;
    expect(await collector.approve("1001", { by: "anna", reason: "kept for 30 days" })).toEqual({
      credited: ["retrack"],
      postbacks: [],
      cancelled: [],
      repeated: false,
      reason: `retrack: ${NO_APPROVALS}`,
    });
    await collector.flush();
    expect(sent()).toEqual([CREATE]);
    expect(await collector.find()).toMatchObject([
      {
        status: "approved",
        lines: { mug: { status: "approved" }, vase: { status: "approved" } },
        decisions: [{ what: "approve", by: "anna", reason: `kept for 30 days; ${NO_APPROVALS}` }],
      },
    ]);
    expect(await collector.approve("1001")).toMatchObject({ repeated: true, postbacks: [] });
  });

  test("with a final amount is refused for every network, and nothing is written", async () => {
    const { collector, clicks } = await openStore();
    await collector.report(clicks("retrack", "shopback"), order);
    const before = await collector.find();
    await expect(collector.approve("1001", { amount: { net: 5_000, vat: 500 } })).rejects.toMatchObject({
      code: "ERR_CONFLICT",
      message:
        "order 1001: retrack: Retrack takes no final amount: update the order to what is left of it, then approve it without an amount",
    });
    expect(await collector.find()).toEqual(before);
  });
});

describe("what contradicts a decision on an order at Retrack", () => {
  const cases: [string, "approve" | "reject", (store: Store) => Promise<unknown>, string][] = [
    [
      "a change of an approved order",
      "approve",
      ({ collector }) => collector.update(oneMug),
      "order 1001 is approved: it cannot be changed any more",
    ],
    [
      "a change of a rejected order",
      "reject",
      ({ collector }) => collector.update(oneMug),
      "order 1001 is rejected: it cannot be changed any more",
    ],
    [
      "a rejection of an approved order",
      "approve",
      ({ collector }) => collector.reject("1001"),
      "order 1001 is approved already: to decide it anew, insist, and say by whom",
    ],
    [
      "an approval of a rejected order",
      "reject",
      ({ collector }) => collector.approve("1001"),
      "order 1001 is rejected already: to decide it anew, insist, and say by whom",
    ],
    [
      "an approval of a rejected line",
      "reject",
      ({ collector }) => collector.approve("1001", { lines: ["mug"] }),
      "order 1001 has line mug rejected already: to decide it anew, insist, and say by whom",
    ],
  ];
  test.each(cases)("%s is refused, writes nothing and sends nothing", async (_, decision, contradict, message) => {
    const store = await reported();
    const { collector, sent } = store;
    await collector[decision]("1001");
    await collector.flush();
    const before = await collector.find();
    const requests = sent();
    await expect(contradict(store)).rejects.toMatchObject({ code: "ERR_CONFLICT", message });
    await collector.flush();
    expect(await collector.find()).toEqual(before);
    expect(sent()).toEqual(requests);
  });
});

describe("a change or rejection whose answer is lost", () => {
  const twice = [CREATE, CHANGE, CHANGE];
  const again = [CREATE, CHANGE, LOOK_UP, CHANGE];
  const found = [CREATE, CHANGE, LOOK_UP];
  const cases: [Fault, number, string[]][] = [
    ["accept-then-drop", 2, found],
    ["500-after-accept", 2, found],
    ["cut", 2, found],
    ["reset", 1, again],
    ["down", 1, again],
    ["500", 1, again],
    ["502-html", 1, again],
    ["html-200", 1, again],
    ["429", 1, twice],
  ];

  test.each(cases)("by %s changes the order once in effect", async (fault, updates) => {
    const store = await reported();
    const { collector, sandbox, sent, deliverAll } = store;
    sandbox.fault("retrack", fault, { times: 1 });
    await collector.update(oneMug);
    await deliverAll();
    // The whole transaction: sent twice, it says the same.
    expect(sent()).toEqual(twice);
    expect(inBook(store)).toEqual([{ status: "pending", skus: ["mug", "vase"], sum: 9_000, updates }]);
    expect(await statesOf(collector)).toEqual({
      "retrack/1001/create": "delivered",
      "retrack/1001/update/1": "delivered",
    });
  });

  test.each(cases)("by %s rejects the order once", async (fault, _, requests) => {
    const store = await reported();
    const { collector, sandbox, sent, deliverAll } = store;
    sandbox.fault("retrack", fault, { times: 1 });
    await collector.reject("1001");
    await deliverAll();
    expect(sent()).toEqual(requests);
    expect(inBook(store)).toEqual([{ status: "rejected", skus: ["mug", "vase"], sum: 14_000, updates: 0 }]);
    expect(await statesOf(collector)).toEqual({
      "retrack/1001/create": "delivered",
      "retrack/1001/reject": "delivered",
    });
  });

  test.each([
    ["update", "pending", 9_000],
    ["reject", "rejected", 14_000],
  ] as const)("because it came after our deadline leaves one %s in effect", async (change, status, sum) => {
    const store = await reported({ delivery: { timeoutMs: 100 } });
    const { collector, sandbox, deliverAll } = store;
    sandbox.fault("retrack", "late", { times: 1, delayMs: 150 });
    await (change === "update" ? collector.update(oneMug) : collector.reject("1001"));
    await collector.flush();
    // Its effect comes after all, before anybody asks.
    await vi.waitFor(() => expect(inBook(store)).toMatchObject([{ status, sum }]));
    await deliverAll();
    expect(inBook(store)).toMatchObject([{ status, sum }]);
    expect(Object.values(await statesOf(collector))).toEqual(["delivered", "delivered"]);
  });

  test("at the look-up for the uuid as well, changes the order once", async () => {
    const store = await openStore();
    const { collector, sandbox, clicks, sent, deliverAll } = store;
    sandbox.fault("retrack", "accept-then-drop", { times: 1 });
    await collector.report(clicks("retrack"), order);
    await collector.flush();
    await collector.reject("1001");
    const isChange = /\/transactions\/[\w-]+$/;
    sandbox.fault("retrack", ({ method, path }) => (isChange.test(path) ? "reset" : method === "GET" ? "500" : null), {
      times: 3,
    });
    await deliverAll();
    expect(inBook(store)).toEqual([{ status: "rejected", skus: ["mug", "vase"], sum: 14_000, updates: 0 }]);
    expect(sent().filter((request) => request === CREATE)).toHaveLength(1);
    expect(Object.values(await statesOf(collector))).toEqual(["delivered", "delivered"]);
  });
});
