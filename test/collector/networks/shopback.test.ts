import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CollectorError, type Issue } from "../../../packages/collector/src/error.ts";
import type { Conversion, LineDecision, Told } from "../../../packages/collector/src/network.ts";
import { type ShopbackSettings, shopback } from "../../../packages/collector/src/networks/shopback.ts";
import type { PlacedOrder } from "../../../packages/collector/src/order.ts";
import { anOrder, anyOrder } from "../../support/orders.ts";

const securityToken = "5f2c8a0e9b7d4631a8c0e5f7b1d29364";
const click = { network: "shopback", id: "102656693ac3ca6e0cdafbfe89ab99", at: new Date("2026-05-10T10:00:00Z") };

const mug = { sku: "mug-1", name: "Stoneware mug", quantity: 1, net: 10000, vat: 2500 };

function accountWith(settings: Partial<ShopbackSettings> = {}) {
  return shopback({ offer: "1234", securityToken, currency: "MYR", amount: "gross", ...settings });
}

function anOrderInMyr(changes: Partial<PlacedOrder> = {}): PlacedOrder {
  return anOrder({ currency: "MYR", ...changes });
}

/** A conversion of which nothing is told or decided, as far as `changes` says nothing else. */
function conversionOf(order: PlacedOrder, changes: Partial<Conversion> = {}): Conversion {
  return { order, click, status: "pending", lines: {}, told: [], ...changes };
}

function requestsFor(order: PlacedOrder, settings: Partial<ShopbackSettings> = {}, by = click) {
  const account = accountWith(settings);
  return account.postbacks(conversionOf(order, { click: by })).map(({ step }) => account.request(step));
}

function urlsFor(order: PlacedOrder, settings: Partial<ShopbackSettings> = {}, by = click): string[] {
  return requestsFor(order, settings, by).map(({ url }) => url);
}

/** What a server reads from the calls of an order. */
function parametersFor(order: PlacedOrder, settings: Partial<ShopbackSettings> = {}): Record<string, string>[] {
  return urlsFor(order, settings).map((url) => Object.fromEntries(new URL(url).searchParams));
}

function postbackOf(order: PlacedOrder, settings: Partial<ShopbackSettings> = {}) {
  const [postback, ...others] = accountWith(settings).postbacks(conversionOf(order));
  if (!postback || others.length > 0) throw new Error(`${others.length + 1} postbacks`);
  return postback;
}

/** A printed amount, exactly. */
function minorUnits(amount: string, decimals: number): bigint {
  expect(amount).toMatch(decimals === 0 ? /^\d+$/ : /^\d+(?:\.\d{1,2})?$/);
  const [whole = "", fraction = ""] = amount.split(".");
  return BigInt(whole + fraction.padEnd(decimals, "0"));
}

// https://docs.shopback.com/docs/s2s-order-tracking-api
describe("an order reported to ShopBack", () => {
  test("is one GET with the documented example's values", () => {
    const order = anOrderInMyr({ number: "order_123", lines: [{ ...mug, net: 10000, vat: 0 }] });
    expect(requestsFor(order, {}, { ...click, id: "ABCD1234" })).toStrictEqual([
      {
        method: "GET",
        url:
          "https://shopback.go2cloud.org/aff_lsr?offer_id=1234&adv_sub=order_123&transaction_id=ABCD1234&amount=100" +
          "&security_token=5f2c8a0e9b7d4631a8c0e5f7b1d29364",
        headers: { accept: "text/plain, */*" },
      },
    ]);
  });

  test("is one call for all its lines together", () => {
    const lines = [
      mug,
      { ...mug, quantity: 3, net: 30001, vat: 7500 },
      { sku: "vase-1", name: "Vase", quantity: 1, net: 49, vat: 0 },
    ];
    expect(urlsFor(anOrderInMyr({ lines }))).toEqual([
      "https://shopback.go2cloud.org/aff_lsr?offer_id=1234&adv_sub=1001&transaction_id=102656693ac3ca6e0cdafbfe89ab99" +
        "&amount=500.5&security_token=5f2c8a0e9b7d4631a8c0e5f7b1d29364",
    ]);
  });

  test.each<["gross" | "net", string, string]>([
    ["gross", "125", "112.51"],
    ["net", "100", "90.01"],
  ])("has its %s amount where the settings say so, less the order's discount", (amount, whole, discounted) => {
    const discount = { net: 999, vat: 250 };
    expect(parametersFor(anOrderInMyr({ lines: [mug] }), { amount })).toMatchObject([{ amount: whole }]);
    expect(parametersFor(anOrderInMyr({ lines: [mug], discount }), { amount })).toMatchObject([{ amount: discounted }]);
  });

  test("may come to nothing", () => {
    const order = anOrderInMyr({ lines: [mug], discount: { net: 10000, vat: 2500 } });
    expect(parametersFor(order)).toMatchObject([{ amount: "0" }]);
  });

  test.each([
    ["MYR", 1, "0.01"],
    ["MYR", 10, "0.1"],
    ["MYR", 12550, "125.5"],
    ["MYR", 12555, "125.55"],
    ["MYR", 123456789, "1234567.89"],
    ["MYR", 9_007_199_254_740_991, "90071992547409.91"],
    ["IDR", 1500000, "15000"],
    ["JPY", 12000, "12000"],
    ["JPY", 1, "1"],
    ["KRW", 9_007_199_254_740_991, "9007199254740991"],
  ])("tells %s in major units with a dot and no more decimals than it needs: %i is %s", (currency, net, amount) => {
    const order = anOrder({ currency, lines: [{ ...mug, net, vat: 0 }] });
    expect(parametersFor(order, { currency })).toMatchObject([{ amount }]);
  });

  // https://docs.shopback.com/docs/server-to-server: "Currency Settings"
  test("names its currency to an account of many, and not to an account of one", () => {
    expect(urlsFor(anOrderInMyr({ lines: [mug] }), { currency: "any" })).toEqual([
      "https://shopback.go2cloud.org/aff_lsr?offer_id=1234&adv_sub=1001&adv_sub5=MYR" +
        "&transaction_id=102656693ac3ca6e0cdafbfe89ab99&amount=125&security_token=5f2c8a0e9b7d4631a8c0e5f7b1d29364",
    ]);
    expect(parametersFor(anOrder({ currency: "JPY", lines: [mug] }), { currency: "any" })).toMatchObject([
      { adv_sub5: "JPY", amount: "12500" },
    ]);
    expect(parametersFor(anOrderInMyr())[0]).not.toHaveProperty("adv_sub5");
  });

  // https://docs.shopback.com/docs/server-to-server: "Timezone and Datetime Settings"
  test("has its own time in UTC where the account is set up so", () => {
    const order = anOrderInMyr({ lines: [mug], placedAt: new Date("2023-01-01T12:00:00.999+08:00") });
    expect(urlsFor(order, { datetime: true })).toEqual([
      "https://shopback.go2cloud.org/aff_lsr?offer_id=1234&adv_sub=1001&transaction_id=102656693ac3ca6e0cdafbfe89ab99" +
        "&amount=125&datetime=2023-01-01%2004%3A00%3A00&security_token=5f2c8a0e9b7d4631a8c0e5f7b1d29364",
    ]);
    expect(parametersFor(order)[0]).not.toHaveProperty("datetime");
    expect(parametersFor(order, { datetime: false })[0]).not.toHaveProperty("datetime");
  });

  test("goes to another host where the settings name one", () => {
    expect(urlsFor(anOrderInMyr(), { url: "http://127.0.0.1:8403" })[0]).toMatch(
      /^http:\/\/127\.0\.0\.1:8403\/aff_lsr\?/,
    );
  });

  test("is one postback, named by its account and number", () => {
    const postback = postbackOf(anOrderInMyr({ number: "A/1 ä" }));
    expect(postback).toMatchObject({ id: "shopback/A%2F1%20%C3%A4/create", kind: "create" });
    expect(postback).not.toHaveProperty("line");
    expect(postbackOf(anOrderInMyr(), { market: "MY" }).id).toBe("shopback:MY/1001/create");
  });

  test("is repeated after its doubt as the very same call, for ShopBack has no look-up", () => {
    const account = accountWith();
    const { step, ifUnknown } = postbackOf(anOrderInMyr());
    if (typeof ifUnknown !== "object") throw new Error(`not to be asked: ${ifUnknown}`);
    expect(account.request(ifUnknown.ask)).toStrictEqual(account.request(step));
    expect(ifUnknown.ask).not.toEqual(step);
    expect(account.settleSeconds).toBe(60);
  });

  test("can be kept as JSON and holds no token", () => {
    for (const level of ["order", "line"] as const)
      for (const postback of accountWith({ level, datetime: true }).postbacks(conversionOf(anOrderInMyr()))) {
        expect(JSON.parse(JSON.stringify(postback))).toEqual(postback);
        expect(JSON.stringify(postback)).not.toContain(securityToken);
      }
  });
});

