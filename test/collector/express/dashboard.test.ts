import { join } from "node:path";
import { request } from "undici";
import { describe, expect, test } from "vitest";
import { CollectorError } from "../../../packages/collector/src/error.ts";
import { createSessions } from "../../../packages/collector/src/express/dashboard/session.ts";
import { temporaryFolder } from "../../support/collector-server.ts";
import { type DashboardStoreOptions, openDashboardStore, TOKEN } from "../../support/dashboard-store.ts";
import { order } from "../../support/sandboxed-store.ts";
import { type Answer, aStore, get, majors } from "./a-store.ts";

/** What a browser says of a form that a page of the same origin sends. */
const OWN = { "sec-fetch-site": "same-origin" };

async function post(
  url: string,
  fields: Record<string, string> | URLSearchParams,
  headers: Record<string, string> = OWN,
): Promise<Answer> {
  const type = { "content-type": "application/x-www-form-urlencoded" };
  const answer = await request(url, {
    method: "POST",
    headers: { ...type, ...headers },
    body: new URLSearchParams(fields).toString(),
  });
  const pairs = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)]);
  return {
    status: answer.statusCode,
    headers: new Headers(pairs),
    cookies: [answer.headers["set-cookie"] ?? []].flat(),
    body: await answer.body.text(),
  };
}

/** What the form of a page sends unseen. */
function hiddenIn(page: string, name: string): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? "";
}

const pairOf = (line: string | undefined) => line?.split(";")[0] ?? "";

/** A store, and the cookie and form token of somebody signed in at it. */
async function signedIn(options: DashboardStoreOptions = {}) {
  const store = await openDashboardStore(options);
  const home = `${store.url}${options.mount ?? "/cashtrail"}`;
  const cookie = pairOf((await post(`${home}/login`, { token: TOKEN })).cookies[0]);
  const page = await get(`${home}/uncredited`, { cookie });
  const form = hiddenIn(page.body, "form");
  return { store, home, cookie, form };
}

