import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { html, type ServedPages, servePages } from "../support/served-pages.ts";
import { stubCmp, stubCmpQueue } from "../support/stub-cmp.ts";

const shop = "https://www.shop.example";
const click = "1f80e399-6f55-4cef-b8b0-0f74752c1ceb";

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
  await page.clock.install();
});

afterEach(() => context.close());

interface Mode {
  readonly consent: string;
  /** The word that is kept with the click. */
  readonly word: string;
  /** What a page has before the tag, whoever has answered. */
  readonly before: string;
  /** What the page does when the shopper agrees, and when the shopper agrees no more. */
  readonly agree: string;
  readonly refuse: string;
  /** What a page has before the tag where the shopper has agreed already. */
  readonly agreed: string;
}

const modes: readonly Mode[] = [
  {
    consent: "tcf",
    word: "tcf",
    before: `${stubCmpQueue} ${stubCmp}`,
    agree: `cmp.load({ eventStatus: "useractioncomplete", gdprApplies: true, purpose: { consents: { 1: true } } })`,
    refuse: `cmp.say({ eventStatus: "useractioncomplete", gdprApplies: true, purpose: { consents: { 1: false } } })`,
    agreed: `${stubCmp} cmp.load({ eventStatus: "tcloaded", gdprApplies: true, purpose: { consents: { 1: true } } });`,
  },
  {
    consent: "google",
    word: "google",
    before: `
      dataLayer = [{ event: "gtm.js" }];
      function gtag() { dataLayer.push(arguments); }
      gtag("consent", "default", { ad_storage: "denied" });`,
    agree: `gtag("consent", "update", { ad_storage: "granted" })`,
    refuse: `gtag("consent", "update", { ad_storage: "denied" })`,
    agreed: `dataLayer = []; (function () { dataLayer.push(arguments); })("consent", "update", { ad_storage: "granted" });`,
  },
  {
    consent: "cookie:CookieConsent=.*marketing:true.*",
    word: "cookie",
    before: "",
    agree: `document.cookie = "CookieConsent={stamp:%27x%27%2Cmarketing:true%2Cver:1}; path=/; secure"`,
    refuse: `document.cookie = "CookieConsent={stamp:%27x%27%2Cmarketing:false%2Cver:1}; path=/; secure"`,
    agreed: `document.cookie = "CookieConsent={stamp:%27x%27%2Cmarketing:true%2Cver:1}; path=/; secure";`,
  },
  {
    consent: "manual",
    word: "manual",
    before: "",
    agree: "cashtrail.grant()",
    refuse: "cashtrail.revoke()",
    agreed: "",
  },
];

const tag = (consent: string, attributes = "") =>
  `<script src="/client.js" data-consent="${consent}" ${attributes}></script>`;

/** The shop's cookies in the browser, but for a consent manager's. */
const cookies = async () => (await context.cookies(shop)).filter(({ name }) => name !== "CookieConsent");

const stored = (word: string) => [
  expect.objectContaining({ name: "retrack_click", value: click, domain: "www.shop.example", secure: true }),
  expect.objectContaining({
    name: "cashtrail_clicks",
    value: expect.stringMatching(new RegExp(`^retrack\\.\\d{10}\\.${click}\\.${word}$`)),
  }),
];

/** What the shop was asked for, but for the script and the icon. */
const asked = () =>
  pages.received.map(({ address }) => address).filter((address) => !/\/(client\.js|favicon\.ico)$/.test(address));

