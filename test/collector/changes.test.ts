import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Change,
  cancelledBy,
  changed,
  isRejected,
  type Standing,
  type Validation,
} from "../../packages/collector/src/changes.ts";
import { CollectorError } from "../../packages/collector/src/error.ts";
import type { Money } from "../../packages/collector/src/money.ts";
import type { LineDecision } from "../../packages/collector/src/network.ts";
import { leftOf, type PlacedOrder, sumOf } from "../../packages/collector/src/order.ts";
import { anOrder } from "../support/orders.ts";

const mug = { sku: "mug", name: "Stoneware mug", quantity: 1, net: 10000, vat: 2500 };
const vase = { sku: "vase", name: "Vase", quantity: 2, net: 20000, vat: 5000 };
const order = anOrder({ lines: [mug, vase], discount: { net: 3000, vat: 750 } });

const yes = { status: "approved" } as const;
const no = { status: "rejected" } as const;
const yesTo = (net: number, vat: number) => ({ status: "approved", amount: { net, vat } }) as const;

const pending: Standing = { order, status: "pending", lines: {} };
const mugApproved: Standing = { order, status: "pending", lines: { mug: yes } };
const mugRejected: Standing = { order, status: "pending", lines: { mug: no } };
const approved: Standing = { order, status: "approved", lines: { mug: yes, vase: yes } };
const rejected: Standing = { order, status: "rejected", lines: { mug: no, vase: no } };
const mixed: Standing = { order, status: "approved", lines: { mug: no, vase: yes } };
const approvedForLess: Standing = { ...approved, amount: { net: 20000, vat: 5000 } };
const mugForLess: Standing = { order, status: "pending", lines: { mug: yesTo(4000, 1000) } };
const forgotten: Standing = { order: { ...order, lines: [] }, status: "approved", lines: {} };

const approve = (options: Omit<Validation, "kind"> = {}): Change => ({ kind: "approve", ...options });
const reject = (options: Omit<Validation, "kind"> = {}): Change => ({ kind: "reject", ...options });
const update = (changes: Partial<PlacedOrder>): Change => ({ kind: "update", order: { ...order, ...changes } });

/** What the conversion is after the change; nothing where it is so already; a text where it is refused. */
function outcomeOf(standing: Standing, change: Change): Standing | string | undefined {
  try {
    return changed(standing, change);
  } catch (error) {
    if (error instanceof CollectorError && error.code === "ERR_CONFLICT") return error.message;
    throw error;
  }
}

const insists = "to decide it anew, insist, and say by whom";

