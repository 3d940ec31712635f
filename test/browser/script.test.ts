import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { deepLinkVectors } from "../support/landing-vectors.ts";

const dist = "packages/client/dist";
const click = "1f80e399-6f55-4cef-b8b0-0f74752c1ceb";
const transactionId = "102656693ac3ca6e0cdafbfe89ab99";

interface Received {
  readonly method: string | undefined;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

type Handler = (request: Received, response: ServerResponse) => unknown;

let browser: Browser;
let context: BrowserContext;
let page: Page;
let origin: string;
let pages: Record<string, Handler>;
let received: Received[];
let waiting: { path: string; resolve: (request: Received) => void }[];

const server = createServer(async (request, response) => {
  const one = {
    method: request.method,
    url: request.url ?? "",
    headers: request.headers,
    body: await text(request),
  };
  received.push(one);
  const path = one.url.split("?")[0] ?? "";
  const file = /^\/(client|index|chunk-\w+)\.js$/.exec(path);
  const handler = pages[path];
  if (handler) handler(one, response);
  else if (file) response.setHeader("Content-Type", "text/javascript").end(readFileSync(`${dist}/${path.slice(1)}`));
  else response.writeHead(404).end();
  for (const { resolve } of waiting.filter((wait) => wait.path === path)) resolve(one);
});

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
  pages = {};
  received = [];
  waiting = [];
  context = await browser.newContext();
  page = await context.newPage();
});

afterEach(() => context.close());

/** A page with the given HTML in its body. */
function html(body: string, headers: Record<string, string> = {}): Handler {
  return (_request, response) => {
    response
      .writeHead(200, { "Content-Type": "text/html; charset=utf-8", ...headers })
      .end(`<!doctype html><meta charset="utf-8"><title>page</title>${body}`);
  };
}

const tag = (attributes = "") => `<script src="/client.js" ${attributes}></script>`;

const requestTo = (path: string) => new Promise<Received>((resolve) => waiting.push({ path, resolve }));

const paths = () => received.map(({ url }) => url);

const cookies = async () =>
  Object.fromEntries((await context.cookies()).map((cookie) => [cookie.name, cookie] as const));

