import { EventEmitter, once } from "node:events";
import { appendFileSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { inspect } from "node:util";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type Collector, CollectorError, type Ledger } from "../../packages/collector/src/index.ts";
import { sqliteLedger } from "../../packages/collector/src/ledger/sqlite.ts";
import { temporaryFolder } from "../support/collector-server.ts";
import {
  MINUTE,
  mug,
  openStore,
  order,
  postbacksOf,
  SECOND,
  type Store,
  type StoreOptions,
} from "../support/sandboxed-store.ts";

const numbers = ["1001", "1002", "1003"];

interface Broken extends Store {
  /** The collector whose ledger can be broken. */
  readonly shop: Collector;
  /** What the ledger's calls are from now on, where they are not its own. */
  breakLedger(calls: Partial<Ledger>): void;
  readonly folder: string;
}

/** A store whose ledger breaks and works as the test says. */
async function breakable(options: StoreOptions = {}): Promise<Broken> {
  const store = await openStore(options);
  const folder = join(temporaryFolder(), "journal");
  const ledger = sqliteLedger(store.path, store.now);
  let broken: Partial<Ledger> = {};
  const wrapped = Object.fromEntries(
    Object.keys(ledger).map((name) => [
      name,
      (...given: never[]) =>
        ((broken[name as keyof Ledger] ?? ledger[name as keyof Ledger]) as (...all: never[]) => unknown)(...given),
    ]),
  ) as unknown as Ledger;
  return {
    ...store,
    shop: store.open({ ledger: wrapped, journal: folder }),
    folder,
    breakLedger(calls) {
      broken = calls;
    },
  };
}

const gone = () => Promise.reject(new Error("the disk is gone"));
const away = { record: gone, nextDue: gone, claim: gone } satisfies Partial<Ledger>;

function entriesIn(folder: string): number {
  return textsIn(folder).length;
}

/** What the journal's files hold. */
function textsIn(folder: string): { file: string; text: string }[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
  return files.map((name) => join(folder, name)).map((file) => ({ file, text: readFileSync(file, "utf8") }));
}

/** The journal's files that were kept aside. */
function asideIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".unreadable"))
    .map((name) => join(folder, name));
}

/** Puts them back, as a person does. */
function putBack(files: readonly string[]): void {
  for (const file of files) renameSync(file, file.replace(".unreadable", ""));
}

/** Orders as the networks have them. */
function inBooks({ sandbox: { book } }: Store) {
  return {
    retrack: book.retrack.map(({ body }) => body.orderNumber).sort(),
    shopback: book.shopback.map(({ query }) => query.adv_sub).sort(),
  };
}