describe("an approval or a rejection", () => {
  test.each<[string, Standing, Change, Omit<Standing, "order">]>([
    ["approves all lines where it names none", pending, approve(), approved],
    ["rejects all lines where it names none", pending, reject(), rejected],
    [
      "of one line leaves the order pending",
      pending,
      approve({ lines: ["mug"] }),
      { status: "pending", lines: { mug: yes } },
    ],
    [
      "against one line leaves the order pending",
      pending,
      reject({ lines: ["mug"] }),
      { status: "pending", lines: { mug: no } },
    ],
    ["of the last line makes the order approved", mugApproved, approve({ lines: ["vase"] }), approved],
    [
      "against the last line leaves it approved where another line is",
      mugApproved,
      reject({ lines: ["vase"] }),
      { status: "approved", lines: { mug: yes, vase: no } },
    ],
    [
      "against the last line makes it rejected where all others are",
      mugRejected,
      reject({ lines: ["vase"] }),
      rejected,
    ],
    ["may name all lines", pending, reject({ lines: ["vase", "mug"] }), rejected],
    ["may name a line twice", pending, reject({ lines: ["mug", "mug"] }), { status: "pending", lines: { mug: no } }],
    ["approves what is not decided yet, and leaves the rejected line rejected", mugRejected, approve(), mixed],
    ["rejects what is not decided yet", mugRejected, reject(), rejected],
  ])("%s", (_rule, standing, change, after) => {
    expect(outcomeOf(standing, change)).toEqual({ order, status: after.status, lines: after.lines });
  });

  test("decides all lines of one SKU together", () => {
    const twice = anOrder({ lines: [mug, vase, { ...mug, net: 1 }] });
    const standing: Standing = { order: twice, status: "pending", lines: {} };
    expect(outcomeOf(standing, reject({ lines: ["mug"] }))).toEqual({
      order: twice,
      status: "pending",
      lines: { mug: no },
    });
    expect(outcomeOf({ order: twice, status: "pending", lines: { mug: no } }, approve())).toEqual({
      order: twice,
      status: "approved",
      lines: { mug: no, vase: yes },
    });
  });

  test.each<[string, Standing, Change]>([
    ["all approved, approved", approved, approve()],
    ["all rejected, rejected", rejected, reject()],
    ["one line approved, approved by name", mugApproved, approve({ lines: ["mug"] })],
    ["one line rejected, rejected by name", mugRejected, reject({ lines: ["mug"] })],
    ["all approved, a line of it approved by name", approved, approve({ lines: ["vase"] })],
    ["all approved for less, a line of it approved by name", approvedForLess, approve({ lines: ["vase"] })],
    ["what was left approved, approved", mixed, approve()],
    ["what was left approved, its rejected line rejected by name", mixed, reject({ lines: ["mug"] })],
    ["approved for less, approved for the same", approvedForLess, approve({ amount: { net: 20000, vat: 5000 } })],
    ["approved for less, approved without an amount", approvedForLess, approve()],
    ["approved in full, approved for the full sum", approved, approve({ amount: { net: 27000, vat: 6750 } })],
    [
      "a line approved for less, approved for the same",
      mugForLess,
      approve({ lines: ["mug"], amount: { net: 4000, vat: 1000 } }),
    ],
    ["all approved, approved by a person who insists", approved, approve({ insist: true })],
    ["all rejected, rejected by a person who insists", rejected, reject({ insist: true })],
  ])("changes nothing where it stands so already: %s", (_case, standing, change) => {
    expect(outcomeOf(standing, change)).toBeUndefined();
  });

  test.each<[string, Standing, Change, string]>([
    ["approved what is rejected", rejected, approve(), `order 1001 is rejected already: ${insists}`],
    ["rejected what is approved", approved, reject(), `order 1001 is approved already: ${insists}`],
    ["rejected what is approved in part", mixed, reject(), `order 1001 is approved already: ${insists}`],
    [
      "rejected without a name what is pending with an approved line",
      mugApproved,
      reject(),
      "order 1001 has lines that are approved: name the lines to reject",
    ],
    [
      "rejected a line that is approved",
      mugApproved,
      reject({ lines: ["mug"] }),
      `order 1001 has line mug approved already: ${insists}`,
    ],
    [
      "approved a line that is rejected",
      mugRejected,
      approve({ lines: ["mug"] }),
      `order 1001 has line mug rejected already: ${insists}`,
    ],
    [
      "rejected all lines by name, one of which is approved",
      mugApproved,
      reject({ lines: ["vase", "mug"] }),
      `order 1001 has line mug approved already: ${insists}`,
    ],
    [
      "approved for less what is approved in full",
      approved,
      approve({ amount: { net: 20000, vat: 5000 } }),
      `order 1001 is approved already: ${insists}`,
    ],
    [
      "approved for another amount what is approved for less",
      approvedForLess,
      approve({ amount: { net: 20000, vat: 4999 } }),
      `order 1001 is approved already: ${insists}`,
    ],
    [
      "approved in full what is approved for less",
      approvedForLess,
      approve({ amount: { net: 27000, vat: 6750 } }),
      `order 1001 is approved already: ${insists}`,
    ],
    [
      "approved for less a line that is approved",
      mugApproved,
      approve({ lines: ["mug"], amount: { net: 4000, vat: 1000 } }),
      `order 1001 has line mug approved already: ${insists}`,
    ],
    [
      "approved for another amount a line that is approved for less",
      mugForLess,
      approve({ lines: ["mug"], amount: { net: 4000, vat: 999 } }),
      `order 1001 has line mug approved with an amount of its own already: ${insists}`,
    ],
    [
      "approved lines the order has not",
      pending,
      approve({ lines: ["mug", "bowl", "cup"] }),
      "order 1001 has no line bowl, cup; it has mug, vase",
    ],
    [
      "rejected a line the order has not, even by a person who insists",
      pending,
      reject({ lines: ["constructor"], insist: true }),
      "order 1001 has no line constructor; it has mug, vase",
    ],
    ["approved what was forgotten", forgotten, approve(), "order 1001 was forgotten: nothing is known of it any more"],
    [
      "rejected what was forgotten, even by a person who insists",
      forgotten,
      reject({ insist: true }),
      "order 1001 was forgotten: nothing is known of it any more",
    ],
  ])("is refused where it has %s", (_case, standing, change, message) => {
    expect(outcomeOf(standing, change)).toBe(message);
  });

  test("names twenty of the order's lines where it is of another", () => {
    const lines = Array.from({ length: 30 }, (_, index) => ({ ...mug, sku: `mug-${index + 1}` }));
    expect(outcomeOf({ order: anOrder({ lines }), status: "pending", lines: {} }, reject({ lines: ["bowl"] }))).toBe(
      "order 1001 has no line bowl; it has mug-1, mug-2, mug-3, mug-4, mug-5, mug-6, mug-7, mug-8, mug-9, mug-10, " +
        "mug-11, mug-12, mug-13, mug-14, mug-15, mug-16, mug-17, mug-18, mug-19, mug-20",
    );
  });
});

