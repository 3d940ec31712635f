import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ConversionRecord } from "../../packages/collector/src/ledger/ledger.ts";
import type { Json } from "../../packages/collector/src/network.ts";
import { amountIn } from "../../packages/collector/src/reconcile/amount.ts";
import { openAnswers, type Question } from "../../packages/collector/src/reconcile/answers.ts";
import { createAsking } from "../../packages/collector/src/reconcile/ask.ts";
import { differences, type Here, type There } from "../../packages/collector/src/reconcile/compare.ts";
import { hereByAmount } from "../../packages/collector/src/reconcile/ledger-side.ts";
import { columnsIn, readReport } from "../../packages/collector/src/reconcile/report-file.ts";
import type { Sent } from "../../packages/collector/src/send.ts";
import { quoted } from "../../packages/collector/src/telling/quoted.ts";
import { temporaryFolder } from "../support/collector-server.ts";

const create = { id: "retrack/1001/create", kind: "create", state: "delivered" } as const;
const update = { id: "retrack/1001/update/1", kind: "update", state: "delivered" } as const;
const reject = { id: "retrack/1001/reject", kind: "reject", state: "delivered" } as const;
const approve = { id: "shopback/1001/approve", kind: "approve", state: "delivered" } as const;

const here: Here = {
  number: "1001",
  network: "retrack",
  currency: "SEK",
  sums: { net: 10_000, vat: 2_500 },
  status: "pending",
  postbacks: [create],
  records: 1,
  approvesItself: true,
};
const there: There = { id: "3afc4a82", sums: { net: 10_000, vat: 2_500 }, currency: "SEK", status: "pending" };
const shopback: Partial<Here> = { network: "shopback", sums: { amount: 12_500 }, approvesItself: false };
const ofShopback: There = { sums: { amount: 12_500 }, status: "pending" };

const RESEND = "cashtrail resend 1001 --network retrack";

describe("an order is the same", () => {
  test.each<[string, Partial<Here>, There[]]>([
    ["where the network has it as it is here", {}, [there]],
    ["where the network approved it by itself", {}, [{ ...there, status: "approved" }]],
    ["where it is approved here, of which Retrack is told nothing", { status: "approved" }, [there]],
    [
      "where both have it rejected, whatever its sum",
      { status: "rejected" },
      [{ ...there, sums: { net: 1 }, status: "rejected" }],
    ],
    ["where the network's answer leaves out the sums", {}, [{ ...there, sums: {} }]],
    ["where it waits to be sent", { postbacks: [{ ...create, state: "pending" }] }, []],
    [
      "where a change waits to be sent",
      { postbacks: [create, { ...update, state: "pending" }] },
      [{ ...there, sums: { net: 1 } }],
    ],
    ["where it was withdrawn before it was sent", { postbacks: [{ ...create, state: "cancelled" }] }, []],
    [
      "where a report calls it confirmed",
      { ...shopback, status: "approved" },
      [{ ...ofShopback, status: "Confirmed" }],
    ],
    [
      "where a report has each of its lines",
      { ...shopback, records: 2 },
      [
        { sums: { amount: 12_000 }, status: "pending" },
        { sums: { amount: 500 }, status: "pending" },
      ],
    ],
  ])("%s", (_case, changes, found) => {
    expect(differences({ ...here, ...changes }, found)).toEqual([]);
  });
});