// https://docs.shopback.com/docs/s2s-order-tracking-api: every value is URL-encoded
describe("a value in a call to ShopBack", () => {
  test.each([
    ["a space", "a b", "a%20b"],
    ["a plus", "a+b", "a%2Bb"],
    ["an ampersand", "a&b", "a%26b"],
    ["an equals sign", "a=b", "a%3Db"],
    ["an apostrophe", "a'b", "a%27b"],
    ["parentheses", "(a)", "%28a%29"],
    ["a star", "a*b", "a%2Ab"],
    ["an exclamation mark", "a!b", "a%21b"],
    ["a percent sign", "100%", "100%25"],
    ["what looks encoded already", "a%20b", "a%2520b"],
    ["a hash", "#1001", "%231001"],
    ["a slash", "2026/1001", "2026%2F1001"],
    ["a question mark", "a?b", "a%3Fb"],
    ["a semicolon", "a;b", "a%3Bb"],
    ["a line break", "a\r\nb", "a%0D%0Ab"],
    ["umlauts", "Käse", "K%C3%A4se"],
    ["an emoji", "🎁", "%F0%9F%8E%81"],
    ["Chinese", "馬克杯", "%E9%A6%AC%E5%85%8B%E6%9D%AF"],
    ["unreserved characters", "A-z_0.9~", "A-z_0.9~"],
  ])("is percent-encoded where it has %s", (_what, value, encoded) => {
    const lines = [{ ...mug, sku: value, category: value }];
    expect(urlsFor(anOrderInMyr({ number: value, lines }), { level: "line" })).toEqual([
      `https://shopback.go2cloud.org/aff_lsr?offer_id=1234&adv_sub=${encoded}&adv_sub2=${encoded}&adv_sub3=1` +
        `&adv_sub4=${encoded}&adv_sub5=125&transaction_id=102656693ac3ca6e0cdafbfe89ab99&amount=125` +
        "&security_token=5f2c8a0e9b7d4631a8c0e5f7b1d29364",
    ]);
  });

  test("is percent-encoded in the token as well", () => {
    expect(urlsFor(anOrderInMyr(), { securityToken: "a+b/c=d&e" })[0]).toMatch(/&security_token=a%2Bb%2Fc%3Dd%26e$/);
  });

  test("is read back as it was by every server, for any order", () => {
    fc.assert(
      fc.property(anyOrder, ({ currency: _, ...order }) => {
        const [read] = parametersFor(anOrderInMyr(order));
        expect(read?.adv_sub).toBe(order.number);
        expect(urlsFor(anOrderInMyr(order))[0]).toMatch(/^https:\/\/shopback\.go2cloud\.org\/aff_lsr\?[\w.~%=&-]+$/);
      }),
    );
  });
});

// https://docs.shopback.com/docs/s2s-item-level-tracking-api
describe("an order reported to ShopBack by line", () => {
  const byLine = { level: "line" } as const;

  test("is one GET with the documented example's values", () => {
    const order = anOrderInMyr({
      number: "Order1",
      lines: [{ sku: "A2648", name: "Radio", quantity: 3, net: 123456, vat: 0, category: "Electronics" }],
    });
    expect(requestsFor(order, byLine)).toStrictEqual([
      {
        method: "GET",
        url:
          "https://shopback.go2cloud.org/aff_lsr?offer_id=1234&adv_sub=Order1&adv_sub2=Electronics&adv_sub3=3&adv_sub4=A2648" +
          "&adv_sub5=1234.56&transaction_id=102656693ac3ca6e0cdafbfe89ab99&amount=1234.56" +
          "&security_token=5f2c8a0e9b7d4631a8c0e5f7b1d29364",
        headers: { accept: "text/plain, */*" },
      },
    ]);
  });

  test("is one call per line, each with the order's total", () => {
    const lines = [mug, { sku: "vase-1", name: "Vase", quantity: 2, net: 40000, vat: 9999, category: "Home & Garden" }];
    expect(urlsFor(anOrderInMyr({ lines }), { ...byLine, datetime: true })).toEqual([
      "https://shopback.go2cloud.org/aff_lsr?offer_id=1234&adv_sub=1001&adv_sub3=1&adv_sub4=mug-1&adv_sub5=624.99" +
        "&transaction_id=102656693ac3ca6e0cdafbfe89ab99&amount=125&datetime=2026-05-10%2011%3A00%3A00" +
        "&security_token=5f2c8a0e9b7d4631a8c0e5f7b1d29364",
      "https://shopback.go2cloud.org/aff_lsr?offer_id=1234&adv_sub=1001&adv_sub2=Home%20%26%20Garden&adv_sub3=2&adv_sub4=vase-1" +
        "&adv_sub5=624.99&transaction_id=102656693ac3ca6e0cdafbfe89ab99&amount=499.99&datetime=2026-05-10%2011%3A00%3A00" +
        "&security_token=5f2c8a0e9b7d4631a8c0e5f7b1d29364",
    ]);
  });

  test("has its discount spread over the lines by largest remainder", () => {
    const line = (sku: string, net: number) => ({ sku, name: sku, quantity: 1, net, vat: 0 });
    const order = anOrderInMyr({
      lines: [line("a", 1000), line("b", 2000), line("c", 3000)],
      discount: { net: 1001, vat: 0 },
    });
    expect(parametersFor(order, byLine)).toMatchObject([
      { adv_sub4: "a", amount: "8.33", adv_sub5: "49.99" },
      { adv_sub4: "b", amount: "16.66", adv_sub5: "49.99" },
      { adv_sub4: "c", amount: "25", adv_sub5: "49.99" },
    ]);
  });

  test("has a discount that does not divide evenly taken off the earlier of equal lines", () => {
    const line = (sku: string) => ({ sku, name: sku, quantity: 1, net: 1000, vat: 0 });
    const order = anOrderInMyr({ lines: [line("a"), line("b"), line("c")], discount: { net: 100, vat: 0 } });
    expect(parametersFor(order, byLine)).toMatchObject([{ amount: "9.66" }, { amount: "9.67" }, { amount: "9.67" }]);
  });

  test.each<["gross" | "net", string[], string]>([
    ["gross", ["75", "52.5"], "127.5"],
    ["net", ["60", "42"], "102"],
  ])("has %s amounts and a discount of the same kind where the settings say so", (amount, amounts, total) => {
    const lines = [mug, { sku: "vase-1", name: "Vase", quantity: 1, net: 7000, vat: 1750 }];
    const order = anOrderInMyr({ lines, discount: { net: 6800, vat: 1700 } });
    expect(parametersFor(order, { ...byLine, amount })).toMatchObject([
      { amount: amounts[0], adv_sub5: total },
      { amount: amounts[1], adv_sub5: total },
    ]);
  });

  test("is whole yen in yen, discounted too", () => {
    const line = (sku: string, net: number) => ({ sku, name: sku, quantity: 1, net, vat: 0 });
    const order = anOrder({ currency: "JPY", lines: [line("a", 333), line("b", 667)], discount: { net: 100, vat: 0 } });
    expect(parametersFor(order, { ...byLine, currency: "JPY" })).toMatchObject([
      { amount: "300", adv_sub5: "900" },
      { amount: "600", adv_sub5: "900" },
    ]);
  });

  test("has the lines of one SKU merged, so that a validation finds one", () => {
    const lines = [
      { ...mug, category: "Kitchen" },
      { sku: "vase-1", name: "Vase", quantity: 1, net: 100, vat: 25 },
      { ...mug, name: "Stoneware mug, blue", quantity: 2, net: 20001, vat: 5000 },
    ];
    expect(parametersFor(anOrderInMyr({ lines }), byLine)).toMatchObject([
      { adv_sub2: "Kitchen", adv_sub3: "3", adv_sub4: "mug-1", amount: "375.01", adv_sub5: "376.26" },
      { adv_sub3: "1", adv_sub4: "vase-1", amount: "1.25", adv_sub5: "376.26" },
    ]);
  });

  test("has no category where the line has none", () => {
    expect(parametersFor(anOrderInMyr(), byLine)[0]).not.toHaveProperty("adv_sub2");
  });

  test("is a postback per line, named by its account, number and SKU", () => {
    const lines = [mug, { sku: "vase 1/b", name: "Vase", quantity: 1, net: 100, vat: 25 }];
    const ids = accountWith({ ...byLine, market: "MY" })
      .postbacks(conversionOf(anOrderInMyr({ lines })))
      .map(({ id, kind, line }) => [id, kind, line]);
    expect(ids).toEqual([
      ["shopback:MY/1001/create/mug-1", "create", "mug-1"],
      ["shopback:MY/1001/create/vase%201%2Fb", "create", "vase 1/b"],
    ]);
  });

  test.each<[string, Partial<ShopbackSettings>, string]>([
    ["is held for a person", {}, "hold"],
    ["is held for a person where the settings say so", { onUnknown: "hold" }, "hold"],
  ])("%s after an unanswered call", (_rule, settings, ifUnknown) => {
    expect(postbackOf(anOrderInMyr(), { ...byLine, ...settings }).ifUnknown).toBe(ifUnknown);
  });

  test("is repeated after an unanswered call where the settings say so, as a call that knows it", () => {
    const { step, ifUnknown } = postbackOf(anOrderInMyr(), { ...byLine, onUnknown: "repeat" });
    expect(ifUnknown).toEqual({ ask: { ...(step as object), again: true } });
  });

  test("is 10,000 calls for as many lines", () => {
    const lines = Array.from({ length: 10_000 }, (_, index) => ({ ...mug, sku: `mug-${index}` }));
    const calls = parametersFor(anOrderInMyr({ lines, discount: { net: 1, vat: 0 } }), byLine);
    expect(calls).toHaveLength(10_000);
    expect(calls[0]).toMatchObject({ adv_sub4: "mug-0", amount: "124.99", adv_sub5: "1249999.99" });
    expect(calls[9999]).toMatchObject({ adv_sub4: "mug-9999", amount: "125" });
  });

  test.each<["gross" | "net"]>([["gross"], ["net"]])(
    "has %s amounts that sum to the order's total exactly, none of them negative, for any order",
    (amount) => {
      fc.assert(
        fc.property(anyOrder, (order) => {
          const { currency, discount = { net: 0, vat: 0 } } = order;
          const decimals = currency === "JPY" || currency === "KRW" ? 0 : 2;
          const worth = ({ net, vat }: { net: number; vat: number }) =>
            amount === "gross" ? BigInt(net) + BigInt(vat) : BigInt(net);
          const total = order.lines.reduce((sum, line) => sum + worth(line), 0n) - worth(discount);
          const calls = parametersFor(order, { ...byLine, amount, currency });
          const sum = calls.reduce((rest, call) => rest + minorUnits(call.amount ?? "", decimals), 0n);
          expect(sum).toBe(total);
          for (const call of calls) expect(minorUnits(call.adv_sub5 ?? "", decimals)).toBe(total);
          const [whole] = parametersFor(order, { amount, currency });
          expect(minorUnits(whole?.amount ?? "", decimals)).toBe(total);
        }),
      );
    },
  );

  test("has each SKU once, with the quantity of all its lines, for any order", () => {
    fc.assert(
      fc.property(anyOrder, (order) => {
        const quantities: Record<string, string> = {};
        for (const { sku, quantity } of order.lines) quantities[sku] = String(Number(quantities[sku] ?? 0) + quantity);
        const calls = parametersFor(order, { ...byLine, currency: order.currency });
        expect(calls.map(({ adv_sub4, adv_sub3 }) => [adv_sub4, adv_sub3])).toEqual(Object.entries(quantities));
      }),
    );
  });
});

