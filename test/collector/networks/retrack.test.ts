import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CollectorError, type Issue } from "../../../packages/collector/src/error.ts";
import type { Conversion, Told } from "../../../packages/collector/src/network.ts";
import { type RetrackSettings, retrack } from "../../../packages/collector/src/networks/retrack.ts";
import type { PlacedOrder } from "../../../packages/collector/src/order.ts";
import { anOrder, anyOrder } from "../../support/orders.ts";

const token = "DbV6KYhMm7firiNtgfOCEmRohglfAQUTUy4FudGOKtetC0yYSaKtOXIedfNX";
const event = "1f80e399-6f55-4cef-b8b0-0f74752c1ceb";
const shoesEvent = "2a91f4aa-7066-4de0-89c1-1085863d2dfc";
const giftEvent = "3ba205bb-8177-4ef1-9ad2-2196974e3e0d";
const click = { network: "retrack", id: "59d08c54-18e6-4e0d-9c06-d18be3510e43", at: new Date("2026-05-10T10:00:00Z") };
const uuid = "3afc4a82-93c3-423f-8ee8-542ccb315931";

const mug = { sku: "mug-1", name: "Stoneware mug", quantity: 1, net: 10000, vat: 2500 };

function accountWith(settings: Partial<RetrackSettings> = {}) {
  return retrack({ token, event, ...settings });
}

/** A conversion of which nothing is told or decided, as far as `changes` says nothing else. */
function conversionOf(order: PlacedOrder, changes: Partial<Conversion> = {}): Conversion {
  return { order, click, status: "pending", lines: {}, told: [], ...changes };
}

function postbackOf(order: PlacedOrder, settings: Partial<RetrackSettings> = {}, changes: Partial<Conversion> = {}) {
  const [postback, ...others] = accountWith(settings).postbacks(conversionOf(order, changes));
  if (!postback || others.length > 0) throw new Error(`${others.length + 1} postbacks`);
  return postback;
}

function requestFor(order: PlacedOrder, settings: Partial<RetrackSettings> = {}) {
  const { body = "null", ...request } = accountWith(settings).request(postbackOf(order, settings).step);
  return { ...request, body: JSON.parse(body) };
}

function questionAbout(order: PlacedOrder, settings: Partial<RetrackSettings> = {}) {
  const { ifUnknown } = postbackOf(order, settings);
  if (typeof ifUnknown !== "object") throw new Error(`nothing to ask: ${ifUnknown}`);
  return ifUnknown.ask;
}

// https://retrack.refunder.com/help/tracking/s2s/transaction
describe("a Retrack transaction", () => {
  test("is the documented example, posted as JSON with the token", () => {
    const order = anOrder({
      number: "test1234",
      lines: [{ sku: "testabc123", name: "Testprodukt", quantity: 1, net: 10100, vat: 2000 }],
    });
    expect(requestFor(order)).toStrictEqual({
      method: "POST",
      url: "https://retrack.refunder.com/api/v2/transactions",
      headers: {
        accept: "application/json",
        authorization: "Bearer DbV6KYhMm7firiNtgfOCEmRohglfAQUTUy4FudGOKtetC0yYSaKtOXIedfNX",
        "content-type": "application/json",
      },
      body: {
        event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
        click: "59d08c54-18e6-4e0d-9c06-d18be3510e43",
        orderNumber: "test1234",
        orderSum: 10100,
        vatSum: 2000,
        currency: "SEK",
        products: [
          {
            event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
            reference: "testabc123",
            quantity: 1,
            name: "Testprodukt",
            price: 10100,
            vat: 2000,
          },
        ],
      },
    });
  });

  test("tells 125 SEK with 25 SEK VAT as the documented 10000 and 2500", () => {
    expect(requestFor(anOrder({ lines: [mug] })).body).toMatchObject({ orderSum: 10000, vatSum: 2500 });
  });

  test("sums all lines, and has a product for each", () => {
    const lines = [mug, { sku: "vase-1", name: "Vase", quantity: 1, net: 30000, vat: 3600 }];
    expect(requestFor(anOrder({ lines })).body).toStrictEqual({
      event,
      click: "59d08c54-18e6-4e0d-9c06-d18be3510e43",
      orderNumber: "1001",
      orderSum: 40000,
      vatSum: 6100,
      currency: "SEK",
      products: [
        { event, reference: "mug-1", quantity: 1, name: "Stoneware mug", price: 10000, vat: 2500 },
        { event, reference: "vase-1", quantity: 1, name: "Vase", price: 30000, vat: 3600 },
      ],
    });
  });

  test("has the order's discount without VAT as discountSum, and sums without both", () => {
    const order = anOrder({ lines: [mug], discount: { net: 1000, vat: 250 } });
    expect(requestFor(order).body).toStrictEqual({
      event,
      click: "59d08c54-18e6-4e0d-9c06-d18be3510e43",
      orderNumber: "1001",
      orderSum: 9000,
      vatSum: 2250,
      currency: "SEK",
      discountSum: 1000,
      products: [{ event, reference: "mug-1", quantity: 1, name: "Stoneware mug", price: 10000, vat: 2500 }],
    });
  });

  test.each([
    ["there is none", undefined],
    ["it is nothing", { net: 0, vat: 0 }],
  ])("has no discountSum where %s", (_case, discount) => {
    const order = anOrder({ lines: [mug], ...(discount && { discount }) });
    expect(requestFor(order).body).not.toHaveProperty("discountSum");
  });

  test.each([
    ["JPY", 12000, 1200],
    ["KWD", 1250, 0],
    ["SEK", 9_007_199_254_738_491, 2500],
  ])("is in minor units of any currency: %s", (currency, net, vat) => {
    const order = anOrder({ currency, lines: [{ ...mug, net, vat }] });
    expect(requestFor(order).body).toMatchObject({ currency, orderSum: net, vatSum: vat });
  });

  test("carries texts as they are, in any script", () => {
    const order = anOrder({
      number: 'Å-1001/2 "x"',
      lines: [{ ...mug, sku: "mug é+&=%", name: "馬克杯 🎁 'n' <b>\\ \u2028" }],
    });
    expect(requestFor(order).body).toMatchObject({
      orderNumber: 'Å-1001/2 "x"',
      products: [{ reference: "mug é+&=%", name: "馬克杯 🎁 'n' <b>\\ \u2028" }],
    });
  });

  test("says nothing of shipping, vouchers, the market or the time, which Retrack has no field for", () => {
    const order = anOrder({ vouchers: ["SPRING"], market: "SE" });
    expect(Object.keys(requestFor(order).body)).toEqual([
      "event",
      "click",
      "orderNumber",
      "orderSum",
      "vatSum",
      "currency",
      "products",
    ]);
  });

  test("goes to another host where the settings name one", () => {
    expect(requestFor(anOrder(), { url: "http://127.0.0.1:8402" }).url).toBe(
      "http://127.0.0.1:8402/api/v2/transactions",
    );
  });

  test("holds every row of 10,000 lines", () => {
    const lines = Array.from({ length: 10_000 }, () => ({ ...mug, quantity: 3 }));
    const { body } = requestFor(anOrder({ lines }));
    expect(body.orderSum).toBe(100_000_000);
    expect(body.products).toHaveLength(20_000);
  });
});