describe("an order that the ledger cannot take", () => {
  test("goes to the journal, and is delivered once the ledger is back", async () => {
    const store = await breakable();
    const { shop, clicks, events, folder, breakLedger, deliverAll } = store;
    breakLedger(away);
    expect(await shop.report(clicks("retrack", "shopback"), order)).toEqual({
      credited: ["retrack", "shopback"],
      repeated: false,
      journaled: true,
    });
    expect(entriesIn(folder)).toBe(1);
    expect(events).toContainEqual({ type: "journaled", number: "1001", reason: "the disk is gone" });
    breakLedger({});
    await shop.flush();
    expect(events).toContainEqual({ type: "taken-in", count: 1 });
    expect(entriesIn(folder)).toBe(0);
    await deliverAll();
    expect(inBooks(store)).toEqual({ retrack: ["1001"], shopback: ["1001"] });
    expect(await shop.find()).toMatchObject([{ order: { ...order, placedAt: store.now() } }, {}]);
  });

  test("goes there with its click and its times, whole", async () => {
    const store = await breakable();
    const { shop, clicks, breakLedger, collector } = store;
    const from = clicks("shopback");
    const placedAt = new Date("2026-11-22T09:59:59.123Z");
    breakLedger(away);
    await shop.report(from, { ...order, placedAt, vouchers: ["WELCOME"] });
    breakLedger({});
    await shop.flush();
    expect(await collector.find()).toMatchObject([
      { click: from.clicks[0], order: { ...order, placedAt, vouchers: ["WELCOME"] }, status: "pending", lines: {} },
    ]);
  });

  test("is taken in by a new collector on the same folder as soon as it is made", async () => {
    const store = await breakable();
    const { shop, clicks, folder, breakLedger, open, sandbox } = store;
    breakLedger(away);
    for (const number of numbers) await shop.report(clicks("shopback"), { ...order, number });
    await shop.stop();
    const emitter = new EventEmitter();
    const takenIn = once(emitter, "taken-in");
    const next = open({ journal: folder, onEvent: (event) => void emitter.emit(event.type, event) });
    expect(await takenIn).toEqual([{ type: "taken-in", count: 3 }]);
    expect(entriesIn(folder)).toBe(0);
    await next.flush();
    expect(sandbox.book.shopback.map(({ query }) => query.adv_sub).sort()).toEqual(numbers);
  });

  test("is offered to the ledger again and again by itself", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const { shop, clicks, breakLedger, happened, folder } = await breakable();
    breakLedger({ record: gone });
    await shop.report(clicks("shopback"), order);
    const refused = happened("ledger-failed");
    vi.advanceTimersByTime(5 * SECOND);
    expect(await refused).toEqual([{ type: "ledger-failed", reason: "an order from the journal: the disk is gone" }]);
    // The try that failed has asked for the next one once this one has ended.
    await shop.flush();
    breakLedger({});
    const takenIn = happened("taken-in");
    vi.advanceTimersByTime(5 * SECOND);
    expect(await takenIn).toEqual([{ type: "taken-in", count: 1 }]);
    expect(entriesIn(folder)).toBe(0);
  });

  test("is there once, though the ledger had kept it and only its answer was lost", async () => {
    const store = await breakable();
    const { shop, clicks, collector, breakLedger, path, now, folder } = store;
    const ledger = sqliteLedger(path, now);
    onTestFinished(() => ledger.close());
    const from = clicks("retrack", "shopback");
    breakLedger({ ...away, record: (entry) => ledger.record(entry).then(gone) });
    expect(await shop.report(from, order)).toMatchObject({ journaled: true });
    breakLedger({});
    await shop.flush();
    expect(entriesIn(folder)).toBe(0);
    expect(await shop.report(from, order)).toEqual({ credited: ["retrack", "shopback"], repeated: true });
    expect(await collector.find()).toHaveLength(2);
    expect(inBooks(store)).toEqual({ retrack: ["1001"], shopback: ["1001"] });
  });

  test("is there once, however many collectors take it in at once", async () => {
    const store = await breakable();
    const { shop, clicks, breakLedger, open, folder } = store;
    breakLedger(away);
    await Promise.all(numbers.map((number) => shop.report(clicks("retrack"), { ...order, number })));
    breakLedger({});
    const others = [shop, open({ journal: folder }), open({ journal: folder })];
    await Promise.all(others.map((one) => one.flush()));
    await Promise.all(others.map((one) => one.flush()));
    expect(entriesIn(folder)).toBe(0);
    expect(inBooks(store)).toEqual({ retrack: numbers, shopback: [] });
  });

  test("does not wait for a ledger that does not answer: three seconds, and it is in the journal", async () => {
    const { shop, clicks, breakLedger, events, folder } = await breakable();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const asked = Promise.withResolvers<void>();
    breakLedger({
      record: () => {
        asked.resolve();
        return new Promise(() => {});
      },
    });
    let isReported = false;
    const reporting = shop.report(clicks("shopback"), order).finally(() => {
      isReported = true;
    });
    await asked.promise;
    vi.advanceTimersByTime(2_999);
    // The ledger answers this after all that came before.
    await shop.find();
    expect(isReported).toBe(false);
    vi.advanceTimersByTime(1);
    expect(await reporting).toMatchObject({ journaled: true });
    expect(events).toContainEqual({
      type: "journaled",
      number: "1001",
      reason: "the ledger did not answer within 3000 ms",
    });
    expect(entriesIn(folder)).toBe(1);
  });

  test("is in the journal beside the ledger's file where no other place is set", async () => {
    const store = await openStore();
    const { collector, clicks, path } = store;
    await collector.report(clicks("shopback"), order);
    const rename = (from: string, to: string) => {
      const database = new DatabaseSync(path);
      database.exec(`ALTER TABLE ${from} RENAME TO ${to}`);
      database.close();
    };
    rename("reports", "elsewhere");
    expect(await collector.report(clicks("shopback"), { ...order, number: "1002" })).toMatchObject({ journaled: true });
    expect(entriesIn(`${path}.journal`)).toBe(1);
    rename("elsewhere", "reports");
    await collector.flush();
    expect(inBooks(store)).toMatchObject({ shopback: ["1001", "1002"] });
  });

  test("is refused where nothing can take it, with all that is needed to report it again", async () => {
    const store = await breakable();
    const { open, path, now, clicks, collector } = store;
    const file = join(temporaryFolder(), "a-file");
    writeFileSync(file, "");
    const shop = open({ ledger: { ...sqliteLedger(path, now), ...away }, journal: join(file, "journal") });
    const from = clicks("retrack", "shopback");
    const error: unknown = await shop.report(from, order).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(CollectorError);
    const { code, message, unreported, cause } = error as CollectorError;
    expect(code).toBe("ERR_LEDGER");
    expect(message).toMatch(/^the disk is gone; nor can the journal be written: ENOTDIR/);
    expect(cause).toEqual(new Error("the disk is gone"));
    expect(unreported).toEqual({ clicks: from.clicks, order: { ...order, placedAt: now() } });
    expect(Object.keys(error as CollectorError)).not.toContain("unreported");
    for (const { id } of from.clicks)
      for (const shown of [
        message,
        inspect(error, { depth: 9 }),
        JSON.stringify(error),
        String((error as Error).stack),
      ])
        expect(shown).not.toContain(id);
    if (!unreported?.order) throw new Error("there is no order to report again");
    await collector.report({ clicks: [...unreported.clicks] }, unreported.order);
    await collector.flush();
    expect(inBooks(store)).toEqual({ retrack: ["1001"], shopback: ["1001"] });
  });
});

