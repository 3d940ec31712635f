import { request } from "undici";
import { describe, expect, test } from "vitest";
import type { Sandbox, TransactionBody } from "../../../packages/collector/src/sandbox/sandbox.ts";
import { retrackToken, startedSandbox } from "./started.ts";

const event = "1f80e399-6f55-4cef-b8b0-0f74752c1ceb";

/** Two mugs, of which the shopper sends back one. */
const order = (click: string): TransactionBody => ({
  event,
  click,
  orderNumber: "test1234",
  orderSum: 20000,
  vatSum: 5000,
  currency: "SEK",
  products: [{ event, reference: "mug", quantity: 2, name: "Mug", price: 10000, vat: 2500 }],
});
const returned: Partial<TransactionBody> = {
  orderSum: 10000,
  vatSum: 2500,
  products: [{ event, reference: "mug", quantity: 1, name: "Mug", price: 10000, vat: 2500 }],
};

const createdAt = new Date("2026-11-22T12:00:00Z");
const changedAt = new Date("2026-11-23T13:00:00Z");

async function send(sandbox: Sandbox, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await request(`${sandbox.url}/api/v2/transactions${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${retrackToken}`, "content-type": "application/json", ...headers },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return { status: answer.statusCode, body: JSON.parse(await answer.body.text()) };
}

/** A sandbox with the order in its book, a day later. */
async function created() {
  let now = createdAt;
  const sandbox = await startedSandbox({ now: () => now });
  const body = order(sandbox.click("retrack"));
  const answer = await send(sandbox, "", body);
  now = changedAt;
  return { sandbox, body, answer, uuid: answer.body.data.uuid as string };
}

const lookUp = (sandbox: Sandbox) => send(sandbox, "?byOrderNumber=test1234");

describe("An update at Retrack", () => {
  test("replaces the body, and is answered like a create with the new sums", async () => {
    const { sandbox, body, answer, uuid } = await created();
    const updated = { ...body, ...returned };

    const { status, body: updateAnswer } = await send(sandbox, `/${uuid}`, updated);

    expect(status).toBe(200);
    expect(updateAnswer).toEqual({
      data: {
        ...answer.body.data,
        order_sum: 10000,
        vat_sum: 2500,
        commission: 2000,
        products: [{ reference: "mug", name: "Mug", price: 10000, vat: 2500, created_at: "2026-11-22 12:00:00" }],
      },
    });
    expect(await lookUp(sandbox)).toEqual({ status: 200, body: updateAnswer });
    expect(sandbox.book.retrack).toEqual([
      { uuid, at: createdAt, body: updated, status: "pending", updates: [{ at: changedAt, body: updated }] },
    ]);
    expect(sandbox.requests[1]).toMatchObject({ recorded: true, refusal: null });
  });

  test("may come again, and each one is kept", async () => {
    const { sandbox, body, uuid } = await created();
    const updated = { ...body, ...returned };
    await send(sandbox, `/${uuid}`, updated);
    await send(sandbox, `/${uuid}`, updated);
    await send(sandbox, `/${uuid}`, body);
    expect(sandbox.book.retrack).toMatchObject([
      { body, updates: [{ body: updated }, { body: updated }, { body }], status: "pending" },
    ]);
  });

  test("may move a line to another event of the programme", async () => {
    const { sandbox, body, uuid } = await created();
    const products = body.products.map((line) => ({ ...line, event: "8b0c5f0e-3a51-4d0e-9a9e-5b6f2f1d7c34" }));
    expect((await send(sandbox, `/${uuid}`, { ...body, products })).status).toBe(200);
  });

  test("changes the one transaction it names of several with one order number", async () => {
    const { sandbox, body, uuid } = await created();
    await send(sandbox, "", body);
    await send(sandbox, `/${uuid}`, { ...body, ...returned });
    expect(sandbox.book.retrack.map((transaction) => transaction.body.orderSum)).toEqual([10000, 20000]);
    expect((await lookUp(sandbox)).body.data.map((found: { order_sum: number }) => found.order_sum)).toEqual([
      10000, 20000,
    ]);
  });

  test.each<[string, Record<string, unknown>, Record<string, string[]>]>([
    ["another order number", { orderNumber: "test1235" }, { orderNumber: ["is not that of the transaction"] }],
    ["another currency", { currency: "NOK" }, { currency: ["is not that of the transaction"] }],
    [
      "sums that do not add up",
      { orderSum: 9999 },
      { orderSum: ["is 9999, but the products less the discount come to 20000"] },
    ],
    [
      "a part of the body",
      { products: undefined, currency: undefined },
      { products: ["must be a list"], currency: ["must be a string"] },
    ],
    ["a status beside the body", { status: "rejected" }, { status: ["is no known field"] }],
    ["fields it does not know", { reason: "returned" }, { reason: ["is no known field"] }],
  ])("is refused with %s", async (_, change, errors) => {
    const { sandbox, body, uuid } = await created();
    const answer = await send(sandbox, `/${uuid}`, { ...body, ...change });
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toEqual(errors);
    expect(sandbox.book.retrack).toEqual([{ uuid, at: createdAt, body, status: "pending", updates: [] }]);
    expect(sandbox.requests[1]).toMatchObject({ recorded: false, refusal: answer.body.message });
  });

  test("is refused with another click, even one that Retrack issued", async () => {
    const { sandbox, body, uuid } = await created();
    const answer = await send(sandbox, `/${uuid}`, { ...body, click: sandbox.click("retrack") });
    expect(answer).toMatchObject({ status: 422, body: { errors: { click: ["is not that of the transaction"] } } });
    expect(sandbox.book.retrack).toMatchObject([{ body, updates: [] }]);
  });
});

