import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Tally } from "../../packages/collector/src/ledger/ledger.ts";
import { launchChromium } from "../support/chromium.ts";
import { type DashboardStore, openDashboardStore, TOKEN } from "../support/dashboard-store.ts";
import { DAY, MINUTE, SECOND } from "../support/sandboxed-store.ts";

const artifacts = join(import.meta.dirname, "../artifacts/dashboard");
let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
  mkdirSync(artifacts, { recursive: true });
});
afterAll(() => browser?.close());

const wares = [
  { sku: "mug", name: "Stoneware mug", quantity: 2, net: 10_000, vat: 1_000 },
  { sku: "vase", name: "Vase, speckled", quantity: 1, net: 24_900, vat: 2_490 },
  { sku: "throw", name: "Wool throw", quantity: 1, net: 45_500, vat: 4_550 },
  { sku: "board", name: "Serving board", quantity: 3, net: 8_850, vat: 885 },
];

/** Sixty days of a shop's figures, with an outage of ShopBack ten days ago. */
function figures(): Tally[] {
  const end = Date.parse("2026-11-22T00:00:00Z");
  return Array.from({ length: 60 }, (_, back) => {
    const day = new Date(end - back * DAY).toISOString().slice(0, 10);
    const wave = (size: number, turn: number) => Math.round(size * (1 + 0.35 * Math.sin(back * 0.9 + turn)));
    const isOut = back === 10 || back === 11;
    const share = back === 0 ? 0.45 : 1;
    const of = (network: string, what: Tally["what"], count: number, seconds?: number): Tally => ({
      ...{ day, network, what, count: Math.round(count * share) },
      ...(seconds === undefined ? {} : { seconds }),
    });
    const r = wave(38, 0);
    const s = wave(24, 2);
    return [
      of("retrack", "click", wave(410, 1)),
      of("shopback", "click", wave(260, 3)),
      of("retrack", "reported", r),
      of("shopback", "reported", s),
      of("", "reported", wave(9, 4)),
      of("retrack", "credited", r),
      of("shopback", "credited", s),
      of("retrack", "delivered", r, r * 3.2),
      of("shopback", "delivered", isOut ? 0 : s * (back === 9 ? 3 : 1), s * (back === 9 ? 60_000 : 4.1)),
      of("shopback", "held", isOut ? 4 : back % 13 === 0 ? 1 : 0),
      of("retrack", "failed", back % 7 === 3 ? 2 : 0),
      of("retrack", "rejected", wave(3, 5)),
      of("shopback", "approved", wave(17, 1)),
      of("shopback", "rejected", wave(2, 2)),
    ];
  }).flat();
}

/** A shop on an uneasy day: orders of all kinds, lines held, an outage, a network that says no. */
async function anUneasyDay(): Promise<DashboardStore> {
  const store = await openDashboardStore({
    tallies: figures(),
    attribution: "last-click",
    dashboard: { locale: "en-SE", timeZone: "Asia/Kuala_Lumpur" },
    shopback: { level: "line" },
    sandbox: { shopback: { level: "line" } },
  });
  const { collector, sandbox } = store;
  let number = 1000;
  const place = async (
    network: "retrack" | "shopback",
    lines = wares.slice(number % 3, (number % 3) + 1 + (number % 2)),
  ) => {
    number += 1;
    const from = store.clicks(network);
    store.pass(4 * MINUTE);
    await collector.report(
      { clicks: from.clicks.map((click) => ({ ...click, consent: number % 2 ? "exempt" : "tcf" })) },
      { number: String(number), currency: network === "retrack" ? "SEK" : "MYR", lines },
    );
    await collector.flush();
    store.pass(7 * MINUTE);
    return String(number);
  };
  for (let index = 0; index < 56; index += 1) await place(index % 3 === 1 ? "shopback" : "retrack");
  for (let index = 0; index < 6; index += 1)
    await collector.report({ clicks: [] }, { number: `9${number + index}`, currency: "SEK", lines: wares.slice(0, 1) });
  await collector.approve("1002", { by: "anna", reason: "past the return period" });
  await collector.reject("1004", { by: "anna", reason: "returned" });
  await collector.flush();
  sandbox.fault("shopback", "accept-then-drop", { times: 2 });
  await place("shopback", wares.slice(0, 3));
  sandbox.fault("retrack", "refuse", { times: 3 });
  for (let index = 0; index < 3; index += 1) await place("retrack");
  sandbox.fault("shopback", "502-html", { times: 1 });
  sandbox.fault("retrack", "429", { times: 60 });
  for (let index = 0; index < 12; index += 1) await place("retrack");
  store.pass(20 * SECOND);
  return store;
}

async function signIn(page: Page, { url }: { url: string }): Promise<void> {
  await page.goto(`${url}/cashtrail/`);
  await page.getByLabel("Admin token").fill(TOKEN);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
}

describe("The dashboard's look", () => {
  test("is kept as pictures", async () => {
    const store = await anUneasyDay();
    const heldNumber = (await store.collector.find({ state: "held" }))[0]?.number;
    const held = (await store.collector.find({ state: "held" }))[0]?.postbacks.find(
      ({ state }) => state === "held",
    )?.id;
    for (const [look, options] of Object.entries({
      light: { viewport: { width: 1280, height: 900 }, colorScheme: "light" },
      dark: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
      phone: { viewport: { width: 360, height: 740 }, colorScheme: "light" },
    } as const)) {
      const context = await browser.newContext({ ...options, locale: "en-SE" });
      const page = await context.newPage();
      const shot = async (name: string) => {
        const path = join(artifacts, look, `${name}.png`);
        mkdirSync(dirname(path), { recursive: true });
        await page.screenshot({ path, fullPage: true });
        expect(await page.locator("html").evaluate((root) => root.scrollWidth), `${look} ${name}`).toBeLessThanOrEqual(
          options.viewport.width,
        );
      };
      await page.goto(`${store.url}/cashtrail/`);
      await shot("login");
      await signIn(page, store);
      await shot("overview");
      for (const [name, path] of Object.entries({
        orders: "orders",
        failed: "orders?state=failed",
        uncredited: "uncredited",
        order: `order?number=${heldNumber}`,
        decided: "order?number=1002",
        reject: `reject?number=${heldNumber}&line=mug`,
        resend: "resend?network=retrack&state=failed",
        "resend-held": `resend?number=${heldNumber}&state=held`,
        settle: `settle?postback=${held}`,
        approve: `approve?number=${heldNumber}&line=vase&net=150.00&vat=15`,
        "approve-wrong": `approve?number=${heldNumber}&line=vase&net=150,00&vat=9999`,
      })) {
        await page.goto(`${store.url}/cashtrail/${path}`);
        await shot(name);
      }
      await context.close();
    }
  });
});