describe.each(modes)("consent by $consent", ({ consent, word, before, agree, refuse, agreed }) => {
  test("is not waited for: the click travels on, is stored once the shopper agrees, and leaves the address", async () => {
    pages.answers = {
      "network.example/offer": html(
        `<a href="${shop}/retrack?click=${click}&deeplink=%2Fp%3Fa%3D1%23reviews">go to the shop</a>`,
      ),
      "www.shop.example/retrack": html(`<script>${before}</script>${tag(consent)}`),
      "www.shop.example/p": html(`<script>history.replaceState({ scroll: 7 }, ""); ${before}</script>${tag(consent)}`),
    };
    await page.goto("https://network.example/offer");
    await page.click("a");
    await page.waitForURL(`${shop}/p?a=1#reviews&click=${click}`);
    await page.clock.runFor(5000);
    expect(await cookies()).toEqual([]);
    expect(page.url()).toBe(`${shop}/p?a=1#reviews&click=${click}`);
    expect(asked()).toEqual([
      "network.example/offer",
      `www.shop.example/retrack?click=${click}&deeplink=%2Fp%3Fa%3D1%23reviews`,
      "www.shop.example/p?a=1",
    ]);

    await page.evaluate(agree);
    await page.clock.runFor(500);
    const kept = await cookies();
    expect(kept).toEqual(stored(word));
    expect(page.url()).toBe(`${shop}/p?a=1#reviews`);
    expect(await page.evaluate(() => [history.length, history.state])).toEqual([
      // The new tab, the network's page, the product.
      3,
      { scroll: 7 },
    ]);

    await page.reload();
    await page.evaluate(agree);
    await page.clock.runFor(5000);
    expect(await cookies()).toEqual(kept);

    await page.goBack();
    expect(page.url()).toBe("https://network.example/offer");
  });

  test("that never comes keeps nobody from the product, and nothing is stored", async () => {
    pages.answers = {
      "www.shop.example/retrack": html(`<script>${before}</script>${tag(consent, 'data-collector="/cashtrail"')}`),
      "www.shop.example/p": html(`<script>${before}</script>${tag(consent, 'data-collector="/cashtrail"')}`),
    };
    await page.goto(`${shop}/retrack?click=${click}&deeplink=/p`);
    await page.waitForURL(`${shop}/p#click=${click}`);
    await page.clock.runFor(60_000);
    expect(await context.cookies()).toEqual([]);
    expect(await page.evaluate(() => [localStorage.length, sessionStorage.length])).toEqual([0, 0]);
    expect(asked().filter((address) => address.includes("/cashtrail"))).toEqual([]);
  });

  test("that is there on the redirect page stores the click there, and lets nothing travel", async () => {
    pages.answers = {
      "www.shop.example/retrack": html(`<script>${agreed}</script>${tag(consent)}`),
      "www.shop.example/p": html(tag(consent)),
    };
    await page.goto(`${shop}/retrack?click=${click}&deeplink=%2Fp%23reviews`);
    // Of `manual` nobody can know before the page has run.
    const travels = consent === "manual";
    await page.waitForURL(`${shop}/p#reviews${travels ? `&click=${click}` : ""}`);
    expect(await cookies()).toEqual(travels ? [] : stored(word));
  });

  test("that is withdrawn later deletes the cookies, and asks the collector to delete its own", async () => {
    pages.answers = {
      "www.shop.example/p": html(`<script>${before}</script>${tag(consent, 'data-collector="/cashtrail"')}`),
      "www.shop.example/cashtrail/remember": (response) => response.writeHead(204).end(),
    };
    await page.goto(`${shop}/p?click=${click}`);
    const told = pages.next("www.shop.example/cashtrail/remember");
    await page.evaluate(agree);
    await page.clock.runFor(500);
    expect(await told).toMatchObject({
      method: "POST",
      body: expect.stringMatching(new RegExp(`^\\d{13}~retrack\\.\\d{10}\\.${click}\\.${word}$`)),
      headers: { "sec-fetch-site": "same-origin" },
    });
    expect(await cookies()).toEqual(stored(word));

    const deleted = pages.next("www.shop.example/cashtrail/remember");
    await page.evaluate(refuse);
    await page.clock.runFor(500);
    expect(await cookies()).toEqual([]);
    expect(await deleted).toMatchObject({ method: "DELETE", headers: { "sec-fetch-site": "same-origin" } });
    await page.clock.runFor(5000);
    expect(await cookies()).toEqual([]);
  });
});

describe("the click that travels", () => {
  test.each([
    ["/p", `/p#click=${click}`, "/p"],
    ["/p?a=1&b=%C3%A5", `/p?a=1&b=%C3%A5#click=${click}`, "/p?a=1&b=%C3%A5"],
    ["/p#reviews", `/p#reviews&click=${click}`, "/p#reviews"],
    ["/#/route", `/#/route&click=${click}`, "/#/route"],
    ["/#/route?size=m&sort=price", `/#/route?size=m&sort=price&click=${click}`, "/#/route?size=m&sort=price"],
  ])("is added to %s, and taken out of it again", async (deepLink, arrives, left) => {
    pages.answers = {
      "www.shop.example/retrack": html(tag("manual")),
      "www.shop.example/p": html(tag("manual")),
      "www.shop.example/": html(tag("manual")),
    };
    await page.goto(`${shop}/retrack?click=${click}&deeplink=${encodeURIComponent(deepLink)}`);
    await page.waitForURL((url) => url.pathname !== "/retrack");
    expect(page.url()).toBe(shop + arrives);
    await page.evaluate("cashtrail.grant()");
    expect(await cookies()).toEqual(stored("manual"));
    expect(page.url()).toBe(shop + left);
  });

  test("leaves an address alone that the page has changed meanwhile", async () => {
    pages.answers = { "www.shop.example/": html(tag("manual")) };
    await page.goto(`${shop}/#/route&click=${click}`);
    await page.evaluate(() => {
      location.hash = "#/checkout";
    });
    await page.evaluate("cashtrail.grant()");
    expect(await cookies()).toEqual(stored("manual"));
    expect(page.url()).toBe(`${shop}/#/checkout`);
  });

  test("reaches no server and no referrer before the shopper agrees", async () => {
    pages.answers = {
      "www.shop.example/retrack": html(tag("tcf", 'data-collector="/cashtrail"')),
      "www.shop.example/p": html(`${tag("tcf", 'data-collector="/cashtrail"')}<a href="/basket">to the basket</a>`),
      "www.shop.example/basket": html("the basket"),
    };
    await page.goto(`${shop}/retrack?click=${click}&deeplink=/p`);
    await page.waitForURL(`${shop}/p#click=${click}`);
    await page.click("a");
    await page.waitForURL(`${shop}/basket`);
    expect(await page.evaluate(() => document.referrer)).toBe(`${shop}/p`);
    const [arrival, ...others] = pages.received.filter(({ address }) => !address.endsWith("/client.js"));
    expect(arrival?.address).toContain(click);
    expect(JSON.stringify(others)).not.toContain(click);
  });
});
