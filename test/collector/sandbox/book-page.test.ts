import { request } from "undici";
import { describe, expect, test } from "vitest";
import type { Sandbox } from "../../../packages/collector/src/sandbox/sandbox.ts";
import { retrackToken, securityToken, startedSandbox } from "./started.ts";

const event = "1f80e399-6f55-4cef-b8b0-0f74752c1ceb";

async function page(sandbox: Sandbox) {
  const { statusCode, headers, body } = await request(sandbox.url);
  expect(statusCode).toBe(200);
  return { headers, text: await body.text() };
}

/** The page as its reader sees it: without tags, white space in one piece. */
const read = (html: string) =>
  html
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .replaceAll("&lt;", "<")
    .replaceAll("&amp;", "&");

function toRetrack(sandbox: Sandbox, path: string, body: unknown) {
  return request(`${sandbox.url}/api/v2/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${retrackToken}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function sendTransaction(sandbox: Sandbox, change: Record<string, unknown> = {}) {
  const body = {
    event,
    click: sandbox.click("retrack"),
    orderNumber: "A1",
    orderSum: 9000,
    vatSum: 2250,
    currency: "SEK",
    discountSum: 1000,
    products: [{ event, reference: "mug", quantity: 2, name: "Stoneware mug", price: 5000, vat: 1250 }],
    ...change,
  };
  await toRetrack(sandbox, "transactions", body);
  return body;
}

async function sendConversion(sandbox: Sandbox, query: string) {
  const click = sandbox.click("shopback");
  await request(
    `${sandbox.url}/aff_lsr?offer_id=1234&transaction_id=${click}&security_token=${securityToken}&${query}`,
  );
}

function setFault(sandbox: Sandbox, body: string, contentType = "application/x-www-form-urlencoded") {
  return request(`${sandbox.url}/faults`, { method: "POST", headers: { "content-type": contentType }, body });
}

describe("The page", () => {
  test("shows what was recorded, amounts as people read them", async () => {
    const sandbox = await startedSandbox({
      shopback: { currency: "any" },
      now: () => new Date("2026-11-22T12:00:00Z"),
    });
    await sendTransaction(sandbox);
    await sendConversion(sandbox, "adv_sub=B1&amount=800&adv_sub5=JPY");
    const text = read((await page(sandbox)).text);
    expect(text).toContain("A1 pending 90.00 SEK 2026-11-22 12:00:00 UTC , VAT 22.50 SEK , discount 10.00 SEK Click");
    expect(text).toContain("2 × Stoneware mug mug 100.00 SEK");
    expect(text).toContain("B1 pending 800 JPY 2026-11-22 12:00:00 UTC Click 102");
  });

  test("shows the newest first and marks what comes again", async () => {
    const sandbox = await startedSandbox({ shopback: { level: "line" } });
    await sendTransaction(sandbox, { orderNumber: "first" });
    await sendTransaction(sandbox, { orderNumber: "second" });
    await sendTransaction(sandbox, { orderNumber: "first" });
    await sendConversion(sandbox, "adv_sub=B1&amount=1&adv_sub3=1&adv_sub4=mug");
    await sendConversion(sandbox, "adv_sub=B1&amount=2&adv_sub3=1&adv_sub4=vase");
    await sendConversion(sandbox, "adv_sub=B1&amount=3&adv_sub3=1&adv_sub4=mug");
    const orders = [...read((await page(sandbox)).text).matchAll(/(first|second|B1) (again )?pending (\d+\.\d\d)/g)];
    expect(orders.map(([text]) => text)).toEqual([
      "first again pending 90.00",
      "second pending 90.00",
      "first pending 90.00",
      "B1 again pending 3.00",
      "B1 pending 2.00",
      "B1 pending 1.00",
    ]);
  });

  test("shows what became of an order, and when", async () => {
    let now = new Date("2026-11-22T12:00:00Z");
    const sandbox = await startedSandbox({ now: () => now });
    const body = await sendTransaction(sandbox);
    await sendTransaction(sandbox, { orderNumber: "A2" });
    await sendConversion(sandbox, "adv_sub=B1&amount=100");
    const path = `transactions/${sandbox.book.retrack[0]?.uuid}`;
    const validation = `${sandbox.url}/aff_lsr?offer_id=5678&aff_id=1152&security_token=${securityToken}&adv_sub=B1`;
    now = new Date("2026-11-23T12:00:00Z");
    const products = [{ event, reference: "mug", quantity: 1, name: "Stoneware mug", price: 5000, vat: 1250 }];
    await toRetrack(sandbox, path, { ...body, orderSum: 4000, vatSum: 1250, products });
    await request(`${validation}&amount=80&status=approved`);
    now = new Date("2026-11-24T12:00:00Z");
    await toRetrack(sandbox, path, { status: "rejected" });
    await request(`${validation}&amount=100&status=rejected`);
    sandbox.approve("A2");
    const text = read((await page(sandbox)).text);
    expect(text).toContain("A1 rejected 40.00 SEK 2026-11-22 12:00:00 UTC , VAT 12.50 SEK , discount 10.00 SEK");
    expect(text).toContain("Changed 2026-11-23 12:00:00 UTC 40.00 SEK Rejected 2026-11-24 12:00:00 UTC Click");
    expect(text).toContain("A2 approved 90.00 SEK 2026-11-22 12:00:00 UTC");
    expect(text).toContain("Approved 2026-11-24 12:00:00 UTC Click");
    expect(text).toContain(
      "B1 rejected 100.00 MYR 2026-11-22 12:00:00 UTC Approved 2026-11-23 12:00:00 UTC 80.00 MYR Rejected 2026-11-24 12:00:00 UTC 100.00 MYR Click",
    );
  });

  test("shows leads, and marks the one that comes again", async () => {
    const sandbox = await startedSandbox({ now: () => new Date("2026-11-22T12:00:00Z") });
    expect(read((await page(sandbox)).text)).not.toContain("Leads");
    const lead = { event, click: sandbox.click("retrack"), reference: "newsletter-77" };
    await toRetrack(sandbox, "leads", { ...lead, voucher: "SPRING" });
    expect(read((await page(sandbox)).text)).toContain("0 recorded, 1 lead, 0 not");
    await toRetrack(sandbox, "leads", lead);
    const text = read((await page(sandbox)).text);
    expect(text).toContain("0 recorded, 2 leads, 0 not");
    expect(text).toContain(
      `Leads newsletter-77 again 2026-11-22 12:00:00 UTC Click ${lead.click} newsletter-77 2026-11-22 12:00:00 UTC , voucher SPRING Click`,
    );
  });

  test("folds all but the newest three, and many lines", async () => {
    const sandbox = await startedSandbox();
    for (let number = 1; number <= 5; number++) await sendConversion(sandbox, `adv_sub=order-${number}&amount=1`);
    const line = { event, reference: "a", quantity: 1, name: "A", price: 1500, vat: 375 };
    await sendTransaction(sandbox, { orderSum: 8000, vatSum: 2250, products: Array.from({ length: 6 }, () => line) });
    await sendTransaction(sandbox, { orderSum: 6500, vatSum: 1875, products: Array.from({ length: 5 }, () => line) });
    const [, folded = ""] = /<summary>2 earlier<\/summary>(.*?)<\/details>/s.exec((await page(sandbox)).text) ?? [];
    expect(read(folded).match(/order-\d/g)).toEqual(["order-2", "order-1"]);
    const { text } = await page(sandbox);
    expect(text.match(/<summary>\d+ lines<\/summary>/g)).toEqual(["<summary>6 lines</summary>"]);
  });

  test("shows the latest 100 and the first 50 lines of each, and counts the rest", async () => {
    const sandbox = await startedSandbox();
    for (let number = 1; number <= 101; number++) await sendConversion(sandbox, `adv_sub=order-${number}&amount=1`);
    await sendTransaction(sandbox, {
      orderSum: 5100,
      vatSum: 0,
      discountSum: undefined,
      products: Array.from({ length: 51 }, () => ({
        event,
        reference: "a",
        quantity: 1,
        name: "A",
        price: 100,
        vat: 0,
      })),
    });
    const text = read((await page(sandbox)).text);
    expect(text).toContain("101 recorded, 0 not");
    expect(text).toContain("order-101 pending 1.00 MYR");
    expect(text).toContain("order-2 pending 1.00 MYR");
    expect(text).not.toContain("order-1 pending 1.00 MYR");
    expect(text).toContain("and 1 more in the JSON");
    expect(text.match(/1 × A a 1\.00 SEK/g)).toHaveLength(50);
    expect(text).toContain("1.00 SEK and 1 more");
  });

  test("shows amounts below one with their zero", async () => {
    const sandbox = await startedSandbox();
    await sendTransaction(sandbox, {
      orderSum: 5,
      vatSum: 0,
      discountSum: undefined,
      products: [{ event, reference: "a", quantity: 1, name: "A", price: 5, vat: 0 }],
    });
    expect(read((await page(sandbox)).text)).toContain("A1 pending 0.05 SEK");
  });

  test("shows what was not recorded and why, without the token", async () => {
    const sandbox = await startedSandbox();
    await sendTransaction(sandbox, { orderSum: 1 });
    sandbox.fault("shopback", "500");
    await sendConversion(sandbox, "adv_sub=B1&amount=1");
    const { text } = await page(sandbox);
    expect(read(text)).toContain("orderSum is 1, but the products less the discount come to 9000.");
    expect(read(text)).toContain("fault 500 GET /aff_lsr?offer_id=1234&transaction_id=");
    expect(text).toContain("security_token=[redacted]");
    expect(text).not.toContain(securityToken);
  });

  test("escapes everything that was sent", async () => {
    const sandbox = await startedSandbox();
    const hostile = `<script>alert("1")</script>'&`;
    await sendTransaction(sandbox, {
      orderNumber: hostile,
      products: [{ event, reference: hostile, quantity: 2, name: hostile, price: 5000, vat: 1250 }],
    });
    await sendConversion(sandbox, "%3Cscript%3Ealert%28%221%22%29%3C%2Fscript%3E%27%26=1");
    await toRetrack(sandbox, "leads", { event, click: sandbox.click("retrack"), reference: hostile, voucher: hostile });
    const { text } = await page(sandbox);
    expect(text).not.toContain("<script");
    expect(text.split("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;")).toHaveLength(7);
  });

  test("allows no script, no style but its own and no frame around it", async () => {
    const sandbox = await startedSandbox();
    const { headers, text } = await page(sandbox);
    expect(headers["content-security-policy"]).toBe(
      "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(text).not.toMatch(/<style|style=|<script/);
    const style = await request(`${sandbox.url}/sandbox.css`);
    expect(style.headers["content-type"]).toBe("text/css; charset=utf-8");
    expect(await style.body.text()).toContain("color-scheme: light dark");
  });

  test("lists the faults with what they do", async () => {
    const sandbox = await startedSandbox();
    const text = read((await page(sandbox)).text);
    expect(text).toContain("accept-then-drop Records, then closes the connection without an answer. yes");
    expect(text).toContain("html-200 Answers 200 with an HTML page. no");
  });

  test("links to the store by each network", async () => {
    const sandbox = await startedSandbox({ retrack: { landing: "http://127.0.0.1:4000/retrack" } });
    const { text } = await page(sandbox);
    const links = [...text.matchAll(/href="(\/(?:track|aff_c)[^"]*)"/g)].map(([, link]) =>
      link?.replaceAll("&amp;", "&"),
    );
    const retrack =
      "/track/v2/click?publisher=e5adcbc6-31a8-4e1b-8351-835dddc16921&program=7649bf56-4345-46e4-8c77-04bbd2f3bcd3&deeplink=http%3A%2F%2F127.0.0.1%3A4000%2F";
    expect(links).toEqual([retrack, `${retrack}&direct=1`, "/aff_c?offer_id=1234&aff_id=1"]);
  });
});