describe("a final amount", () => {
  test.each<[string, Standing, Change, Omit<Standing, "order">]>([
    [
      "is of the whole order where no line is named",
      pending,
      approve({ amount: { net: 20000, vat: 5000 } }),
      { ...approved, amount: { net: 20000, vat: 5000 } },
    ],
    ["may be nothing", pending, approve({ amount: { net: 0, vat: 0 } }), { ...approved, amount: { net: 0, vat: 0 } }],
    [
      "is not kept where it is what the order says, less its discount",
      pending,
      approve({ amount: { net: 27000, vat: 6750 } }),
      approved,
    ],
    [
      "is not kept where it is what is left of the order, less its share of the discount",
      mugRejected,
      approve({ amount: { net: 18000, vat: 4500 } }),
      mixed,
    ],
    [
      "is of the line where one is named",
      pending,
      approve({ lines: ["mug"], amount: { net: 4000, vat: 1000 } }),
      { status: "pending", lines: { mug: yesTo(4000, 1000) } },
    ],
    [
      "is of the line where one is named twice",
      pending,
      approve({ lines: ["mug", "mug"], amount: { net: 4000, vat: 1000 } }),
      { status: "pending", lines: { mug: yesTo(4000, 1000) } },
    ],
    [
      "stays on its line where the rest is approved",
      mugForLess,
      approve(),
      { status: "approved", lines: { mug: yesTo(4000, 1000), vase: yes } },
    ],
  ])("%s", (_rule, standing, change, after) => {
    const { status, lines, amount } = after;
    expect(outcomeOf(standing, change)).toEqual({ order, status, lines, ...(amount && { amount }) });
  });

  test("of a line is of all its rows", () => {
    const twice = anOrder({ lines: [mug, vase, mug] });
    const standing: Standing = { order: twice, status: "pending", lines: {} };
    const less = approve({ lines: ["mug"], amount: { net: 20000, vat: 4999 } });
    expect(outcomeOf(standing, less)).toMatchObject({ lines: { mug: yesTo(20000, 4999) } });
    const most = approve({ lines: ["mug"], amount: { net: 20000, vat: 5000 } });
    expect(outcomeOf(standing, most)).toMatchObject({ lines: { mug: yesTo(20000, 5000) } });
  });

  test.each<[string, Standing, Change, string]>([
    [
      "more than the order comes to",
      pending,
      approve({ amount: { net: 27001, vat: 6750 } }),
      "27001 and 6750 VAT: what is left of it comes to 27000 and 6750 VAT",
    ],
    [
      "more VAT than the order comes to, however small the amount",
      pending,
      approve({ amount: { net: 0, vat: 6751 } }),
      "0 and 6751 VAT: what is left of it comes to 27000 and 6750 VAT",
    ],
    [
      "more than what is left of the order",
      mugRejected,
      approve({ amount: { net: 18001, vat: 4500 } }),
      "18001 and 4500 VAT: what is left of it comes to 18000 and 4500 VAT",
    ],
    [
      "more than the line comes to",
      pending,
      approve({ lines: ["mug"], amount: { net: 10001, vat: 2500 } }),
      "10001 and 2500 VAT: line mug comes to 10000 and 2500 VAT",
    ],
    [
      "more VAT than the line comes to",
      pending,
      approve({ lines: ["mug"], amount: { net: 9000, vat: 2501 } }),
      "9000 and 2501 VAT: line mug comes to 10000 and 2500 VAT",
    ],
    [
      "more than the order comes to, even by a person who insists",
      approved,
      approve({ amount: { net: 27001, vat: 6750 }, insist: true }),
      "27001 and 6750 VAT: what is left of it comes to 27000 and 6750 VAT",
    ],
  ])("is refused where it is %s", (_case, standing, change, words) => {
    expect(outcomeOf(standing, change)).toBe(`order 1001 cannot be approved with ${words}, in minor units`);
  });

  test("is refused where several lines are named", () => {
    const both = approve({ lines: ["mug", "vase"], amount: { net: 4000, vat: 1000 } });
    expect(outcomeOf(pending, both)).toBe(
      "order 1001 is approved line by line where lines have an amount: name one line",
    );
  });
});

describe("a final amount of the whole order", () => {
  test("is no more than what is left once a person rejects a line of it", () => {
    const after = outcomeOf(approvedForLess, reject({ lines: ["mug"], insist: true }));
    const isRefused = typeof after === "string";
    expect(isRefused || (after?.amount?.net ?? 0) <= 18000).toBe(true);
  });

  test("is none once a person has rejected each line, and rejecting all changes nothing then", () => {
    const after = outcomeOf({ ...mixed, amount: { net: 1000, vat: 250 } }, reject({ lines: ["vase"], insist: true }));
    expect(outcomeOf(after as Standing, reject())).toBeUndefined();
  });

  test("is not passed over where a line has a smaller one of its own", () => {
    const after = outcomeOf(mugForLess, approve({ amount: { net: 27000, vat: 6750 } }));
    expect(after).not.toEqual({ order, status: "approved", lines: { mug: yesTo(4000, 1000), vase: yes } });
  });
});

