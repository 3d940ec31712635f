import type { RequestHandler, Response } from "express";
import { describe, expect, test } from "vitest";
import { aStore, get, majors, RETRACK_CLICK, SHOPBACK_CLICK } from "./a-store.ts";

/** What helmet sets unless told otherwise. https://github.com/helmetjs/helmet#reference */
const helmet: RequestHandler = (_request, response, next) => {
  response.set({
    "Content-Security-Policy":
      "default-src 'self';base-uri 'self';font-src 'self' https: data:;form-action 'self';frame-ancestors 'self';img-src 'self' data:;object-src 'none';script-src 'self';script-src-attr 'none';style-src 'self' https: 'unsafe-inline';upgrade-insecure-requests",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Origin-Agent-Cluster": "?1",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-DNS-Prefetch-Control": "off",
    "X-Download-Options": "noopen",
    "X-Frame-Options": "SAMEORIGIN",
    "X-Permitted-Cross-Domain-Policies": "none",
    "X-XSS-Protection": "0",
  });
  response.removeHeader("X-Powered-By");
  next();
};

/** Calls back when the head of a response is written, as sessions and compression do. */
function onHead(response: Response, listener: () => void): void {
  const { writeHead } = response;
  response.writeHead = ((...parameters: Parameters<Response["writeHead"]>) => {
    listener();
    return writeHead.apply(response, parameters);
  }) as Response["writeHead"];
}

const documented = `click=${RETRACK_CLICK}&deeplink=https%3A%2F%2Fwww.store-domain.com%2Fsome-product`;
const click = `transaction_id=${SHOPBACK_CLICK}`;

describe.each(majors)("the headers of the redirect page on %s", (_name, makeApp) => {
  const wanted = {
    location: "https://www.store-domain.com/some-product",
    "cache-control": "no-store",
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-robots-tag": "noindex, nofollow",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'",
    "content-length": "0",
  };

  test.each([
    ["alone", undefined],
    ["behind helmet", helmet],
  ])("are what a landing needs, %s", async (_where, before) => {
    const { url } = await aStore({}, makeApp, before);
    const answer = await get(`${url}/retrack?${documented}`);
    expect(answer.status).toBe(302);
    expect(Object.fromEntries(answer.headers)).toMatchObject(wanted);
    expect(answer.cookies).toHaveLength(2);
    expect(answer.body).toBe("");
  });

  test("are the same for HEAD, without a cookie", async () => {
    const { url } = await aStore({}, makeApp);
    const answer = await get(`${url}/retrack?${documented}`, {}, "HEAD");
    expect(answer.status).toBe(302);
    expect(Object.fromEntries(answer.headers)).toMatchObject(wanted);
    expect(answer.cookies).toEqual([]);
  });

  test.each([["prefetch"], ["prefetch;prerender"], ["prefetch;anonymous-client-ip"]])(
    "are the same where a browser fetches ahead (%s), for it does not ask again",
    async (purpose) => {
      const { url } = await aStore({}, makeApp);
      const answer = await get(`${url}/retrack?${documented}`, {
        "sec-purpose": purpose,
        "sec-fetch-dest": "document",
      });
      expect(Object.fromEntries(answer.headers)).toMatchObject(wanted);
      expect(answer.cookies).toHaveLength(2);
    },
  );

  test.each([["iframe"], ["frame"], ["image"], ["empty"], ["script"], ["object"], ["embed"], ["serviceworker"]])(
    "have no cookie where the destination is %s",
    async (destination) => {
      const { url } = await aStore({}, makeApp);
      const answer = await get(`${url}/retrack?${documented}`, { "sec-fetch-dest": destination });
      expect(Object.fromEntries(answer.headers)).toMatchObject(wanted);
      expect(answer.cookies).toEqual([]);
    },
  );

  test.each([
    ["Chromium and WebKit", "navigate", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 2],
    ["Firefox", "same-origin", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 2],
    ["a script that asks for anything", "same-origin", "*/*", 0],
    ["a script of any site", "cors", "text/html", 0],
    ["an image of any site", "no-cors", "text/html", 0],
  ])("have the cookies where a service worker passes on a navigation: %s", async (_browser, mode, accept, cookies) => {
    const { url } = await aStore({}, makeApp);
    const headers = { "sec-fetch-dest": "empty", "sec-fetch-mode": mode, accept };
    expect((await get(`${url}/retrack?${documented}`, headers)).cookies).toHaveLength(cookies);
  });

  test("let no cache of its own kind keep them, and leave the cookies of others", async () => {
    const { url } = await aStore({}, makeApp, (_request, response, next) => {
      response.cookie("session", "1").set({ "CDN-Cache-Control": "max-age=600", "Surrogate-Control": "max-age=600" });
      next();
    });
    const { headers, cookies } = await get(`${url}/retrack?${documented}`);
    expect([headers.get("cdn-cache-control"), headers.get("surrogate-control")]).toEqual([null, null]);
    expect(cookies.map((cookie) => cookie.split("=")[0])).toEqual(["session", "retrack_click", "cashtrail_clicks"]);
  });

  test("do not depend on how the store reads queries", async () => {
    const { url } = await aStore({}, () => {
      const app = makeApp();
      app.set("query parser", () => ({ click: ["a", "b"], deeplink: { $gt: "//evil.com" } }));
      return app;
    });
    const answer = await get(`${url}/retrack?${documented}`);
    expect(answer.headers.get("location")).toBe("https://www.store-domain.com/some-product");
    expect(answer.cookies[0]).toContain(`retrack_click=${RETRACK_CLICK};`);
  });
});

