import { describe, expect, test } from "vitest";
import type { Fault } from "../../packages/collector/src/sandbox/sandbox.ts";
import {
  MINUTE,
  openStore,
  order,
  postbacksOf,
  type Store,
  type StoreOptions,
  statesOf,
} from "../support/sandboxed-store.ts";

const HALF = { net: 7_000, vat: 700 };
const plate = { sku: "plate", name: "Plate", quantity: 1, net: 2_000, vat: 200 };

/** A store that has reported its order to ShopBack. */
async function reported(options: StoreOptions = {}): Promise<Store> {
  const store = await openStore(options);
  await store.collector.report(store.clicks("shopback"), order);
  await store.collector.flush();
  return store;
}

const byLine: StoreOptions = { sandbox: { shopback: { level: "line" } }, shopback: { level: "line" } };

/** What ShopBack was told of the order since it was reported. */
function validations({ sandbox }: Store) {
  return sandbox.book.shopback.flatMap(({ validations }) =>
    validations.map(({ status, amount }) => `${status} ${amount}`),
  );
}

/** The same, by line. */
function validationsByLine({ sandbox }: Store) {
  return Object.fromEntries(
    sandbox.book.shopback.map(({ query, validations }) => [
      query.adv_sub4,
      validations.map(({ status, amount }) => `${status} ${amount}`),
    ]),
  );
}

