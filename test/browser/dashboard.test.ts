import axe from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import {
  type DashboardStore,
  type DashboardStoreOptions,
  openDashboardStore,
  TOKEN,
} from "../support/dashboard-store.ts";
import { order, postbacksOf, statesOf } from "../support/sandboxed-store.ts";

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());

async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 800 }, ...options });
  onTestFinished(() => context.close());
  return context.newPage();
}

async function signIn(page: Page, store: DashboardStore, token = TOKEN): Promise<void> {
  await page.goto(`${store.url}/cashtrail/`);
  await page.getByLabel("Admin token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function find(page: Page, text: string): Promise<void> {
  await page.getByLabel("Order number or click id").fill(text);
  await page.getByRole("button", { name: "Find" }).click();
}

const unfold = (page: Page) =>
  page.locator("details").evaluateAll((all) => {
    for (const details of all) details.setAttribute("open", "");
  });

const heading = (page: Page, name: string) => page.getByRole("heading", { level: 1, name, exact: true }).waitFor();

/** Somebody signed in at a store whose ShopBack account counts lines. */
async function atStore(options: DashboardStoreOptions = {}): Promise<{ page: Page; store: DashboardStore }> {
  const store = await openDashboardStore({
    shopback: { level: "line" },
    sandbox: { shopback: { level: "line" } },
    ...options,
  });
  const page = await openPage();
  await signIn(page, store);
  await heading(page, "Overview");
  return { page, store };
}

async function placeOrder(store: DashboardStore, network: "retrack" | "shopback", number = "1001"): Promise<string> {
  const from = store.clicks(network);
  await store.collector.report(from, { ...order, number });
  await store.collector.flush();
  return from.clicks[0]?.id as string;
}

describe("Signing in", () => {
  test("leads to the page that was asked for", async () => {
    const store = await openDashboardStore();
    const page = await openPage();
    await page.goto(`${store.url}/cashtrail/orders?state=held`);
    await page.getByLabel("Admin token").fill(TOKEN);
    await page.getByRole("button", { name: "Sign in" }).click();
    await heading(page, "Orders");
    expect(page.url()).toBe(`${store.url}/cashtrail/orders?state=held`);
  });

  test("with a wrong token says what is wanted, and lets nobody in", async () => {
    const store = await openDashboardStore();
    const page = await openPage();
    await signIn(page, store, "not-the-right-token");
    await page.getByRole("alert").getByText("This is not the adminToken the collector was made with.").waitFor();
    await page.goto(`${store.url}/cashtrail/orders`);
    await heading(page, "Sign in");
  });

  test("lasts when a link in a letter leads here, though its cookie is sent to no other site", async () => {
    const { page, store } = await atStore();
    const letter = await openDashboardStore({
      before: (request, response, next) =>
        request.path === "/letter" ? response.send(`<a href="${store.url}/cashtrail/orders">orders</a>`) : next(),
    });
    await page.goto(`${letter.url.replace("127.0.0.1", "localhost")}/letter`);
    await page.getByRole("link", { name: "orders" }).click();
    await heading(page, "Orders");
  });

  test("ends after twelve hours", async () => {
    const { page, store } = await atStore();
    store.pass(12 * 3_600_000 - 1000);
    await page.goto(`${store.url}/cashtrail/orders`);
    await heading(page, "Orders");
    store.pass(1000);
    await page.goto(`${store.url}/cashtrail/orders`);
    await heading(page, "Sign in");
  });

  test("ends by signing out", async () => {
    const { page, store } = await atStore();
    await page.getByRole("button", { name: "Sign out" }).click();
    await heading(page, "Sign in");
    await page.goto(`${store.url}/cashtrail/`);
    await heading(page, "Sign in");
    expect(await page.context().cookies()).toEqual([]);
  });
});

describe("The search", () => {
  test("finds an order by its number", async () => {
    const { page, store } = await atStore();
    await placeOrder(store, "retrack");
    await find(page, " 1001 ");
    await heading(page, "Order 1001");
  });

  test("finds an order by its click's id, and puts that into no address and no title", async () => {
    const { page, store } = await atStore();
    const click = await placeOrder(store, "retrack");
    const seen: string[] = [];
    page.on("request", (request) => seen.push(request.url(), request.headers().referer ?? ""));
    await find(page, click);
    await heading(page, "Order 1001");
    expect(seen.filter((text) => text.includes(click))).toEqual([]);
    expect(await page.title()).toBe("Order 1001 · Cashtrail");
  });

  test("says what to look at where nothing is found", async () => {
    const { page } = await atStore();
    await find(page, "4711");
    await heading(page, "Nothing found");
    await page.getByText("Was it reported?").waitFor();
    expect(await page.getByLabel("Order number or click id").inputValue()).toBe("4711");
  });

  test("tells why nobody is credited for an order", async () => {
    const { page, store } = await atStore();
    await store.collector.report({ clicks: [] }, order);
    await find(page, "1001");
    await page.getByText("the order carries no click").waitFor();
  });
});

describe("An order's page", () => {
  test("tells the story from the click to each attempt", async () => {
    const { page, store } = await atStore();
    const { clicks } = store.clicks("retrack");
    const click = { ...clicks[0], consent: "tcf" } as (typeof clicks)[number];
    store.sandbox.fault("retrack", "429", { times: 1 });
    store.pass(60_000);
    await store.collector.report({ clicks: [click] }, order);
    await store.deliverAll();
    store.pass(1000);
    await store.collector.reject("1001", { lines: ["vase"], by: "anna", reason: "returned" });
    await store.collector.flush();
    await find(page, "1001");
    const story = page.getByRole("region", { name: "Story with Retrack" }).getByRole("listitem");
    expect(await story.locator("h3").allInnerTexts()).toEqual([
      "The shopper came from Retrack",
      "The order was reported and credited to Retrack",
      "Asked to come back later Report of the order",
      "Accepted Report of the order",
      "Rejected by anna",
      "Accepted Change of the order",
    ]);
    expect(await story.first().textContent()).toContain("the consent banner said yes (TCF)");
    expect(await story.first().textContent()).toContain(click.id);
    expect(await story.nth(2).textContent()).toContain("HTTP 429");
  });

  test("shows names, numbers and reasons as they are, whatever is in them", async () => {
    const { page, store } = await atStore();
    const hostile = `<img src=x onerror=alert(1)>"'&</script>`;
    await store.collector.report(store.clicks("retrack"), {
      ...order,
      number: hostile,
      lines: [{ ...order.lines[0], name: hostile, sku: hostile, category: hostile } as (typeof order.lines)[number]],
      discount: { net: 0, vat: 0 },
      vouchers: [hostile],
    });
    await store.collector.flush();
    await store.collector.approve(hostile, { by: hostile, reason: hostile });
    await find(page, hostile);
    await heading(page, `Order ${hostile}`);
    expect(await page.locator("img, script").count()).toBe(0);
    await page.getByText(`Approved by ${hostile}`).waitFor();
    await page.getByRole("link", { name: "Orders", exact: true }).click();
    await page.getByRole("link", { name: hostile }).click();
    await heading(page, `Order ${hostile}`);
    await page.goto(
      `${store.url}/cashtrail/reject?number=${encodeURIComponent(hostile)}&line=${encodeURIComponent(hostile)}&insist=on`,
    );
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(await page.locator("img, script").count()).toBe(0);
  });
});

describe("A held line", () => {
  async function aHeldLine() {
    const { page, store } = await atStore();
    store.sandbox.fault("shopback", "accept-then-drop", { times: 1 });
    await placeOrder(store, "shopback");
    expect(await statesOf(store.collector)).toMatchObject({ "shopback/1001/create/mug": "held" });
    await page.reload();
    return { page, store };
  }

  test("is settled from the overview, with the name and reason of whoever looked", async () => {
    const { page, store } = await aHeldLine();
    await page.getByRole("region", { name: "Needs a person" }).getByRole("link", { name: "1001" }).click();
    await page.getByRole("link", { name: "Settle… Report of line mug" }).click();
    await heading(page, "What does ShopBack have?");
    await page.getByLabel("ShopBack has it.").check();
    await page.getByLabel("Who are you?").fill("anna");
    await page.getByLabel("Why?").fill("found in their portal");
    await page.getByRole("button", { name: "Settle it" }).click();
    await page.getByRole("status").getByText("Settled: ShopBack has it.").waitFor();
    expect(await statesOf(store.collector)).toMatchObject({ "shopback/1001/create/mug": "delivered" });
    expect((await store.collector.find({ number: "1001" }))[0]?.decisions).toMatchObject([
      { what: "settle", by: "anna", reason: "found in their portal" },
    ]);
    await page.reload();
    expect(await page.getByRole("status").count()).toBe(0);
  });

  test("is sent again only after the warning that it may count twice", async () => {
    const { page, store } = await aHeldLine();
    await find(page, "1001");
    await page.getByRole("link", { name: "Send again… Report of line mug" }).click();
    await heading(page, "Send 1 postback of order 1001 again?");
    await page.getByText("If ShopBack has it already, it counts twice").waitFor();
    expect(await page.locator("pre").textContent()).toContain('"adv_sub4": "mug"');
    await page.getByLabel("Who are you?").fill("anna");
    await page.getByRole("button", { name: "Send 1 postback again" }).click();
    await page.getByRole("status").getByText("1 postback will be sent again.").waitFor();
    expect(await statesOf(store.collector)).toMatchObject({ "shopback/1001/create/mug": "pending" });
  });

  test("that the network has not and shall not have is put aside, and needs nobody any more", async () => {
    const { page, store } = await aHeldLine();
    await find(page, "1001");
    await page.getByRole("link", { name: "Settle… Report of line mug" }).click();
    await page.getByLabel("ShopBack does not have it, and shall not.").check();
    await page.getByLabel("Who are you?").fill("anna");
    await page.getByRole("button", { name: "Settle it" }).click();
    await page.getByRole("status").getByText("Settled: ShopBack does not have it, and it is put aside.").waitFor();
    expect(await statesOf(store.collector)).toMatchObject({ "shopback/1001/create/mug": "cancelled" });
    await page.goto(`${store.url}/cashtrail/`);
    await page.getByRole("heading", { name: "Nothing needs you" }).waitFor();
  });

  test("that somebody settled meanwhile is not settled once more", async () => {
    const { page, store } = await aHeldLine();
    await page.goto(`${store.url}/cashtrail/settle?postback=shopback%2F1001%2Fcreate%2Fmug`);
    await page.getByLabel("ShopBack has it.").check();
    await page.getByLabel("Who are you?").fill("anna");
    await store.collector.settle("shopback/1001/create/mug", "cancelled", { by: "bo" });
    await page.getByRole("button", { name: "Settle it" }).click();
    await heading(page, "There is nothing to settle any more");
    expect(await statesOf(store.collector)).toMatchObject({ "shopback/1001/create/mug": "cancelled" });
  });
});

describe("What failed", () => {
  async function twoFailed() {
    const { page, store } = await atStore();
    store.sandbox.fault("retrack", "refuse", { times: 2 });
    await placeOrder(store, "retrack", "1001");
    await placeOrder(store, "retrack", "1002");
    await page.reload();
    await page.getByRole("link", { name: "Send again… what failed at Retrack" }).click();
    await heading(page, "Send 2 postbacks to Retrack again?");
    return { page, store };
  }

  test("is sent again all at once", async () => {
    const { page, store } = await twoFailed();
    await page.getByLabel("Who are you?").fill("anna");
    await page.getByLabel("Why?").fill("their mistake");
    await page.getByRole("button", { name: "Send 2 postbacks again" }).click();
    await page.getByRole("status").getByText("2 postbacks will be sent again.").waitFor();
    await store.collector.flush();
    expect((await postbacksOf(store.collector, "1002")).map(({ state }) => state)).toEqual(["delivered"]);
    expect(store.sandbox.book.retrack.map(({ body }) => body.orderNumber)).toEqual(["1001", "1002"]);
  });

  test("is sent again one by one", async () => {
    const { page, store } = await atStore();
    store.sandbox.fault("shopback", "refuse", { times: 2 });
    await placeOrder(store, "shopback");
    await find(page, "1001");
    await page.getByRole("link", { name: "Send again… Report of line vase" }).click();
    await heading(page, "Send 1 postback of order 1001 again?");
    await page.getByLabel("Who are you?").fill("anna");
    await page.getByRole("button", { name: "Send 1 postback again" }).click();
    await page.getByRole("status").getByText("1 postback will be sent again.").waitFor();
    await store.collector.flush();
    expect(await statesOf(store.collector)).toEqual({
      "shopback/1001/create/mug": "failed",
      "shopback/1001/create/vase": "delivered",
    });
  });

  test("is settled as well, and needs nobody then", async () => {
    const { page, store } = await twoFailed();
    for (const [number, choice, state] of [
      ["1001", "Retrack has it.", "delivered"],
      ["1002", "Retrack does not have it, and shall not.", "cancelled"],
    ] as const) {
      await find(page, number);
      await page.getByRole("link", { name: "Settle… Report of the order" }).click();
      await page.getByLabel(choice).check();
      await page.getByLabel("Who are you?").fill("anna");
      await page.getByRole("button", { name: "Settle it" }).click();
      await page.getByRole("status").waitFor();
      expect(await statesOf(store.collector, number)).toEqual({ [`retrack/${number}/create`]: state });
    }
    await page.goto(`${store.url}/cashtrail/`);
    await page.getByRole("heading", { name: "Nothing needs you" }).waitFor();
  });

  test("is confirmed anew where it is more by then", async () => {
    const { page, store } = await twoFailed();
    await page.getByLabel("Who are you?").fill("anna");
    store.sandbox.fault("retrack", "refuse", { times: 1 });
    await placeOrder(store, "retrack", "1003");
    await page.getByRole("button", { name: "Send 2 postbacks again" }).click();
    await heading(page, "Send 3 postbacks to Retrack again?");
    await page.getByText("It is other postbacks since you looked.").waitFor();
    expect(store.sandbox.book.retrack).toEqual([]);
    expect(await page.getByLabel("Who are you?").inputValue()).toBe("anna");
  });
});

describe("What was delivered", () => {
  test("is sent again by itself, after its network was asked for it", async () => {
    const { page, store } = await atStore();
    await placeOrder(store, "retrack");
    await find(page, "1001");
    await page.getByRole("link", { name: "Send again… Report of the order" }).click();
    await page.getByText("Retrack is asked for it").waitFor();
    await page.getByLabel("Who are you?").fill("anna");
    await page.getByRole("button", { name: "Send 1 postback again" }).click();
    await page.getByRole("status").waitFor();
    await store.deliverAll();
    expect(await statesOf(store.collector)).toEqual({ "retrack/1001/create": "delivered" });
    expect(store.sandbox.book.retrack).toHaveLength(1);
  });
});

describe("A decision", () => {
  test("rejects a line after saying what the network will be told", async () => {
    const { page, store } = await atStore();
    await placeOrder(store, "shopback");
    await find(page, "1001");
    await page.getByLabel("Vase").check();
    await page.getByRole("button", { name: "Reject…" }).click();
    await heading(page, "Reject 1 line of order 1001?");
    await page.getByText("Rejection of line vase").first().waitFor();
    const said = JSON.parse((await page.locator("pre").textContent()) ?? "") as { parameters: Record<string, string> };
    await page.getByLabel("Who are you?").fill("anna");
    await page.getByLabel("Why?").fill("returned");
    await page.getByRole("button", { name: "Reject 1 line of order 1001" }).click();
    await page.getByRole("status").getByText("Rejected. 1 postback will tell the networks.").waitFor();
    await store.collector.flush();
    const sent = store.sandbox.requests.at(-1)?.path ?? "";
    expect(Object.fromEntries(new URLSearchParams(sent.split("?")[1]))).toMatchObject(said.parameters);
    expect(said.parameters).toMatchObject({ adv_sub4: "vase", status: "rejected" });
    expect((await store.collector.find({ number: "1001" }))[0]?.lines).toEqual({ vase: { status: "rejected" } });
  });

  test("approves the whole order, and remembers who did", async () => {
    const { page, store } = await atStore();
    await placeOrder(store, "retrack");
    await find(page, "1001");
    await page.getByRole("button", { name: "Approve…" }).click();
    await heading(page, "Approve order 1001?");
    await page.getByText("Nothing is sent: Retrack takes no approvals from stores").waitFor();
    await page.getByLabel("Who are you?").fill("Anna Åberg");
    await page.getByRole("button", { name: "Approve order 1001" }).click();
    await page.getByRole("status").getByText("Approved.").waitFor();
    await page.getByRole("link", { name: "Reject again…" }).click();
    expect(await page.getByLabel("Who are you?").inputValue()).toBe("Anna Åberg");
    expect((await store.collector.find({ number: "1001" }))[0]).toMatchObject({
      status: "approved",
      decisions: [{ what: "approve", by: "Anna Åberg" }],
    });
  });

  test("approves less than the order says, after saying what is sent then", async () => {
    const { page, store } = await atStore({ shopback: {}, sandbox: {} });
    await placeOrder(store, "shopback");
    await find(page, "1001");
    await page.getByRole("button", { name: "Approve…" }).click();
    await heading(page, "Approve order 1001?");
    await page.getByText("Approve with a smaller amount").click();
    await page.getByLabel("Without VAT, in MYR").fill("100,50");
    await page.getByLabel("VAT, in MYR", { exact: true }).fill("9");
    await page.getByRole("button", { name: "See what is sent then" }).click();
    await page.getByText("It must be a number with a dot, like 140.00.").waitFor();
    await page.getByLabel("Without VAT, in MYR").fill("100.50");
    await page.getByRole("button", { name: "See what is sent then" }).click();
    await page.getByText('"amount": "109.5"').waitFor();
    await page.getByLabel("Who are you?").fill("anna");
    await page.getByRole("button", { name: "Approve order 1001" }).click();
    await page.getByRole("status").getByText("Approved. 1 postback will tell the networks.").waitFor();
    await store.collector.flush();
    expect(store.sandbox.requests.at(-1)?.path).toContain("amount=109.5&status=approved");
  });

  test("that contradicts another one is made by insisting only", async () => {
    const { page, store } = await atStore();
    await placeOrder(store, "retrack");
    await store.collector.approve("1001");
    await page.goto(`${store.url}/cashtrail/reject?number=1001`);
    await page.getByText("order 1001 is approved already").waitFor();
    expect(await page.getByRole("button", { name: "Reject order 1001" }).count()).toBe(0);
    await page.getByRole("button", { name: "Insist…" }).click();
    await page.getByLabel("Who are you?").fill("anna");
    await page.getByRole("button", { name: "Reject order 1001" }).click();
    await page.getByRole("status").getByText("Rejected. 1 postback will tell the networks.").waitFor();
    expect((await store.collector.find({ number: "1001" }))[0]?.status).toBe("rejected");
  });

  test("is confirmed anew where the order was changed meanwhile", async () => {
    const { page, store } = await atStore();
    await placeOrder(store, "retrack");
    await page.goto(`${store.url}/cashtrail/reject?number=1001`);
    await page.getByLabel("Who are you?").fill("anna");
    await store.collector.reject("1001", { lines: ["vase"], by: "bo" });
    await page.getByRole("button", { name: "Reject order 1001" }).click();
    await page.getByRole("alert").getByText("The order has changed since you looked.").waitFor();
    expect((await store.collector.find({ number: "1001" }))[0]?.status).toBe("pending");
    await page.getByRole("button", { name: "Reject order 1001" }).click();
    await page.getByRole("status").waitFor();
    expect((await store.collector.find({ number: "1001" }))[0]?.status).toBe("rejected");
  });
});

test("Another site cannot decide anything in the name of who is signed in", async () => {
  const { page, store } = await atStore();
  await placeOrder(store, "retrack");
  const evil = await openDashboardStore({
    before: (request, response, next) =>
      request.path === "/evil"
        ? response.send(
            `<form method="post" action="${store.url}/cashtrail/reject"><input name="number" value="1001"><input name="by" value="evil"><input name="seen" value="retrack 0"><button>win</button></form>`,
          )
        : next(),
  });
  for (const host of ["localhost", "127.0.0.1"]) {
    await page.goto(`${evil.url.replace("127.0.0.1", host)}/evil`);
    await page.getByRole("button", { name: "win" }).click();
    await page.getByRole("heading", { level: 1 }).waitFor();
  }
  expect((await store.collector.find({ number: "1001" }))[0]).toMatchObject({ status: "pending", decisions: [] });
});

describe("The pages", () => {
  const looks = [
    ["light", { colorScheme: "light" }],
    ["dark", { colorScheme: "dark" }],
    ["on a phone", { colorScheme: "light", viewport: { width: 360, height: 740 } }],
  ] as const;

  test.each(looks)("are accessible to axe, %s", async (_name, options) => {
    const store = await openDashboardStore({
      shopback: { level: "line" },
      sandbox: { shopback: { level: "line" } },
      tallies: [
        { day: "2026-11-20", network: "retrack", what: "click", count: 12 },
        { day: "2026-11-22", network: "retrack", what: "reported", count: 2 },
        { day: "2026-11-22", network: "", what: "reported", count: 1 },
        { day: "2026-11-22", network: "retrack", what: "credited", count: 2 },
        { day: "2026-11-22", network: "retrack", what: "delivered", count: 2, seconds: 7 },
      ],
    });
    store.sandbox.fault("shopback", "accept-then-drop", { times: 1 });
    store.sandbox.fault("retrack", "refuse", { times: 1 });
    await placeOrder(store, "shopback", "1001");
    await placeOrder(store, "retrack", "1002");
    await placeOrder(store, "retrack", "1003");
    await store.collector.reject("1003", { lines: ["vase"], by: "anna", reason: "returned" });
    await store.collector.report({ clicks: [] }, { ...order, number: "1004" });
    const page = await openPage(options);
    const problems: string[] = [];
    const check = async (name: string) => {
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(() =>
        (globalThis as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ["violations"] }),
      );
      for (const { id, nodes } of violations)
        problems.push(`${name}: ${id}: ${nodes[0]?.html}: ${nodes[0]?.failureSummary}`);
    };
    await page.goto(`${store.url}/cashtrail/`);
    await check("login");
    await signIn(page, store, "wrong");
    await check("wrong token");
    await signIn(page, store);
    await heading(page, "Overview");
    await unfold(page);
    await check("overview");
    for (const path of [
      "orders",
      "orders?state=failed",
      "orders?state=cancelled",
      "uncredited",
      "order?number=1001",
      "order?number=1003",
      "order?number=1004",
      "order?number=none",
      "approve?number=1001",
      "approve?number=1001&line=vase&net=1&vat=1",
      "approve?number=1001&line=vase&net=x&vat=9999",
      "reject?number=1003&line=vase&insist=on",
      "reject?number=1003&line=vase",
      "resend?number=1002",
      "resend?number=1001&state=held",
      "resend?number=1001&state=held&id=none",
      "resend?number=1003&state=delivered",
      "settle?postback=shopback%2F1001%2Fcreate%2Fmug",
      "settle?postback=retrack%2F1002%2Fcreate",
      "settle?postback=none",
    ]) {
      await page.goto(`${store.url}/cashtrail/${path}`);
      await unfold(page);
      await check(path);
      const { width } = page.viewportSize() ?? { width: 0 };
      expect(await page.locator("html").evaluate((root) => root.scrollWidth), path).toBeLessThanOrEqual(width);
    }
    await find(page, "nothing of the kind");
    await check("nothing found");
    expect(problems).toEqual([]);
  });

  test("are worked with the keyboard alone", async () => {
    const { page, store } = await atStore();
    await placeOrder(store, "retrack");
    await page.reload();
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the content");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
    await page.getByLabel("Order number or click id").focus();
    await page.keyboard.type("1001");
    await page.keyboard.press("Enter");
    await heading(page, "Order 1001");
    await page.getByLabel("Stoneware mug").focus();
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "Reject…" }).focus();
    await page.keyboard.press("Enter");
    await heading(page, "Reject 1 line of order 1001?");
  });

  test("need no script and break no rule of their content security policy", async () => {
    const store = await openDashboardStore();
    const page = await openPage({ javaScriptEnabled: false });
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("requestfailed", (request) => complaints.push(request.url()));
    await signIn(page, store);
    await heading(page, "Overview");
    await page.getByRole("link", { name: "30 days" }).click();
    await page.getByRole("link", { name: "Orders", exact: true }).click();
    await heading(page, "Orders");
    await page.getByLabel("A postback is").selectOption("Held");
    await page.getByRole("button", { name: "Filter" }).click();
    await page.getByText("Nothing is like this.").waitFor();
    expect(complaints).toEqual([]);
  });

  test("page through more orders than one shows, each once", async () => {
    const { page, store } = await atStore();
    for (let number = 1001; number <= 1060; number += 1)
      await store.collector.report(store.clicks("retrack"), { ...order, number: String(number) });
    await page.goto(`${store.url}/cashtrail/orders`);
    const numbers = () => page.getByRole("rowheader").allInnerTexts();
    const newest = await numbers();
    await page.getByRole("link", { name: "Older" }).click();
    await page.getByRole("link", { name: "Newest" }).waitFor();
    const older = await numbers();
    expect([...newest, ...older]).toEqual(Array.from({ length: 60 }, (_, index) => String(1060 - index)));
    expect(await page.getByRole("link", { name: "Older" }).count()).toBe(0);
  });
});