describe("an order that the ledger refuses for what it is", () => {
  /** The ledger's own rules, with one more that refuses an order number until it is taken away. */
  function refuse(path: string, number: string): () => void {
    const database = new DatabaseSync(path);
    database.exec(
      `CREATE TRIGGER refusal BEFORE INSERT ON reports WHEN NEW.number = '${number}'
       BEGIN SELECT RAISE(ABORT, 'it is refused'); END`,
    );
    onTestFinished(() => database.close());
    return () => database.exec("DROP TRIGGER refusal");
  }

  test("is refused at once with all that is needed to report it again, and does not go to the journal", async () => {
    const { shop, clicks, folder, path, collector, now, events } = await breakable();
    refuse(path, "1001");
    const from = clicks("shopback");
    await expect(shop.report(from, order)).rejects.toMatchObject({
      code: "ERR_LEDGER",
      message: expect.stringMatching(/: it is refused$/),
      unreported: { clicks: from.clicks, order: { ...order, placedAt: now() } },
    });
    expect(entriesIn(folder)).toBe(0);
    expect(events).toEqual([]);
    expect(await shop.report(clicks("shopback"), { ...order, number: "1002" })).toEqual({
      credited: ["shopback"],
      repeated: false,
    });
    expect(await collector.find()).toMatchObject([{ number: "1002" }]);
  });

  test("does not keep those behind it in the journal, is told of once, and kept aside until a person puts it back", async () => {
    const store = await breakable();
    const { shop, clicks, breakLedger, folder, path, events } = store;
    breakLedger(away);
    for (const number of numbers) await shop.report(clicks("shopback"), { ...order, number });
    const relent = refuse(path, "1001");
    breakLedger({});
    await shop.flush();
    expect(inBooks(store)).toMatchObject({ shopback: ["1002", "1003"] });
    expect(entriesIn(folder)).toBe(0);
    const [aside = "", ...others] = asideIn(folder);
    expect(others).toEqual([]);
    expect(readFileSync(aside, "utf8")).toContain('"number":"1001"');
    await shop.flush();
    expect(events.filter(({ type }) => type === "ledger-failed")).toEqual([
      { type: "ledger-failed", reason: expect.stringMatching(/^an order from the journal: .*: it is refused$/) },
      { type: "ledger-failed", reason: `a file of the journal cannot be taken in whole, and is kept as ${aside}` },
    ]);
    relent();
    putBack([aside]);
    await shop.flush();
    expect(inBooks(store)).toMatchObject({ shopback: numbers });
    expect(entriesIn(folder)).toBe(0);
  });

  test("does not keep those beside it in one file of the journal, and nor does what cannot be read", async () => {
    const store = await breakable();
    const { shop, clicks, breakLedger, folder, path, events } = store;
    breakLedger(away);
    await Promise.all(numbers.map((number) => shop.report(clicks("shopback"), { ...order, number })));
    const together = textsIn(folder).find(({ text }) => /"1002".*\n.*"1003"/.test(text));
    appendFileSync(together?.file ?? "", '{"order":{"number":"1004"}}\nnull\n');
    await shop.report(clicks("shopback"), { ...order, number: "1005" });
    const relent = refuse(path, "1002");
    breakLedger({});
    await shop.flush();
    expect(inBooks(store)).toMatchObject({ shopback: ["1001", "1003", "1005"] });
    expect(events).toContainEqual({ type: "taken-in", count: 3 });
    expect(entriesIn(folder)).toBe(0);
    relent();
    putBack(asideIn(folder));
    await shop.flush();
    expect(inBooks(store)).toMatchObject({ shopback: ["1001", "1002", "1003", "1005"] });
    // What nobody can read is left for a person to look at.
    const [left = "", ...others] = asideIn(folder);
    expect(others).toEqual([]);
    expect(readFileSync(left, "utf8")).toMatch(/\n\{"order":\{"number":"1004"\}\}\nnull\n$/);
  });
});

