import { readFileSync } from "node:fs";
import { CookieJar, JSDOM } from "jsdom";
import { describe, expect, test } from "vitest";
import { deepLinkFrom } from "../../packages/client/src/landing.ts";
import { hostileDeepLinks, someHostileDeepLinks } from "../support/hostile-deep-links.ts";
import { collectorOf } from "../support/landing-collector.ts";
import { clicksIn, expectedOf, keptOf, landings, type Outcome, storedCookie } from "../support/landing-outcome.ts";
import { respeltDeepLinks, storeHosts, storePaths, storeUrls } from "../support/legitimate-deep-links.ts";

const script = readFileSync("packages/client/dist/client.js", "utf8");
const origin = "https://www.shop.example";

const followed = [
  ...storePaths.flatMap((path) => [path, origin + path].map((link) => [link, origin + path] as const)),
  ...storeUrls.map((url) => [url, url] as const),
  ...respeltDeepLinks,
];

describe("the guard", () => {
  const page = new URL("https://www.shop.example/retrack?click=x");

  test("follows no hostile deep link", () => {
    expect(hostileDeepLinks.filter((link) => deepLinkFrom(link, page, storeHosts) !== undefined)).toEqual([]);
  });

  test("follows every legitimate deep link to where it leads", () => {
    expect(followed.map(([given]) => [given, deepLinkFrom(given, page, storeHosts)])).toEqual(followed);
  });
});

describe("the script in jsdom", { timeout: 30_000 }, () => {
  /** Loads the script on a page of the store, again and again. */
  function aPage(cookieJar = new CookieJar()) {
    const page = new JSDOM("<!doctype html>", { url: origin, runScripts: "dangerously", cookieJar });
    const { window } = page;
    let endsAt: string | undefined;
    // jsdom goes nowhere and says not where to: the script is given a location that tells.
    const real = window.location;
    const replace = (url: string) => {
      endsAt = new URL(url, real.href).href;
    };
    const location = new Proxy({}, { get: (_, name) => (name === "replace" ? replace : Reflect.get(real, name)) });
    Object.assign(window, { told: location });
    return {
      land(url: string, tag = ""): string | undefined {
        endsAt = undefined;
        page.reconfigure({ url: new URL(url, origin).href });
        const template = window.document.createElement("div");
        template.innerHTML = `<script ${tag}></script>`;
        const element = window.document.createElement("script");
        for (const { name, value } of template.querySelector("script")?.attributes ?? [])
          element.setAttribute(name, value);
        element.textContent = `(function (location) {${script}\n})(told);`;
        window.document.head.append(element);
        return endsAt;
      },
      close: () => window.close(),
    };
  }

  /** Where the redirect page sends each of the deep links on to. */
  function endsOf(given: readonly string[]): (string | undefined)[] {
    const { land, close } = aPage();
    const tag = `data-front-page="/front" data-deep-link-hosts="${storeHosts.join(" ")}"`;
    const ends = given.map((deeplink) => land(`/retrack?${new URLSearchParams({ deeplink })}`, tag));
    close();
    return ends;
  }

  test("follows no hostile deep link", () => {
    const ends = endsOf(someHostileDeepLinks);
    expect(someHostileDeepLinks.filter((_link, index) => ends[index] !== "https://www.shop.example/front")).toEqual([]);
  });

  test("follows every legitimate deep link to where it leads", () => {
    const ends = endsOf(followed.map(([given]) => given));
    expect(followed.map(([given], index) => [given, ends[index]])).toEqual(followed);
  });

  test("makes of every landing what the collector makes of it, with attributes for its options", async () => {
    const outcomes: Outcome[] = [];
    const { collector, stop } = collectorOf();
    for (const { what, url, tag } of landings) {
      const jar = new CookieJar();
      const { land, close } = aPage(jar);
      const endsAt = land(url, tag);
      close();
      const kept = keptOf(jar.getCookiesSync(origin).map(storedCookie));
      const clicks = clicksIn(collector.clicksOf({ headers: { cookie: jar.getCookieStringSync(origin) } }));
      outcomes.push({ what, endsAt, kept, clicks });
    }
    await stop();
    expect(outcomes).toEqual(landings.map(expectedOf));
  });
});
