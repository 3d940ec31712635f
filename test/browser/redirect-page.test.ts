import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";

const template = readFileSync("packages/client/redirect-page.html", "utf8");
const script = readFileSync("packages/client/dist/client.js");
const click = "1f80e399-6f55-4cef-b8b0-0f74752c1ceb";
const arrival = `/retrack?click=${click}&deeplink=%2Fp%3Fsize%3Dm`;

let browser: Browser;
let context: BrowserContext;
let page: Page;
let origin: string;
/** What is served instead of the page, the script and an empty page everywhere else. */
let served: Record<string, (response: ServerResponse) => unknown>;
let requests: { readonly url: string; readonly referrer: string }[];
let waiting: { readonly path: string; readonly resolve: (response: ServerResponse) => void }[];

const server = createServer((request, response) => {
  const url = request.url ?? "";
  const path = url.split("?")[0] ?? "";
  requests.push({ url, referrer: request.headers.referer ?? "" });
  const held = waiting.find((wait) => wait.path === path);
  if (held) held.resolve(response);
  else (served[path] ?? html("<!doctype html><title>store</title>a page of the store"))(response);
});

function html(text: string, headers: Record<string, string> = {}) {
  return (response: ServerResponse) =>
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", ...headers }).end(text);
}

const javascript = (response: ServerResponse) =>
  response.writeHead(200, { "Content-Type": "text/javascript" }).end(script);

const missing = (response: ServerResponse) => response.writeHead(404).end();

/** The response to the next request for the path, which is left to the test. */
const held = (path: string) => new Promise<ServerResponse>((resolve) => waiting.push({ path, resolve }));

