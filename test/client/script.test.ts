import { readFileSync } from "node:fs";
import { CookieJar, JSDOM, VirtualConsole } from "jsdom";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Cashtrail } from "../../packages/client/src/index.ts";
import { arrivalVectors } from "../support/landing-vectors.ts";

const script = readFileSync("packages/client/dist/client.js", "utf8");

const click = "1f80e399-6f55-4cef-b8b0-0f74752c1ceb";
const transactionId = "102656693ac3ca6e0cdafbfe89ab99";

interface Visit {
  readonly url: string;
  /** The tag's attributes, as in HTML. */
  readonly tag?: string;
  /** What stands before it, in HTML. */
  readonly before?: string;
  /** Cookies of an earlier visit, as a server would set them. */
  readonly cookies?: readonly string[];
  readonly prepare?: (window: JSDOM["window"]) => void;
}

/** Opens a page that carries the script, at midnight of the year 2100. */
function visit({ url, tag = "", before = "", cookies = [], prepare = () => {} }: Visit) {
  const said: string[] = [];
  const printed: unknown[] = [];
  const errors: string[] = [];
  let navigations = 0;
  const virtualConsole = new VirtualConsole();
  virtualConsole.on("warn", (...texts) => printed.push(texts));
  virtualConsole.on("warn", (...texts) => said.push(texts.map(String).join(" ")));
  virtualConsole.on("jsdomError", (error) => {
    // jsdom goes nowhere, but says that it was to.
    if (error.message.includes("navigation to another Document")) navigations += 1;
    else errors.push(error.message);
  });
  const cookieJar = new CookieJar();
  for (const cookie of cookies) cookieJar.setCookieSync(cookie, "https://www.shop.example/");
  const page = new JSDOM(`<!doctype html>${before}<script ${tag}>${script}</script>`, {
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
      prepare(window);
    },
  });
  const { window } = page;
  onTestFinished(() => window.close());
  return {
    window,
    said,
    printed,
    errors,
    cashtrail: window.cashtrail as Cashtrail,
    navigations: () => navigations,
    cookies: () => cookieJar.getCookiesSync("https://www.shop.example/").map((cookie) => cookie.toString()),
    cookiesOf: (address: string) => cookieJar.getCookiesSync(address).map((cookie) => cookie.cookieString()),
  };
}

