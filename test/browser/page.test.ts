import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { landings } from "@cashtrail/client/landing";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { clicksInCookies } from "../../packages/collector/src/clicks.ts";
import { launchChromium } from "../support/chromium.ts";
import { html, type ServedPages, servePages } from "../support/served-pages.ts";

const shop = "https://www.shop.example";
const click = "1f80e399-6f55-4cef-b8b0-0f74752c1ceb";
const earlierClick = "625fae10-1eb0-11eb-adc1-0242ac120002";
const arrival = `${shop}/retrack?click=${click}&deeplink=%2Fp`;

let browser: Browser;
let pages: ServedPages;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  [browser, pages] = await Promise.all([launchChromium(), servePages()]);
});

afterAll(async () => {
  await browser?.close();
  await pages?.close();
});

beforeEach(async () => {
  pages.answers = {};
  pages.received = [];
  context = await browser.newContext({ ignoreHTTPSErrors: true, proxy: { server: `http://${pages.proxy}` } });
  page = await context.newPage();
});

afterEach(() => context.close());

const tag = (attributes = 'data-consent="exempt"') => `<script src="/client.js" ${attributes}></script>`;

const cookies = async () =>
  (await context.cookies()).map(
    ({ name, value, domain }) => `${domain} ${name}=${value.replace(/\.\d{10}\./, ".SECONDS.")}`,
  );

const storedByHost = [
  `www.shop.example retrack_click=${click}`,
  `www.shop.example cashtrail_clicks=retrack.SECONDS.${click}.exempt`,
];

/** What the pages say of errors and of policies while `act` runs. */
async function complaintsOf(act: () => Promise<unknown>): Promise<string[]> {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (/policy|trusted|integrity/i.test(message.text())) complaints.push(message.text());
  });
  await act();
  return complaints;
}

/** The router's redirect, as a collector answers it. */
const redirecting = (response: ServerResponse) => response.writeHead(302, { Location: "/p" }).end();

const ways = [
  ["at once", 'data-consent="exempt"'],
  ["before there is consent", 'data-consent="manual"'],
  ["through the collector", 'data-consent="exempt" data-collector="/cashtrail"'],
] as const;

describe.each(ways)("the redirect page, leading on %s", (_, attributes) => {
  test.each([
    ["no policy", "", /^https:\/\/www\.shop\.example\/retrack\??$/],
    ["the origin", '<meta name="referrer" content="origin">', /^https:\/\/www\.shop\.example\/$/],
    ["nothing", '<meta name="referrer" content="no-referrer">', /^$/],
  ])("leaves no click id in the next page's referrer, where the page gives %s", async (_policy, meta, wanted) => {
    pages.answers = {
      "network.example/offer": html(`<a href="${arrival}">go to the shop</a>`),
      "www.shop.example/retrack": html(meta + tag(attributes)),
      "www.shop.example/cashtrail/redirect": redirecting,
      "www.shop.example/p": html('the product <a href="/basket">to the basket</a>'),
      "www.shop.example/basket": html("the basket"),
    };
    await page.goto("https://network.example/offer");
    await page.click("a");
    await page.waitForURL((url) => url.pathname === "/p");
    expect(await page.evaluate(() => document.referrer)).toMatch(wanted);
    await page.click("a");
    await page.waitForURL(`${shop}/basket`);
    const referrers = pages.received
      .filter(({ address }) => /\/(cashtrail\/redirect|p|basket)(\?|$)/.test(address))
      .map(({ headers }) => headers.referer ?? "");
    expect(referrers.length).toBeGreaterThan(1);
    expect(referrers[0]).toMatch(wanted);
    expect(referrers.join(" ")).not.toContain(click);
  });

  test("is no step of the history: Back leads from the product to the network's page", async () => {
    pages.answers = {
      "network.example/offer": html(`<a href="${arrival}">go to the shop</a>`),
      "www.shop.example/retrack": html(tag(attributes)),
      "www.shop.example/cashtrail/redirect": redirecting,
      "www.shop.example/p": html(`<script>arrived = true</script>${tag('data-consent="manual"')}`),
    };
    await page.goto("https://network.example/offer");
    await page.click("a");
    await page.waitForURL((url) => url.pathname === "/p");
    await page.evaluate("cashtrail.grant()");
    // The new tab, the network's page, the product.
    expect(await page.evaluate(() => history.length)).toBe(3);
    await page.goBack({ waitUntil: "commit" });
    expect(page.url()).toBe("https://network.example/offer");
  });
});