describe("an order that ShopBack was told of", () => {
  test("is approved with the amount that was told, by one call", async () => {
    const store = await reported();
    const { collector, sent } = store;
    expect(await collector.approve("1001")).toEqual({
      credited: ["shopback"],
      postbacks: ["shopback/1001/approve"],
      cancelled: [],
      repeated: false,
    });
    await collector.flush();
    expect(sent().slice(1)).toEqual([
      "GET /aff_lsr?offer_id=5678&aff_id=1152&adv_sub=1001&amount=154&status=approved&security_token=[redacted]",
    ]);
    expect(validations(store)).toEqual(["approved 154"]);
    expect(await collector.find()).toMatchObject([
      { status: "approved", postbacks: [{ state: "delivered" }, { kind: "approve", state: "delivered" }] },
    ]);
  });

  test("is approved with a smaller amount", async () => {
    const store = await reported();
    await store.collector.approve("1001", { amount: HALF });
    await store.collector.flush();
    expect(validations(store)).toEqual(["approved 77"]);
    expect(await store.collector.find()).toMatchObject([{ status: "approved", amount: HALF }]);
  });

  test("is rejected with the amount that was told", async () => {
    const store = await reported();
    await store.collector.reject("1001");
    await store.collector.flush();
    expect(validations(store)).toEqual(["rejected 154"]);
    expect(store.sandbox.book.shopback).toMatchObject([{ status: "rejected" }]);
  });

  test("is approved for what is left where some of it was rejected", async () => {
    const store = await reported();
    const { collector } = store;
    expect(await collector.reject("1001", { lines: ["vase"] })).toMatchObject({ postbacks: [], repeated: false });
    await collector.flush();
    expect(validations(store)).toEqual([]);
    await collector.approve("1001");
    await collector.flush();
    // The mugs' 110, less two thirds of the discount of 11: 6.67 and 0.67 VAT.
    expect(validations(store)).toEqual(["approved 102.66"]);
  });

  test("is approved for what is left where it was changed", async () => {
    const store = await reported();
    const { collector } = store;
    expect(await collector.update({ ...order, lines: [plate] })).toEqual({
      credited: ["shopback"],
      postbacks: [],
      cancelled: [],
      repeated: false,
      reason: "shopback: ShopBack takes no changes: the final amount is told with the approval",
    });
    await collector.approve("1001");
    await collector.flush();
    // 22, less 11.
    expect(validations(store)).toEqual(["approved 11"]);
  });

  test("is validated by what was told then, whatever is set by now", async () => {
    const store = await openStore({
      sandbox: { shopback: { currency: "any" } },
      shopback: { currency: "any", datetime: true },
    });
    const { collector, sandbox, clicks, open, sent } = store;
    await collector.report(clicks("shopback"), order);
    await collector.flush();
    sandbox.accounts.shopback.currency = "MYR";
    sandbox.accounts.shopback.validation = { offer: "8765", affiliate: "99" };
    const changed = open({
      shopback: {
        offer: "4321",
        currency: "MYR",
        level: "line",
        datetime: false,
        validation: { offer: "8765", affiliate: "99" },
      },
    });
    await changed.approve("1001");
    await changed.flush();
    expect(sent()).toEqual([
      expect.stringMatching(
        /^GET \/aff_lsr\?offer_id=1234&adv_sub=1001&adv_sub5=MYR&transaction_id=\w+&amount=154&datetime=/,
      ),
      "GET /aff_lsr?offer_id=8765&aff_id=99&adv_sub=1001&adv_sub5=MYR&amount=154&status=approved&security_token=[redacted]",
    ]);
    expect(validations(store)).toEqual(["approved 154"]);
  });

  test("is told one decision once", async () => {
    const store = await reported();
    const { collector, sent } = store;
    await collector.approve("1001", { amount: HALF });
    await collector.flush();
    const [before] = await collector.find();
    const repeated = { credited: ["shopback"], postbacks: [], cancelled: [], repeated: true };
    expect(await collector.approve("1001", { amount: HALF })).toEqual(repeated);
    expect(await collector.approve("1001")).toEqual(repeated);
    await collector.flush();
    expect(sent()).toHaveLength(2);
    expect(await collector.find()).toEqual([before]);
  });

  const contradictions: [string, (store: Store) => Promise<unknown>][] = [
    ["a rejection", ({ collector }) => collector.reject("1001")],
    ["a rejection of a line", ({ collector }) => collector.reject("1001", { lines: ["mug"] })],
    ["another amount", ({ collector }) => collector.approve("1001", { amount: HALF })],
    ["a change", ({ collector }) => collector.update({ ...order, lines: [plate] })],
  ];
  test.each(contradictions)("and that was approved is not told %s", async (_, contradict) => {
    const store = await reported();
    const { collector } = store;
    await collector.approve("1001");
    await collector.flush();
    const before = await collector.find();
    await expect(contradict(store)).rejects.toMatchObject({ code: "ERR_CONFLICT" });
    await collector.flush();
    expect(await collector.find()).toEqual(before);
    expect(validations(store)).toEqual(["approved 154"]);
  });

  test("is told another decision where a person insists, and each once", async () => {
    const store = await reported();
    const { collector } = store;
    await collector.approve("1001");
    await collector.flush();
    const insist = { insist: true, by: "anna" };
    expect(await collector.reject("1001", insist)).toMatchObject({ postbacks: ["shopback/1001/reject"] });
    await collector.flush();
    expect(await collector.approve("1001", { ...insist, amount: HALF })).toMatchObject({
      postbacks: ["shopback/1001/approve/2"],
    });
    await collector.flush();
    expect(validations(store)).toEqual(["approved 154", "rejected 154", "approved 77"]);
    expect(await collector.approve("1001", { ...insist, amount: HALF })).toMatchObject({ repeated: true });
  });

  test.each([
    ["for less than is left keeps that amount", 5_000, [{ net: 5_000, vat: 0 }], ["approved 50"]],
    ["for more than is left is told again with what is left", 9_000, [undefined], ["approved 90", "approved 60"]],
  ])("and one line of which a person rejects after it was approved %s", async (_, net, amounts, told) => {
    const store = await openStore();
    const { collector, clicks } = store;
    const a = { sku: "a", name: "A", quantity: 1, net: 6_000, vat: 0 };
    const b = { sku: "b", name: "B", quantity: 1, net: 4_000, vat: 0 };
    await collector.report(clicks("shopback"), { number: "1001", currency: "MYR", lines: [a, b] });
    await collector.approve("1001", { amount: { net, vat: 0 } });
    await collector.flush();
    await collector.reject("1001", { lines: ["b"], insist: true, by: "anna" });
    await collector.flush();
    expect(validations(store)).toEqual(told);
    expect((await collector.find()).map(({ amount }) => amount)).toEqual(amounts);
  });

  test("is not validated by an account without ids for it, and nothing is written", async () => {
    const { collector } = await reported({ shopback: { validation: undefined } });
    const before = await collector.find();
    for (const decide of [collector.approve, collector.reject])
      await expect(decide("1001")).rejects.toMatchObject({
        code: "ERR_CONFLICT",
        message:
          "order 1001: shopback: approvals and rejections need the account's setting validation: { offer, affiliate }, the ids ShopBack gave you",
      });
    expect(await collector.find()).toEqual(before);
  });

  const lost: [Fault, string[]][] = [
    // The latest counts, so the same one twice is one.
    ["accept-then-drop", ["approved 77", "approved 77"]],
    ["500-after-accept", ["approved 77", "approved 77"]],
    ["cut", ["approved 77", "approved 77"]],
    ["reset", ["approved 77"]],
    ["down", ["approved 77"]],
    ["500", ["approved 77"]],
    ["html-200", ["approved 77"]],
    ["empty-200", ["approved 77"]],
    ["429", ["approved 77"]],
  ];
  test.each(lost)("and whose validation is lost by %s ends with that decision", async (fault, told) => {
    const store = await reported();
    const { collector, sandbox, deliverAll, sent } = store;
    sandbox.fault("shopback", fault, { times: 1 });
    await collector.approve("1001", { amount: HALF });
    await deliverAll();
    expect(validations(store)).toEqual(told);
    expect(sent()).toHaveLength(3);
    expect(await statesOf(collector)).toEqual({
      "shopback/1001/create": "delivered",
      "shopback/1001/approve": "delivered",
    });
  });

  test("and whose validation is refused once its first try was lost is left to a person", async () => {
    const store = await reported();
    const { collector, sandbox, pass } = store;
    sandbox.fault("shopback", "accept-then-drop", { times: 1 });
    await collector.approve("1001");
    await collector.flush();
    sandbox.fault("shopback", "refuse");
    pass(MINUTE);
    await collector.flush();
    expect(await statesOf(collector)).toMatchObject({ "shopback/1001/approve": "held" });
    expect(validations(store)).toEqual(["approved 154"]);
  });
});