describe("the redirect page in Chromium", () => {
  test("stores the click and replaces itself by the deep link", async () => {
    pages["/start"] = html(`<a href="/retrack?click=${click}&deeplink=%2Fp%3Fa%3D1%26b%3D2%23reviews">go</a>`);
    pages["/retrack"] = html(tag());
    pages["/p"] = html("product");
    await page.goto(`${origin}/start`);
    await page.click("a");
    await page.waitForURL(`${origin}/p?a=1&b=2#reviews`);
    expect(await page.evaluate(() => history.length)).toBe(
      // A new tab, the page with the link, the product.
      3,
    );

    const { retrack_click, cashtrail_clicks, ...others } = await cookies();
    expect(others).toEqual({});
    expect(retrack_click).toMatchObject({
      value: click,
      domain: "127.0.0.1",
      path: "/",
      httpOnly: false,
      secure: true,
      sameSite: "Lax",
    });
    expect(cashtrail_clicks).toMatchObject({
      value: expect.stringMatching(new RegExp(`^retrack\\.\\d{10}\\.${click}\\.exempt$`)),
      domain: "127.0.0.1",
      path: "/",
      secure: true,
      sameSite: "Lax",
    });
    const daysOf = (cookie: { expires: number } | undefined) => ((cookie?.expires ?? 0) - Date.now() / 1000) / 86_400;
    expect(daysOf(retrack_click)).toBeCloseTo(10, 1);
    expect(daysOf(cashtrail_clicks)).toBeCloseTo(30, 1);

    await page.goBack();
    expect(page.url()).toBe(`${origin}/start`);
  });

  test("works under a strict policy for content and trusted types", async () => {
    const violations: string[] = [];
    page.on("console", (message) => violations.push(message.text()));
    pages["/retrack"] = html(tag(), {
      "Content-Security-Policy":
        "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    });
    pages["/p"] = html("product");
    await page.goto(`${origin}/retrack?click=${click}&deeplink=/p`);
    await page.waitForURL(`${origin}/p`);
    expect((await cookies()).retrack_click?.value).toBe(click);
    expect(violations.filter((violation) => /policy|trusted/i.test(violation))).toEqual([]);
  });

  test("leads to the front page without a good deep link, and stores the click all the same", async () => {
    pages["/retrack"] = html(tag('data-front-page="/start"'));
    pages["/start"] = html("front page");
    await page.goto(`${origin}/retrack?click=${click}&deeplink=//evil.com`);
    await page.waitForURL(`${origin}/start`);
    expect((await cookies()).retrack_click?.value).toBe(click);
  });

  test("leads to the front page where a click comes without a deep link and the front page is named", async () => {
    pages["/retrack"] = html(tag('data-front-page="/start"'));
    pages["/start"] = html(tag('data-front-page="/start"'));
    await page.goto(`${origin}/retrack?click=${click}`);
    await page.waitForURL(`${origin}/start`);
    expect((await cookies()).retrack_click?.value).toBe(click);
  });

  test("goes by the first of several deep links", async () => {
    pages["/retrack"] = html(tag());
    pages["/p"] = html("product");
    await page.goto(`${origin}/retrack?deeplink=/p&deeplink=/q`);
    await page.waitForURL(`${origin}/p`);
  });

  test("leads on in a sandboxed frame, where a script may not touch cookies", async () => {
    const said: string[] = [];
    page.on("console", (message) => said.push(message.text()));
    pages["/embedding"] = html(`<iframe sandbox="allow-scripts" src="/retrack?click=${click}&deeplink=/p"></iframe>`);
    pages["/retrack"] = html(tag());
    pages["/p"] = html("product");
    const arrived = requestTo("/p");
    await page.goto(`${origin}/embedding`);
    await arrived;
    expect(await cookies()).toEqual({});
    expect(said.filter((sentence) => sentence.startsWith("cashtrail:"))).toEqual([]);
  });

  test("follows safe deep links and leads to the front page instead of the others", async () => {
    // Every request is answered here: the hosts are the vectors' own, and no name is looked up.
    await context.route("**/*", (route) =>
      route.fulfill({
        contentType: route.request().url().endsWith("/client.js") ? "text/javascript" : "text/html",
        body: route.request().url().endsWith("/client.js")
          ? readFileSync(`${dist}/client.js`)
          : route.request().url().includes("deeplink=")
            ? `<!doctype html>${tag('data-deep-link-hosts="shop.example"')}`
            : "<!doctype html>",
      }),
    );
    const wrong: unknown[] = [];
    for (const { what, given, leadsTo = "https://www.shop.example/" } of deepLinkVectors) {
      const query = new URLSearchParams({ click: "x", deeplink: given });
      await page.goto(`https://www.shop.example/retrack?${query}`, { waitUntil: "commit" });
      // Its own address loses its query before the page goes.
      const left = (url: URL) => !url.searchParams.has("deeplink") && url.href !== "https://www.shop.example/retrack";
      await page.waitForURL(left, { waitUntil: "commit" });
      if (page.url() !== leadsTo) wrong.push({ what, arrived: page.url() });
    }
    expect(wrong).toEqual([]);
    expect(await cookies()).toEqual({});
  });
});

describe("a landing page in Chromium", () => {
  test("stores a ShopBack click and stays", async () => {
    pages["/p"] = html(tag());
    await page.goto(`${origin}/p?utm_source=shopback&transaction_id=${transactionId}`);
    expect((await cookies()).shopback_click).toMatchObject({ value: transactionId, secure: true, sameSite: "Lax" });
    expect(page.url()).toBe(`${origin}/p?utm_source=shopback`);
    expect(paths().filter((path) => path !== "/favicon.ico")).toEqual([
      `/p?utm_source=shopback&transaction_id=${transactionId}`,
      "/client.js",
    ]);
  });

  test("does not lengthen a click that is opened again", async () => {
    pages["/p"] = html(tag());
    await page.goto(`${origin}/p?click=${click}`);
    const before = await cookies();
    await page.reload();
    expect(await cookies()).toEqual(before);
  });

  test("imports the script as a module, with the same settings", async () => {
    pages["/p"] = html(`
      <script type="module">
        import { init } from "/index.js";
        window.cashtrail = init({ networks: "shopback", consent: "manual" });
      </script>`);
    await page.goto(`${origin}/p?transaction_id=${transactionId}&click=${click}`);
    expect(await cookies()).toEqual({});
    await page.evaluate("cashtrail.grant()");
    expect(Object.keys(await cookies()).sort()).toEqual(["cashtrail_clicks", "shopback_click"]);
  });
});

describe("consent that is asked for", () => {
  test("is not waited for: the click travels in the fragment and is stored where it is granted", async () => {
    pages["/retrack"] = html(tag('data-consent="manual"'));
    pages["/p"] = html(tag('data-consent="manual"'));
    await page.goto(`${origin}/retrack?click=${click}&deeplink=%2Fp%3Fa%3D1%23reviews`);
    await page.waitForURL(`${origin}/p?a=1#reviews&click=${click}`);
    expect(await cookies()).toEqual({});
    expect(paths()).toContain("/p?a=1");
    const before = await page.evaluate(() => history.length);

    await page.evaluate("cashtrail.grant()");
    expect((await cookies()).retrack_click?.value).toBe(click);
    expect(page.url()).toBe(`${origin}/p?a=1#reviews`);
    expect(await page.evaluate(() => history.length)).toBe(before);
  });

  test("is not waited for: a click that counts only beside its source travels with it", async () => {
    pages["/retrack"] = html(tag('data-consent="manual"'));
    pages["/p"] = html(tag('data-consent="manual"'));
    await page.goto(`${origin}/retrack?deeplink=%2Fp&utm_source=shopback&transaction_id=ABCDE12345`);
    await page.waitForURL(`${origin}/p#transaction_id=ABCDE12345&utm_source=shopback`);
    await page.evaluate("cashtrail.grant()");
    expect((await cookies()).shopback_click?.value).toBe("ABCDE12345");
  });

  test("is not gone round by the collector's redirect", async () => {
    pages["/retrack"] = html(tag('data-consent="manual" data-collector="/cashtrail"'));
    pages["/p"] = html("product");
    await page.goto(`${origin}/retrack?click=${click}&deeplink=/p`);
    await page.waitForURL(`${origin}/p#click=${click}`);
    expect(paths().filter((path) => path.startsWith("/cashtrail"))).toEqual([]);
  });

  test("lets only a well-formed click travel", async () => {
    pages["/retrack"] = html(tag('data-consent="manual"'));
    pages["/p"] = html("product");
    await page.goto(`${origin}/retrack?click={click}&deeplink=/p`);
    await page.waitForURL(`${origin}/p`);
  });

  test("of an unknown kind stores nothing and asks no collector", async () => {
    pages["/retrack"] = html(tag('data-consent="tfc" data-collector="/cashtrail"'));
    pages["/p"] = html(tag('data-consent="tfc"'));
    await page.goto(`${origin}/retrack?click=${click}&deeplink=/p`);
    await page.waitForURL(`${origin}/p#click=${click}`);
    expect(await cookies()).toEqual({});
    expect(paths().filter((path) => path.startsWith("/cashtrail"))).toEqual([]);
  });
});

describe("the collector behind the script", () => {
  test("is gone through on the redirect page, and sets the cookie itself", async () => {
    pages["/retrack"] = html(tag('data-collector="/cashtrail"'));
    pages["/cashtrail/redirect"] = (_request, response) => {
      response.writeHead(302, { Location: "/p", "Set-Cookie": "retrack_click=from-the-server; Path=/" }).end();
    };
    pages["/p"] = html("product");
    await page.goto(`${origin}/retrack?click=${click}&deeplink=%2Fp&lang=sv`);
    await page.waitForURL(`${origin}/p`);
    expect(paths()).toContain(
      `/cashtrail/redirect?click=${click}&deeplink=${encodeURIComponent(`${origin}/p`)}&lang=sv`,
    );
    expect(Object.values(await cookies()).map(({ name, value }) => [name, value])).toEqual([
      ["retrack_click", "from-the-server"],
    ]);
  });

  test("is told of a new click on any other page, with the page's cookies", async () => {
    pages["/p"] = html(tag('data-collector="/cashtrail"'));
    pages["/cashtrail/remember"] = (_request, response) => response.writeHead(204).end();
    const told = requestTo("/cashtrail/remember");
    await page.goto(`${origin}/p?click=${click}`);
    const { method, body, headers } = await told;
    expect(method).toBe("POST");
    expect(body).toMatch(new RegExp(`^\\d{13}~retrack\\.\\d{10}\\.${click}\\.exempt$`));
    expect(headers["sec-fetch-site"]).toBe("same-origin");
    expect(headers.cookie).toContain(`cashtrail_clicks=${body.split("~")[1]}`);
    expect(headers.cookie).toContain(`retrack_click=${click}`);
  });

  test("that answers with an error is no error of the page", async () => {
    const errors: Error[] = [];
    page.on("pageerror", (error) => errors.push(error));
    pages["/p"] = html(tag('data-collector="/cashtrail"'));
    pages["/cashtrail/remember"] = (_request, response) => response.destroy();
    const failed = page.waitForEvent("requestfailed");
    await page.goto(`${origin}/p?click=${click}`);
    await failed;
    expect((await cookies()).retrack_click?.value).toBe(click);
    expect(errors).toEqual([]);
  });
});
