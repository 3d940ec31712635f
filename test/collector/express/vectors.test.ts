import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { CookieJar } from "jsdom";
import { Pool } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import { hostileDeepLinks } from "../../support/hostile-deep-links.ts";
import type { LandingOptions } from "../../support/landing-cases.ts";
import { collectorOf } from "../../support/landing-collector.ts";
import { clicksIn, expectedOf, keptOf, landings, type Outcome, storedCookie } from "../../support/landing-outcome.ts";
import { respeltDeepLinks, storeHosts, storePaths, storeUrls } from "../../support/legitimate-deep-links.ts";

const origin = "https://www.shop.example";

/** A store at `https://www.shop.example`, as its proxy reaches it. */
async function aStore(options?: LandingOptions) {
  const { collector, stop } = collectorOf(options);
  const app = express();
  app.use(collector.remember);
  app.get("/retrack", collector.redirect);
  app.get("/{*page}", (_request, response) => {
    response.send("a page");
  });
  // The longest of the vectors are longer than what Node.js takes by itself.
  const server = createServer({ maxHeaderSize: 1_000_000 }, app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const pool = new Pool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { connections: 4 });
  onTestFinished(async () => {
    await pool.close();
    await new Promise((resolve) => server.close(resolve));
    await stop();
  });
  return {
    collector,
    async get(url: string) {
      // A browser writes the address its own way before it asks, and keeps the fragment to itself.
      const { pathname, search } = new URL(url, origin);
      const { headers, body } = await pool.request({
        method: "GET",
        path: pathname + search,
        headers: { host: "www.shop.example", "sec-fetch-dest": "document" },
      });
      await body.dump();
      const { location, "set-cookie": cookies = [] } = headers;
      return {
        endsAt: location === undefined ? undefined : new URL(`${location}`, origin).href,
        cookies: [cookies].flat(),
      };
    },
  };
}

/** Where the redirect page sends each of the deep links on to, several at a time. */
async function endsOf(given: readonly string[]): Promise<(string | undefined)[]> {
  const { get } = await aStore({ deepLinkHosts: ["www.shop.example", ...storeHosts], frontPage: "/front" });
  return Promise.all(
    given.map(async (deeplink) => (await get(`/retrack?${new URLSearchParams({ deeplink })}`)).endsAt),
  );
}

describe("the collector's redirect page", () => {
  test("follows no hostile deep link", async () => {
    const ends = await endsOf(hostileDeepLinks);
    expect(hostileDeepLinks.filter((_link, index) => ends[index] !== "https://www.shop.example/front")).toEqual([]);
  });

  test("follows every legitimate deep link to where it leads", async () => {
    const links = [
      ...storePaths.flatMap((path) => [path, origin + path].map((link) => [link, origin + path] as const)),
      ...storeUrls.map((url) => [url, url] as const),
      ...respeltDeepLinks,
    ];
    const ends = await endsOf(links.map(([given]) => given));
    expect(links.map(([given], index) => [given, ends[index]])).toEqual(links);
  });
});

describe("the collector", () => {
  test("makes of every landing what the script makes of it, with options for the tag's attributes", async () => {
    const outcomes: Outcome[] = [];
    const seen = landings.filter(({ inFragment }) => !inFragment);
    const stores = new Map<string, Awaited<ReturnType<typeof aStore>>>();
    for (const { what, url, options } of seen) {
      const alike = JSON.stringify(options);
      const { get, collector } = stores.get(alike) ?? (await aStore(options));
      stores.set(alike, { get, collector });
      const { endsAt, cookies } = await get(url);
      const jar = new CookieJar();
      for (const cookie of cookies) jar.setCookieSync(cookie, origin);
      const kept = keptOf(jar.getCookiesSync(origin).map(storedCookie));
      const clicks = clicksIn(collector.clicksOf({ headers: { cookie: jar.getCookieStringSync(origin) } }));
      outcomes.push({ what, endsAt, kept, clicks });
    }
    expect(outcomes).toEqual(seen.map(expectedOf));
  });
});