describe("a page that comes back out of the back/forward cache", () => {
  /** What a page notices of it. Headless Chromium has no such cache: another tab stands for the pages in between. */
  const comeBack = () =>
    page.evaluate(() => {
      dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
      document.dispatchEvent(new Event("freeze"));
      document.dispatchEvent(new Event("resume"));
      dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
    });

  test("stores nothing anew, neither a click that is still there nor one that was revoked meanwhile", async () => {
    pages.answers = {
      "www.shop.example/p": html(tag('data-consent="cookie:consent=yes" data-collector="/cashtrail"')),
      "www.shop.example/cashtrail/remember": (response) => response.writeHead(204).end(),
    };
    await context.addCookies([{ name: "consent", value: "yes", url: shop }]);
    await page.clock.install();
    const told = pages.next("www.shop.example/cashtrail/remember");
    await page.goto(`${shop}/p?click=${click}`);
    await told;
    const before = await context.cookies();
    expect(before).toHaveLength(3);
    await comeBack();
    await page.clock.runFor(5000);
    expect(await context.cookies()).toEqual(before);

    const between = await context.newPage();
    await between.goto(`${shop}/p`);
    const revoked = pages.next("www.shop.example/cashtrail/remember");
    await between.evaluate("cashtrail.revoke()");
    await revoked;
    await comeBack();
    await page.clock.runFor(5000);
    expect(await cookies()).toEqual(["www.shop.example consent=yes"]);
    const methods = pages.received.filter(({ address }) => address.includes("/remember")).map(({ method }) => method);
    expect(methods).toEqual(["POST", "DELETE"]);
  });
});

describe("a frame", () => {
  test.each([
    ["of the same host", "www.shop.example"],
    ["of the same site", "checkout.shop.example"],
    ["of another site", "network.example"],
  ])("in a page %s stores nothing and tells nobody, whatever it is granted", async (_, host) => {
    pages.answers = {
      [`${host}/embedding`]: html(`
        <iframe name="landing" src="${shop}/p?click=${click}"></iframe>
        <iframe name="travelled" src="${shop}/asking#click=${click}"></iframe>
        <iframe name="redirect" src="${arrival}"></iframe>`),
      "www.shop.example/p": html(
        tag('data-consent="exempt" data-collector="/cashtrail" data-cookie-domain="shop.example"'),
      ),
      "www.shop.example/asking": html(tag('data-consent="manual" data-collector="/cashtrail"')),
      "www.shop.example/retrack": html(tag()),
      "www.shop.example/cashtrail/remember": (response) => response.writeHead(204).end(),
    };
    const ledOn = pages.next("www.shop.example/p");
    await page.goto(`https://${host}/embedding`);
    await ledOn;
    await page.frame("travelled")?.evaluate("cashtrail.grant()");
    await page.frame("landing")?.evaluate("cashtrail.grant()");
    expect(await cookies()).toEqual([]);
    expect(pages.received.filter(({ address }) => address.includes("/cashtrail"))).toEqual([]);
  });

  test("without an origin leads on from the redirect page", async () => {
    pages.answers = {
      "network.example/embedding": html(`<iframe sandbox="allow-scripts" src="${arrival}"></iframe>`),
      "www.shop.example/retrack": html(tag()),
      "www.shop.example/p": html("the product"),
    };
    const ledOn = pages.next("www.shop.example/p");
    const complaints = await complaintsOf(async () => {
      await page.goto("https://network.example/embedding");
      await ledOn;
    });
    expect(complaints).toEqual([]);
    expect(await cookies()).toEqual([]);
  });
});

describe("a page without cookies, whose origin is taken from it", () => {
  const sandbox = { "Content-Security-Policy": "sandbox allow-scripts" };

  test("still leads on, and the click id is in no referrer", async () => {
    pages.answers = {
      "www.shop.example/retrack": html(tag(), sandbox),
      "www.shop.example/p": html("the product"),
    };
    const arrived = pages.next("www.shop.example/p");
    const complaints = await complaintsOf(async () => {
      await page.goto(arrival, { waitUntil: "commit" });
      await page.waitForURL(`${shop}/p`);
    });
    expect((await arrived).headers.referer ?? "").not.toContain(click);
    expect(complaints).toEqual([]);
    expect(await cookies()).toEqual([]);
  });

  test.each(["exempt", "cookie:consent=yes", "manual"])("lives where a click arrives: %s", async (consent) => {
    pages.answers = { "www.shop.example/p": html(`${tag(`data-consent="${consent}"`)}the product`, sandbox) };
    const complaints = await complaintsOf(async () => {
      await page.goto(`${shop}/p?click=${click}`);
      await page.evaluate("cashtrail.grant()");
      await page.evaluate("cashtrail.revoke()");
    });
    expect(complaints).toEqual([]);
    expect(await page.textContent("body")).toContain("the product");
  });
});