describe("an order that is reported days late, with the cookies of the shopper's request", () => {
  test.each([
    ["alone", ""],
    ["and what the companion says of them", "; cashtrail_clicks=retrack.01794911400."],
  ])("is credited to the click it was placed with, by the cookie %s", async (_cookies, companion) => {
    const { collector, sandbox } = await openStore();
    const id = sandbox.click("retrack");
    const cookie = `retrack_click=${id}${companion && companion + id}`;
    const placedAt = new Date("2026-11-18T10:00:00Z");
    expect(await collector.report({ headers: { cookie } }, { ...order, placedAt })).toMatchObject({
      credited: ["retrack"],
    });
  });
});

describe("a number that is reported again", () => {
  test("with another order says so, and the first one stays", async () => {
    const { collector, clicks, events } = await openStore();
    await collector.report(clicks("retrack"), order);
    const repeated = { credited: ["retrack"], repeated: true };
    expect(await collector.report(clicks("retrack"), order)).toEqual(repeated);
    expect(await collector.report({ clicks: [] }, { ...order, lines: [mug] })).toEqual({ ...repeated, differs: true });
    expect(events.slice(1)).toEqual([{ type: "differs", number: "1001" }]);
    expect(await collector.find()).toMatchObject([{ order }]);
  });

  test("with another order while the ledger is away is told of once it is taken in", async () => {
    const { shop, clicks, events, breakLedger } = await breakable();
    await shop.report(clicks("retrack"), order);
    breakLedger(away);
    const { differs, journaled } = await shop.report(clicks("retrack"), { ...order, lines: [mug] });
    // Nobody can know yet.
    expect([differs, journaled]).toEqual([undefined, true]);
    await shop.report(clicks("retrack"), order);
    breakLedger({});
    await shop.flush();
    expect(events.filter(({ type }) => type === "differs")).toEqual([{ type: "differs", number: "1001" }]);
  });
});