describe("a person who insists", () => {
  const insist = true;

  test.each<[string, Standing, Change, Omit<Standing, "order">]>([
    ["approves what is rejected", rejected, approve({ insist }), approved],
    ["rejects what is approved", approved, reject({ insist }), rejected],
    ["rejects what is approved for less, and no amount is left of it", approvedForLess, reject({ insist }), rejected],
    ["approves all lines where none is named, the rejected ones too", mixed, approve({ insist }), approved],
    ["rejects all lines where none is named, the approved ones too", mugApproved, reject({ insist }), rejected],
    ["rejects one line of what is approved", approved, reject({ lines: ["mug"], insist }), mixed],
    ["rejects the only approved line, and with it the order", mixed, reject({ lines: ["vase"], insist }), rejected],
    [
      "approves one line of what is rejected, and with it the order",
      rejected,
      approve({ lines: ["vase"], insist }),
      mixed,
    ],
    ["approves in full what is approved for less", approvedForLess, approve({ insist }), approved],
    [
      "approves for less what is approved in full",
      approved,
      approve({ amount: { net: 20000, vat: 5000 }, insist }),
      approvedForLess,
    ],
    ["approves in full a line that is approved for less", mugForLess, approve({ lines: ["mug"], insist }), mugApproved],
    ["leaves no line an amount of its own where all is approved", mugForLess, approve({ insist }), approved],
  ])("%s", (_rule, standing, change, after) => {
    const { status, lines, amount } = after;
    expect(outcomeOf(standing, change)).toEqual({ order, status, lines, ...(amount && { amount }) });
  });

  test.each<[string, Money, Money | undefined]>([
    ["what was approved, where that is less", { net: 5000, vat: 1000 }, { net: 5000, vat: 1000 }],
    ["what is left, where that is less", { net: 9000, vat: 1800 }, undefined],
    ["the lesser of each, net and VAT", { net: 9000, vat: 1000 }, { net: 6000, vat: 1000 }],
    ["no more than what is left, to the last unit", { net: 6001, vat: 1200 }, undefined],
    ["nothing, where nothing was approved", { net: 0, vat: 0 }, { net: 0, vat: 0 }],
  ])("rejects one line of what is approved with an amount, and keeps %s", (_rule, before, after) => {
    const a = { sku: "a", name: "A", quantity: 1, net: 6000, vat: 1200 };
    const b = { sku: "b", name: "B", quantity: 1, net: 4000, vat: 800 };
    const order = anOrder({ lines: [a, b] });
    const standing: Standing = { order, status: "approved", lines: { a: yes, b: yes }, amount: before };
    expect(outcomeOf(standing, reject({ lines: ["b"], insist }))).toEqual({
      order,
      status: "approved",
      lines: { a: yes, b: no },
      amount: after,
    });
  });
});

