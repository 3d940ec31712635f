import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { companionOf } from "@cashtrail/client/landing";
import express from "express";
import fc from "fast-check";
import { request } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import { type CollectorOptions, createCollector, retrack, shopback } from "../../../packages/collector/src/index.ts";
import { temporaryFolder } from "../../support/collector-server.ts";
import { aCookieJar, type CookieJar } from "./cookie-jar.ts";

const HOUR = 3_600_000;
const START = Date.parse("2026-11-22T12:00:00Z");

const ids: Record<string, string[]> = {
  retrack: ["625fae10-1eb0-11eb-adc1-0242ac120002", "4ab932a4-1eb0-4aeb-8dc1-0242ac12aea5"],
  shopback: ["102656693ac3ca6e0cdafbfe89ab99", "102000000000000000000000000000"],
};
const day = 24 * HOUR;
const host = "www.store-domain.com";
const [retrackId, otherId] = ids.retrack as [string, string];
const [shopbackId] = ids.shopback as [string];
const seconds = START / 1000;
const parameters: Record<string, string> = { retrack: "click", shopback: "transaction_id" };

/** A store whose collector is told the time, and whose shopper has a browser. */
async function aStore(cookie: CollectorOptions["cookie"]) {
  const clock = { at: START };
  const collector = createCollector({
    ledger: join(temporaryFolder(), "ledger.db"),
    networks: [
      retrack({ token: "retrack-token", event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb" }),
      shopback({ offer: "1234", securityToken: "shopback-token", currency: "any", amount: "gross" }),
    ],
    cookie,
    now: () => new Date(clock.at),
  });
  const app = express();
  app.use(collector.remember);
  app.use("/cashtrail", collector.router);
  app.use((_request, response) => void response.end());
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await collector.stop();
  });

  async function ask(jar: CookieJar, host: string, path: string, init: { method?: "POST"; body?: string } = {}) {
    const answer = await request(`${url}${path}`, {
      ...init,
      headers: { host, cookie: jar.cookiesFor(host), "sec-fetch-site": "same-origin" },
    });
    const lines = [answer.headers["set-cookie"] ?? []].flat();
    for (const line of lines) jar.take(host, line);
    await answer.body.dump();
    return lines.map((line) => line.split(/; (?:Path|Domain)/)[0]);
  }
  return { clock, collector, ask };
}

interface Step {
  readonly network: "retrack" | "shopback";
  readonly id: number;
  readonly host: string;
  /** Whether the page's script keeps the click, and not the server. */
  readonly byScript: boolean;
  readonly secondsLater: number;
}

const step = fc.record({
  network: fc.constantFrom("retrack" as const, "shopback" as const),
  id: fc.integer({ min: 0, max: 1 }),
  host: fc.constantFrom("www.store-domain.com", "shop.store-domain.com", "store-domain.com"),
  byScript: fc.boolean(),
  secondsLater: fc.integer({ min: 1, max: 72_000 }),
});

interface Script {
  readonly network: string;
  readonly id: string;
  /** When the shopper arrived, by the browser's clock. */
  readonly arrived: number;
  /** When the shopper agreed, by the same. */
  readonly now: number;
  readonly domain?: string | undefined;
  readonly tells: boolean;
}

/** Keeps a click as the script does: its own two cookies, and then what it tells the collector. */
async function keepByScript(
  { ask }: Pick<Awaited<ReturnType<typeof aStore>>, "ask">,
  jar: CookieJar,
  host: string,
  { network, id, arrived, now, domain, tells }: Script,
) {
  const cookies = jar.cookiesFor(host);
  if (new RegExp(`(_click=|${network}\\.\\d+\\.)${id}`).test(cookies)) return;
  const body = companionOf({ network, id, at: new Date(arrived), consent: "exempt" });
  const kept = cookies.match(/(retrack|shopback)\.\d+\.[\w-]+(\.[a-z]+)?/g) ?? [];
  const later = kept.filter((entry) => {
    const seconds = Number(entry.split(".")[1]);
    return seconds > Math.floor(arrived / 1000) && seconds < now / 1000;
  });
  const scope = domain === undefined ? "" : `; Domain=${domain}`;
  jar.take(host, `cashtrail_clicks=${[...new Set([...later, body, ...kept])].slice(0, 6).join("~")}${scope}`);
  if (later.some((entry) => entry.startsWith(network))) return;
  jar.take(host, `${network}_click=${id}${scope}`);
  if (tells) await ask(jar, host, "/cashtrail/remember", { method: "POST", body: `${now}~${body}` });
}