describe("a page where a click arrives", () => {
  test("stores exactly the click id for ten days, and beside it which click came last, and when", () => {
    const { cookies, said, errors } = visit({ url: `https://www.shop.example/p?click=${click}` });
    expect(cookies()).toEqual([
      "retrack_click=1f80e399-6f55-4cef-b8b0-0f74752c1ceb; Max-Age=864000; Path=/; Secure; SameSite=Lax",
      "cashtrail_clicks=retrack.4102444800.1f80e399-6f55-4cef-b8b0-0f74752c1ceb.exempt; Max-Age=2592000; Path=/; Secure; SameSite=Lax",
    ]);
    expect([...said, ...errors]).toEqual([]);
  });

  test("stores a ShopBack click for thirty days", () => {
    const { cookies } = visit({
      url: `https://www.shop.example/p?utm_source=shopback&transaction_id=${transactionId}`,
    });
    expect(cookies()[0]).toBe(
      "shopback_click=102656693ac3ca6e0cdafbfe89ab99; Max-Age=2592000; Path=/; Secure; SameSite=Lax",
    );
  });

  test("keeps the cookies from other hosts", () => {
    const { cookiesOf } = visit({ url: `https://www.shop.example/p?click=${click}` });
    expect(cookiesOf("https://shop.example/")).toEqual([]);
    expect(cookiesOf("https://a.www.shop.example/")).toEqual([]);
  });

  test("leads nowhere, asks nobody and takes the click, and only that, out of the address", () => {
    const asked: unknown[] = [];
    const { navigations, window } = visit({
      url: `https://www.shop.example/p?click=${click}#reviews`,
      prepare: (page) => Object.assign(page, { fetch: (...request: unknown[]) => asked.push(request) }),
    });
    expect(navigations()).toBe(0);
    expect(asked).toEqual([]);
    expect(window.location.href).toBe("https://www.shop.example/p#reviews");
    expect(window.history.length).toBe(1);
  });

  test.each(arrivalVectors)("stores well-formed click ids and no others: $what", (vector) => {
    const { window, errors } = visit({ url: `https://www.shop.example/p?${vector.query}` });
    const stored = Object.fromEntries(window.document.cookie.split("; ").map((cookie) => cookie.split("=")));
    expect(stored.retrack_click).toBe(vector.retrack);
    expect(stored.shopback_click).toBe(vector.shopback);
    expect(errors).toEqual([]);
  });

  test("tells in the companion of the last click first, and leaves the other network's click alone", () => {
    const { window } = visit({
      url: `https://www.shop.example/p?click=${click}`,
      cookies: [
        "shopback_click=ABCDE12345; Path=/; Secure",
        "cashtrail_clicks=shopback.4102444000.ABCDE12345; Path=/; Secure",
      ],
    });
    expect(window.document.cookie.split("; ").sort()).toEqual([
      `cashtrail_clicks=retrack.4102444800.${click}.exempt~shopback.4102444000.ABCDE12345`,
      `retrack_click=${click}`,
      "shopback_click=ABCDE12345",
    ]);
  });

  test("writes nothing for a click it knows, so that a reload neither lengthens it nor makes it the last one", () => {
    const before = [
      `retrack_click=${click}; Expires=Tue, 05 Jan 2100 00:00:00 GMT; Path=/; Secure; SameSite=Lax`,
      `cashtrail_clicks=shopback.4102444000.ABCDE12345~retrack.4102440000.${click}; Expires=Tue, 26 Jan 2100 00:00:00 GMT; Path=/; Secure; SameSite=Lax`,
    ];
    const { cookies } = visit({ url: `https://www.shop.example/p?click=${click}`, cookies: before });
    expect(cookies()).toEqual(before);
  });

  test("knows a click although an older one of another domain stands first", () => {
    const before = [
      "retrack_click=625fae10-1eb0-11eb-adc1-0242ac120002; Domain=shop.example; Path=/; Secure",
      `retrack_click=${click}; Path=/; Secure`,
    ];
    const { cookies } = visit({ url: `https://www.shop.example/p?click=${click}`, cookies: before });
    expect(cookies()).toEqual(before);
  });

  test.each([
    ["gone", []],
    ["replaced", ["retrack_click=625fae10-1eb0-11eb-adc1-0242ac120002; Path=/; Secure"]],
  ])("knows a click that the companion names although its own cookie is %s", (_, others) => {
    const before = [
      ...others,
      `cashtrail_clicks=retrack.4102444000.625fae10-1eb0-11eb-adc1-0242ac120002.exempt~retrack.4102440000.${click}.exempt; Path=/; Secure`,
    ];
    const { cookies } = visit({ url: `https://www.shop.example/p?click=${click}`, cookies: before });
    expect(cookies()).toEqual(before);
  });

  test.each([
    "shopback_click=ABCDE1234567; Path=/; Secure",
    "cashtrail_clicks=shopback.4102440000.ABCDE1234567.exempt; Path=/; Secure",
    "cashtrail_clicks=retrack.4102440000.ABCDE12345.exempt; Path=/; Secure",
  ])("stores a click whose id is only the beginning of a kept one, or of another network's: %s", (cookie) => {
    const { window } = visit({
      url: "https://www.shop.example/p?utm_source=shopback&transaction_id=ABCDE12345",
      cookies: [cookie],
    });
    expect(window.document.cookie).toMatch(/shopback_click=ABCDE12345(;|$)/);
    expect(window.document.cookie).toContain("cashtrail_clicks=shopback.4102444800.ABCDE12345.exempt");
  });

  const companionBeside = (companion: string) =>
    visit({
      url: `https://www.shop.example/p?click=${click}`,
      cookies: [`cashtrail_clicks=${companion}; Path=/; Secure`],
    })
      .cookiesOf("https://www.shop.example/")
      .find((cookie) => cookie.startsWith("cashtrail_clicks="));

  test("keeps what came before in the companion, one that it replaces too, and six entries at most", () => {
    expect(
      companionBeside(
        "retrack.4102444005.a5.tcf~shopback.4102444004.b4~retrack.4102444003.a3.exempt~shopback.4102444002.b2~retrack.4102444001.a1.tcf~shopback.4102444000.b0",
      ),
    ).toBe(
      `cashtrail_clicks=retrack.4102444800.${click}.exempt~retrack.4102444005.a5.tcf~shopback.4102444004.b4~retrack.4102444003.a3.exempt~shopback.4102444002.b2~retrack.4102444001.a1.tcf`,
    );
  });

  test("keeps nothing of a companion that does not read as an entry", () => {
    expect(
      companionBeside("<b>~acme.4102444000.a1.tcf~retrack.x.a2~retrack.4102444000~shopback.4102444000.b1.tcf~?"),
    ).toBe(`cashtrail_clicks=retrack.4102444800.${click}.exempt~shopback.4102444000.b1.tcf`);
  });

  test("comes before an entry of the future, which a server wrote whose clock is ahead", () => {
    expect(companionBeside("shopback.4102466400.b1.exempt")).toBe(
      `cashtrail_clicks=retrack.4102444800.${click}.exempt~shopback.4102466400.b1.exempt`,
    );
  });
});