describe("an update", () => {
  test.each<[string, Standing]>([
    ["pending", pending],
    ["approved", approved],
    ["rejected", rejected],
  ])("changes nothing where the order is the same, and %s", (_status, standing) => {
    const same = anOrder({
      lines: [
        { sku: "mug", name: "Stoneware mug", quantity: 1, net: 10000, vat: 2500 },
        { sku: "vase", name: "Vase", quantity: 2, net: 20000, vat: 5000 },
      ],
      discount: { net: 3000, vat: 750 },
    });
    expect(outcomeOf(standing, { kind: "update", order: same })).toBeUndefined();
  });

  test("changes nothing where fields the order never had are told as undefined", () => {
    const lines = [{ ...mug, category: undefined }, vase];
    expect(outcomeOf(approved, update({ lines, market: undefined, vouchers: undefined }))).toBeUndefined();
  });

  test.each<[string, Standing, Partial<PlacedOrder>, Omit<Standing, "order">]>([
    ["changes a line", pending, { lines: [{ ...mug, net: 5000 }, vase] }, pending],
    ["takes out a line", pending, { lines: [vase] }, pending],
    ["changes the discount", pending, { discount: { net: 0, vat: 0 } }, pending],
    ["changes when the order was placed", pending, { placedAt: new Date("2026-05-09T11:00:00Z") }, pending],
    ["changes the lines beside an approved one", mugApproved, { lines: [mug, { ...vase, quantity: 1 }] }, mugApproved],
    ["moves an approved line", mugApproved, { lines: [vase, mug] }, mugApproved],
    ["changes the lines beside a rejected one", mugRejected, { lines: [mug, { ...vase, quantity: 1 }] }, mugRejected],
    ["changes a rejected line, which stays rejected", mugRejected, { lines: [{ ...mug, net: 1 }, vase] }, mugRejected],
    ["takes out a rejected line, and it stays decided", mugRejected, { lines: [vase] }, mugRejected],
    [
      "takes out the last line that was not decided, and the order is approved",
      mugApproved,
      { lines: [mug] },
      { status: "approved", lines: { mug: yes } },
    ],
    [
      "takes out the last line that was not decided, and the order is rejected",
      mugRejected,
      { lines: [mug] },
      { status: "rejected", lines: { mug: no } },
    ],
    [
      "leaves an order pending where it takes out one of two lines that are not decided",
      { order: { ...order, lines: [mug, vase, { ...mug, sku: "bowl" }] }, status: "pending", lines: { mug: yes } },
      { lines: [mug, vase] },
      mugApproved,
    ],
  ])("%s", (_rule, standing, changes, after) => {
    expect(outcomeOf(standing, update(changes))).toEqual({
      order: { ...order, ...changes },
      status: after.status,
      lines: after.lines,
    });
  });

  test("brings lines that wait for their own decision", () => {
    const bowl = { ...mug, sku: "bowl" };
    const after = outcomeOf(mugRejected, update({ lines: [mug, bowl] }));
    expect(after).toEqual({ order: { ...order, lines: [mug, bowl] }, status: "pending", lines: { mug: no } });
    expect(outcomeOf(after as Standing, approve())).toMatchObject({
      status: "approved",
      lines: { mug: no, bowl: yes },
    });
  });

  test.each<[string, Standing, Partial<PlacedOrder>, string]>([
    ["the order is approved", approved, { lines: [mug] }, "is approved: it cannot be changed any more"],
    ["the order is rejected", rejected, { lines: [mug] }, "is rejected: it cannot be changed any more"],
    ["the currency is another", pending, { currency: "EUR" }, "was reported with currency SEK, and now EUR"],
    ["the market is another", pending, { market: "MY" }, "was reported with market none, and now MY"],
    [
      "an approved line is changed",
      mugApproved,
      { lines: [{ ...mug, net: 9999 }, vase] },
      "has line mug approved: that line cannot be changed any more",
    ],
    [
      "an approved line is gone",
      mugApproved,
      { lines: [vase] },
      "has line mug approved: that line cannot be changed any more",
    ],
    [
      "an approved line has another row",
      mugApproved,
      { lines: [mug, vase, mug] },
      "has line mug approved: that line cannot be changed any more",
    ],
  ])("is refused where %s", (_case, standing, changes, words) => {
    expect(outcomeOf(standing, update(changes))).toBe(`order 1001 ${words}`);
  });

  test("is refused where the order was forgotten, the same order too", () => {
    const words = "order 1001 was forgotten: nothing is known of it any more";
    expect(outcomeOf(forgotten, update({}))).toBe(words);
    expect(outcomeOf(forgotten, update({ lines: [] }))).toBe(words);
  });
});

describe("a line called what every object has", () => {
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty", ""];
  const lines = names.map((sku) => ({ ...mug, sku }));
  const standing: Standing = { order: anOrder({ lines }), status: "pending", lines: {} };

  test.each(names)("is decided as any other: %j", (sku) => {
    const one = outcomeOf(standing, reject({ lines: [sku] })) as Standing;
    expect(one.status).toBe("pending");
    expect(Object.entries(one.lines)).toEqual([[sku, { status: "rejected" }]]);
    expect(names.filter((name) => isRejected(name, one.lines))).toEqual([sku]);
    expect(outcomeOf(one, reject({ lines: [sku] }))).toBeUndefined();
    expect(outcomeOf(one, approve({ lines: [sku] }))).toBe(`order 1001 has line ${sku} rejected already: ${insists}`);
    const all = outcomeOf(one, approve()) as Standing;
    expect(all.status).toBe("approved");
    expect(new Map(Object.entries(all.lines))).toEqual(
      new Map(names.map((name) => [name, { status: name === sku ? "rejected" : "approved" }])),
    );
  });

  test("is not rejected before anybody rejects it", () => {
    expect(names.filter((name) => isRejected(name, {}))).toEqual([]);
    expect(isRejected("mug", { mug: yes })).toBe(false);
    expect(isRejected("mug", { mug: no })).toBe(true);
  });
});

type Sent = Parameters<typeof cancelledBy>[2][number];

function sent(id: string, state: string, outcomes: string[], line?: string): Sent {
  const kind = id.split("/")[0] as Sent["kind"];
  return { id, kind, state, attempts: outcomes.map((outcome) => ({ outcome })), ...(line !== undefined && { line }) };
}