describe("a call to ShopBack whose answer was lost, with a click of two orders", () => {
  const duplicate = "Duplicate recorded with Trans. ID …";

  /** Two orders on one click, the first of which is delivered, or refused. */
  async function twoOrders(first: "delivered" | "refused") {
    const store = await openStore();
    const { collector, sandbox, clicks, pass } = store;
    const from = clicks("shopback");
    if (first === "refused") sandbox.fault("shopback", "refuse", { times: 1 });
    await collector.report(from, order);
    await collector.flush();
    sandbox.fault("shopback", "reset", { times: 1 });
    await collector.report(from, { ...order, number: "1002" });
    await collector.flush();
    pass(MINUTE);
    await collector.flush();
    return store;
  }

  test("is held where the duplicate may be the other one's", async () => {
    const { collector, sandbox } = await twoOrders("delivered");
    expect(await postbacksOf(collector, "1002")).toMatchObject([
      {
        state: "held",
        reason: `another order has the same click, and the duplicate may be that one: ${duplicate}`,
      },
    ]);
    expect(sandbox.book.shopback).toHaveLength(1);
  });

  test("is sent again, and delivered, where ShopBack has no other one", async () => {
    const store = await twoOrders("refused");
    expect(await postbacksOf(store.collector, "1002")).toMatchObject([{ state: "delivered" }]);
    expect(inBooks(store).shopback).toEqual(["1002"]);
  });

  test("is delivered by its own duplicate, where the other one was refused as that", async () => {
    const { collector, sandbox, clicks, pass } = await openStore();
    const from = clicks("shopback");
    sandbox.fault("shopback", "accept-then-drop", { times: 1 });
    await collector.report(from, order);
    await collector.flush();
    await collector.report(from, { ...order, number: "1002" });
    await collector.flush();
    expect(await postbacksOf(collector, "1002")).toMatchObject([{ state: "failed", reason: duplicate }]);
    pass(MINUTE);
    await collector.flush();
    expect(await postbacksOf(collector)).toMatchObject([
      { state: "delivered", reason: `the unanswered call arrived: ${duplicate}` },
    ]);
    expect(sandbox.book.shopback).toHaveLength(1);
  });
});

