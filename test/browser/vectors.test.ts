import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import express from "express";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deepLinkFrom } from "../../packages/client/src/landing.ts";
import { forgetClicks, type RealBrowser } from "../support/browser.ts";
import { startWeb, type Web } from "../support/browser-web.ts";
import { browserKinds } from "../support/browsers.ts";
import { hostileDeepLinks, someHostileDeepLinks } from "../support/hostile-deep-links.ts";
import { collectorOf, type LandingCollector } from "../support/landing-collector.ts";
import { clicksIn, expectedOf, keptOf, landings, type Outcome } from "../support/landing-outcome.ts";
import { respeltDeepLinks, storeHosts, storePaths, storeUrls } from "../support/legitimate-deep-links.ts";
import { nastyLinks } from "../support/nasty-links.ts";

const script = readFileSync("packages/client/dist/client.js", "utf8");
const origin = "https://www.shop.example";
const redirectTag = `data-front-page="/front" data-deep-link-hosts="${storeHosts.join(" ")}"`;

const followed = [
  ...storePaths.flatMap((path) => [path, origin + path].map((link) => [link, origin + path] as const)),
  ...storeUrls.map((url) => [url, url] as const),
  ...respeltDeepLinks,
];

/** WebKit lets a page change its address a hundred times in ten seconds; a landing changes it twice at most. */
const LANDINGS_OF_A_PAGE = 45;

const redirectPage = (deeplink: string) => `/retrack?${new URLSearchParams({ deeplink })}`;

