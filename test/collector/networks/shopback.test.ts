import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CollectorError, type Issue } from "../../../packages/collector/src/error.ts";
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

function requestsFor(order: PlacedOrder, settings: Partial<ShopbackSettings> = {}, by = click) {
  const account = accountWith(settings);
  return account.postbacks({ order, click: by }).map(({ step }) => account.request(step));
}

function urlsFor(order: PlacedOrder, settings: Partial<ShopbackSettings> = {}, by = click): string[] {
  return requestsFor(order, settings, by).map(({ url }) => url);
}

/** What a server reads from the calls of an order. */
function parametersFor(order: PlacedOrder, settings: Partial<ShopbackSettings> = {}): Record<string, string>[] {
  return urlsFor(order, settings).map((url) => Object.fromEntries(new URL(url).searchParams));
}

function postbackOf(order: PlacedOrder, settings: Partial<ShopbackSettings> = {}) {
  const [postback, ...others] = accountWith(settings).postbacks({ order, click });
  if (!postback || others.length > 0) throw new Error(`${others.length + 1} postbacks`);
  return postback;
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
    expect(postbackOf(anOrderInMyr({ number: "A/1 ä" })).id).toBe("shopback/A%2F1%20%C3%A4/create");
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
      for (const postback of accountWith({ level, datetime: true }).postbacks({ order: anOrderInMyr(), click })) {
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
      .postbacks({ order: anOrderInMyr({ lines }), click })
      .map(({ id }) => id);
    expect(ids).toEqual(["shopback:MY/1001/create/mug-1", "shopback:MY/1001/create/vase%201%2Fb"]);
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

  const minorUnits = (amount: string, decimals: number): bigint => {
    expect(amount).toMatch(decimals === 0 ? /^\d+$/ : /^\d+(?:\.\d{1,2})?$/);
    const [whole = "", fraction = ""] = amount.split(".");
    return BigInt(whole + fraction.padEnd(decimals, "0"));
  };

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
    expect(accountWith().refusal(anOrder({ currency: "SGD" }))).toBe("the account takes MYR, and the order is in SGD");
  });

  test.each([
    ["KWD", 3],
    ["CLF", 4],
  ])("is in a currency of more than two decimals: %s", (currency, decimals) => {
    expect(accountWith({ currency: "any" }).refusal(anOrder({ currency }))).toBe(
      `${currency} has ${decimals} decimals, and ShopBack takes amounts with at most 2`,
    );
  });

  test("is no other", () => {
    expect(accountWith().refusal(anOrderInMyr())).toBeUndefined();
    for (const currency of ["MYR", "JPY", "SEK"])
      expect(accountWith({ currency: "any" }).refusal(anOrder({ currency }))).toBeUndefined();
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
    expect(answeredTo("repeated", 200, body)).toEqual({ kind: "refused", reason });
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

  test("that the click id is used leaves a repeated call for a line to a person, for another line may have used it", () => {
    const settings = { level: "line", onUnknown: "repeat" };
    expect(answeredTo("repeated", 200, duplicate, settings)).toEqual({
      kind: "hold",
      reason: "Duplicate recorded with Trans. ID …",
    });
  });

  test("is no duplicate because a forged click id says so", () => {
    const account = accountWith();
    const forged = { network: "shopback", id: "duplicate1234", at: click.at };
    const [postback] = account.postbacks({ order: anOrderInMyr(), click: forged });
    if (typeof postback?.ifUnknown !== "object") throw new Error("not to be asked");
    const body = "success=false; err_msg=Invalid Trans. ID #duplicate1234.;";
    expect(account.verdict({ status: 200, headers: {}, body }, postback.ifUnknown.ask)).toEqual({
      kind: "refused",
      reason: "Invalid Trans. ID #….",
    });
  });

  test.each([400, 403, 404])(
    "is a no with HTTP %i, but leaves the doubt of an unanswered call to a person",
    (status) => {
      expect(answered(status, "")).toEqual({ kind: "refused", reason: `HTTP ${status}` });
      expect(answeredTo("repeated", status, "")).toEqual({ kind: "hold", reason: `HTTP ${status}` });
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
    ["another level", { level: "item" }, { path: "level", message: 'Invalid option: expected one of "order"|"line"' }],
    ["level line with any currency", { level: "line", currency: "any" }, { path: "level", message: combination }],
    [
      "what follows doubt at order level",
      { onUnknown: "repeat" },
      { path: "onUnknown", message: "is for level line: at order level ShopBack itself tells a repeated call apart" },
    ],
    [
      "anything else to follow doubt",
      { level: "line", onUnknown: "ask" },
      { path: "onUnknown", message: 'Invalid option: expected one of "hold"|"repeat"' },
    ],
    [
      "a time zone",
      { timezone: "Asia/Bangkok" },
      { path: "timezone", message: "is not known: correct its name or remove it" },
    ],
    [
      "datetime as text",
      { datetime: "yes" },
      { path: "datetime", message: "Invalid input: expected boolean, received string" },
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
    expect(refusalOf(given).message).toMatch(/^shopback: Invalid input: expected object, received \w+$/);
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
