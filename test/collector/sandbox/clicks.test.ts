import { request } from "undici";
import { describe, expect, test } from "vitest";
import type { Sandbox } from "../../../packages/collector/src/sandbox/sandbox.ts";
import { startedSandbox } from "./started.ts";

const programme = "publisher=e5adcbc6-31a8-4e1b-8351-835dddc16921&program=7649bf56-4345-46e4-8c77-04bbd2f3bcd3";
const uuid = "[\\da-f]{8}-[\\da-f]{4}-4[\\da-f]{3}-[89ab][\\da-f]{3}-[\\da-f]{12}";

const store = {
  retrack: { landing: "https://www.store-domain.com/retrack" },
  shopback: { landing: "https://www.store-domain.com/" },
};

async function follow(sandbox: Sandbox, link: string) {
  const { statusCode, headers, body } = await request(`${sandbox.url}${link}`);
  return { status: statusCode, location: headers.location as string | undefined, body: await body.text() };
}

describe("Retrack's click link", () => {
  test("leads to the redirect page with the click and the deep link", async () => {
    const sandbox = await startedSandbox(store);
    const { status, location } = await follow(
      sandbox,
      `/track/v2/click?${programme}&deeplink=https%3A%2F%2Fwww.store-domain.com%2Fsome-product%3Fa%3D1%26b%3D2`,
    );
    expect(status).toBe(302);
    expect(location).toMatch(
      new RegExp(
        `^https://www\\.store-domain\\.com/retrack\\?click=${uuid}&deeplink=https%3A%2F%2Fwww\\.store-domain\\.com%2Fsome-product%3Fa%3D1%26b%3D2$`,
      ),
    );
  });

  test("leads to the redirect page with the click alone where there is no deep link", async () => {
    const sandbox = await startedSandbox(store);
    const { location } = await follow(sandbox, `/track/v2/click?${programme}`);
    expect(location).toMatch(new RegExp(`^https://www\\.store-domain\\.com/retrack\\?click=${uuid}$`));
  });

  test("leads straight to the deep link, whose own parameters stay as they are, without a redirect page", async () => {
    const sandbox = await startedSandbox(store);
    const { location } = await follow(
      sandbox,
      `/track/v2/click?${programme}&direct=1&deeplink=https%3A%2F%2Fwww.store-domain.com%2Fsome-product%3Fq%3Da%2520b%23top`,
    );
    expect(location).toMatch(new RegExp(`^https://www\\.store-domain\\.com/some-product\\?q=a%20b&click=${uuid}#top$`));
  });

  test("leads straight to the front page where there is neither redirect page nor deep link", async () => {
    const sandbox = await startedSandbox(store);
    const { location } = await follow(sandbox, `/track/v2/click?${programme}&direct=1`);
    expect(location).toMatch(new RegExp(`^https://www\\.store-domain\\.com/\\?click=${uuid}$`));
  });

  test("issues a click that a transaction may name, and that says its deep link", async () => {
    const sandbox = await startedSandbox(store);
    const { location } = await follow(
      sandbox,
      `/track/v2/click?${programme}&deeplink=https%3A%2F%2Fwww.store-domain.com%2F`,
    );
    const { event, token } = sandbox.accounts.retrack;
    const { statusCode, body } = await request(`${sandbox.url}/api/v2/transactions`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({
        event,
        click: new URL(location ?? "").searchParams.get("click"),
        orderNumber: "1",
        orderSum: 100,
        vatSum: 0,
        currency: "SEK",
        products: [{ event, reference: "a", quantity: 1, name: "A", price: 100, vat: 0 }],
      }),
    });
    expect(statusCode).toBe(200);
    expect(await body.json()).toMatchObject({ data: { click: { deeplink: "https://www.store-domain.com/" } } });
  });

  test.each([
    ["https%3A%2F%2Fevil.example%2F"],
    ["https%3A%2F%2Fwww.store-domain.com.evil.example%2F"],
    ["https%3A%2F%2Fwww.store-domain.com%40evil.example%2F"],
    ["https%3A%2F%2Fx%3Ay%40www.store-domain.com%2F"],
    ["http%3A%2F%2Fwww.store-domain.com%2F"],
    ["javascript%3Aalert(1)"],
    ["%2Fsome-product"],
  ])("does not lead straight to %s", async (deepLink) => {
    const sandbox = await startedSandbox(store);
    expect(await follow(sandbox, `/track/v2/click?${programme}&direct=1&deeplink=${deepLink}`)).toEqual({
      status: 400,
      location: undefined,
      body: "deeplink does not lead to https://www.store-domain.com.",
    });
  });

  test.each([
    "publisher=e5adcbc6-31a8-4e1b-8351-835dddc16921",
    "program=7649bf56-4345-46e4-8c77-04bbd2f3bcd3",
    "publisher=7649bf56-4345-46e4-8c77-04bbd2f3bcd3&program=e5adcbc6-31a8-4e1b-8351-835dddc16921",
  ])("is unknown with %s", async (query) => {
    const sandbox = await startedSandbox(store);
    expect(await follow(sandbox, `/track/v2/click?${query}`)).toMatchObject({
      status: 404,
      body: "No such publisher and programme.",
    });
  });
});

