import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { request } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import { shopback } from "../../../packages/collector/src/networks/shopback.ts";
import { temporaryFolder } from "../../support/collector-server.ts";
import { aStore, get, majors, NOW, RETRACK_CLICK, SECONDS, SHOPBACK_CLICK } from "./a-store.ts";

const documented = `click=${RETRACK_CLICK}&deeplink=https%3A%2F%2Fwww.store-domain.com%2Fsome-product`;

describe.each(majors)("the redirect page on %s", (_name, makeApp) => {
  test("keeps the click for ten days and sends the shopper to the deep link", async () => {
    const { url } = await aStore({}, makeApp);
    const answer = await get(`${url}/retrack?${documented}`);
    expect(answer.status).toBe(302);
    expect(answer.headers.get("location")).toBe("https://www.store-domain.com/some-product");
    expect(answer.cookies.map((cookie) => cookie.replace(/ Expires=[^;]+;/, ""))).toEqual([
      `retrack_click=${RETRACK_CLICK}; Max-Age=864000; Path=/; Secure; SameSite=Lax`,
      `cashtrail_clicks=retrack.0${SECONDS}.${RETRACK_CLICK}.exempt; Max-Age=2592000; Path=/; Secure; SameSite=Lax`,
    ]);
    expect(answer.body).toBe("");
  });

  test("reads the first of repeated parameters, and no lists or objects", async () => {
    const { url } = await aStore({}, makeApp);
    const other = "4ab932a4-1eb0-4aeb-8dc1-0242ac12aea5";
    const repeated = await get(`${url}/retrack?click=${RETRACK_CLICK}&click=${other}&deeplink=/a&deeplink=//evil.com`);
    expect(repeated.cookies[0]).toContain(`retrack_click=${RETRACK_CLICK};`);
    expect(repeated.headers.get("location")).toBe("https://www.store-domain.com/a");
    const lists = await get(`${url}/retrack?click[]=${RETRACK_CLICK}&deeplink[x]=/a`);
    expect(lists.cookies).toEqual([]);
    expect(lists.headers.get("location")).toBe("/");
  });
});