beforeAll(async () => {
  browser = await launchChromium();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await browser?.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

beforeEach(async () => {
  served = { "/retrack": html(template), "/cashtrail/client.js": javascript };
  requests = [];
  waiting = [];
  await open();
});

afterEach(() => context.close());

async function open(options: BrowserContextOptions = {}): Promise<void> {
  context = await browser.newContext(options);
  page = await context.newPage();
}

async function reopen(options: BrowserContextOptions): Promise<void> {
  await context.close();
  await open(options);
}

const cookies = async () => (await context.cookies()).map(({ name, value }) => [name, value]);

const link = () => page.getByRole("link", { name: "Continue to the store" });

/** Collects what the pages paint, as the browser reports it to them. */
async function paints(): Promise<{ readonly seen: string[]; readonly until: (paint: string) => Promise<unknown> }> {
  const seen: string[] = [];
  let heard = () => {};
  await page.exposeFunction("painted", (paint: string) => {
    seen.push(paint);
    heard();
  });
  await page.addInitScript(() => {
    const { painted } = window as unknown as { painted: (paint: string) => void };
    new PerformanceObserver((list) => {
      for (const { name } of list.getEntries()) painted(`${name} of ${location.pathname}`);
    }).observe({ type: "paint", buffered: true });
  });
  const until = async (paint: string) => {
    while (!seen.includes(paint)) await new Promise<void>((resolve) => (heard = () => resolve()));
  };
  return { seen, until };
}

/** Lets the browser paint 30 frames, in another tab: one that has nothing to paint yet counts none. */
async function frames(): Promise<void> {
  const other = await context.newPage();
  await other.evaluate(async () => {
    for (let frame = 0; frame < 30; frame += 1) await new Promise(requestAnimationFrame);
  });
  await other.close();
  await page.bringToFront();
}

/** What the browser says of policies while `act` runs. */
async function violationsOf(act: () => Promise<unknown>): Promise<string[]> {
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  await act();
  return said.filter((text) => /policy|trusted|integrity/i.test(text));
}

test("stores the click and leads to the deep link, and loads nothing else", async () => {
  const violations = await violationsOf(async () => {
    await page.goto(origin + arrival);
    await page.waitForURL(`${origin}/p?size=m`);
  });
  expect(violations).toEqual([]);
  expect(await cookies()).toContainEqual(["retrack_click", click]);
  expect(requests.map(({ url }) => url)).toEqual([arrival, "/cashtrail/client.js", "/p?size=m"]);
});

test("leads to the front page where there is no deep link", async () => {
  await page.goto(`${origin}/retrack?click=${click}`);
  await page.waitForURL(`${origin}/`);
  expect(await cookies()).toContainEqual(["retrack_click", click]);
});

test("works under the same policy sent as a header, without its style", async () => {
  served["/retrack"] = html(template, {
    "Content-Security-Policy":
      "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  });
  await page.goto(origin + arrival);
  await page.waitForURL(`${origin}/p?size=m`);
  served["/cashtrail/client.js"] = missing;
  await page.goto(origin + arrival);
  await link().click();
  await page.waitForURL(`${origin}/`);
});

test("lets no script write markup, and none connect or load", async () => {
  served["/cashtrail/client.js"] = missing;
  await page.goto(origin + arrival);
  const violations = await violationsOf(() =>
    page.evaluate(async () => {
      const refused = (act: () => unknown) =>
        Promise.resolve()
          .then(act)
          .catch(() => {});
      await refused(() => document.body.insertAdjacentHTML("beforeend", "<b>x</b>"));
      await refused(() => fetch("/p"));
      await new Promise((resolve) => document.body.append(Object.assign(new Image(), { src: "/p", onerror: resolve })));
    }),
  );
  expect(violations.flatMap((text) => /TrustedHTML|Connecting to|Loading the image/.exec(text) ?? [])).toEqual([
    "TrustedHTML",
    "Connecting to",
    "Loading the image",
  ]);
  expect(requests.map(({ url }) => url)).toEqual([arrival, "/cashtrail/client.js"]);
});

const withIntegrity = (of: string | Buffer) =>
  template.replace(
    'src="/cashtrail/client.js"',
    `src="/cashtrail/client.js" integrity="sha384-${createHash("sha384").update(of).digest("base64")}"`,
  );

test("works with the script's integrity", async () => {
  served["/retrack"] = html(withIntegrity(script));
  await page.goto(origin + arrival);
  await page.waitForURL(`${origin}/p?size=m`);
});

test("works with the script written into it, and its hash in the policy", async () => {
  const hash = createHash("sha256").update(script).digest("base64");
  served["/retrack"] = html(
    template
      .replace("script-src 'self'", `script-src 'sha256-${hash}'`)
      .replace(/src="[^"]*"(.*?)>/, (_tag, attributes) => `${attributes}>${script}`),
  );
  await page.goto(origin + arrival);
  await page.waitForURL(`${origin}/p?size=m`);
  expect(requests.map(({ url }) => url)).toEqual([arrival, "/p?size=m"]);
  expect(await cookies()).toContainEqual(["retrack_click", click]);
});

test.each([
  ["is not the one its integrity says", { "/retrack": html(withIntegrity("another script")) }],
  ["is not found", { "/cashtrail/client.js": missing }],
  ["is blocked", { "/cashtrail/client.js": (response: ServerResponse) => response.destroy() }],
])("shows a link that leads on where the script %s", async (_what, instead) => {
  served = { ...served, ...instead };
  await page.goto(origin + arrival);
  await link().click();
  await page.waitForURL(`${origin}/`);
  expect(await cookies()).toEqual([]);
});

test("keeps the click for another try", async () => {
  served["/cashtrail/client.js"] = missing;
  await page.goto(origin + arrival);
  await link().waitFor();
  served["/cashtrail/client.js"] = javascript;
  await page.getByRole("link", { name: "Try again" }).click();
  await page.waitForURL(`${origin}/p?size=m`);
  expect(await cookies()).toContainEqual(["retrack_click", click]);
});

test("leads to the front page where scripts are switched off", async () => {
  await reopen({ javaScriptEnabled: false });
  await page.goto(origin + arrival);
  await page.waitForURL(`${origin}/`);
});

test("paints nothing while the script and then the product page are slow", async () => {
  const { seen, until } = await paints();
  const slowScript = held("/cashtrail/client.js");
  const slowProduct = held("/p");
  await page.goto(origin + arrival, { waitUntil: "commit" });
  const scriptResponse = await slowScript;
  await frames();
  javascript(scriptResponse);
  const productResponse = await slowProduct;
  await frames();
  html("<!doctype html><title>product</title>product")(productResponse);
  await until("first-contentful-paint of /p");
  expect(seen).toEqual(["first-paint of /p", "first-contentful-paint of /p"]);
  expect(await cookies()).toContainEqual(["retrack_click", click]);
});

test("would be seen to paint if anything came before the script", async () => {
  const { seen, until } = await paints();
  served["/retrack"] = html(template.replace("<script", "<p>One moment</p><script"));
  const slowScript = held("/cashtrail/client.js");
  await page.goto(origin + arrival, { waitUntil: "commit" });
  await slowScript;
  await until("first-contentful-paint of /retrack");
  expect(seen).toEqual(["first-paint of /retrack", "first-contentful-paint of /retrack"]);
});

test("tells no page of the click by the referrer", async () => {
  await page.goto(origin + arrival);
  await page.waitForURL(`${origin}/p?size=m`);
  expect(await page.evaluate(() => document.referrer)).toBe(`${origin}/`);

  served["/cashtrail/client.js"] = missing;
  await page.goto(origin + arrival);
  await link().click();
  await page.waitForURL(`${origin}/`);
  expect(await page.evaluate(() => document.referrer)).toBe(`${origin}/`);
  expect(requests.filter(({ referrer }) => referrer !== "" && referrer !== `${origin}/`)).toEqual([]);
});

test("fits a small phone, and is dark where the shopper's pages are", async () => {
  served["/cashtrail/client.js"] = missing;
  const colours = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await reopen({ colorScheme, viewport: { width: 320, height: 480 } });
    await page.goto(origin + arrival);
    await link().waitFor();
    const { content, window, background } = await page.evaluate(() => ({
      content: [document.documentElement.scrollWidth, document.documentElement.scrollHeight],
      window: [innerWidth, innerHeight],
      background: getComputedStyle(document.querySelector("a") as Element).backgroundColor,
    }));
    expect(content).toEqual(window);
    colours.push(background);
  }
  expect(colours).toEqual(["rgb(0, 0, 0)", "rgb(255, 255, 255)"]);
});

test("is the demo store's page too, but for its name", () => {
  expect(readFileSync("test/store/public/retrack-script.html", "utf8").replace(" · Tallvik", "")).toBe(template);
});
