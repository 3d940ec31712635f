import { describe, expect, test } from "vitest";
import type { Collector } from "../../packages/collector/src/index.ts";
import type { NetworkName } from "../../packages/collector/src/sandbox/sandbox.ts";
import { startFakeNetwork } from "../support/fake-network.ts";
import {
  DAY,
  MINUTE,
  openStore,
  order,
  postbacksOf,
  SECOND,
  type Store,
  type StoreOptions,
} from "../support/sandboxed-store.ts";

const numbers = Array.from({ length: 30 }, (_, index) => `${2000 + index}`);
/** One request at a time, so that it is plain how many there are. */
const oneByOne: StoreOptions = { delivery: { concurrency: 1 } };
const isUpOrDown = ({ type }: { type: string }) => /^network-/.test(type);
const refused = "http://127.0.0.1:1";

/** A store that is open, and whose thirty orders wait for both networks. */
async function busy(options: StoreOptions = oneByOne): Promise<Store> {
  const store = await openStore(options);
  for (const number of numbers) await store.collector.report(store.clicks("retrack", "shopback"), { ...order, number });
  return store;
}

function requestsTo({ sandbox }: Store, network: NetworkName): number {
  return sandbox.requests.filter((request) => request.network === network).length;
}

/** How many orders have been tried so often, by the number of tries. */
async function triesOf(collector: Collector, network: NetworkName): Promise<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (const { postbacks } of await collector.find({ network }))
    for (const { attempts } of postbacks) counts[attempts.length] = (counts[attempts.length] ?? 0) + 1;
  return counts;
}

describe("a network that is down", () => {
  test.each([
    ["down", "ECONNRESET"],
    ["500", "HTTP 500"],
    ["429", "HTTP 429"],
    ["html-200", "HTTP 200 without the transaction Retrack answers with when it has saved one"],
  ] as const)(
    "is noticed once, by its tenth failure in a row, and costs the other one nothing: %s",
    async (fault, reason) => {
      const store = await busy();
      const { collector, sandbox, events } = store;
      sandbox.fault("retrack", fault);
      await collector.flush();
      expect(events.filter(isUpOrDown)).toEqual([{ type: "network-down", network: "retrack", reason }]);
      expect(requestsTo(store, "retrack")).toBe(10);
      expect(sandbox.book.shopback).toHaveLength(30);
      expect(await collector.backlog()).toEqual([
        { network: "retrack", pending: 30, held: 0, failed: 0, oldest: { pending: 0 }, down: true },
        { network: "shopback", pending: 0, held: 0, failed: 0, oldest: {}, down: false },
      ]);
    },
  );

  test("is noticed where no connection stands as well", async () => {
    const { collector, events } = await busy({ ...oneByOne, retrack: { url: refused } });
    await collector.flush();
    expect(events.filter(isUpOrDown)).toEqual([{ type: "network-down", network: "retrack", reason: "ECONNREFUSED" }]);
  });

  test("is noticed for the one account it is down for", async () => {
    const { clicks, accounts, open, events, sandbox } = await openStore();
    const [sweden] = accounts({ retrack: { market: "SE", url: refused } });
    const [norway] = accounts({ retrack: { market: "NO" } });
    const collector = open({ networks: [sweden, norway], ...oneByOne });
    for (const number of numbers)
      for (const market of ["SE", "NO"])
        await collector.report(clicks("retrack"), { ...order, number: `${number}-${market}`, market });
    await collector.flush();
    expect(events.filter(isUpOrDown)).toEqual([
      { type: "network-down", network: "retrack:SE", reason: "ECONNREFUSED" },
    ]);
    expect(sandbox.book.retrack).toHaveLength(30);
    expect((await collector.backlog()).map(({ network, pending, down }) => [network, pending, down])).toEqual([
      ["retrack:SE", 30, true],
      ["retrack:NO", 0, false],
    ]);
  });

  test("is not one that says no to every order", async () => {
    const { collector, sandbox, events } = await busy();
    sandbox.fault("retrack", "refuse");
    await collector.flush();
    expect(events.filter(isUpOrDown)).toEqual([]);
    expect(await collector.backlog()).toMatchObject([{ network: "retrack", failed: 30, down: false }, {}]);
  });

  test("is not one that answers now and then", async () => {
    const { collector, sandbox, events } = await busy();
    let count = 0;
    sandbox.fault("retrack", () => (++count % 10 === 0 ? null : "down"));
    await collector.flush();
    expect(events.filter(isUpOrDown)).toEqual([]);
  });

  test("is asked once by each flush, and its time costs no order a try", async () => {
    const store = await busy();
    const { collector, sandbox, pass, events } = store;
    sandbox.fault("retrack", "down");
    await collector.flush();
    expect(await triesOf(collector, "retrack")).toEqual({ 0: 20, 1: 10 });
    await collector.flush();
    expect(requestsTo(store, "retrack")).toBe(11);
    pass(DAY);
    await collector.flush();
    expect(requestsTo(store, "retrack")).toBe(12);
    const tries = await triesOf(collector, "retrack");
    expect(Object.entries(tries).reduce((sum, [times, orders]) => sum + Number(times) * orders, 0)).toBe(12);
    expect(events.filter(isUpOrDown)).toHaveLength(1);
  });

  test("is sent nothing by a started collector until its time is over, and then one order", async () => {
    const store = await busy();
    const { collector, sandbox, pass, happened, clicks, events } = store;
    sandbox.fault("retrack", "down");
    const down = happened("network-down");
    collector.start();
    await down;
    // A report wakes the delivery, which asks the ledger before this does.
    await collector.report(clicks("retrack"), order);
    await collector.find();
    expect(requestsTo(store, "retrack")).toBe(10);
    const postponed = happened("postponed");
    pass(5 * SECOND);
    await postponed;
    await collector.report(clicks("retrack"), { ...order, number: "1002" });
    await collector.find();
    expect(requestsTo(store, "retrack")).toBe(11);
    sandbox.fault("retrack", null);
    const up = happened("network-up");
    pass(10 * SECOND);
    await up;
    expect(events.filter(isUpOrDown).map(({ type }) => type)).toEqual(["network-down", "network-up"]);
  });
});

