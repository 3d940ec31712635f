import { request } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Fault, NetworkName, Sandbox } from "../../../packages/collector/src/sandbox/sandbox.ts";
import { retrackToken, securityToken, startedSandbox } from "./started.ts";

const event = "1f80e399-6f55-4cef-b8b0-0f74752c1ceb";

const transaction = (click: string, quantity: number) => ({
  event,
  click,
  orderNumber: "1",
  orderSum: 100 * quantity,
  vatSum: 0,
  currency: "SEK",
  products: [{ event, reference: "a", quantity, name: "A", price: 100, vat: 0 }],
});

function toRetrack(sandbox: Sandbox, path: string, body: unknown, signal: AbortSignal | null = null) {
  return request(`${sandbox.url}/api/v2/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${retrackToken}`, "content-type": "application/json" },
    body: JSON.stringify(body),
    signal,
  });
}

function toShopback(sandbox: Sandbox, query: string, signal: AbortSignal | null = null) {
  return request(`${sandbox.url}/aff_lsr?security_token=${securityToken}&adv_sub=1&${query}`, { signal });
}

const kinds = ["update", "rejection", "lead", "validation"] as const;
type Kind = (typeof kinds)[number];

const networkOf = (kind: Kind): NetworkName => (kind === "validation" ? "shopback" : "retrack");

/** A sandbox with an order at each network, and a request that comes later in its life. */
async function later(kind: Kind) {
  const sandbox = await startedSandbox();
  const click = sandbox.click("retrack");
  await toRetrack(sandbox, "transactions", transaction(click, 2));
  await toShopback(sandbox, `offer_id=1234&transaction_id=${sandbox.click("shopback")}&amount=2`);
  const path = `transactions/${sandbox.book.retrack[0]?.uuid}`;
  const leaving = new AbortController();
  onTestFinished(() => leaving.abort());
  const send = () => {
    switch (kind) {
      case "update":
        return toRetrack(sandbox, path, transaction(click, 1), leaving.signal);
      case "rejection":
        return toRetrack(sandbox, path, { status: "rejected" }, leaving.signal);
      case "lead":
        return toRetrack(sandbox, "leads", { event, click, reference: "r" }, leaving.signal);
      case "validation":
        return toShopback(sandbox, "offer_id=5678&aff_id=1152&amount=1&status=approved", leaving.signal);
    }
  };
  return { sandbox, send };
}

/** What the book has beyond the two orders as they came. */
const story = ({ book }: Sandbox) => ({
  transaction: [book.retrack[0]?.status, book.retrack[0]?.body.orderSum, book.retrack[0]?.updates.length],
  leads: book.leads.length,
  conversion: [book.shopback[0]?.status, ...(book.shopback[0]?.validations ?? []).map(({ amount }) => amount)],
});

const untouched = { transaction: ["pending", 200, 0], leads: 0, conversion: ["pending"] };

const stories = {
  update: { ...untouched, transaction: ["pending", 100, 1] },
  rejection: { ...untouched, transaction: ["rejected", 200, 0] },
  lead: { ...untouched, leads: 1 },
  validation: { ...untouched, conversion: ["approved", "1"] },
};

describe.each(kinds)("Under a fault, the %s", (kind) => {
  test.each<Fault>(["slow", "late", "accept-then-drop", "cut", "drip", "500-after-accept"])(
    "is recorded: %s",
    async (fault) => {
      const { sandbox, send } = await later(kind);
      sandbox.fault(networkOf(kind), fault, { delayMs: 20 });
      const answer = send().catch(() => "none");
      await expect.poll(() => sandbox.requests[2]?.recorded, { interval: 5 }).toBe(true);
      await answer;
      expect(sandbox.requests[2]).toMatchObject({ fault, refusal: null });
      expect(story(sandbox)).toEqual(stories[kind]);
    },
  );

  test.each<Fault>([
    "down",
    "reset",
    "hang",
    "429",
    "401",
    "500",
    "502-html",
    "refuse",
    "wrong-offer",
    "html-200",
    "empty-200",
    "redirect",
    "huge",
  ])("is not recorded: %s", async (fault) => {
    const { sandbox, send } = await later(kind);
    sandbox.fault(networkOf(kind), fault);
    send().catch(() => "none");
    await expect.poll(() => sandbox.requests[2]?.refusal, { interval: 5 }).toEqual(expect.any(String));
    expect(sandbox.requests[2]).toMatchObject({ fault, recorded: false });
    expect(story(sandbox)).toEqual(untouched);
  });

  test("is recorded before a slow answer, which nobody has yet: slow", async () => {
    const { sandbox, send } = await later(kind);
    sandbox.fault(networkOf(kind), "slow", { delayMs: 60_000 });
    send().catch(() => "none");
    await expect.poll(() => sandbox.requests[2]?.recorded, { interval: 5 }).toBe(true);
    expect(sandbox.requests[2]?.answer).toBeNull();
    expect(story(sandbox)).toEqual(stories[kind]);
  });

  test("gets no answer although it is recorded: accept-then-drop", async () => {
    const { sandbox, send } = await later(kind);
    sandbox.fault(networkOf(kind), "accept-then-drop");
    await expect(send()).rejects.toThrow("other side closed");
    expect(story(sandbox)).toEqual(stories[kind]);
  });
});

test("A late rejection that finds the transaction approved by then is refused", async () => {
  const { sandbox, send } = await later("rejection");
  sandbox.fault("retrack", "late", { delayMs: 100 });
  const answer = send();
  await expect.poll(() => sandbox.requests[2]?.fault, { interval: 5 }).toBe("late");
  sandbox.approve("1");
  expect((await answer).statusCode).toBe(422);
  expect(sandbox.book.retrack).toMatchObject([{ status: "approved" }]);
});

test("A validation under wrong-offer is refused for the offer it names", async () => {
  const { sandbox, send } = await later("validation");
  sandbox.fault("shopback", "wrong-offer");
  expect(await (await send()).body.text()).toBe(
    "success=false; err_msg=Request offer #5678 does not match session offer #2345.;",
  );
});