describe("the redirect page", () => {
  test.each([
    ["a foreign host", "https://evil.com/"],
    ["a foreign host without a scheme", "//evil.com"],
    ["a backslash", "/\\evil.com"],
    ["a tab", "/\t/evil.com"],
    ["a script", "javascript:alert(1)"],
    ["a host that only begins like the store's", "https://www.store-domain.com.evil.com/"],
    ["credentials", "https://www.store-domain.com@evil.com/"],
    ["another port", "https://www.store-domain.com:8443/"],
    ["no TLS", "http://www.store-domain.com/"],
    ["100 kB", `https://www.store-domain.com/${"a".repeat(8000)}`],
    ["itself", "/retrack"],
    ["nothing", ""],
  ])("leads to the front page and keeps the click where the deep link is %s", async (_case, link) => {
    const { url } = await aStore({ frontPage: "/welcome" });
    const answer = await get(`${url}/retrack?click=${RETRACK_CLICK}&deeplink=${encodeURIComponent(link)}`);
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "/welcome"]);
    expect(answer.cookies).toHaveLength(2);
  });

  test.each([
    ["none", ""],
    ["a macro", "%7Bclick%7D"],
    ["cookie attributes", `${RETRACK_CLICK}%3B%20domain%3Dstore-domain.com`],
    ["a line break", `${RETRACK_CLICK}%0D%0ASet-Cookie%3A%20x%3D1`],
    ["a trailing line break", `${RETRACK_CLICK}%0A`],
    ["broken UTF-8", "%FF%FE"],
    ["10 kB", "a".repeat(10_000)],
  ])("sends the shopper on without a cookie where the click is %s", async (_case, click) => {
    const { url, events } = await aStore();
    const answer = await get(`${url}/retrack?click=${click}&deeplink=%2Fsome-product`);
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "https://www.store-domain.com/some-product"]);
    expect(answer.cookies).toEqual([]);
    expect(events).toEqual([
      {
        type: "click-ignored",
        network: "retrack",
        reason: "the parameter click holds no click id of the shape retrack makes",
      },
    ]);
  });

  test.each([
    ["https://m.store-domain.com/p?shopper=anna", "https://m.store-domain.com"],
    ["//evil.com/%2e%2e", "https://evil.com"],
    ["javascript:alert(1)", "null"],
    ["https://", "null"],
    ["/retrack", "https://www.store-domain.com"],
  ])("tells of the deep link %s, which is not followed, where it would have led", async (link, origin) => {
    const { url, events } = await aStore();
    const { headers } = await get(`${url}/retrack?deeplink=${encodeURIComponent(link)}`);
    expect(headers.get("location")).toBe("/");
    expect(events).toEqual([{ type: "deep-link-refused", origin }]);
  });

  test("believes a Host header only where it names a host of the store", async () => {
    const { url } = await aStore();
    const query = "deeplink=%2Fsome-product";
    const locationFor = async (host: string) =>
      (await request(`${url}/retrack?${query}`, { headers: { host } })).headers.location;
    expect(await locationFor("evil.com")).toBe("https://www.store-domain.com/some-product");
    expect(await locationFor("www.store-domain.com")).toBe("https://www.store-domain.com/some-product");
    expect(await locationFor("www.store-domain.com:8080")).toBe("https://www.store-domain.com/some-product");
  });

  test("follows links within this machine where it is among the store's hosts", async () => {
    const { url } = await aStore({ deepLinkHosts: ["www.store-domain.com", "127.0.0.1"] });
    const answer = await get(`${url}/retrack?deeplink=${encodeURIComponent(`${url}/a`)}`);
    expect(answer.headers.get("location")).toBe(`${url}/a`);
  });

  test("follows links to the host the shopper came to where the store has named none", async () => {
    const { url } = await aStore({ deepLinkHosts: [] });
    const link = encodeURIComponent("https://shop.example/a?b=c#d");
    const { headers } = await request(`${url}/retrack?deeplink=${link}`, { headers: { host: "shop.example" } });
    expect(headers.location).toBe("https://shop.example/a?b=c#d");
  });

  test("refuses other methods", async () => {
    const { url } = await aStore();
    const answer = await get(`${url}/cashtrail/redirect?${documented}`, {}, "POST");
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  test("stores nothing without consent, and lets the click travel on where no server and no referrer sees it", async () => {
    const { url } = await aStore({ consent: ({ headers }) => headers.cookie === "consent=yes" });
    const refused = await get(`${url}/retrack?${documented}`);
    expect(refused.cookies).toEqual([]);
    expect(refused.headers.get("location")).toBe(`https://www.store-domain.com/some-product#click=${RETRACK_CLICK}`);
    const granted = await get(`${url}/retrack?${documented}`, { cookie: "consent=yes" });
    expect(granted.cookies).toHaveLength(2);
    expect(granted.headers.get("location")).toBe("https://www.store-domain.com/some-product");
  });

  test("sends the shopper on where the store's consent function throws", async () => {
    const { url, events } = await aStore({
      consent: () => {
        throw new Error("no consent service");
      },
    });
    const answer = await get(`${url}/retrack?${documented}`);
    expect([answer.status, answer.cookies]).toEqual([302, []]);
    expect(events).toEqual([
      { type: "click-ignored", network: "retrack", reason: "the store's consent function threw an error" },
    ]);
  });
});

