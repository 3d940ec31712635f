import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import express from "express";
import type { BrowserContext } from "playwright-core";
import { launchChromium } from "../support/chromium.ts";
import { inTurn, type Measured } from "./measured.ts";
import { freshPlace } from "./place.ts";
import { serve } from "./serve.ts";
import type { Progress, Sizes } from "./sizes.ts";
import { CLICK, collectorAt, NOWHERE } from "./store.ts";

/** What every response takes: about a phone's round trip, beside which this machine's own time is small. */
const RESPONSE_MS = 100;

const client = "packages/client/";
const page = readFileSync(`${client}redirect-page.html`, "utf8");
const script = readFileSync(`${client}dist/client.js`, "utf8");

/** The page as Retrack describes it: https://retrack.refunder.com/help/tracking/s2s/transaction */
const snippet = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Redirecting</title>
<script>
  const parameters = new URLSearchParams(location.search);
  const click = parameters.get("click");
  const expires = new Date(Date.now() + 10 * 24 * 60 * 60 * 1000).toUTCString();
  document.cookie = \`retrack_click=\${click};expires=\${expires};path=/;secure;samesite=lax\`;
  location.href = parameters.get("deeplink");
</script>
</head>
<body></body>
</html>`;

const pages: Readonly<Record<string, string>> = {
  "/snippet": snippet,
  "/script": page,
  "/inline": page
    .replace(/src="[^"]*"(.*?)>/, (_tag, attributes) => `${attributes}>${script}`)
    .replace("script-src 'self'", `script-src 'sha256-${createHash("sha256").update(script).digest("base64")}'`),
  "/router": page.replace('src="', 'data-collector="/cashtrail" src="'),
  // Any page of the store with the script on it, from which the browser keeps the script.
  "/store": page.replace(' data-front-page="/"', ""),
  "/product": "<!doctype html><title>product</title>product",
};

/** From a shopper's click in Chromium to the request for the product page, by every way there. */
export async function clickFigures({ rounds }: Sizes, progress: Progress): Promise<Measured[]> {
  const place = await freshPlace();
  const collector = collectorAt(place, NOWHERE);
  const store = express();
  let came: (path: string) => void = () => {};
  store.use(({ path }, _answer, next) => {
    came(path);
    setTimeout(next, RESPONSE_MS);
  });
  store.get(
    "/network",
    ({ query }, answer) => void answer.send(`<!doctype html><a href="${query.to}">to the store</a>`),
  );
  store.get("/retrack", collector.redirect);
  store.use("/cashtrail", collector.router);
  for (const [path, html] of Object.entries(pages)) store.get(path, (_request, answer) => void answer.send(html));
  const { port, close } = await serve(store);
  const browser = await launchChromium();

  /** A shopper with an empty cache, unless they have been to the store before. */
  const click = async (path: string, before: (context: BrowserContext) => Promise<unknown> = async () => {}) => {
    const origin = `http://127.0.0.1:${port}`;
    const context = await browser.newContext();
    await before(context);
    const tab = await context.newPage();
    const to = `${origin}${path}?click=${CLICK}&deeplink=${encodeURIComponent(`${origin}/product`)}`;
    // The network's page is of another site.
    await tab.goto(`http://localhost:${port}/network?to=${encodeURIComponent(to)}`);
    const times = new Map<string, number>();
    const arrived = new Promise<void>((resolve) => {
      came = (asked) => {
        times.set(asked, performance.now());
        if (asked === "/product") resolve();
      };
    });
    await tab.click("a", { noWaitAfter: true });
    await arrived;
    came = () => {};
    await context.close();
    return (times.get("/product") as number) - (times.get(path) as number);
  };

  // A click takes a second at most, so there are more of them than of what else is measured in rounds.
  const clicks = 3 * rounds;
  progress(`${clicks} clicks each way`);
  const { redirect, snippetPage, ...others } = await inTurn(clicks, {
    redirect: () => click("/retrack"),
    snippetPage: () => click("/snippet"),
    inline: () => click("/inline"),
    cached: () => click("/script", async (context) => (await context.newPage()).goto(`http://127.0.0.1:${port}/store`)),
    script: () => click("/script"),
    router: () => click("/router"),
  });
  await browser.close();
  close();
  await collector.stop();
  await place.remove();

  const titles = {
    inline: "script page, script in the page",
    cached: "script page, script in the cache",
    script: "script page",
    router: "script page, then the router",
  };
  return [
    {
      what: "click to product, redirect",
      unit: "ms",
      ours: redirect,
      peer: { name: "Retrack's snippet", figures: snippetPage },
      bar: { atMost: 1 },
    },
    ...Object.entries(titles).map(([way, title]) => ({
      what: `click to product, ${title}`,
      unit: "ms" as const,
      ours: others[way as keyof typeof titles],
      peer: { name: "redirect", figures: redirect },
    })),
  ];
}
