import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import express, { type RequestHandler } from "express";
import { request } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import { type CollectorOptions, createCollector, retrack, shopback } from "../../../packages/collector/src/index.ts";
import { serve, temporaryFolder } from "../../support/collector-server.ts";

const RETRACK_CLICK = "625fae10-1eb0-11eb-adc1-0242ac120002";
const SHOPBACK_CLICK = "102656693ac3ca6e0cdafbfe89ab99";
const SECONDS = 1795348800;

async function mounted(options: Partial<CollectorOptions> = {}, before?: RequestHandler) {
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
  const url = await serve((app) => {
    if (before) app.use(before);
    app.use("/cashtrail", collector.router);
  });
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
    const body = `shopback.${SECONDS - 60}.${SHOPBACK_CLICK}.tcf~retrack.${SECONDS - 864_00}.${RETRACK_CLICK}.tcf`;
    const response = await post(url, body, { "sec-fetch-site": "same-origin" });
    expect(response.status).toBe(204);
    expect(response.headers.getSetCookie().map((cookie) => cookie.replace(/ Expires=[^;]+;/, ""))).toEqual([
      `retrack_click=${RETRACK_CLICK}; Max-Age=777600; Path=/; Secure; SameSite=Lax`,
      `shopback_click=${SHOPBACK_CLICK}; Max-Age=2591940; Path=/; Secure; SameSite=Lax`,
      `cashtrail_clicks=${body.replaceAll("k.", "k.0")}; Max-Age=2592000; Path=/; Secure; SameSite=Lax`,
    ]);
  });

  test("never gives a click more days than it has, whatever the browser's clock says", async () => {
    const { url } = await mounted();
    const ahead = await post(url, `retrack.${SECONDS + 90_000}.${RETRACK_CLICK}`, { "sec-fetch-site": "same-origin" });
    expect(ahead.headers.getSetCookie()[0]).toContain("Max-Age=864000;");
    const old = await post(url, `retrack.${SECONDS - 864_001}.${RETRACK_CLICK}`, { "sec-fetch-site": "same-origin" });
    expect(old.headers.getSetCookie()).toEqual([]);
  });

  const cookiesAfter = async (url: string, body: string, cookie = "") => {
    const response = await post(url, body, { "sec-fetch-site": "same-origin", cookie });
    return response.headers.getSetCookie().map((line) => line.replace(/ Expires=[^;]+;.*/, ""));
  };
  const deletedIn = (name: string) => `${name}=; Max-Age=0; Path=/;`;
  const setFor = (name: string, value: string, seconds: number) => `${name}=${value}; Max-Age=${seconds}; Path=/;`;
  const shopbackIn = (seconds: number) => `shopback.${SECONDS + seconds}.${SHOPBACK_CLICK}.tcf`;
  /** As the collector writes it. */
  const marked = (entries: string) => entries.replaceAll("k.", "k.0");
  const retrackIn = (seconds: number) => `retrack.${SECONDS + seconds}.${RETRACK_CLICK}.exempt`;

  test("does not make a click younger that is kept, where the script cannot see that and hands it over again", async () => {
    const { url } = await mounted({ cookie: { httpOnly: true } });
    const cookie = `retrack_click=${RETRACK_CLICK}; cashtrail_clicks=${retrackIn(-500_000)}`;
    expect(await cookiesAfter(url, retrackIn(0), cookie)).toEqual([
      setFor("retrack_click", RETRACK_CLICK, 364_000),
      setFor("cashtrail_clicks", marked(retrackIn(-500_000)), 2_592_000),
    ]);
  });

  test("does not make one the last click that is kept behind another", async () => {
    const { url } = await mounted();
    const cookie =
      `retrack_click=${RETRACK_CLICK}; shopback_click=${SHOPBACK_CLICK}; ` +
      `cashtrail_clicks=${shopbackIn(-60)}~${retrackIn(-500)}`;
    for (const time of ["", `${SECONDS * 1000}~`])
      expect(await cookiesAfter(url, `${time}${retrackIn(0)}`, cookie)).toEqual([
        setFor("retrack_click", RETRACK_CLICK, 863_500),
        setFor("cashtrail_clicks", marked(`${shopbackIn(-60)}~${retrackIn(-500)}`), 2_592_000),
      ]);
  });

  test.each([
    ["five hours behind", -18_000],
    ["five hours ahead", 18_000],
    ["a year behind", -31_536_000],
    ["right", 0],
  ])("goes by the age of a click where the script says what time the browser has: %s", async (_what, seconds) => {
    const { url } = await mounted();
    const body = `${(SECONDS + seconds) * 1000 + 999}~retrack.${SECONDS + seconds - 3600}.${RETRACK_CLICK}.exempt`;
    expect(await cookiesAfter(url, body)).toEqual([
      setFor("retrack_click", RETRACK_CLICK, 860_399),
      setFor("cashtrail_clicks", `retrack.0${SECONDS - 3601}.${RETRACK_CLICK}.exempt`, 2_592_000),
    ]);
  });

  test.each([
    ["behind", -18_000, -18_000],
    ["ahead", 18_000, 0],
  ])("takes the script at its word for a click, never later than now, where that does not: %s", async (_, said, is) => {
    const { url } = await mounted();
    expect(await cookiesAfter(url, retrackIn(said))).toEqual([
      setFor("retrack_click", RETRACK_CLICK, 864_000 + is),
      setFor("cashtrail_clicks", marked(retrackIn(is)), 2_592_000),
    ]);
  });

  test.each([
    ["none", "0~"],
    ["far ahead", "999999999999999~"],
    ["no whole number", "1e9~"],
    ["negative", "-5~"],
    ["empty", "~"],
    ["no number", "NaN~"],
    ["too long", `${"9".repeat(400)}~`],
  ])("gives no click a time to come or more days where the browser's time is %s", async (_what, time) => {
    const { url } = await mounted();
    for (const line of await cookiesAfter(url, `${time}${retrackIn(-60)}`)) {
      expect(Number(/Max-Age=(\d+)/.exec(line)?.[1])).toBeLessThanOrEqual(
        line.startsWith("retrack") ? 864_000 : 2_592_000,
      );
      expect(Number(/=retrack\.(\d+)/.exec(line)?.[1] ?? 0)).toBeLessThanOrEqual(SECONDS);
    }
  });

  test("leaves of several cookies of one name the one it sets", async () => {
    const { url } = await mounted();
    const cookie = `retrack_click=${RETRACK_CLICK}; retrack_click=4ab932a4-1eb0-4aeb-8dc1-0242ac12aea5`;
    const lines = await cookiesAfter(url.replace("127.0.0.1", "localhost"), retrackIn(-60), cookie);
    expect(lines).toEqual([
      setFor("retrack_click", RETRACK_CLICK, 863_940),
      setFor("cashtrail_clicks", marked(retrackIn(-60)), 2_592_000),
    ]);
    const { url: shared } = await mounted({ cookie: { domain: "store-domain.com" } });
    expect((await cookiesAfter(shared, retrackIn(-60), cookie)).slice(0, 1)).toEqual([deletedIn("retrack_click")]);
  });

  test("reads a body that the store has read before", async () => {
    for (const reader of [express.text({ type: () => true }), express.raw({ type: () => true }), express.json()]) {
      const { url } = await mounted({}, reader);
      expect(await cookiesAfter(url, retrackIn(-60))).toHaveLength(2);
    }
  });

  test("forgets on demand of the store's own pages, and of no other", async () => {
    const { url } = await mounted();
    const forget = async (site: string) => {
      const response = await fetch(`${url}/remember`, { method: "DELETE", headers: { "sec-fetch-site": site } });
      return [response.status, response.headers.getSetCookie().map((line) => line.replace(/ Expires=.*/, ""))];
    };
    expect(await forget("cross-site")).toEqual([403, []]);
    expect(await forget("same-site")).toEqual([403, []]);
    expect(await forget("same-origin")).toEqual([
      204,
      ["retrack_click", "shopback_click", "cashtrail_clicks"].map(deletedIn),
    ]);
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
