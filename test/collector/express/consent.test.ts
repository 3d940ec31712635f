import type { Request } from "express";
import { describe, expect, test } from "vitest";
import type { CollectorOptions } from "../../../packages/collector/src/index.ts";
import { serve } from "../../support/collector-server.ts";
import { aCollector, aStore, get, majors, RETRACK_CLICK, SECONDS, SHOPBACK_CLICK, undated } from "./a-store.ts";

type Consent = NonNullable<CollectorOptions["consent"]>;

const landing = `/retrack?click=${RETRACK_CLICK}&deeplink=%2Fsome-product`;
const kept = `retrack_click=${RETRACK_CLICK}; cashtrail_clicks=retrack.${SECONDS - 60}.${RETRACK_CLICK}.cookie`;
const ended = "Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; SameSite=Lax";

const agrees = ({ headers }: Request) => headers.cookie?.includes("consent=yes") === true;
const fails = () => {
  throw new Error(`nobody to ask about ${RETRACK_CLICK}`);
};
const answersLater = (() => Promise.reject(new Error("no"))) as unknown as () => boolean;
const answersNothing = (() => undefined) as unknown as () => boolean;
const answersText = (() => "yes") as unknown as () => boolean;

describe("consent on a landing", () => {
  test.each<[string, Consent, string, string]>([
    ["exempt", "exempt", "", "exempt"],
    ["a cookie that says yes", "cookie:consent=yes", "a=b; consent=yes; c=d", "cookie"],
    ["a function that answers true", agrees, "consent=yes", "function"],
  ])("keeps the click and why: %s", async (_what, consent, cookie, reason) => {
    const { url, collector, events } = await aStore({ consent });
    const { headers, cookies } = await get(`${url}${landing}`, { cookie });
    expect(headers.get("location")).toBe("https://www.store-domain.com/some-product");
    expect(cookies[1]).toContain(`cashtrail_clicks=retrack.0${SECONDS}.${RETRACK_CLICK}.${reason};`);
    const [click] = collector.clicksOf({ headers: { cookie: cookies.map((line) => line.split(";")[0]).join("; ") } });
    expect(click).toMatchObject({ id: RETRACK_CLICK, consent: reason });
    expect(events).toEqual([]);
  });

  test.each<[string, Consent, string, string | undefined]>([
    ["only the browser knows the TCF's", "tcf", "consent=yes", undefined],
    ["only the browser knows Google's", "google", "consent=yes", undefined],
    ["only the browser knows when the page grants it", "manual", "consent=yes", undefined],
    ["there is no cookie", "cookie:consent=yes", "", undefined],
    ["a cookie says no", "cookie:consent=yes", "consent=no", undefined],
    ["another cookie says yes", "cookie:consent=yes", "consent2=yes; xconsent=yes", undefined],
    ["a cookie cannot be read", "cookie:consent=yes", "consent=%E0%A4%A", undefined],
    ["a function answers false", () => false, "", undefined],
    ["a function answers nothing", answersNothing, "", "answered neither true nor false"],
    ["a function answers a text", answersText, "", "answered neither true nor false"],
    ["a function answers a promise", answersLater, "", "answered neither true nor false"],
    ["a function throws", fails, "", "threw an error"],
  ])(
    "keeps nothing and lets the click travel on where no server and no referrer sees it: %s",
    async (_what, consent, cookie, complaint) => {
      const { url, collector, events } = await aStore({ consent });
      const { status, headers, cookies } = await get(`${url}${landing}`, { cookie });
      expect([status, headers.get("location"), cookies]).toEqual([
        302,
        `https://www.store-domain.com/some-product#click=${RETRACK_CLICK}`,
        [],
      ]);
      const page = await get(`${url}/product?click=${RETRACK_CLICK}`, { cookie });
      expect([page.status, page.cookies, page.headers.get("cache-control")]).toEqual([200, [], null]);
      await collector.stop();
      const complaints = events.map((event) => (event.type === "click-ignored" ? event.reason : event.type));
      expect(complaints).toEqual(
        complaint ? Array.from({ length: 2 }, () => `the store's consent function ${complaint}`) : [],
      );
    },
  );

  test("travels behind a deep link's own fragment", async () => {
    const { url } = await aStore({ consent: "manual" });
    const { headers } = await get(`${url}/retrack?click=${RETRACK_CLICK}&deeplink=%2Fp%23reviews`);
    expect(headers.get("location")).toBe(`https://www.store-domain.com/p#reviews&click=${RETRACK_CLICK}`);
  });

  test.each([
    ["%2Fp%23%3A~%3Atext%3Dplain", "/p#CLICK:~:text=plain"],
    ["%2Fp%23reviews%3A~%3Atext%3Dplain", "/p#reviews&CLICK:~:text=plain"],
    ["%2Fp%3Fa%3D%3A~%3A", "/p?a=:~:#CLICK"],
    ["%2Fp%23", "/p#CLICK"],
  ])("travels before a text directive, which no script is shown: %s", async (link, location) => {
    const { url } = await aStore({ consent: "manual" });
    const { headers } = await get(`${url}/retrack?click=${RETRACK_CLICK}&deeplink=${link}`);
    expect(headers.get("location")).toBe(
      `https://www.store-domain.com${location.replace("CLICK", `click=${RETRACK_CLICK}`)}`,
    );
  });

  test("travels with utm_source where its id is believed beside that only", async () => {
    const { url } = await aStore({ consent: "manual" });
    const locationOf = async (id: string) =>
      (await get(`${url}/retrack?transaction_id=${id}&utm_source=shopback&deeplink=%2Fp`)).headers.get("location");
    expect(await locationOf("ABCDEFGHIJKL")).toBe(
      "https://www.store-domain.com/p#transaction_id=ABCDEFGHIJKL&utm_source=shopback",
    );
    expect(await locationOf(SHOPBACK_CLICK)).toBe(`https://www.store-domain.com/p#transaction_id=${SHOPBACK_CLICK}`);
  });

  test.each(majors)(
    "is asked again where a session came between remember and redirect, on %s",
    async (_name, makeApp) => {
      const consent = (request: Request & { session?: { agrees: boolean } }) => request.session?.agrees as boolean;
      const { collector, events } = aCollector({ consent });
      const url = await serve((app) => {
        app.use(collector.remember);
        app.use((request, _response, next) => {
          Object.assign(request, { session: { agrees: request.headers.cookie === "consent=yes" } });
          next();
        });
        app.use(collector.remember);
        app.get("/retrack", collector.redirect);
      }, makeApp);
      const agreed = await get(`${url}${landing}`, { cookie: "consent=yes" });
      expect(agreed.cookies.map((line) => line.split("=")[0])).toEqual(["retrack_click", "cashtrail_clicks"]);
      expect(agreed.headers.get("location")).toBe("https://www.store-domain.com/some-product");
      const refused = await get(`${url}${landing}`, { cookie: "consent=no" });
      expect(refused.cookies).toEqual([]);
      expect(refused.headers.get("location")).toBe(`https://www.store-domain.com/some-product#click=${RETRACK_CLICK}`);
      // Said once of each request, by the first that asked.
      expect(events.map((event) => event.type === "click-ignored" && event.reason)).toEqual(
        Array.from({ length: 2 }, () => "the store's consent function answered neither true nor false"),
      );
    },
  );

  test("is not asked for on pages without a click", async () => {
    let asked = 0;
    const { url } = await aStore({
      consent: () => {
        asked += 1;
        return true;
      },
    });
    await get(`${url}/product`, { cookie: "a=b" });
    await get(`${url}/product?click=undefined`);
    expect(asked).toBe(0);
  });
});