describe("a decision on an order that is still in the journal", () => {
  /** A store whose order is in the journal, and whose ledger is back. */
  async function journaled(): Promise<Broken> {
    const store = await breakable();
    const { shop, clicks, breakLedger } = store;
    breakLedger(away);
    expect(await shop.report(clicks("retrack", "shopback"), order)).toMatchObject({ journaled: true });
    breakLedger({});
    return store;
  }

  test("against it withdraws it, and no network is told anything", async () => {
    const { shop, sandbox, folder, deliverAll } = await journaled();
    expect(await shop.reject("1001")).toEqual({
      credited: ["shopback", "retrack"],
      postbacks: [],
      cancelled: ["shopback/1001/create", "retrack/1001/create"],
      repeated: false,
    });
    expect(entriesIn(folder)).toBe(0);
    await deliverAll(shop);
    expect(sandbox.requests).toEqual([]);
    expect(await shop.find()).toMatchObject([{ status: "rejected" }, { status: "rejected" }]);
  });

  test("for it follows the order", async () => {
    const { shop, sandbox, deliverAll } = await journaled();
    expect(await shop.approve("1001")).toMatchObject({
      credited: ["shopback", "retrack"],
      postbacks: ["shopback/1001/approve"],
      repeated: false,
    });
    await deliverAll(shop);
    expect(sandbox.book.retrack).toHaveLength(1);
    expect(sandbox.book.shopback).toMatchObject([{ status: "approved" }]);
  });

  test("to change it has it told as it is now, once", async () => {
    const { shop, sandbox, sent, deliverAll } = await journaled();
    const [mug] = order.lines;
    const changed = await shop.update({ ...order, lines: mug ? [mug] : [] });
    expect(changed).toMatchObject({ credited: ["shopback", "retrack"], repeated: false });
    await deliverAll(shop);
    expect(sent()).toHaveLength(2);
    expect(sandbox.book.retrack).toMatchObject([{ body: { orderSum: 9_000 } }]);
    expect(sandbox.book.shopback).toMatchObject([{ query: { amount: "99" } }]);
  });

  test("to forget it leaves its number, and no network is told anything", async () => {
    const { shop, sandbox, clicks, folder, deliverAll } = await journaled();
    expect(await shop.forget("1001")).toBe(true);
    expect(entriesIn(folder)).toBe(0);
    await deliverAll(shop);
    expect(sandbox.requests).toEqual([]);
    expect(await shop.find()).toMatchObject([
      { number: "1001", order: { lines: [] } },
      { number: "1001", order: { lines: [] } },
    ]);
    expect(await shop.report(clicks("retrack"), order)).toMatchObject({ repeated: true });
  });

  test("to forget it is refused while it is still in the journal: it would be told of afterwards", async () => {
    const store = await breakable();
    const { shop, clicks, breakLedger, deliverAll } = store;
    breakLedger(away);
    await shop.report(clicks("retrack"), order);
    await expect(shop.forget("1001")).rejects.toMatchObject({
      code: "ERR_LEDGER",
      message: "forget: orders wait in the journal, and this may be one: try again",
    });
    breakLedger({});
    expect(await shop.forget("1001")).toBe(true);
    await deliverAll();
    expect(inBooks(store)).toEqual({ retrack: [], shopback: [] });
  });

  test("is about nothing where the journal has it not", async () => {
    const { shop } = await journaled();
    await expect(shop.reject("1002")).rejects.toMatchObject({ code: "ERR_UNKNOWN" });
    expect(await shop.forget("1002")).toBe(false);
  });
});

describe("a collector that is stopped while it takes in a long journal", () => {
  test("takes in no more than what is under way, and the next one takes in the rest", async () => {
    const store = await breakable();
    const { shop, clicks, breakLedger, path, now, open, folder, events } = store;
    const many = Array.from({ length: 2_000 }, (_, index) => `${10_000 + index}`);
    breakLedger(away);
    await Promise.all(many.map((number) => shop.report(clicks("shopback"), { ...order, number })));
    const ledger = sqliteLedger(path, now);
    onTestFinished(() => ledger.close());
    let stopping: Promise<void> | undefined;
    let asked = 0;
    breakLedger({
      record(entry) {
        asked += 1;
        // In the midst of a file.
        if (asked === 150) stopping = shop.stop();
        return ledger.record(entry);
      },
    });
    await shop.flush();
    await stopping;
    expect(asked).toBe(150);
    const recorded = async () => (await store.collector.find({ limit: 10_000 })).map(({ number }) => number).sort();
    expect(await recorded()).toHaveLength(150);
    expect(events.filter(({ type }) => type === "ledger-failed")).toEqual([]);
    await open({ journal: folder }).flush();
    expect(entriesIn(folder)).toBe(0);
    expect(await recorded()).toEqual(many);
  });
});

describe("an order within the store's own transaction", () => {
  test("is refused by a ledger that is no PostgreSQL, and nothing is written", async () => {
    const { shop, clicks, folder } = await breakable();
    const query = vi.fn();
    await expect(shop.report(clicks("shopback"), order, { transaction: { query } })).rejects.toMatchObject({
      code: "ERR_OPTIONS",
      message: "report: a transaction needs a ledger on PostgreSQL, where your orders are",
    });
    expect(query).not.toHaveBeenCalled();
    expect(await shop.find()).toEqual([]);
    expect(await shop.uncredited()).toEqual({ count: 0, newest: [] });
    expect(entriesIn(folder)).toBe(0);
  });
});
