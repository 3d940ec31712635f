import { request } from "undici";
import { describe, expect, test } from "vitest";
import type { Sandbox, SandboxOptions } from "../../../packages/collector/src/sandbox/sandbox.ts";
import { securityToken, startedSandbox } from "./started.ts";

const lineLevel = { level: "line" } as const;
const orderedAt = new Date("2026-11-22T12:00:00Z");
const validatedAt = new Date("2026-12-22T12:00:00Z");

async function get(sandbox: Sandbox, query: string) {
  const { statusCode, body } = await request(`${sandbox.url}/aff_lsr?${query}`);
  expect(statusCode).toBe(200);
  return body.text();
}

/** A sandbox with a conversion for each query in its book, a month later. */
async function converted(queries: string[], shopback: NonNullable<SandboxOptions["shopback"]> = {}) {
  let now = orderedAt;
  const sandbox = await startedSandbox({ shopback, now: () => now });
  const click = sandbox.click("shopback");
  for (const query of queries)
    expect(await get(sandbox, `offer_id=1234&transaction_id=${click}&security_token=${securityToken}&${query}`)).toBe(
      "sucess=true;",
    );
  now = validatedAt;
  return { sandbox, click };
}

const base = `offer_id=5678&aff_id=1152&security_token=${securityToken}`;

describe("ShopBack takes a validation", () => {
  test.each(["approved", "rejected"] as const)("of an order: %s", async (status) => {
    // https://docs.shopback.com/docs/s2s-validation-api
    const { sandbox, click } = await converted(["adv_sub=order_123&amount=150"]);
    expect(await get(sandbox, `${base}&adv_sub=order_123&amount=125&status=${status}`)).toBe("sucess=true;");
    expect(sandbox.book.shopback).toEqual([
      {
        at: orderedAt,
        query: { offer_id: "1234", transaction_id: click, adv_sub: "order_123", amount: "150" },
        status,
        validations: [{ at: validatedAt, status, amount: "125" }],
      },
    ]);
    expect(sandbox.requests[1]).toMatchObject({ recorded: true, refusal: null });
    expect(JSON.stringify(sandbox.requests)).not.toContain(securityToken);
  });

  test("of one line, and leaves the others as they are", async () => {
    const { sandbox } = await converted(
      [
        "adv_sub=1&adv_sub2=toys&adv_sub3=1&adv_sub4=A&adv_sub5=30&amount=10",
        "adv_sub=1&adv_sub2=toys&adv_sub3=2&adv_sub4=B&adv_sub5=30&amount=20",
      ],
      lineLevel,
    );
    const line = "adv_sub=1&adv_sub2=toys&adv_sub3=2&adv_sub4=B&adv_sub5=30";
    expect(await get(sandbox, `${base}&${line}&amount=10&status=approved`)).toBe("sucess=true;");
    expect(sandbox.book.shopback.map(({ status }) => status)).toEqual(["pending", "approved"]);
  });

  test("of an order of its own currency, with as many decimals", async () => {
    const { sandbox } = await converted(["adv_sub=1&amount=800&adv_sub5=JPY"], { currency: "any" });
    expect(await get(sandbox, `${base}&adv_sub=1&adv_sub5=JPY&amount=400&status=approved`)).toBe("sucess=true;");
  });

  test("with every unique parameter and any character, as they were sent", async () => {
    const values = "adv_sub=%C3%85%20%2B%26&adv_unique1=a&adv_unique5=b%2F";
    const { sandbox } = await converted([`${values}&amount=1`]);
    expect(await get(sandbox, `${base}&${values}&amount=1&status=approved`)).toBe("sucess=true;");
  });

  test("again and again, keeps each and lets the newest count", async () => {
    const { sandbox } = await converted(["adv_sub=1&amount=10"]);
    for (const decision of ["amount=10&status=approved", "amount=10&status=approved", "amount=8&status=rejected"])
      expect(await get(sandbox, `${base}&adv_sub=1&${decision}`)).toBe("sucess=true;");
    expect(sandbox.book.shopback).toMatchObject([
      {
        status: "rejected",
        validations: [
          { status: "approved", amount: "10" },
          { status: "approved", amount: "10" },
          { status: "rejected", amount: "8" },
        ],
      },
    ]);
  });

  test("as one of all conversions that it cannot tell apart", async () => {
    const line = "adv_sub=1&adv_sub3=1&adv_sub4=A";
    const { sandbox } = await converted([`${line}&amount=10`, `${line}&amount=10`], lineLevel);
    await get(sandbox, `${base}&${line}&amount=10&status=rejected`);
    expect(sandbox.book.shopback).toMatchObject([
      { status: "rejected", validations: [{ amount: "10" }] },
      { status: "rejected", validations: [{ amount: "10" }] },
    ]);
  });

  test("and its click id stays used", async () => {
    const { sandbox, click } = await converted(["adv_sub=1&amount=10"]);
    await get(sandbox, `${base}&adv_sub=1&amount=10&status=rejected`);
    const order = `offer_id=1234&transaction_id=${click}&security_token=${securityToken}&adv_sub=2&amount=1`;
    expect(await get(sandbox, order)).toBe(`success=false; err_msg=Duplicate recorded with Trans. ID ${click};`);
  });
});