describe("an order differs", () => {
  test.each<[string, Partial<Here>, There[], string, string]>([
    ["is not there", {}, [], "missing: delivered | not there", `${RESEND} --state delivered`],
    [
      "failed and is not there",
      { postbacks: [{ ...create, state: "failed" }] },
      [],
      "missing: failed | not there",
      RESEND,
    ],
    [
      "is held and is not there",
      { postbacks: [{ ...create, state: "held" }] },
      [],
      "missing: held | not there",
      `${RESEND} --state held`,
    ],
    [
      "is held, and is there",
      { postbacks: [{ ...create, state: "held" }] },
      [there],
      "unsettled: held | it is there",
      "cashtrail settle retrack/1001/create delivered --remote-id 3afc4a82",
    ],
    [
      "failed, and is there",
      { postbacks: [{ ...create, state: "failed" }] },
      [there],
      "unsettled: failed | it is there",
      "cashtrail settle retrack/1001/create delivered --remote-id 3afc4a82",
    ],
    [
      "has one of its lines held, and as many rows there as were delivered",
      { records: 2, postbacks: [create, { ...create, id: "retrack/1001/create/b", state: "held" }] },
      [there],
      "unsettled: held | 1 of 2 lines are there",
      "look for each line in retrack's portal, then settle it or send it again: cashtrail show",
    ],
    [
      "was withdrawn, and is there",
      { postbacks: [{ ...create, state: "cancelled" }] },
      [there],
      "unexpected: withdrawn before it was sent | pending",
      "ask retrack to reject it: you withdrew it",
    ],
    [
      "is there twice",
      {},
      [there, { ...there, id: "9b1deb4d" }],
      "twice: once | 2 times: 3afc4a82, 9b1deb4d",
      "ask retrack to remove what is there too often",
    ],
    [
      "has another sum, and was told once",
      {},
      [{ ...there, sums: { net: 9_999, vat: 2_500 } }],
      "sum: net 100 SEK, vat 25 SEK | net 99.99 SEK, vat 25 SEK",
      "ask retrack which it took, and to correct it",
    ],
    [
      "has another sum, and was told of a change",
      { postbacks: [create, update] },
      [{ ...there, sums: { net: 10_000, vat: 2_501 } }],
      "sum: net 100 SEK, vat 25 SEK | net 100 SEK, vat 25.01 SEK",
      `${RESEND} --state delivered`,
    ],
    [
      "has the sum with VAT",
      {},
      [{ ...there, sums: { net: 12_500, vat: 2_500 } }],
      "sum: net 100 SEK, vat 25 SEK | net 125 SEK, vat 25 SEK",
      "ask retrack whether its answers include VAT: this one is your sum with VAT",
    ],
    [
      "has another sum, and is approved",
      { postbacks: [create, update] },
      [{ ...there, sums: { net: 1 }, status: "approved" }],
      "sum: net 100 SEK, vat 25 SEK | net 0.01 SEK",
      "ask retrack to correct it: what is approved cannot be changed",
    ],
    [
      "has another currency",
      {},
      [{ ...there, currency: "NOK" }],
      "sum: net 100 SEK, vat 25 SEK | net 100 NOK, vat 25 NOK",
      "ask retrack which it took, and to correct it",
    ],
    [
      "is rejected here and pending there",
      { status: "rejected", postbacks: [create, reject] },
      [there],
      "status: rejected | pending",
      `${RESEND} --state delivered`,
    ],
    [
      "is rejected here, and the rejection failed",
      { status: "rejected", postbacks: [create, { ...reject, state: "failed" }] },
      [there],
      "status: rejected | pending",
      RESEND,
    ],
    [
      "is rejected here and approved there",
      { status: "rejected", postbacks: [create, reject] },
      [{ ...there, status: "approved" }],
      "status: rejected | approved",
      "ask retrack to correct it: what is decided there cannot be changed from here",
    ],
    [
      "is rejected there",
      {},
      [{ ...there, status: "rejected" }],
      "status: pending | rejected",
      "cashtrail reject 1001",
    ],
    [
      "has a status nobody knows",
      {},
      [{ ...there, status: "limbo" }],
      "status: pending | limbo",
      "ask retrack what its status means",
    ],
    [
      "is approved there by hand",
      shopback,
      [{ ...ofShopback, status: "approved" }],
      "status: pending | approved",
      "cashtrail approve 1001",
    ],
    [
      "is approved here, of which ShopBack was told",
      { ...shopback, status: "approved", postbacks: [create, approve] },
      [ofShopback],
      "status: approved | pending",
      "cashtrail resend 1001 --network shopback --state delivered",
    ],
  ])("where it %s", (_case, changes, found, expected, repair) => {
    const told = differences({ ...here, ...changes }, found);
    expect(told.map(({ kind, here, there }) => `${kind}: ${here} | ${there}`)).toEqual([expected]);
    expect(told.map(({ repair }) => repair.command ?? repair.text)).toEqual([repair]);
  });

  test("in its sum and its status at once", () => {
    const told = differences(here, [{ ...there, sums: { net: 1, vat: 0 }, status: "rejected" }]);
    expect(told.map(({ kind }) => kind)).toEqual(["status", "sum"]);
  });

  test("in numbers that a shell would read otherwise, too", () => {
    expect(quoted("1001")).toBe("1001");
    expect(quoted("A=1")).toBe("A=1");
    expect(quoted("A 1'; rm -rf /")).toBe("'A 1'\\''; rm -rf /'");
    expect(quoted("-A1")).toBe("'-A1'");
  });
});