// https://retrack.refunder.com/help/tracking/s2s/transaction: "A note about orders with mixed events"
describe("a product's event", () => {
  const events = { Shoes: shoesEvent };
  const eventsOf = (lines: PlacedOrder["lines"], settings: Partial<RetrackSettings> = { events }) =>
    requestFor(anOrder({ lines }), settings).body.products.map((product: { event: unknown }) => product.event);

  test("is the line's own before its category's, and the account's where neither has one", () => {
    const lines = [
      { ...mug, category: "Shoes", event: giftEvent },
      { ...mug, category: "Shoes" },
      { ...mug, category: "Kitchen" },
      mug,
    ];
    expect(eventsOf(lines)).toEqual([giftEvent, shoesEvent, event, event]);
  });

  test("leaves the transaction's event as it is", () => {
    const order = anOrder({ lines: [{ ...mug, category: "Shoes" }] });
    expect(requestFor(order, { events }).body.event).toBe("1f80e399-6f55-4cef-b8b0-0f74752c1ceb");
  });

  test("is found by the category's exact name", () => {
    expect(
      eventsOf([
        { ...mug, category: "shoes" },
        { ...mug, category: "Shoes " },
      ]),
    ).toEqual([event, event]);
  });

  test.each(["constructor", "toString", "__proto__", "hasOwnProperty"])(
    "is the account's for a category called %s",
    (category) => {
      expect(eventsOf([{ ...mug, category }])).toEqual([event]);
      expect(eventsOf([{ ...mug, category }], {})).toEqual([event]);
    },
  );
});

describe("a line of several units", () => {
  const rows = (line: Partial<typeof mug>, settings: Partial<RetrackSettings> = {}) =>
    requestFor(anOrder({ lines: [{ ...mug, ...line }] }), settings).body.products.map(
      ({ quantity, price, vat }: Record<string, unknown>) => [quantity, price, vat],
    );

  test.each([
    ["is one row of unit prices where they divide evenly", { quantity: 4, net: 10000, vat: 2500 }, [[4, 2500, 625]]],
    [
      "is two rows where only the price does not",
      { quantity: 3, net: 10000, vat: 2499 },
      [
        [1, 3334, 833],
        [2, 3333, 833],
      ],
    ],
    [
      "is two rows where only the VAT does not",
      { quantity: 4, net: 10000, vat: 2502 },
      [
        [2, 2500, 626],
        [2, 2500, 625],
      ],
    ],
    [
      "is two rows where both leave the same rest",
      { quantity: 3, net: 10000, vat: 2500 },
      [
        [1, 3334, 834],
        [2, 3333, 833],
      ],
    ],
    [
      "is three rows where they leave different rests",
      { quantity: 3, net: 10001, vat: 2500 },
      [
        [1, 3334, 834],
        [1, 3334, 833],
        [1, 3333, 833],
      ],
    ],
    [
      "is three rows also where the VAT's rest is the larger",
      { quantity: 7, net: 15, vat: 12 },
      [
        [1, 3, 2],
        [4, 2, 2],
        [2, 2, 1],
      ],
    ],
    [
      "has rows of nothing where there are fewer minor units than units",
      { quantity: 5, net: 2, vat: 0 },
      [
        [2, 1, 0],
        [3, 0, 0],
      ],
    ],
    ["is one row of nothing where it costs nothing", { quantity: 9, net: 0, vat: 0 }, [[9, 0, 0]]],
    [
      "is exact at the largest amount there is",
      { quantity: 2, net: 9_007_199_254_740_991, vat: 0 },
      [
        [1, 4_503_599_627_370_496, 0],
        [1, 4_503_599_627_370_495, 0],
      ],
    ],
  ])("%s", (_rule, line, expected) => {
    expect(rows(line)).toEqual(expected);
    expect(rows(line, { prices: "unit" })).toEqual(expected);
  });

  test("is one row of its whole price and VAT where the settings say that prices are of lines", () => {
    expect(rows({ quantity: 3, net: 10001, vat: 2500 }, { prices: "line" })).toEqual([[3, 10001, 2500]]);
  });

  test("keeps its name, reference and event in each row", () => {
    const order = anOrder({ lines: [{ ...mug, quantity: 3, net: 10000, vat: 2499, event: giftEvent }] });
    expect(requestFor(order).body.products).toStrictEqual([
      { event: giftEvent, reference: "mug-1", quantity: 1, name: "Stoneware mug", price: 3334, vat: 833 },
      { event: giftEvent, reference: "mug-1", quantity: 2, name: "Stoneware mug", price: 3333, vat: 833 },
    ]);
  });

  interface Row {
    quantity: number;
    price: number;
    vat: number;
  }

  const sum = (amounts: number[]) => amounts.reduce((total, amount) => total + BigInt(amount), 0n);

  test.each<["unit" | "line", (row: Row) => bigint]>([
    ["unit", ({ quantity }) => BigInt(quantity)],
    ["line", () => 1n],
  ])("adds up with all others to the order exactly where prices are of a %s, for any order", (prices, times) => {
    fc.assert(
      fc.property(anyOrder, (order) => {
        const { body } = requestFor(order, { prices });
        const products: Row[] = body.products;
        const discount = order.discount ?? { net: 0, vat: 0 };
        const net = products.reduce((total, row) => total + BigInt(row.price) * times(row), 0n);
        const vat = products.reduce((total, row) => total + BigInt(row.vat) * times(row), 0n);
        expect(net - BigInt(body.discountSum ?? 0)).toBe(BigInt(body.orderSum));
        expect(vat - BigInt(discount.vat)).toBe(BigInt(body.vatSum));
        expect(BigInt(body.orderSum)).toBe(sum(order.lines.map((line) => line.net)) - BigInt(discount.net));
        expect(BigInt(body.vatSum)).toBe(sum(order.lines.map((line) => line.vat)) - BigInt(discount.vat));
        expect(sum(products.map((row) => row.quantity))).toBe(sum(order.lines.map((line) => line.quantity)));
        expect(products.every((row) => row.price >= 0 && row.vat >= 0 && row.quantity >= 1)).toBe(true);
      }),
    );
  });
});

