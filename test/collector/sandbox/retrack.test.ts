import { request } from "undici";
import { describe, expect, test } from "vitest";
import type { Sandbox } from "../../../packages/collector/src/sandbox/sandbox.ts";
import { retrackToken, startedSandbox } from "./started.ts";

/** The example of https://retrack.refunder.com/help/tracking/s2s/transaction */
const documented = (click: string) => ({
  event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
  click,
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
});

const product = documented("").products[0];

async function post(sandbox: Sandbox, body: unknown, headers: Record<string, string> = {}) {
  const answer = await request(`${sandbox.url}/api/v2/transactions`, {
    method: "POST",
    headers: { authorization: `Bearer ${retrackToken}`, "content-type": "application/json", ...headers },
    body: typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
  return { status: answer.statusCode, headers: answer.headers, body: JSON.parse(await answer.body.text()) };
}

async function lookUp(sandbox: Sandbox, query: string, token = retrackToken) {
  const answer = await request(`${sandbox.url}/api/v2/transactions${query}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: answer.statusCode, body: JSON.parse(await answer.body.text()) };
}

describe("Retrack accepts", () => {
  test("the documented example, answered with the documented fields", async () => {
    const sandbox = await startedSandbox({ now: () => new Date("2020-11-04T11:09:31Z") });
    const click = sandbox.click("retrack");

    const { status, headers, body } = await post(sandbox, documented(click));

    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("application/json");
    expect(body).toEqual({
      data: {
        uuid: expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/),
        order_number: "test1234",
        order_sum: 10100,
        vat_sum: 2000,
        commission: 2020,
        currency: "SEK",
        vouchers: [],
        created_at: "2020-11-04 11:09:31",
        click: {
          uuid: click,
          ref: "38315327",
          ref2: null,
          ref3: null,
          deeplink: null,
          ip_address: "203.0.113.143",
          browser:
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/85.0.4183.121",
          referer: "https://www.refunder.se/",
          country: "SE",
          created_at: "2020-11-04 11:09:31",
        },
        publisher: {
          uuid: "e5adcbc6-31a8-4e1b-8351-835dddc16921",
          name: "Refunder SE",
          created_at: "2020-05-19 15:44:36",
        },
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
          {
            reference: "testabc123",
            name: "Testprodukt",
            price: 10100,
            vat: 2000,
            created_at: "2020-11-04 11:09:31",
          },
        ],
      },
    });
    expect(sandbox.book.retrack).toEqual([
      {
        uuid: body.data.uuid,
        at: new Date("2020-11-04T11:09:31Z"),
        body: documented(click),
        status: "pending",
        updates: [],
      },
    ]);
  });

  test("the documented table's 125 SEK with 25 SEK of VAT", async () => {
    const sandbox = await startedSandbox();
    const order = {
      ...documented(sandbox.click("retrack")),
      orderSum: 10000,
      vatSum: 2500,
      products: [{ ...product, price: 10000, vat: 2500 }],
    };
    expect((await post(sandbox, order)).status).toBe(200);
  });

  test("products of several events of the programme", async () => {
    const sandbox = await startedSandbox();
    const order = {
      ...documented(sandbox.click("retrack")),
      orderSum: 20200,
      vatSum: 4000,
      products: [product, { ...product, event: "8b0c5f0e-3a51-4d0e-9a9e-5b6f2f1d7c34" }],
    };
    expect((await post(sandbox, order)).status).toBe(200);
  });

  test("unit prices times their quantities, where prices are per unit", async () => {
    const sandbox = await startedSandbox({ retrack: { prices: "unit" } });
    const order = {
      ...documented(sandbox.click("retrack")),
      orderSum: 30000,
      vatSum: 7500,
      products: [{ ...product, quantity: 3, price: 10000, vat: 2500 }],
    };
    expect((await post(sandbox, order)).status).toBe(200);
  });

  test("line prices whatever their quantities, where prices are per line", async () => {
    const sandbox = await startedSandbox({ retrack: { prices: "line" } });
    const order = {
      ...documented(sandbox.click("retrack")),
      orderSum: 10000,
      vatSum: 2500,
      products: [{ ...product, quantity: 3, price: 10000, vat: 2500 }],
    };
    expect((await post(sandbox, order)).status).toBe(200);
  });

  test("a discount that makes up the difference, and less VAT with it", async () => {
    const sandbox = await startedSandbox();
    const order = { ...documented(sandbox.click("retrack")), orderSum: 9100, vatSum: 1800, discountSum: 1000 };
    expect((await post(sandbox, order)).status).toBe(200);
  });

  test("sums that doubles cannot hold", async () => {
    const sandbox = await startedSandbox();
    const order = {
      ...documented(sandbox.click("retrack")),
      orderSum: 9007199254740991,
      vatSum: 0,
      discountSum: 9007199254740991,
      products: [{ ...product, quantity: 2, price: 9007199254740991, vat: 0 }],
    };
    expect((await post(sandbox, order)).status).toBe(200);
    expect((await post(sandbox, { ...order, orderSum: 9007199254740990 })).body.errors).toEqual({
      orderSum: ["is 9007199254740990, but the products less the discount come to 9007199254740991"],
    });
  });

  test("the same order number again, as a second transaction", async () => {
    const sandbox = await startedSandbox();
    const order = documented(sandbox.click("retrack"));
    const first = await post(sandbox, order);
    const second = await post(sandbox, order);
    expect(second.status).toBe(200);
    expect(second.body.data.uuid).not.toBe(first.body.data.uuid);
    expect(sandbox.book.retrack.map(({ body }) => body.orderNumber)).toEqual(["test1234", "test1234"]);
  });
});

describe("Retrack refuses", () => {
  test.each<[string, Record<string, unknown>, Record<string, string[]>]>([
    ["no event", { event: undefined }, { event: ["must be a string"] }],
    [
      "an event of another programme",
      { event: "9f80e399-6f55-4cef-b8b0-0f74752c1ceb" },
      { event: ["is no event of this programme"] },
    ],
    [
      "a click that it did not issue",
      { click: "59d08c54-18e6-4e0d-9c06-d18be3510e43" },
      { click: ["is no click of this programme"] },
    ],
    ["no click", { click: undefined }, { click: ["must be a string"] }],
    ["an empty order number", { orderNumber: "" }, { orderNumber: ["must not be empty"] }],
    ["a blank order number", { orderNumber: "  " }, { orderNumber: ["must not be empty"] }],
    ["an order number that is a number", { orderNumber: 1234 }, { orderNumber: ["must be a string"] }],
    ["half a surrogate pair", { orderNumber: "\ud83d" }, { orderNumber: ["must not have half a surrogate pair"] }],
    ["a sum as a string", { orderSum: "10100" }, { orderSum: ["must be an integer of minor units, 0 or more"] }],
    ["a sum with a fraction", { orderSum: 101.5 }, { orderSum: ["must be an integer of minor units, 0 or more"] }],
    [
      "a sum below 0",
      { orderSum: -1 },
      {
        orderSum: [
          "must be an integer of minor units, 0 or more",
          "is -1, but the products less the discount come to 10100",
        ],
      },
    ],
    ["a sum of null", { orderSum: null }, { orderSum: ["must be an integer of minor units, 0 or more"] }],
    ["no VAT", { vatSum: undefined }, { vatSum: ["must be an integer of minor units, 0 or more"] }],
    ["a VAT with a fraction", { vatSum: 0.1 }, { vatSum: ["must be an integer of minor units, 0 or more"] }],
    ["a currency in small letters", { currency: "sek" }, { currency: ["must be an ISO 4217 code in capital letters"] }],
    ["a currency nobody has", { currency: "ABC" }, { currency: ["must be an ISO 4217 code in capital letters"] }],
    ["no currency", { currency: undefined }, { currency: ["must be a string"] }],
    ["a discount of 0", { discountSum: 0 }, { discountSum: ["must be an integer of minor units above 0, or absent"] }],
    [
      "a discount of null",
      { discountSum: null },
      { discountSum: ["must be an integer of minor units above 0, or absent"] },
    ],
    [
      "no products",
      { products: [] },
      {
        products: ["must not be empty"],
        orderSum: ["is 10100, but the products less the discount come to 0"],
        vatSum: ["is 2000, but the VAT of the products comes to 0"],
      },
    ],
    ["products that are no list", { products: product }, { products: ["must be a list"] }],
    ["a product that is no object", { products: ["testabc123"] }, { "products.0": ["must be an object"] }],
    [
      "a product without its event",
      { products: [{ ...product, event: undefined }] },
      { "products.0.event": ["must be a string"] },
    ],
    [
      "a product of another programme's event",
      { products: [{ ...product, event: "9f80e399-6f55-4cef-b8b0-0f74752c1ceb" }] },
      { "products.0.event": ["is no event of this programme"] },
    ],
    [
      "a product without reference and name",
      { products: [{ ...product, reference: "", name: undefined }] },
      { "products.0.reference": ["must not be empty"], "products.0.name": ["must be a string"] },
    ],
    [
      "a quantity of 0",
      { orderSum: 0, vatSum: 0, products: [{ ...product, quantity: 0 }] },
      { "products.0.quantity": ["must be an integer, 1 or more"] },
    ],
    [
      "half a product",
      { products: [{ ...product, quantity: 0.5 }] },
      { "products.0.quantity": ["must be an integer, 1 or more"] },
    ],
    [
      "a price as a string and a VAT with a fraction",
      { products: [{ ...product, price: "10100", vat: 0.5 }] },
      {
        "products.0.price": ["must be an integer of minor units, 0 or more"],
        "products.0.vat": ["must be an integer of minor units, 0 or more"],
      },
    ],
    [
      "fields it does not know",
      { voucher: "SPRING", products: [{ ...product, category: "toys" }] },
      { voucher: ["is no known field"], "products.0.category": ["is no known field"] },
    ],
    [
      "a sum above that of the products",
      { orderSum: 10101 },
      { orderSum: ["is 10101, but the products less the discount come to 10100"] },
    ],
    [
      "a sum that leaves out the discount",
      { discountSum: 1000 },
      { orderSum: ["is 10100, but the products less the discount come to 9100"] },
    ],
    [
      "a VAT below the products' without a discount",
      { vatSum: 1999 },
      { vatSum: ["is 1999, but the VAT of the products comes to 2000"] },
    ],
    [
      "a VAT above the products' even with a discount",
      { orderSum: 9100, discountSum: 1000, vatSum: 2001 },
      { vatSum: ["is 2001, but the VAT of the products comes to 2000"] },
    ],
    [
      "everything that is wrong at once",
      { click: "nonsense", orderSum: -1, currency: "kr", products: [{ ...product, price: 1.5 }] },
      {
        click: ["is no click of this programme"],
        orderSum: ["must be an integer of minor units, 0 or more"],
        currency: ["must be an ISO 4217 code in capital letters"],
        "products.0.price": ["must be an integer of minor units, 0 or more"],
      },
    ],
  ])("%s", async (_, change, errors) => {
    const sandbox = await startedSandbox();
    const answer = await post(sandbox, { ...documented(sandbox.click("retrack")), ...change });
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toEqual(errors);
    expect(sandbox.book.retrack).toEqual([]);
    expect(sandbox.requests[0]?.refusal).toBe(answer.body.message);
  });

  test("a unit price told as a line price, and the other way round", async () => {
    const sandbox = await startedSandbox({ retrack: { prices: "unit" } });
    const order = {
      ...documented(sandbox.click("retrack")),
      products: [{ ...product, quantity: 2, vat: 1000 }],
    };
    expect((await post(sandbox, order)).body.errors).toEqual({
      orderSum: ["is 10100, but the products less the discount come to 20200"],
    });
    sandbox.accounts.retrack.prices = "line";
    expect((await post(sandbox, order)).body.errors).toEqual({
      vatSum: ["is 2000, but the VAT of the products comes to 1000"],
    });
  });

  test.each([
    ["no token", ""],
    ["another token", "Bearer nonsense"],
    ["a token without its scheme", retrackToken],
  ])("%s", async (_, authorization) => {
    const sandbox = await startedSandbox();
    const answer = await post(sandbox, documented(sandbox.click("retrack")), { authorization });
    expect(answer).toMatchObject({ status: 401, body: { message: "Unauthenticated." } });
    expect(sandbox.book.retrack).toEqual([]);
  });

  test("a body that does not say it is JSON", async () => {
    const sandbox = await startedSandbox();
    const answer = await post(sandbox, documented(sandbox.click("retrack")), { "content-type": "text/plain" });
    expect(answer).toMatchObject({ status: 415, body: { message: "Content-Type must be application/json." } });
  });

  test.each([
    ["JSON that is broken", "{"],
    ["JSON that is not UTF-8", Buffer.from('{"orderNumber":"\xe5"}', "latin1")],
    ["nothing", ""],
  ])("%s", async (_, body) => {
    const sandbox = await startedSandbox();
    expect(await post(sandbox, body)).toMatchObject({
      status: 400,
      body: { message: "The body is not JSON in UTF-8." },
    });
  });

  test("JSON that is not an object", async () => {
    const sandbox = await startedSandbox();
    expect((await post(sandbox, [])).body.errors).toEqual({ body: ["must be an object"] });
  });

  test.each([
    ["PUT", "/api/v2/transactions"],
    ["DELETE", "/api/v2/transactions"],
    ["POST", "/api/v2/transactions/"],
    ["GET", "/api/v2/transactions/3afc4a82-93c3-423f-8ee8-542ccb315931"],
    ["PUT", "/api/v2/transactions/3afc4a82-93c3-423f-8ee8-542ccb315931"],
    ["POST", "/api/v2/transactions/3afc4a82-93c3-423f-8ee8-542ccb315931/"],
    ["POST", "/api/transactions"],
    ["GET", "/api/v2/leads"],
    ["POST", "/api/v2/leads/3afc4a82-93c3-423f-8ee8-542ccb315931"],
  ] as const)("%s %s", async (method, path) => {
    const sandbox = await startedSandbox();
    const { statusCode, body } = await request(`${sandbox.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${retrackToken}`, "content-type": "application/json" },
      ...(method !== "GET" && { body: JSON.stringify(documented(sandbox.click("retrack"))) }),
    });
    expect({ statusCode, body: await body.json() }).toEqual({ statusCode: 404, body: { message: "Not found." } });
    expect(sandbox.book.retrack).toEqual([]);
  });

  test("parameters beside a new transaction", async () => {
    const sandbox = await startedSandbox();
    const { statusCode } = await request(`${sandbox.url}/api/v2/transactions?byOrderNumber=test1234`, {
      method: "POST",
      headers: { authorization: `Bearer ${retrackToken}`, "content-type": "application/json" },
      body: JSON.stringify(documented(sandbox.click("retrack"))),
    });
    expect(statusCode).toBe(422);
  });
});

describe("A look-up at Retrack", () => {
  test("finds the one transaction of an order number", async () => {
    const sandbox = await startedSandbox();
    const created = await post(sandbox, documented(sandbox.click("retrack")));
    expect(await lookUp(sandbox, "?byOrderNumber=test1234")).toEqual({ status: 200, body: created.body });
  });

  test("finds order numbers with any character in them", async () => {
    const sandbox = await startedSandbox();
    await post(sandbox, { ...documented(sandbox.click("retrack")), orderNumber: "A(1) & B+C/å'!" });
    const found = await lookUp(sandbox, "?byOrderNumber=A(1)%20%26%20B%2BC%2F%C3%A5'!");
    expect(found.body.data.order_number).toBe("A(1) & B+C/å'!");
  });

  test("is 404 where there is none", async () => {
    const sandbox = await startedSandbox();
    expect(await lookUp(sandbox, "?byOrderNumber=test1234")).toEqual({
      status: 404,
      body: { message: "No transaction has this order number." },
    });
    expect(sandbox.requests[0]?.refusal).toBeNull();
  });

  test("lists several", async () => {
    const sandbox = await startedSandbox();
    const order = documented(sandbox.click("retrack"));
    const first = await post(sandbox, order);
    const second = await post(sandbox, order);
    expect(await lookUp(sandbox, "?byOrderNumber=test1234")).toEqual({
      status: 200,
      body: { data: [first.body.data, second.body.data] },
    });
  });

  test("needs the token", async () => {
    const sandbox = await startedSandbox();
    expect((await lookUp(sandbox, "?byOrderNumber=test1234", "nonsense")).status).toBe(401);
  });

  test.each([
    ["without an order number", "", "byOrderNumber is the one parameter of a look-up."],
    ["with an empty order number", "?byOrderNumber=", "byOrderNumber is the one parameter of a look-up."],
    ["with another parameter", "?byOrderNumber=1&page=2", "byOrderNumber is the one parameter of a look-up."],
    ["with a bare plus", "?byOrderNumber=a+b", 'byOrderNumber has a "+" that is not percent-encoded.'],
  ])("is refused %s", async (_, query, message) => {
    const sandbox = await startedSandbox();
    expect(await lookUp(sandbox, query)).toEqual({ status: 422, body: { message } });
  });
});