describe("the tag", () => {
  test("looks for the chosen networks only", () => {
    const { window } = visit({
      url: `https://www.shop.example/p?click=${click}&transaction_id=${transactionId}`,
      tag: 'data-networks="shopback"',
    });
    expect(window.document.cookie).toContain("shopback_click=");
    expect(window.document.cookie).not.toContain("retrack_click=");
  });

  test("may choose several networks", () => {
    const { window, said } = visit({
      url: `https://www.shop.example/p?click=${click}&transaction_id=${transactionId}`,
      tag: 'data-networks=" shopback\n retrack "',
    });
    expect(window.document.cookie).toContain("shopback_click=");
    expect(window.document.cookie).toContain("retrack_click=");
    expect(said).toEqual([]);
  });

  test("shares the cookies between subdomains where it names the domain", () => {
    const { cookiesOf } = visit({
      url: `https://www.shop.example/p?click=${click}`,
      tag: 'data-cookie-domain="shop.example"',
    });
    expect(cookiesOf("https://checkout.shop.example/")).toEqual([
      `retrack_click=${click}`,
      `cashtrail_clicks=retrack.4102444800.${click}.exempt`,
    ]);
  });

  test("that names a domain the browser takes no cookie of is warned of, unless a collector stores them", () => {
    const url = `https://www.shop.example/p?click=${click}`;
    const tag = 'data-cookie-domain="other.example"';
    expect(visit({ url, tag }).said).toEqual(["cashtrail: no cookie is kept"]);
    const prepare = (page: JSDOM["window"]) => void Object.assign(page, { fetch: () => Promise.resolve() });
    expect(visit({ url, tag: `${tag} data-collector="/cashtrail"`, prepare }).said).toEqual([]);
  });

  test("sets the days of each network, and the companion lives as long as the longest", () => {
    const { cookies } = visit({
      url: `https://www.shop.example/p?click=${click}&transaction_id=${transactionId}`,
      tag: 'data-days="retrack:400 shopback:1"',
    });
    expect(cookies()).toEqual([
      expect.stringMatching(/^retrack_click=.* Max-Age=34560000;/),
      expect.stringMatching(/^cashtrail_clicks=shopback.* Max-Age=34560000;/),
      expect.stringMatching(/^shopback_click=.* Max-Age=86400;/),
    ]);
  });

  test("names the parameter of each network", () => {
    const { window } = visit({
      url: `https://www.shop.example/p?click=${click}&transaction_id=102000000000000000000000000000&sbid=${transactionId}`,
      tag: 'data-params="shopback:sbid"',
    });
    expect(window.document.cookie).toContain(`shopback_click=${transactionId}`);
    expect(window.document.cookie).toContain(`retrack_click=${click}`);
  });

  test("with every attribute as documented is not warned of", () => {
    const { said } = visit({
      url: "https://www.shop.example/p",
      tag: `data-networks="retrack shopback" data-deep-link-hosts="shop.example outlet.shop.example"
        data-front-page="https://www.shop.example/start" data-cookie-domain="shop.example" data-days="retrack:10 shopback:30"
        data-params="retrack:click shopback:transaction_id" data-collector="/cashtrail" data-consent="exempt"`,
    });
    expect(said).toEqual([]);
  });

  test("with attributes left empty is not warned of, and the defaults apply", () => {
    const { said, cookies, navigations } = visit({
      url: `https://www.shop.example/p?click=${click}`,
      tag: 'data-deep-link-hosts="" data-front-page="" data-cookie-domain="" data-days="" data-params="" data-collector=""',
    });
    expect(said).toEqual([]);
    expect(cookies()[0]).toMatch(/^retrack_click=.* Max-Age=864000;/);
    expect(navigations()).toBe(0);
  });

  test.each([
    ['data-days="20"', "20"],
    ['data-days="acme:20"', "acme:20"],
    ['data-params="sbid"', "sbid"],
    ['data-network="retrack shopback"', "network"],
    ['data-deep-link-host="shop.example"', "deepLinkHost"],
    ['data-networks="retrack shopbak"', "shopbak"],
    ['data-networks="retrack,shopback"', "retrack,shopback"],
    ['data-days="retrack:"', "retrack:"],
  ])("with %s is warned of once, and the rest applies", (tag, unknown) => {
    const { said, cookies, errors } = visit({ url: `https://www.shop.example/p?click=${click}`, tag });
    expect(said).toEqual([expect.stringContaining(`cashtrail: unknown: ${unknown}`)]);
    expect(cookies()).toEqual([
      `retrack_click=${click}; Max-Age=864000; Path=/; Secure; SameSite=Lax`,
      `cashtrail_clicks=retrack.4102444800.${click}.exempt; Max-Age=2592000; Path=/; Secure; SameSite=Lax`,
    ]);
    expect(errors).toEqual([]);
  });

  test.each(["retrack:0", "retrack:ten", "retrack:"])("with the days %s keeps to the network's own", (days) => {
    const { cookies } = visit({ url: `https://www.shop.example/p?click=${click}`, tag: `data-days="${days}"` });
    expect(cookies()[0]).toMatch(/^retrack_click=.* Max-Age=864000;/);
  });

  test("with several mistakes is warned of each", () => {
    const { said } = visit({
      url: "https://www.shop.example/p",
      tag: 'data-networks="retrack shopbak" data-dbug data-consent="tfc"',
    });
    expect(said.toSorted()).toEqual([
      "cashtrail: unknown: consent=tfc",
      "cashtrail: unknown: dbug",
      "cashtrail: unknown: shopbak",
    ]);
  });

  test("without a tag to read its settings from, the script does nothing", () => {
    const { window, said, cookies } = visit({ url: "https://www.shop.example/p" });
    window.history.replaceState(null, "", `/retrack?click=${click}&deeplink=/p`);
    window.eval(script);
    expect([...said, ...cookies()]).toEqual([]);
  });
});