describe("a Retrack postback", () => {
  test("is one for an order, named by its account and number", () => {
    expect(postbackOf(anOrder({ number: "A/1 ä" }))).toMatchObject({
      id: "retrack/A%2F1%20%C3%A4/create",
      kind: "create",
    });
    expect(postbackOf(anOrder(), { market: "SE" }).id).toBe("retrack:SE/1001/create");
  });

  test("is the same each time it is made of the same order", () => {
    expect(postbackOf(anOrder())).toEqual(postbackOf(anOrder()));
  });

  test("can be kept as JSON and holds no token", () => {
    for (const postback of [
      postbackOf(anOrder({ discount: { net: 1, vat: 0 } })),
      ...toldNext(withoutVase),
      ...toldNext({ status: "rejected" }),
    ]) {
      expect(JSON.parse(JSON.stringify(postback))).toEqual(postback);
      expect(JSON.stringify(postback)).not.toContain(token);
    }
  });

  // https://retrack.refunder.com/help/tracking/s2s/update-transaction
  test("has its doubt settled by asking for the order's number", () => {
    const account = accountWith();
    expect(account.request(questionAbout(anOrder({ number: "test1234" })))).toStrictEqual({
      method: "GET",
      url: "https://retrack.refunder.com/api/v2/transactions?byOrderNumber=test1234",
      headers: {
        accept: "application/json",
        authorization: "Bearer DbV6KYhMm7firiNtgfOCEmRohglfAQUTUy4FudGOKtetC0yYSaKtOXIedfNX",
      },
    });
  });

  test("is asked about with every character of the number encoded that would change the question", () => {
    const { url } = accountWith().request(questionAbout(anOrder({ number: "#1 &a=b+c/ä?🎁%" })));
    expect(url).toBe(
      "https://retrack.refunder.com/api/v2/transactions?byOrderNumber=%231%20%26a%3Db%2Bc%2F%C3%A4%3F%F0%9F%8E%81%25",
    );
  });
});

// https://retrack.refunder.com/help/tracking/s2s/transaction: "Example response"
const documentedAnswer = {
  data: {
    uuid: "3afc4a82-93c3-423f-8ee8-542ccb315931",
    order_number: "test1234",
    order_sum: 200000,
    vat_sum: 40000,
    commission: 4000,
    currency: "SEK",
    vouchers: [],
    created_at: "2020-11-04 11:09:31",
    click: {
      uuid: "59d08c54-18e6-4e0d-9c06-d18be3510e43",
      ref: "38315327",
      ref2: null,
      ref3: null,
      deeplink: null,
      ip_address: "80.216.223.143",
      browser: "Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
      referer: "https://www.refunder.se/",
      country: "SE",
      created_at: "2020-10-08 08:13:43",
    },
    publisher: { uuid: "e5adcbc6-31a8-4e1b-8351-835dddc16921", name: "Refunder SE", created_at: "2020-05-19 15:44:36" },
    advertiser: {
      uuid: "4062146a-9078-4e9a-8a88-2b9066c562d2",
      name: "Store Name SE",
      created_at: "2020-05-19 15:46:02",
    },
    program: {
      uuid: "7649bf56-4345-46e4-8c77-04bbd2f3bcd3",
      title: "Store Name SE",
      created_at: "2020-05-19 15:47:02",
    },
    event: {
      uuid: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
      title: "Sale Whole Store",
      commission: "20.00",
      created_at: "2020-05-19 15:48:46",
    },
    status: { name: "pending", reason: null, created_at: "2020-11-04 11:09:31" },
    products: [
      { reference: "testabc123", name: "Testprodukt", price: 200000, vat: 40000, created_at: "2020-11-04 11:09:31" },
    ],
  },
};

const documentedBody = JSON.stringify(documentedAnswer);
const html = "<!doctype html><html><body><h1>Welcome</h1></body></html>";
const ours = anOrder({ number: "test1234" });

function transaction(orderNumber: unknown, id: unknown = uuid) {
  return { uuid: id, order_number: orderNumber };
}

describe("Retrack's answer to a transaction", () => {
  const answered = (status: number, body: string, number = "test1234") => {
    const account = accountWith();
    return account.verdict({ status, headers: {}, body }, postbackOf(anOrder({ number })).step);
  };
  const unclear = {
    kind: "unknown",
    reason: "HTTP 200 without the transaction Retrack answers with when it has saved one",
  };

  test("is a yes with the transaction's uuid as the documented example", () => {
    expect(answered(200, documentedBody)).toEqual({
      kind: "accepted",
      remoteId: "3afc4a82-93c3-423f-8ee8-542ccb315931",
    });
  });

  test.each([
    ["without the order's number", JSON.stringify({ data: { uuid } })],
    ["with space around it", ` \r\n${documentedBody}\n`],
    ["with fields beside it", JSON.stringify({ ...documentedAnswer, meta: { took: 3 } })],
  ])("is a yes %s", (_what, body) => {
    expect(answered(200, body)).toEqual({ kind: "accepted", remoteId: uuid });
  });

  test("is a yes where it tells the order's number as a number", () => {
    expect(answered(200, JSON.stringify({ data: transaction(1001) }), "1001")).toEqual({
      kind: "accepted",
      remoteId: uuid,
    });
  });

  test.each([
    ["an empty body", ""],
    ["HTML", html],
    ["the example cut short", documentedBody.slice(0, -1)],
    ["the example cut in its middle", documentedBody.slice(0, 80)],
    ["plain text", "OK"],
    ["null", "null"],
    ["true", "true"],
    ["a text", '"saved"'],
    ["an empty object", "{}"],
    ["an empty list", "[]"],
    ["no transaction", '{"data":null}'],
    ["an empty list of transactions", '{"data":[]}'],
    ["an empty transaction", '{"data":{}}'],
    ["another order's transaction", JSON.stringify({ data: transaction("test1235") })],
    ["two transactions", JSON.stringify({ data: [transaction("test1234"), transaction("test1234", "another")] })],
    ["a transaction without a uuid", '{"data":{"order_number":"test1234"}}'],
    ["a uuid that is a number", JSON.stringify({ data: transaction("test1234", 5) })],
    ["a uuid that is a path", JSON.stringify({ data: transaction("test1234", "../leads") })],
    ["a uuid of 65 characters", JSON.stringify({ data: transaction("test1234", "a".repeat(65)) })],
    ["an order number that is null", JSON.stringify({ data: transaction(null) })],
    ["an error", '{"message":"The given data was invalid."}'],
    ["an error beside a success flag", '{"success":false,"error":"duplicate"}'],
    ["10 MB of junk", "\u0000ÿ".repeat(5_000_000)],
    ["5,000,000 nested lists", "[".repeat(5_000_000)],
    ["5,000,000 nested objects", '{"data":'.repeat(625_000)],
  ])("is doubt where it is HTTP 200 with %s", (_what, body) => {
    expect(answered(200, body)).toEqual(unclear);
  });

  // The page promises HTTP 200 for a saved transaction, and nothing else.
  test.each([
    0, 100, 199, 201, 202, 204, 206, 299, 300, 301, 302, 303, 307, 308, 304, 500, 501, 502, 503, 504, 520, 599, 600,
  ])("is doubt where it is HTTP %i, whatever it says", (status) => {
    expect(answered(status, documentedBody)).toEqual({ kind: "unknown", reason: `HTTP ${status}` });
    expect(answered(status, "")).toEqual({ kind: "unknown", reason: `HTTP ${status}` });
    expect(answered(status, '{"message":"Server Error"}')).toEqual({
      kind: "unknown",
      reason: `HTTP ${status}: Server Error`,
    });
  });

  test.each([400, 401, 402, 403, 404, 405, 409, 410, 413, 415, 418, 422, 451, 499])(
    "is a no where it is HTTP %i",
    (status) => {
      expect(answered(status, documentedBody)).toEqual({ kind: "refused", reason: `HTTP ${status}` });
      expect(answered(status, html)).toEqual({ kind: "refused", reason: `HTTP ${status}` });
    },
  );

  test.each([408, 425, 429])("asks for another try later where it is HTTP %i", (status) => {
    expect(answered(status, "")).toEqual({ kind: "retry", reason: `HTTP ${status}` });
    expect(answered(status, '{"message":"Too Many Attempts."}')).toEqual({
      kind: "retry",
      reason: `HTTP ${status}: Too Many Attempts.`,
    });
  });

  test("is repeated in its own words, on one short line", () => {
    const message = `The event is unknown.\r\n\tAsk\u0000 your\u202e contact. ${"x".repeat(300)}`;
    const verdict = answered(422, JSON.stringify({ message }));
    expect(verdict).toEqual({
      kind: "refused",
      reason: `HTTP 422: The event is unknown. Ask your contact. ${"x".repeat(160)}…`,
    });
  });

  test("is never repeated with the token or the click id in it", () => {
    const message = `Bearer ${token} may not report ${click.id}, nor ${token}.`;
    expect(answered(403, JSON.stringify({ message }))).toEqual({
      kind: "refused",
      reason: "HTTP 403: Bearer … may not report …, nor ….",
    });
  });

  test("is never repeated whole: the body carries the shopper's address", () => {
    for (const status of [200, 201, 400, 422, 429, 500])
      expect(JSON.stringify(answered(status, documentedBody.slice(0, -1)))).not.toContain("80.216.223.143");
  });

  test.each([[5], [null], [["a"]], [{ a: 1 }], [true]])(
    "is repeated without its message where that is %j",
    (message) => {
      expect(answered(422, JSON.stringify({ message }))).toEqual({ kind: "refused", reason: "HTTP 422" });
    },
  );
});