describe("remember", () => {
  test("keeps a click that arrives on any page, and leaves the page as it is", async () => {
    const { url } = await aStore();
    const answer = await get(`${url}/product?utm_source=shopback&transaction_id=${SHOPBACK_CLICK}`);
    expect([answer.status, answer.body]).toEqual([200, "a product"]);
    expect(answer.cookies[0]).toMatch(
      new RegExp(`^shopback_click=${SHOPBACK_CLICK}; Max-Age=2592000; Path=/; Expires=[^;]+; Secure; SameSite=Lax$`),
    );
    expect(answer.headers.get("cache-control")).toBe("private, no-store");
  });

  test("knows ShopBack's click where an extension has stripped utm_source, and no payment page's transaction_id", async () => {
    const { url } = await aStore();
    expect((await get(`${url}/product?transaction_id=${SHOPBACK_CLICK}`)).cookies).toHaveLength(2);
    expect((await get(`${url}/product?transaction_id=9876543210abc`)).cookies).toEqual([]);
    expect((await get(`${url}/product?utm_source=shopback&transaction_id=10220766184662150818`)).cookies).toHaveLength(
      2,
    );
  });

  test("sets no cookie and no cache header on a page without a click", async () => {
    const { url } = await aStore();
    const { cookies, headers } = await get(`${url}/product?q=click`);
    expect([cookies, headers.get("cache-control")]).toEqual([[], null]);
  });

  test("does not make a click younger when its page is loaded again", async () => {
    const { url } = await aStore();
    const cookie = `retrack_click=${RETRACK_CLICK}; cashtrail_clicks=retrack.${SECONDS - 500_000}.${RETRACK_CLICK}`;
    expect((await get(`${url}/product?click=${RETRACK_CLICK}`, { cookie })).cookies).toEqual([]);
  });

  test("puts the last click first, and keeps the other network's time and consent", async () => {
    const { url } = await aStore();
    const cookie = `retrack_click=${RETRACK_CLICK}; cashtrail_clicks=retrack.${SECONDS - 1000}.${RETRACK_CLICK}.tcf`;
    const { cookies } = await get(`${url}/product?transaction_id=${SHOPBACK_CLICK}`, { cookie });
    expect(cookies[1]).toContain(
      `cashtrail_clicks=shopback.0${SECONDS}.${SHOPBACK_CLICK}.exempt~retrack.0${SECONDS - 1000}.${RETRACK_CLICK}.tcf;`,
    );
  });

  test("shares cookies between subdomains and hides them from scripts where the store wants it", async () => {
    const { url } = await aStore({ cookie: { domain: "store-domain.com", httpOnly: true } });
    const { cookies } = await get(`${url}/product?click=${RETRACK_CLICK}`);
    for (const cookie of cookies) expect(cookie).toMatch(/; Domain=store-domain\.com; .*HttpOnly/);
  });

  test("goes by the parameter and the days of an account's settings", async () => {
    const { url } = await aStore({
      networks: [
        shopback({
          offer: "1234",
          securityToken: "shopback-token",
          currency: "MYR",
          amount: "net",
          parameter: "sbid",
          days: 7,
        }),
      ],
    });
    const { cookies } = await get(`${url}/product?sbid=${SHOPBACK_CLICK}`);
    expect(cookies[0]).toContain(`shopback_click=${SHOPBACK_CLICK}; Max-Age=604800;`);
    expect((await get(`${url}/product?transaction_id=${SHOPBACK_CLICK}`)).cookies).toEqual([]);
  });
});

describe("clicksOf", () => {
  test("answers what a browser sends back after the landing", async () => {
    const { url, collector } = await aStore();
    const { cookies } = await get(`${url}/product?transaction_id=${SHOPBACK_CLICK}`);
    const cookie = cookies.map((line) => line.split(";")[0]).join("; ");
    expect(collector.clicksOf({ headers: { cookie } })).toEqual([
      { network: "shopback", id: SHOPBACK_CLICK, at: NOW, consent: "exempt" },
    ]);
  });
});

describe("an order", () => {
  test("tells why its click was stored, and so does the history of clicks", async () => {
    const path = join(temporaryFolder(), "ledger.db");
    const { url, collector } = await aStore({ ledger: path, consent: () => true });
    const { cookies } = await get(`${url}/product?click=${RETRACK_CLICK}`);
    const cookie = cookies.map((line) => line.split(";")[0]).join("; ");
    await collector.report(
      { headers: { cookie } },
      { number: "1001", currency: "SEK", lines: [{ sku: "mug", name: "Mug", quantity: 1, net: 10_000, vat: 2500 }] },
    );
    const click = { network: "retrack", id: RETRACK_CLICK, at: NOW, consent: "function" };
    expect((await collector.find())[0]?.click).toEqual(click);
    await collector.stop();
    const database = new DatabaseSync(path);
    onTestFinished(() => database.close());
    expect(database.prepare("SELECT * FROM clicks").all()).toEqual([{ ...click, at: +NOW }]);
  });

  test("that is forgotten takes a click with it that is still on its way to the ledger", async () => {
    const path = join(temporaryFolder(), "ledger.db");
    const { url, collector } = await aStore({ ledger: path });
    await collector.report(
      { clicks: [{ network: "retrack", id: RETRACK_CLICK, at: NOW }] },
      { number: "1001", currency: "SEK", lines: [{ sku: "mug", name: "Mug", quantity: 1, net: 10_000, vat: 2500 }] },
    );
    await get(`${url}/product?click=${RETRACK_CLICK}`);
    await collector.forget("1001");
    await collector.stop();
    const database = new DatabaseSync(path);
    onTestFinished(() => database.close());
    expect(database.prepare("SELECT * FROM clicks").all()).toEqual([]);
  });
});