describe("the redirect page", () => {
  test("stores the click and leads on, once", () => {
    const { cookies, navigations } = visit({
      url: `https://www.shop.example/retrack?click=${click}&deeplink=/p`,
    });
    expect(cookies()[0]).toMatch(/^retrack_click=1f80e399-6f55-4cef-b8b0-0f74752c1ceb;/);
    expect(navigations()).toBe(1);
  });

  test.each([
    "deeplink=/p",
    "click=bad&deeplink=//evil.com",
    "deeplink",
    "deeplink=",
    "click=;&deeplink=/p&deeplink=x",
  ])("leads on although there is nothing to store: %s", (query) => {
    const { cookies, navigations } = visit({ url: `https://www.shop.example/retrack?${query}` });
    expect(cookies()).toEqual([]);
    expect(navigations()).toBe(1);
  });

  test("leads to the front page of its own host where the one that is given is no URL", () => {
    const { said, errors, navigations } = visit({
      url: `https://www.shop.example/retrack?click=${click}&deeplink=//evil.com`,
      tag: 'data-front-page="https://" data-debug',
    });
    expect([navigations(), errors]).toEqual([1, []]);
    expect(said).toEqual(["cashtrail: true,https://www.shop.example/"]);
  });

  test("is left although its path looks like a host", () => {
    const { cookies, said, navigations } = visit({
      url: `https://www.shop.example//retrack?click=${click}&deeplink=/p`,
    });
    expect([navigations(), said, cookies().length]).toEqual([1, [], 2]);
  });

  test("is none where Retrack is not among the networks", () => {
    const { navigations } = visit({
      url: `https://www.shop.example/retrack?click=${click}&deeplink=/p`,
      tag: 'data-networks="shopback"',
    });
    expect(navigations()).toBe(0);
  });

  test("is none where the deep link stands in the fragment", () => {
    expect(visit({ url: "https://www.shop.example/p#deeplink=/p" }).navigations()).toBe(0);
  });

  test("is, with a front page given, also one that a click reaches without a deep link", () => {
    const url = `https://www.shop.example/retrack?click=${click}`;
    expect(visit({ url, tag: 'data-front-page="/start"' }).navigations()).toBe(1);
    expect(visit({ url }).navigations()).toBe(0);
  });

  test("with a front page given is still no page without a click", () => {
    expect(visit({ url: "https://www.shop.example/p", tag: 'data-front-page="/start"' }).navigations()).toBe(0);
  });

  test("leads on where cookies may not be touched", () => {
    const { navigations, said, errors } = visit({
      url: `https://www.shop.example/retrack?click=${click}&deeplink=/p`,
      prepare: ({ document }) =>
        Object.defineProperty(document, "cookie", {
          get() {
            throw new Error("cookies are forbidden here");
          },
        }),
    });
    expect(navigations()).toBe(1);
    expect(said).toEqual(["cashtrail: Error: cookies are forbidden here"]);
    expect(errors).toEqual([]);
  });
});

