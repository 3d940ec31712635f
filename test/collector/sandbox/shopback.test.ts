import { request } from "undici";
import { describe, expect, test } from "vitest";
import type { Sandbox, SandboxOptions } from "../../../packages/collector/src/sandbox/sandbox.ts";
import { securityToken, startedSandbox } from "./started.ts";

async function get(sandbox: Sandbox, query: string) {
  const { statusCode, headers, body } = await request(`${sandbox.url}/aff_lsr?${query}`);
  expect(statusCode).toBe(200);
  expect(headers["content-type"]).toBe("text/plain; charset=utf-8");
  return body.text();
}

/** A query with `CLICK` for a click id the sandbox issued and `TOKEN` for the account's. */
async function ask(query: string, options: SandboxOptions = {}) {
  const sandbox = await startedSandbox(options);
  const click = sandbox.click("shopback");
  const answer = await get(sandbox, query.replace("CLICK", click).replace("TOKEN", securityToken));
  return { sandbox, click, answer: answer.replaceAll(click, "CLICK") };
}

const base = "offer_id=1234&transaction_id=CLICK&security_token=TOKEN";
const lineLevel = { shopback: { level: "line" } } as const;
const anyCurrency = { shopback: { currency: "any" } } as const;
const long = "x".repeat(501);

describe("ShopBack accepts", () => {
  test("the documented order, and keeps all of it but the token", async () => {
    // https://docs.shopback.com/docs/s2s-order-tracking-api
    const { sandbox, click, answer } = await ask(`${base}&adv_sub=order_123&amount=100`, {
      now: () => new Date("2023-01-01T04:00:00Z"),
    });
    expect(answer).toBe("sucess=true;");
    expect(sandbox.book.shopback).toEqual([
      {
        at: new Date("2023-01-01T04:00:00Z"),
        query: { offer_id: "1234", transaction_id: click, adv_sub: "order_123", amount: "100" },
        status: "pending",
        validations: [],
      },
    ]);
  });

  test("the documented line", async () => {
    // https://docs.shopback.com/docs/s2s-item-level-tracking-api
    const { sandbox, answer } = await ask(
      `${base}&adv_sub=Order1&adv_sub2=Electronics&adv_sub3=3&adv_sub4=A2648&adv_sub5=100&amount=1234.56`,
      lineLevel,
    );
    expect(answer).toBe("sucess=true;");
    expect(sandbox.book.shopback[0]?.query).toMatchObject({ adv_sub4: "A2648", amount: "1234.56" });
  });

  test("the documented UTC time of the order", async () => {
    // https://docs.shopback.com/docs/server-to-server
    const { sandbox, answer } = await ask(`${base}&adv_sub=1&amount=1&datetime=2023-01-01%2004%3A00%3A00`);
    expect(answer).toBe("sucess=true;");
    expect(sandbox.book.shopback[0]?.query.datetime).toBe("2023-01-01 04:00:00");
  });

  test.each<[string, string, SandboxOptions]>([
    ["one decimal", "adv_sub=1&amount=10.5", {}],
    ["nothing", "adv_sub=1&amount=0.00", {}],
    ["the currency's code where the account takes any", "adv_sub=1&amount=10.50&adv_sub5=MYR", anyCurrency],
    ["whole yen", "adv_sub=1&amount=800&adv_sub5=JPY", anyCurrency],
    ["two decimals of a currency with three", "adv_sub=1&amount=1.25&adv_sub5=KWD", anyCurrency],
    ["order ids of any character", "adv_sub=%C3%85%20%2B%26%3D%23%2F%3F%21%27%28%29%2A~&amount=1", {}],
    ["unique parameters", "adv_sub=1&amount=1&adv_unique1=a&adv_unique5=b", {}],
    ["500 characters", `adv_sub=${"x".repeat(500)}&amount=1`, {}],
    [
      "500 characters of four encoded bytes in many parameters",
      `${["adv_sub", "adv_unique1", "adv_unique2", "adv_unique3", "adv_unique4", "adv_unique5"].map((name) => `${name}=${"%F0%9F%8E%81".repeat(250)}`).join("&")}&amount=1`,
      {},
    ],
    ["a line without category and total", "adv_sub=1&adv_sub3=1&adv_sub4=A&amount=1", lineLevel],
    ["a time up to a day ahead", "adv_sub=1&amount=1&datetime=2026-11-23%2011%3A59%3A59", {}],
    ["29 February of a leap year", "adv_sub=1&amount=1&datetime=2024-02-29%2000%3A00%3A00", {}],
  ])("%s", async (_, query, options) => {
    const { sandbox, answer } = await ask(`${base}&${query}`, {
      ...options,
      now: () => new Date("2026-11-22T12:00:00Z"),
    });
    expect(answer).toBe("sucess=true;");
    expect(sandbox.book.shopback).toHaveLength(1);
  });

  test("several lines on one click, and one line twice", async () => {
    const sandbox = await startedSandbox(lineLevel);
    const click = sandbox.click("shopback");
    for (const product of ["A", "B", "B"])
      await get(
        sandbox,
        `offer_id=1234&transaction_id=${click}&security_token=${securityToken}&adv_sub=1&adv_sub3=1&adv_sub4=${product}&amount=1`,
      );
    expect(sandbox.book.shopback.map(({ query }) => query.adv_sub4)).toEqual(["A", "B", "B"]);
  });
});

