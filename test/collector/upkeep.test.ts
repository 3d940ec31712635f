import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { sqliteLedger } from "../../packages/collector/src/ledger/sqlite.ts";
import { serve } from "../support/collector-server.ts";
import { type Answer, startFakeNetwork } from "../support/fake-network.ts";
import {
  DAY,
  MINUTE,
  openStore,
  order,
  postbacksOf,
  type Store,
  type StoreOptions,
  statesOf,
} from "../support/sandboxed-store.ts";

const HOUR = 60 * MINUTE;
const byLine: StoreOptions = { sandbox: { shopback: { level: "line" } }, shopback: { level: "line" } };

/** Opens another collector on the ledger, which does what it does at its start, and stops. */
async function upkeepOf(store: Store, options: StoreOptions = {}): Promise<void> {
  const collector = store.open(options);
  collector.start();
  await collector.stop();
}

async function numbersOf({ collector }: Store): Promise<string[]> {
  return [...new Set((await collector.find({ limit: 10_000 })).map(({ number }) => number))].sort();
}

describe("what is older than it is kept", () => {
  test("is erased, and what is younger is not", async () => {
    const store = await openStore();
    const { collector, clicks, pass } = store;
    await collector.report(clicks("retrack", "shopback"), { ...order, number: "older" });
    await collector.report({ clicks: [] }, { ...order, number: "nobody's" });
    await collector.flush();
    pass(MINUTE);
    await collector.report(clicks("retrack", "shopback"), { ...order, number: "younger" });
    await collector.flush();
    pass(730 * DAY);
    await upkeepOf(store);
    expect(await numbersOf(store)).toEqual(["younger"]);
    expect(await collector.uncredited()).toEqual({ count: 0, newest: [] });
  });

  test("is what the store says", async () => {
    const store = await openStore({ retention: { conversionDays: 31 } });
    const { collector, clicks, pass } = store;
    await collector.report(clicks("retrack"), order);
    await collector.flush();
    pass(31 * DAY);
    await upkeepOf(store);
    expect(await numbersOf(store)).toEqual(["1001"]);
    pass(1);
    await upkeepOf(store);
    expect(await numbersOf(store)).toEqual([]);
  });

  test("is not reported again once it is erased, with its own time or without", async () => {
    const store = await openStore({ retention: { conversionDays: 31 } });
    const { collector, sandbox, clicks, now, pass } = store;
    const source = { clicks: clicks("retrack", "shopback").clicks };
    const placedAt = now();
    await collector.report(source, order);
    await collector.lead(source, { reference: "L1" });
    await collector.flush();
    const sent = sandbox.requests.length;
    pass(31 * DAY + 1);
    await upkeepOf(store);
    expect(await numbersOf(store)).toEqual([]);
    expect(await collector.report(source, { ...order, placedAt })).toEqual({
      credited: [],
      reason: "the order is older than retention keeps: it may have been reported, and erased",
      repeated: false,
    });
    expect(await collector.report(source, order)).toMatchObject({ credited: [] });
    expect(await collector.lead(source, { reference: "L1", at: placedAt })).toMatchObject({ credited: [] });
    await collector.flush();
    expect(sandbox.requests).toHaveLength(sent);
  });

  test("is never what is not delivered, however old", async () => {
    const store = await openStore(byLine);
    const { collector, sandbox, clicks, pass } = store;
    await collector.report(clicks("shopback"), { ...order, number: "delivered" });
    await collector.report(clicks("shopback"), { ...order, number: "cancelled" });
    await collector.reject("cancelled");
    await collector.flush();
    sandbox.fault("shopback", "refuse", { times: 1 });
    await collector.report(clicks("shopback"), { ...order, number: "failed" });
    await collector.flush();
    sandbox.fault("shopback", "reset", { times: 1 });
    await collector.report(clicks("shopback"), { ...order, number: "held" });
    await collector.flush();
    pass(1_000 * DAY);
    sandbox.fault("retrack", "down");
    // Its network is none of the next collector's.
    await collector.report(clicks("retrack"), { ...order, number: "pending" });
    pass(1_000 * DAY);
    await upkeepOf(store, { networks: store.accounts().slice(1) });
    expect(await numbersOf(store)).toEqual(["failed", "held", "pending"]);
    expect(await statesOf(collector, "pending")).toEqual({ "retrack/pending/create": "pending" });
  });

  test("is erased in small batches, one after the other, to the last one", async () => {
    const store = await openStore();
    const { collector, pass } = store;
    const numbers = Array.from({ length: 1_201 }, (_, index) => `${index}`);
    await Promise.all(numbers.map((number) => collector.report({ clicks: [] }, { ...order, number })));
    pass(731 * DAY);
    const counts: number[] = [];
    const ledger = sqliteLedger(store.path, store.now);
    const done = Promise.withResolvers<void>();
    const erase: typeof ledger.erase = async (...given) => {
      const erased = await ledger.erase(...given);
      counts.push(erased);
      if (erased === 0) done.resolve();
      return erased;
    };
    store.open({ ledger: { ...ledger, erase } }).start();
    await done.promise;
    expect(counts).toEqual([500, 500, 201, 0]);
    expect(await collector.uncredited()).toMatchObject({ count: 0 });
  });

  test("is looked for once an hour, after a failure too", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const { collector, pass, open, path, now, events } = await openStore();
    await collector.report({ clicks: [] }, order);
    const ledger = sqliteLedger(path, now);
    let calls = 0;
    const erase: typeof ledger.erase = (...given) =>
      ++calls > 1 ? ledger.erase(...given) : Promise.reject(new Error("the disk is gone"));
    const other = open({ ledger: { ...ledger, erase } });
    other.start();
    // Once this is answered, what was begun before has ended.
    await other.find();
    expect(events).toContainEqual({ type: "ledger-failed", reason: "the disk is gone" });
    pass(731 * DAY);
    vi.advanceTimersByTime(HOUR - 1);
    await other.find();
    expect(calls).toBe(1);
    vi.advanceTimersByTime(1);
    await other.stop();
    expect(calls).toBe(2);
    expect(await collector.uncredited()).toMatchObject({ count: 0 });
  });

  test("is a click after 90 days, whether anything was bought or not", async () => {
    const store = await openStore();
    const { collector, path, pass, sandbox } = store;
    const origin = await serve((app) => app.get("/", collector.remember, (_, response) => void response.end()));
    const [older, younger] = [sandbox.click("retrack"), sandbox.click("retrack")];
    await fetch(`${origin}/?click=${older}`);
    await collector.find();
    pass(MINUTE);
    await fetch(`${origin}/?click=${younger}`);
    await collector.stop();
    pass(90 * DAY);
    await upkeepOf(store);
    const database = new DatabaseSync(path, { readOnly: true });
    onTestFinished(() => database.close());
    expect(database.prepare("SELECT id FROM clicks").all()).toEqual([{ id: younger }]);
  });
});