describe("an order that ShopBack cannot take", () => {
  test("is in another currency than the account's", () => {
    expect(accountWith().refusal(conversionOf(anOrder({ currency: "SGD" })))).toBe(
      "the account takes MYR, and the order is in SGD",
    );
  });

  test.each([
    ["KWD", 3],
    ["CLF", 4],
  ])("is in a currency of more than two decimals: %s", (currency, decimals) => {
    expect(accountWith({ currency: "any" }).refusal(conversionOf(anOrder({ currency })))).toBe(
      `${currency} has ${decimals} decimals, and ShopBack takes amounts with at most 2`,
    );
  });

  test("is no other", () => {
    expect(accountWith().refusal(conversionOf(anOrderInMyr()))).toBeUndefined();
    for (const currency of ["MYR", "JPY", "SEK"])
      expect(accountWith({ currency: "any" }).refusal(conversionOf(anOrder({ currency })))).toBeUndefined();
  });
});

const validation = { offer: "5678", affiliate: "1152" };

const vase = { sku: "vase-1", name: "Vase", quantity: 2, net: 40000, vat: 9999, category: "Home & Garden" };
const mugAndVase = anOrderInMyr({ lines: [mug, vase] });

const approved: LineDecision = { status: "approved" };
const rejected: LineDecision = { status: "rejected" };

const toldOrder: Told = {
  id: "shopback/1001/create",
  kind: "create",
  step: {
    parameters: {
      offer_id: "1234",
      adv_sub: "1001",
      transaction_id: "102656693ac3ca6e0cdafbfe89ab99",
      amount: "624.99",
      datetime: "2026-05-10 11:00:00",
    },
  },
};

const toldMug: Told = {
  id: "shopback/1001/create/mug-1",
  kind: "create",
  line: "mug-1",
  step: {
    parameters: {
      offer_id: "1234",
      adv_sub: "1001",
      adv_sub3: "1",
      adv_sub4: "mug-1",
      adv_sub5: "624.99",
      transaction_id: "102656693ac3ca6e0cdafbfe89ab99",
      amount: "125",
    },
  },
};

const toldVase: Told = {
  id: "shopback/1001/create/vase-1",
  kind: "create",
  line: "vase-1",
  step: {
    parameters: {
      offer_id: "1234",
      adv_sub: "1001",
      adv_sub2: "Home & Garden",
      adv_sub3: "2",
      adv_sub4: "vase-1",
      adv_sub5: "624.99",
      transaction_id: "102656693ac3ca6e0cdafbfe89ab99",
      amount: "499.99",
    },
  },
};

/** What is told of the mug and the vase, after `told`. */
function toldNext(changes: Partial<Conversion>, settings: Partial<ShopbackSettings> = {}) {
  return accountWith({ validation, ...settings }).postbacks(conversionOf(mugAndVase, changes));
}

/** The calls that tell it, as a server reads them. */
function callsNext(changes: Partial<Conversion>, settings: Partial<ShopbackSettings> = {}): Record<string, string>[] {
  const account = accountWith({ validation, ...settings });
  return toldNext(changes, settings).map(({ step }) =>
    Object.fromEntries(new URL(account.request(step).url).searchParams),
  );
}

/** As a validation is kept. */
function validated(id: string, kind: "approve" | "reject", amount: string, line?: string): Told {
  const status = kind === "approve" ? "approved" : "rejected";
  const step = { parameters: { offer_id: "5678", aff_id: "1152", adv_sub: "1001", amount, status }, click: click.id };
  return { id, kind, ...(line && { line }), step };
}