describe("The dashboard", () => {
  test.each(majors)("is there under the path it is mounted at, on %s", async (_name, express) => {
    const store = await openDashboardStore({ makeApp: express });
    const answer = await get(`${store.url}/cashtrail`);
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "./cashtrail/"]);
    const asked = await get(`${store.url}/cashtrail/`);
    expect([asked.status, asked.headers.get("location")]).toEqual([303, "./login"]);
    expect((await get(`${store.url}/cashtrail/login`)).body).toContain('action="./login"');
  });

  test("is served by the collector's own router where there is an adminToken, and only there", async () => {
    const { url, events } = await aStore({ adminToken: TOKEN, ledger: join(temporaryFolder(), "cashtrail.db") });
    const cookie = pairOf((await post(`${url}/cashtrail/login`, { token: TOKEN })).cookies[0]);
    const home = await get(`${url}/cashtrail/`, { cookie });
    expect(events).toEqual([]);
    expect(home.body).toContain("No click and no order yet");
    expect((await get(`${url}/cashtrail/health`)).body).toBe('{"status":"ok"}');
    const without = await aStore();
    for (const page of ["/", "/login", "/orders", "/style.css"])
      expect((await get(`${without.url}/cashtrail${page}`)).status).toBe(404);
  });

  test("works at the root too", async () => {
    const { home, cookie } = await signedIn({ mount: "" });
    const answer = await get(`${home}/`, { cookie });
    expect(answer.status).toBe(200);
    expect(answer.body).toContain("<h1>Overview</h1>");
  });

  test("leaves to the store what is none of its pages", async () => {
    const { home, cookie } = await signedIn();
    for (const path of ["/orders/", "/elsewhere", "/Orders", "/login/"])
      expect((await get(`${home}${path}`, { cookie })).body).toBe(`the store's own 404: /cashtrail${path}`);
  });

  test("links to its own pages and files relatively only, for a proxy may put any path before them", async () => {
    const { store, home, cookie } = await signedIn();
    await store.collector.report(store.clicks("retrack"), order);
    for (const page of ["/", "/orders", "/order?number=1001", "/reject?number=1001", "/login"]) {
      const { body } = await get(`${home}${page}`, page === "/login" ? {} : { cookie });
      const addresses = [...body.matchAll(/(?:href|action|formaction|src)="([^"]*)"/g)].map(([, address]) => address);
      expect(addresses.length).toBeGreaterThan(2);
      expect(addresses.filter((address) => !/^(?:\.\/|#)/.test(address ?? ""))).toEqual([]);
    }
  });

  test("lets its pages run nothing, load nothing foreign, be framed by nobody and be kept by no cache", async () => {
    const { home, cookie } = await signedIn();
    for (const page of ["/", "/orders", "/login"]) {
      const { headers } = await get(`${home}${page}`, page === "/login" ? {} : { cookie });
      expect(Object.fromEntries(headers)).toMatchObject({
        "cache-control": "no-store",
        "content-security-policy":
          "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "x-robots-tag": "noindex, nofollow",
      });
    }
  });

  test("has a style sheet that is kept for ever under its hash", async () => {
    const { home, cookie } = await signedIn();
    const address = /href="\.(\/style\.css\?v=[^"]+)"/.exec((await get(`${home}/`, { cookie })).body)?.[1];
    const style = await get(`${home}${address}`);
    expect(style.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(style.headers.get("content-type")).toBe("text/css; charset=utf-8");
    expect((await get(`${home}/style.css?v=other`)).headers.get("cache-control")).toBe("public, max-age=300");
  });

  test("writes money and time in the reader's language, and passes over one that is none", async () => {
    const { store, home, cookie } = await signedIn();
    await store.collector.report(store.clicks("retrack"), order);
    const page = async (language: string) =>
      (await get(`${home}/order?number=1001`, { cookie, "accept-language": language })).body.replaceAll("\u00a0", " ");
    expect(await page("sv-SE,sv;q=0.9,en;q=0.5")).toContain("154,00 MYR");
    expect(await page("en;q=0.5,de-DE")).toContain("154,00 MYR");
    expect(await page("en-US")).toContain("MYR 154.00");
    expect(await page("xx-yy-zz-!,*;q=0.1,;;")).toContain("MYR 154.00");
    expect(await page("en-US")).toContain("10:00 AM UTC");
  });

  test("writes money and time as the shop has set, whatever the reader's language is", async () => {
    const { store, home, cookie } = await signedIn({ dashboard: { locale: "sv-SE", timeZone: "Asia/Kuala_Lumpur" } });
    await store.collector.report(store.clicks("retrack"), order);
    const page = async (path: string) =>
      (await get(`${home}${path}`, { cookie, "accept-language": "en-US" })).body.replaceAll("\u00a0", " ");
    expect(await page("/order?number=1001")).toContain("154,00 MYR");
    expect(await page("/order?number=1001")).toContain("22 nov. 2026 18:00 GMT+8");
    expect(await page("/order?number=1001")).toContain("Times are in Asia/Kuala_Lumpur;");
    expect(await page("/")).toContain("those of UTC: each begins at 08:00 in Asia/Kuala_Lumpur.");
  });

  test("is set by the collector's option dashboard", async () => {
    const dashboard = { locale: "sv-SE", timeZone: "Asia/Kuala_Lumpur" };
    const ledger = join(temporaryFolder(), "cashtrail.db");
    const { url } = await aStore({ adminToken: TOKEN, ledger, dashboard });
    const cookie = pairOf((await post(`${url}/cashtrail/login`, { token: TOKEN })).cookies[0]);
    expect((await get(`${url}/cashtrail/`, { cookie })).body).toContain("each begins at 08:00 in Asia/Kuala_Lumpur.");
  });

  test("tells of a forgotten order that its click is erased", async () => {
    const { store, home, cookie } = await signedIn();
    await store.collector.report(store.clicks("retrack"), order);
    await store.collector.flush();
    await store.collector.forget("1001", { by: "anna" });
    const { body } = await get(`${home}/order?number=1001`, { cookie });
    expect(body).toContain("The click is erased.");
    expect(body).not.toContain('Click <span class="id">');
  });

  test("looks for a postback whose id is as long as one may be", async () => {
    const { url } = await aStore({ adminToken: TOKEN, ledger: join(temporaryFolder(), "cashtrail.db") });
    const cookie = pairOf((await post(`${url}/cashtrail/login`, { token: TOKEN })).cookies[0]);
    const answer = await get(`${url}/cashtrail/settle?postback=${"x".repeat(1000)}`, { cookie });
    expect([answer.status, answer.body.includes("This postback is not known")]).toEqual([404, true]);
  });

  test("compares a day that is not over with nothing but its like in words", async () => {
    const { store, home, cookie } = await signedIn();
    await store.collector.report(store.clicks("retrack"), order);
    const { body } = await get(`${home}/?period=day`, { cookie });
    expect(body).toContain("1 order reported so far today (UTC), 1 credited.");
    expect(body).toContain("all of yesterday: 0");
  });

  test("says nothing of UTC's days where they are the shop's", async () => {
    const { home, cookie } = await signedIn({ dashboard: { timeZone: "UTC" } });
    expect((await get(`${home}/`, { cookie })).body).not.toContain("each begins at");
  });

  test("filters by the shop's days, in lists and in what is sent again", async () => {
    const { store, home, cookie } = await signedIn({ dashboard: { timeZone: "Asia/Kuala_Lumpur" } });
    store.sandbox.fault("retrack", "refuse");
    store.pass(5 * 3_600_000 + 59 * 60_000);
    await store.collector.report(store.clicks("retrack"), { ...order, number: "late-on-the-22nd" });
    store.pass(60_000);
    await store.collector.report(store.clicks("retrack"), { ...order, number: "early-on-the-23rd" });
    await store.collector.flush();
    const shown = async (path: string) => {
      const { body } = await get(`${home}${path}`, { cookie });
      return ["late-on-the-22nd", "early-on-the-23rd"].filter((number) => body.includes(number));
    };
    for (const list of ["/orders?", "/resend?state=failed&"]) {
      expect(await shown(`${list}since=2026-11-23`)).toEqual(["early-on-the-23rd"]);
      expect(await shown(`${list}until=2026-11-22`)).toEqual(["late-on-the-22nd"]);
      expect(await shown(`${list}since=2026-11-22&until=2026-11-23`)).toHaveLength(2);
      expect(await shown(`${list}since=2026-99-99&until=tomorrow`)).toHaveLength(2);
    }
  });

  test("counts what waits for no list of orders", async () => {
    const { home, cookie } = await signedIn({
      calls: { backlog: () => Promise.reject(new Error("it counted what waits")) },
    });
    const { status, body } = await get(`${home}/orders`, { cookie });
    expect(status).toBe(200);
    expect(body).toContain('<option value="shopback">ShopBack</option>');
  });
});