describe("a rejection of the whole order", () => {
  test("cancels what never left: the create, and all that waits for it", () => {
    const waiting = [sent("create", "pending", []), sent("update/1", "pending", []), sent("approve", "pending", [])];
    expect(cancelledBy("reject", rejected, waiting)).toEqual(["create", "update/1", "approve"]);
  });

  test("cancels the creates of all lines", () => {
    const waiting = [sent("create/mug", "pending", [], "mug"), sent("create/vase", "pending", [], "vase")];
    expect(cancelledBy("reject", rejected, waiting)).toEqual(["create/mug", "create/vase"]);
  });

  test.each<[string, string, string[]]>([
    ["was never tried", "pending", []],
    ["could not be sent", "pending", ["not-sent"]],
    ["was put off by the network", "pending", ["retry"]],
    ["was put off, and could not be sent", "pending", ["retry", "not-sent", "retry"]],
    ["was refused by the network", "failed", ["not-sent", "refused"]],
    ["was given up without having been sent", "failed", ["not-sent"]],
  ])("cancels a create that %s", (_what, state, outcomes) => {
    expect(cancelledBy("reject", rejected, [sent("create", state, outcomes)])).toEqual(["create"]);
  });

  test.each<[string, string, string[]]>([
    ["is on its way", "pending", ["sending"]],
    ["may have arrived", "pending", ["unknown"]],
    ["may have arrived before it was put off", "pending", ["unknown", "retry"]],
    ["was not found, and is sent again", "pending", ["unknown", "next"]],
    ["may have arrived before it was given up", "failed", ["unknown", "refused"]],
    ["is held", "held", ["hold"]],
    ["is held without a try", "held", []],
    ["was delivered", "delivered", ["accepted"]],
    ["a person settled as delivered", "delivered", ["refused"]],
    ["is cancelled already", "cancelled", []],
  ])("leaves a create that %s", (_what, state, outcomes) => {
    expect(cancelledBy("reject", rejected, [sent("create", state, outcomes)])).toEqual([]);
  });

  test("leaves what waits for a create that may have left", () => {
    const waiting = [sent("create", "delivered", ["accepted"]), sent("update/1", "pending", [])];
    expect(cancelledBy("reject", rejected, waiting)).toEqual([]);
  });

  test("leaves a change that may have left, and cancels the others", () => {
    const waiting = [
      sent("create/mug", "pending", [], "mug"),
      sent("approve/mug", "pending", [], "mug"),
      sent("create/vase", "delivered", ["accepted"], "vase"),
      sent("approve/vase", "pending", [], "vase"),
    ];
    expect(cancelledBy("reject", rejected, waiting)).toEqual(["create/mug", "approve/mug"]);
  });
});

describe("a rejection of one line", () => {
  test("cancels what tells of that line alone", () => {
    const waiting = [
      sent("create/mug", "pending", [], "mug"),
      sent("approve/mug", "pending", [], "mug"),
      sent("create/vase", "pending", [], "vase"),
    ];
    expect(cancelledBy("reject", mugRejected, waiting)).toEqual(["create/mug", "approve/mug"]);
    expect(cancelledBy("reject", mixed, waiting)).toEqual(["create/mug", "approve/mug"]);
  });

  test("leaves the create of the whole order, which has other lines to tell of", () => {
    expect(cancelledBy("reject", mugRejected, [sent("create", "pending", [])])).toEqual([]);
  });

  test("cancels no line that is merely called what every object has", () => {
    const waiting = ["__proto__", "constructor", ""].map((sku) => sent(`create/${sku}`, "pending", [], sku));
    expect(cancelledBy("reject", mugRejected, waiting)).toEqual([]);
    expect(cancelledBy("reject", { ...pending, lines: { "": no } }, waiting)).toEqual(["create/"]);
  });
});

describe("an approval", () => {
  test.each([
    ["of a line", mugApproved],
    ["of all", approved],
  ])("cancels nothing: %s", (_what, standing) => {
    const waiting = [sent("create", "pending", []), sent("create/mug", "pending", [], "mug")];
    expect(cancelledBy("approve", standing, waiting)).toEqual([]);
  });

  test("cancels what never left of a line that was rejected before", () => {
    const waiting = [sent("create/mug", "failed", ["refused"], "mug"), sent("create/vase", "pending", [], "vase")];
    expect(cancelledBy("approve", mixed, waiting)).toEqual(["create/mug"]);
  });
});

describe("what an update makes needless", () => {
  test("is what never left: the create that tells of the order as it was, and all that waits for it", () => {
    const waiting = [sent("create", "pending", []), sent("update/1", "pending", [])];
    expect(cancelledBy("update", pending, waiting)).toEqual(["create", "update/1"]);
  });

  test("is every line that never left, and what waits for it", () => {
    const waiting = [
      sent("create/mug", "delivered", ["accepted"], "mug"),
      sent("approve/mug", "pending", [], "mug"),
      sent("create/vase", "failed", ["refused"], "vase"),
      sent("create/bowl", "pending", ["unknown"], "bowl"),
    ];
    expect(cancelledBy("update", mugApproved, waiting)).toEqual(["create/vase"]);
  });

  test("is no earlier update of what may have left", () => {
    const waiting = [sent("create", "pending", ["sending"]), sent("update/1", "pending", [])];
    expect(cancelledBy("update", pending, waiting)).toEqual([]);
  });
});

