import { request } from "undici";
import { describe, expect, test } from "vitest";
import type { CollectorOptions } from "../../../packages/collector/src/index.ts";
import { aStore, get, majors, RETRACK_CLICK, SECONDS } from "./a-store.ts";

describe.each(majors)("behind a proxy, on %s", (_name, makeApp) => {
  const trusting = (trust: unknown) => () => {
    const app = makeApp();
    app.set("trust proxy", trust);
    return app;
  };
  const locationOf = async (options: Partial<CollectorOptions>, trust: unknown, headers: object, link: string) => {
    const { url } = await aStore(options, trusting(trust));
    const answer = await get(`${url}/retrack?deeplink=${encodeURIComponent(link)}`, { ...headers });
    return answer.headers.get("location");
  };
  const own = { deepLinkHosts: [] };
  const asTheProxy = { host: "10.0.0.5:3000", "x-forwarded-host": "shop.example", "x-forwarded-proto": "https" };

  test.each<[string, unknown, object, string, string]>([
    ["the proxy's word, which is trusted", true, asTheProxy, "https://shop.example/p", "https://shop.example/p"],
    [
      "the first of several words",
      true,
      { ...asTheProxy, "x-forwarded-host": "shop.example, 10.0.0.9" },
      "/p",
      "https://shop.example/p",
    ],
    ["a port", true, { ...asTheProxy, "x-forwarded-host": "shop.example:8443" }, "/p", "https://shop.example:8443/p"],
    ["no word that is not trusted", false, asTheProxy, "https://shop.example/p", "/"],
    ["no word of a proxy that is not the store's", "10.1.1.1", asTheProxy, "https://shop.example/p", "/"],
    [
      "the Host header that the proxy passed on",
      false,
      { host: "shop.example", "x-forwarded-proto": "https" },
      "/p",
      "https://shop.example/p",
    ],
    ["http where nobody says https", false, { host: "shop.example" }, "/p", "http://shop.example/p"],
    ["no host that is none", false, { host: "shop.example/@evil.com" }, "/p", "https://localhost/p"],
    ["a name in capitals", true, { ...asTheProxy, "x-forwarded-host": "Shop.Example" }, "/p", "https://shop.example/p"],
  ])("the page's own host is %s", async (_what, trust, headers, link, location) => {
    expect(await locationOf(own, trust, headers, link)).toBe(location);
  });

  test("the page's own host is reached over https where the store itself speaks it", async () => {
    const { url } = await aStore(own, makeApp, (request, _response, next) => {
      Object.assign(request.socket, { encrypted: true });
      next();
    });
    const { headers } = await get(`${url}/retrack?deeplink=%2Fp`, { host: "shop.example" });
    expect(headers.get("location")).toBe("https://shop.example/p");
  });

  test.each<[string, unknown, object]>([
    ["passes the Host header on", false, { host: "www.store-domain.com" }],
    ["speaks http to the store", false, { host: "www.store-domain.com", "x-forwarded-proto": "http" }],
    ["has a port of its own", false, { host: "www.store-domain.com:8080" }],
    ["names the host apart", true, { ...asTheProxy, "x-forwarded-host": "www.store-domain.com" }],
    ["names the host apart and is not trusted", false, { ...asTheProxy, "x-forwarded-host": "www.store-domain.com" }],
    ["is spoken to by a stranger", true, { ...asTheProxy, "x-forwarded-host": "evil.com" }],
  ])("a store that has named its hosts is reached over https, where the proxy %s", async (_how, trust, headers) => {
    expect(await locationOf({}, trust, headers, "/p")).toBe("https://www.store-domain.com/p");
  });

  test.each<[string, unknown, Record<string, string>, number]>([
    ["its word for the host is trusted", true, { origin: "https://shop.example" }, 204],
    ["its word for the host is not trusted", false, { origin: "https://shop.example" }, 403],
    ["the page is another's", true, { origin: "https://evil.com" }, 403],
    ["the page is of another port", true, { origin: "https://shop.example:8443" }, 403],
    ["the browser says so itself", false, { "sec-fetch-site": "same-origin" }, 204],
  ])("a script of the store's own page is known where %s", async (_why, trust, headers, status) => {
    const { url } = await aStore({}, trusting(trust));
    const answer = await request(`${url}/cashtrail/remember`, {
      method: "POST",
      body: `retrack.${SECONDS}.${RETRACK_CLICK}.exempt`,
      headers: { ...asTheProxy, ...headers },
    });
    await answer.body.dump();
    expect(answer.statusCode).toBe(status);
  });

  test.each<[string, string, boolean]>([
    ["is the domain itself", "store-domain.com", true],
    ["is within the domain", "www.store-domain.com", true],
    ["is another", "10.0.0.5:3000", false],
    ["only ends like it", "evilstore-domain.com", false],
  ])("a cookie's domain is checked, for browsers are silent: the host %s", async (_what, host, isFine) => {
    const { url, events } = await aStore({ cookie: { domain: ".Store-Domain.com" } }, makeApp);
    const { cookies } = await get(`${url}/retrack?click=${RETRACK_CLICK}`, { host });
    expect(cookies).toHaveLength(2);
    expect(events).toEqual(
      isFine
        ? []
        : [
            {
              type: "click-ignored",
              network: "retrack",
              reason:
                'the shopper came to a host outside of cookie.domain, store-domain.com, and a browser keeps no such cookie; behind a proxy, set "trust proxy" for Express to know the host',
            },
          ],
    );
  });
});