describe.each(majors)("a shopper who agreed, on %s", (_name, makeApp) => {
  const deletions = [
    `retrack_click=; Max-Age=0; Path=/; ${ended}`,
    `retrack_click=; Max-Age=0; Domain=www.store-domain.com; Path=/; ${ended}`,
    `retrack_click=; Max-Age=0; Domain=store-domain.com; Path=/; ${ended}`,
    `shopback_click=; Max-Age=0; Path=/; ${ended}`,
    `shopback_click=; Max-Age=0; Domain=www.store-domain.com; Path=/; ${ended}`,
    `shopback_click=; Max-Age=0; Domain=store-domain.com; Path=/; ${ended}`,
    `cashtrail_clicks=; Max-Age=0; Path=/; ${ended}`,
    `cashtrail_clicks=; Max-Age=0; Domain=www.store-domain.com; Path=/; ${ended}`,
    `cashtrail_clicks=; Max-Age=0; Domain=store-domain.com; Path=/; ${ended}`,
  ];
  const host = "www.store-domain.com";

  test.each<[string, Consent, string, string]>([
    ["by a cookie", "cookie:consent=yes", "consent=no", "/product"],
    ["by a function", agrees, "consent=no", "/product"],
    ["on the redirect page", agrees, "consent=no", "/retrack"],
    ["while another click comes", agrees, "consent=no", `/product?transaction_id=${SHOPBACK_CLICK}`],
  ])(
    "and agrees no more loses the cookies of every scope on the next page: %s",
    async (_how, consent, cookie, path) => {
      const { url } = await aStore({ consent }, makeApp);
      const answer = await get(`${url}${path}`, { host, cookie: `${cookie}; ${kept}` });
      expect(answer.cookies).toEqual(deletions);
      expect(answer.headers.get("cache-control")).toMatch(/\bno-store\b/);
    },
  );

  test("and agrees no more is sent on with the next click all the same", async () => {
    const { url } = await aStore({ consent: agrees }, makeApp);
    const { headers } = await get(`${url}/retrack?transaction_id=${SHOPBACK_CLICK}`, { host, cookie: kept });
    expect(headers.get("location")).toBe(`/#transaction_id=${SHOPBACK_CLICK}`);
  });

  test.each<[string, Consent, Record<string, string>]>([
    ["the exemption needs no consent", "exempt", {}],
    ["only the browser can know of the TCF", "tcf", {}],
    ["only the browser can know of Google", "google", {}],
    ["only the page can know", "manual", {}],
    ["the cookie says yes", "cookie:consent=yes", { cookie: `consent=yes; ${kept}` }],
    ["the cookie is gone, which browsers see to", "cookie:consent=yes", { cookie: `consent2=no; ${kept}` }],
    ["the function answers true", () => true, {}],
    ["the function throws", fails, {}],
    ["the function answers nothing", answersNothing, {}],
    ["the function answers a promise", answersLater, {}],
    ["an image is asked for", () => false, { "sec-fetch-dest": "image" }],
    ["a script fetches", () => false, { "sec-fetch-dest": "empty" }],
    ["the cookies are of others", () => false, { cookie: "consent=no; xretrack_click=1" }],
  ])("keeps the cookies where %s", async (_why, consent, headers) => {
    const { url, events } = await aStore({ consent }, makeApp);
    const answer = await get(`${url}/product`, { host, cookie: kept, ...headers });
    expect([answer.cookies, answer.headers.get("cache-control"), events]).toEqual([[], null, []]);
  });

  test("and agrees no more loses them where a page of the store's says so", async () => {
    const { collector, url } = await aStore({}, makeApp, (request, response, next) => {
      if (request.path !== "/settings") return next();
      collector.revoke(request, response);
      response.send("saved");
    });
    const answer = await get(`${url}/settings`, { host, cookie: kept });
    expect([answer.body, answer.cookies]).toEqual(["saved", deletions]);
    expect(answer.headers.get("cache-control")).toBe("private, no-store");
  });

  test("and agrees no more loses a click that came with the same request", async () => {
    const { collector, url } = await aStore({}, makeApp, undefined, (request, response) => {
      collector.revoke(request, response);
      response.send("saved");
    });
    const answer = await get(`${url}/product?click=${RETRACK_CLICK}`, { host });
    expect(answer.cookies).toEqual(deletions);
  });

  test("cannot be told of to a response that is on its way", async () => {
    const { collector, url } = await aStore({}, makeApp, undefined, (request, response) => {
      response.write("a");
      expect(() => collector.revoke(request, response)).toThrow(
        "revoke: the response is on its way already, and can delete no cookie",
      );
      response.end("b");
    });
    expect((await get(`${url}/product`)).body).toBe("ab");
  });
});