describe("The book as JSON", () => {
  test("says what the page says", async () => {
    const sandbox = await startedSandbox({ now: () => new Date("2026-11-22T12:00:00Z") });
    await sendConversion(sandbox, "adv_sub=B1&amount=1");
    await sendTransaction(sandbox, { orderSum: 1 });
    sandbox.fault("retrack", "slow", { times: 3, delayMs: 500 });
    const { body } = await request(`${sandbox.url}/book.json`);
    expect(await body.json()).toMatchObject({
      retrack: {
        recorded: [],
        leads: [],
        refused: [{ method: "POST", path: "/api/v2/transactions", headers: { authorization: "[redacted]" } }],
        fault: "slow by 500 ms, 3 more",
      },
      shopback: {
        recorded: [{ at: "2026-11-22T12:00:00.000Z", query: { adv_sub: "B1", amount: "1" } }],
        refused: [],
        fault: null,
      },
    });
  });

  test("has statuses, updates, validations and leads", async () => {
    const sandbox = await startedSandbox({ now: () => new Date("2026-11-22T12:00:00Z") });
    const at = "2026-11-22T12:00:00.000Z";
    const body = await sendTransaction(sandbox);
    const path = `transactions/${sandbox.book.retrack[0]?.uuid}`;
    await toRetrack(sandbox, path, { ...body, orderSum: 8000, discountSum: 2000 });
    await toRetrack(sandbox, path, { status: "rejected" });
    await toRetrack(sandbox, "leads", { event, click: body.click, reference: "newsletter-77" });
    await sendConversion(sandbox, "adv_sub=B1&amount=100");
    const validation = `offer_id=5678&aff_id=1152&security_token=${securityToken}&adv_sub=B1&amount=80&status=approved`;
    await request(`${sandbox.url}/aff_lsr?${validation}`);
    const answer = await request(`${sandbox.url}/book.json`);
    expect(await answer.body.json()).toMatchObject({
      retrack: {
        recorded: [
          {
            body: { orderSum: 8000 },
            status: "rejected",
            decidedAt: at,
            updates: [{ at, body: { orderSum: 8000, discountSum: 2000 } }],
          },
        ],
        leads: [{ at, body: { event, click: body.click, reference: "newsletter-77" } }],
      },
      shopback: { recorded: [{ status: "approved", validations: [{ at, status: "approved", amount: "80" }] }] },
    });
  });
});