describe("an order that ShopBack was told of line by line", () => {
  test("is approved one line at a time, each by what was told of it, and the others stay undecided", async () => {
    const store = await reported(byLine);
    const { collector, sent } = store;
    expect(await collector.approve("1001", { lines: ["mug"] })).toMatchObject({
      postbacks: ["shopback/1001/approve/mug"],
    });
    await collector.flush();
    expect(sent().slice(2)).toEqual([
      "GET /aff_lsr?offer_id=5678&aff_id=1152&adv_sub=1001&adv_sub3=2&adv_sub4=mug&adv_sub5=154&amount=102.67" +
        "&status=approved&security_token=[redacted]",
    ]);
    expect(validationsByLine(store)).toEqual({ mug: ["approved 102.67"], vase: [] });
    expect(await collector.find()).toMatchObject([{ status: "pending", lines: { mug: { status: "approved" } } }]);
    await collector.reject("1001", { lines: ["vase"] });
    await collector.flush();
    expect(validationsByLine(store)).toEqual({ mug: ["approved 102.67"], vase: ["rejected 51.33"] });
    expect(await collector.find()).toMatchObject([{ status: "approved" }]);
  });

  test("is decided whole by what is not decided yet", async () => {
    const store = await reported(byLine);
    const { collector } = store;
    await collector.reject("1001", { lines: ["vase"] });
    await collector.approve("1001");
    await collector.flush();
    expect(validationsByLine(store)).toEqual({ mug: ["approved 102.67"], vase: ["rejected 51.33"] });
  });

  test("takes a final amount of one line, and none of the order", async () => {
    const store = await reported(byLine);
    const { collector } = store;
    await expect(collector.approve("1001", { amount: HALF })).rejects.toMatchObject({
      code: "ERR_CONFLICT",
      message: "order 1001: shopback: ShopBack is told of each line apart: say which line the amount is of",
    });
    await collector.approve("1001", { lines: ["mug"], amount: { net: 5_000, vat: 500 } });
    await collector.flush();
    expect(validationsByLine(store)).toEqual({ mug: ["approved 55"], vase: [] });
  });

  describe("with VAT on one line, and a discount", () => {
    const a = { sku: "a", name: "A", quantity: 1, net: 100_000, vat: 25_000 };
    const b = { sku: "b", name: "B", quantity: 1, net: 100_000, vat: 0 };
    const discount = { net: 8_000, vat: 2_000 };

    async function reportedWithVat(): Promise<Store> {
      const store = await openStore(byLine);
      await store.collector.report(store.clicks("shopback"), {
        number: "1001",
        currency: "MYR",
        lines: [a, b],
        discount,
      });
      await store.collector.flush();
      // Of 100, by what each comes to with VAT: 55.56 and 44.44.
      expect(store.sandbox.book.shopback.map(({ query }) => query.amount)).toEqual(["1194.44", "955.56"]);
      return store;
    }

    test.each([
      ["what is left where net and VAT are shared out apart", { net: 96_000, vat: 23_000 }, "1190"],
      ["a cent less than what was told", { net: 96_443, vat: 23_000 }, "1194.43"],
      ["what was told", { net: 96_444, vat: 23_000 }, "1194.44"],
      ["a cent more than what was told", { net: 96_445, vat: 23_000 }, "1194.45"],
      ["the line without the discount", { net: 100_000, vat: 25_000 }, "1250"],
    ])("is told of the amount that is stated for the line, to the cent: %s", async (_, amount, told) => {
      const store = await reportedWithVat();
      const { collector } = store;
      await collector.approve("1001", { lines: ["a"], amount });
      await collector.flush();
      expect(validationsByLine(store)).toEqual({ a: [`approved ${told}`], b: [] });
      expect(await collector.find()).toMatchObject([{ lines: { a: { status: "approved", amount } } }]);
      // The other line keeps its own share.
      await collector.approve("1001");
      await collector.flush();
      expect(validationsByLine(store)).toEqual({ a: [`approved ${told}`], b: ["approved 955.56"] });
    });

    test("is told again of the whole line where a person insists on it after less was approved", async () => {
      const store = await reportedWithVat();
      const { collector } = store;
      const amount = { net: 96_000, vat: 23_000 };
      await collector.approve("1001", { lines: ["a"], amount });
      await collector.flush();
      const whole = { lines: ["a"], insist: true, by: "anna" };
      expect(await collector.approve("1001", whole)).toMatchObject({
        postbacks: ["shopback/1001/approve/a/2"],
        repeated: false,
      });
      await collector.flush();
      expect(validationsByLine(store)).toEqual({ a: ["approved 1190", "approved 1194.44"], b: [] });
      expect(await collector.approve("1001", whole)).toMatchObject({ postbacks: [], repeated: true });
    });
  });

  test("is told of a line that a change adds, and at the approval of one it took away", async () => {
    const store = await reported(byLine);
    const { collector } = store;
    const [mug] = order.lines;
    expect(await collector.update({ ...order, lines: mug ? [mug, plate] : [] })).toMatchObject({
      postbacks: ["shopback/1001/create/plate"],
    });
    await collector.approve("1001");
    await collector.flush();
    // Of 11 off 132, the mugs have 9.17 and the plate 1.83.
    expect(validationsByLine(store)).toEqual({
      mug: ["approved 100.83"],
      vase: ["rejected 51.33"],
      plate: ["approved 20.17"],
    });
  });

  test("is validated but for the one line that nobody knows to have arrived, until a person says so", async () => {
    const store = await openStore(byLine);
    const { collector, sandbox, clicks, sent } = store;
    sandbox.fault("shopback", "accept-then-drop", { match: ({ path }) => path.includes("adv_sub4=vase"), times: 1 });
    await collector.report(clicks("shopback"), order);
    await collector.flush();
    await collector.approve("1001");
    await collector.flush();
    expect(validationsByLine(store)).toEqual({ mug: ["approved 102.67"], vase: [] });
    expect(await statesOf(collector)).toEqual({
      "shopback/1001/create/mug": "delivered",
      "shopback/1001/create/vase": "held",
      "shopback/1001/approve/mug": "delivered",
      "shopback/1001/approve/vase": "pending",
    });
    await collector.settle("shopback/1001/create/vase", "delivered", { by: "anna" });
    await collector.flush();
    expect(validationsByLine(store)).toEqual({ mug: ["approved 102.67"], vase: ["approved 51.33"] });
    expect(sent()).toHaveLength(4);
  });

  test("is never told of a rejected line that did not leave", async () => {
    const store = await openStore(byLine);
    const { collector, sandbox, clicks, deliverAll } = store;
    sandbox.fault("shopback", "429", { match: ({ path }) => path.includes("adv_sub4=vase") });
    await collector.report(clicks("shopback"), order);
    await collector.flush();
    expect(await collector.reject("1001", { lines: ["vase"] })).toMatchObject({
      postbacks: [],
      cancelled: ["shopback/1001/create/vase"],
    });
    sandbox.fault("shopback", null);
    await deliverAll();
    expect(validationsByLine(store)).toEqual({ mug: [] });
    const [, vase] = await postbacksOf(collector);
    expect(vase).toMatchObject({ state: "cancelled", reason: "withdrawn before it left: reject by store" });
  });
});