describe("a shopper's answer that the script tells", () => {
  const tell = async (consent: Consent, mode: string, cookie = "") => {
    const { url, events } = await aStore({ consent });
    const body = `retrack.${SECONDS - 60}.${RETRACK_CLICK}${mode}`;
    const response = await fetch(`${url}/cashtrail/remember`, {
      method: "POST",
      body,
      headers: { "sec-fetch-site": "same-origin", cookie },
    });
    expect(response.status).toBe(204);
    const [, companion] = response.headers.getSetCookie();
    const reasons = events.map((event) => event.type === "click-ignored" && event.reason);
    return { kept: companion && /\.([a-z]*);/.exec(undated(companion))?.[1], reasons };
  };
  const mismatch = (mode: string) =>
    `the script's consent is not the collector's, ${mode}: set data-consent to the same`;

  test.each<[string, Consent, string, string, string]>([
    ["exempt, and an old script tells nothing", "exempt", "", "", "exempt"],
    ["exempt, and so it is", "exempt", ".exempt", "", "exempt"],
    ["the TCF's, and so it is", "tcf", ".tcf", "", "tcf"],
    ["Google's, and so it is", "google", ".google", "", "google"],
    ["the page's, and so it is", "manual", ".manual", "", "manual"],
    ["a cookie's, and so it is", "cookie:consent=yes", ".cookie", "consent=yes", "cookie"],
    ["a cookie's, and the script did not ask", "cookie:consent=yes", ".exempt", "consent=yes", "cookie"],
    ["a function's, and it answers true", agrees, ".manual", "consent=yes", "function"],
  ])("is kept with the click: %s", async (_what, consent, mode, cookie, reason) => {
    expect(await tell(consent, mode, cookie)).toEqual({ kept: reason, reasons: [] });
  });

  test.each<[string, Consent, string, string, string[]]>([
    ["the TCF's, and the script did not ask", "tcf", ".exempt", "", [mismatch("tcf")]],
    ["the TCF's, and the script tells nothing", "tcf", "", "", [mismatch("tcf")]],
    ["the TCF's, and the script asked Google", "tcf", ".google", "", [mismatch("tcf")]],
    ["the TCF's, and the script asked a cookie", "tcf", ".cookie", "", [mismatch("tcf")]],
    ["the page's, and the script asked the TCF", "manual", ".tcf", "", [mismatch("manual")]],
    ["Google's, and the script lies", "google", ".function", "", [mismatch("google")]],
    ["the page's, and the script did not ask", "manual", ".exempt", "consent=yes", [mismatch("manual")]],
    ["a cookie's, and it says no by now", "cookie:consent=yes", ".cookie", "consent=no", []],
    ["a cookie's, and it is not there", "cookie:consent=yes", ".cookie", "", []],
    ["a function's, and it answers false", () => false, ".manual", "", []],
    ["a function's, and it throws", fails, ".manual", "", ["the store's consent function threw an error"]],
    [
      "a function's, and it answers nothing",
      answersNothing,
      ".manual",
      "",
      ["the store's consent function answered neither true nor false"],
    ],
  ])("is not kept where it does not fit: %s", async (_what, consent, mode, cookie, reasons) => {
    expect(await tell(consent, mode, cookie)).toEqual({ kept: undefined, reasons });
  });

  test.each<[string, Consent, string]>([
    ["the TCF's", "tcf", mismatch("tcf")],
    ["a function's that throws", fails, "the store's consent function threw an error"],
  ])("is spoken of once a request, and of the collector's own networks only: %s", async (_what, consent, reason) => {
    const { url, events } = await aStore({ consent });
    const body = ["acme", "retrack", "retrackk", "retrack"].map(
      (network, index) => `${network}.${SECONDS - 60}.${index}${RETRACK_CLICK.slice(1)}.exempt`,
    );
    await fetch(`${url}/cashtrail/remember`, {
      method: "POST",
      body: body.join("~"),
      headers: { "sec-fetch-site": "same-origin" },
    });
    expect(events).toEqual([{ type: "click-ignored", network: "retrack", reason }]);
  });

  test("is kept where the collector asks nobody, which is told once of each mode", async () => {
    const { url, events } = await aStore();
    for (const mode of ["tcf", "cookie", "tcf", "exempt", "cookie"]) {
      const response = await fetch(`${url}/cashtrail/remember`, {
        method: "POST",
        body: `retrack.${SECONDS - 60}.${RETRACK_CLICK}.${mode}`,
        headers: { "sec-fetch-site": "same-origin" },
      });
      expect(response.headers.getSetCookie()[1]).toContain(`.${RETRACK_CLICK}.${mode};`);
    }
    const reason = (mode: string) =>
      `the script asks for consent by ${mode}, and the collector keeps clicks without: set consent to the same as data-consent; what the script hands over is kept`;
    expect(events).toEqual([
      { type: "click-ignored", network: "retrack", reason: reason("tcf") },
      { type: "click-ignored", network: "retrack", reason: reason("cookie") },
    ]);
  });
});
