import { text } from "node:stream/consumers";
import express from "express";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { forgetClicks, type RealBrowser } from "../support/browser.ts";
import { startWeb, type Web } from "../support/browser-web.ts";
import { browserKinds } from "../support/browsers.ts";
import { collectorOf, type LandingCollector } from "../support/landing-collector.ts";
import { clicksIn } from "../support/landing-outcome.ts";

const A = "1f80e399-6f55-4cef-b8b0-0f74752c1ceb";
const B = "625fae10-1eb0-11eb-adc1-0242ac120002";
const S = "102656693ac3ca6e0cdafbfe89ab99";
const T = "102aaaaaaaaaaaaaaaaaaaaaaaaaaa";

interface Journey {
  readonly what: string;
  /** Which tab, which host of the store, who stores the click, and the click. */
  readonly clicks: readonly (readonly [tab: 0 | 1, host: string, by: By, query: string])[];
  /** What the checkout, on a host of its own, reads: the last click first. */
  readonly read: readonly string[];
}

type By = "script" | "server" | "both" | "script of old, for one host";

const journeys: readonly Journey[] = [
  {
    what: "Retrack's, then ShopBack's in another tab",
    clicks: [
      [0, "www", "script", `click=${A}`],
      [1, "www", "script", `transaction_id=${S}`],
    ],
    read: [`shopback ${S}`, `retrack ${A}`],
  },
  {
    what: "ShopBack's, then Retrack's in another tab",
    clicks: [
      [0, "www", "script", `transaction_id=${S}`],
      [1, "www", "script", `click=${A}`],
    ],
    read: [`retrack ${A}`, `shopback ${S}`],
  },
  {
    what: "two of each by turns, in two tabs and on two subdomains",
    clicks: [
      [0, "www", "script", `click=${A}`],
      [1, "m", "script", `transaction_id=${S}`],
      [0, "m", "script", `click=${B}`],
      [1, "www", "script", `transaction_id=${T}`],
    ],
    read: [`shopback ${T}`, `retrack ${B}`],
  },
  {
    what: "an old one opened again, which is no new click",
    clicks: [
      [0, "www", "script", `click=${A}`],
      [1, "www", "script", `transaction_id=${S}`],
      [0, "www", "script", `click=${A}`],
    ],
    read: [`shopback ${S}`, `retrack ${A}`],
  },
  {
    what: "one that the server keeps, then one that the script keeps",
    clicks: [
      [0, "www", "server", `click=${A}`],
      [1, "m", "script", `transaction_id=${S}`],
    ],
    read: [`shopback ${S}`, `retrack ${A}`],
  },
  {
    what: "one that the script keeps, then one that the server keeps",
    clicks: [
      [0, "www", "script", `click=${A}`],
      [1, "m", "server", `transaction_id=${S}`],
    ],
    read: [`shopback ${S}`, `retrack ${A}`],
  },
  {
    what: "all that the server keeps, the first one opened again",
    clicks: [
      [0, "www", "server", `click=${A}`],
      [1, "m", "server", `transaction_id=${S}`],
      [0, "m", "server", `click=${B}`],
      [1, "www", "server", `transaction_id=${S}`],
    ],
    read: [`retrack ${B}`, `shopback ${S}`],
  },
  {
    what: "those that the script hands over to the server",
    clicks: [
      [0, "www", "both", `click=${A}`],
      [1, "m", "both", `transaction_id=${S}`],
      [0, "www", "both", `click=${B}`],
    ],
    read: [`retrack ${B}`, `shopback ${S}`],
  },
  {
    what: "one of a host alone, then one of every subdomain",
    clicks: [
      [0, "checkout", "script of old, for one host", `click=${A}`],
      [1, "www", "script", `click=${B}`],
    ],
    read: [`retrack ${B}`],
  },
  {
    what: "one of a host alone, then one of the other network, then a newer one",
    clicks: [
      [0, "checkout", "script of old, for one host", `click=${A}`],
      [1, "www", "server", `transaction_id=${S}`],
      [0, "www", "server", `click=${B}`],
    ],
    read: [`retrack ${B}`, `shopback ${S}`],
  },
];

/** Clicks that wait for consent in two tabs, which is then given in one: the first tab's page stores last or first. */
const lateJourneys = [
  {
    what: "Retrack's, then ShopBack's",
    clicks: [`click=${A}`, `transaction_id=${S}`],
    read: [`shopback ${S}`, `retrack ${A}`],
  },
  {
    what: "ShopBack's, then Retrack's",
    clicks: [`transaction_id=${S}`, `click=${A}`],
    read: [`retrack ${A}`, `shopback ${S}`],
  },
  { what: "two of one network", clicks: [`click=${A}`, `click=${B}`], read: [`retrack ${B}`] },
] as const;