describe("what the ledger says a network was told", () => {
  const record = (step: Json): ConversionRecord => ({
    serial: 1,
    number: "1001",
    network: "own",
    click: { network: "own", id: "abc", at: new Date("2026-11-22T10:00:00Z") },
    status: "pending",
    order: {
      number: "1001",
      currency: "SEK",
      placedAt: new Date("2026-11-22T10:00:00Z"),
      lines: [{ sku: "mug", name: "Mug", quantity: 1, net: 10_000, vat: 2_500 }],
    },
    lines: {},
    revision: 0,
    reportedAt: new Date("2026-11-22T10:00:00Z"),
    postbacks: [{ id: "own/1001/create", kind: "create", state: "delivered", step, attempts: [] }],
    decisions: [],
  });

  test("is the amount of a step, and of a step that says none, nothing to compare", () => {
    expect(hereByAmount(record({ parameters: { amount: "125" } })).sums).toEqual({ amount: 12_500 });
    expect(hereByAmount(record({ total: "125.00" })).sums).toEqual({});
    expect(hereByAmount(record({ parameters: { amount: 125 } })).sums).toEqual({});
  });
});

describe("an amount", () => {
  test.each<[string, number, number | undefined]>([
    ["125", 2, 12_500],
    ["125.5", 2, 12_550],
    ["125.50", 2, 12_550],
    ["1,234.56", 2, 123_456],
    ["1.234,56", 2, 123_456],
    ["1 234,5", 2, 123_450],
    ["1,234", 2, 123_400],
    ["1.234.567", 0, 1_234_567],
    ["RM 100.00", 2, 10_000],
    ["MYR100", 2, 10_000],
    ["99 kr", 2, 9_900],
    ["-50.00", 2, -5_000],
    ["0.10", 2, 10],
    ["125.500", 2, 12_550],
    ["125.505", 2, undefined],
    ["500.5", 0, undefined],
    ["90071992547409.93", 2, undefined],
    ["", 2, undefined],
    ["n/a", 2, undefined],
    ["12,34,56", 2, undefined],
    ["1e3", 2, undefined],
  ])("is exact or none: %j with %i decimals", (text, decimals, expected) => {
    expect(amountIn(text, decimals)).toBe(expected);
  });
});

describe("a report", () => {
  test("has its columns guessed by their titles", () => {
    const text =
      "\ufeffOrder ID,Date,Sale Amount,Payout,Conversion Status,Currency\n1001,2026-11-02,154.00,7.70,Approved,MYR\n";
    expect(readReport(text, {})).toEqual({
      columns: { orderId: "Order ID", amount: "Sale Amount", status: "Conversion Status", currency: "Currency" },
      rows: [{ line: 2, number: "1001", amount: "154.00", status: "Approved", currency: "MYR" }],
    });
  });

  test("is read with semicolons, quotes and a row of totals", () => {
    const text = 'Advertiser Sub ID;Amount\r\n"A;1";"1.234,56"\r\n;"1.234,56"\r\n';
    expect(readReport(text, {}).rows).toEqual([
      { line: 2, number: "A;1", amount: "1.234,56", status: undefined, currency: undefined },
    ]);
  });

  test("is taken apart where its titles are, whatever stands within a quoted one", () => {
    const text = 'Order ID;Amount;"Cashback, in %, of the sale, net"\n1001;154,00;5\n';
    expect(readReport(text, {}).rows.map(({ number, amount }) => [number, amount])).toEqual([["1001", "154,00"]]);
  });

  test("tells the lines of the file, whatever stands on several", () => {
    const text = 'Order ID,Amount,Note\r\n1001,1,"left\r\nat the\r\ndoor"\r\n\r\n1002,2,\r\n';
    expect(readReport(text, {}).rows.map(({ line, number }) => [line, number])).toEqual([
      [2, "1001"],
      [6, "1002"],
    ]);
  });

  test("is refused where what is read of it was not UTF-8, and only there", () => {
    const text = "Order ID,Amount,Name\n1001,1,G\ufffdran\n";
    expect(readReport(text, {}).rows).toHaveLength(1);
    expect(() => readReport(`${text}100\ufffd,1,Mug\n`, {})).toThrow(
      "line 3 has bytes that are no UTF-8: save the file as UTF-8",
    );
  });

  test("has the columns that are named", () => {
    const text = "order_id,ref,amount,total\n1,1001,7.70,154.00\n";
    const { rows } = readReport(text, columnsIn("orderId=ref, amount=total"));
    expect(rows.map(({ number, amount }) => [number, amount])).toEqual([["1001", "154.00"]]);
  });

  test.each([
    ["no such column", "a,b\n", "orderId=ref,amount=b", 'there is no column "ref" for orderId: there are "a", "b"'],
    [
      "none to be guessed",
      "day,who,amount\n",
      undefined,
      'it is not clear which column is orderId: name it, as in --columns orderId=TITLE. There are "day", "who", "amount"',
    ],
    [
      "a name that is none",
      "a\n",
      "order=a",
      '--columns wants orderId=TITLE,amount=TITLE,status=TITLE,currency=TITLE, not "order=a"',
    ],
  ])("is refused with %s", (_case, text, columns, message) => {
    expect(() => readReport(text, columns === undefined ? {} : columnsIn(columns))).toThrow(message);
  });
});