// https://docs.shopback.com/docs/s2s-validation-api
describe("an order validated to ShopBack", () => {
  test("is one GET to the validation offer, without click id and time", () => {
    const account = accountWith({ validation });
    const postbacks = toldNext({ status: "approved", told: [toldOrder] });
    expect(postbacks.map(({ step }) => account.request(step))).toStrictEqual([
      {
        method: "GET",
        url:
          "https://shopback.go2cloud.org/aff_lsr?offer_id=5678&aff_id=1152&adv_sub=1001&amount=624.99&status=approved" +
          "&security_token=5f2c8a0e9b7d4631a8c0e5f7b1d29364",
        headers: { accept: "text/plain, */*" },
      },
    ]);
  });

  test("is one postback, named by its account, number and what it decides", () => {
    const parameters = { offer_id: "5678", aff_id: "1152", adv_sub: "1001", amount: "624.99" };
    for (const [status, kind] of [
      ["approved", "approve"],
      ["rejected", "reject"],
    ] as const) {
      const step = { parameters: { ...parameters, status }, click: "102656693ac3ca6e0cdafbfe89ab99" };
      expect(toldNext({ status, told: [toldOrder] }, { market: "MY" })).toStrictEqual([
        { id: `shopback:MY/1001/${kind}`, kind, step, ifUnknown: { ask: { ...step, again: true } } },
      ]);
    }
  });

  test("repeats every adv_sub and adv_unique as it was sent, whatever the settings and the order say by now", () => {
    const parameters = {
      offer_id: "99",
      adv_sub: "order 1",
      adv_sub2: "x&y",
      adv_sub5: "MYR",
      adv_unique1: "u 1",
      adv_unique5: "u5",
      transaction_id: "102656693ac3ca6e0cdafbfe89ab99",
      amount: "10",
      datetime: "2026-05-10 11:00:00",
    };
    for (const step of [{ parameters }, { parameters, again: true as const }])
      expect(callsNext({ status: "approved", told: [{ ...toldOrder, step }] }, { datetime: true })).toStrictEqual([
        {
          offer_id: "5678",
          aff_id: "1152",
          adv_sub: "order 1",
          adv_sub2: "x&y",
          adv_sub5: "MYR",
          adv_unique1: "u 1",
          adv_unique5: "u5",
          amount: "624.99",
          status: "approved",
          security_token: "5f2c8a0e9b7d4631a8c0e5f7b1d29364",
        },
      ]);
  });

  test.each<[string, Partial<Conversion>, Partial<ShopbackSettings>, string]>([
    ["with all of it", {}, {}, "624.99"],
    ["without VAT where the settings say so", {}, { amount: "net" }, "500"],
    ["with the final amount", { amount: { net: 30000, vat: 7550 } }, {}, "375.5"],
    ["with the final amount without VAT", { amount: { net: 30000, vat: 7550 } }, { amount: "net" }, "300"],
    ["with nothing where that is its final amount", { amount: { net: 0, vat: 0 } }, {}, "0"],
    ["without its rejected lines", { lines: { "mug-1": approved, "vase-1": rejected } }, {}, "125"],
    [
      "with a line's final amount in the line's place",
      { lines: { "mug-1": approved, "vase-1": { status: "approved", amount: { net: 20000, vat: 5000 } } } },
      {},
      "375",
    ],
    [
      "with nothing but a line's final amount",
      { lines: { "mug-1": rejected, "vase-1": { status: "approved", amount: { net: 20000, vat: 5000 } } } },
      { amount: "net" },
      "200",
    ],
    [
      "without its rejected lines, whatever amount stands with their rejection",
      { lines: { "mug-1": approved, "vase-1": { status: "rejected", amount: { net: 20000, vat: 5000 } } } },
      {},
      "125",
    ],
    [
      "without its rejected lines and their share of the discount",
      {
        order: { ...mugAndVase, discount: { net: 5000, vat: 0 } },
        lines: { "mug-1": approved, "vase-1": rejected },
      },
      { amount: "net" },
      "90",
    ],
  ])("is approved %s", (_how, changes, settings, amount) => {
    expect(callsNext({ status: "approved", told: [toldOrder], ...changes }, settings)).toMatchObject([
      { status: "approved", amount },
    ]);
  });

  test("is rejected with the amount it was told with", () => {
    const order = { ...mugAndVase, lines: [mug] };
    const lines = { "mug-1": rejected };
    expect(callsNext({ status: "rejected", order, lines, told: [toldOrder] })).toMatchObject([
      { status: "rejected", amount: "624.99" },
    ]);
  });

  test("waits for its last line to be decided", () => {
    expect(toldNext({ lines: { "mug-1": approved }, told: [toldOrder] })).toEqual([]);
  });

  const approval = validated("shopback/1001/approve", "approve", "624.99");
  const rejection = validated("shopback/1001/reject", "reject", "624.99");

  test("is told once", () => {
    expect(toldNext({ status: "approved", told: [toldOrder, approval] })).toEqual([]);
    expect(toldNext({ status: "rejected", told: [toldOrder, rejection] })).toEqual([]);
  });

  test.each<[string, Partial<Conversion>, string, string]>([
    ["shopback/1001/reject", { status: "rejected", told: [toldOrder, approval] }, "rejected", "624.99"],
    ["shopback/1001/approve", { status: "approved", told: [toldOrder, rejection] }, "approved", "624.99"],
    ["shopback/1001/approve/2", { status: "approved", told: [toldOrder, approval, rejection] }, "approved", "624.99"],
    [
      "shopback/1001/approve/2",
      { status: "approved", amount: { net: 100, vat: 0 }, told: [toldOrder, approval] },
      "approved",
      "1",
    ],
    ["shopback/1001/reject/2", { status: "rejected", told: [toldOrder, rejection, approval] }, "rejected", "624.99"],
  ])("is told again where it is decided otherwise, as %s", (id, changes, status, amount) => {
    expect(toldNext(changes)).toMatchObject([{ id, step: { parameters: { status, amount } } }]);
  });

  test("is validated whole where it was reported whole, although the account is set to lines by now", () => {
    const changes: Partial<Conversion> = { status: "approved", told: [toldOrder] };
    expect(toldNext(changes, { level: "line" })).toEqual(toldNext(changes));
  });

  test("is told right after its create where ShopBack was told nothing", () => {
    expect(callsNext({ status: "approved", amount: { net: 100, vat: 0 } })).toMatchObject([
      { offer_id: "1234", transaction_id: "102656693ac3ca6e0cdafbfe89ab99", amount: "1" },
      { offer_id: "5678", aff_id: "1152", adv_sub: "1001", amount: "1", status: "approved" },
    ]);
    expect(toldNext({ status: "rejected" })).toEqual([]);
  });

  test("is not told of changes, which ShopBack takes none of", () => {
    expect(toldNext({ order: { ...mugAndVase, lines: [mug] }, told: [toldOrder] })).toEqual([]);
    expect(accountWith().untold).toEqual({
      update: "ShopBack takes no changes: the final amount is told with the approval",
      approve: "ShopBack is told once every line of the order is decided",
      reject: "ShopBack is told once every line of the order is decided",
    });
  });

  test("is repeated after doubt as the very same call, for the latest counts", () => {
    const [postback] = toldNext({ status: "approved", told: [toldOrder] });
    if (typeof postback?.ifUnknown !== "object") throw new Error("not to be asked");
    const account = accountWith({ validation });
    expect(account.request(postback.ifUnknown.ask)).toStrictEqual(account.request(postback.step));
  });

  test("can be kept as JSON and holds no token", () => {
    for (const told of [[toldOrder], [toldMug, toldVase]])
      for (const postback of toldNext({ status: "approved", told })) {
        expect(JSON.parse(JSON.stringify(postback))).toEqual(postback);
        expect(JSON.stringify(postback)).not.toContain(securityToken);
      }
  });

  const needed =
    "approvals and rejections need the account's setting validation: { offer, affiliate }, the ids ShopBack gave you";

  test.each<[string, Partial<Conversion>, string | undefined]>([
    ["an approval is to be told", { status: "approved", told: [toldOrder] }, needed],
    ["a rejection is to be told", { status: "rejected", told: [toldOrder] }, needed],
    ["a line's approval is to be told", { lines: { "mug-1": approved }, told: [toldMug, toldVase] }, needed],
    ["an order is approved before it is told", { status: "approved" }, needed],
    ["nothing is decided", { told: [toldOrder] }, undefined],
    ["the order is not decided as a whole", { lines: { "mug-1": approved }, told: [toldOrder] }, undefined],
    ["it is told already", { status: "approved", told: [toldOrder, approval] }, undefined],
    ["nothing is there to be rejected", { status: "rejected" }, undefined],
  ])("names the setting it lacks where %s, if it does", (_case, changes, refusal) => {
    expect(accountWith().refusal(conversionOf(mugAndVase, changes))).toBe(refusal);
    expect(accountWith({ validation }).refusal(conversionOf(mugAndVase, changes))).toBeUndefined();
  });
});

