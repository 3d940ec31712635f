import { readFileSync } from "node:fs";
import { CookieJar, type DOMWindow, JSDOM, VirtualConsole } from "jsdom";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { Cashtrail } from "../../packages/client/src/index.ts";
import { stubTimers } from "../support/page-timers.ts";
import { type StubCmp, stubCmp, stubCmpQueue, type TcData } from "../support/stub-cmp.ts";

const script = readFileSync("packages/client/dist/client.js", "utf8");

const click = "1f80e399-6f55-4cef-b8b0-0f74752c1ceb";
const landing = `https://www.shop.example/p?click=${click}`;
const redirectPage = `https://www.shop.example/retrack?click=${click}&deeplink=/p`;

/** What stands in the cookies after a click was stored by a mode. */
const storedBy = (mode: string) => [`retrack_click=${click}`, `cashtrail_clicks=retrack.4102444800.${click}.${mode}`];

/** What an earlier page of the shop stored. */
const storedBefore = [
  `retrack_click=${click}; Path=/; Secure`,
  `cashtrail_clicks=retrack.4102440000.${click}.tcf; Path=/; Secure`,
];

// The cookie jar's clock, which is to agree with the page's on what has expired.
beforeEach(() => void vi.useFakeTimers({ now: new Date("2100-01-01T00:00:00.000Z"), toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

interface Visit {
  readonly url?: string;
  readonly consent: string;
  /** Further attributes of the tag, as in HTML. */
  readonly tag?: string;
  /** Scripts of the page that come before the tag. */
  readonly before?: string;
  /** Cookies of an earlier visit, as a server would set them. */
  readonly cookies?: readonly string[];
  readonly prepare?: (window: DOMWindow) => void;
}

/** Opens a page that carries the script, at midnight of the year 2100, and lets no time pass on it by itself. */
function visit({ url = landing, consent, tag = "", before = "", cookies = [], prepare = () => {} }: Visit) {
  const said: string[] = [];
  const errors: string[] = [];
  const asked: unknown[] = [];
  let navigations = 0;
  let later: (milliseconds: number) => void = () => {};
  const virtualConsole = new VirtualConsole();
  virtualConsole.on("warn", (...texts) => said.push(texts.map(String).join(" ")));
  virtualConsole.on("jsdomError", (error) => {
    // jsdom goes nowhere, but says that it was to.
    if (error.message.includes("navigation to another Document")) navigations += 1;
    else errors.push(error.message);
  });
  const cookieJar = new CookieJar();
  for (const cookie of cookies) cookieJar.setCookieSync(cookie, "https://www.shop.example/");
  const page = new JSDOM(
    `<!doctype html><script>${before}</script><script data-consent="${consent}" ${tag}>${script}</script>`,
    {
      url,
      runScripts: "dangerously",
      virtualConsole,
      cookieJar,
      beforeParse(window) {
        const { Date: RealDate } = window;
        window.Date = class extends RealDate {
          constructor(...given: [string]) {
            super(...(given.length > 0 ? given : (["2100-01-01T00:00:00.000Z"] as [string])));
          }
          static override now() {
            return RealDate.parse("2100-01-01T00:00:00.000Z");
          }
        } as DateConstructor;
        Object.assign(window, {
          fetch: (...request: unknown[]) => {
            asked.push(request);
            return Promise.resolve();
          },
        });
        later = stubTimers(window);
        prepare(window);
      },
    },
  );
  const { window } = page;
  onTestFinished(() => window.close());
  return {
    window,
    said,
    errors,
    asked,
    later,
    cashtrail: window.cashtrail as Cashtrail,
    cmp: window.cmp as StubCmp,
    gtag: window.gtag as (...command: unknown[]) => void,
    navigations: () => navigations,
    cookies: (address = "https://www.shop.example/") =>
      cookieJar.getCookiesSync(address).map((cookie) => cookie.cookieString()),
    deleteCookies: () => cookieJar.removeAllCookiesSync(),
  };
}

const prerendering = ({ document }: DOMWindow) =>
  Object.defineProperty(document, "prerendering", { value: true, configurable: true });

const activate = ({ document, Event }: DOMWindow) => {
  Object.defineProperty(document, "prerendering", { value: false });
  document.dispatchEvent(new Event("prerenderingchange"));
};

const agreed: TcData = { eventStatus: "useractioncomplete", gdprApplies: true, purpose: { consents: { 1: true } } };
const refused: TcData = { eventStatus: "useractioncomplete", gdprApplies: true, purpose: { consents: { 1: false } } };
const remembered: TcData = { eventStatus: "tcloaded", gdprApplies: true, purpose: { consents: { 1: true } } };
const loading: TcData = {};
const choosing: TcData = { eventStatus: "cmpuishown", gdprApplies: true, purpose: { consents: {} } };

const gtag = `
window.dataLayer = window.dataLayer || [];
function gtag() { dataLayer.push(arguments); }
`;

describe("a mode of consent that is none of the five", () => {
  test.each([
    "",
    "Exempt",
    "exempt tcf",
    "exempt:always",
    "none",
    "true",
    "tcf:755",
    "google:ad_storage",
    "manual:x",
    "cookie",
    "cookie:",
    "cookie:consent",
    "cookies:consent=yes",
  ])("is warned of once and stores nothing, whatever is granted: %j", (consent) => {
    const { cookies, cashtrail, said, errors, later } = visit({
      consent,
      before: `${stubCmp} cmp.load(${JSON.stringify(agreed)}); ${gtag} gtag("consent", "update", { ad_storage: "granted" });`,
      cookies: ["consent=yes; Path=/; Secure"],
    });
    later(500);
    cashtrail.grant();
    later(500);
    expect(cookies()).toEqual(["consent=yes"]);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(consent);
    expect(errors).toEqual([]);
  });

  test("stores nothing where there is no cookie at all", () => {
    const { cookies, later } = visit({ consent: "cookie:" });
    later(500);
    expect(cookies()).toEqual([]);
  });

  test("still leads on from the redirect page", () => {
    const { cookies, navigations } = visit({ url: redirectPage, consent: "yes" });
    expect(navigations()).toBe(1);
    expect(cookies()).toEqual([]);
  });
});

describe("while consent is not known, the redirect page", () => {
  test.each([
    ["tcf", ""],
    ["tcf", stubCmpQueue],
    ["tcf", `${stubCmp} cmp.load();`],
    ["tcf", `${stubCmp} cmp.load(${JSON.stringify(choosing)});`],
    ["google", ""],
    ["google", `${gtag} gtag("consent", "default", { ad_storage: "denied", wait_for_update: 500 });`],
    ["cookie:consent=yes", ""],
    ["manual", ""],
  ])("leads on at once and stores nothing: %s with %j", (consent, before) => {
    const { cookies, navigations, later, asked, said } = visit({
      url: redirectPage,
      consent,
      before,
      tag: 'data-collector="/cashtrail"',
    });
    expect(navigations()).toBe(1);
    later(5000);
    expect(navigations()).toBe(1);
    expect(cookies()).toEqual([]);
    expect(asked).toEqual([]);
    expect(said).toEqual([]);
  });
});

describe("where consent is known already, the redirect page", () => {
  test.each([
    ["tcf", `${stubCmp} cmp.load(${JSON.stringify(remembered)});`, "tcf", []],
    ["google", `${gtag} gtag("consent", "update", { ad_storage: "granted" });`, "google", []],
    ["cookie:consent=yes", "", "cookie", ["consent=yes; Path=/; Secure"]],
  ])("stores the click and leads on: %s", (consent, before, mode, cookies) => {
    const page = visit({ url: redirectPage, consent, before, cookies });
    expect(page.cookies().filter((cookie) => cookie !== "consent=yes")).toEqual(storedBy(mode));
    expect(page.navigations()).toBe(1);
  });

  test("leads on where it was refused", () => {
    const { cookies, navigations } = visit({
      url: redirectPage,
      consent: "tcf",
      before: `${stubCmp} cmp.load(${JSON.stringify(refused)});`,
    });
    expect(navigations()).toBe(1);
    expect(cookies()).toEqual([]);
  });
});

describe("TCF", () => {
  test.each<[string, TcData]>([
    ["the shopper agrees", agreed],
    ["the shopper agreed on an earlier page", remembered],
    ["the GDPR does not apply", { eventStatus: "tcloaded", gdprApplies: false }],
    ["the GDPR does not apply, whatever the purposes are", { ...refused, gdprApplies: false }],
  ])("stores the click where %s, told while the script registers or later", (_, data) => {
    const atOnce = visit({ consent: "tcf", before: `${stubCmp} cmp.load(${JSON.stringify(data)});` });
    atOnce.later(500);
    expect(atOnce.cookies()).toEqual(storedBy("tcf"));

    const later = visit({ consent: "tcf", before: `${stubCmp} cmp.load();` });
    later.later(500);
    expect(later.cookies()).toEqual([]);
    later.cmp.say(data);
    later.later(500);
    expect(later.cookies()).toEqual(storedBy("tcf"));
    expect([...atOnce.said, ...later.said, ...atOnce.errors, ...later.errors]).toEqual([]);
  });

  test("stores the click before any time passes where the consent manager answers while the script registers", () => {
    const { cookies } = visit({ consent: "tcf", before: `${stubCmp} cmp.load(${JSON.stringify(remembered)});` });
    expect(cookies()).toEqual(storedBy("tcf"));
  });

  test.each<[string, TcData]>([
    ["the consent manager is still loading", { gdprApplies: true, purpose: { consents: { 1: true } } }],
    ["it is still loading, and the GDPR seems not to apply", { gdprApplies: false }],
    ["the shopper is still choosing", { ...agreed, eventStatus: "cmpuishown" }],
    ["the event has another name", { ...agreed, eventStatus: "tcloaded2" }],
    ["nobody knows whether the GDPR applies", { eventStatus: "tcloaded", purpose: { consents: { 1: true } } }],
    ["purpose 1 is refused", refused],
    ["purpose 1 was refused on an earlier page", { ...refused, eventStatus: "tcloaded" }],
    ["there are no purposes", { eventStatus: "useractioncomplete", gdprApplies: true }],
    ["the purposes have no consents", { eventStatus: "tcloaded", gdprApplies: true, purpose: {} }],
    ["the consents are empty", { eventStatus: "tcloaded", gdprApplies: true, purpose: { consents: {} } }],
    ["others than purpose 1 are agreed to", { ...agreed, purpose: { consents: { 2: true, 10: true, 11: true } } }],
    ["there is a legitimate interest only", { ...agreed, purpose: { consents: {}, legitimateInterests: { 1: true } } }],
    ["there is consent to a vendor only", { ...refused, vendor: { consents: { 1: true } } }],
  ])("stores nothing where %s", (_, data) => {
    const atOnce = visit({ consent: "tcf", before: `${stubCmp} cmp.load(${JSON.stringify(data)});` });
    atOnce.later(5000);
    const later = visit({ consent: "tcf", before: `${stubCmp} cmp.load();` });
    later.cmp.say(data);
    later.later(5000);
    expect([...atOnce.cookies(), ...later.cookies()]).toEqual([]);
    expect([...atOnce.said, ...later.said, ...atOnce.errors, ...later.errors]).toEqual([]);
  });

  const undecided: TcData = { eventStatus: "tcloaded", purpose: { consents: { 1: true } } };

  test.each<[string, readonly TcData[], boolean]>([
    ["loading, choosing, agreed", [loading, choosing, agreed], true],
    ["loading, choosing, refused", [loading, choosing, refused], false],
    ["choosing, choosing again, agreed", [choosing, choosing, agreed], true],
    ["undecided, then agreed", [undecided, remembered], true],
    ["undecided, then refused", [undecided, refused], false],
    ["remembered, dialog opened again", [remembered, { ...choosing, purpose: { consents: { 1: true } } }], true],
    ["agreed, then refused", [agreed, choosing, refused], false],
    ["agreed, then without any purpose", [agreed, { ...agreed, purpose: { consents: {} } }], false],
    ["refused, then agreed", [refused, choosing, agreed], true],
    ["agreed, refused, agreed", [agreed, refused, agreed], true],
    ["refused, agreed, refused", [refused, agreed, refused], false],
  ])("goes by the last answer, however close they come: %s", (_, events, stored) => {
    for (const pause of [0, 500]) {
      const { cmp, cookies, later, errors } = visit({ consent: "tcf", before: `${stubCmp} cmp.load();` });
      for (const event of events) {
        cmp.say(event);
        later(pause);
      }
      later(500);
      expect(cookies()).toEqual(stored ? storedBy("tcf") : []);
      expect(errors).toEqual([]);
    }
  });

  test("an answer that failed is none, and no error of the page", () => {
    const { cmp, cookies, later, errors, said } = visit({ consent: "tcf", before: `${stubCmp} cmp.load();` });
    expect(() => cmp.say(null, false)).not.toThrow();
    cmp.say(agreed, false);
    later(500);
    expect(cookies()).toEqual([]);
    cmp.say(agreed);
    later(500);
    expect(cookies()).toEqual(storedBy("tcf"));
    expect([...errors, ...said]).toEqual([]);
  });

  test("stores the click as soon as the shopper agrees, who may leave at once", () => {
    const { cmp, cookies } = visit({ consent: "tcf", before: `${stubCmp} cmp.load();` });
    cmp.say(choosing);
    expect(cookies()).toEqual([]);
    cmp.say(agreed);
    expect(cookies()).toEqual(storedBy("tcf"));
    cmp.say(refused);
    expect(cookies()).toEqual([]);
  });

  test("waits for a consent manager that comes after the script", () => {
    const { window, cookies, later } = visit({ consent: "tcf" });
    later(2000);
    window.eval(stubCmp);
    (window.cmp as StubCmp).load(remembered);
    later(500);
    expect(cookies()).toEqual(storedBy("tcf"));
  });

  test("waits for a consent manager whose stub queues the question", () => {
    const { cmp, cookies, later, errors } = visit({ consent: "tcf", before: stubCmpQueue + stubCmp });
    later(2000);
    cmp.load();
    later(500);
    expect(cookies()).toEqual([]);
    cmp.say(agreed);
    later(500);
    expect(cookies()).toEqual(storedBy("tcf"));
    expect(errors).toEqual([]);
  });

  test("registers once, however long the shopper takes", () => {
    const { cmp, later } = visit({ consent: "tcf", before: stubCmpQueue + stubCmp });
    later(5000);
    cmp.load();
    later(5000);
    cmp.say(choosing);
    later(5000);
    expect(cmp.listening()).toBe(1);
  });

  test("stores nothing, and says nothing, where no consent manager ever comes", () => {
    const { cookies, later, errors, said } = visit({ consent: "tcf" });
    later(3_600_000);
    expect([...cookies(), ...errors, ...said]).toEqual([]);
  });

  test("a consent manager that throws is no error of the page, and no consent", () => {
    const { cookies, later, errors, said } = visit({
      consent: "tcf",
      before: "window.__tcfapi = () => { throw new Error('no TCF here'); };",
    });
    later(500);
    expect(cookies()).toEqual([]);
    expect(errors).toEqual([]);
    expect(said[0]).toBe("cashtrail: Error: no TCF here");
  });

  test("a consent manager that throws once is asked again, and said so of once", () => {
    const { cookies, later, said } = visit({
      consent: "tcf",
      before: `let asked = 0; window.__tcfapi = (command, version, callback) => {
        if (asked++ < 3) throw new Error("too early");
        callback(${JSON.stringify(agreed)}, true);
      };`,
    });
    later(1000);
    expect(cookies()).toEqual([]);
    later(1000);
    expect(cookies()).toEqual(storedBy("tcf"));
    expect(said).toEqual(["cashtrail: Error: too early"]);
  });

  test("an answer that is null is none, whatever is said of its success", () => {
    const { cmp, cookies, later, errors } = visit({ consent: "tcf", before: `${stubCmp} cmp.load();` });
    expect(() => cmp.say(null, true)).not.toThrow();
    cmp.say(agreed);
    later(500);
    expect(cookies()).toEqual(storedBy("tcf"));
    expect(errors).toEqual([]);
  });

  test("a consent manager that throws does not hold up the redirect", () => {
    const { cookies, navigations, errors } = visit({
      url: redirectPage,
      consent: "tcf",
      before: "window.__tcfapi = () => { throw new Error('no TCF here'); };",
    });
    expect(navigations()).toBe(1);
    expect([...cookies(), ...errors]).toEqual([]);
  });

  test("stores the click the page was opened with, wherever the page went meanwhile", () => {
    const { window, cmp, cookies, later } = visit({ consent: "tcf", before: `${stubCmp} cmp.load();` });
    window.history.pushState(null, "", "/checkout#pay");
    cmp.say(agreed);
    later(500);
    expect(cookies()).toEqual(storedBy("tcf"));
    expect(window.location.href).toBe("https://www.shop.example/checkout#pay");
  });
});

describe("Google Consent Mode", () => {
  const denied = 'gtag("consent", "default", { ad_storage: "denied", analytics_storage: "denied" });';
  const granted = 'gtag("consent", "default", { ad_storage: "granted" });';
  const deniedInRegion = 'gtag("consent", "default", { ad_storage: "denied", region: ["SE", "DE"] });';
  const updated = 'gtag("consent", "update", { ad_storage: "granted" });';
  const updatedToDenied = 'gtag("consent", "update", { ad_storage: "denied" });';

  test.each([
    ["an update grants", updated],
    ["a default denies and an update grants", denied + updated],
    ["a default for a region denies and an update grants", deniedInRegion + updated],
    ["a default for everybody grants", granted],
    ["the last update grants", updatedToDenied + updated],
    [
      "an update grants and a further one is of other storage",
      `${updated} gtag("consent", "update", { analytics_storage: "denied" });`,
    ],
    [
      "an update grants among further signals",
      'gtag("consent", "update", { ad_user_data: "denied", ad_storage: "granted" });',
    ],
  ])("stores the click where %s", (_, commands) => {
    const { cookies, errors, said } = visit({ consent: "google", before: gtag + commands });
    expect(cookies()).toEqual(storedBy("google"));
    expect([...errors, ...said]).toEqual([]);
  });

  test.each([
    ["no command was given", ""],
    ["the default denies", denied],
    ["the last update denies", updated + updatedToDenied],
    ["a default grants and an update denies", granted + updatedToDenied],
    ["a default grants for everybody and denies for a region", granted + deniedInRegion],
    ["a default denies for a region and grants for everybody", deniedInRegion + granted],
    ["a default grants for a region only", 'gtag("consent", "default", { ad_storage: "granted", region: ["US"] });'],
    [
      "an update is of other storage",
      `${denied} gtag("consent", "update", { analytics_storage: "granted", ad_user_data: "granted" });`,
    ],
    ["an update says nothing", `${denied} gtag("consent", "update"); gtag("consent", "update", {});`],
    ["the word is another", 'gtag("consent", "update", { ad_storage: "Granted" });'],
    ["the command is none of consent", 'gtag("event", "update", { ad_storage: "granted" });'],
    ["the command stands in an event of Tag Manager", 'dataLayer.push({ event: "consent", ad_storage: "granted" });'],
  ])("stores nothing where %s", (_, commands) => {
    const { cookies, later, errors, said } = visit({ consent: "google", before: gtag + commands });
    later(5000);
    expect([...cookies(), ...errors, ...said]).toEqual([]);
  });

  test("looks for an update again and again", () => {
    const { gtag: command, cookies, later } = visit({ consent: "google", before: gtag + denied });
    later(60_000);
    expect(cookies()).toEqual([]);
    command("consent", "update", { ad_storage: "granted" });
    later(500);
    expect(cookies()).toEqual(storedBy("google"));
  });

  test("reads a data layer that is made after the script, by whatever array", () => {
    const { window, cookies, later } = visit({ consent: "google" });
    later(1000);
    window.eval(gtag + denied);
    later(1000);
    expect(cookies()).toEqual([]);
    window.eval("dataLayer = dataLayer.slice();");
    window.eval(updated);
    later(500);
    expect(cookies()).toEqual(storedBy("google"));
  });

  test("reads past all else that pages push", () => {
    const others = `
      dataLayer.push({ event: "gtm.js", "gtm.start": 1 }, null, undefined, 0, "", "consent", 7, true, [], [null], () => {});
      dataLayer.push(document.documentElement, document, Object.create(null), ["consent", "update", null], window);
      gtag("js", new Date()); gtag("config", "G-1"); gtag("consent"); gtag();
    `;
    const before = visit({ consent: "google", before: gtag + others });
    before.later(500);
    expect(before.cookies()).toEqual([]);
    before.gtag("consent", "update", { ad_storage: "granted" });
    before.later(500);
    expect(before.cookies()).toEqual(storedBy("google"));

    const after = visit({ consent: "google", before: gtag + updated + others });
    after.later(500);
    expect(after.cookies()).toEqual(storedBy("google"));
    expect([...before.errors, ...before.said, ...after.errors, ...after.said]).toEqual([]);
  });

  test("waits on where the data layer is no array yet", () => {
    const { window, cookies, later, said, errors } = visit({
      consent: "google",
      before: "window.dataLayer = { push() {} };",
    });
    later(1000);
    window.eval(`delete window.dataLayer; ${gtag} ${updated}`);
    later(500);
    expect(cookies()).toEqual(storedBy("google"));
    expect([...said, ...errors]).toEqual([]);
  });

  test.each(["window.dataLayer = null;", "window.dataLayer = {};", 'window.dataLayer = "none";'])(
    "is not known where the data layer is none: %s",
    (before) => {
      const { cookies, later, errors, navigations } = visit({ url: redirectPage, consent: "google", before });
      later(500);
      expect(navigations()).toBe(1);
      expect([...cookies(), ...errors]).toEqual([]);
    },
  );
});

describe("the rule of a cookie", () => {
  // As the consent managers write them, and as they stand in document.cookie.
  const oneTrust = (advertising: 0 | 1) =>
    `OptanonConsent=isGpcEnabled=0&datestamp=Sun+Nov+22+2026+10%3A00%3A00+GMT%2B0100&version=202409.1.0&groups=C0001%3A1%2CC0002%3A0%2CC0004%3A${advertising}%2CC0005%3A0&AwaitingReconsent=false`;
  const cookiebot = (marketing: boolean) =>
    `CookieConsent={stamp:%27MrRQ2w==%27%2Cnecessary:true%2Cpreferences:true%2Cstatistics:true%2Cmarketing:${marketing}%2Cmethod:%27explicit%27%2Cver:1%2Cutc:1795339800000%2Cregion:%27se%27}`;
  const cookieYes = (advertisement: "yes" | "no") =>
    `cookieyes-consent=consentid:cGFzc2Vy,consent:yes,action:yes,necessary:yes,functional:no,analytics:yes,performance:no,advertisement:${advertisement}`;
  const encodedJson = (marketing: boolean) =>
    `uc_consent=%7B%22essential%22%3Atrue%2C%22marketing%22%3A${marketing}%2C%22functional%22%3Atrue%7D`;

  const oneTrustRule = "cookie:OptanonConsent=.*C0004(:|%3A)1.*";
  const cookiebotRule = "cookie:CookieConsent=.*marketing:true.*";
  const cookieYesRule = "cookie:cookieyes-consent=.*advertisement:yes.*";
  const encodedJsonRule = "cookie:uc_consent=.*%22marketing%22%3Atrue.*";

  test.each([
    ["cookie:consent=yes", "consent=yes"],
    ["cookie:consent=(yes|all)", "consent=all"],
    ["cookie:consent=\\d+", "consent=20261122"],
    ["cookie:consent=a:b", "consent=a:b"],
    ["cookie:(consent=yes|cookies=all)", "cookies=all"],
    ["cookie:consent\\.v2=yes", "consent.v2=yes"],
    [oneTrustRule, oneTrust(1)],
    [cookiebotRule, cookiebot(true)],
    [cookieYesRule, cookieYes("yes")],
    [encodedJsonRule, encodedJson(true)],
  ])("%s agrees by %s, wherever it stands among the cookies", (consent, cookie) => {
    for (const cookies of [[cookie], ["a=1", cookie], [cookie, "b=2"], ["a=1", cookie, "b=2"]]) {
      const page = visit({ consent, cookies: cookies.map((one) => `${one}; Path=/; Secure`) });
      expect(page.cookies().filter((one) => !cookies.includes(one))).toEqual(storedBy("cookie"));
      expect([...page.said, ...page.errors]).toEqual([]);
    }
  });

  test.each([
    ["cookie:consent=yes", []],
    ["cookie:consent=yes", ["consent=no"]],
    ["cookie:consent=yes", ["consent="]],
    ["cookie:consent=yes", ["consent=Yes"]],
    ["cookie:consent=yes", ["consent=yesterday"]],
    ["cookie:consent=yes", ["consent=yes-to-the-necessary"]],
    ["cookie:consent=yes", ["consent=not-yes"]],
    ["cookie:consent=yes", ["consent=%79es"]],
    ["cookie:consent=yes", ["xconsent=yes"]],
    ["cookie:consent=yes", ["consentx=yes"]],
    ["cookie:consent=yes", ["my-consent=yes"]],
    ["cookie:consent=yes", ["Consent=yes"]],
    ["cookie:consent=yes", ["note=consent=yes"]],
    ["cookie:consent=yes", ["consent=no", "other=yes"]],
    [oneTrustRule, [oneTrust(0)]],
    [oneTrustRule, ["OptanonConsent=no", "other=C0004:1"]],
    [cookiebotRule, [cookiebot(false)]],
    [cookieYesRule, [cookieYes("no")]],
    [encodedJsonRule, [encodedJson(false)]],
  ])("%s does not agree by %j", (consent, cookies) => {
    const page = visit({ consent, cookies: cookies.map((one) => `${one}; Path=/; Secure`) });
    page.later(5000);
    expect(page.cookies()).toEqual(cookies);
    expect([...page.said, ...page.errors]).toEqual([]);
  });

  test("agrees although the shopper leaves at once", () => {
    const { window, cookies } = visit({ consent: "cookie:consent=yes" });
    window.document.cookie = "consent=yes; path=/; secure";
    window.dispatchEvent(new window.PageTransitionEvent("pagehide"));
    expect(cookies()).toEqual(["consent=yes", ...storedBy("cookie")]);
  });

  test("agrees as soon as the cookie is there", () => {
    const { window, cookies, later } = visit({ consent: "cookie:consent=yes" });
    later(60_000);
    expect(cookies()).toEqual([]);
    window.document.cookie = "consent=yes; path=/; secure";
    later(500);
    expect(cookies()).toEqual(["consent=yes", ...storedBy("cookie")]);
  });

  test("that is no regular expression is warned of once and stores nothing, and the page lives", () => {
    const { cookies, later, said, errors } = visit({
      consent: "cookie:consent=(yes",
      cookies: ["consent=(yes; Path=/; Secure"],
    });
    later(5000);
    expect(cookies()).toEqual(["consent=(yes"]);
    expect(said).toEqual([expect.stringMatching(/^cashtrail: .*regular expression/i)]);
    expect(errors).toEqual([]);
  });

  test("that is no regular expression does not hold up the redirect", () => {
    const { navigations, errors } = visit({ url: redirectPage, consent: "cookie:consent=(yes" });
    expect(navigations()).toBe(1);
    expect(errors).toEqual([]);
  });
});

describe("manual consent", () => {
  test("stores the click when it is granted, and not by any time that passes", () => {
    const { cashtrail, cookies, later } = visit({ consent: "manual" });
    later(60_000);
    expect(cookies()).toEqual([]);
    cashtrail.grant();
    expect(cookies()).toEqual(storedBy("manual"));
  });

  test("granted twice is stored once, and told once", () => {
    const { cashtrail, cookies, asked, later } = visit({ consent: "manual", tag: 'data-collector="/cashtrail"' });
    cashtrail.grant();
    cashtrail.grant();
    later(5000);
    expect(cookies()).toEqual(storedBy("manual"));
    expect(asked).toEqual([
      [
        "https://www.shop.example/cashtrail/remember",
        { method: "POST", body: `4102444800000~retrack.4102444800.${click}.manual`, keepalive: true },
      ],
    ]);
  });

  test("granted, revoked and granted again is stored again", () => {
    const { cashtrail, cookies } = visit({ consent: "manual" });
    cashtrail.grant();
    cashtrail.revoke();
    expect(cookies()).toEqual([]);
    cashtrail.grant();
    expect(cookies()).toEqual(storedBy("manual"));
  });

  test("granted where no click arrived stores nothing", () => {
    const { cashtrail, cookies, errors } = visit({ url: "https://www.shop.example/p", consent: "manual" });
    cashtrail.grant();
    expect([...cookies(), ...errors]).toEqual([]);
  });
});

describe("revoking", () => {
  test("asks the collector once more where a click was still under way to it, and else once", async () => {
    const answers: (() => void)[] = [];
    const methods: unknown[] = [];
    const { cashtrail } = visit({
      consent: "manual",
      tag: 'data-collector="/cashtrail"',
      prepare: (window) => {
        Object.assign(window, {
          fetch: (_address: string, { method }: { method: string }) => {
            methods.push(method);
            return new Promise<void>((resolve) => answers.push(resolve));
          },
        });
      },
    });
    cashtrail.grant();
    cashtrail.revoke();
    expect(methods).toEqual(["POST", "DELETE"]);
    for (const answer of answers) answer();
    await Promise.resolve();
    expect(methods).toEqual(["POST", "DELETE", "DELETE"]);
    cashtrail.grant();
    answers.at(-1)?.();
    await Promise.resolve();
    cashtrail.revoke();
    expect(methods).toEqual(["POST", "DELETE", "DELETE", "POST", "DELETE"]);
  });

  test("deletes the cookies of the host and of the cookie domain, and no others", () => {
    const { cashtrail, cookies } = visit({
      url: "https://www.shop.example/p",
      consent: "manual",
      tag: 'data-cookie-domain="shop.example"',
      cookies: [
        "basket=7; Path=/; Secure",
        ...storedBefore,
        "shopback_click=ABCDE12345; Path=/; Secure",
        `retrack_click=${click}; Domain=shop.example; Path=/; Secure`,
        "shopback_click=ABCDE12345; Domain=shop.example; Path=/; Secure",
        `cashtrail_clicks=retrack.4102440000.${click}.tcf; Domain=shop.example; Path=/; Secure`,
      ],
    });
    cashtrail.revoke();
    expect(cookies()).toEqual(["basket=7"]);
    expect(cookies("https://checkout.shop.example/")).toEqual([]);
  });

  test("asks the collector to delete its own", () => {
    const { cashtrail, asked } = visit({
      url: "https://www.shop.example/p",
      consent: "manual",
      tag: 'data-collector="/cashtrail"',
    });
    cashtrail.revoke();
    expect(asked).toEqual([
      ["https://www.shop.example/cashtrail/remember", expect.objectContaining({ method: "DELETE" })],
    ]);
  });

  test("asks nobody without a collector", () => {
    const { cashtrail, asked } = visit({ consent: "exempt" });
    cashtrail.revoke();
    expect(asked).toEqual([]);
  });

  test.each([
    ["exempt", "", []],
    ["manual", "", []],
    ["tcf", `${stubCmp} cmp.load(${JSON.stringify(agreed)});`, []],
    ["google", `${gtag} gtag("consent", "update", { ad_storage: "granted" });`, []],
    ["cookie:consent=yes", "", ["consent=yes"]],
  ])("holds until the shopper agrees anew: %s", (consent, before, others) => {
    const { cashtrail, cookies, later } = visit({
      consent,
      before,
      cookies: others.map((cookie) => `${cookie}; Path=/; Secure`),
    });
    if (consent === "manual") cashtrail.grant();
    expect(cookies()).toHaveLength(2 + others.length);
    cashtrail.revoke();
    expect(cookies()).toEqual(others);
    later(5000);
    expect(cookies()).toEqual(others);
  });

  test("is no error of the page where cookies may not be touched", () => {
    const { cashtrail, errors } = visit({
      consent: "exempt",
      prepare: ({ document }) =>
        Object.defineProperty(document, "cookie", {
          get() {
            throw new Error("cookies are forbidden here");
          },
          set() {
            throw new Error("cookies are forbidden here");
          },
        }),
    });
    expect(() => cashtrail.revoke()).not.toThrow();
    expect(errors).toEqual([]);
  });
});

describe("the page's address", () => {
  const policyOf = ({ document }: DOMWindow) =>
    document.querySelector("meta[name=referrer]")?.getAttribute("content") ?? undefined;

  test.each(["tcf", "google", "cookie:consent=yes", "manual", "none of these"])(
    "stays as it is while consent is not known, and is told to no next page: %s",
    (consent) => {
      const { window } = visit({ consent });
      expect([window.location.href, policyOf(window)]).toEqual([landing, "strict-origin"]);
      expect(policyOf(visit({ url: "https://www.shop.example/p", consent }).window)).toBeUndefined();
    },
  );

  test("has no click any more where the shopper refused, who may agree all the same", () => {
    const { window, cmp, cookies } = visit({ consent: "tcf", before: `${stubCmp} cmp.load();` });
    cmp.say(refused);
    expect([window.location.href, cookies()]).toEqual(["https://www.shop.example/p", []]);
    cmp.say(agreed);
    expect(cookies()).toEqual(storedBy("tcf"));
  });

  test("is told on where the click has left it already", () => {
    const page = visit({
      url: `https://www.shop.example/p?a=1&click=${click}`,
      consent: "tcf",
      before: `${stubCmp} cmp.load(${JSON.stringify(agreed)});`,
    });
    page.cmp.say(refused);
    page.later(1000);
    expect([page.window.location.href, policyOf(page.window)]).toEqual(["https://www.shop.example/p?a=1", undefined]);
  });

  test("has none where the click is stored, and tells what the store wants told", () => {
    const { window } = visit({ consent: "exempt" });
    expect([window.location.href, policyOf(window)]).toEqual(["https://www.shop.example/p", undefined]);
  });
});

describe("a later refusal", () => {
  const withdrawals: [string, string, string[], (page: ReturnType<typeof visit>) => void][] = [
    ["tcf", `${stubCmp} cmp.load(${JSON.stringify(remembered)});`, [], ({ cmp }) => cmp.say(refused)],
    [
      "google",
      `${gtag} gtag("consent", "update", { ad_storage: "granted" });`,
      [],
      ({ gtag: command }) => command("consent", "update", { ad_storage: "denied" }),
    ],
    [
      "cookie:consent=yes",
      "",
      ["consent=yes"],
      ({ window }) => {
        window.document.cookie = "consent=no; path=/; secure";
      },
    ],
  ];

  test.each(withdrawals)("deletes what this page stored: %s", (consent, before, others, withdraw) => {
    const page = visit({
      consent,
      before,
      tag: 'data-collector="/cashtrail" data-cookie-domain="shop.example"',
      cookies: others.map((cookie) => `${cookie}; Path=/; Secure`),
    });
    page.later(1000);
    expect(page.cookies()).toHaveLength(2 + others.length);
    withdraw(page);
    page.later(500);
    expect(page.cookies().filter((cookie) => !cookie.startsWith("consent="))).toEqual([]);
    expect(page.asked).toEqual([
      ["https://www.shop.example/cashtrail/remember", expect.objectContaining({ method: "POST" })],
      ["https://www.shop.example/cashtrail/remember", expect.objectContaining({ method: "DELETE" })],
    ]);
    expect([...page.said, ...page.errors]).toEqual([]);
  });

  test.each(withdrawals)("deletes what an earlier page stored: %s", (consent, before, others, withdraw) => {
    const page = visit({
      url: "https://www.shop.example/account",
      consent,
      before,
      cookies: [...others.map((cookie) => `${cookie}; Path=/; Secure`), ...storedBefore],
    });
    page.later(1000);
    expect(page.cookies()).toHaveLength(2 + others.length);
    withdraw(page);
    page.later(500);
    expect(page.cookies().filter((cookie) => !cookie.startsWith("consent="))).toEqual([]);
  });

  test.each([
    ["tcf", `${stubCmp} cmp.load(${JSON.stringify({ ...refused, eventStatus: "tcloaded" })});`],
    ["google", `${gtag} gtag("consent", "update", { ad_storage: "denied" });`],
    ["cookie:consent=yes", 'document.cookie = "consent=no; path=/; secure";'],
  ])("made between two pages counts on the next one: %s", (consent, before) => {
    const { cookies, later } = visit({
      url: "https://www.shop.example/account",
      consent,
      before,
      cookies: storedBefore,
    });
    later(500);
    expect(cookies().filter((cookie) => cookie !== "consent=no")).toEqual([]);
  });

  test.each(withdrawals.filter(([consent]) => consent !== "tcf"))(
    "counts although the shopper leaves at once: %s",
    (consent, before, others, withdraw) => {
      const page = visit({ consent, before, cookies: others.map((cookie) => `${cookie}; Path=/; Secure`) });
      expect(page.cookies()).toHaveLength(2 + others.length);
      withdraw(page);
      page.window.dispatchEvent(new page.window.PageTransitionEvent("pagehide"));
      expect(page.cookies().filter((cookie) => !cookie.startsWith("consent="))).toEqual([]);
    },
  );

  test.each([
    ["tcf", "no consent manager yet", ""],
    ["tcf", "a stub that queues", stubCmpQueue],
    ["tcf", "a consent manager that is loading", `${stubCmp} cmp.load();`],
    ["tcf", "a dialog that is open", `${stubCmp} cmp.load(${JSON.stringify(choosing)});`],
    ["google", "no data layer yet", ""],
    ["google", "a default that awaits its update", `${gtag} gtag("consent", "default", { ad_storage: "denied" });`],
    ["manual", "a shopper not asked on this page", ""],
    ["cookie:consent=yes", "a cookie that is gone, which browsers see to", ""],
  ])("is not what it is while the answer is not known: %s with %s", (consent, _, before) => {
    const { cookies, later, asked } = visit({
      url: "https://www.shop.example/account",
      consent,
      before,
      tag: 'data-collector="/cashtrail"',
      cookies: storedBefore,
    });
    later(60_000);
    expect(cookies()).toHaveLength(2);
    expect(asked).toEqual([]);
  });

  test.each(withdrawals)(
    "asks the collector once where the cookies are hidden from the page: %s",
    (consent, before, others, withdraw) => {
      const page = visit({
        url: "https://www.shop.example/account",
        consent,
        before,
        tag: 'data-collector="/cashtrail"',
        cookies: [
          ...others.map((cookie) => `${cookie}; Path=/; Secure`),
          ...storedBefore.map((cookie) => `${cookie}; HttpOnly`),
        ],
      });
      page.later(1000);
      expect(page.asked).toEqual([]);
      withdraw(page);
      page.later(60_000);
      expect(page.asked).toEqual([
        ["https://www.shop.example/cashtrail/remember", expect.objectContaining({ method: "DELETE" })],
      ]);
    },
  );

  test.each([
    ["tcf", `${stubCmp} cmp.load(${JSON.stringify({ ...refused, eventStatus: "tcloaded" })});`],
    [
      "google",
      `${gtag} gtag("consent", "default", { ad_storage: "denied" }); gtag("consent", "update", { ad_storage: "denied" });`,
    ],
    ["cookie:consent=yes", ""],
  ])("is none of a shopper who had refused before: no page asks the collector: %s", (consent, before) => {
    const { asked, later } = visit({ consent, before, tag: 'data-collector="/cashtrail"' });
    later(60_000);
    expect(asked).toEqual([]);
  });

  test("asks the collector nothing where nothing is stored", () => {
    const { cmp, asked, later } = visit({
      consent: "tcf",
      before: `${stubCmp} cmp.load(${JSON.stringify(refused)});`,
      tag: 'data-collector="/cashtrail"',
    });
    later(5000);
    cmp.say(refused);
    later(5000);
    expect(asked).toEqual([]);
  });

  test("asks the collector once, also where a cookie of a domain unknown to the tag stays", () => {
    const { asked, later } = visit({
      url: "https://www.shop.example/account",
      consent: "tcf",
      before: `${stubCmp} cmp.load(${JSON.stringify(refused)});`,
      tag: 'data-collector="/cashtrail"',
      cookies: [`cashtrail_clicks=retrack.4102440000.${click}.tcf; Domain=shop.example; Path=/; Secure`],
    });
    later(60_000);
    expect(asked).toEqual([
      ["https://www.shop.example/cashtrail/remember", expect.objectContaining({ method: "DELETE" })],
    ]);
  });
});

describe("two tabs that wait for consent", () => {
  const other = "102656693ac3ca6e0cdafbfe89ab99";

  test.each([
    ["the other network's, and is the last but one", `shopback.4102444700.${other}.tcf`, `shopback_click=${other}`],
    [
      "one of its own network, and is replaced already",
      "retrack.4102444700.625fae10-1eb0-11eb-adc1-0242ac120002.tcf",
      "retrack_click=625fae10-1eb0-11eb-adc1-0242ac120002",
    ],
  ])("store both clicks: the older one, written last, finds %s", (_, entry, cookie) => {
    // The page was opened 200 seconds ago, and the other tab's 100: its clock stands still until the script has run.
    const page = visit({
      consent: "manual",
      prepare: (window) => {
        const { Date: PageDate } = window;
        window.Date = class extends PageDate {
          static override now() {
            return PageDate.now() - (window.cashtrail ? 0 : 200_000);
          }
        } as DateConstructor;
      },
      cookies: [`${cookie}; Path=/; Secure`, `cashtrail_clicks=${entry}; Path=/; Secure`],
    });
    page.cashtrail.grant();
    const stored = page.cookies();
    expect(stored).toContain(`cashtrail_clicks=${entry}~retrack.4102444600.${click}.manual`);
    expect(stored).toContain(cookie);
    expect(stored.includes(`retrack_click=${click}`)).toBe(cookie.startsWith("shopback"));
  });
});

describe("a click that is stored", () => {
  test.each([
    ["tcf", `${stubCmp} cmp.load(${JSON.stringify(agreed)});`, []],
    ["google", `${gtag} gtag("consent", "update", { ad_storage: "granted" });`, []],
    ["cookie:consent=yes", "", ["consent=yes; Path=/; Secure"]],
  ])("is told once and stored once, also where another tab deletes it: %s", (consent, before, cookies) => {
    const page = visit({ consent, before, cookies, tag: 'data-collector="/cashtrail"' });
    page.later(5000);
    expect(page.asked).toHaveLength(1);
    page.deleteCookies();
    if (consent.startsWith("cookie")) page.window.document.cookie = "consent=yes; path=/; secure";
    page.later(5000);
    expect(page.cookies().filter((cookie) => cookie !== "consent=yes")).toEqual([]);
    expect(page.asked).toHaveLength(1);
  });

  test("is not stored anew when the page comes back out of the back/forward cache", () => {
    const { window, cookies, deleteCookies, later } = visit({ consent: "exempt" });
    expect(cookies()).toEqual(storedBy("exempt"));
    deleteCookies();
    for (const type of ["pagehide", "pageshow"])
      window.dispatchEvent(new window.PageTransitionEvent(type, { persisted: true }));
    later(5000);
    expect(cookies()).toEqual([]);
  });

  test.each([
    [`#click=${click}`, "#"],
    [`#reviews&click=${click}`, "#reviews"],
    [`#/route?x=1&click=${click}`, "#/route?x=1"],
  ])("leaves the address once there is consent, and nothing else does: %s", (fragment, left) => {
    const { window, cmp, cookies, later } = visit({
      url: `https://www.shop.example/p?a=1${fragment}`,
      consent: "tcf",
      before: `${stubCmp} cmp.load();`,
    });
    window.history.replaceState({ scroll: 7 }, "");
    later(5000);
    expect(window.location.hash).toBe(fragment);
    cmp.say(agreed);
    later(500);
    expect(cookies()).toEqual(storedBy("tcf"));
    expect(window.location.href.replace(/#$/, "")).toBe(`https://www.shop.example/p?a=1${left}`.replace(/#$/, ""));
    expect(window.history.state).toEqual({ scroll: 7 });
    expect(window.history.length).toBe(1);
  });

  test("takes the clicks of both networks out of the address", () => {
    const { window, cashtrail, cookies } = visit({
      url: `https://www.shop.example/p#click=${click}&transaction_id=102656693ac3ca6e0cdafbfe89ab99`,
      consent: "manual",
    });
    cashtrail.grant();
    expect(window.location.href).toBe("https://www.shop.example/p");
    expect(cookies()).toContain("shopback_click=102656693ac3ca6e0cdafbfe89ab99");
    expect(cookies()).toContain(`retrack_click=${click}`);
  });
});

describe("a page that is prerendered", () => {
  test.each([
    ["tcf", `${stubCmp} cmp.load(${JSON.stringify(agreed)});`, []],
    ["google", `${gtag} gtag("consent", "update", { ad_storage: "granted" });`, []],
    ["cookie:consent=yes", "", ["consent=yes"]],
  ])("stores nothing until it is shown, and the click then: %s", (consent, before, others) => {
    const { window, cookies, later } = visit({
      consent,
      before,
      cookies: others.map((cookie) => `${cookie}; Path=/; Secure`),
      prepare: prerendering,
    });
    later(5000);
    expect(cookies()).toEqual(others);
    activate(window);
    later(500);
    expect(cookies()).toHaveLength(2 + others.length);
  });

  test("deletes nothing until it is shown", () => {
    const { window, cookies, later } = visit({
      url: "https://www.shop.example/account",
      consent: "tcf",
      before: `${stubCmp} cmp.load(${JSON.stringify(refused)});`,
      cookies: storedBefore,
      prepare: prerendering,
    });
    later(5000);
    expect(cookies()).toHaveLength(2);
    activate(window);
    later(500);
    expect(cookies()).toEqual([]);
  });

  test("stores one click and tells of it once where it was granted twice before it is shown", () => {
    const { window, cashtrail, cookies, asked } = visit({
      consent: "manual",
      tag: 'data-collector="/cashtrail"',
      prepare: prerendering,
    });
    cashtrail.grant();
    cashtrail.grant();
    expect([...cookies(), ...asked]).toEqual([]);
    activate(window);
    expect(cookies()).toEqual(storedBy("manual"));
    expect(asked).toHaveLength(1);
  });

  test("stores nothing where the grant was revoked before it is shown", () => {
    const { window, cashtrail, cookies, later } = visit({ consent: "manual", prepare: prerendering });
    cashtrail.grant();
    cashtrail.revoke();
    activate(window);
    later(500);
    expect(cookies()).toEqual([]);
  });

  test("leads on once it is shown, without consent too", () => {
    const { window, navigations, cookies } = visit({ url: redirectPage, consent: "tcf", prepare: prerendering });
    expect(navigations()).toBe(0);
    activate(window);
    expect(navigations()).toBe(1);
    expect(cookies()).toEqual([]);
  });
});
