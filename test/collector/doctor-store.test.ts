import { createServer, request as forward, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Express } from "express";
import { describe, expect, onTestFinished, test } from "vitest";
import { networksIn, tagMistake } from "../../packages/collector/src/doctor/script-tag.ts";
import { storeChecks } from "../../packages/collector/src/doctor/store.ts";
import type { VisitedStore } from "../../packages/collector/src/doctor/visited-store.ts";
import {
  type Collector,
  type CollectorOptions,
  createCollector,
  retrack,
  shopback,
} from "../../packages/collector/src/index.ts";
import { parseOptions } from "../../packages/collector/src/options.ts";
import { createSender, type Sent } from "../../packages/collector/src/send.ts";
import { serve, temporaryFolder } from "../support/collector-server.ts";

const NOW = new Date("2026-11-22T10:00:00Z");

const networks = [
  retrack({ token: "q7VtWm2ZbK9sXe4HrNd8LfYc3JpGu6TaRk5QwBz1", event: "8b0c5f0e-3a51-4d0e-9a9e-5b6f2f1d7c34" }),
  shopback({ offer: "4711", securityToken: "5f1c9e0a7b3d4826c8e1f07a92b46d35", currency: "MYR", amount: "gross" }),
];

interface DemoStore {
  options?: Partial<CollectorOptions>;
  /** How the collector is mounted; by default as the README has it. */
  mount?: (app: Express, cashtrail: Collector) => void;
  /** What stands between the store and its shoppers. */
  proxy?: Proxy;
  cookie?: string;
  /** Whether anybody called start(). */
  isStarted?: boolean;
}

interface Proxy {
  request?: (headers: IncomingHttpHeaders) => IncomingHttpHeaders;
  response?: (headers: IncomingHttpHeaders) => IncomingHttpHeaders;
  /** Answers a path for everybody as it was answered first. */
  caches?: boolean;
  /** Says nothing of it. */
  silently?: boolean;
  dropsQuery?: boolean;
}

const asDocumented: NonNullable<DemoStore["mount"]> = (app, cashtrail) => {
  app.use(cashtrail.remember);
  app.get("/retrack", cashtrail.redirect);
  app.use("/cashtrail", cashtrail.router);
  app.get("/", (_request, response) => void response.send("<h1>Mugs</h1>"));
};

/** What the doctor says of a store: each check's state and what it found. */
async function examined(demo: DemoStore = {}) {
  const checks = await checksOfDemo(demo);
  return Object.fromEntries(checks.map(({ name, state, found }) => [name, `${state}: ${found}`]));
}

/** What the doctor says is to be done about each of them. */
async function remedies(demo: DemoStore) {
  return Object.fromEntries((await checksOfDemo(demo)).map(({ name, fix }) => [name, fix]));
}

async function checksOfDemo({ options = {}, mount = asDocumented, proxy, cookie, isStarted = true }: DemoStore) {
  const given = { networks, ledger: join(temporaryFolder(), "cashtrail.db"), deepLinkHosts: ["127.0.0.1"], ...options };
  const collector = createCollector(given);
  onTestFinished(() => collector.stop());
  if (isStarted) collector.start();
  const store = await serve((app) => mount(app, collector));
  const url = proxy ? await startProxy(store, proxy) : store;
  return checksOf({ url, options: given, cookie });
}

async function checksOf({
  url,
  options,
  cookie,
  get,
}: {
  url: string;
  options: CollectorOptions;
  cookie?: string | undefined;
  get?: VisitedStore["get"];
}) {
  const sender = createSender({ timeoutMs: 5000, connections: 4 });
  onTestFinished(() => sender.close());
  const settings = { ...parseOptions(options), landings: networks.map(({ landing }) => landing) };
  const asBrowser = (page: URL, cookies = "") =>
    sender.send({ method: "GET", url: page.href, headers: { "sec-fetch-dest": "document", cookie: cookies } });
  return storeChecks(
    { url: new URL(url), redirectPage: "/retrack", router: "/cashtrail", cookie, settings, get: get ?? asBrowser },
    NOW,
  );
}