describe("a page that is prerendered", () => {
  test("stores nothing and leads nowhere until it is shown", async () => {
    await page.addInitScript(() => {
      Object.defineProperty(document, "prerendering", { get: () => !("isShown" in window) });
    });
    pages.answers = {
      "www.shop.example/retrack": html(tag()),
      "www.shop.example/p": html("the product"),
    };
    await page.goto(arrival);
    expect(page.url()).toBe(arrival);
    expect(await cookies()).toEqual([]);
    await page.evaluate(() => {
      Object.assign(window, { isShown: true });
      document.dispatchEvent(new Event("prerenderingchange"));
    });
    await page.waitForURL(`${shop}/p`);
    expect(await cookies()).toEqual(storedByHost);
  });
});

describe("under a strict policy of content and trusted types", () => {
  const hash = `sha256-${createHash("sha256").update(readFileSync("packages/client/dist/client.js")).digest("base64")}`;
  const policy = (source: string) => ({
    "Content-Security-Policy": `default-src 'none'; script-src ${source}; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'`,
  });

  test.each([
    ["the shop's own scripts", "'self'", ""],
    ["scripts of this hash", `'${hash}'`, `integrity="${hash}"`],
    ["scripts of this nonce", "'nonce-b3JkZXI' 'strict-dynamic'", 'nonce="b3JkZXI"'],
  ])("that allows %s, a click is taken from the network to its consent", async (_, source, attributes) => {
    const asking = `data-consent="manual" data-collector="/cashtrail" ${attributes}`;
    pages.answers = {
      "www.shop.example/retrack": html(tag(asking), policy(source)),
      "www.shop.example/p": html(tag(asking), policy(source)),
      "www.shop.example/cashtrail/remember": (response) => response.writeHead(204).end(),
      "www.shop.example/favicon.ico": (response) => response.writeHead(204).end(),
    };
    const complaints = await complaintsOf(async () => {
      await page.goto(arrival);
      await page.waitForURL(`${shop}/p#click=${click}`);
      const told = pages.next("www.shop.example/cashtrail/remember");
      await page.evaluate("cashtrail.grant()");
      await told;
    });
    expect(page.url()).toBe(`${shop}/p`);
    expect(await cookies()).toEqual([
      `www.shop.example retrack_click=${click}`,
      `www.shop.example cashtrail_clicks=retrack.SECONDS.${click}.manual`,
    ]);
    expect(complaints.filter((complaint) => !complaint.includes("favicon"))).toEqual([]);
  });

  test("a click is led through the collector", async () => {
    pages.answers = {
      // A hash allows a file only together with its integrity.
      "www.shop.example/retrack": html(
        tag(`data-consent="exempt" data-collector="/cashtrail" integrity="${hash}"`),
        policy(`'${hash}'`),
      ),
      "www.shop.example/cashtrail/redirect": redirecting,
      "www.shop.example/p": html("the product"),
    };
    const complaints = await complaintsOf(async () => {
      await page.goto(arrival);
      await page.waitForURL(`${shop}/p`);
    });
    expect(complaints).toEqual([]);
  });

  test("of integrity that the script does not have, nothing is stored and the page's own link is left", async () => {
    const other = `sha256-${createHash("sha256").update("another script").digest("base64")}`;
    pages.answers = {
      "www.shop.example/retrack": html(`${tag(`data-consent="exempt" integrity="${other}"`)}<a href="/p">go on</a>`),
      "www.shop.example/p": html("the product"),
    };
    const complaints = await complaintsOf(() => page.goto(arrival));
    expect(complaints).toEqual([expect.stringContaining("integrity")]);
    expect(await cookies()).toEqual([]);
    await page.click("a");
    await page.waitForURL(`${shop}/p`);
  });
});

