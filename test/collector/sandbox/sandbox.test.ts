import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { request } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import { type BookRow, startSandbox } from "../../../packages/collector/src/sandbox/sandbox.ts";
import { retrackToken, securityToken, startedSandbox } from "./started.ts";

const event = "1f80e399-6f55-4cef-b8b0-0f74752c1ceb";

const transaction = (click: string) =>
  JSON.stringify({
    event,
    click,
    orderNumber: "A1",
    orderSum: 9000,
    vatSum: 2250,
    currency: "SEK",
    discountSum: 1000,
    products: [{ event, reference: "mug", quantity: 2, name: "Mug", price: 5000, vat: 1250 }],
  });

describe("The sandbox", () => {
  test("says plainly that a port is taken", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    await expect(startSandbox({ port })).rejects.toThrow(
      `Port ${port} is taken: give the sandbox another one, or 0 for any that is free.`,
    );
  });

  test("starts with accounts that need no setting", async () => {
    const sandbox = await startSandbox();
    onTestFinished(() => sandbox.close());
    expect(sandbox.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(sandbox.accounts.retrack.token).toMatch(/^[\da-zA-Z]{60}$/);
    expect(sandbox.accounts.shopback.securityToken).toMatch(/^[\da-f]{32}$/);
    expect(sandbox.accounts.shopback).toMatchObject({
      offer: "1234",
      validation: { offer: "5678", affiliate: "1152" },
      currency: "MYR",
      level: "order",
    });
  });

  test("keeps the accounts of two sandboxes apart", async () => {
    const one = await startSandbox();
    const other = await startSandbox();
    onTestFinished(() => one.close());
    onTestFinished(() => other.close());
    one.accounts.retrack.token = "changed";
    one.accounts.shopback.validation.offer = "changed";
    expect(other.accounts.shopback.validation.offer).toBe("5678");
    expect(other.accounts.retrack.token).toMatch(/^[\da-zA-Z]{60}$/);
  });

  test("keeps every request without its secrets", async () => {
    const at = new Date("2026-11-22T12:00:00Z");
    const sandbox = await startedSandbox({ now: () => at });
    const { url } = sandbox;
    const headers = { authorization: `Bearer ${retrackToken}`, "content-type": "application/json" };
    await request(`${url}/api/v2/transactions`, { method: "POST", headers, body: "{" });
    await request(`${url}/aff_lsr?security_token=${securityToken}&offer_id=1`);
    await request(`${url}/aff_lsr?offer_id=1&Security%5Ftoken=${securityToken}`);

    expect(sandbox.requests).toMatchObject([
      {
        network: "retrack",
        at,
        method: "POST",
        path: "/api/v2/transactions",
        headers: { authorization: "[redacted]", "content-type": "application/json" },
        body: "{",
        fault: null,
        recorded: false,
        refusal: "The body is not JSON in UTF-8.",
        answer: { status: 400, body: '{"message":"The body is not JSON in UTF-8."}' },
      },
      {
        network: "shopback",
        method: "GET",
        path: "/aff_lsr?security_token=[redacted]&offer_id=1",
        refusal: "Request offer #1 does not match session offer #1234.",
        answer: {
          status: 200,
          body: "success=false; err_msg=Request offer #1 does not match session offer #1234.;",
        },
      },
      { network: "shopback", path: "/aff_lsr?offer_id=1&Security%5Ftoken=[redacted]" },
    ]);
    expect(JSON.stringify(sandbox.requests)).not.toContain(securityToken);
    expect(JSON.stringify(sandbox.requests)).not.toContain(retrackToken);
  });

  test("tells of each order as it is recorded, and of no refusal, change or lead", async () => {
    const rows: BookRow[] = [];
    const at = new Date("2026-11-22T12:00:00Z");
    const sandbox = await startedSandbox({
      shopback: { level: "line" },
      now: () => at,
      onRecorded: (row) => rows.push(row),
    });
    const { url, book } = sandbox;
    const [click, other] = [sandbox.click("retrack"), sandbox.click("shopback")];
    const headers = { authorization: `Bearer ${retrackToken}`, "content-type": "application/json" };
    await request(`${url}/api/v2/transactions`, { method: "POST", headers, body: transaction(click) });
    await request(`${url}/api/v2/transactions`, { method: "POST", headers, body: "{}" });
    const line = `offer_id=1234&transaction_id=${other}&security_token=${securityToken}&adv_sub=A2&amount=10.5`;
    await request(`${url}/aff_lsr?${line}&adv_sub3=2&adv_sub4=mug`);
    const lead = JSON.stringify({ event, click, reference: "newsletter" });
    await request(`${url}/api/v2/leads`, { method: "POST", headers, body: lead });
    const rejection = '{"status":"rejected"}';
    await request(`${url}/api/v2/transactions/${book.retrack[0]?.uuid}`, { method: "POST", headers, body: rejection });
    const validation = `offer_id=5678&aff_id=1152&security_token=${securityToken}&adv_sub=A2&adv_sub3=2&adv_sub4=mug`;
    await request(`${url}/aff_lsr?${validation}&amount=10.5&status=approved`);
    expect(sandbox.requests.map(({ recorded }) => recorded)).toEqual([true, false, true, true, true, true]);

    expect(rows).toEqual([
      {
        network: "retrack",
        at,
        order: "A1",
        amount: "90.00 SEK",
        vat: "22.50 SEK",
        discount: "10.00 SEK",
        click,
        lines: [{ product: "mug", name: "Mug", quantity: 2, amount: "100.00 SEK" }],
        status: "pending",
        changes: [],
      },
      {
        network: "shopback",
        at,
        order: "A2",
        amount: "10.50 MYR",
        click: other,
        lines: [{ product: "mug", quantity: 2, amount: "10.50 MYR" }],
        status: "pending",
        changes: [],
      },
    ]);
  });

  test("says what went wrong inside it instead of passing for a network", async () => {
    const sandbox = await startedSandbox();
    sandbox.fault("shopback", () => {
      throw new Error("a fault in the fault");
    });
    const { statusCode, body } = await request(`${sandbox.url}/aff_lsr`);
    expect(statusCode).toBe(500);
    expect(await body.text()).toBe("The sandbox failed: Error: a fault in the fault");
  });

  test("closes at once while an answer is being delayed", async () => {
    const sandbox = await startedSandbox();
    sandbox.fault("shopback", "late", { delayMs: 60_000 });
    const waiting = request(`${sandbox.url}/aff_lsr`).catch(() => "broken off");
    await expect.poll(() => sandbox.requests[0]?.fault, { interval: 5 }).toBe("late");
    await sandbox.close();
    expect(await waiting).toBe("broken off");
    await expect(request(sandbox.url)).rejects.toThrow("ECONNREFUSED");
  });

  test("records nothing once it is closed", async () => {
    const at = new Date("2026-11-22T12:00:00Z");
    const [closed, open] = [await startedSandbox({ now: () => at }), await startedSandbox()];
    const query = `offer_id=1234&transaction_id=${closed.click("shopback")}&security_token=${securityToken}`;
    closed.fault("shopback", "late", { delayMs: 30 });
    open.fault("shopback", "slow", { delayMs: 60 });
    const waiting = request(`${closed.url}/aff_lsr?${query}&adv_sub=1&amount=1`).catch(() => "broken off");
    await expect.poll(() => closed.requests[0]?.fault, { interval: 5 }).toBe("late");
    await closed.close();
    // Answered after what the closed one put off was due.
    await request(`${open.url}/aff_lsr`);
    expect(await waiting).toBe("broken off");
    expect(closed.book.shopback).toEqual([]);
  });
});