describe("ShopBack's click link", () => {
  test("leads to the store with its click id", async () => {
    const sandbox = await startedSandbox(store);
    const { status, location } = await follow(sandbox, "/aff_c?offer_id=1234&aff_id=1152");
    expect(status).toBe(302);
    expect(location).toMatch(/^https:\/\/www\.store-domain\.com\/\?utm_source=shopback&transaction_id=102[\da-f]{27}$/);
  });

  test("leads to the page of the store that it names, behind the page's own parameters", async () => {
    const sandbox = await startedSandbox(store);
    const { location } = await follow(
      sandbox,
      "/aff_c?offer_id=1234&aff_id=1152&url=https%3A%2F%2Fwww.store-domain.com%2Fsale%3Fpage%3D2",
    );
    expect(location).toMatch(
      /^https:\/\/www\.store-domain\.com\/sale\?page=2&utm_source=shopback&transaction_id=102[\da-f]{27}$/,
    );
  });

  test("issues a click that a conversion may name", async () => {
    const sandbox = await startedSandbox(store);
    const { location } = await follow(sandbox, "/aff_c?offer_id=1234&aff_id=1152");
    const click = new URL(location ?? "").searchParams.get("transaction_id");
    const { securityToken } = sandbox.accounts.shopback;
    const { body } = await request(
      `${sandbox.url}/aff_lsr?offer_id=1234&transaction_id=${click}&security_token=${securityToken}&adv_sub=1&amount=1`,
    );
    expect(await body.text()).toBe("sucess=true;");
  });

  test("leads nowhere but to the store", async () => {
    const sandbox = await startedSandbox(store);
    expect(await follow(sandbox, "/aff_c?offer_id=1234&aff_id=1152&url=https%3A%2F%2Fevil.example%2F")).toMatchObject({
      status: 400,
      body: "url does not lead to https://www.store-domain.com.",
    });
  });

  test.each(["offer_id=4321&aff_id=1152", "offer_id=1234", "offer_id=1234&aff_id=x"])(
    "is unknown with %s",
    async (query) => {
      const sandbox = await startedSandbox(store);
      expect(await follow(sandbox, `/aff_c?${query}`)).toMatchObject({
        status: 404,
        body: "No such offer and affiliate.",
      });
    },
  );
});

describe("A click link", () => {
  test("never suffers from a fault", async () => {
    const sandbox = await startedSandbox(store);
    sandbox.fault("retrack", "down");
    sandbox.fault("shopback", "500");
    expect(await follow(sandbox, `/track/v2/click?${programme}`)).toMatchObject({ status: 302 });
    expect(await follow(sandbox, "/aff_c?offer_id=1234&aff_id=1152")).toMatchObject({ status: 302 });
  });

  test("follows a landing that is set after the start", async () => {
    const sandbox = await startedSandbox(store);
    sandbox.accounts.shopback.landing = "http://127.0.0.1:4000/hello";
    const { location } = await follow(sandbox, "/aff_c?offer_id=1234&aff_id=1152");
    expect(location).toMatch(/^http:\/\/127\.0\.0\.1:4000\/hello\?utm_source=shopback&transaction_id=102/);
  });
});

describe("A click issued by hand", () => {
  test("has its network's shape and is new each time", async () => {
    const sandbox = await startedSandbox();
    expect(sandbox.click("retrack")).toMatch(new RegExp(`^${uuid}$`));
    expect(sandbox.click("shopback")).toMatch(/^102[\da-f]{27}$/);
    expect(sandbox.click("retrack")).not.toBe(sandbox.click("retrack"));
  });
});