describe("ShopBack refuses a validation", () => {
  const token = `security_token=${securityToken}`;
  const notFound = "No conversion has exactly these adv_ values.";

  test.each([
    [
      "without its affiliate",
      `offer_id=5678&${token}&adv_sub=1&adv_unique1=a&amount=1&status=approved`,
      "aff_id is not the validation affiliate's.",
    ],
    [
      "of another affiliate",
      `offer_id=5678&aff_id=1153&${token}&adv_sub=1&adv_unique1=a&amount=1&status=approved`,
      "aff_id is not the validation affiliate's.",
    ],
    [
      "of another offer",
      `offer_id=5679&${token}&adv_sub=1&adv_unique1=a&amount=1`,
      "Request offer #5679 does not match session offer #1234.",
    ],
    [
      "with the offer of orders",
      `offer_id=1234&aff_id=1152&${token}&adv_sub=1&adv_unique1=a&amount=1&status=approved`,
      "Unknown parameters: aff_id, status.",
    ],
    [
      "without a token",
      "offer_id=5678&aff_id=1152&adv_sub=1&adv_unique1=a&amount=1&status=approved",
      "Invalid security token.",
    ],
    [
      "with another token",
      "offer_id=5678&aff_id=1152&security_token=nonsense&adv_sub=1&adv_unique1=a&amount=1&status=approved",
      "Invalid security token.",
    ],
    [
      "with a click id",
      `${base}&adv_sub=1&adv_unique1=a&amount=1&status=approved&transaction_id=102000000000000000000000000000`,
      "A validation takes no transaction_id.",
    ],
    [
      "with a time and a reason",
      `${base}&adv_sub=1&adv_unique1=a&amount=1&status=approved&datetime=2023-01-01%2004%3A00%3A00&reason=x`,
      "A validation takes no datetime, reason.",
    ],
    ["without a status", `${base}&adv_sub=1&adv_unique1=a&amount=1`, "status must be approved or rejected."],
    ["of pending", `${base}&adv_sub=1&adv_unique1=a&amount=1&status=pending`, "status must be approved or rejected."],
    [
      "in capital letters",
      `${base}&adv_sub=1&adv_unique1=a&amount=1&status=Approved`,
      "status must be approved or rejected.",
    ],
    [
      "without an amount",
      `${base}&adv_sub=1&adv_unique1=a&status=rejected`,
      "amount must be a number with at most two decimals.",
    ],
    [
      "with three decimals",
      `${base}&adv_sub=1&adv_unique1=a&amount=1.234&status=approved`,
      "amount must be a number with at most two decimals.",
    ],
    ["without an order id", `${base}&adv_unique1=a&amount=1&status=approved`, "adv_sub is missing."],
    ["with an empty value", `${base}&adv_sub=1&adv_unique1=&amount=1&status=approved`, "adv_unique1 is empty."],
    [
      "with everything wrong at once",
      `${base}&adv_unique1=&amount=x`,
      "adv_sub is missing. adv_unique1 is empty. amount must be a number with at most two decimals. status must be approved or rejected.",
    ],
    ["of an order it does not have", `${base}&adv_sub=2&adv_unique1=a&amount=1&status=approved`, notFound],
    ["with a value less", `${base}&adv_sub=1&amount=1&status=approved`, notFound],
    ["with a value more", `${base}&adv_sub=1&adv_unique1=a&adv_sub2=b&amount=1&status=approved`, notFound],
    ["with a value changed", `${base}&adv_sub=1&adv_unique1=A&amount=1&status=approved`, notFound],
    ["with a value under another name", `${base}&adv_sub=1&adv_unique2=a&amount=1&status=approved`, notFound],
    [
      "with a bare plus",
      `${base}&adv_sub=1+1&adv_unique1=a&amount=1&status=approved`,
      'adv_sub has a "+" that is not percent-encoded.',
    ],
    [
      "with a status twice",
      `${base}&adv_sub=1&adv_unique1=a&amount=1&status=approved&status=rejected`,
      "status is repeated.",
    ],
  ])("%s", async (_, query, reason) => {
    const { sandbox } = await converted(["adv_sub=1&adv_unique1=a&amount=1"]);
    expect(await get(sandbox, query)).toBe(`success=false; err_msg=${reason};`);
    expect(sandbox.book.shopback).toMatchObject([{ status: "pending", validations: [] }]);
    expect(sandbox.requests[1]).toMatchObject({ recorded: false, refusal: reason });
  });

  test("with parts of a yen", async () => {
    const { sandbox } = await converted(["adv_sub=1&amount=800&adv_sub5=JPY"], { currency: "any" });
    expect(await get(sandbox, `${base}&adv_sub=1&adv_sub5=JPY&amount=400.00&status=approved`)).toBe(
      "success=false; err_msg=amount has more decimals than JPY.;",
    );
  });

  test("with parts of a yen in a yen account", async () => {
    const { sandbox } = await converted(["adv_sub=1&amount=800"], { currency: "JPY" });
    expect(await get(sandbox, `${base}&adv_sub=1&amount=400.5&status=approved`)).toBe(
      "success=false; err_msg=amount has more decimals than JPY.;",
    );
  });

  test("of an order before the order has come", async () => {
    const { sandbox } = await converted([]);
    expect(await get(sandbox, `${base}&adv_sub=1&amount=1&status=rejected`)).toBe(
      "success=false; err_msg=No conversion has exactly these adv_ values.;",
    );
    expect(sandbox.book.shopback).toEqual([]);
  });
});