describe("The search", () => {
  test("finds an order whose number has spaces at its ends, and one that they were pasted around", async () => {
    const { store, home, cookie, form } = await signedIn();
    await store.collector.report(store.clicks("retrack"), { ...order, number: " 1001 " });
    await store.collector.report({ clicks: [] }, { ...order, number: " 1002" });
    await store.collector.report(store.clicks("retrack"), { ...order, number: "1003" });
    const to = async (text: string) =>
      (await post(`${home}/search`, { text, form }, { ...OWN, cookie })).headers.get("location");
    expect(await to(" 1001 ")).toBe("./order?number=+1001+");
    expect(await to(" 1002")).toBe("./order?number=+1002");
    expect(await to(" 1003 ")).toBe("./order?number=1003");
    expect((await get(`${home}/order?number=+1001+`, { cookie })).status).toBe(200);
  });
});

describe("What was confirmed is what is done", () => {
  test("though nothing of the order changed but that a postback left", async () => {
    const { store, home, cookie, form } = await signedIn();
    await store.collector.report(store.clicks("retrack"), order);
    const { body } = await get(`${home}/reject?number=1001`, { cookie });
    expect(body).toContain("withdrawn. It never left, so Retrack never hears of it.");
    await store.collector.flush();
    const sent = { number: "1001", by: "anna", seen: hiddenIn(body, "seen"), form };
    const answer = await post(`${home}/reject`, sent, { ...OWN, cookie });
    expect(answer.status).toBe(409);
    expect(answer.body).toContain("The order has changed since you looked.");
    expect(answer.body).toContain("Retrack is sent: <strong>Rejection</strong>");
    expect((await store.collector.find({ number: "1001" }))[0]?.status).toBe("pending");
  });

  test("where as many postbacks failed, but others", async () => {
    const { store, home, cookie, form } = await signedIn();
    const { collector, sandbox } = store;
    sandbox.fault("retrack", "refuse", { times: 1 });
    await collector.report(store.clicks("retrack"), order);
    await collector.flush();
    const { body } = await get(`${home}/resend?state=failed`, { cookie });
    await collector.settle("retrack/1001/create", "delivered", { by: "bo" });
    sandbox.fault("retrack", "refuse", { times: 1 });
    await collector.report(store.clicks("retrack"), { ...order, number: "1002" });
    await collector.flush();
    const sent = { state: "failed", by: "anna", seen: hiddenIn(body, "seen"), form };
    const answer = await post(`${home}/resend`, sent, { ...OWN, cookie });
    expect(answer.status).toBe(409);
    expect(answer.body).toContain("It is other postbacks since you looked.");
    expect((await collector.find({ state: "failed" })).map(({ number }) => number)).toEqual(["1002"]);
  });
});