describe("a network that is up again", () => {
  test("is noticed by one flush, which delivers what is due, each order once", async () => {
    const store = await busy({ delivery: { concurrency: 8 } });
    const { collector, sandbox, events, deliverAll } = store;
    sandbox.fault("retrack", "down");
    await collector.flush();
    const asked = requestsTo(store, "retrack");
    sandbox.fault("retrack", null);
    await collector.flush();
    expect(events.filter(isUpOrDown)).toEqual([
      { type: "network-down", network: "retrack", reason: "ECONNRESET" },
      { type: "network-up", network: "retrack" },
    ]);
    // What was lost may have arrived, and waits its minute.
    expect(sandbox.book.retrack).toHaveLength(30 - asked);
    expect(await collector.backlog()).toMatchObject([{ network: "retrack", pending: asked, down: false }, {}]);
    await deliverAll();
    expect(sandbox.book.retrack.map(({ body }) => body.orderNumber).sort()).toEqual(numbers);
    expect(await collector.backlog()).toMatchObject([{ pending: 0 }, { pending: 0 }]);
  });

  test("is told soon what the outage had put off for a day, and no sooner than what is in doubt may be", async () => {
    const { collector, sandbox, clicks, pass, now, events, sent } = await openStore(oneByOne);
    sandbox.fault("retrack", "reset");
    await collector.report(clicks("retrack"), order);
    // Each try fails, and the wait after it grows, until ten have failed.
    while (!events.some(isUpOrDown)) {
      await collector.flush();
      const [postback] = await postbacksOf(collector);
      pass(+(postback?.dueAt ?? 0) - +now());
    }
    pass(-DAY);
    expect((await postbacksOf(collector))[0]?.dueAt).toEqual(new Date(+now() + DAY));
    sandbox.fault("retrack", null);
    await collector.report(clicks("retrack"), { ...order, number: "1002" });
    await collector.flush();
    expect(events.at(-2)).toEqual({ type: "network-up", network: "retrack" });
    expect((await postbacksOf(collector))[0]?.dueAt).toEqual(new Date(+now() + MINUTE));
    const requests = sent().length;
    pass(MINUTE - 1);
    await collector.flush();
    expect(sent()).toHaveLength(requests);
    pass(1);
    await collector.flush();
    expect(sent().slice(requests)).toEqual([
      "GET /api/v2/transactions?byOrderNumber=1001",
      "POST /api/v2/transactions",
    ]);
    expect(sandbox.book.retrack.map(({ body }) => body.orderNumber)).toEqual(["1002", "1001"]);
  });

  test("is sent its backlog gradually: one, then two, then four at once", async () => {
    const network = await startFakeNetwork();
    const store = await busy({ delivery: { concurrency: 8 }, retrack: { url: network.url } });
    const { collector } = store;
    await network.down();
    await collector.flush();
    await network.up();
    let underWay = 0;
    let mostSoFar = 0;
    const most: number[] = [];
    network.reply(async ({ body }) => {
      underWay += 1;
      mostSoFar = Math.max(mostSoFar, underWay);
      // A question to the ledger is answered after all that was asked before: whoever else could claim has done so.
      await collector.find();
      await collector.find();
      underWay -= 1;
      most.push(mostSoFar);
      return { body: JSON.stringify({ data: { uuid: "3afc4a82", order_number: JSON.parse(body).orderNumber } }) };
    });
    await store.deliverAll();
    expect(most).toHaveLength(30);
    // The probe, and one after its answer; then as many as that one's answer lets in.
    expect(most.slice(0, 2)).toEqual([1, 1]);
    expect(most[2]).toBeLessThanOrEqual(2);
    expect(most.at(-1)).toBe(8);
  });
});