async function startProxy(store: string, { request, response, caches, silently, dropsQuery }: Proxy): Promise<string> {
  const kept = new Map<string, { status: number; headers: IncomingHttpHeaders; body: Buffer }>();
  const server = createServer((incoming, outgoing) => {
    const { url = "", headers } = incoming;
    const [path = ""] = url.split("?");
    const before = kept.get(path);
    if (before)
      return void outgoing
        .writeHead(before.status, { ...before.headers, ...(silently ? {} : { "x-cache": "HIT" }) })
        .end(before.body);
    const passed = request ? request({ ...headers }) : headers;
    forward(`${store}${dropsQuery ? path : url}`, { headers: passed }, async (answer) => {
      const body = Buffer.concat(await answer.toArray());
      const { "transfer-encoding": _, ...told } = response ? response({ ...answer.headers }) : answer.headers;
      const status = answer.statusCode ?? 500;
      if (caches) kept.set(path, { status, headers: told, body });
      outgoing.writeHead(status, told).end(body);
    }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** As most proxies do: the store sees another host, and is told of the shopper's beside it. */
function otherHost(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return { ...headers, host: "store.internal:3000", "x-forwarded-host": headers.host, "x-forwarded-proto": "http" };
}

function without(...names: string[]) {
  return (headers: IncomingHttpHeaders) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}

describe("a store that is mounted as the README has it", () => {
  test("has nothing wrong", async () => {
    const checks = await examined();
    expect(checks).toEqual({
      "store reachable": "ok: HTTP 200",
      HTTPS: "skip: the store is on this machine, where browsers want none",
      "redirect page": expect.stringMatching(/^ok: 302 to http:\/\/127\.0\.0\.1:\d+\/cashtrail-doctor$/),
      "proxy trust": expect.stringMatching(/^ok: http:\/\/127\.0\.0\.1:\d+$/),
      "cookie set": "ok: retrack_click is set",
      "cookie attributes": "ok: Max-Age=864000; Path=/; Secure; SameSite=Lax",
      "cookie returned": "ok: the collector knows the click again",
      "redirect not cached": "ok: Cache-Control: no-store",
      "foreign deep links": "ok: 4 spellings are refused, and lead to /",
      "client.js": expect.stringMatching(/^ok: hash [\da-f]{16}, public, max-age=31536000, immutable$/),
      health: "ok: HTTP 200, ok",
      "shoppers' addresses":
        "skip: no X-Forwarded-For reaches the store: nothing stands before it, or that does not say who is asking",
      ready: "ok: HTTP 200, started, orders go to the ledger",
      "landing shopback": "ok: shopback_click is set by /",
    });
  });

  test("has nothing wrong behind a proxy it trusts", async () => {
    const checks = await examined({
      mount(app, cashtrail) {
        app.set("trust proxy", 1);
        asDocumented(app, cashtrail);
      },
      proxy: { request: (headers) => ({ ...otherHost(headers), "x-forwarded-for": "198.51.100.7" }) },
    });
    expect(Object.values(checks).filter((check) => /^(?:fail|warn)/.test(check))).toEqual([]);
    expect(checks["shoppers' addresses"]).toBe("ok: X-Forwarded-For reaches the store, which trusts it");
  });

  test("stores nothing before consent, and hands the click on in the fragment", async () => {
    const checks = await examined({ options: { consent: "tcf" } });
    expect(checks.consent).toBe("ok: no cookie, and the click is in the fragment");
    expect(checks["landing shopback"]).toBe(
      "skip: nothing is stored without consent (tcf), which only a shopper can give",
    );
  });

  test("is asked with the cookie of a shopper who agreed", async () => {
    const options: Partial<CollectorOptions> = { consent: "cookie:consent=yes" };
    expect((await examined({ options })).consent).toMatch(/^skip: nothing is stored without consent \(cookie\)/);
    const checks = await examined({ options, cookie: "consent=yes" });
    expect(checks["cookie set"]).toBe("ok: retrack_click is set");
    expect(checks["cookie returned"]).toBe("ok: the collector knows the click again");
  });
});

describe("a store with a static redirect page", () => {
  test.each([
    '<script src="/cashtrail/client.js" data-networks="retrack shopback" data-collector="/cashtrail"></script>',
    '<script src="/cashtrail/client.js" data-collector="/cashtrail" data-consent="exempt"></script>',
  ])("is looked at where the page's script goes on to: %s", async (page) => {
    const checks = await examined({
      mount(app, cashtrail) {
        app.get("/retrack", (_request, response) => void response.send(page));
        asDocumented(app, cashtrail);
      },
    });
    expect(checks["static redirect page"]).toMatch(/^ok: \/retrack has the script/);
    expect(checks["redirect page"]).toMatch(/^ok: 302 to /);
    expect(checks["cookie returned"]).toBe("ok: the collector knows the click again");
  });
});

describe("a store whose pages keep clicks by the script", () => {
  const withScript =
    (tag: string): NonNullable<DemoStore["mount"]> =>
    (app, cashtrail) => {
      app.get("/retrack", cashtrail.redirect);
      app.use("/cashtrail", cashtrail.router);
      app.get("/", (_request, response) => void response.send(`${tag}</script>`));
    };

  test.each([
    '<script src="/x.js" data-networks="retrack shopback">',
    '<script src="/cashtrail/client.js" data-consent="exempt">',
  ])("has nothing wrong with %s, though only a browser can tell that it runs", async (tag) => {
    const checks = await examined({ mount: withScript(tag) });
    expect(checks["landing shopback"]).toMatch(/^ok: \/ has the script, which keeps it; click through once/);
    expect(checks["landing retrack"]).toBeUndefined();
  });

  test("is told where the script knows nothing of a network", async () => {
    const checks = await examined({ mount: withScript('<script src="/x.js" data-networks="retrack">') });
    expect(checks["landing shopback"]).toBe("fail: no shopback_click from /");
  });
});

describe("a tag that keeps no click", () => {
  test.each([
    ['data-consent="exemt"', /^data-consent="exemt" /],
    ['data-networks="retrak shopback"', /^data-networks names retrak, and there are retrack, shopback$/],
    ['data-networks="shopback" data-consent="cookie:a=yes"', undefined],
    ["", undefined],
  ])("is known by %s", (attributes, mistake) => {
    const html = `<script src="/cashtrail/client.js" ${attributes}></script>`;
    const page = new URL("https://mugs.example/");
    const found = tagMistake(html, page, new URL("https://mugs.example/cashtrail/client.js"));
    if (mistake) expect(found).toMatch(mistake);
    else expect(found).toBeUndefined();
  });
});

describe("the networks whose clicks a page keeps", () => {
  const networksOf = (html: string) =>
    networksIn(html, new URL("https://mugs.example/sale/"), new URL("https://mugs.example/cashtrail/client.js"));

  test.each([
    '<script src="/cashtrail/client.js"></script>',
    '<script src="/cashtrail/client.js?v=1a2b" integrity="sha384-x" defer></script>',
    '<script src="https://static.mugs.example/cashtrail/client.js"></script>',
    "<SCRIPT\n  SRC = ../cashtrail/client.js></SCRIPT>",
    "<script src='/cashtrail.js'></script>",
    '<script src="/shop.js" async></script><script src="/a.js" data-consent="exempt"></script>',
    '<script src="/a.js" data-consent="cookie:consent=a>b"></script>',
    '<script data-front-page="/">let a;</script>',
    '<script src="/a.js" data-networks></script>',
    '<script src="/a.js" data-networks=""></script>',
    '<script src="/a.js" data-networks="shopback\n retrack"></script>',
  ])("are both by %j", (html) => {
    expect(networksOf(html)).toEqual(["retrack", "shopback"]);
  });

  test.each([
    '<script src="/cashtrail/client.js" data-networks="shopback"></script>',
    "<script data-networks='shopback' src=/a.js></script>",
    "<script src=/a.js data-networks=shopback></script>",
  ])("are those of %j", (html) => {
    expect(networksOf(html)).toEqual(["shopback"]);
  });

  test.each([
    '<script src="/assets/client.js" data-consent="marketing" data-collector="/statistics"></script>',
    '<script data-title="data-networks=retrack">let a;</script>',
    '<p data-networks="retrack">',
    "<h1>Mugs</h1>",
  ])("are none by %j", (html) => {
    expect(networksOf(html)).toEqual([]);
  });
});

describe("a store that is mounted wrongly", () => {
  test("is told of a proxy it does not trust", async () => {
    const checks = await examined({ proxy: { request: otherHost } });
    expect(checks["redirect page"]).toMatch(/^fail: 302 to http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(checks["proxy trust"]).toBe("fail: https://127.0.0.1");
  });

  test("is told that it does not trust the proxy that says who is asking", async () => {
    const proxy: Proxy = { request: (headers) => ({ ...headers, "x-forwarded-for": "198.51.100.7" }) };
    expect((await examined({ proxy }))["shoppers' addresses"]).toBe(
      "warn: X-Forwarded-For reaches the store, which does not trust the proxy that says it",
    );
  });

  test("is told that nothing is sent before it is started", async () => {
    expect((await examined({ isStarted: false })).ready).toBe("fail: HTTP 503: not started");
    expect((await remedies({ isStarted: false })).ready).toMatch(/^call cashtrail\.start\(\) /);
  });

  test("is told of a query that something drops, and of no other cause", async () => {
    const proxy: Proxy = { dropsQuery: true };
    expect((await examined({ proxy }))["cookie set"]).toBe("fail: no retrack_click in the answer");
    const fixes = await remedies({ proxy });
    for (const name of ["redirect page", "cookie set"]) expect(fixes[name]).toMatch(/^the query does not reach/);
    // Set-Cookie taken away looks alike, but for a deep link that arrives.
    const other = await remedies({ proxy: { response: without("set-cookie") } });
    expect(other["cookie set"]).toMatch(/^something takes Set-Cookie away, or the click out of the query/);
  });

  test("is told of cookies that something takes out of its answers", async () => {
    const checks = await examined({ proxy: { response: without("set-cookie") } });
    expect(checks["cookie set"]).toBe("fail: no retrack_click in the answer");
    expect(checks["cookie returned"]).toBe("skip: no cookie was set");
    expect(checks["landing shopback"]).toBe("fail: no shopback_click from /");
  });

  test("is told of cookies that something takes out of its requests", async () => {
    const checks = await examined({ proxy: { request: without("cookie") } });
    expect(checks["cookie set"]).toBe("ok: retrack_click is set");
    expect(checks["cookie returned"]).toBe("fail: the same click is stored anew, as if it had come without its cookie");
  });

  test("is told of cookies that something rewrites", async () => {
    const response = (headers: IncomingHttpHeaders) => ({
      ...headers,
      ...(headers["set-cookie"] && {
        "set-cookie": headers["set-cookie"].map((line) =>
          line.replace(/; Secure/, "").replace(/ (?:Max-Age|Expires)=[^;]+;/g, ""),
        ),
      }),
    });
    expect((await examined({ proxy: { response } }))["cookie attributes"]).toBe("fail: Max-Age=none; not Secure");
  });

  test("is told of cookies for a domain that it is not on", async () => {
    const checks = await examined({ options: { cookie: { domain: "store-domain.com" } } });
    expect(checks["cookie set"]).toBe(
      "fail: a browser throws retrack_click away: its Domain is store-domain.com, and the page's host 127.0.0.1",
    );
  });

  test("is told of a cache that answers for it", async () => {
    const checks = await examined({ proxy: { caches: true } });
    expect(checks["redirect not cached"]).toBe("fail: a cache answered: x-cache: HIT");
    expect(checks["cookie returned"]).toBe(
      "skip: a cache answered: x-cache: HIT: what the collector saw cannot be told",
    );
    expect(checks["landing shopback"]).toBe("fail: no shopback_click: a cache answered (x-cache: HIT)");
  });

  test("is told of a cache that gives one shopper's click to another and says nothing of it", async () => {
    const silent = { caches: true, silently: true };
    const withCookies = await examined({ proxy: silent });
    expect(withCookies["redirect not cached"]).toBe("fail: a second shopper was given the first one's click");
    expect(withCookies["cookie returned"]).toMatch(/^skip: a second shopper was given/);
    const withoutCookies = await examined({ proxy: { ...silent, response: without("set-cookie") } });
    expect(withoutCookies["redirect not cached"]).toBe("fail: a second shopper was sent where the first one was going");
  });

  test("is told of a redirect page that is not there", async () => {
    const checks = await examined({
      mount(app, cashtrail) {
        app.use(cashtrail.remember);
        app.use("/cashtrail", cashtrail.router);
      },
    });
    expect(checks["redirect page"]).toBe("fail: HTTP 404 at /retrack");
    expect(checks["foreign deep links"]).toBe("skip: HTTP 404 at /retrack");
    expect(checks["landing retrack"]).toBe("ok: retrack_click is set by /");
    expect(checks["cookie set"]).toBeUndefined();
  });

  test("is told of a redirect page that sends shoppers anywhere", async () => {
    const checks = await examined({
      mount(app, cashtrail) {
        app.get("/retrack", (request, response) => response.redirect(String(request.query.deeplink)));
        asDocumented(app, cashtrail);
      },
    });
    expect(checks["foreign deep links"]).toBe("fail: https://cashtrail-doctor.example/ is followed");
  });

  test("is told of a missing router and of pages that keep no click", async () => {
    const checks = await examined({
      mount(app, cashtrail) {
        app.get("/retrack", cashtrail.redirect);
      },
    });
    expect(checks["store reachable"]).toBe("warn: HTTP 404");
    expect(checks["client.js"]).toBe("fail: HTTP 404 at /cashtrail/client.js");
    expect(checks.health).toBe("fail: HTTP 404 at /cashtrail/health");
    expect(checks["landing shopback"]).toBe("fail: no shopback_click from /");
  });

  test("is told of a script that something rewrote", async () => {
    const checks = await examined({
      mount(app, cashtrail) {
        app.get("/cashtrail/client.js", (_request, response) => void response.type("js").send("/* older */"));
        asDocumented(app, cashtrail);
      },
    });
    expect(checks["client.js"]).toBe("warn: another script than this version's");
  });

  test("is told of a ledger that does not answer", async () => {
    const checks = await examined({
      mount(app, cashtrail) {
        app.get("/cashtrail/health", (_request, response) => void response.status(503).json({ status: "no" }));
        asDocumented(app, cashtrail);
      },
    });
    expect(checks.health).toBe("fail: HTTP 503: the ledger does not answer");
  });
});

describe("a store that browsers cannot trust", () => {
  test("is told that it has no TLS", async () => {
    const answer: Sent = { kind: "answered", response: { status: 200, headers: {}, body: "" } };
    const checks = await checksOf({ url: "http://www.mugs.example", options: { networks }, get: async () => answer });
    expect(checks.find(({ name }) => name === "HTTPS")).toMatchObject({
      state: "fail",
      found: "http://www.mugs.example",
    });
  });

  test("is told that it does not answer, and nothing else", async () => {
    const checks = await checksOf({ url: "http://127.0.0.1:9", options: { networks } });
    expect(checks.map(({ name }) => name)).toEqual(["store reachable", "HTTPS"]);
    expect(checks[0]).toMatchObject({ state: "fail", found: "ECONNREFUSED" });
  });
});