describe("the last click", () => {
  test.each([
    ["of one scope, and the script tells the collector", "store-domain.com", true],
    ["of one scope, and the script keeps to itself", "store-domain.com", false],
    ["of two scopes, and the script tells the collector", undefined, true],
  ])("is the last, whatever the browser's clock says, where cookies are %s", async (_what, domain, tells) => {
    const store = await aStore({ domain: "store-domain.com" });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: -12 * HOUR, max: 12 * HOUR }),
        fc.boolean(),
        async (steps: Step[], ahead, keepsPlaces) => {
          const jar = aCookieJar(keepsPlaces);
          let truth: { network: string; id: string }[] = [];
          const seen = new Set<string>();
          store.clock.at = START;
          for (const { network, id: index, host, byScript, secondsLater } of steps) {
            store.clock.at += secondsLater * 1000;
            const id = ids[network]?.[index] as string;
            if (byScript) {
              const now = store.clock.at + ahead;
              await keepByScript(store, jar, host, { network, id, arrived: now, now, domain, tells });
            } else await store.ask(jar, host, `/product?${parameters[network]}=${id}`);
            if (!seen.has(id)) truth = [{ network, id }, ...truth.filter((click) => click.network !== network)];
            seen.add(id);
            const clicks = store.collector.clicksOf({ headers: { cookie: jar.cookiesFor(host) } });
            expect(clicks.map((click) => ({ network: click.network, id: click.id }))).toEqual(truth);
          }
          const names = jar.scopes().map((scope) => scope.split(" ")[0]);
          expect(new Set(names).size).toBe(names.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("is not one that a tab of long ago got its consent for", async () => {
    const { ask, clock, collector } = await aStore({ httpOnly: true });
    const jar = aCookieJar();
    const secondsAt = (hours: number) => (START + hours * HOUR) / 1000 - 5 * 3600;
    // The browser's clock is five hours behind. A tab of 12:00 is answered at 14:02, one of 14:00 at 14:01.
    clock.at = START + 2 * HOUR + 60_000;
    await ask(jar, host, "/cashtrail/remember", {
      method: "POST",
      body: `${clock.at - 5 * HOUR}~retrack.${secondsAt(2)}.${retrackId}.tcf`,
    });
    clock.at += 60_000;
    await ask(jar, host, "/cashtrail/remember", {
      method: "POST",
      body: `${clock.at - 5 * HOUR}~shopback.${secondsAt(0)}.${shopbackId}.tcf`,
    });
    expect(collector.clicksOf({ headers: { cookie: jar.cookiesFor(host) } })).toEqual([
      { network: "retrack", id: retrackId, at: new Date("2026-11-22T14:00:00Z"), consent: "tcf" },
      { network: "shopback", id: shopbackId, at: new Date("2026-11-22T12:00:00Z"), consent: "tcf" },
    ]);
  });
});

describe("of two tabs that get their consent together", () => {
  const answered = [
    ["the older first", [0, 1]],
    ["the newer first", [1, 0]],
  ] as const;
  const ways = [
    ["script alone", false, {}],
    ["script with the collector", true, {}],
    ["script with the collector that hides its cookies", true, { httpOnly: true }],
  ] as const;
  const clocks = [
    ["right", 0],
    ["five hours ahead", 5 * HOUR],
    ["five hours behind", -5 * HOUR],
  ] as const;

  test.each(
    answered.flatMap(([first, order]) =>
      ways.flatMap(([way, tells, cookie]) =>
        clocks.map(([clock, ahead]) => [first, way, clock, { order, tells, cookie, ahead }] as const),
      ),
    ),
  )("the one the shopper came to last wins: %s, %s, a clock that is %s", async (_first, _way, _clock, how) => {
    const store = await aStore(how.cookie);
    const jar = aCookieJar();
    store.clock.at = START + 3 * HOUR;
    const now = store.clock.at + how.ahead;
    const tabs = [
      { network: "shopback", id: shopbackId, arrived: now - 2 * HOUR },
      { network: "retrack", id: retrackId, arrived: now - HOUR },
    ] as const;
    for (const index of how.order) await keepByScript(store, jar, host, { ...tabs[index], now, tells: how.tells });
    const clicks = store.collector.clicksOf({ headers: { cookie: jar.cookiesFor(host) } });
    expect(clicks.map(({ network }) => network)).toEqual(["retrack", "shopback"]);
    if (how.tells)
      expect(clicks.map(({ at }) => at.toISOString())).toEqual([
        "2026-11-22T14:00:00.000Z",
        "2026-11-22T13:00:00.000Z",
      ]);
  });

  test("the newer of one network wins, though an older script has overwritten its cookie", async () => {
    const { ask, clock } = await aStore({});
    const jar = aCookieJar();
    await ask(jar, host, `/product?click=${otherId}`);
    jar.take(host, `retrack_click=${retrackId}`);
    clock.at += HOUR;
    const body = `${clock.at}~retrack.${seconds - 3600}.${retrackId}.tcf`;
    expect((await ask(jar, host, "/cashtrail/remember", { method: "POST", body })).slice(-2)).toEqual([
      `retrack_click=${otherId}; Max-Age=860400`,
      `cashtrail_clicks=retrack.0${seconds}.${otherId}.exempt; Max-Age=2592000`,
    ]);
  });
});

describe("a click that was kept before", () => {
  const handedOver = (at: number, id: string) => ({
    method: "POST" as const,
    body: `${at}~retrack.${at / 1000}.${id}.exempt`,
  });

  test.each([
    ["that scripts can read", {}],
    ["that are hidden from scripts", { httpOnly: true }],
  ])("gets no new days by being handed over again, with cookies %s", async (_what, cookie) => {
    const { ask, clock } = await aStore(cookie);
    const jar = aCookieJar();
    await ask(jar, host, `/product?click=${retrackId}`);
    clock.at += 9 * day;
    for (const at of [START, clock.at, clock.at + 5 * HOUR]) {
      const lines = await ask(jar, host, "/cashtrail/remember", handedOver(at, retrackId));
      expect(lines).toContain(`retrack_click=${retrackId}; Max-Age=86400`);
      expect(lines).toContain(`cashtrail_clicks=retrack.0${seconds}.${retrackId}.exempt; Max-Age=2592000`);
    }
  });

  test("gets none by a script that wrote its cookies again", async () => {
    const { ask, clock, collector } = await aStore({});
    const jar = aCookieJar();
    await ask(jar, host, `/product?click=${retrackId}`);
    clock.at += 9 * day;
    const again = `retrack.${clock.at / 1000}.${retrackId}.exempt`;
    jar.take(host, `cashtrail_clicks=${again}~retrack.0${seconds}.${retrackId}.exempt`);
    expect(collector.clicksOf({ headers: { cookie: jar.cookiesFor(host) } })[0]?.at).toEqual(new Date(START));
    const lines = await ask(jar, host, "/cashtrail/remember", { method: "POST", body: `${clock.at}~${again}` });
    expect(lines).toContain(`retrack_click=${retrackId}; Max-Age=86400`);
  });

  test("is not new again once its days are over", async () => {
    const { ask, clock, collector } = await aStore({});
    const jar = aCookieJar();
    await ask(jar, host, `/product?click=${retrackId}`);
    clock.at += 12 * day;
    jar.take(host, "retrack_click=; Max-Age=0");
    for (const path of [`/product?click=${retrackId}`, `/cashtrail/redirect?click=${retrackId}`])
      expect(await ask(jar, host, path)).toEqual([]);
    for (const at of [START, clock.at])
      expect(await ask(jar, host, "/cashtrail/remember", handedOver(at, retrackId))).toEqual([]);
    expect(collector.clicksOf({ headers: { cookie: jar.cookiesFor(host) } })).toEqual([]);
  });

  test("is not new again once another of its network has come", async () => {
    const { ask, clock, collector } = await aStore({});
    const jar = aCookieJar();
    for (const path of [`click=${retrackId}`, `click=${otherId}`, `transaction_id=${shopbackId}`]) {
      await ask(jar, host, `/product?${path}`);
      clock.at += HOUR;
    }
    expect(await ask(jar, host, `/product?click=${retrackId}`)).toEqual([]);
    expect(await ask(jar, host, "/cashtrail/remember", handedOver(clock.at, retrackId))).toEqual([]);
    const clicks = collector.clicksOf({ headers: { cookie: jar.cookiesFor(host) } });
    expect(clicks.map(({ id }) => id)).toEqual([shopbackId, otherId]);
  });

  test("is remembered with five others, and the oldest is forgotten", async () => {
    const { ask } = await aStore({});
    const jar = aCookieJar();
    const idOf = (number: number) => `625fae10-1eb0-11eb-adc1-0242ac12000${number}`;
    for (const number of [1, 2, 3, 4, 5, 6, 7]) await ask(jar, host, `/product?click=${idOf(number)}`);
    expect(jar.cookiesFor(host)).toBe(
      `retrack_click=${idOf(7)}; cashtrail_clicks=${[7, 6, 5, 4, 3, 2].map((number) => `retrack.0${seconds}.${idOf(number)}.exempt`).join("~")}`,
    );
  });

  test("is kept as it is where the script wrote it by a clock that is a year behind", async () => {
    const store = await aStore({});
    const jar = aCookieJar();
    await store.ask(jar, host, `/product?transaction_id=${shopbackId}`);
    store.clock.at += HOUR;
    const now = store.clock.at - 365 * day;
    await keepByScript(store, jar, host, { network: "retrack", id: retrackId, arrived: now, now, tells: true });
    expect(store.collector.clicksOf({ headers: { cookie: jar.cookiesFor(host) } })).toEqual([
      { network: "retrack", id: retrackId, at: new Date("2026-11-22T13:00:00Z"), consent: "exempt" },
      { network: "shopback", id: shopbackId, at: new Date("2026-11-22T12:00:00Z"), consent: "exempt" },
    ]);
  });
});