describe.each(majors)("the head of a page that keeps a click on %s", (_name, makeApp) => {
  test.each<[string, (response: Response) => unknown]>([
    ["sets its own", (response) => response.set("Cache-Control", "public, max-age=600").send("a")],
    ["sets it by the head", (response) => response.writeHead(200, { "cache-control": "public, max-age=600" }).end("a")],
    [
      "sets it by the head with a reason",
      (response) => response.writeHead(200, "Fine", { "Cache-Control": "public" }).end("a"),
    ],
    [
      "sets it by the head without one",
      (response) => response.writeHead(200, undefined, { "Cache-Control": "public" }).end("a"),
    ],
    [
      "sets it by a list",
      (response) => response.writeHead(200, ["Cache-Control", "public", "Set-Cookie", "session=1"]).end("a"),
    ],
    ["takes it away", (response) => response.removeHeader("Cache-Control")],
    ["takes all away", (response) => response.getHeaderNames().forEach((name) => void response.removeHeader(name))],
    ["flushes it", (response) => response.set("Cache-Control", "public").flushHeaders()],
    ["writes at once", (response) => response.set("Cache-Control", "public").write("a")],
    ["sends JSON", (response) => response.set("Cache-Control", "public").json({ a: 1 })],
    ["sends nothing", (response) => response.status(204).set("Cache-Control", "public").end()],
    ["redirects", (response) => response.set("Cache-Control", "public").redirect("/sv/product")],
    [
      "sets a cache's own",
      (response) =>
        response
          .set({ "CDN-Cache-Control": "max-age=600", "Cloudflare-CDN-Cache-Control": "max-age=600" })
          .set({ "Surrogate-Control": "max-age=600", "X-Accel-Expires": "600" })
          .set({ "Edge-Control": "max-age=600", "X-LiteSpeed-Cache-Control": "public,max-age=600" })
          .send("a"),
    ],
    ["sets the one cookie header", (response) => response.setHeader("Set-Cookie", "session=1").end("a")],
    ["sets it by the head alone", (response) => response.writeHead(200, { "Set-Cookie": "session=1" }).end("a")],
  ])("is private, and has its cookies, where the page %s", async (_how, answer) => {
    const { url } = await aStore({}, makeApp, undefined, (_request, response) => {
      answer(response);
      if (!response.writableEnded) response.end();
    });
    const { headers, cookies } = await get(`${url}/product?${click}`);
    expect(headers.get("cache-control")).toBe("private, no-store");
    expect([...headers.keys()].filter((name) => /cdn|surrogate|accel|edge|litespeed/.test(name))).toEqual([]);
    expect(cookies.filter((cookie) => !cookie.startsWith("session=")).map((cookie) => cookie.split("=")[0])).toEqual([
      "shopback_click",
      "cashtrail_clicks",
    ]);
  });

  test("is private, and has its cookies, where the page is a file", async () => {
    const { url } = await aStore({}, makeApp, undefined, (_request, response) => {
      response.sendFile(import.meta.filename, { maxAge: 600_000 });
    });
    const { headers, cookies } = await get(`${url}/product?${click}`);
    expect([headers.get("cache-control"), cookies.length]).toEqual(["private, no-store", 2]);
  });

  test.each([
    ["without a policy", undefined, "strict-origin"],
    ["with one that tells paths", "strict-origin-when-cross-origin", "strict-origin"],
    ["with helmet's", "no-referrer", "no-referrer"],
    ["with the origin only", "origin", "origin"],
  ])("tells the next page no click id by the referrer, on a page %s", async (_page, before, after) => {
    const { url } = await aStore({}, makeApp, (_request, response, next) => {
      if (before) response.set("Referrer-Policy", before);
      next();
    });
    const cookie = `shopback_click=${SHOPBACK_CLICK}`;
    for (const headers of [{}, { cookie }]) {
      const answer = await get(`${url}/product?${click}`, headers);
      expect(answer.headers.get("referrer-policy")).toBe(after);
    }
    const other = await get(`${url}/product?transaction_id=PAYMENT-1`);
    expect(other.headers.get("referrer-policy")).toBe(before ?? null);
  });

  test.each<[string, (response: Response) => unknown]>([
    ["later", (response) => response.set("Referrer-Policy", "unsafe-url").send("a")],
    ["by the head", (response) => response.writeHead(200, { "Referrer-Policy": "unsafe-url" }).end("a")],
  ])("tells it none where the page sets its policy %s", async (_how, answer) => {
    const { url } = await aStore({}, makeApp, undefined, (_request, response) => void answer(response));
    expect((await get(`${url}/product?${click}`)).headers.get("referrer-policy")).toBe("strict-origin");
    expect((await get(`${url}/product`)).headers.get("referrer-policy")).toBe("unsafe-url");
  });

  test("leaves the policy of a redirect, which tells nobody its address", async () => {
    const { url } = await aStore({}, makeApp, undefined, (_request, response) => {
      response.set("Referrer-Policy", "unsafe-url").redirect("/sv/product");
    });
    expect((await get(`${url}/product?${click}`)).headers.get("referrer-policy")).toBe("unsafe-url");
  });

  test("keeps what the page says that is stricter", async () => {
    const { url } = await aStore({}, makeApp, undefined, (_request, response) => {
      response.set("Cache-Control", "no-cache, no-store, must-revalidate").send("a");
    });
    const { headers } = await get(`${url}/product?${click}`);
    expect(headers.get("cache-control")).toBe("no-cache, no-store, must-revalidate");
  });

  test.each<[string, string, (response: Response) => Response]>([
    ["with a reason", "Fine", (response) => response.writeHead(203, "Fine", { "X-Page": "a", ETag: '"1"' })],
    [
      "without one",
      "Non-Authoritative Information",
      (response) => response.writeHead(203, undefined, { "X-Page": "a", ETag: '"1"' }),
    ],
    [
      "by an object",
      "Non-Authoritative Information",
      (response) => response.writeHead(203, { "X-Page": "a", ETag: '"1"' }),
    ],
    [
      "by a list",
      "Non-Authoritative Information",
      (response) => response.writeHead(203, ["X-Page", "a", "ETag", '"1"', "Set-Cookie", "cart=2"]),
    ],
  ])("keeps all else the page says %s", async (_how, reason, writeHead) => {
    const { url } = await aStore({}, makeApp, undefined, (_request, response) => {
      writeHead(response.cookie("cart", "2").vary("Accept-Language").set("X-Page", "b")).end("a product");
    });
    const answer = await fetch(`${url}/product?${click}`);
    const { status, statusText, headers } = answer;
    expect([status, statusText, await answer.text()]).toEqual([203, reason, "a product"]);
    expect([headers.get("vary"), headers.get("x-page"), headers.get("etag")]).toEqual(["Accept-Language", "a", '"1"']);
    const cookies = headers.getSetCookie();
    expect(cookies[0]).toMatch(/^cart=2(;|$)/);
    expect(cookies).toHaveLength(3);
  });

  test.each([
    ["before", true],
    ["after", false],
  ])("has the cookies of a session that is mounted %s it", async (_where, isBefore) => {
    const session: RequestHandler = (_request, response, next) => {
      onHead(response, () => {
        response.setHeader("Set-Cookie", [response.getHeader("Set-Cookie") ?? [], "session=1"].flat() as string[]);
      });
      next();
    };
    const { url } = await aStore({}, makeApp, isBefore ? session : undefined, (request, response) => {
      if (!isBefore) session(request, response, () => {});
      response.set("Cache-Control", "public").send("a");
    });
    const { headers, cookies } = await get(`${url}/product?${click}`);
    expect(headers.get("cache-control")).toBe("private, no-store");
    expect(cookies.map((cookie) => cookie.split("=")[0]).sort()).toEqual([
      "cashtrail_clicks",
      "session",
      "shopback_click",
    ]);
  });

  test.each([
    ["without a click", ""],
    ["with one that is kept", `?click=${RETRACK_CLICK}`],
    ["with none that counts", "?click=undefined"],
  ])("stays as cacheable as the page says %s", async (_what, query) => {
    const { url } = await aStore({}, makeApp, undefined, (_request, response) => {
      response.set({ "Cache-Control": "public, max-age=600", "CDN-Cache-Control": "max-age=900" }).send("a");
    });
    const { headers, cookies } = await get(`${url}/product${query}`, { cookie: `retrack_click=${RETRACK_CLICK}` });
    expect([headers.get("cache-control"), headers.get("cdn-cache-control"), headers.get("vary"), cookies]).toEqual([
      "public, max-age=600",
      "max-age=900",
      null,
      [],
    ]);
  });
});
