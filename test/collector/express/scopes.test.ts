import { describe, expect, test } from "vitest";
import type { CollectorOptions } from "../../../packages/collector/src/index.ts";
import { aStore, get, RETRACK_CLICK, SECONDS, SHOPBACK_CLICK, undated } from "./a-store.ts";
import { aCookieJar } from "./cookie-jar.ts";

const OTHER_CLICK = "4ab932a4-1eb0-4aeb-8dc1-0242ac12aea5";
const host = "www.store-domain.com";
const attributes = "Path=/; Secure; SameSite=Lax";
const deletedAbove = (name: string) => [
  `${name}=; Max-Age=0; Domain=www.store-domain.com; ${attributes}`,
  `${name}=; Max-Age=0; Domain=store-domain.com; ${attributes}`,
];

describe("cookies of another scope", () => {
  test("are deleted with the next click, and the current one is set anew for what is left of its days", async () => {
    const { url } = await aStore();
    const cookie =
      `retrack_click=${OTHER_CLICK}; retrack_click=${RETRACK_CLICK}; ` +
      `cashtrail_clicks=retrack.0${SECONDS - 86_400}.${RETRACK_CLICK}.exempt`;
    const { cookies } = await get(`${url}/product?transaction_id=${SHOPBACK_CLICK}`, { host, cookie });
    expect(cookies.map(undated)).toEqual([
      ...deletedAbove("retrack_click"),
      ...deletedAbove("cashtrail_clicks"),
      `retrack_click=${RETRACK_CLICK}; Max-Age=777600; ${attributes}`,
      `shopback_click=${SHOPBACK_CLICK}; Max-Age=2592000; ${attributes}`,
      `cashtrail_clicks=shopback.0${SECONDS}.${SHOPBACK_CLICK}.exempt~retrack.0${SECONDS - 86_400}.${RETRACK_CLICK}.exempt; Max-Age=2592000; ${attributes}`,
    ]);
  });

  test("are those of the host alone where the store shares its cookies", async () => {
    const { url } = await aStore({ cookie: { domain: ".Store-Domain.com" } });
    const cookie = `retrack_click=${OTHER_CLICK}; retrack_click=${OTHER_CLICK}`;
    const { cookies } = await get(`${url}/product?click=${RETRACK_CLICK}`, { host, cookie });
    expect(cookies.map(undated).slice(0, 3)).toEqual([
      `retrack_click=; Max-Age=0; ${attributes}`,
      `retrack_click=; Max-Age=0; Domain=www.store-domain.com; ${attributes}`,
      `retrack_click=${RETRACK_CLICK}; Max-Age=864000; Domain=.Store-Domain.com; ${attributes}`,
    ]);
  });

  test("are deleted where the click takes the place of one, though the request has no more of them", async () => {
    const { url } = await aStore();
    const { cookies } = await get(`${url}/product?click=${RETRACK_CLICK}`, {
      host,
      cookie: `retrack_click=${OTHER_CLICK}`,
    });
    expect(cookies.map(undated).slice(0, 3)).toEqual([
      ...deletedAbove("retrack_click"),
      `retrack_click=${RETRACK_CLICK}; Max-Age=864000; ${attributes}`,
    ]);
  });

  test("are deleted, and the host's own is left as it is, where nobody knows how old the click is", async () => {
    const { url } = await aStore();
    const cookie = `retrack_click=${RETRACK_CLICK}; retrack_click=${RETRACK_CLICK}`;
    const { cookies } = await get(`${url}/product?transaction_id=${SHOPBACK_CLICK}`, { host, cookie });
    expect(cookies.map(undated)).toEqual([
      ...deletedAbove("retrack_click"),
      `shopback_click=${SHOPBACK_CLICK}; Max-Age=2592000; ${attributes}`,
      `cashtrail_clicks=shopback.0${SECONDS}.${SHOPBACK_CLICK}.exempt; Max-Age=2592000; ${attributes}`,
    ]);
  });

  test("win nothing over a live click of another network, however long they stay", async () => {
    const clock = { at: Date.parse("2026-11-01T12:00:00Z") };
    const { url, collector } = await aStore({ now: () => new Date(clock.at) });
    const jar = aCookieJar();
    const land = async (query: string) => {
      const { cookies } = await get(`${url}/product?${query}`, { host, cookie: jar.cookiesFor(host) });
      for (const line of cookies) jar.take(host, line);
    };
    await land(`transaction_id=${SHOPBACK_CLICK}`);
    jar.take(host, `retrack_click=${OTHER_CLICK}; Domain=store-domain.com`);
    clock.at += 86_400_000;
    await land(`click=${RETRACK_CLICK}`);
    expect(jar.cookiesFor(host).match(/retrack_click=[^;]+/g)).toEqual([`retrack_click=${RETRACK_CLICK}`]);
    clock.at += 11 * 86_400_000;
    jar.take(host, "retrack_click=; Max-Age=0");
    jar.take(host, `retrack_click=${OTHER_CLICK}; Domain=store-domain.com`);
    expect(collector.clicksOf({ headers: { cookie: jar.cookiesFor(host) } })[0]?.network).toBe("shopback");
  });

  test("are deleted everywhere where none of them is a click", async () => {
    const { url } = await aStore();
    const cookie = "retrack_click=undefined; retrack_click=null";
    const { cookies } = await get(`${url}/product?transaction_id=${SHOPBACK_CLICK}`, { host: "shop.example", cookie });
    expect(cookies.map(undated).slice(0, 2)).toEqual([
      `retrack_click=; Max-Age=0; ${attributes}`,
      `retrack_click=; Max-Age=0; Domain=shop.example; ${attributes}`,
    ]);
  });

  test.each([
    ["an address", "127.0.0.1:3000", []],
    ["an address of the newer kind", "[::1]:3000", []],
    ["this machine", "localhost:3000", []],
    ["a name no browser asks for", "a;b.store-domain.com", []],
    [
      "deep",
      "a.b.c.d.e.f.g.h.i.j.k.store-domain.com",
      ["c.d.e.f.g.h.i.j.k.store-domain.com", "d.e.f.g.h.i.j.k.store-domain.com", "e.f.g.h.i.j.k.store-domain.com"],
    ],
  ])("are of the domains above the host, where it is %s", async (_what, name, domains) => {
    const { url } = await aStore();
    const cookie = "retrack_click=a; retrack_click=b";
    const { cookies } = await get(`${url}/product?transaction_id=${SHOPBACK_CLICK}`, { host: name, cookie });
    const deleted = cookies.filter((line) => line.startsWith("retrack_click=;"));
    expect(deleted.flatMap((line) => /Domain=([^;]+)/.exec(line)?.[1] ?? []).slice(0, 3)).toEqual(domains);
    expect(deleted.length).toBeLessThanOrEqual(11);
  });

  test("are no reason to set a cookie on a page without a click", async () => {
    const { url } = await aStore();
    const cookie = `retrack_click=${OTHER_CLICK}; retrack_click=${RETRACK_CLICK}`;
    const { cookies, headers } = await get(`${url}/product`, { host, cookie });
    expect([cookies, headers.get("cache-control")]).toEqual([[], null]);
  });

  test.each<[string, CollectorOptions["cookie"], string]>([
    ["the host's", {}, "store-domain.com"],
    ["shared, and the stale one the host's", { domain: "store-domain.com" }, ""],
    ["shared, and the stale one of a subdomain", { domain: "store-domain.com" }, "www.store-domain.com"],
  ])(
    "are gone from the browser, and the new click is all that is left, where it is %s",
    async (_what, cookie, stale) => {
      for (const keepsPlaces of [true, false]) {
        const { url, collector } = await aStore({ cookie });
        const jar = aCookieJar(keepsPlaces);
        const land = async (click: string) => {
          const { cookies } = await get(`${url}/product?click=${click}`, { host, cookie: jar.cookiesFor(host) });
          for (const line of cookies) jar.take(host, line);
        };
        await land(OTHER_CLICK);
        const scope = stale && `; Domain=${stale}`;
        jar.take(host, `retrack_click=${OTHER_CLICK}${scope}`);
        jar.take(host, `cashtrail_clicks=retrack.99999999999.${OTHER_CLICK}.exempt${scope}`);
        expect(jar.scopes()).toHaveLength(4);
        await land(RETRACK_CLICK);
        expect(jar.scopes()).toHaveLength(2);
        const [click, ...others] = collector.clicksOf({ headers: { cookie: jar.cookiesFor(host) } });
        expect([click?.id, others]).toEqual([RETRACK_CLICK, []]);
      }
    },
  );
});
