import { request } from "undici";
import { describe, expect, test } from "vitest";
import type { Sandbox } from "../../../packages/collector/src/sandbox/sandbox.ts";
import { retrackToken, startedSandbox } from "./started.ts";

/** The example of https://retrack.refunder.com/help/tracking/s2s/lead */
const documented = (click: string) => ({
  event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
  click,
  reference: "testabc123",
  voucher: "vouchercode",
});

async function post(sandbox: Sandbox, body: unknown, headers: Record<string, string> = {}, query = "") {
  const answer = await request(`${sandbox.url}/api/v2/leads${query}`, {
    method: "POST",
    headers: { authorization: `Bearer ${retrackToken}`, "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: answer.statusCode, body: JSON.parse(await answer.body.text()) };
}

describe("Retrack accepts", () => {
  test("the documented lead, answered with the documented fields", async () => {
    const at = new Date("2020-11-04T11:09:31Z");
    const sandbox = await startedSandbox({ now: () => at });
    const click = sandbox.click("retrack");

    const { status, body } = await post(sandbox, documented(click));

    expect(status).toBe(200);
    expect(body).toEqual({
      data: {
        uuid: expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/),
        reference: "testabc123",
        commission: 4000,
        currency: "SEK",
        vouchers: ["vouchercode"],
        created_at: "2020-11-04 11:09:31",
        click: expect.objectContaining({ uuid: click, ip_address: "203.0.113.143" }),
        publisher: expect.objectContaining({ name: "Refunder SE" }),
        advertiser: expect.objectContaining({ name: "Store Name SE" }),
        program: expect.objectContaining({ uuid: "7649bf56-4345-46e4-8c77-04bbd2f3bcd3" }),
        event: expect.objectContaining({ uuid: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb" }),
        status: { name: "pending", reason: null, created_at: "2020-11-04 11:09:31" },
      },
    });
    expect(sandbox.book.leads).toEqual([{ uuid: body.data.uuid, at, body: documented(click) }]);
    expect(sandbox.book.retrack).toEqual([]);
    expect(sandbox.requests).toMatchObject([{ recorded: true, refusal: null }]);
  });

  test("a lead without a voucher", async () => {
    const sandbox = await startedSandbox();
    const { status, body } = await post(sandbox, { ...documented(sandbox.click("retrack")), voucher: undefined });
    expect({ status, vouchers: body.data.vouchers }).toEqual({ status: 200, vouchers: [] });
  });

  test("the same lead again, as a second one", async () => {
    const sandbox = await startedSandbox();
    const lead = documented(sandbox.click("retrack"));
    const [first, second] = [await post(sandbox, lead), await post(sandbox, lead)];
    expect(second.body.data.uuid).not.toBe(first.body.data.uuid);
    expect(sandbox.book.leads.map(({ uuid }) => uuid)).toEqual([first.body.data.uuid, second.body.data.uuid]);
  });
});

describe("Retrack refuses a lead with", () => {
  test.each<[string, Record<string, unknown>, Record<string, string[]>]>([
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
    ["no reference", { reference: undefined }, { reference: ["must be a string"] }],
    ["a blank reference", { reference: " " }, { reference: ["must not be empty"] }],
    ["an empty voucher", { voucher: "" }, { voucher: ["must not be empty"] }],
    ["several vouchers", { voucher: ["A", "B"] }, { voucher: ["must be a string"] }],
    ["money", { orderSum: 100, currency: "SEK" }, { orderSum: ["is no known field"], currency: ["is no known field"] }],
  ])("%s", async (_, change, errors) => {
    const sandbox = await startedSandbox();
    const answer = await post(sandbox, { ...documented(sandbox.click("retrack")), ...change });
    expect(answer).toMatchObject({ status: 422, body: { errors } });
    expect(answer.body.errors).toEqual(errors);
    expect(sandbox.book.leads).toEqual([]);
    expect(sandbox.requests).toMatchObject([{ recorded: false, refusal: answer.body.message }]);
  });

  test.each<[string, number, Record<string, string>, string]>([
    ["another token", 401, { authorization: "Bearer nonsense" }, ""],
    ["a body that does not say it is JSON", 415, { "content-type": "text/plain" }, ""],
    ["parameters", 422, {}, "?reference=1"],
  ])("%s", async (_, status, headers, query) => {
    const sandbox = await startedSandbox();
    const answer = await post(sandbox, documented(sandbox.click("retrack")), headers, query);
    expect(answer.status).toBe(status);
    expect(sandbox.book.leads).toEqual([]);
  });

  test("JSON that is broken", async () => {
    const sandbox = await startedSandbox();
    expect((await post(sandbox, "{")).status).toBe(400);
  });
});