const clocks = [
  { clock: "right", hours: 0 },
  { clock: "six hours ahead", hours: -6 },
  { clock: "six hours behind", hours: 6 },
];

describe.each(browserKinds)("$title", ({ missing, launch }) => {
  let web: Web;
  let browser: RealBrowser;
  let atWork: LandingCollector;
  let arrived: () => void;

  const tags: Record<string, string> = {
    "/script": 'data-cookie-domain="shop.example"',
    "/both": 'data-cookie-domain="shop.example" data-collector="/cashtrail"',
    "/late": 'data-cookie-domain="shop.example" data-consent="manual"',
    "/script%20of%20old,%20for%20one%20host": "",
  };

  const app = express();
  app.use(express.static("packages/client/dist"));
  app.get("/clicks", (request, response) => {
    response.json(clicksIn(atWork.collector.clicksOf(request)));
  });
  app.post("/arrived", async (request, response) => {
    await text(request);
    arrived();
    response.end();
  });
  app.use("/cashtrail", (request, response, next) => atWork.collector.router(request, response, next));
  app.get("/server", (request, response, next) => atWork.collector.remember(request, response, next));
  app.use((request, response) => {
    const tag = tags[request.path];
    response.send(`<!doctype html>
      ${tag === undefined ? "" : `<script src="/client.js" ${tag}></script>`}
      <script>addEventListener("load", () => fetch("/arrived", { method: "POST" }));</script>`);
  });

  beforeAll(async () => {
    if (missing) return;
    web = await startWeb(app);
    browser = await launch(web);
    await browser.openTab();
  });

  afterAll(async () => {
    await browser?.close();
    await web?.close();
  });

  async function visit(url: string): Promise<void> {
    const end = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    await browser.open(url);
    await end;
  }

  async function checkout({ clicks }: Journey): Promise<unknown> {
    for (const [tab, host, by, query] of clicks) {
      await browser.toTab(tab);
      await visit(`https://${host}.shop.example/${by}?${query}`);
      if (by === "both") await browser.evaluate(`(${handedOver})()`);
    }
    await visit("https://checkout.shop.example/");
    const read = await browser.evaluate('fetch("/clicks").then((response) => response.json())');
    await browser.evaluate(`(${forgetClicks})()`);
    return read;
  }

  test.skipIf(missing).each(clocks)(
    "whose clock is $clock carries the last click to the checkout first",
    async ({ hours }) => {
      const options = { deepLinkHosts: ["www.shop.example"], cookie: { domain: "shop.example" } };
      atWork = collectorOf(options, () => new Date(Date.now() + hours * 3_600_000));
      const read: unknown[] = [];
      for (const journey of journeys) read.push({ what: journey.what, read: await checkout(journey) });
      await atWork.stop();
      expect(read).toEqual(journeys.map(({ what, read }) => ({ what, read })));
    },
  );

  test.skipIf(missing).each([
    ["the first tab's last", [1, 0]],
    ["the first tab's first", [0, 1]],
  ] as const)("carries the last click first where two tabs waited for consent, %s", async (_, order) => {
    atWork = collectorOf({ deepLinkHosts: ["www.shop.example"], cookie: { domain: "shop.example" } });
    const read: unknown[] = [];
    for (const { what, clicks } of lateJourneys) {
      for (const [index, query] of clicks.entries()) {
        await browser.toTab(index as 0 | 1);
        await visit(`https://www.shop.example/late?${query}`);
        await browser.evaluate(`(${anotherSecond})()`);
      }
      for (const index of order) {
        await browser.toTab(index);
        await browser.evaluate("cashtrail.grant()");
      }
      await visit("https://checkout.shop.example/");
      read.push({ what, read: await browser.evaluate('fetch("/clicks").then((response) => response.json())') });
      await browser.evaluate(`(${forgetClicks})()`);
    }
    await atWork.stop();
    expect(read).toEqual(lateJourneys.map(({ what, read: wanted }) => ({ what, read: wanted })));
  });
});

/** In the page: the clock has come to another second, for the companion tells of whole ones. */
function anotherSecond(): void {
  const second = () => Math.floor(Date.now() / 1000);
  const before = second();
  while (second() === before);
}

/** In the page: the script's click has reached the server, and the answer the browser. */
function handedOver(): Promise<void> {
  return new Promise((resolve) => {
    new PerformanceObserver((list) => {
      if (list.getEntries().some(({ name }) => name.endsWith("/cashtrail/remember"))) resolve();
    }).observe({ type: "resource", buffered: true });
  });
}