// https://docs.shopback.com/docs/s2s-validation-api
describe("a line validated to ShopBack", () => {
  const byLine = { level: "line" } as const;
  const told = [toldMug, toldVase];

  test("is one GET with everything that tells it from the order's other lines", () => {
    const account = accountWith({ ...byLine, validation });
    const postbacks = toldNext({ lines: { "vase-1": approved }, told }, byLine);
    expect(postbacks.map(({ step }) => account.request(step))).toStrictEqual([
      {
        method: "GET",
        url:
          "https://shopback.go2cloud.org/aff_lsr?offer_id=5678&aff_id=1152&adv_sub=1001&adv_sub2=Home%20%26%20Garden" +
          "&adv_sub3=2&adv_sub4=vase-1&adv_sub5=624.99&amount=499.99&status=approved" +
          "&security_token=5f2c8a0e9b7d4631a8c0e5f7b1d29364",
        headers: { accept: "text/plain, */*" },
      },
    ]);
  });

  test("is a postback of its own, named by the line, and repeated after doubt unlike its create", () => {
    const parameters = {
      offer_id: "5678",
      aff_id: "1152",
      adv_sub: "1001",
      adv_sub3: "1",
      adv_sub4: "mug-1",
      adv_sub5: "624.99",
      amount: "125",
      status: "rejected",
    };
    const step = { parameters, click: "102656693ac3ca6e0cdafbfe89ab99" };
    expect(toldNext({ lines: { "mug-1": rejected }, told }, byLine)).toStrictEqual([
      {
        id: "shopback/1001/reject/mug-1",
        kind: "reject",
        line: "mug-1",
        step,
        ifUnknown: { ask: { ...step, again: true } },
      },
    ]);
  });

  test("is told for each line that is decided, and for no other", () => {
    expect(toldNext({ told }, byLine)).toEqual([]);
    const lines = { "mug-1": approved, "vase-1": rejected };
    expect(callsNext({ status: "approved", lines, told }, byLine)).toMatchObject([
      { adv_sub4: "mug-1", status: "approved", amount: "125" },
      { adv_sub4: "vase-1", status: "rejected", amount: "499.99" },
    ]);
  });

  test.each(["approved", "rejected"] as const)("is told for every line where the whole order is %s", (status) => {
    expect(callsNext({ status, told }, byLine)).toMatchObject([
      { adv_sub4: "mug-1", status, amount: "125" },
      { adv_sub4: "vase-1", status, amount: "499.99" },
    ]);
  });

  test.each<[string, Partial<Conversion>, Partial<ShopbackSettings>, string]>([
    ["its final amount", { lines: { "mug-1": { ...approved, amount: { net: 5000, vat: 1250 } } } }, {}, "62.5"],
    [
      "its final amount without VAT",
      { lines: { "mug-1": { ...approved, amount: { net: 5000, vat: 1250 } } } },
      { amount: "net" },
      "50",
    ],
    ["nothing at last", { lines: { "mug-1": { ...approved, amount: { net: 0, vat: 0 } } } }, {}, "0"],
    [
      "its amount in the changed order",
      { lines: { "mug-1": approved }, order: { ...mugAndVase, lines: [{ ...mug, net: 8000, vat: 2000 }, vase] } },
      {},
      "100",
    ],
    [
      "the amount it was told with where the order is without it by now",
      { lines: { "mug-1": approved }, order: { ...mugAndVase, lines: [vase] } },
      {},
      "125",
    ],
  ])("is approved with %s", (_what, changes, settings, amount) => {
    expect(callsNext({ told, ...changes }, { ...byLine, ...settings })).toMatchObject([
      { adv_sub4: "mug-1", status: "approved", amount },
    ]);
  });

  test("is rejected with its order where an update has taken it out", () => {
    const order = { ...mugAndVase, lines: [mug] };
    expect(toldNext({ order, told }, byLine)).toEqual([]);
    expect(callsNext({ order, status: "approved", lines: { "mug-1": approved }, told }, byLine)).toMatchObject([
      { adv_sub4: "mug-1", status: "approved", amount: "125" },
      { adv_sub4: "vase-1", status: "rejected", amount: "499.99" },
    ]);
  });

  test("is told once, also where the rest of the order changes its share of the discount", () => {
    const approval = validated("shopback/1001/approve/mug-1", "approve", "125", "mug-1");
    const rejection = validated("shopback/1001/reject/vase-1", "reject", "499.99", "vase-1");
    const order = { ...mugAndVase, discount: { net: 10000, vat: 0 } };
    const lines = { "mug-1": approved, "vase-1": rejected };
    const decided: Partial<Conversion> = { order, status: "approved", lines };
    expect(toldNext({ ...decided, told: [...told, approval, rejection] }, byLine)).toEqual([]);
    expect(toldNext({ ...decided, told: [...told, rejection] }, byLine)).toMatchObject([{ line: "mug-1" }]);
  });

  test.each<[string, LineDecision, Told[]]>([
    [
      "shopback/1001/approve/mug-1/2",
      { status: "approved", amount: { net: 100, vat: 0 } },
      [validated("shopback/1001/approve/mug-1", "approve", "125", "mug-1")],
    ],
    ["shopback/1001/reject/mug-1", rejected, [validated("shopback/1001/approve/mug-1", "approve", "125", "mug-1")]],
    [
      "shopback/1001/reject/mug-1/2",
      rejected,
      [
        validated("shopback/1001/reject/mug-1", "reject", "125", "mug-1"),
        validated("shopback/1001/approve/mug-1", "approve", "125", "mug-1"),
      ],
    ],
  ])("is told again where it is decided otherwise, as %s", (id, decision, before) => {
    expect(toldNext({ lines: { "mug-1": decision }, told: [...told, ...before] }, byLine)).toMatchObject([{ id }]);
  });

  test("is told apart from a second decision by its encoded SKU", () => {
    const odd: Told = { ...toldMug, id: "shopback/1001/create/mug-1%2F2", line: "mug-1/2" };
    const order = anOrderInMyr({ lines: [{ ...mug, sku: "mug-1/2" }] });
    expect(toldNext({ order, status: "approved", told: [odd] }, byLine)).toMatchObject([
      { id: "shopback/1001/approve/mug-1%2F2", line: "mug-1/2" },
    ]);
  });

  test.each(["constructor", "toString", "hasOwnProperty"])("is undecided where it is called %s", (sku) => {
    const order = anOrderInMyr({ lines: [{ ...mug, sku }, vase] });
    const changes: Partial<Conversion> = { order, told: [{ ...toldMug, line: sku }], lines: { "vase-1": rejected } };
    expect(toldNext(changes, byLine)).toEqual([]);
  });

  test("is created where an update brings it in, but not once it is rejected", () => {
    const lamp = { sku: "lamp-1", name: "Lamp", quantity: 1, net: 2000, vat: 500 };
    const order = { ...mugAndVase, lines: [mug, vase, lamp] };
    expect(callsNext({ order, told }, byLine)).toMatchObject([
      { offer_id: "1234", adv_sub4: "lamp-1", amount: "25", adv_sub5: "649.99" },
    ]);
    expect(toldNext({ order, told }, byLine)).toMatchObject([{ id: "shopback/1001/create/lamp-1", ifUnknown: "hold" }]);
    expect(toldNext({ order, told, lines: { "lamp-1": rejected } }, byLine)).toEqual([]);
    expect(toldNext({ order, told: [toldMug], lines: { "vase-1": rejected } }, byLine)).toMatchObject([
      { kind: "create", line: "lamp-1" },
    ]);
  });

  test("goes on by line where the account is set to whole orders by now", () => {
    expect(toldNext({ status: "approved", told }, { level: "order" })).toEqual(
      toldNext({ status: "approved", told }, byLine),
    );
  });

  test("needs its final amount named with it: an order's is of no line", () => {
    const conversion = conversionOf(mugAndVase, { status: "approved", amount: { net: 100, vat: 0 }, told });
    expect(accountWith({ ...byLine, validation }).refusal(conversion)).toBe(
      "ShopBack is told of each line apart: say which line the amount is of",
    );
    expect(accountWith({ validation }).refusal({ ...conversion, told: [toldOrder] })).toBeUndefined();
  });

  test("is one of 10,000 without delay", () => {
    const lines = Array.from({ length: 10_000 }, (_, index) => ({ ...mug, sku: `mug-${index}` }));
    const order = anOrderInMyr({ lines });
    const account = accountWith({ ...byLine, validation });
    const created = account.postbacks(conversionOf(order));
    const postbacks = account.postbacks(conversionOf(order, { status: "rejected", told: created }));
    expect(postbacks).toHaveLength(10_000);
    expect(postbacks[9999]?.id).toBe("shopback/1001/reject/mug-9999");
  });

  test.each<["gross" | "net"]>([["gross"], ["net"]])(
    "has the %s amount it was created with, so that approved and rejected ones sum to the order, for any order and decisions",
    (amount) => {
      const decisions = fc.dictionary(
        fc.constantFrom("mug-1", "mug-2", "vase-1", "throw-1"),
        fc.constantFrom(approved, rejected),
        { noNullPrototype: true },
      );
      fc.assert(
        fc.property(anyOrder, decisions, fc.constantFrom("pending", "approved"), (order, lines, status) => {
          const account = accountWith({ ...byLine, amount, currency: order.currency, validation });
          const creates = account.postbacks(conversionOf(order));
          const amounts = new Map(creates.map(({ line, step }) => [line, step.parameters.amount]));
          const validations = account.postbacks(conversionOf(order, { lines, status, told: creates }));
          for (const { line, kind, step } of validations) {
            expect(step.parameters.amount).toBe(amounts.get(line));
            expect(kind).toBe(lines[line ?? ""]?.status === "rejected" ? "reject" : "approve");
          }
          const decidedSkus = [...amounts.keys()].filter((sku) => status === "approved" || lines[sku ?? ""]);
          expect(validations.map(({ line }) => line)).toEqual(decidedSkus);
          if (status === "pending") return;
          const decimals = order.currency === "JPY" || order.currency === "KRW" ? 0 : 2;
          const worth = ({ net, vat }: { net: number; vat: number }) =>
            amount === "gross" ? BigInt(net) + BigInt(vat) : BigInt(net);
          const total =
            order.lines.reduce((sum, line) => sum + worth(line), 0n) - worth(order.discount ?? { net: 0, vat: 0 });
          const sum = validations.reduce(
            (rest, { step }) => rest + minorUnits(step.parameters.amount ?? "", decimals),
            0n,
          );
          expect(sum).toBe(total);
        }),
      );
    },
  );

  test("is told completely by what is told at once: asked again there is nothing more, for any order and decisions", () => {
    const decision = fc.constantFrom<LineDecision>(approved, rejected, { ...approved, amount: { net: 1, vat: 0 } });
    const decisions = fc.dictionary(fc.constantFrom("mug-1", "mug-2", "vase-1"), decision, { noNullPrototype: true });
    const levels = fc.constantFrom("order" as const, "line" as const);
    const statuses = fc.constantFrom("pending" as const, "approved" as const, "rejected" as const);
    fc.assert(
      fc.property(anyOrder, decisions, levels, statuses, fc.boolean(), (order, lines, level, status, isTold) => {
        const account = accountWith({ level, currency: order.currency, validation });
        const before = isTold ? account.postbacks(conversionOf(order)) : [];
        const conversion = conversionOf(order, { lines, status, told: before });
        const told = [...before, ...account.postbacks(conversion)];
        expect(account.postbacks({ ...conversion, told })).toEqual([]);
        expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
      }),
    );
  });
});

