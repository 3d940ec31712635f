import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type CollectorOptions, createCollector, type Ledger, retrack } from "../../packages/collector/src/index.ts";
import { sqliteLedger } from "../../packages/collector/src/ledger/sqlite.ts";
import { serve, temporaryFolder } from "../support/collector-server.ts";
import { openStore, order, type StoreOptions } from "../support/sandboxed-store.ts";

const TOKEN = "a-token-of-the-operator";
const CLICK = "625fae10-1eb0-11eb-adc1-0242ac120002";

async function open(options: StoreOptions = {}) {
  const store = await openStore({ adminToken: TOKEN, ...options });
  // Once its thread runs, the ledger answers at once.
  await store.collector.find();
  const url = await serve((app) => app.use("/cashtrail", store.collector.router));
  return { ...store, url: `${url}/cashtrail` };
}

/** A collector whose ledger does otherwise in some calls. */
async function openWith(changes: Partial<Ledger>, options: Partial<CollectorOptions> = {}) {
  const folder = temporaryFolder();
  const collector = createCollector({
    networks: [retrack({ token: "a-token", event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb" })],
    ledger: { ...sqliteLedger(join(folder, "ledger.db"), () => new Date()), ...changes },
    journal: join(folder, "journal"),
    adminToken: TOKEN,
    ...options,
  });
  onTestFinished(() => collector.stop());
  await collector.find();
  const url = await serve((app) => app.use("/cashtrail", collector.router));
  return { collector, url: `${url}/cashtrail` };
}

async function scraped(url: string): Promise<string> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
  expect(response.status).toBe(200);
  return response.text();
}

/** The samples of a text, without those that are 0. */
function samples(text: string, name: RegExp): string[] {
  return text.split("\n").filter((line) => name.test(line) && !line.startsWith("#") && !line.endsWith(" 0"));
}

describe("who scrapes", () => {
  test("has the token", async () => {
    const { url } = await open();
    const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test("is told nothing without it", async () => {
    const { url } = await open();
    const without = await fetch(`${url}/metrics`);
    expect([without.status, without.headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="cashtrail"']);
    expect(await without.text()).toBe("Send the collector's adminToken in the header Authorization: Bearer TOKEN.\n");
    const wrong = await fetch(`${url}/metrics`, { headers: { authorization: "Bearer another-token-of-somebody" } });
    expect([wrong.status, wrong.headers.get("cache-control")]).toEqual([401, "no-store"]);
    expect(await wrong.text()).not.toContain("cashtrail_");
  });

  test("may have a token of its own, which opens nothing else", async () => {
    const metricsToken = "a-token-for-prometheus";
    const { url } = await open({ metricsToken });
    const status = async (path: string) =>
      (await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${metricsToken}` } })).status;
    expect([await status("/metrics"), await status("/api/v1/backlog")]).toEqual([200, 401]);
    const alone = await openStore({ metricsToken });
    const bare = await serve((app) => app.use("/cashtrail", alone.collector.router));
    const headers = { authorization: `Bearer ${metricsToken}` };
    expect((await fetch(`${bare}/cashtrail/metrics`, { headers })).status).toBe(200);
    expect(await (await fetch(`${bare}/cashtrail/metrics`)).text()).toContain("the collector's metricsToken");
    expect((await fetch(`${bare}/cashtrail/`, { headers })).status).toBe(404);
  });

  test("finds nothing where no token is set", async () => {
    const { collector } = await openStore();
    const url = await serve((app) => app.use("/cashtrail", collector.router));
    expect((await fetch(`${url}/cashtrail/metrics`)).status).toBe(404);
  });
});

describe("the metrics", () => {
  test("have names, units and words as Prometheus wants them", async () => {
    const { url, collector, clicks } = await open();
    await collector.report(clicks("retrack"), order);
    await collector.flush();
    const lines = (await scraped(url)).trimEnd().split("\n");
    const types = new Map(
      lines.flatMap((line) => {
        const [, name, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
        return name && type ? [[name, type] as const] : [];
      }),
    );
    expect(types.size).toBeGreaterThan(20);
    for (const [name, type] of types) {
      expect(name).toMatch(/^cashtrail_[a-z]+(?:_[a-z]+)*$/);
      expect([name, name.endsWith("_total")]).toEqual([name, type === "counter"]);
      if (type === "histogram") expect(name).toMatch(/_seconds$/);
      expect(name).not.toMatch(/_(?:ms|milliseconds|minutes|hours|days|counter|gauge|histogram|count|sum|bucket)$/);
      const [help = ""] = lines.filter((line) => line.startsWith(`# HELP ${name} `));
      expect(help).toMatch(/^# HELP \S+ [A-Z0-9].{20,}\.$/);
      expect(lines.indexOf(`# TYPE ${name} ${type}`)).toBe(lines.indexOf(help) + 1);
    }
    const sampled = lines.flatMap((line) => /^([a-z_]+)(?:\{| )/.exec(line)?.[1] ?? []);
    const families = new Set(
      sampled.map((name) => (types.has(name) ? name : name.replace(/_(?:bucket|sum|count)$/, ""))),
    );
    expect([...families].filter((name) => !types.has(name))).toEqual([]);
    const labels = new Set(lines.flatMap((line) => [...line.matchAll(/[{,](\w+)="/g)].map(([, label]) => label)));
    expect([...labels].sort()).toEqual(["change", "code", "credited", "le", "network", "outcome", "state"]);
  });

  test("count what the HTTP API refuses to report, too", async () => {
    const { url } = await open();
    const call = (path: string, body: string) =>
      fetch(`${url}/api/v1${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
        body,
      });
    const cents = { ...order, lines: [{ ...order.lines[0], net: 1.5 }] };
    expect((await call("/orders", JSON.stringify({ order: cents, clicks: [] }))).status).toBe(422);
    expect((await call("/leads", JSON.stringify({ lead: {}, clicks: [] }))).status).toBe(422);
    expect((await call("/orders", "{")).status).toBe(400);
    expect((await call("/clicks", JSON.stringify({}))).status).toBe(422);
    expect(samples(await scraped(url), /^cashtrail_reports_failed_total/)).toEqual([
      'cashtrail_reports_failed_total{code="ERR_ORDER"} 2',
      'cashtrail_reports_failed_total{code="other"} 1',
    ]);
  });

  test("count orders, leads, conversions, attempts, and what they took", async () => {
    const { url, collector, clicks } = await open();
    await collector.report(clicks("retrack", "shopback"), order);
    await collector.report(clicks("retrack", "shopback"), order);
    await collector.report({ clicks: [] }, { ...order, number: "1002" });
    await collector.lead(clicks("retrack"), { reference: "form-77" });
    await collector.report(clicks("retrack"), { ...order, currency: "XXX" }).catch(() => {});
    await collector.flush();
    await collector.approve("1001");
    const text = await scraped(url);
    expect(samples(text, /^cashtrail_(?:orders|leads|conversions|reports|attempts|postbacks_ended)/)).toEqual([
      'cashtrail_orders_reported_total{credited="true"} 1',
      'cashtrail_orders_reported_total{credited="false"} 1',
      'cashtrail_leads_reported_total{credited="true"} 1',
      'cashtrail_conversions_total{network="retrack"} 2',
      'cashtrail_conversions_total{network="shopback"} 1',
      'cashtrail_reports_failed_total{code="ERR_ORDER"} 1',
      'cashtrail_orders_changed_total{change="approve"} 1',
      'cashtrail_attempts_total{network="retrack",outcome="accepted"} 2',
      'cashtrail_attempts_total{network="shopback",outcome="accepted"} 1',
      'cashtrail_postbacks_ended_total{network="retrack",state="delivered"} 2',
      'cashtrail_postbacks_ended_total{network="shopback",state="delivered"} 1',
    ]);
    expect(samples(text, /^cashtrail_\w+_seconds_count/)).toEqual([
      "cashtrail_report_duration_seconds_count 5",
      'cashtrail_attempt_duration_seconds_count{network="retrack"} 2',
      'cashtrail_attempt_duration_seconds_count{network="shopback"} 1',
      'cashtrail_delivery_lag_seconds_count{network="retrack"} 2',
      'cashtrail_delivery_lag_seconds_count{network="shopback"} 1',
    ]);
  });

  test("count an order once that is reported again, whether nobody is credited for it or somebody is by then", async () => {
    const { url, collector, clicks, events } = await open();
    for (let times = 0; times < 3; times += 1) await collector.report({ clicks: [] }, order);
    await collector.report(clicks("retrack"), order);
    await collector.lead({ clicks: [] }, { reference: "form-77" });
    await collector.lead({ clicks: [] }, { reference: "form-77" });
    expect(samples(await scraped(url), /^cashtrail_(?:orders|leads|conversions)/)).toEqual([
      'cashtrail_orders_reported_total{credited="false"} 1',
      'cashtrail_leads_reported_total{credited="false"} 1',
      'cashtrail_conversions_total{network="retrack"} 1',
    ]);
    expect(events.filter(({ type }) => type === "recorded")).toMatchObject([
      { number: "1001", credited: [] },
      { number: "1001", credited: ["retrack"] },
      { number: "form-77", credited: [] },
    ]);
  });

  test("say from 0 on what has not happened yet, so that a rate sees the first", async () => {
    const text = await scraped((await open()).url);
    expect(text).toContain('\ncashtrail_attempts_total{network="shopback",outcome="not-sent"} 0\n');
    expect(text).toContain('\ncashtrail_clicks_total{network="retrack"} 0\n');
    expect(text).toContain('\ncashtrail_postbacks_waiting{network="shopback",state="held"} 0\n');
  });

  test("say how much waits for each account, in which state and how long", async () => {
    const { url, collector, clicks, sandbox, pass } = await open();
    sandbox.fault("retrack", "401", { times: 1 });
    await collector.report(clicks("retrack"), order);
    await collector.flush();
    pass(60_000);
    await collector.report(clicks("shopback"), { ...order, number: "1002" });
    pass(30_000);
    expect(samples(await scraped(url), /^cashtrail_postback(?:s_waiting|_oldest)/)).toEqual([
      'cashtrail_postbacks_waiting{network="retrack",state="failed"} 1',
      'cashtrail_postbacks_waiting{network="shopback",state="pending"} 1',
      'cashtrail_postback_oldest_waiting_seconds{network="retrack",state="failed"} 90',
      'cashtrail_postback_oldest_waiting_seconds{network="shopback",state="pending"} 30',
    ]);
  });

  test("count clicks that are kept, and those that are not", async () => {
    const { collector } = await openStore({ adminToken: TOKEN });
    const url = await serve((app) => {
      app.get("/retrack", collector.redirect);
      app.use("/cashtrail", collector.router);
    });
    await fetch(`${url}/retrack?click=${CLICK}`, { redirect: "manual" });
    await fetch(`${url}/retrack?click=no-click&deeplink=//evil.com`, { redirect: "manual" });
    const text = await scraped(`${url}/cashtrail`);
    expect(samples(text, /^cashtrail_(clicks|deep)/)).toEqual([
      'cashtrail_clicks_total{network="retrack"} 1',
      'cashtrail_clicks_ignored_total{network="retrack"} 1',
      "cashtrail_deep_links_refused_total 1",
    ]);
  });

  test("say that a network is down once ten requests in a row had no answer", async () => {
    const { url, collector, clicks, sandbox } = await open();
    sandbox.fault("retrack", "500", { times: 1000 });
    for (let number = 1; number <= 10; number += 1)
      await collector.report(clicks("retrack"), { ...order, number: String(number) });
    expect(samples(await scraped(url), /^cashtrail_network_down/)).toEqual([]);
    await collector.flush();
    expect(samples(await scraped(url), /^cashtrail_network_down/)).toEqual([
      'cashtrail_network_down{network="retrack"} 1',
    ]);
  });

  test("hold no order number, click id or token", async () => {
    const { url, collector, sandbox } = await open();
    sandbox.fault("retrack", "accept-then-drop", { times: 1 });
    await collector.report(
      { clicks: [{ network: "retrack", id: CLICK, at: new Date("2026-11-22T10:00:00Z") }] },
      { ...order, number: "number-of-an-order" },
    );
    await collector.flush();
    const text = await scraped(url);
    expect(samples(text, /^cashtrail_attempts_total/)).toHaveLength(1);
    expect(text).not.toMatch(/number-of-an-order|625fae10|token-of/);
  });
});

describe("a scrape", () => {
  test("while the ledger hangs answers with what is known, and says so", async () => {
    const { url, collector } = await openWith({ waiting: () => new Promise(() => {}) });
    await collector.report({ clicks: [] }, order);
    const text = await scraped(url);
    expect(text).toContain("\ncashtrail_ledger_up 0\n");
    expect(text).toContain('\ncashtrail_orders_reported_total{credited="false"} 1\n');
    expect(text).not.toContain("cashtrail_postbacks_waiting{");
    expect(text).not.toContain("cashtrail_postback_oldest_waiting_seconds{");
  });

  test("after the ledger failed shows no figure from before", async () => {
    let fails = false;
    let time = Date.parse("2026-11-22T10:00:00Z");
    const { url } = await openWith(
      { waiting: async () => (fails ? Promise.reject(new Error("away")) : []) },
      { now: () => new Date(time) },
    );
    expect(await scraped(url)).toMatch(/^cashtrail_ledger_up 1$.*^cashtrail_postbacks_waiting\{/ms);
    fails = true;
    time += 5000;
    const text = await scraped(url);
    expect(text).toContain("\ncashtrail_ledger_up 0\n");
    expect(text).not.toContain("cashtrail_postbacks_waiting{");
  });

  test("shares what the ledger answered with others within five seconds", async () => {
    let asked = 0;
    let time = Date.parse("2026-11-22T10:00:00Z");
    const waiting = async () => {
      asked += 1;
      return [];
    };
    const { url, collector } = await openWith({ waiting }, { now: () => new Date(time) });
    await Promise.all([scraped(url), scraped(url), scraped(url)]);
    time += 4999;
    await scraped(url);
    expect(asked).toBe(1);
    time += 1;
    await scraped(url);
    expect(asked).toBe(2);
    // Whoever has decided something looks at what waits now.
    await collector.forget("1001");
    await scraped(url);
    expect(asked).toBe(3);
  });

  test("says that orders wait in the journal", async () => {
    const { url, collector } = await openWith({ record: () => Promise.reject(new Error("away")) });
    expect(await scraped(url)).toContain("\ncashtrail_journal_waiting 0\n");
    await collector.report({ clicks: [] }, order);
    const text = await scraped(url);
    expect(text).toContain("\ncashtrail_journal_waiting 1\n");
    expect(text).toContain("\ncashtrail_orders_journaled_total 1\n");
  });
});