describe.each(browserKinds)("$title", ({ missing, launch }) => {
  let web: Web;
  let browser: RealBrowser;
  let bare: LandingCollector;
  let atWork: LandingCollector | undefined;
  let arrived: (href: string) => void;

  const app = express();
  app.use(express.static("packages/client/dist"));
  app.get("/clicks", (request, response) => {
    response.json(clicksIn(bare.collector.clicksOf(request)));
  });
  app.post("/arrived", async (request, response) => {
    arrived(await text(request));
    response.end();
  });
  app.use((request, response, next) => (atWork ? atWork.collector.remember(request, response, next) : next()));
  app.use((request, response, next) => {
    // Exactly: Express takes more for the same path.
    if (request.hostname !== "www.shop.example" || request.path !== "/retrack") next();
    else if (atWork) atWork.collector.redirect(request, response, next);
    else response.send(`<!doctype html><script src="/client.js" ${redirectTag}></script>`);
  });
  app.use((_request, response) => {
    response.send(`<!doctype html><script>
      addEventListener("load", () => fetch("/arrived", { method: "POST", body: location.href }));
    </script>`);
  });

  beforeAll(async () => {
    if (missing) return;
    bare = collectorOf();
    web = await startWeb(app);
    browser = await launch(web);
  });

  afterAll(async () => {
    await browser?.close();
    await web?.close();
    await bare?.stop();
  });

  /** Opens a page, and tells on which page the shopper arrives. */
  async function visit(url: string): Promise<string> {
    const end = new Promise<string>((resolve) => {
      arrived = resolve;
    });
    await browser.open(origin + url);
    return end;
  }

  /** Runs the script on each of the addresses in turn, on a page that goes nowhere but tells where it was to go. */
  async function landOn(urls: readonly string[], tag: string): Promise<(string | null)[]> {
    const ends: (string | null)[] = [];
    for (let from = 0; from < urls.length; from += LANDINGS_OF_A_PAGE) {
      await visit("/blank");
      const some = urls.slice(from, from + LANDINGS_OF_A_PAGE);
      ends.push(...((await browser.evaluate(`(${landInPage})(${JSON.stringify({ urls: some, tag, script })})`)) as []));
    }
    return ends;
  }

  /** What the guard, and this browser's own URL parser under it, makes of each of the links. */
  async function guardOn(links: readonly string[]): Promise<(string | null)[]> {
    await visit("/blank");
    return (await browser.evaluate(`import("/landing.js").then(({ deepLinkFrom }) => ${JSON.stringify(links)}.map(
      (link) => deepLinkFrom(link, new URL("${origin}/retrack?click=x"), ${JSON.stringify(storeHosts)}) ?? null))`)) as [];
  }

  /** The links as this browser spells where they lead: Chromium encodes a bar in a path, whoever names the URL. */
  async function asSpelt(links: readonly (readonly [given: string, leadsTo: string])[]) {
    const spelt = (await browser.evaluate(
      `${JSON.stringify(links.map(([, leadsTo]) => leadsTo))}.map((url) => new URL(url).href)`,
    )) as string[];
    return links.map(([given], index) => [given, spelt[index]]);
  }

  test.skipIf(missing)("follows no hostile deep link", async () => {
    expect((await guardOn(hostileDeepLinks)).filter((link) => link !== null)).toEqual([]);

    const ends = await landOn(someHostileDeepLinks.map(redirectPage), redirectTag);
    expect(someHostileDeepLinks.filter((_link, index) => ends[index] !== `${origin}/front`)).toEqual([]);
  });

  test.skipIf(missing)("follows every legitimate deep link to where it leads", async () => {
    const ends = await landOn(
      followed.map(([given]) => redirectPage(given)),
      redirectTag,
    );
    expect(followed.map(([given], index) => [given, ends[index]])).toEqual(await asSpelt(followed));
  });

  test.skipIf(missing)("follows of any other links those that the collector follows, to the same places", async () => {
    const page = new URL("https://www.shop.example/retrack?click=x");
    const links = fc.sample(nastyLinks, 5_000);
    const there = links.map((link) => deepLinkFrom(link, page, storeHosts) ?? null);
    const here = await guardOn(links);
    expect(links.filter((_link, index) => (here[index] === null) !== (there[index] === null))).toEqual([]);

    const pairs = links.flatMap((link, index) => (there[index] == null ? [] : [[link, there[index]] as const]));
    expect(here.filter((link) => link !== null)).toEqual((await asSpelt(pairs)).map(([, leadsTo]) => leadsTo));
    expect(pairs.length).toBeGreaterThan(100);
  });

  test.skipIf(missing)("arrives where the script sends the shopper", async () => {
    const some = [
      ...followed.filter((_link, index) => index % 15 === 0),
      ...hostileDeepLinks.filter((_link, index) => index % 199 === 0).map((link) => [link, `${origin}/front`] as const),
    ];
    const ends: (readonly [string, string])[] = [];
    for (const [given] of some) ends.push([given, await visit(redirectPage(given))]);
    expect(ends).toEqual(await asSpelt(some));
  });

  test.skipIf(missing)(
    "makes of every landing what the collector makes of it, with attributes for its options",
    async () => {
      const outcomes: Outcome[] = [];
      for (const [index, { what, url, tag = "" }] of landings.entries()) {
        if (index % LANDINGS_OF_A_PAGE === 0) await visit("/blank");
        await browser.evaluate(`(${forgetClicks})()`);
        const [end] = (await browser.evaluate(`(${landInPage})(${JSON.stringify({ urls: [url], tag, script })})`)) as (
          | string
          | null
        )[];
        const clicks = (await browser.evaluate('fetch("/clicks").then((response) => response.json())')) as string[];
        outcomes.push({ what, endsAt: end ?? undefined, kept: keptOf(await browser.cookies()), clicks });
      }
      expect(outcomes).toEqual(landings.map(expectedOf));
    },
  );

  test.skipIf(missing)("keeps what the collector sets, and goes where it leads", async () => {
    const some = landings.filter(({ inFragment, tag }, index) => !inFragment && (tag || index < 7));
    const outcomes: Outcome[] = [];
    const collectors = new Map<string, LandingCollector>();
    for (const { what, url, options } of some) {
      await visit("/blank");
      await browser.evaluate(`(${forgetClicks})()`);
      const alike = JSON.stringify(options);
      atWork = collectors.get(alike) ?? collectorOf(options);
      collectors.set(alike, atWork);
      const end = await visit(url);
      // Cookies are seen from where they were set.
      if (!end.startsWith(origin)) await visit("/blank");
      const clicks = (await browser.evaluate('fetch("/clicks").then((response) => response.json())')) as string[];
      atWork = undefined;
      const endsAt = end === origin + url ? undefined : end;
      outcomes.push({ what, endsAt, kept: keptOf(await browser.cookies()), clicks });
    }
    for (const { stop } of collectors.values()) await stop();
    expect(outcomes).toEqual(some.map(expectedOf));
  });
});

interface Landings {
  readonly urls: readonly string[];
  readonly tag: string;
  readonly script: string;
}

interface Going extends Event {
  readonly destination: { readonly url: string; readonly sameDocument: boolean };
}

/** In the page: where the script goes from each of the addresses, null where it stays. */
async function landInPage({ urls, tag, script }: Landings): Promise<(string | null)[]> {
  let to: string | undefined;
  const ends: (string | null)[] = [];
  const stay = (event: Event) => {
    const { destination } = event as Going;
    if (destination.sameDocument) return;
    to = destination.url;
    event.preventDefault();
  };
  const { navigation } = window as unknown as { readonly navigation: EventTarget };
  navigation.addEventListener("navigate", stay);
  for (const url of urls) {
    history.replaceState(null, "", url);
    to = undefined;
    const element = document.createRange().createContextualFragment(`<script ${tag}></script>`)
      .firstChild as HTMLScriptElement;
    element.textContent = script;
    document.head.append(element);
    element.remove();
    // WebKit sets off a moment later.
    await new Promise((resolve) => setTimeout(resolve));
    ends.push(to ?? null);
  }
  navigation.removeEventListener("navigate", stay);
  return ends;
}