describe("the answers of a run that was interrupted", () => {
  const question: Question = {
    network: "retrack",
    since: "2026-11-19T10:00:00.000Z",
    until: "2026-11-22T10:00:00.000Z",
    at: "2026-11-22T10:00:00.000Z",
  };
  const file = () => join(temporaryFolder(), "answers.jsonl");
  const pending = { id: "3afc4a82", net: 10_000, status: "pending" };

  test("are known again an hour later", () => {
    const path = file();
    openAnswers(path, question).add("1001", [pending]);
    appendFileSync(path, '{"number":"1002","transac');
    const again = openAnswers(path, {
      network: "retrack",
      since: "2026-11-19T11:00:00.000Z",
      until: "2026-11-22T11:00:00.000Z",
      at: "2026-11-22T11:00:00.000Z",
    });
    expect([...again.known]).toEqual([["1001", [pending]]]);
    again.done();
    expect(existsSync(path)).toBe(false);
  });

  test.each<[string, Partial<Question>]>([
    ["another account", { network: "retrack:SE" }],
    ["an earlier beginning", { since: "2026-11-18T10:00:00.000Z" }],
    ["another end", { until: "2026-11-21T10:00:00.000Z" }],
    ["the same period, asked for a day later", { at: "2026-11-23T10:00:00.000Z" }],
  ])("are not used for %s: that begins anew", (_case, changes) => {
    const path = file();
    openAnswers(path, question).add("1001", [pending]);
    const other = { ...question, ...changes };
    expect(openAnswers(path, other).known.size).toBe(0);
    expect(readFileSync(path, "utf8")).toBe(`${JSON.stringify(other)}\n`);
  });

  test("are kept in a file that was empty, too", () => {
    const path = file();
    writeFileSync(path, "");
    openAnswers(path, question).add("1001", [pending]);
    expect(openAnswers(path, question).known.size).toBe(1);
  });

  test("are not written into a file that is something else", () => {
    const path = file();
    writeFileSync(path, "Mugs\n");
    expect(() => openAnswers(path, question)).toThrow(
      `${path} is no file of reconcile's: name another one with --state`,
    );
  });
});

describe("asking", () => {
  /** Asks of a network with these answers, one after the other, at a clock of its own. */
  function asking(answers: Sent[]) {
    let time = Date.parse("2026-11-22T10:00:00Z");
    const waits: number[] = [];
    const ask = createAsking({
      sender: { send: async () => answers.shift() ?? { kind: "not-sent", reason: "no answer is left" } },
      request: () => ({ method: "GET", url: "https://retrack.refunder.com/", headers: {} }),
      rate: 4,
      now: () => new Date(time),
      pause: async (ms) => {
        waits.push(ms);
        time += ms;
      },
    });
    return { ask, waits };
  }
  const answer = (status: number, headers = {}): Sent => ({
    kind: "answered",
    response: { status, headers, body: "{}" },
  });

  test("is never faster than the rate", async () => {
    const { ask, waits } = asking([answer(404), answer(404), answer(404)]);
    for (const number of ["1", "2", "3"]) await ask(number);
    expect(waits).toEqual([0, 250, 250]);
  });

  test("waits as long as the network asks for, and no longer than five minutes", async () => {
    const { ask, waits } = asking([
      answer(429, { "retry-after": "7" }),
      answer(429, { "retry-after": "86400" }),
      answer(429),
      answer(404),
    ]);
    expect(await ask("1")).toEqual({ kind: "found", transactions: [] });
    expect(waits).toEqual([0, 7_000, 0, 300_000, 0, 5_000, 0]);
  });

  test("gives an order up after five requests for patience, and at once after no answer", async () => {
    const { ask } = asking([
      answer(429),
      answer(429),
      answer(429),
      answer(429),
      answer(429),
      { kind: "unknown", reason: "ECONNRESET" },
    ]);
    expect(await ask("1")).toEqual({ kind: "unanswered", reason: "HTTP 429, 5 times" });
    expect(await ask("2")).toEqual({ kind: "unanswered", reason: "ECONNRESET" });
  });
});