describe("Retrack's answer to the question whether it has the order", () => {
  const answered = (status: number, body: string, number = "test1234") =>
    accountWith().verdict({ status, headers: {}, body }, questionAbout(anOrder({ number })));
  const arrived = {
    kind: "accepted",
    remoteId: "3afc4a82-93c3-423f-8ee8-542ccb315931",
    reason: "Retrack has the order already",
  };
  const sendAgain = {
    kind: "next",
    step: { ...(postbackOf(ours).step as object), again: true },
    reason: "Retrack does not have the order",
  };

  test.each([
    ["the documented object", documentedBody],
    ["a list of one", JSON.stringify({ data: [documentedAnswer.data] })],
    ["a bare list of one", JSON.stringify([documentedAnswer.data])],
    ["a list with others", JSON.stringify({ data: [transaction("test12345", "a"), transaction("test1234")] })],
  ])("is a yes where it is %s", (_what, body) => {
    expect(answered(200, body)).toEqual(arrived);
  });

  test("is a yes where it tells the order's number as a number", () => {
    expect(answered(200, JSON.stringify({ data: [transaction(1001)] }), "1001")).toEqual(arrived);
  });

  test.each([
    ["HTTP 404", 404, '{"message":"Not found"}'],
    ["HTTP 404 without a body", 404, ""],
    ["no transaction", 200, '{"data":null}'],
    ["an empty list", 200, "[]"],
    ["an empty list of transactions", 200, '{"data":[]}'],
    ["an empty page of a list", 200, '{"data":[],"meta":{"total":0}}'],
  ])("lets the same transaction be sent again where it is %s", (_what, status, body) => {
    expect(answered(status, body)).toEqual(sendAgain);
  });

  test("is asked for again where some proxy's page says 404, which knows nothing of the order", () => {
    expect(answered(404, "\n<!doctype html><h1>404 Not Found</h1>")).toEqual({
      kind: "retry",
      reason: "the look-up was not answered: HTTP 404",
    });
  });

  test("leaves it to a person where a transaction sent again after doubt is refused", () => {
    const { step } = sendAgain;
    const account = retrack({ token: "a-token", event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb" });
    const taken = { status: 422, headers: {}, body: '{"message":"the order number is taken"}' };
    expect(account.verdict(taken, step as never)).toEqual({
      kind: "hold",
      reason: "the repeated call was refused, which says nothing of the first one: HTTP 422: the order number is taken",
    });
    expect(account.verdict({ ...taken, status: 500 }, step as never)).toMatchObject({ kind: "unknown" });
  });

  test("leaves the choice to a person where Retrack has the order twice", () => {
    const body = JSON.stringify({ data: [transaction("test1234", "a"), transaction("test1234", "b")] });
    expect(answered(200, body)).toEqual({ kind: "hold", reason: "Retrack has the order 2 times" });
  });

  test.each([
    ["another order", JSON.stringify({ data: transaction("test12345") })],
    ["other orders", JSON.stringify({ data: [transaction("A1"), transaction("TEST1234")] })],
    ["an order without a number", JSON.stringify({ data: { uuid } })],
  ])("leaves the choice to a person where it tells of %s", (_what, body) => {
    expect(answered(200, body)).toEqual({ kind: "hold", reason: "Retrack answered the look-up with other orders" });
  });

  test.each([
    ["an empty body", ""],
    ["HTML", html],
    ["the example cut short", documentedBody.slice(0, -1)],
    ["an empty object", "{}"],
    ["an empty transaction", '{"data":{}}'],
    ["null", "null"],
    ["a text", '"none"'],
    ["a number", "0"],
    ["data that is a number", '{"data":0}'],
    ["data that is false", '{"data":false}'],
    ["a list of nothing", '{"data":[null]}'],
    ["a list within a list", '{"data":[[]]}'],
    ["a transaction without a uuid", '{"data":{"order_number":"test1234"}}'],
    ["10 MB of junk", "\u0000ÿ".repeat(5_000_000)],
    ["5,000,000 nested lists", "[".repeat(5_000_000)],
  ])("is asked for again where it is HTTP 200 with %s", (_what, body) => {
    expect(answered(200, body)).toEqual({ kind: "retry", reason: "the look-up was not answered: HTTP 200" });
  });

  test.each([0, 199, 201, 204, 301, 302, 400, 401, 403, 405, 408, 410, 422, 425, 429, 500, 502, 503, 504])(
    "is asked for again where it is HTTP %i, whatever it says",
    (status) => {
      const reason = `the look-up was not answered: HTTP ${status}`;
      expect(answered(status, "")).toEqual({ kind: "retry", reason });
      expect(answered(status, documentedBody)).toEqual({ kind: "retry", reason });
      expect(answered(status, '{"data":null}')).toEqual({ kind: "retry", reason });
    },
  );

  test("is never repeated with the token or the click id in it", () => {
    const message = `${token} and ${click.id}`;
    expect(answered(401, JSON.stringify({ message }))).toEqual({
      kind: "retry",
      reason: "the look-up was not answered: HTTP 401: … and …",
    });
  });
});

/** Retrack's order of a mug and a vase, which it was told of. */
const mugAndVase = anOrder({ lines: [mug, { sku: "vase-1", name: "Vase", quantity: 1, net: 30000, vat: 3600 }] });

const toldOfMugAndVase = {
  event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
  click: "59d08c54-18e6-4e0d-9c06-d18be3510e43",
  orderNumber: "1001",
  orderSum: 40000,
  vatSum: 6100,
  currency: "SEK",
  products: [
    {
      event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
      reference: "mug-1",
      quantity: 1,
      name: "Stoneware mug",
      price: 10000,
      vat: 2500,
    },
    {
      event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
      reference: "vase-1",
      quantity: 1,
      name: "Vase",
      price: 30000,
      vat: 3600,
    },
  ],
};

const toldOfMug = {
  event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
  click: "59d08c54-18e6-4e0d-9c06-d18be3510e43",
  orderNumber: "1001",
  orderSum: 10000,
  vatSum: 2500,
  currency: "SEK",
  products: [
    {
      event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
      reference: "mug-1",
      quantity: 1,
      name: "Stoneware mug",
      price: 10000,
      vat: 2500,
    },
  ],
};

const created: Told = { id: "retrack/1001/create", kind: "create", step: { create: toldOfMugAndVase } };

const withoutVase: Partial<Conversion> = { lines: { "vase-1": { status: "rejected" } }, told: [created] };

const updated: Told = { id: "retrack/1001/update/1", kind: "update", step: { update: toldOfMug, remoteId: null } };

/** What is told of a conversion of the mug and the vase. */
function toldNext(changes: Partial<Conversion>, settings: Partial<RetrackSettings> = {}) {
  const account = accountWith(settings);
  return account.postbacks(conversionOf(mugAndVase, { told: [created], ...changes }));
}

function only<T>(all: readonly T[]): T {
  const [one, ...others] = all;
  if (one === undefined || others.length > 0) throw new Error(`${all.length} instead of one`);
  return one;
}

// https://retrack.refunder.com/help/tracking/s2s/transaction: "Updating transactions"
describe("a changed order", () => {
  test("is posted whole to its transaction's uuid, as what is left of it", () => {
    const postback = only(toldNext(withoutVase));
    expect(postback).toStrictEqual({
      id: "retrack/1001/update/1",
      kind: "update",
      step: { update: toldOfMug, remoteId: null },
      ifUnknown: { ask: { update: toldOfMug, remoteId: null, again: true } },
    });
    const { body = "null", ...request } = accountWith().request({ update: toldOfMug, remoteId: uuid });
    expect(request).toStrictEqual({
      method: "POST",
      url: "https://retrack.refunder.com/api/v2/transactions/3afc4a82-93c3-423f-8ee8-542ccb315931",
      headers: {
        accept: "application/json",
        authorization: "Bearer DbV6KYhMm7firiNtgfOCEmRohglfAQUTUy4FudGOKtetC0yYSaKtOXIedfNX",
        "content-type": "application/json",
      },
    });
    expect(JSON.parse(body)).toStrictEqual(toldOfMug);
  });

  test("is told with what the store says of it by now", () => {
    const order = { ...mugAndVase, lines: [{ ...mug, net: 8000, vat: 2000 }] };
    expect(accountWith().postbacks(conversionOf(order, { told: [created] }))).toMatchObject([
      { kind: "update", step: { update: { orderSum: 8000, vatSum: 2000, products: [{ price: 8000, vat: 2000 }] } } },
    ]);
  });

  test("is left with its lines' share of the discount", () => {
    const order = { ...mugAndVase, discount: { net: 4000, vat: 610 } };
    const postbacks = accountWith().postbacks(conversionOf(order, withoutVase));
    expect(postbacks).toMatchObject([
      { step: { update: { orderSum: 9000, vatSum: 2250, discountSum: 1000, products: [{ reference: "mug-1" }] } } },
    ]);
  });

  test("is told in the same way where the last line is approved that the rest was waiting for", () => {
    const lines = { "mug-1": { status: "approved" }, "vase-1": { status: "rejected" } } as const;
    expect(toldNext({ status: "approved", lines })).toMatchObject([
      { id: "retrack/1001/update/1", step: { update: toldOfMug } },
    ]);
  });

  test.each<[string, Partial<Conversion>]>([
    ["nothing has changed", {}],
    ["it is approved as it is", { status: "approved" }],
    ["a line of it is approved as it is", { lines: { "mug-1": { status: "approved" } } }],
    ["what is left was told already", { ...withoutVase, told: [created, updated] }],
    [
      "what is left was told already, in whatever order of its fields",
      {
        ...withoutVase,
        told: [
          created,
          { ...updated, step: { remoteId: uuid, update: Object.fromEntries(Object.entries(toldOfMug).reverse()) } },
        ],
      },
    ],
    ["its create is at its look-up", { told: [{ ...created, step: { lookUp: toldOfMugAndVase } }] }],
    ["its create is being repeated", { told: [{ ...created, step: { create: toldOfMugAndVase, again: true } }] }],
  ])("is not told where %s", (_case, changes) => {
    expect(toldNext(changes)).toEqual([]);
  });

  test("is told again, under another number, as it was before a change", () => {
    expect(toldNext({ told: [created, updated] })).toMatchObject([
      { id: "retrack/1001/update/2", step: { update: toldOfMugAndVase, remoteId: null } },
    ]);
  });

  test.each([null, "../leads", "", "a/b", "a".repeat(65)])(
    "has its transaction looked up by number where what is known as its uuid is none: %j",
    (remoteId) => {
      expect(accountWith().request({ update: toldOfMug, remoteId })).toStrictEqual({
        method: "GET",
        url: "https://retrack.refunder.com/api/v2/transactions?byOrderNumber=1001",
        headers: {
          accept: "application/json",
          authorization: "Bearer DbV6KYhMm7firiNtgfOCEmRohglfAQUTUy4FudGOKtetC0yYSaKtOXIedfNX",
        },
      });
    },
  );

  test("is sent the very same way after doubt, as a request that knows of it", () => {
    const { step, ifUnknown } = only(toldNext(withoutVase));
    if (typeof ifUnknown !== "object") throw new Error(`nothing to ask: ${ifUnknown}`);
    expect(accountWith().request(ifUnknown.ask)).toStrictEqual(accountWith().request(step));
  });

  test("cannot be told with a final amount, which Retrack has no field for", () => {
    const refusal =
      "Retrack takes no final amount: update the order to what is left of it, then approve it without an amount";
    const amount = { net: 5000, vat: 1250 };
    expect(accountWith().refusal(conversionOf(mugAndVase, { amount, status: "approved" }))).toBe(refusal);
    const lines = { "mug-1": { status: "approved", amount } } as const;
    expect(accountWith().refusal(conversionOf(mugAndVase, { lines }))).toBe(refusal);
    expect(accountWith().refusal(conversionOf(mugAndVase, withoutVase))).toBeUndefined();
  });

  test("adds up exactly, for any order and any lines left of it", () => {
    const skus = fc.subarray(["mug-1", "mug-2", "vase-1", "throw-1"]);
    fc.assert(
      fc.property(anyOrder, skus, (order, rejected) => {
        const lines = Object.fromEntries(rejected.map((sku) => [sku, { status: "rejected" as const }]));
        const before = only(accountWith({ prices: "line" }).postbacks(conversionOf(order)));
        const told = [before];
        const left = order.lines.filter(({ sku }) => !rejected.includes(sku));
        const [postback] = accountWith({ prices: "line" }).postbacks(conversionOf(order, { lines, told }));
        if (left.length === order.lines.length) expect(postback).toBeUndefined();
        else if (left.length === 0) expect(postback?.kind).toBe("reject");
        else {
          const { body } = accountWith().request({ ...(postback?.step as typeof anUpdate), remoteId: uuid });
          const { orderSum, discountSum = 0, products } = JSON.parse(body as string);
          const prices: number[] = products.map(({ price }: { price: number }) => price);
          expect(prices).toEqual(left.map(({ net }) => net));
          expect(BigInt(orderSum) + BigInt(discountSum)).toBe(prices.reduce((sum, price) => sum + BigInt(price), 0n));
          expect(orderSum).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});

// https://retrack.refunder.com/help/tracking/s2s/transaction: "Rejecting transactions"
describe("a rejected order", () => {
  const sought = { click: "59d08c54-18e6-4e0d-9c06-d18be3510e43", orderNumber: "1001" };

  test("is its status alone, posted to its transaction's uuid", () => {
    const postback = only(toldNext({ status: "rejected" }));
    expect(postback).toStrictEqual({
      id: "retrack/1001/reject",
      kind: "reject",
      step: { reject: sought, remoteId: null },
      ifUnknown: { ask: { reject: sought, again: true } },
    });
    expect(accountWith().request({ reject: sought, remoteId: uuid })).toStrictEqual({
      method: "POST",
      url: "https://retrack.refunder.com/api/v2/transactions/3afc4a82-93c3-423f-8ee8-542ccb315931",
      headers: {
        accept: "application/json",
        authorization: "Bearer DbV6KYhMm7firiNtgfOCEmRohglfAQUTUy4FudGOKtetC0yYSaKtOXIedfNX",
        "content-type": "application/json",
      },
      body: '{"status":"rejected"}',
    });
  });

  test.each([
    ["before it is told, where the uuid is not known", { reject: sought, remoteId: null }],
    ["after doubt", { reject: sought, again: true } as const],
  ])("is looked up by number %s", (_when, step) => {
    expect(accountWith().request(step)).toStrictEqual({
      method: "GET",
      url: "https://retrack.refunder.com/api/v2/transactions?byOrderNumber=1001",
      headers: {
        accept: "application/json",
        authorization: "Bearer DbV6KYhMm7firiNtgfOCEmRohglfAQUTUy4FudGOKtetC0yYSaKtOXIedfNX",
      },
    });
  });

  test("is told where no line is left of it", () => {
    const rejected = { status: "rejected" } as const;
    expect(toldNext({ lines: { "mug-1": rejected, "vase-1": rejected } })).toMatchObject([{ kind: "reject" }]);
  });

  test("is told once, and is the last that is", () => {
    const reject: Told = { id: "retrack/1001/reject", kind: "reject", step: { reject: sought, remoteId: null } };
    expect(toldNext({ status: "rejected", told: [created, reject] })).toEqual([]);
    expect(toldNext({ status: "approved", told: [created, reject] })).toEqual([]);
    expect(toldNext({ ...withoutVase, told: [created, reject] })).toEqual([]);
  });

  test("is told nothing of where Retrack was told nothing before", () => {
    expect(toldNext({ status: "rejected", told: [] })).toEqual([]);
  });
});

describe("what Retrack is not told", () => {
  test("is an approval, for it takes none", () => {
    expect(accountWith().untold).toEqual({
      approve: "Retrack takes no approvals from stores: it is told of changes and rejections",
    });
  });
});

// https://retrack.refunder.com/help/tracking/s2s/lead
describe("a lead", () => {
  const at = new Date("2026-05-10T11:00:00Z");
  const leadOf = (
    lead: { reference: string; event?: string; voucher?: string },
    settings: Partial<RetrackSettings> = {},
  ) => only(accountWith(settings).leadPostbacks?.({ at, ...lead }, click) ?? []);

  test("is posted with the documented fields", () => {
    const postback = leadOf({ reference: "testabc123", voucher: "vouchercode" });
    const { body = "null", ...request } = accountWith().request(postback.step);
    expect(request).toStrictEqual({
      method: "POST",
      url: "https://retrack.refunder.com/api/v2/leads",
      headers: {
        accept: "application/json",
        authorization: "Bearer DbV6KYhMm7firiNtgfOCEmRohglfAQUTUy4FudGOKtetC0yYSaKtOXIedfNX",
        "content-type": "application/json",
      },
    });
    expect(JSON.parse(body)).toStrictEqual({
      event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
      click: "59d08c54-18e6-4e0d-9c06-d18be3510e43",
      reference: "testabc123",
      voucher: "vouchercode",
    });
  });

  test("has its own event where it names one, and no voucher where there is none", () => {
    const { body = "null" } = accountWith().request(leadOf({ reference: "form-7", event: giftEvent }).step);
    expect(JSON.parse(body)).toStrictEqual({ event: giftEvent, click: click.id, reference: "form-7" });
  });

  test("is a postback named by its account and reference, and left to a person after doubt: it cannot be looked up", () => {
    expect(leadOf({ reference: "form/7 ä" }, { market: "SE" })).toMatchObject({
      id: "retrack:SE/form%2F7%20%C3%A4/lead",
      kind: "lead",
      ifUnknown: "hold",
    });
  });

  test("can be kept as JSON and holds no token", () => {
    const postback = leadOf({ reference: "form-7" });
    expect(JSON.parse(JSON.stringify(postback))).toEqual(postback);
    expect(JSON.stringify(postback)).not.toContain(token);
  });

  test.each<[string, number, string, unknown]>([
    [
      "a yes with its uuid",
      200,
      '{"data":{"uuid":"9d1f2a30-0000-4000-8000-000000000001","reference":"form-7","commission":4000,"currency":"SEK","vouchers":[]}}',
      { kind: "accepted", remoteId: "9d1f2a30-0000-4000-8000-000000000001" },
    ],
    ["a yes without its reference", 200, '{"data":{"uuid":"a"}}', { kind: "accepted", remoteId: "a" }],
    [
      "doubt where it is another lead",
      200,
      '{"data":{"uuid":"a","reference":"form-8"}}',
      { kind: "unknown", reason: "HTTP 200 without the lead Retrack answers with when it has saved one" },
    ],
    [
      "doubt where it is no lead",
      200,
      "<html>",
      { kind: "unknown", reason: "HTTP 200 without the lead Retrack answers with when it has saved one" },
    ],
    ["doubt with HTTP 201", 201, '{"data":{"uuid":"a"}}', { kind: "unknown", reason: "HTTP 201" }],
    ["doubt with HTTP 500", 500, "", { kind: "unknown", reason: "HTTP 500" }],
    [
      "a no with HTTP 422",
      422,
      '{"message":"no click 59d08c54-18e6-4e0d-9c06-d18be3510e43"}',
      { kind: "refused", reason: "HTTP 422: no click …" },
    ],
    ["asked for again with HTTP 429", 429, "", { kind: "retry", reason: "HTTP 429" }],
  ])("is answered by %s", (_what, status, body, verdict) => {
    const { step } = leadOf({ reference: "form-7" });
    expect(accountWith().verdict({ status, headers: {}, body }, step)).toEqual(verdict);
  });
});

const anUpdate = { update: toldOfMug, remoteId: uuid };
const aRejection = { reject: { click: click.id, orderNumber: "1001" }, remoteId: uuid };

describe("Retrack's no to a rejection", () => {
  const { remoteId: _, ...unknown } = { ...aRejection, checked: true };
  const answered = (status: number, body: string) => accountWith().verdict({ status, headers: {}, body }, aRejection);

  test.each([400, 404, 409, 410, 422])("with HTTP %i asks whether it is rejected there already", (status) => {
    const body = JSON.stringify({ message: "The transaction is rejected" });
    const reason = `HTTP ${status}: The transaction is rejected`;
    expect(answered(status, body)).toEqual({ kind: "next", step: unknown, reason });
  });

  test.each([401, 403])("with HTTP %i is one, for no look-up would be answered either", (status) => {
    expect(answered(status, "")).toEqual({ kind: "refused", reason: `HTTP ${status}` });
  });
});

describe.each([
  ["an update", anUpdate],
  ["a rejection that was looked up", { ...aRejection, checked: true } as const],
])("Retrack's answer to %s", (_what, step) => {
  const answered = (status: number, body: string, again = false) =>
    accountWith().verdict({ status, headers: {}, body }, again ? { ...step, again: true } : step);
  const unclear = {
    kind: "unknown",
    reason: "HTTP 200 without the transaction Retrack answers with when it has saved one",
  };

  test("is a yes where it is the transaction", () => {
    for (const again of [false, true])
      expect(answered(200, documentedBody, again)).toEqual({ kind: "accepted", remoteId: uuid });
  });

  test.each([
    ["another transaction", JSON.stringify({ data: transaction("1001", "another") })],
    ["no transaction", '{"data":null}'],
    ["the transaction twice", JSON.stringify({ data: [transaction("1001"), transaction("1001")] })],
    ["HTML", html],
    ["nothing", ""],
  ])("is doubt where it is HTTP 200 with %s", (_body, body) => {
    expect(answered(200, body)).toEqual(unclear);
    expect(answered(200, body, true)).toEqual(unclear);
  });

  test.each([0, 199, 201, 202, 204, 301, 302, 500, 502, 503, 504])("is doubt where it is HTTP %i", (status) => {
    expect(answered(status, documentedBody)).toEqual({ kind: "unknown", reason: `HTTP ${status}` });
    expect(answered(status, documentedBody, true)).toEqual({ kind: "unknown", reason: `HTTP ${status}` });
  });

  test.each([400, 401, 403, 404, 409, 410, 422])(
    "is a no where it is HTTP %i, in its words, and leaves the doubt of an unanswered request to a person",
    (status) => {
      const body = JSON.stringify({ message: `${token}: ${click.id} was approved` });
      expect(answered(status, body)).toEqual({ kind: "refused", reason: `HTTP ${status}: …: … was approved` });
      expect(answered(status, body, true)).toEqual({
        kind: "hold",
        reason: `the repeated call was refused, which says nothing of the first one: HTTP ${status}: …: … was approved`,
      });
    },
  );

  test.each([408, 425, 429])("asks for another try later where it is HTTP %i", (status) => {
    expect(answered(status, "")).toEqual({ kind: "retry", reason: `HTTP ${status}` });
    expect(answered(status, "", true)).toEqual({ kind: "retry", reason: `HTTP ${status}` });
  });
});

describe("Retrack's answer to the look-up of what is to be changed", () => {
  const update = { update: toldOfMug, remoteId: null };
  const reject = { reject: { click: click.id, orderNumber: "1001" }, remoteId: null };
  const answered = (step: typeof update | typeof reject, status: number, body: string, again = false) =>
    accountWith().verdict({ status, headers: {}, body }, again ? { ...step, again: true } : step);
  const having = (name: unknown) =>
    JSON.stringify({ data: { ...transaction("1001"), status: { name, reason: null } } });

  test.each([
    ["pending", having("pending")],
    ["no status that is known", having("new")],
    ["a status of another shape", JSON.stringify({ data: { ...transaction("1001"), status: "rejected" } })],
    ["no status", JSON.stringify({ data: transaction("1001") })],
    ["it in a list", JSON.stringify({ data: [transaction("1002", "b"), transaction("1001")] })],
  ])("lets the change go to the uuid found, where it tells of %s", (_what, body) => {
    for (const step of [update, reject]) {
      const reason = "Retrack has the order";
      const next = { kind: "next", step: { ...step, remoteId: uuid }, reason };
      expect(answered(step, 200, body)).toEqual(next);
      expect(answered(step, 200, body, true)).toEqual({ ...next, step: { ...next.step, again: true } });
    }
  });

  test("settles a rejection where it is rejected already, and lets an update find out", () => {
    for (const again of [false, true]) {
      expect(answered(reject, 200, having("rejected"), again)).toEqual({
        kind: "accepted",
        remoteId: uuid,
        reason: "Retrack has the order as rejected already",
      });
      expect(answered(update, 200, having("rejected"), again)).toMatchObject({
        kind: "next",
        step: { remoteId: uuid },
      });
    }
  });

  test("is a no to any change where the order is approved", () => {
    for (const step of [update, reject])
      for (const again of [false, true])
        expect(answered(step, 200, having("approved"), again)).toEqual({
          kind: "refused",
          reason: "Retrack has approved the order: it cannot be changed any more",
        });
  });

  test.each([
    ["it has none", 404, "", "Retrack does not have the order, which it was told of"],
    ["it has none, as an empty list", 200, '{"data":[]}', "Retrack does not have the order, which it was told of"],
    [
      "it has two",
      200,
      JSON.stringify({ data: [transaction("1001", "a"), transaction("1001", "b")] }),
      "Retrack has the order 2 times",
    ],
    [
      "it has others",
      200,
      JSON.stringify({ data: transaction("1002") }),
      "Retrack answered the look-up with other orders",
    ],
  ])("leaves the choice to a person where %s", (_what, status, body, reason) => {
    for (const step of [update, reject])
      for (const again of [false, true]) expect(answered(step, status, body, again)).toEqual({ kind: "hold", reason });
  });

  test.each([
    ["none", 404, ""],
    ["an empty list", 200, '{"data":[]}'],
  ])("lets a rejection in doubt go to the uuid that is kept, where its search finds %s", (_what, status, body) => {
    const step = { reject: reject.reject, again: true } as const;
    expect(accountWith().verdict({ status, headers: {}, body }, step)).toEqual({
      kind: "next",
      step: { ...step, remoteId: null },
      reason: "Retrack's search does not find the order",
    });
  });

  test.each([
    ["HTML as HTTP 404", 404, html, "the look-up was not answered: HTTP 404"],
    ["HTML", 200, html, "the look-up was not answered: HTTP 200"],
    ["HTTP 500", 500, documentedBody, "the look-up was not answered: HTTP 500"],
    ["HTTP 429", 429, "", "the look-up was not answered: HTTP 429"],
    [
      "HTTP 401 with secrets",
      401,
      JSON.stringify({ message: `${token} ${click.id}` }),
      "the look-up was not answered: HTTP 401: … …",
    ],
  ])("is asked for again where it is %s", (_what, status, body, reason) => {
    for (const step of [update, reject]) expect(answered(step, status, body)).toEqual({ kind: "retry", reason });
  });
});

describe("any answer at all", () => {
  const bodies = fc.oneof(
    fc.json(),
    fc.string({ unit: "binary" }),
    fc.jsonValue().map((data) => JSON.stringify({ data })),
    fc.json().map((message) => JSON.stringify({ message: `${token}${message}` })),
    fc.nat(documentedBody.length).map((length) => documentedBody.slice(0, length)),
  );

  test("has a verdict of a known kind, without the token", () => {
    const account = accountWith();
    const { step } = postbackOf(ours);
    const question = questionAbout(ours);
    const others = [anUpdate, aRejection, { reject: aRejection.reject }, { ...anUpdate, again: true as const }];
    fc.assert(
      fc.property(fc.oneof(fc.constant(200), fc.integer({ min: 0, max: 999 })), bodies, (status, body) => {
        for (const asked of [step, question, ...others]) {
          const verdict = account.verdict({ status, headers: {}, body }, asked);
          expect(["accepted", "refused", "retry", "unknown", "hold", "next"]).toContain(verdict.kind);
          expect(JSON.stringify(verdict)).not.toContain(token);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("Retrack's settings", () => {
  test("have the defaults Retrack's page names", () => {
    const account = accountWith();
    expect(account).toMatchObject({
      id: "retrack",
      landing: { network: "retrack", parameter: "click", cookie: "retrack_click", days: 10 },
      settleSeconds: 60,
    });
    expect(account.market).toBeUndefined();
  });

  test("name the account by its market, and set the parameter, the days and the settle time", () => {
    expect(accountWith({ market: "SE", parameter: "rt_click", days: 14.5, settleSeconds: 0 })).toMatchObject({
      id: "retrack:SE",
      market: "SE",
      landing: { network: "retrack", parameter: "rt_click", cookie: "retrack_click", days: 14.5 },
      settleSeconds: 0,
    });
  });

  test("take any order: Retrack is told the currency of each", () => {
    for (const currency of ["SEK", "JPY", "KWD"])
      expect(accountWith().refusal(conversionOf(anOrder({ currency })))).toBeUndefined();
  });

  const eventWanted = "must be the event's UUID from Retrack's portal";

  test.each<[string, Record<string, unknown>, Issue]>([
    ["no event", { event: undefined }, { path: "event", message: eventWanted }],
    ["an event that is no UUID", { event: "sale" }, { path: "event", message: eventWanted }],
    [
      "a category's event that is no UUID",
      { events: { Shoes: "shoes" } },
      { path: "events.Shoes", message: eventWanted },
    ],
    ["prices of a row", { prices: "row" }, { path: "prices", message: 'must be "unit" or "line"' }],
    ["a negative settle time", { settleSeconds: -1 }, { path: "settleSeconds", message: "must not be negative" }],
    [
      "a settle time above a day",
      { settleSeconds: 86_401 },
      { path: "settleSeconds", message: "must be at most a day" },
    ],
    ["a misspelt name", { tokn: "x" }, { path: "tokn", message: "is not known: correct its name or remove it" }],
    [
      "ShopBack's setting",
      { level: "line" },
      { path: "level", message: "is not known: correct its name or remove it" },
    ],
  ])("refuse %s", (_what, settings, issue) => {
    expect(refusalOf({ token, event, ...settings }).issues).toEqual([issue]);
  });

  test("are refused with all that is wrong at once", () => {
    const refusal = refusalOf({ event: "sale", url: "http://api.example.com", pricess: "unit" });
    expect(refusal.message).toBe(
      "retrack: token: is missing: set it to the token the network gave you; " +
        "event: must be the event's UUID from Retrack's portal; " +
        "pricess: is not known: correct its name or remove it; " +
        "url: must be https: over http anybody on the way can read the token. If the network insists, set tokenInCleartext: true",
    );
  });

  test.each([[undefined], [null], [5], ["settings"], [[]]])("are refused where they are %j", (settings) => {
    expect(refusalOf(settings).message).toBe("retrack: an object is wanted");
  });

  test.each<[string, Record<string, unknown>]>([
    ["the token with a space behind", { token: `${token} ` }],
    ["the token as the event", { event: token }],
    ["the token as a category's event", { events: { Shoes: token } }],
    ["the token as the events", { events: token }],
    ["the token as the prices", { prices: token }],
    ["the token as the settle time", { settleSeconds: token }],
    ["the token as the days", { days: token }],
    ["the token as the market, too long", { market: token + token }],
    ["the token as the parameter", { parameter: `${token} ` }],
    ["the token in the URL", { url: `https://api:${token}@retrack.refunder.com` }],
    ["the token in the URL's query", { url: `https://retrack.refunder.com/?token=${token}` }],
    ["the token as permission", { tokenInCleartext: token }],
    ["the token over http", { url: "http://retrack.refunder.com" }],
    ["the token as an unknown setting", { apiKey: token }],
    ["the token in a list", { token: [token] }],
  ])("are refused without repeating %s", (_what, settings) => {
    const refusal = refusalOf({ token, event, ...settings });
    expect(inspect(refusal, { depth: Infinity, showHidden: true })).not.toContain(token);
    expect(refusal.cause).toBeUndefined();
  });

  test("are refused without repeating a token given in their place", () => {
    expect(inspect(refusalOf(token), { depth: Infinity, showHidden: true })).not.toContain(token);
  });

  test("do not show the token on the account made of them", () => {
    expect(inspect(accountWith(), { depth: Infinity, showHidden: true })).not.toContain(token);
    expect(JSON.stringify(accountWith())).not.toContain(token);
  });

  function refusalOf(settings: unknown): CollectorError {
    try {
      retrack(settings as RetrackSettings);
    } catch (error) {
      if (error instanceof CollectorError && error.code === "ERR_OPTIONS") return error;
      throw error;
    }
    throw new Error("the settings were taken");
  }
});