describe("A smaller amount", () => {
  async function atOrder(options: DashboardStoreOptions = {}, network: "retrack" | "shopback" = "shopback") {
    const { store, home, cookie, form } = await signedIn(options);
    await store.collector.report(store.clicks(network), order);
    await store.collector.flush();
    const ask = (fields: Record<string, string>) =>
      post(`${home}/approve`, { number: "1001", form, ...fields }, { ...OWN, cookie });
    return { store, ask };
  }

  test("is approved as the confirmation said that it will be", async () => {
    const { store, ask } = await atOrder();
    const typed = { net: "100.05", vat: "9" };
    const asked = await ask(typed);
    expect(asked.body.replaceAll("\u00a0", " ")).toContain("With a final amount of <strong>MYR 109.05</strong>");
    expect(asked.body).toContain("&quot;amount&quot;: &quot;109.05&quot;");
    const answer = await ask({ ...typed, by: "anna", seen: hiddenIn(asked.body, "seen") });
    expect(answer.headers.get("location")).toBe("./order?number=1001");
    await store.collector.flush();
    expect((await store.collector.find({ number: "1001" }))[0]?.amount).toEqual({ net: 10_005, vat: 900 });
    expect(store.sandbox.requests.at(-1)?.path).toContain("amount=109.05");
  });

  test("is not another one than the confirmation's", async () => {
    const { store, ask } = await atOrder();
    const asked = await ask({ net: "100", vat: "9" });
    const answer = await ask({ net: "1", vat: "9", by: "anna", seen: hiddenIn(asked.body, "seen") });
    expect(answer.status).toBe(409);
    const whole = hiddenIn((await ask({})).body, "seen");
    expect((await ask({ net: "100", vat: "x", by: "anna", seen: whole })).status).toBe(422);
    expect((await store.collector.find({ number: "1001" }))[0]?.status).toBe("pending");
  });

  test.each([
    ["with a comma", { net: "100,05", vat: "9" }, "must be a number with a dot, like 140"],
    ["with more decimals than the currency has", { net: "1", vat: "9.001" }, "must be a number with a dot, like 14"],
    ["in part", { net: "100", vat: "" }, "must be a number with a dot, like 14"],
    ["as a power of ten", { net: "1e2", vat: "9" }, "must be a number with a dot, like 140"],
    ["that is negative", { net: "-1", vat: "9" }, "must be a number with a dot, like 140"],
    ["of more than the order comes to", { net: "140.01", vat: "14" }, "must be at most 140.00."],
    ["of more than can be written exactly", { net: "99999999999999999999", vat: "14" }, "must be a number with a dot"],
  ])("%s is refused with what is wanted, and cannot be confirmed", async (_case, typed, problem) => {
    const { ask } = await atOrder();
    const { status, body } = await ask(typed);
    expect(status).toBe(422);
    expect(body).toContain(`<strong>It ${problem}`);
    expect(body).toContain(`name="net" type="text" inputmode="decimal" value="${typed.net}"`);
    expect(body).not.toContain('name="seen"');
  });

  test("of one line is at most what that line comes to", async () => {
    const { store, ask } = await atOrder({ shopback: { level: "line" }, sandbox: { shopback: { level: "line" } } });
    expect((await ask({ line: "vase", net: "50.01", vat: "5" })).body).toContain("must be at most 50.00.");
    const typed = { line: "vase", net: "20.50", vat: "2.05" };
    const asked = await ask(typed);
    expect(asked.body).toContain("&quot;amount&quot;: &quot;22.55&quot;");
    await ask({ ...typed, by: "anna", seen: hiddenIn(asked.body, "seen") });
    const [conversion] = await store.collector.find({ number: "1001" });
    expect(conversion?.lines).toEqual({ vase: { status: "approved", amount: { net: 2_050, vat: 205 } } });
  });

  test.each([
    ["Retrack, which takes none", "retrack", {}],
    ["ShopBack by line, for the whole order", "shopback", { shopback: { level: "line" } }],
    ["ShopBack without its validation", "shopback", { shopback: { validation: undefined } }],
  ] as const)("is not asked for at %s", async (_case, network, options) => {
    const { ask } = await atOrder(options, network);
    const { status, body } = await ask({});
    expect([status, body]).toEqual([200, expect.not.stringContaining("Approve with a smaller amount")]);
  });
});