describe("what waits", () => {
  test("is told for each account with its age and its state", async () => {
    const { collector, sandbox, clicks, pass } = await openStore({
      sandbox: { shopback: { level: "line" } },
      shopback: { level: "line" },
    });
    const nothing = { pending: 0, held: 0, failed: 0, oldest: {}, down: false };
    expect(await collector.backlog()).toEqual([
      { network: "retrack", ...nothing },
      { network: "shopback", ...nothing },
    ]);
    await collector.report(clicks("retrack", "shopback"), order);
    pass(MINUTE);
    sandbox.fault("retrack", "refuse");
    sandbox.fault("shopback", "reset", { times: 1 });
    await collector.flush();
    pass(MINUTE);
    await collector.report(clicks("retrack"), { ...order, number: "1002" });
    pass(SECOND);
    const backlog = await collector.backlog();
    expect(backlog).toEqual([
      {
        network: "retrack",
        pending: 1,
        held: 0,
        failed: 1,
        oldest: { pending: SECOND, failed: 2 * MINUTE + SECOND },
        down: false,
      },
      { network: "shopback", pending: 0, held: 1, failed: 0, oldest: { held: 2 * MINUTE + SECOND }, down: false },
    ]);
  });

  test("behind what failed is counted, and only that grows old", async () => {
    const { collector, sandbox, clicks, pass } = await openStore();
    sandbox.fault("shopback", "refuse");
    await collector.report(clicks("shopback"), order);
    await collector.flush();
    pass(MINUTE);
    await collector.approve("1001");
    pass(MINUTE);
    await collector.flush();
    expect(await collector.backlog()).toContainEqual({
      network: "shopback",
      ...{ pending: 1, held: 0, failed: 1, oldest: { failed: 2 * MINUTE }, down: false },
    });
    sandbox.fault("shopback", null);
    await collector.resend({});
    await collector.flush();
    expect(await collector.backlog()).toMatchObject([{ pending: 0 }, { pending: 0, failed: 0, oldest: {} }]);
  });
});