describe("A rejection at Retrack", () => {
  test("is answered with the transaction as it stands, rejected", async () => {
    const { sandbox, body, answer, uuid } = await created();

    const rejection = await send(sandbox, `/${uuid}`, { status: "rejected" });

    expect(rejection).toEqual({
      status: 200,
      body: {
        data: { ...answer.body.data, status: { name: "rejected", reason: null, created_at: "2026-11-23 13:00:00" } },
      },
    });
    expect(await lookUp(sandbox)).toEqual(rejection);
    expect(sandbox.book.retrack).toEqual([
      { uuid, at: createdAt, body, status: "rejected", decidedAt: changedAt, updates: [] },
    ]);
    expect(sandbox.requests[1]).toMatchObject({ recorded: true, refusal: null });
  });

  test("keeps the updates before it", async () => {
    const { sandbox, body, uuid } = await created();
    await send(sandbox, `/${uuid}`, { ...body, ...returned });
    const { body: answer } = await send(sandbox, `/${uuid}`, { status: "rejected" });
    expect(answer.data).toMatchObject({ order_sum: 10000, status: { name: "rejected" } });
    expect(sandbox.book.retrack).toMatchObject([{ status: "rejected", body: returned, updates: [{ body: returned }] }]);
  });

  test.each<[string, unknown, Record<string, string[]>]>([
    ["another status", { status: "approved" }, { status: ['must be "rejected"'] }],
    ["no status at all", { status: null }, { status: ['must be "rejected"'] }],
    ["a list", ["rejected"], { body: ["must be an object"] }],
  ])("is refused with %s", async (_, sent, errors) => {
    const { sandbox, uuid } = await created();
    expect(await send(sandbox, `/${uuid}`, sent)).toMatchObject({ status: 422, body: { errors } });
    expect(sandbox.book.retrack).toMatchObject([{ status: "pending" }]);
  });

  test("is refused with a reason, which Retrack's page does not know", async () => {
    const { sandbox, uuid } = await created();
    const { status, body } = await send(sandbox, `/${uuid}`, { status: "rejected", reason: "returned" });
    expect(status).toBe(422);
    expect(body.errors).toMatchObject({ status: ["is no known field"], reason: ["is no known field"] });
    expect(sandbox.book.retrack).toMatchObject([{ status: "pending" }]);
  });
});