describe("Choosing lines", () => {
  test("works for two hundred of the longest names", async () => {
    const { store, home, cookie, form } = await signedIn();
    const skus = Array.from({ length: 200 }, (_, index) => String(index).padEnd(500, "漢"));
    const lines = skus.map((sku) => ({ sku, name: "Ware", quantity: 1, net: 100, vat: 10 }));
    await store.collector.report(store.clicks("retrack"), { number: "1001", currency: "MYR", lines });
    const body = new URLSearchParams({ number: "1001", form });
    for (const sku of skus) body.append("line", sku);
    const ask = (fields: URLSearchParams) => post(`${home}/reject`, fields, { ...OWN, cookie });
    const asked = await ask(body);
    expect(asked.status).toBe(200);
    expect(asked.body).toContain("Reject 200 lines of order 1001?");
    expect((await store.collector.find({ number: "1001" }))[0]?.decisions).toEqual([]);
    body.append("seen", hiddenIn(asked.body, "seen"));
    body.append("by", "anna");
    expect((await ask(body)).headers.get("location")).toBe("./order?number=1001");
    expect((await store.collector.find({ number: "1001" }))[0]?.status).toBe("rejected");
  });
});

test("An order of hundreds of lines is shown in part, what needs somebody first", async () => {
  const { store, home, cookie } = await signedIn({
    shopback: { level: "line" },
    sandbox: { shopback: { level: "line" } },
    delivery: { concurrency: 1 },
  });
  const lines = Array.from({ length: 300 }, (_, index) => ({
    ...{ sku: `s${index}`, name: `Ware ${index}`, quantity: 1, net: 100, vat: 10 },
  }));
  await store.collector.report(store.clicks("shopback"), { number: "1001", currency: "MYR", lines });
  store.sandbox.fault("shopback", "refuse", { times: 1, match: ({ path }) => path.includes("adv_sub4=s250&") });
  await store.collector.flush();
  const page = async (path: string) => (await get(`${home}${path}`, { cookie })).body;
  const order = await page("/order?number=1001");
  expect(order.length).toBeLessThan(500_000);
  expect(/<h3>Report of line [^<]*/.exec(order)?.[0]).toBe("<h3>Report of line s250");
  expect(order).toContain("100 more lines are not shown");
  expect(order).toContain("100 more are not shown.");
  const rejection = await page("/reject?number=1001");
  expect(rejection).toContain("more like these.");
  expect(rejection.length).toBeLessThan(100_000);
});

describe("A session", () => {
  test("is a cookie that no script reads and no other site sends, of the dashboard's own path", async () => {
    const store = await openDashboardStore();
    const [line] = (await post(`${store.url}/cashtrail/login`, { token: ` ${TOKEN} ` })).cookies;
    expect(line).toMatch(/^cashtrail-session=[\w.-]+; Max-Age=43200; HttpOnly; SameSite=Strict$/);
  });

  test.each([
    ["a proxy that speaks https", { "x-forwarded-proto": "https" }],
    ["a host that is not this machine", { host: "shop.store-domain.com" }],
  ])("is a Secure cookie behind %s", async (_name, headers) => {
    const store = await openDashboardStore();
    const [line] = (await post(`${store.url}/cashtrail/login`, { token: TOKEN }, { ...OWN, ...headers })).cookies;
    expect(line).toMatch(/^__Secure-cashtrail-session=[\w.-]+; Max-Age=43200; HttpOnly; SameSite=Strict; Secure$/);
  });

  test("is none where a character of it was changed, or another token made it", async () => {
    const { store, home, cookie } = await signedIn();
    const [name = "", value = ""] = cookie.split("=");
    const [id, expires, who, mark] = value.split(".");
    const foreign = createSessions("another-long-admin-token", store.now);
    for (const other of [
      [id, `${Number(expires) + 1}`, who, mark],
      [id, expires, "YW5uYQ", mark],
      [id, expires, who, ""],
      [id, expires, who],
      [""],
      [foreign.valueOf(foreign.begin())],
    ])
      expect((await get(`${home}/orders`, { cookie: `${name}=${other.join(".")}` })).status).toBe(303);
    expect((await get(`${home}/orders`, { cookie })).status).toBe(200);
  });

  test("says so where the browser did not keep its cookie", async () => {
    const store = await openDashboardStore();
    const login = await post(`${store.url}/cashtrail/login`, { token: TOKEN });
    expect(login.headers.get("location")).toBe("./signed-in?to=.%2F");
    const arrival = await get(`${store.url}/cashtrail/signed-in?to=.%2F`);
    expect(arrival.status).toBe(401);
    expect(arrival.body).toContain("your browser did not keep the session");
  });

  test("leads to no other site, whatever a link asks", async () => {
    const { home, cookie } = await signedIn();
    for (const to of [
      "https://evil.example",
      "//evil.example",
      "./orders/../../x",
      ".//evil.example",
      "./order\\x",
      "./login",
    ])
      expect((await get(`${home}/login?to=${encodeURIComponent(to)}`, { cookie })).headers.get("location")).toBe("./");
  });
});

