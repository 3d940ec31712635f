import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { request } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import { type CollectorOptions, createCollector, retrack, shopback } from "../../../packages/collector/src/index.ts";
import { serve, temporaryFolder } from "../../support/collector-server.ts";

const RETRACK_CLICK = "625fae10-1eb0-11eb-adc1-0242ac120002";
const SHOPBACK_CLICK = "102656693ac3ca6e0cdafbfe89ab99";
const SECONDS = 1795348800;

async function mounted(options: Partial<CollectorOptions> = {}) {
  const collector = createCollector({
    ledger: join(temporaryFolder(), "ledger.db"),
    networks: [
      retrack({ token: "retrack-token", event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb" }),
      shopback({ offer: "1234", securityToken: "shopback-token", currency: "any", amount: "gross" }),
    ],
    now: () => new Date("2026-11-22T12:00:00Z"),
    ...options,
  });
  onTestFinished(() => collector.stop());
  const url = await serve((app) => app.use("/cashtrail", collector.router));
  return { collector, url: `${url}/cashtrail` };
}

describe("client.js", () => {
  test("is the built script, and answers 304 to who has it", async () => {
    const { url } = await mounted();
    const response = await fetch(`${url}/client.js`);
    expect(response.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("public, max-age=300");
    expect(await response.text()).toBe(readFileSync("packages/client/dist/client.js", "utf8"));
    const again = await request(`${url}/client.js`, {
      headers: { "if-none-match": response.headers.get("etag") ?? "" },
    });
    expect(again.statusCode).toBe(304);
  });

  test("is kept for ever under its own hash, and under no other", async () => {
    const { url } = await mounted();
    const hash = createHash("sha256").update(readFileSync("packages/client/dist/client.js")).digest("hex").slice(0, 16);
    const byHash = await fetch(`${url}/client.js?v=${hash}`);
    expect(byHash.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    const byOther = await fetch(`${url}/client.js?v=0123456789abcdef`);
    expect(byOther.headers.get("cache-control")).toBe("public, max-age=300");
  });
});

describe("remember, for the script", () => {
  const post = (url: string, body: string, headers: Record<string, string>) =>
    fetch(`${url}/remember`, { method: "POST", body, headers });

  test("sets the cookies again with what is left of their days", async () => {
    const { url } = await mounted();
    const body = `shopback.${SECONDS - 60}.${SHOPBACK_CLICK}~retrack.${SECONDS - 864_00}.${RETRACK_CLICK}`;
    const response = await post(url, body, { "sec-fetch-site": "same-origin" });
    expect(response.status).toBe(204);
    expect(response.headers.getSetCookie().map((cookie) => cookie.replace(/ Expires=[^;]+;/, ""))).toEqual([
      `retrack_click=${RETRACK_CLICK}; Max-Age=777600; Path=/; Secure; SameSite=Lax`,
      `shopback_click=${SHOPBACK_CLICK}; Max-Age=2591940; Path=/; Secure; SameSite=Lax`,
      `cashtrail_clicks=${body}; Max-Age=2592000; Path=/; Secure; SameSite=Lax`,
    ]);
  });

  test("never gives a click more days than it has, whatever the browser's clock says", async () => {
    const { url } = await mounted();
    const ahead = await post(url, `retrack.${SECONDS + 90_000}.${RETRACK_CLICK}`, { "sec-fetch-site": "same-origin" });
    expect(ahead.headers.getSetCookie()[0]).toContain("Max-Age=864000;");
    const old = await post(url, `retrack.${SECONDS - 864_001}.${RETRACK_CLICK}`, { "sec-fetch-site": "same-origin" });
    expect(old.headers.getSetCookie()).toEqual([]);
  });

  test("takes requests from the store's own pages only", async () => {
    const { url } = await mounted();
    const body = `retrack.${SECONDS}.${RETRACK_CLICK}`;
    const statuses = [
      await post(url, body, { "sec-fetch-site": "cross-site" }),
      await post(url, body, { "sec-fetch-site": "same-site" }),
      await post(url, body, { origin: "https://evil.com" }),
      await post(url, body, { origin: "null" }),
      await post(url, body, {}),
      await post(url, body, { origin: new URL(url).origin }),
    ].map(({ status }) => status);
    expect(statuses).toEqual([403, 403, 403, 403, 403, 204]);
  });

  test.each([
    ["nothing", ""],
    ["an unknown network", `unknown.${SECONDS}.${RETRACK_CLICK}`],
    ["a malformed click id", `retrack.${SECONDS}.not-a-uuid`],
    ["cookie attributes", `retrack.${SECONDS}.${RETRACK_CLICK}; Domain=evil.com`],
    ["line breaks", `retrack.${SECONDS}.${RETRACK_CLICK}\r\nSet-Cookie: a=b`],
    ["JSON", JSON.stringify([{ network: "retrack", id: RETRACK_CLICK }])],
  ])("sets no cookie for a body of %s", async (_case, body) => {
    const { url } = await mounted();
    const response = await post(url, body, { "sec-fetch-site": "same-origin" });
    expect([response.status, response.headers.getSetCookie()]).toEqual([204, []]);
  });

  test("refuses a body that is too long without troubling the store's error page", async () => {
    const { url } = await mounted();
    const response = await post(url, "a".repeat(3000), { "sec-fetch-site": "same-origin" });
    expect(response.status).toBe(413);
  });

  test("stores nothing without consent", async () => {
    const { url } = await mounted({ consent: () => false });
    const response = await post(url, `retrack.${SECONDS}.${RETRACK_CLICK}`, { "sec-fetch-site": "same-origin" });
    expect([response.status, response.headers.getSetCookie()]).toEqual([204, []]);
  });
});

describe("a consent function that throws", () => {
  test("is no consent, and no error of the request", async () => {
    const { url } = await mounted({
      consent: () => {
        throw Object.create(null);
      },
    });
    const response = await fetch(`${url}/remember`, {
      method: "POST",
      body: `retrack.${SECONDS}.${RETRACK_CLICK}`,
      headers: { "sec-fetch-site": "same-origin" },
    });
    expect([response.status, response.headers.getSetCookie(), await response.text()]).toEqual([204, [], ""]);
  });
});

describe("health", () => {
  test("is 200 while the ledger answers and 503 when it does not", async () => {
    const { url, collector } = await mounted();
    const healthy = await fetch(`${url}/health`);
    expect([healthy.status, await healthy.json()]).toEqual([200, { status: "ok" }]);
    await collector.stop();
    const unhealthy = await fetch(`${url}/health`);
    expect([unhealthy.status, await unhealthy.json()]).toEqual([503, { status: "the ledger does not answer" }]);
  });
});