describe("consent", () => {
  test("that is manual stores nothing before it is granted, and the click then", () => {
    const { cookies, cashtrail } = visit({
      url: `https://www.shop.example/p?click=${click}`,
      tag: 'data-consent="manual"',
    });
    expect(cookies()).toEqual([]);
    cashtrail.grant();
    expect(cookies()).toEqual([
      `retrack_click=${click}; Max-Age=864000; Path=/; Secure; SameSite=Lax`,
      `cashtrail_clicks=retrack.4102444800.${click}.manual; Max-Age=2592000; Path=/; Secure; SameSite=Lax`,
    ]);
  });

  test("that is granted late stores the click the page was opened with", () => {
    const { cookies, cashtrail, window } = visit({
      url: `https://www.shop.example/p?click=${click}`,
      tag: 'data-consent="manual"',
    });
    window.history.pushState(null, "", "/checkout");
    cashtrail.grant();
    expect(cookies()[0]).toMatch(/^retrack_click=1f80e399-6f55-4cef-b8b0-0f74752c1ceb;/);
    expect(window.location.href).toBe("https://www.shop.example/checkout");
  });

  test("that is manual reads no cookie before it is granted", () => {
    let read = 0;
    visit({
      url: `https://www.shop.example/p?click=${click}`,
      tag: 'data-consent="manual"',
      prepare: ({ document }) =>
        Object.defineProperty(document, "cookie", {
          get() {
            read += 1;
            return "";
          },
        }),
    });
    expect(read).toBe(0);
  });

  test("granted twice is granted once", () => {
    const { cookies, cashtrail } = visit({
      url: `https://www.shop.example/p?click=${click}`,
      tag: 'data-consent="manual"',
    });
    cashtrail.grant();
    const stored = cookies();
    cashtrail.grant();
    expect(cookies()).toEqual(stored);
  });

  test.each([
    [`#click=${click}`, "https://www.shop.example/p?a=1"],
    [`#reviews&click=${click}`, "https://www.shop.example/p?a=1#reviews"],
    [`#/route?x=1&click=${click}`, "https://www.shop.example/p?a=1#/route?x=1"],
    [`#&click=${click}`, "https://www.shop.example/p?a=1#"],
  ])("stores the click from the fragment %s once it is granted, and takes only that away", (fragment, address) => {
    const { cookies, cashtrail, window } = visit({
      url: `https://www.shop.example/p?a=1${fragment}`,
      tag: 'data-consent="manual"',
    });
    window.history.replaceState({ page: 1 }, "");
    expect(window.location.hash).toBe(fragment);
    cashtrail.grant();
    expect(cookies()[0]).toMatch(/^retrack_click=1f80e399-6f55-4cef-b8b0-0f74752c1ceb;/);
    expect(window.location.href).toBe(address);
    expect(window.history.state).toEqual({ page: 1 });
    expect(window.history.length).toBe(1);
  });

  test("that is exempt stores the click from the fragment at once", () => {
    const { cookies, window } = visit({ url: `https://www.shop.example/p#click=${click}` });
    expect(cookies()[0]).toMatch(/^retrack_click=1f80e399-6f55-4cef-b8b0-0f74752c1ceb;/);
    expect(window.location.href).toBe("https://www.shop.example/p");
  });

  test("takes the click out of the fragment also where it is known", () => {
    const { window } = visit({
      url: `https://www.shop.example/p#click=${click}`,
      cookies: [`retrack_click=${click}; Path=/; Secure`],
    });
    expect(window.location.href).toBe("https://www.shop.example/p");
  });

  test.each([
    [`/p?click=${click}`, "/p"],
    [`/p?click=${click}&a=%C3%A5+b`, "/p?a=%C3%A5+b"],
    [`/p?a=1&click=${click}`, "/p?a=1"],
    [`/p?a=1&click=${click}&&b#x&y`, "/p?a=1&&b#x&y"],
    [`/p?a=1#click=${click}`, "/p?a=1"],
    [`/p#/route&click=${click}`, "/p#/route"],
    [`/p?utm_source=shopback&transaction_id=${transactionId}&click=${click}`, "/p?utm_source=shopback"],
    [`/p?otherclick=${click}&click=${click}`, `/p?otherclick=${click}`],
    [`/p?click=${click}&click=11111111-1111-4111-8111-111111111111&a=1`, "/p?a=1"],
    [`/p?cl%69ck=${click}&a=1`, "/p?a=1"],
    [`/p?a=%20&click=%31${click.slice(1).replaceAll("-", "%2D")}#b`, "/p?a=%20#b"],
    [`/p?click=${click}&u=?click=${click}`, `/p?u=?click=${click}`],
  ])("of a click in %s leaves %s", (before, after) => {
    const { window } = visit({ url: `https://www.shop.example${before}` });
    expect(window.location.href).toBe(`https://www.shop.example${after}`);
  });
});