describe("what is counted one by one", () => {
  test("is summed up in small batches, one after the other, to the last one", async () => {
    const store = await openStore();
    const ledger = sqliteLedger(store.path, store.now);
    for (let index = 0; index < 1_201; index += 1)
      await ledger.remember([{ network: "retrack", id: `${index}`, at: new Date("2026-11-22T10:00:00Z") }]);
    const counts: number[] = [];
    const done = Promise.withResolvers<void>();
    const fold: typeof ledger.fold = async (limit) => {
      const folded = await ledger.fold(limit);
      if (counts.push(folded) === 3) done.resolve();
      return folded;
    };
    store.open({ ledger: { ...ledger, fold } }).start();
    await done.promise;
    expect(counts).toEqual([500, 500, 201]);
    expect(await ledger.tallies(new Date("2026-01-01T00:00:00Z"))).toMatchObject([{ what: "click", count: 1_201 }]);
    const database = new DatabaseSync(store.path);
    onTestFinished(() => database.close());
    expect(database.prepare("SELECT count FROM folded_tallies").all()).toEqual([{ count: 1_201 }]);
  });
});

describe("an order that is forgotten", () => {
  test("leaves its number and what became of it, and nothing of what was bought and by which click", async () => {
    const { collector, sandbox, clicks } = await openStore(byLine);
    const from = clicks("retrack", "shopback");
    await collector.report(from, { ...order, vouchers: ["ANNA-1979"] });
    await collector.flush();
    await collector.reject("1001", { lines: ["vase"], by: "anna", reason: "Mrs Berg sent it back" });
    await collector.flush();
    expect(await collector.forget("1001", { by: "anna" })).toBe(true);
    const found = await collector.find();
    const left = {
      number: "1001",
      click: { id: "" },
      order: { number: "1001", currency: "MYR", lines: [] },
      lines: {},
      decisions: [
        { what: "reject", by: "anna" },
        { what: "forget", by: "anna", at: new Date("2026-11-22T10:00:00.000Z") },
      ],
    };
    expect(found).toMatchObject([
      { network: "shopback", ...left },
      { network: "retrack", ...left },
    ]);
    expect(found.map(({ postbacks }) => postbacks.map(({ kind, state, step }) => [kind, state, step]))).toEqual([
      [
        ["create", "delivered", null],
        ["create", "delivered", null],
        ["reject", "delivered", null],
      ],
      [
        ["create", "delivered", null],
        ["update", "delivered", null],
      ],
    ]);
    const told = [...from.clicks.map(({ id }) => id), sandbox.book.retrack[0]?.uuid];
    for (const word of [...told, "ANNA-1979", "mug", "vase", "Berg", "10000"])
      expect(JSON.stringify(found)).not.toContain(word);
  });

  test("is not told any more of, and never reported again", async () => {
    const { collector, sandbox, clicks, deliverAll } = await openStore();
    await collector.report(clicks("retrack", "shopback"), order);
    await collector.approve("1001");
    await collector.forget("1001");
    expect(Object.values(await statesOf(collector))).toEqual(["cancelled", "cancelled", "cancelled"]);
    expect(await collector.report(clicks("retrack", "shopback"), order)).toEqual({
      credited: ["retrack", "shopback"],
      repeated: true,
    });
    expect(await collector.resend({ number: "1001", state: "failed" })).toMatchObject({ count: 0 });
    await deliverAll();
    expect(sandbox.requests).toEqual([]);
  });

  test("while it is being told of stays forgotten", async () => {
    const network = await startFakeNetwork();
    const { collector, clicks } = await openStore({ retrack: { url: network.url } });
    const answer = Promise.withResolvers<Answer>();
    network.reply(() => answer.promise);
    await collector.report(clicks("retrack"), order);
    const flushing = collector.flush();
    await network.received(1);
    await collector.forget("1001");
    answer.resolve({ body: '{"data":{"uuid":"3afc4a82","order_number":"1001"}}' });
    await flushing;
    expect(await postbacksOf(collector)).toMatchObject([{ state: "cancelled", step: null }]);
    expect(JSON.stringify(await collector.find())).not.toContain("3afc4a82");
  });

  test("was there once, and the answer says whether it was", async () => {
    const { collector } = await openStore();
    expect(await collector.forget("1001")).toBe(false);
    await expect(collector.forget("")).rejects.toMatchObject({
      code: "ERR_ORDER",
      issues: [{ path: "", message: "must not be empty" }],
    });
  });
});