describe("Guessing the token", () => {
  test("is over for a minute after ten wrong ones, and never for who has the right one elsewhere", async () => {
    const store = await openDashboardStore();
    const login = (token: string, from: string) =>
      post(`${store.url}/cashtrail/login`, { token }, { ...OWN, "x-forwarded-for": from });
    for (let guess = 0; guess < 10; guess += 1) expect((await login("wrong", "203.0.113.7")).status).toBe(401);
    const barred = await login(TOKEN, "203.0.113.7");
    expect([barred.status, barred.headers.get("retry-after"), barred.cookies]).toEqual([429, "60", []]);
    expect((await login(TOKEN, "203.0.113.8")).status).toBe(303);
  });

  test("counts no right token", async () => {
    const store = await openDashboardStore();
    for (let time = 0; time < 15; time += 1)
      expect((await post(`${store.url}/cashtrail/login`, { token: TOKEN })).status).toBe(303);
  });
});

describe("A form", () => {
  const rejection = { number: "1001", by: "anna", seen: "what was seen" };

  test("decides where this session's page sent it", async () => {
    const { store, home, cookie, form } = await signedIn();
    await store.collector.report(store.clicks("retrack"), order);
    const seen = hiddenIn((await get(`${home}/reject?number=1001`, { cookie })).body, "seen");
    const answer = await post(`${home}/reject`, { ...rejection, seen, form }, { ...OWN, cookie });
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "./order?number=1001"]);
    expect((await store.collector.find({ number: "1001" }))[0]?.status).toBe("rejected");
  });

  test.each([
    ["without its token", {}, OWN],
    ["with a token of somebody else", { form: "mUWbD1XK6J8sHfR2vYc3JpGu6TaRk5QwBz1MvEx7ShD" }, OWN],
    ["from another site", "own", { "sec-fetch-site": "cross-site" }],
    ["from another host of the same site", "own", { "sec-fetch-site": "same-site" }],
    ["from a page that says nothing of itself", "own", {}],
    ["with the Origin of another site", "own", { origin: "https://evil.example" }],
  ] as const)("decides nothing %s", async (_name, fields, headers) => {
    const { store, home, cookie, form } = await signedIn();
    await store.collector.report(store.clicks("retrack"), order);
    const sent = { ...rejection, ...(fields === "own" ? { form } : fields) };
    for (const page of ["reject", "approve", "resend", "settle", "search", "logout"])
      expect((await post(`${home}/${page}`, sent, { cookie, ...headers } as Record<string, string>)).status).toBe(403);
    expect((await store.collector.find({ number: "1001" }))[0]).toMatchObject({ status: "pending", decisions: [] });
  });

  test("decides nothing for who is not signed in", async () => {
    const { store, home, form } = await signedIn();
    await store.collector.report(store.clicks("retrack"), order);
    const answer = await post(`${home}/reject`, { ...rejection, form });
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "./login"]);
    expect((await store.collector.find({ number: "1001" }))[0]?.status).toBe("pending");
  });

  test("that does not say who decides is shown again, with what was said", async () => {
    const { store, home, cookie, form } = await signedIn();
    await store.collector.report(store.clicks("retrack"), order);
    const answer = await post(
      `${home}/reject`,
      { ...rejection, by: " ", reason: "returned", form },
      { ...OWN, cookie },
    );
    expect(answer.status).toBe(422);
    expect(answer.body).toContain("Your name is wanted.");
    expect(answer.body).toContain('value="returned"');
    expect((await store.collector.find({ number: "1001" }))[0]?.status).toBe("pending");
  });

  test("that is too long is refused with a page that says so", async () => {
    const { home, cookie, form } = await signedIn();
    const answer = await post(`${home}/search`, { text: "x".repeat(1_100_000), form }, { ...OWN, cookie });
    expect(answer.status).toBe(413);
    expect(answer.body).toContain("It is too long, or was cut short.");
  });
});