const invalidId = "success=false; err_msg=Invalid Trans. ID #102656693ac3ca6e0cdafbfe89ab99.;";
const otherOffer = "success=false; err_msg=Request offer #1234 does not match session offer #2345.";
const duplicate = "success=false; err_msg=Duplicate recorded with Trans. ID 102656693ac3ca6e0cdafbfe89ab99";
const longDuplicate =
  "success=false;err_msg=Duplicate recorded with Click_uuid #102656693ac3ca6e0cdafbfe89ab99 Offer #12, Publisher #34;";

// https://docs.shopback.com/docs/s2s-order-tracking-api
// https://support.tune.com/hc/en-us/articles/4413247665431-Receiving-Conversions-via-Postback-URL
describe("ShopBack's answer", () => {
  const answeredTo = (call: "first" | "repeated", status: number, body: string, settings = {}) => {
    const { step, ifUnknown } = postbackOf(anOrderInMyr(), settings);
    const again = typeof ifUnknown === "object" ? ifUnknown.ask : step;
    return accountWith(settings).verdict({ status, headers: {}, body }, call === "first" ? step : again);
  };
  const answered = (status: number, body: string) => answeredTo("first", status, body);

  test.each([
    ["spelt as ShopBack does", "sucess=true;"],
    ["spelt as TUNE does", "success=true;"],
    ["without a semicolon", "success=true"],
    ["in capitals", "SUCESS=TRUE;"],
    ["with space around it", " \r\n success = true ; \n"],
    ["behind a byte order mark", "\ufeffsuccess=true;"],
    ["with an id behind it", "success=true;63"],
    ["with an empty message", "success=true; err_msg=;"],
  ])("is a yes %s", (_how, body) => {
    expect(answered(200, body)).toEqual({ kind: "accepted" });
    expect(answeredTo("repeated", 200, body)).toEqual({ kind: "accepted" });
    expect(answeredTo("first", 200, body, { level: "line" })).toEqual({ kind: "accepted" });
  });

  test.each([201, 202, 299])("is a yes where it says so with HTTP %i", (status) => {
    expect(answered(status, "success=true;")).toEqual({ kind: "accepted" });
  });

  test.each([
    ["an unknown click id", invalidId, "Invalid Trans. ID #…."],
    ["a click id of another offer", otherOffer, "Request offer #1234 does not match session offer #2345."],
    ["no message", "success=false;", "success=false without a message"],
    ["an empty message", "success=false; err_msg=;", "success=false without a message"],
    ["a blank message", "success=false; err_msg= ; ", "success=false without a message"],
    ["one c", "sucess=false; err_msg=No;", "No"],
    ["capitals", "SUCCESS=FALSE; ERR_MSG=No;", "No"],
    ["space around everything", "\n success = false ; err_msg = No ; ", "No"],
    ["a message of two lines", "success=false; err_msg=Not\r\n\tallowed;", "Not allowed"],
    ["a message of 200 characters", `success=false; err_msg=${"a".repeat(200)}`, "a".repeat(200)],
    ["a message of 201 characters", `success=false; err_msg=${"a".repeat(201)}`, `${"a".repeat(200)}…`],
    ["a message to be cut within an emoji", `success=false; err_msg=${"a".repeat(199)}🎁`, `${"a".repeat(199)}\ufffd…`],
    ["a message of 300 characters", `success=false; err_msg=${"a".repeat(300)}`, `${"a".repeat(200)}…`],
  ])("is a no within HTTP 200 with %s", (_what, body, reason) => {
    expect(answered(200, body)).toEqual({ kind: "refused", reason });
    expect(answeredTo("repeated", 200, body)).toEqual({
      kind: "hold",
      reason: `the repeated call was refused, which says nothing of the first one: ${reason}`,
    });
    expect(answeredTo("first", 200, body, { level: "line" })).toEqual({ kind: "refused", reason });
  });

  test.each([
    ["ShopBack's words", duplicate, "Duplicate recorded with Trans. ID …"],
    ["longer words", longDuplicate, "Duplicate recorded with Click_uuid #… Offer #12, Publisher #34"],
    ["small letters", "success=false; err_msg=duplicate conversion;", "duplicate conversion"],
  ])("that the click id is used is a no, but a yes to our own repeated call, in %s", (_how, body, words) => {
    expect(answered(200, body)).toEqual({ kind: "refused", reason: words });
    expect(answeredTo("repeated", 200, body)).toEqual({
      kind: "accepted",
      reason: `the unanswered call arrived: ${words}`,
    });
  });

  test("that the click id is used leaves a repeated call to a person where another order has the same click", () => {
    const { ifUnknown } = postbackOf(anOrderInMyr());
    const { ask } = ifUnknown as { ask: { parameters: Record<string, string>; again: true; isClickShared: null } };
    expect(ask).toMatchObject({ again: true, isClickShared: null });
    const answeredWhere = (isClickShared: boolean, body: string) =>
      accountWith().verdict({ status: 200, headers: {}, body }, { ...ask, isClickShared });
    expect(answeredWhere(true, duplicate)).toEqual({
      kind: "hold",
      reason:
        "another order has the same click, and the duplicate may be that one: Duplicate recorded with Trans. ID …",
    });
    expect(answeredWhere(false, duplicate)).toMatchObject({ kind: "accepted" });
    expect(answeredWhere(true, "success=true;")).toEqual({ kind: "accepted" });
  });

  test("that the click id is used leaves a repeated call for a line to a person, for another line may have used it", () => {
    const settings = { level: "line", onUnknown: "repeat" };
    expect(answeredTo("repeated", 200, duplicate, settings)).toEqual({
      kind: "hold",
      reason: "the repeated call was refused, which says nothing of the first one: Duplicate recorded with Trans. ID …",
    });
  });

  test("is no duplicate because a forged click id says so", () => {
    const account = accountWith();
    const forged = { network: "shopback", id: "duplicate1234", at: click.at };
    const [postback] = account.postbacks(conversionOf(anOrderInMyr(), { click: forged }));
    if (typeof postback?.ifUnknown !== "object") throw new Error("not to be asked");
    const body = "success=false; err_msg=Invalid Trans. ID #duplicate1234.;";
    expect(account.verdict({ status: 200, headers: {}, body }, postback.ifUnknown.ask)).toEqual({
      kind: "hold",
      reason: "the repeated call was refused, which says nothing of the first one: Invalid Trans. ID #….",
    });
  });

  test.each([400, 403, 404])(
    "is a no with HTTP %i, but leaves the doubt of an unanswered call to a person",
    (status) => {
      expect(answered(status, "")).toEqual({ kind: "refused", reason: `HTTP ${status}` });
      expect(answeredTo("repeated", status, "")).toEqual({
        kind: "hold",
        reason: `the repeated call was refused, which says nothing of the first one: HTTP ${status}`,
      });
    },
  );

  test("of a refusal without a message repeats nothing of the body", () => {
    const body = "success=false; ip=203.0.113.9; ID 102656693AC3CA6E0CDAFBFE89AB99";
    expect(answered(200, body)).toEqual({ kind: "refused", reason: "success=false without a message" });
  });

  test("is kept without a token that ShopBack has cut short", () => {
    const { step } = postbackOf(anOrderInMyr());
    const body = "success=false; err_msg=Bad call ?offer_id=1234&security_token=5f1c9e0";
    expect(accountWith().verdict({ status: 200, headers: {}, body }, step)).toEqual({
      kind: "refused",
      reason: "Bad call ?offer_id=1234&security_token=…",
    });
  });

  test("is kept without click ids in other letters and without IP addresses", () => {
    const body = "success=false; err_msg=No 102656693AC3CA6E0CDAFBFE89AB99 from 203.0.113.9 or 2001:db8::7 at 12:30;";
    expect(answered(200, body)).toEqual({ kind: "refused", reason: "No … from … or … at 12:30" });
  });

  const neither = { kind: "unknown", reason: "HTTP 200 with an answer that is neither ShopBack's yes nor its no" };

  test.each([
    ["an empty body", ""],
    ["blanks", " \n "],
    ["HTML", "<!doctype html><html><body><h1>Welcome</h1></body></html>"],
    ["HTML around a yes", "<html><body>success=true;</body></html>"],
    ["a yes cut short", "sucess=tru"],
    ["a yes cut shorter", "suc"],
    ["a no cut short", "success=fals"],
    ["a yes with a message", "success=true; err_msg=Duplicate;"],
    ["a word that begins like a yes", "success=trueish;"],
    ["three c's", "succcess=true;"],
    ["no c", "suess=true;"],
    ["JSON", '{"success":true}'],
    ["a yes that is a number", "success=1;"],
    ["a yes behind something else", "result: success=true;"],
    ["TUNE's log message alone", "Duplicate conversion"],
    ["a message alone", "err_msg=Invalid Trans. ID;"],
    ["OK", "OK"],
    ["10 MB of junk", "\u0000ÿ".repeat(5_000_000)],
    ["10 MB of blanks", " ".repeat(10_000_000)],
    ["10 MB behind a message", `err_msg${" ".repeat(10_000_000)}`],
  ])("is doubt where it is HTTP 200 with %s", (_what, body) => {
    expect(answered(200, body)).toEqual(neither);
    expect(answeredTo("repeated", 200, body)).toEqual(neither);
  });

  test.each([0, 100, 199, 300, 301, 302, 303, 304, 307, 308, 500, 501, 502, 503, 504, 520, 599, 600])(
    "is doubt where it is HTTP %i, whatever it says",
    (status) => {
      for (const body of ["", "sucess=true;", invalidId, duplicate])
        for (const call of ["first", "repeated"] as const)
          expect(answeredTo(call, status, body)).toEqual({ kind: "unknown", reason: `HTTP ${status}` });
    },
  );

  test.each([400, 401, 403, 404, 405, 409, 410, 414, 422, 499])("is a no where it is HTTP %i", (status) => {
    expect(answered(status, "sucess=true;")).toEqual({ kind: "refused", reason: `HTTP ${status}` });
    expect(answered(status, "")).toEqual({ kind: "refused", reason: `HTTP ${status}` });
  });

  test.each([408, 425, 429])("asks for another try later where it is HTTP %i, and is never a no", (status) => {
    for (const body of ["", "sucess=true;", invalidId])
      expect(answered(status, body)).toEqual({ kind: "retry", reason: `HTTP ${status}` });
  });

  test("is never repeated with the token or the click id in it, plain or percent-encoded", () => {
    const account = accountWith({ securityToken: "half;the/token" });
    const { step } = postbackOf(anOrderInMyr());
    const said = (message: string) =>
      account.verdict({ status: 200, headers: {}, body: `success=false; err_msg=${message}` }, step);
    expect(said("bad token half;the/token.")).toEqual({ kind: "refused", reason: "bad token …." });
    expect(said("bad call ?security_token=half%3Bthe%2Ftoken")).toEqual({
      kind: "refused",
      reason: "bad call ?security_token=…",
    });
    expect(said("no 102656693ac3ca6e0cdafbfe89ab99 here")).toEqual({ kind: "refused", reason: "no … here" });
  });

  test("has a verdict of a known kind, without the token, whatever it is", () => {
    const parts = fc.constantFrom(
      "success",
      "sucess",
      "=",
      "true",
      "false",
      ";",
      " ",
      "err_msg",
      "Duplicate",
      securityToken,
    );
    const bodies = fc.oneof(
      fc.array(parts, { maxLength: 12 }).map((given) => given.join("")),
      fc.string({ unit: "binary" }).map((message) => `success=false; err_msg=${securityToken}${message}`),
      fc.string({ unit: "binary" }),
      fc.json(),
    );
    const statuses = fc.oneof(fc.constant(200), fc.integer({ min: 0, max: 999 }));
    fc.assert(
      fc.property(statuses, bodies, fc.constantFrom("first", "repeated"), (status, body, call) => {
        const verdict = answeredTo(call, status, body);
        expect(["accepted", "refused", "retry", "unknown", "hold"]).toContain(verdict.kind);
        expect(verdict.kind === "accepted" || /\S/.test(verdict.reason)).toBe(true);
        expect(JSON.stringify(verdict)).not.toContain(securityToken);
      }),
      { numRuns: 200 },
    );
  });
});