describe("ShopBack refuses", () => {
  test.each<[string, string, string, SandboxOptions]>([
    [
      "another account's offer",
      "offer_id=4321&transaction_id=CLICK&security_token=TOKEN&adv_sub=1&amount=1",
      "Request offer #4321 does not match session offer #1234.",
      {},
    ],
    [
      "no offer",
      "transaction_id=CLICK&security_token=TOKEN&adv_sub=1&amount=1",
      "Request offer # does not match session offer #1234.",
      {},
    ],
    [
      "a click it did not issue",
      "offer_id=1234&transaction_id=102000000000000000000000000000&security_token=TOKEN&adv_sub=1&amount=1",
      "Invalid Trans. ID #102000000000000000000000000000.",
      {},
    ],
    ["no click", "offer_id=1234&security_token=TOKEN&adv_sub=1&amount=1", "Invalid Trans. ID #.", {}],
    [
      "another token",
      "offer_id=1234&transaction_id=CLICK&security_token=nonsense&adv_sub=1&amount=1",
      "Invalid security token.",
      {},
    ],
    ["no token", "offer_id=1234&transaction_id=CLICK&adv_sub=1&amount=1", "Invalid security token.", {}],
    ["no order id", `${base}&amount=1`, "adv_sub is missing.", {}],
    ["an empty order id", `${base}&adv_sub=&amount=1`, "adv_sub is empty.", {}],
    ["a blank order id", `${base}&adv_sub=%20&amount=1`, "adv_sub is empty.", {}],
    ["a long order id", `${base}&adv_sub=${long}&amount=1`, "adv_sub is longer than 500 characters.", {}],
    ["no amount", `${base}&adv_sub=1`, "amount must be a number with at most two decimals.", {}],
    ["three decimals", `${base}&adv_sub=1&amount=1.234`, "amount must be a number with at most two decimals.", {}],
    ["a comma", `${base}&adv_sub=1&amount=1%2C50`, "amount must be a number with at most two decimals.", {}],
    ["a bare point", `${base}&adv_sub=1&amount=1.`, "amount must be a number with at most two decimals.", {}],
    ["a negative amount", `${base}&adv_sub=1&amount=-1`, "amount must be a number with at most two decimals.", {}],
    ["an exponent", `${base}&adv_sub=1&amount=1e3`, "amount must be a number with at most two decimals.", {}],
    [
      "parts of a yen",
      `${base}&adv_sub=1&amount=800.00&adv_sub5=JPY`,
      "amount has more decimals than JPY.",
      anyCurrency,
    ],
    [
      "parts of a yen in a yen account",
      `${base}&adv_sub=1&amount=800.5`,
      "amount has more decimals than JPY.",
      { shopback: { currency: "JPY" } },
    ],
    [
      "no currency where the account takes any",
      `${base}&adv_sub=1&amount=1`,
      "adv_sub5 must be an ISO 4217 code in capital letters.",
      anyCurrency,
    ],
    [
      "a currency in small letters",
      `${base}&adv_sub=1&amount=1&adv_sub5=myr`,
      "adv_sub5 must be an ISO 4217 code in capital letters.",
      anyCurrency,
    ],
    [
      "a currency in an account with one",
      `${base}&adv_sub=1&amount=1&adv_sub5=MYR`,
      "adv_sub5 has no meaning for an account with one currency.",
      {},
    ],
    [
      "an order with a line's parameters",
      `${base}&adv_sub=1&amount=1&adv_sub2=a&adv_sub3=1&adv_sub4=b`,
      "adv_sub2 has no meaning for an order. adv_sub3 has no meaning for an order. adv_sub4 has no meaning for an order.",
      {},
    ],
    [
      "a line without its quantity",
      `${base}&adv_sub=1&amount=1&adv_sub4=A`,
      "adv_sub3 must be the line's quantity.",
      lineLevel,
    ],
    [
      "a quantity of 0",
      `${base}&adv_sub=1&amount=1&adv_sub3=0&adv_sub4=A`,
      "adv_sub3 must be the line's quantity.",
      lineLevel,
    ],
    [
      "half a piece",
      `${base}&adv_sub=1&amount=1&adv_sub3=0.5&adv_sub4=A`,
      "adv_sub3 must be the line's quantity.",
      lineLevel,
    ],
    [
      "a line without its product",
      `${base}&adv_sub=1&amount=1&adv_sub3=1`,
      "adv_sub4 must be the product's id.",
      lineLevel,
    ],
    [
      "a line with a currency for its total",
      `${base}&adv_sub=1&amount=1&adv_sub3=1&adv_sub4=A&adv_sub5=MYR`,
      "adv_sub5 must be a number with at most two decimals.",
      lineLevel,
    ],
    [
      "a time of another form",
      `${base}&adv_sub=1&amount=1&datetime=2023-01-01T04%3A00%3A00Z`,
      "datetime must be a real YYYY-MM-DD HH:MM:SS.",
      {},
    ],
    [
      "a day that does not exist",
      `${base}&adv_sub=1&amount=1&datetime=2023-02-29%2004%3A00%3A00`,
      "datetime must be a real YYYY-MM-DD HH:MM:SS.",
      {},
    ],
    [
      "an hour that does not exist",
      `${base}&adv_sub=1&amount=1&datetime=2023-01-01%2024%3A00%3A00`,
      "datetime must be a real YYYY-MM-DD HH:MM:SS.",
      {},
    ],
    [
      "a time more than a day ahead",
      `${base}&adv_sub=1&amount=1&datetime=2026-11-23%2012%3A00%3A01`,
      "datetime is in the future.",
      {},
    ],
    [
      "parameters it does not know",
      `${base}&adv_sub=1&amount=1&timezone=UTC&status=x`,
      "Unknown parameters: timezone, status.",
      {},
    ],
    ["a repeated parameter", `${base}&adv_sub=1&adv_sub=1&amount=1`, "adv_sub is repeated.", {}],
    ["a bare plus", `${base}&adv_sub=a+b&amount=1`, 'adv_sub has a "+" that is not percent-encoded.', {}],
    ["a bare reserved character", `${base}&adv_sub=a/b&amount=1`, 'adv_sub has a "/" that is not percent-encoded.', {}],
    ["a bare equals sign", `${base}&adv_sub=a=b&amount=1`, 'adv_sub has a "=" that is not percent-encoded.', {}],
    ["bare brackets", `${base}&adv_sub=(a)&amount=1`, 'adv_sub has a "(" that is not percent-encoded.', {}],
    ["a percent sign alone", `${base}&adv_sub=100%&amount=1`, 'adv_sub has a "%" that encodes nothing.', {}],
    ["bytes that are not UTF-8", `${base}&adv_sub=%E5&amount=1`, "adv_sub is not UTF-8.", {}],
    ["half a surrogate pair", `${base}&adv_sub=%ED%A0%BD&amount=1`, "adv_sub is not UTF-8.", {}],
    ["a parameter without a value", `${base}&adv_sub&amount=1`, "adv_sub has no value.", {}],
    ["an empty parameter", `${base}&adv_sub=1&&amount=1`, "An empty parameter.", {}],
    ["nothing", "", "Request offer # does not match session offer #1234.", {}],
    [
      "everything wrong with the order at once",
      `${base}&amount=x&datetime=y`,
      "adv_sub is missing. datetime must be a real YYYY-MM-DD HH:MM:SS. amount must be a number with at most two decimals.",
      {},
    ],
  ])("%s", async (_, query, reason, options) => {
    const { sandbox, answer } = await ask(query, { ...options, now: () => new Date("2026-11-22T12:00:00Z") });
    expect(answer).toBe(`success=false; err_msg=${reason};`);
    expect(sandbox.book.shopback).toEqual([]);
  });

  test("a second order on one click", async () => {
    const sandbox = await startedSandbox();
    const click = sandbox.click("shopback");
    const query = `offer_id=1234&transaction_id=${click}&security_token=${securityToken}&amount=1&adv_sub=`;
    expect(await get(sandbox, `${query}1`)).toBe("sucess=true;");
    expect(await get(sandbox, `${query}2`)).toBe(`success=false; err_msg=Duplicate recorded with Trans. ID ${click};`);
    expect(sandbox.book.shopback.map((conversion) => conversion.query.adv_sub)).toEqual(["1"]);
  });

  test.each([
    ["POST", "/aff_lsr"],
    ["GET", "/aff_l"],
    ["GET", "/aff_lsr/"],
  ] as const)("%s %s", async (method, path) => {
    const sandbox = await startedSandbox();
    const { statusCode, body } = await request(`${sandbox.url}${path}`, { method });
    expect({ statusCode, body: await body.text() }).toEqual({ statusCode: 404, body: "Not found." });
  });
});