describe("a page that is prerendered", () => {
  const prerendering = (page: JSDOM["window"]) =>
    Object.defineProperty(page.document, "prerendering", { value: true, configurable: true });
  const activate = (page: JSDOM["window"]) => {
    Object.defineProperty(page.document, "prerendering", { value: false });
    page.document.dispatchEvent(new page.Event("prerenderingchange"));
  };

  test("stores nothing and leads nowhere until it is shown", () => {
    const { window, cookies, navigations } = visit({
      url: `https://www.shop.example/retrack?click=${click}&deeplink=/p`,
      prepare: prerendering,
    });
    expect(cookies()).toEqual([]);
    expect(navigations()).toBe(0);
    activate(window);
    expect(cookies()).toHaveLength(2);
    expect(navigations()).toBe(1);
  });

  test("stores nothing when it is shown without consent", () => {
    const { window, cookies } = visit({
      url: `https://www.shop.example/p?click=${click}`,
      tag: 'data-consent="manual"',
      prepare: prerendering,
    });
    activate(window);
    expect(cookies()).toEqual([]);
  });

  test("stores nothing when consent is granted before it is shown, and the click then", () => {
    const { window, cookies, cashtrail } = visit({
      url: `https://www.shop.example/p?click=${click}`,
      tag: 'data-consent="manual"',
      prepare: prerendering,
    });
    cashtrail.grant();
    expect(cookies()).toEqual([]);
    activate(window);
    expect(cookies()).toHaveLength(2);
  });
});

