import { text } from "node:stream/consumers";
import express from "express";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { forgetClicks, type RealBrowser } from "../support/browser.ts";
import { startWeb, type Web } from "../support/browser-web.ts";
import { browserKinds } from "../support/browsers.ts";

const origin = "https://www.shop.example";
const click = "1f80e399-6f55-4cef-b8b0-0f74752c1ceb";

const refused = { eventStatus: "tcloaded", gdprApplies: true, purpose: { consents: { 1: false } } };

const landings = [
  { consent: "exempt", what: "and is stored", query: `click=${click}`, told: "all else" },
  { consent: "exempt", what: "encoded, and is stored", query: `cl%69ck=${encoded(click)}`, told: "all else" },
  { consent: "manual", what: "and waits for consent", query: `click=${click}`, told: "the origin" },
  { consent: "cookie:consent=yes", what: "and waits for a cookie", query: `click=${click}`, told: "the origin" },
  { consent: "tcf", what: "and is refused", query: `click=${click}`, told: "all else" },
] as const;

describe.each(browserKinds)("$title", ({ missing, launch }) => {
  let web: Web;
  let browser: RealBrowser;
  let arrived: (referrer: string) => void;
  let sent: string | undefined;

  const app = express();
  app.use(express.static("packages/client/dist"));
  app.post("/arrived", async (request, response) => {
    arrived(await text(request));
    response.end();
  });
  app.use((request, response) => {
    // Browsers ask for more by themselves.
    if (request.path === "/next") sent = request.headers.referer;
    const { consent } = request.query;
    response.send(`<!doctype html>
      <script>__tcfapi = (command, version, answer) => answer(${JSON.stringify(refused)}, true);</script>
      ${consent ? `<script src="/client.js" data-consent="${consent}"></script>` : ""}
      <script>addEventListener("load", () => fetch("/arrived", { method: "POST", body: document.referrer }));</script>`);
  });

  beforeAll(async () => {
    if (missing) return;
    web = await startWeb(app);
    browser = await launch(web);
  });

  afterAll(async () => {
    await browser?.close();
    await web?.close();
  });

  async function arrival(leave: () => Promise<unknown>): Promise<string> {
    const end = new Promise<string>((resolve) => {
      arrived = resolve;
    });
    await leave();
    return end;
  }

  test.skipIf(missing).each(landings)(
    "tells the next page nothing of a click that arrives $what",
    async ({ consent, query, told }) => {
      const address = `${origin}/p?consent=${encodeURIComponent(consent)}`;
      await arrival(() => browser.open(`${address}&${query}`));
      const referrer = await arrival(() => browser.evaluate('void setTimeout(() => location.assign("/next"))'));
      const wanted = told === "all else" ? address : `${origin}/`;
      expect([referrer, sent]).toEqual([wanted, wanted]);
      await browser.evaluate(`(${forgetClicks})()`);
    },
  );
});

/** As a link may have it that was made with more care than is needed. */
function encoded(id: string): string {
  return `%31${id.slice(1).replaceAll("-", "%2D")}`;
}