describe("ShopBack's answer to a validation", () => {
  const answeredTo = (call: "first" | "repeated", status: number, body: string, told = toldOrder) => {
    const postback = toldNext({ status: "approved", told: [told] }).find(({ kind }) => kind === "approve");
    if (typeof postback?.ifUnknown !== "object") throw new Error("not to be asked");
    const step = call === "first" ? postback.step : postback.ifUnknown.ask;
    return accountWith({ validation }).verdict({ status, headers: {}, body }, step);
  };

  test.each(["sucess=true;", "success=true;", "success=true; err_msg=;"])("is a yes with %s", (body) => {
    for (const told of [toldOrder, toldMug])
      for (const call of ["first", "repeated"] as const)
        expect(answeredTo(call, 200, body, told)).toEqual({ kind: "accepted" });
  });

  test("that it is a duplicate is a no, but a yes to our own repeated call, also for a line", () => {
    for (const told of [toldOrder, toldMug]) {
      expect(answeredTo("first", 200, duplicate, told)).toEqual({
        kind: "refused",
        reason: "Duplicate recorded with Trans. ID …",
      });
      expect(answeredTo("repeated", 200, duplicate, told)).toEqual({
        kind: "accepted",
        reason: "the unanswered call arrived: Duplicate recorded with Trans. ID …",
      });
    }
  });

  test.each([
    ["another no", 200, "success=false; err_msg=Status is final;", "Status is final"],
    ["a no without a message", 200, "success=false;", "success=false without a message"],
    ["HTTP 403", 403, "", "HTTP 403"],
  ])("is a no with %s, and leaves the doubt of an unanswered call to a person", (_what, status, body, reason) => {
    expect(answeredTo("first", status, body)).toEqual({ kind: "refused", reason });
    expect(answeredTo("repeated", status, body)).toEqual({
      kind: "hold",
      reason: `the repeated call was refused, which says nothing of the first one: ${reason}`,
    });
  });

  test.each([
    ["HTTP 500", 500, "sucess=true;", { kind: "unknown", reason: "HTTP 500" }],
    ["HTTP 302", 302, "", { kind: "unknown", reason: "HTTP 302" }],
    ["HTTP 429", 429, "", { kind: "retry", reason: "HTTP 429" }],
    [
      "HTML",
      200,
      "<html>",
      { kind: "unknown", reason: "HTTP 200 with an answer that is neither ShopBack's yes nor its no" },
    ],
  ])("is no answer with %s", (_what, status, body, verdict) => {
    for (const call of ["first", "repeated"] as const) expect(answeredTo(call, status, body)).toEqual(verdict);
  });

  test("is kept without the click id and the token", () => {
    const body = `success=false; err_msg=No ${click.id} with ${securityToken};`;
    expect(answeredTo("first", 200, body)).toEqual({ kind: "refused", reason: "No … with …" });
  });
});