describe("the collector", () => {
  const collecting = (answer: () => Promise<unknown>) => {
    const asked: unknown[] = [];
    return {
      asked,
      prepare: (page: JSDOM["window"]) =>
        Object.assign(page, {
          fetch: (...request: unknown[]) => {
            asked.push(request);
            return answer();
          },
        }),
    };
  };

  test("is told of a new click once, by the companion's value", () => {
    const { asked, prepare } = collecting(() => Promise.resolve());
    visit({ url: `https://www.shop.example/p?click=${click}`, tag: 'data-collector="/cashtrail"', prepare });
    expect(asked).toEqual([
      [
        "https://www.shop.example/cashtrail/remember",
        { method: "POST", body: `4102444800000~retrack.4102444800.${click}.exempt`, keepalive: true },
      ],
    ]);
  });

  test("is found at a path that ends in a slash", () => {
    const { asked, prepare } = collecting(() => Promise.resolve());
    visit({ url: `https://www.shop.example/p?click=${click}`, tag: 'data-collector="/cashtrail/"', prepare });
    expect(asked).toEqual([["https://www.shop.example/cashtrail/remember", expect.anything()]]);
  });

  test("is found at the page's own origin, whatever base the page names", () => {
    const { asked, prepare } = collecting(() => Promise.resolve());
    const base = '<base href="https://cdn.example/">';
    visit({
      ...{ url: `https://www.shop.example/p?click=${click}`, tag: 'data-collector="/cashtrail"', prepare },
      before: base,
    });
    expect(asked).toEqual([["https://www.shop.example/cashtrail/remember", expect.anything()]]);
  });

  test("is not told of a click that is known", () => {
    const { asked, prepare } = collecting(() => Promise.resolve());
    visit({
      url: `https://www.shop.example/p?click=${click}`,
      tag: 'data-collector="/cashtrail"',
      cookies: [`retrack_click=${click}; Path=/; Secure`],
      prepare,
    });
    expect(asked).toEqual([]);
  });

  test("is not told before consent is granted", () => {
    const { asked, prepare } = collecting(() => Promise.resolve());
    const { cashtrail } = visit({
      url: `https://www.shop.example/p?click=${click}`,
      tag: 'data-collector="/cashtrail" data-consent="manual"',
      prepare,
    });
    expect(asked).toEqual([]);
    cashtrail.grant();
    expect(asked).toHaveLength(1);
  });

  test("stores in the script's place on the redirect page", () => {
    const { asked, prepare } = collecting(() => Promise.resolve());
    const { cookies, navigations } = visit({
      url: `https://www.shop.example/retrack?click=${click}&deeplink=/p`,
      tag: 'data-collector="/cashtrail"',
      prepare,
    });
    expect(cookies()).toEqual([]);
    expect(asked).toEqual([]);
    expect(navigations()).toBe(1);
  });

  test("that cannot be reached is no error of the page, and debug says so", async () => {
    const { prepare } = collecting(() => Promise.reject(new Error("the network is down")));
    const { errors, said, cookies } = visit({
      url: `https://www.shop.example/p?click=${click}`,
      tag: 'data-collector="/cashtrail" data-debug',
      prepare,
    });
    await Promise.resolve();
    expect(cookies()).toHaveLength(2);
    expect(errors).toEqual([]);
    expect(said).toContain("cashtrail: Error: the network is down");
  });
});