describe("After the decision, Retrack refuses", () => {
  const requests = ["an update", "a rejection"] as const;

  test.each(requests)("%s of a rejected transaction", async (what) => {
    const { sandbox, body, uuid } = await created();
    await send(sandbox, `/${uuid}`, { status: "rejected" });
    const answer = await send(sandbox, `/${uuid}`, what === "an update" ? body : { status: "rejected" });
    expect(answer).toEqual({ status: 422, body: { message: "The transaction is rejected and cannot be changed." } });
    expect(sandbox.book.retrack).toMatchObject([{ status: "rejected", updates: [] }]);
    expect(sandbox.requests[2]).toMatchObject({ recorded: false, refusal: answer.body.message });
  });

  test.each(requests)("%s of an approved transaction", async (what) => {
    const { sandbox, body, uuid } = await created();
    sandbox.approve("test1234");
    const answer = await send(sandbox, `/${uuid}`, what === "an update" ? body : { status: "rejected" });
    expect(answer).toEqual({ status: 422, body: { message: "The transaction is approved and cannot be changed." } });
    expect(sandbox.book.retrack).toMatchObject([{ status: "approved", updates: [] }]);
  });
});

describe("Updates and rejections at Retrack need", () => {
  test("a uuid that it gave", async () => {
    const { sandbox, body } = await created();
    for (const sent of [body, { status: "rejected" }])
      expect(await send(sandbox, "/3afc4a82-93c3-423f-8ee8-542ccb315931", sent)).toEqual({
        status: 404,
        body: { message: "No transaction has this uuid." },
      });
    expect(sandbox.book.retrack).toMatchObject([{ status: "pending", updates: [] }]);
  });

  test.each<[string, number, Record<string, string>, string, string]>([
    ["the token", 401, { authorization: "Bearer nonsense" }, "", '{"status":"rejected"}'],
    ["to say that they are JSON", 415, { "content-type": "text/plain" }, "", '{"status":"rejected"}'],
    ["JSON that is whole", 400, {}, "", '{"status":'],
    ["no parameters", 422, {}, "?status=rejected", '{"status":"rejected"}'],
  ])("%s", async (_, status, headers, query, sent) => {
    const { sandbox, uuid } = await created();
    expect((await send(sandbox, `/${uuid}${query}`, sent, headers)).status).toBe(status);
    expect(sandbox.book.retrack).toMatchObject([{ status: "pending" }]);
  });
});

describe("Retrack's own approval", () => {
  test("shows in the book and in look-ups", async () => {
    const { sandbox, body, uuid } = await created();
    sandbox.approve("test1234");
    expect(sandbox.book.retrack).toEqual([
      { uuid, at: createdAt, body, status: "approved", decidedAt: changedAt, updates: [] },
    ]);
    expect((await lookUp(sandbox)).body.data.status).toEqual({
      name: "approved",
      reason: null,
      created_at: "2026-11-23 13:00:00",
    });
  });

  test("is of every pending transaction with the order number, and of no other", async () => {
    const { sandbox, body, uuid } = await created();
    await send(sandbox, "", body);
    await send(sandbox, "", { ...body, orderNumber: "test1235" });
    await send(sandbox, `/${uuid}`, { status: "rejected" });
    sandbox.approve("test1234");
    expect(sandbox.book.retrack.map(({ status }) => status)).toEqual(["rejected", "approved", "pending"]);
  });

  test("says plainly that there is nothing to approve", async () => {
    const { sandbox, uuid } = await created();
    expect(() => sandbox.approve("test1235")).toThrow("Retrack has no transaction with order number test1235.");
    await send(sandbox, `/${uuid}`, { status: "rejected" });
    expect(() => sandbox.approve("test1234")).toThrow("Retrack's transaction with order number test1234 is rejected.");
  });
});