describe("ShopBack's settings", () => {
  const settings = { offer: "1234", securityToken, currency: "MYR", amount: "gross" };

  test("have the defaults of ShopBack's pages, and a lifetime that they do not name", () => {
    const account = accountWith();
    expect(account).toMatchObject({
      id: "shopback",
      landing: { network: "shopback", parameter: "transaction_id", cookie: "shopback_click", days: 30 },
      settleSeconds: 60,
    });
    expect(account.market).toBeUndefined();
  });

  test("name the account by its market, and set the parameter and the days", () => {
    expect(accountWith({ market: "MY", parameter: "sbid", days: 1 })).toMatchObject({
      id: "shopback:MY",
      market: "MY",
      landing: { network: "shopback", parameter: "sbid", cookie: "shopback_click", days: 1 },
    });
  });

  test("take the ids of the validation API", () => {
    expect(() => accountWith({ validation: { offer: "1235", affiliate: "1152" } })).not.toThrow();
  });

  const amountWanted = 'must be "gross" or "net": ask ShopBack whether amounts include VAT or GST';
  const currencyWanted = 'must be "any" or an ISO 4217 code in capitals, like MYR, of at most 2 decimals';
  const combination =
    '"line" cannot be combined with currency "any": both need adv_sub5, for the order\'s total and for its currency, ' +
    "and ShopBack's pages do not say which wins. Use an account of one currency, or level order";

  test.each<[string, Record<string, unknown>, Issue]>([
    ["no offer", { offer: undefined }, { path: "offer", message: "the offer id ShopBack gave you is wanted, as text" }],
    [
      "an offer as a number",
      { offer: 1234 },
      { path: "offer", message: "the offer id ShopBack gave you is wanted, as text" },
    ],
    ["an offer that is no number", { offer: "{order_offer_id}" }, { path: "offer", message: "must be digits" }],
    ["an empty offer", { offer: "" }, { path: "offer", message: "must be digits" }],
    [
      "no currency",
      { currency: undefined },
      { path: "currency", message: 'the account\'s ISO 4217 code is wanted, or "any" for a multi-currency account' },
    ],
    ["an unknown currency", { currency: "RM" }, { path: "currency", message: currencyWanted }],
    ["a currency in small letters", { currency: "myr" }, { path: "currency", message: currencyWanted }],
    ["a currency of three decimals", { currency: "KWD" }, { path: "currency", message: currencyWanted }],
    ["no kind of amount", { amount: undefined }, { path: "amount", message: amountWanted }],
    ["another kind of amount", { amount: "total" }, { path: "amount", message: amountWanted }],
    ["another level", { level: "item" }, { path: "level", message: 'must be "order" or "line"' }],
    ["level line with any currency", { level: "line", currency: "any" }, { path: "level", message: combination }],
    [
      "what follows doubt at order level",
      { onUnknown: "repeat" },
      { path: "onUnknown", message: "is for level line: at order level ShopBack itself tells a repeated call apart" },
    ],
    [
      "anything else to follow doubt",
      { level: "line", onUnknown: "ask" },
      { path: "onUnknown", message: 'must be "hold" or "repeat"' },
    ],
    [
      "a time zone",
      { timezone: "Asia/Bangkok" },
      { path: "timezone", message: "is not known: correct its name or remove it" },
    ],
    ["datetime as text", { datetime: "yes" }, { path: "datetime", message: "true or false is wanted" }],
    [
      "the order offer as the validation offer",
      { validation: { offer: "1234", affiliate: "1152" } },
      {
        path: "validation.offer",
        message: "must be the validation offer's id, and is the order offer's: ShopBack gives you one of each",
      },
    ],
    [
      "half the ids of the validation API",
      { validation: { offer: "1235" } },
      { path: "validation.affiliate", message: "the affiliate id ShopBack gave you is wanted, as text" },
    ],
  ])("refuse %s", (_what, changes, issue) => {
    expect(refusalOf({ ...settings, ...changes }).issues).toEqual([issue]);
  });

  test("are refused with all that is wrong at once, between settings too", () => {
    const refusal = refusalOf({
      offer: 1234,
      currency: "any",
      level: "line",
      url: "http://shopback.go2cloud.org",
    });
    expect(refusal.issues).toEqual([
      { path: "offer", message: "the offer id ShopBack gave you is wanted, as text" },
      { path: "securityToken", message: "is missing: set it to the token the network gave you" },
      { path: "amount", message: amountWanted },
      {
        path: "url",
        message:
          "must be https: over http anybody on the way can read the token. If the network insists, set tokenInCleartext: true",
      },
      { path: "level", message: combination },
    ]);
  });

  test.each([[undefined], [null], [5], ["settings"], [[]]])("are refused where they are %j", (given) => {
    expect(refusalOf(given).message).toBe("shopback: an object is wanted");
  });

  test.each<[string, Record<string, unknown>]>([
    ["the token with a space behind", { securityToken: `${securityToken} ` }],
    ["the token in a list", { securityToken: [securityToken] }],
    ["the token as the offer", { offer: securityToken }],
    ["the token as the currency", { currency: securityToken }],
    ["the token as the amount", { amount: securityToken }],
    ["the token as the level", { level: securityToken }],
    ["the token as what follows doubt", { level: "line", onUnknown: securityToken }],
    ["the token as the datetime", { datetime: securityToken }],
    ["the token as the ids of validation", { validation: securityToken }],
    ["the token as the market, too long", { market: securityToken.repeat(3) }],
    ["the token in the URL's query", { url: `https://shopback.go2cloud.org/?security_token=${securityToken}` }],
    ["the token over http", { url: "http://shopback.go2cloud.org" }],
    ["the token as an unknown setting", { token: securityToken }],
  ])("are refused without repeating %s", (_what, changes) => {
    const refusal = refusalOf({ ...settings, ...changes });
    expect(inspect(refusal, { depth: Infinity, showHidden: true })).not.toContain(securityToken);
  });

  test("do not show the token on the account made of them", () => {
    expect(inspect(accountWith(), { depth: Infinity, showHidden: true })).not.toContain(securityToken);
    expect(JSON.stringify(accountWith())).not.toContain(securityToken);
  });

  function refusalOf(given: unknown): CollectorError {
    try {
      shopback(given as ShopbackSettings);
    } catch (error) {
      if (error instanceof CollectorError && error.code === "ERR_OPTIONS") return error;
      throw error;
    }
    throw new Error("the settings were taken");
  }
});