describe("any changes one after the other", () => {
  const sku = fc.constantFrom("__proto__", "constructor", "", "mug", "vase");
  // Small sums, so that the same ones come again.
  const money = fc.record({ net: fc.nat(2), vat: fc.nat(1) }, { noNullPrototype: true });
  const row = fc
    .tuple(sku, money)
    .map(([name, { net, vat }]) => ({ sku: name, name: "A thing", quantity: 1, net, vat }));
  const orderWith = (discounted: boolean) =>
    fc
      .record({
        lines: fc.array(row, { minLength: 1, maxLength: 5 }),
        currency: fc.constantFrom("SEK", "SEK", "SEK", "SEK", "EUR"),
        discounted: fc.constant(discounted),
        share: fc.nat(2),
      })
      .map(({ lines, currency, share }) => {
        const { net, vat } = sumOf(anOrder({ lines }));
        const discount = { net: Math.floor((net * share) / 4), vat: Math.floor((vat * share) / 4) };
        return anOrder({ lines, currency, ...(discounted && share > 0 && { discount }) });
      });
  const skus = fc.option(fc.array(sku, { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 2 });
  const insist = fc.constantFrom(true, false, undefined, undefined);
  const amount = fc.option(money, { nil: undefined, freq: 2 });
  const changesOf = (orders: fc.Arbitrary<PlacedOrder>): fc.Arbitrary<Change> =>
    fc.oneof(
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("update" as const), order: orders }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("approve" as const), lines: skus, insist, amount }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("reject" as const), lines: skus, insist }) },
    );
  const lives = (discounted: boolean) => {
    const orders = orderWith(discounted);
    return fc.tuple(orders, fc.array(changesOf(orders), { maxLength: 12, size: "max" }));
  };

  /** Takes the changes that are not refused, and shows each step; one that `see` answers false to is not taken. */
  function live(
    first: PlacedOrder,
    changes: readonly Change[],
    see: (before: Standing, change: Change, outcome: Standing | string | undefined) => unknown,
  ): void {
    let standing: Standing = { order: first, status: "pending", lines: {} };
    for (const change of changes) {
      const kept = JSON.stringify(standing);
      const outcome = outcomeOf(standing, change);
      expect(JSON.stringify(standing)).toBe(kept);
      if (see(standing, change, outcome) !== false && typeof outcome === "object") standing = outcome;
    }
  }

  const decisionsOf = ({ lines }: Standing) => new Map<string, LineDecision>(Object.entries(lines));

  test("leave it pending until each line is decided, then approved where any line is, and rejected where none is", () => {
    fc.assert(
      fc.property(lives(true), ([first, changes]) =>
        live(first, changes, (_before, _change, after) => {
          if (typeof after !== "object") return;
          const decisions = decisionsOf(after);
          const each = after.order.lines.map((line) => decisions.get(line.sku)?.status ?? "pending");
          const expected = ["pending", "approved", "rejected"].find((status) => each.some((given) => given === status));
          expect(after.status).toBe(expected);
        }),
      ),
      { numRuns: 300 },
    );
  });

  test("never change what is decided where nobody insists", () => {
    fc.assert(
      fc.property(lives(true), ([first, changes]) =>
        live(first, changes, (before, change, after) => {
          if (typeof after !== "object" || (change.kind !== "update" && change.insist)) return;
          for (const [name, decision] of decisionsOf(before)) expect(decisionsOf(after).get(name)).toEqual(decision);
          if (before.status !== "pending") expect(after).toEqual(before);
        }),
      ),
      { numRuns: 300 },
    );
  });

  test("change nothing the second time", () => {
    fc.assert(
      fc.property(lives(true), ([first, changes]) =>
        live(first, changes, (_before, change, after) => {
          if (typeof after === "object") expect(outcomeOf(after, change)).toBeUndefined();
        }),
      ),
      { numRuns: 300 },
    );
  });

  test("always change something where they say so", () => {
    fc.assert(
      fc.property(lives(true), ([first, changes]) =>
        live(first, changes, (before, _change, after) => {
          if (typeof after === "object") expect(after).not.toEqual(before);
        }),
      ),
      { numRuns: 300 },
    );
  });

  test("never approve more than is left", () => {
    fc.assert(
      fc.property(lives(false), ([first, changes]) => {
        live(first, changes, (_before, _change, after) => {
          if (typeof after !== "object") return;
          const decisions = decisionsOf(after);
          for (const [name, { amount: final }] of decisions) {
            const rows = after.order.lines.filter((line) => line.sku === name);
            expectAtMost(final, sumOf(anOrder({ lines: rows })));
          }
          const left = leftOf(after.order, (name) => decisions.get(name)?.status !== "rejected");
          expectAtMost(after.amount, left ? sumOf(left) : { net: 0, vat: 0 });
        });
      }),
      { numRuns: 300 },
    );
  });

  function expectAtMost(given: Money | undefined, most: Money): void {
    if (!given) return;
    expect(given.net).toBeLessThanOrEqual(most.net);
    expect(given.vat).toBeLessThanOrEqual(most.vat);
  }

  test("have the end that paper slips have: one for each SKU, and one for the sum", () => {
    fc.assert(
      fc.property(lives(false), ([first, changes]) => {
        let desk: Desk = { order: first, slips: new Map(), sum: "" };
        live(first, changes, (_before, change, outcome) => {
          const next = onPaper(desk, change);
          if (next === "refused") expect(outcome).toBeTypeOf("string");
          else if (isSame(next, desk)) expect(outcome).toBeUndefined();
          else {
            expect(outcome).toBeTypeOf("object");
            const { order: present, lines, amount: total } = outcome as Standing;
            const slips = Object.entries(lines).map(([name, { status, amount: final }]) => [
              name,
              status + asText(final),
            ]);
            expect({ order: present, slips: new Map(slips as [string, string][]), sum: asText(total) }).toEqual(next);
            desk = next;
          }
          return true;
        });
      }),
      { numRuns: 500 },
    );
  });

  /** What is decided, on slips of paper: `approved`, `approved 3/1`. */
  interface Desk {
    order: PlacedOrder;
    slips: Map<string, string>;
    sum: string;
  }

  function onPaper({ order: present, slips, sum }: Desk, change: Change): Desk | "refused" {
    const shelf = new Set(present.lines.map((line) => line.sku));
    const isOpen = [...shelf].some((name) => !slips.has(name));
    const isApproved = (name: string) => slips.get(name)?.startsWith("approved") ?? false;

    if (change.kind === "update") {
      if (JSON.stringify(change.order) === JSON.stringify(present)) return { order: present, slips, sum };
      const kept = [...slips.keys()].filter(isApproved);
      const isKept = kept.every((name) => rowsOf(change.order, name) === rowsOf(present, name));
      return isOpen && isKept && change.order.currency === present.currency
        ? { order: change.order, slips, sum }
        : "refused";
    }

    const verdict = change.kind === "approve" ? "approved" : "rejected";
    if (change.lines) {
      if (change.lines.some((name) => !shelf.has(name))) return "refused";
      const slip = verdict + asText(change.amount);
      if (change.amount && new Set(change.lines).size > 1) return "refused";
      if (change.amount && change.lines.some((name) => exceeds(change.amount, present, new Set([name]))))
        return "refused";
      if (!change.insist && change.lines.some((name) => (slips.get(name) ?? slip) !== slip)) return "refused";
      const after = new Map([...slips, ...change.lines.map((name) => [name, slip] as const)]);
      return { order: present, slips: after, sum: noMore(sum, present, after) };
    }

    const wanted = change.insist ? [...shelf] : [...shelf].filter((name) => !slips.has(name));
    const after = new Map([...slips, ...wanted.map((name) => [name, verdict] as const)]);
    const left = new Set([...shelf].filter((name) => after.get(name)?.startsWith("approved")));
    if (exceeds(change.amount, present, left)) return "refused";
    const full = asText(sumOf(anOrder({ lines: present.lines.filter((line) => left.has(line.sku)) })));
    const isPlain = [...after.values()].every((slip) => !slip.includes("/"));
    const said = change.amount && asText(change.amount);
    const total = said === undefined ? (change.insist ? "" : sum) : said === full && isPlain ? "" : said;
    if (!change.insist) {
      if (verdict === "rejected" && [...shelf].some(isApproved)) return "refused";
      if (verdict === "approved" && left.size === 0) return "refused";
      if (!isOpen && total !== sum) return "refused";
    }
    return { order: present, slips: after, sum: verdict === "rejected" ? "" : total };
  }

  function asText(given: Money | undefined): string {
    return given ? ` ${given.net}/${given.vat}` : "";
  }

  /** A sum that was said, where a line less may be left of it by now. */
  function noMore(said: string, { lines }: PlacedOrder, slips: ReadonlyMap<string, string>): string {
    if (said === "") return "";
    const left = sumOf(anOrder({ lines: lines.filter((line) => slips.get(line.sku) !== "rejected") }));
    const [net, vat] = said.split("/").map(Number) as [number, number];
    const less = { net: Math.min(net, left.net), vat: Math.min(vat, left.vat) };
    return asText(less) === asText(left) ? "" : asText(less);
  }

  function rowsOf({ lines }: PlacedOrder, name: string): string {
    return JSON.stringify(lines.filter((line) => line.sku === name));
  }

  function exceeds(given: Money | undefined, { lines }: PlacedOrder, left: ReadonlySet<string>): boolean {
    const most = sumOf(anOrder({ lines: lines.filter((line) => left.has(line.sku)) }));
    return given !== undefined && (given.net > most.net || given.vat > most.vat);
  }

  function isSame(one: Desk, other: Desk): boolean {
    const shown = ({ order: shownOrder, slips, sum }: Desk) => JSON.stringify([shownOrder, [...slips].sort(), sum]);
    return shown(one) === shown(other);
  }
});