describe("What goes wrong", () => {
  test("where nobody called start() is said of what is due, and no account is told to be sending", async () => {
    const { store, home, cookie } = await signedIn({ isStarted: () => false });
    await store.collector.report(store.clicks("retrack"), order);
    store.pass(90_000);
    const [page, overview] = await Promise.all([
      get(`${home}/order?number=1001`, { cookie }),
      get(`${home}/`, { cookie }),
    ]);
    expect(page.body).toContain("and nothing sends it: is a collector started?");
    expect(overview.body.match(/Something waits|Sending(?=<)/g)).toEqual(["Something waits", "Sending"]);
    expect(overview.body).toContain("This process sends nothing, and something has waited for Retrack for 1 min");
    expect(overview.body).not.toContain("Nothing needs you");
  });

  test("in a filter is said with its field", async () => {
    const { home, cookie } = await signedIn();
    const answer = await get(`${home}/orders?network=retrak`, { cookie });
    expect(answer.status).toBe(422);
    expect(answer.body).toContain("network: is no account that is set up");
  });

  test("in a filter that says nothing is said beside the whole list", async () => {
    const { home, cookie } = await signedIn();
    const answer = await get(`${home}/orders?state=lost&since=2026-13-45&status=pending`, { cookie });
    expect(answer.body).toContain("Not filtered by state, since: that is no value there is.");
    const right = await get(`${home}/orders?state=held&since=2026-11-22`, { cookie });
    expect(right.body).not.toContain("Not filtered by");
  });

  test("in the ledger is said, and where it is told whether orders are kept", async () => {
    const { home, cookie } = await signedIn({
      calls: { backlog: () => Promise.reject(new CollectorError("ERR_LEDGER", "ledger: the disk is full")) },
    });
    const answer = await get(`${home}/`, { cookie });
    expect(answer.status).toBe(503);
    expect(answer.body).toContain("ledger: the disk is full");
    expect(answer.body).toContain(
      'Whether orders that are reported meanwhile are kept, <a href="./ready">ready</a> says.',
    );
  });

  test("in Cashtrail itself is told to the store, and to nobody else", async () => {
    const { store, home, cookie } = await signedIn({
      calls: { backlog: () => Promise.reject(new Error("a secret of the inside")) },
    });
    const answer = await get(`${home}/`, { cookie });
    expect(answer.status).toBe(500);
    expect(answer.body).not.toContain("a secret of the inside");
    expect(store.failures).toEqual([new Error("a secret of the inside")]);
  });
});

test("No page shows a token", async () => {
  const { store, home, cookie } = await signedIn({
    shopback: { level: "line" },
    sandbox: { shopback: { level: "line" } },
  });
  const { retrack, shopback } = store.sandbox.accounts;
  store.sandbox.fault("shopback", "accept-then-drop", { times: 1 });
  store.sandbox.fault("retrack", "401", { times: 1 });
  await store.collector.report(store.clicks("retrack", "shopback"), order);
  await store.deliverAll();
  for (const page of [
    "/",
    "/orders",
    "/order?number=1001",
    "/approve?number=1001",
    "/reject?number=1001",
    "/resend?number=1001&state=failed",
    "/resend?number=1001&state=delivered",
    "/settle?postback=shopback%2F1001%2Fcreate%2Fmug",
  ]) {
    const { status, headers, body } = await get(`${home}${page}`, { cookie });
    expect([page, status]).toEqual([page, 200]);
    for (const secret of [TOKEN, retrack.token, shopback.securityToken])
      expect(`${JSON.stringify([...headers])}${body}`).not.toContain(secret);
  }
});