describe("A fault", () => {
  test("is set and cleared by the page's forms, which lead back to the page", async () => {
    const sandbox = await startedSandbox();
    const { statusCode, headers } = await setFault(sandbox, "network=retrack&fault=slow&times=&delayMs=300");
    expect({ statusCode, location: headers.location }).toEqual({ statusCode: 303, location: "/" });
    expect(read((await page(sandbox)).text)).toContain("Fault in force: slow by 300 ms Clear it");
    await setFault(sandbox, "network=retrack&fault=");
    expect(read((await page(sandbox)).text)).not.toContain("Fault in force");
  });

  test("is none until the form's reader chooses one", async () => {
    const sandbox = await startedSandbox();
    const { text } = await page(sandbox);
    const first = [...text.matchAll(/<select name="fault">(<option[^>]*>[^<]*<\/option>)/g)];
    expect(first.map(([, option]) => option)).toEqual([
      '<option value="">no fault</option>',
      '<option value="">no fault</option>',
    ]);
    await setFault(sandbox, "network=retrack&fault=&times=&delayMs=&retryAfter=");
    expect(read((await page(sandbox)).text)).not.toContain("Fault in force");
  });

  test("takes its Retry-After from the form", async () => {
    const sandbox = await startedSandbox();
    expect((await page(sandbox)).text.match(/<input name="retryAfter"/g)).toHaveLength(2);
    await setFault(sandbox, "network=shopback&fault=429&times=&delayMs=&retryAfter=120");
    expect((await request(`${sandbox.url}/aff_lsr`)).headers["retry-after"]).toBe("120");
  });

  test("is set and cleared by JSON, which is answered with the book", async () => {
    const sandbox = await startedSandbox();
    const set = await setFault(
      sandbox,
      '{"network":"shopback","fault":"429","times":1,"retryAfter":"7"}',
      "application/json",
    );
    expect(await set.body.json()).toMatchObject({ shopback: { fault: "429, 1 more" }, retrack: { fault: null } });
    expect((await request(`${sandbox.url}/aff_lsr`)).headers["retry-after"]).toBe("7");
    await setFault(sandbox, '{"network":"shopback","fault":"hang"}', "application/json");
    const cleared = await setFault(sandbox, '{"network":"shopback","fault":null}', "application/json");
    expect(await cleared.body.json()).toMatchObject({ shopback: { fault: null } });
  });

  test.each([
    ["network=amazon&fault=500", /network/],
    ["network=retrack&fault=nonsense", /fault/],
    ["network=retrack&fault=slow&times=0", /times/],
    ["network=retrack&fault=slow&delayMs=-1", /delayMs/],
    ["network=retrack&fault=slow&delay=1", /delay/],
  ])("is not set by %s", async (form, problem) => {
    const sandbox = await startedSandbox();
    const { statusCode, body } = await setFault(sandbox, form);
    expect(statusCode).toBe(400);
    expect(await body.text()).toMatch(problem);
    expect(read((await page(sandbox)).text)).not.toContain("Fault in force");
  });

  test("is not set by JSON that is broken", async () => {
    const sandbox = await startedSandbox();
    expect((await setFault(sandbox, "{", "application/json")).statusCode).toBe(400);
  });
});
