import type { Browser } from "playwright-core";
import { request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium } from "../../support/chromium.ts";
import { securityToken, startedSandbox } from "./started.ts";

const browserMs = 60_000;
let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
}, browserMs);
afterAll(() => browser?.close());

describe("The page on a phone", () => {
  test("is no wider than the phone, whatever was sent and unfolded", { timeout: browserMs }, async () => {
    const sandbox = await startedSandbox();
    for (let number = 1; number <= 5; number++) {
      const order = `adv_sub=${"x".repeat(200)}${number}&amount=99999999.99`;
      const click = sandbox.click("shopback");
      await request(
        `${sandbox.url}/aff_lsr?offer_id=1234&transaction_id=${click}&security_token=${securityToken}&${order}`,
      );
      await request(
        `${sandbox.url}/aff_lsr?offer_id=5678&aff_id=1152&security_token=${securityToken}&${order}&status=approved`,
      );
    }
    await request(`${sandbox.url}/aff_lsr?adv_sub=${"y".repeat(400)}`);
    sandbox.fault("retrack", "slow", { times: 3 });
    const page = await browser.newPage({ viewport: { width: 320, height: 640 } });
    await page.goto(sandbox.url);
    // From the last to the first: a fold inside a closed one cannot be clicked, one above moves those below.
    for (const summary of (await page.locator("summary").all()).reverse()) await summary.click();
    expect(await page.locator("details:not([open])").count()).toBe(0);
    expect(await page.locator("html").evaluate((root) => root.scrollWidth)).toBe(320);
    await page.close();
  });

  test("unfolds the faults for the link to them", { timeout: browserMs }, async () => {
    const sandbox = await startedSandbox();
    const page = await browser.newPage({ viewport: { width: 320, height: 640 } });
    await page.goto(sandbox.url);
    const fault = page.getByText("Resets the connection before reading the body.");
    expect(await fault.isVisible()).toBe(false);
    await page.getByRole("link", { name: "What the faults do" }).click();
    await fault.waitFor({ state: "visible" });
    await page.close();
  });

  test("sets a fault and clears it", { timeout: browserMs }, async () => {
    const sandbox = await startedSandbox();
    const page = await browser.newPage({ viewport: { width: 320, height: 640 } });
    await page.goto(sandbox.url);
    const card = page.getByRole("region", { name: "ShopBack" });
    await card.getByText("Set a fault").click();
    await card.getByLabel("Fault").selectOption("429");
    await card.getByLabel("Times").fill("2");
    await card.getByLabel("Retry-After").fill("120");
    await card.getByRole("button", { name: "Set the fault for ShopBack" }).click();
    await card.getByText("Fault in force: 429, 2 more").waitFor();
    expect((await request(`${sandbox.url}/aff_lsr`)).headers["retry-after"]).toBe("120");
    await card.getByRole("button", { name: "Clear it for ShopBack" }).click();
    await card.getByText("Fault in force").waitFor({ state: "detached" });
    expect((await request(`${sandbox.url}/aff_lsr`)).statusCode).toBe(200);
    await page.close();
  });
});