describe("debug", () => {
  test.each([
    [`https://www.shop.example/p?click=${click}`, ""],
    [`https://www.shop.example/retrack?click=${click}&deeplink=/p`, "https://www.shop.example/p"],
    [`https://www.shop.example/retrack?click=${click}&deeplink=//evil.com`, "https://www.shop.example/"],
    [`https://www.shop.example/retrack?click=${click}&deeplink=https://m.shop.example/p`, "https://m.shop.example/p"],
  ])("says on the console what arrived and where the shopper is sent: %s", (url, to) => {
    // A page may name another base, and hosts may stand as their shop writes them.
    const page = {
      before: '<base href="https://cdn.example/">',
      tag: 'data-debug data-deep-link-hosts="A.example,\n M.Shop.example"',
    };
    const { said } = visit({ url, ...page });
    expect(said).toHaveLength(1);
    expect(said[0]?.endsWith(`,${to}`)).toBe(true);
    expect(visit({ url }).said).toEqual([]);
  });
});

describe("the script beside others", () => {
  test("stores a click although another tool's cookie keeps the landing URL", () => {
    const { window } = visit({
      url: `https://www.shop.example/p?click=${click}`,
      cookies: [
        `sbjs_current_add=ep%3Dhttps%3A%2F%2Fwww.shop.example%2Fp%3Fclick%3D${click}; Path=/; Secure`,
        `landing=https://www.shop.example/p?click=${click}; Path=/; Secure`,
      ],
    });
    expect(window.document.cookie).toContain(`retrack_click=${click}`);
  });

  test("keeps the default days where the store's are below zero", () => {
    const { cookies } = visit({ url: `https://www.shop.example/p?click=${click}`, tag: 'data-days="retrack:-5"' });
    expect(cookies()[0]).toMatch(/^retrack_click=.* Max-Age=864000;/);
  });

  test("looks for all networks where the attribute is left empty", () => {
    const { window, navigations } = visit({
      url: `https://www.shop.example/retrack?click=${click}&deeplink=/p`,
      tag: 'data-networks=""',
    });
    expect(window.document.cookie).toContain(`retrack_click=${click}`);
    expect(navigations()).toBe(1);
  });

  test("reads pairs that stand on lines of their own", () => {
    const { window } = visit({
      url: `https://www.shop.example/p?rid=${click}&sbid=${transactionId}`,
      tag: 'data-params="shopback:sbid\n retrack:rid"',
    });
    expect(window.document.cookie).toContain(`shopback_click=${transactionId}`);
    expect(window.document.cookie).toContain(`retrack_click=${click}`);
  });

  test("leaves a ShopBack shopper on the product although the tag names a front page", () => {
    const { navigations } = visit({
      url: `https://www.shop.example/p?transaction_id=${transactionId}`,
      tag: 'data-front-page="/start"',
    });
    expect(navigations()).toBe(0);
  });

  test("prints no whole click id, neither stored nor travelling", () => {
    const stored = visit({ url: `https://www.shop.example/p?click=${click}`, tag: "data-debug" });
    const travelling = visit({
      url: `https://www.shop.example/retrack?click=${click}&deeplink=/p`,
      tag: 'data-debug data-consent="manual"',
    });
    // As a console shows it: what is in an object is printed too.
    expect(JSON.stringify([stored.printed, travelling.printed])).not.toContain(click);
  });
});