describe("the collector behind the script", () => {
  const byCollector = tag(
    'data-consent="exempt" data-collector="/cashtrail" data-deep-link-hosts="outlet.shop.example"',
  );

  test.each([
    ["/p", `${shop}/p`],
    ["p?a=1&b=2#reviews", `${shop}/p?a=1&b=2#reviews`],
    ["https://outlet.shop.example/q?x=%20", "https://outlet.shop.example/q?x=%20"],
    ["https://www.shop.example:443/../å", `${shop}/%C3%A5`],
    ["//evil.example/p", `${shop}/`],
  ])("is given the click and the absolute deep link, by a navigation and nothing else: %s", async (given, absolute) => {
    pages.answers = {
      "www.shop.example/retrack": html(byCollector),
      "www.shop.example/cashtrail/redirect": redirecting,
      "www.shop.example/p": html("the product"),
    };
    const deepLink = encodeURIComponent(given);
    await page.goto(`${shop}/retrack?lang=sv&click=${click}&deeplink=${deepLink}&deeplink=%2Fother`);
    await page.waitForURL(`${shop}/p`);
    const [redirect, ...others] = pages.received.filter(({ address }) => address.includes("/cashtrail"));
    expect(others).toEqual([]);
    expect(redirect).toMatchObject({
      method: "GET",
      headers: { "sec-fetch-dest": "document", "sec-fetch-site": "same-origin" },
    });
    const { pathname, searchParams } = new URL(`https://${redirect?.address}`);
    expect(pathname).toBe("/cashtrail/redirect");
    expect(searchParams.getAll("click")).toEqual([click]);
    expect(searchParams.getAll("deeplink")).toEqual([absolute]);
    expect(await cookies()).toEqual([]);
  });

  test.each([`/retrack?deeplink=%2Fp#click=${click}`, `/retrack?click=none&deeplink=%2Fp#click=${click}`])(
    "is given a click that came in the fragment, where the query has none: %s",
    async (address) => {
      pages.answers = {
        "www.shop.example/retrack": html(byCollector),
        "www.shop.example/cashtrail/redirect": redirecting,
        "www.shop.example/p": html("the product"),
      };
      await page.goto(shop + address);
      await page.waitForURL(`${shop}/p`);
      const [redirect] = pages.received.filter(({ address: one }) => one.includes("/cashtrail"));
      expect(new URL(`https://${redirect?.address}`).searchParams.getAll("click")).toEqual([click]);
    },
  );

  test("is told of a click although its own cookies cannot be read, and they stay until it answers", async () => {
    const own = { domain: "www.shop.example", path: "/", httpOnly: true, secure: true, sameSite: "Lax" } as const;
    await context.addCookies([
      { name: "retrack_click", value: earlierClick, ...own },
      { name: "cashtrail_clicks", value: `retrack.1700000000.${earlierClick}.exempt`, ...own },
    ]);
    const before = await context.cookies();
    let answer = (_status: number, _headers: Record<string, string[]>) => {};
    pages.answers = {
      "www.shop.example/p": html(tag('data-consent="exempt" data-collector="/cashtrail"')),
      "www.shop.example/cashtrail/remember": (response) => {
        answer = (status, headers) => response.writeHead(status, headers).end();
      },
    };
    const told = pages.next("www.shop.example/cashtrail/remember");
    await page.goto(`${shop}/p?click=${click}`);
    expect((await told).body).toMatch(new RegExp(`^\\d{13}~retrack\\.\\d{10}\\.${click}\\.exempt$`));
    expect((await told).headers.cookie).toContain(`retrack_click=${earlierClick}`);
    expect(await context.cookies()).toEqual(before);

    const answered = page.waitForResponse(`${shop}/cashtrail/remember`);
    const attributes = "Path=/; HttpOnly; Secure; SameSite=Lax";
    answer(204, {
      "Set-Cookie": [
        `retrack_click=${click}; ${attributes}`,
        `cashtrail_clicks=retrack.1700000001.${click}.exempt; ${attributes}`,
      ],
    });
    await (await answered).finished();
    expect(await cookies()).toEqual([
      `www.shop.example retrack_click=${click}`,
      `www.shop.example cashtrail_clicks=retrack.SECONDS.${click}.exempt`,
    ]);
  });
});

describe("two scopes of cookies", () => {
  const shared = tag('data-consent="exempt" data-cookie-domain="shop.example"');

  test("share a click between the subdomains, where it is no new one", async () => {
    pages.answers = { "www.shop.example/p": html(shared), "checkout.shop.example/p": html(shared) };
    await page.goto(`${shop}/p?click=${click}`);
    expect(await cookies()).toEqual([
      `.shop.example retrack_click=${click}`,
      `.shop.example cashtrail_clicks=retrack.SECONDS.${click}.exempt`,
    ]);
    const before = await context.cookies();
    await page.goto(`https://checkout.shop.example/p?click=${click}`);
    expect(await context.cookies()).toEqual(before);
  });

  test("do not let an older click of the host alone win over the new one of the domain", async () => {
    pages.answers = { "www.shop.example/old": html(tag()), "www.shop.example/p": html(shared) };
    await page.clock.install({ time: new Date("2100-01-01T11:00:00Z") });
    await page.goto(`${shop}/old?click=${earlierClick}`);
    await page.clock.setSystemTime(new Date("2100-01-01T12:00:00Z"));
    await page.goto(`${shop}/p?click=${click}`);
    await page.goto(`${shop}/checkout`);
    const header = pages.received.findLast(({ address }) => address === "www.shop.example/checkout")?.headers.cookie;
    const clicks = clicksInCookies(header, landings, new Date("2100-01-01T13:00:00Z"));
    expect(clicks.map(({ id }) => id)).toEqual([click]);
  });

  test("are both deleted where the shopper agrees no more", async () => {
    pages.answers = { "www.shop.example/old": html(tag()), "www.shop.example/p": html(shared) };
    await page.goto(`${shop}/old?click=${earlierClick}`);
    await page.goto(`${shop}/p?click=${click}`);
    expect(await cookies()).toHaveLength(4);
    await page.evaluate("cashtrail.revoke()");
    expect(await cookies()).toEqual([]);
  });
});
