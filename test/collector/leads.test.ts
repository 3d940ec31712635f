import { describe, expect, test } from "vitest";
import { MINUTE, openStore, order, postbacksOf, statesOf } from "../support/sandboxed-store.ts";

const event = "1f80e399-6f55-4cef-b8b0-0f74752c1ceb";
const otherEvent = "8b0c5f0e-3a51-4d0e-9a9e-5b6f2f1d7c34";

describe("a lead", () => {
  test("is put on disk, and told to Retrack as its page says", async () => {
    const { collector, sandbox, clicks, sent } = await openStore();
    const from = clicks("retrack");
    expect(await collector.lead(from, { reference: "newsletter-7", voucher: "WELCOME" })).toEqual({
      credited: ["retrack"],
      repeated: false,
    });
    expect(sandbox.requests).toEqual([]);
    await collector.flush();
    expect(sent()).toEqual(["POST /api/v2/leads"]);
    const click = from.clicks[0]?.id;
    expect(sandbox.book.leads).toMatchObject([
      { body: { event, click, reference: "newsletter-7", voucher: "WELCOME" } },
    ]);
    expect(await collector.find()).toEqual([
      expect.objectContaining({
        number: "newsletter-7",
        network: "retrack",
        click: from.clicks[0],
        lead: { reference: "newsletter-7", voucher: "WELCOME", at: new Date("2026-11-22T10:00:00.000Z") },
        postbacks: [
          expect.objectContaining({
            id: "retrack/newsletter-7/lead",
            kind: "lead",
            state: "delivered",
            remoteId: sandbox.book.leads[0]?.uuid,
          }),
        ],
      }),
    ]);
  });

  test("has the event it names", async () => {
    const { collector, sandbox, clicks } = await openStore();
    await collector.lead(clicks("retrack"), { reference: "L1", event: otherEvent });
    await collector.flush();
    expect(sandbox.book.leads.map(({ body }) => body.event)).toEqual([otherEvent]);
  });

  test("of one reference is one lead, and told once", async () => {
    const { collector, sandbox, clicks } = await openStore();
    await collector.lead(clicks("retrack"), { reference: "L1" });
    await collector.flush();
    expect(await collector.lead(clicks("retrack"), { reference: "L1" })).toEqual({
      credited: ["retrack"],
      repeated: true,
    });
    await collector.flush();
    expect(sandbox.book.leads).toHaveLength(1);
  });

  test("may have the number of an order: both are told", async () => {
    const { collector, sandbox, clicks } = await openStore();
    await collector.report(clicks("retrack"), order);
    expect(await collector.lead(clicks("retrack"), { reference: "1001" })).toMatchObject({ repeated: false });
    await collector.flush();
    expect(sandbox.book.leads).toHaveLength(1);
    expect(sandbox.book.retrack).toHaveLength(1);
  });

  test("is not changed and not decided by its number", async () => {
    const { collector, clicks } = await openStore();
    await collector.lead(clicks("retrack"), { reference: "1001" });
    const before = await collector.find();
    await expect(collector.reject("1001")).rejects.toMatchObject({ code: "ERR_CONFLICT" });
    expect(await collector.find()).toEqual(before);
  });

  test("is credited to Retrack also where ShopBack's click came last, for ShopBack takes none", async () => {
    const { collector, clicks, pass } = await openStore({ attribution: "last-click" });
    const [first] = clicks("retrack").clicks;
    pass(MINUTE);
    const [last] = clicks("shopback").clicks;
    if (!first || !last) throw new Error("there are no clicks");
    expect(await collector.lead({ clicks: [first, last] }, { reference: "L1" })).toMatchObject({
      credited: ["retrack"],
    });
    expect(await collector.lead({ clicks: [last] }, { reference: "L2" })).toEqual({
      credited: [],
      reason: "shopback: it takes no leads",
      repeated: false,
    });
    expect(await collector.uncredited()).toMatchObject({ count: 1, newest: [{ number: "L2" }] });
  });

  test("is credited to the account of its market", async () => {
    const { collector, clicks, accounts, open, sandbox } = await openStore();
    const [retrackOfSweden] = accounts({ retrack: { market: "SE", event: otherEvent } });
    const [retrackOfNorway] = accounts({ retrack: { market: "NO" } });
    const nordic = open({ networks: [retrackOfSweden, retrackOfNorway] });
    expect(await nordic.lead(clicks("retrack"), { reference: "L1", market: "SE" })).toMatchObject({
      credited: ["retrack:SE"],
    });
    await nordic.flush();
    expect(sandbox.book.leads.map(({ body }) => body.event)).toEqual([otherEvent]);
    expect(await statesOf(collector, "L1")).toEqual({ "retrack:SE/L1/lead": "delivered" });
  });

  test.each(["accept-then-drop", "reset", "500"] as const)(
    "that may have arrived is held, for no look-up of leads is known: %s",
    async (fault) => {
      const { collector, sandbox, clicks, deliverAll } = await openStore();
      sandbox.fault("retrack", fault, { times: 1 });
      await collector.lead(clicks("retrack"), { reference: "L1" });
      await deliverAll();
      expect(sandbox.requests).toHaveLength(1);
      expect(await statesOf(collector, "L1")).toEqual({ "retrack/L1/lead": "held" });
      expect(await collector.backlog()).toMatchObject([{ network: "retrack", held: 1 }, { network: "shopback" }]);
      await collector.settle("retrack/L1/lead", "delivered", { by: "anna" });
      expect(await statesOf(collector, "L1")).toEqual({ "retrack/L1/lead": "delivered" });
    },
  );

  test("that a person says Retrack has not is failed, and there is no rejection to withdraw", async () => {
    const { collector, sandbox, clicks, events } = await openStore();
    sandbox.fault("retrack", "reset", { times: 1 });
    await collector.lead(clicks("retrack"), { reference: "L1" });
    await collector.flush();
    await collector.settle("retrack/L1/lead", "failed", { by: "anna" });
    expect(await statesOf(collector, "L1")).toEqual({ "retrack/L1/lead": "failed" });
    expect(events.map(({ type }) => type)).toEqual(["recorded", "held"]);
  });

  test("that Retrack was too busy for is told later", async () => {
    const { collector, sandbox, clicks, deliverAll } = await openStore();
    sandbox.fault("retrack", "429", { times: 1 });
    await collector.lead(clicks("retrack"), { reference: "L1" });
    await deliverAll();
    expect(sandbox.book.leads).toHaveLength(1);
  });

  test("that Retrack refuses fails in its words, and is sent again by a person", async () => {
    const { collector, sandbox, clicks } = await openStore();
    await collector.lead(clicks("retrack"), { reference: "L1", event: "00000000-0000-4000-8000-000000000000" });
    await collector.flush();
    expect(await postbacksOf(collector, "L1")).toMatchObject([
      {
        state: "failed",
        reason: "HTTP 422: The given data was invalid: event is no event of this programme.",
      },
    ]);
    sandbox.accounts.retrack.events.push("00000000-0000-4000-8000-000000000000");
    expect(await collector.resend({})).toMatchObject({ count: 1, postbacks: [{ kind: "lead", number: "L1" }] });
    await collector.flush();
    expect(sandbox.book.leads).toHaveLength(1);
  });

  test("is forgotten with its click, and not told any more", async () => {
    const { collector, sandbox, clicks } = await openStore();
    const from = clicks("retrack");
    await collector.lead(from, { reference: "L1", voucher: "ANNA-1979" });
    expect(await collector.forget("L1")).toBe(true);
    await collector.flush();
    expect(sandbox.requests).toEqual([]);
    const found = JSON.stringify(await collector.find());
    expect(found).not.toContain("ANNA-1979");
    expect(found).not.toContain(from.clicks[0]?.id);
  });

  // Wrong as only JavaScript lets a store be.
  type Loose = { lead(...given: unknown[]): Promise<unknown> };
  test.each([
    ["without a reference", {}, [{ path: "reference", message: "a text is wanted" }]],
    [
      "with several mistakes",
      { reference: "", event: "signup", email: "anna@example.com" },
      expect.arrayContaining([
        { path: "reference", message: "must not be empty" },
        { path: "event", message: "must be a UUID" },
        { path: "email", message: "is not known: correct its name or remove it" },
      ]),
    ],
    [
      "of the future",
      { reference: "L1", at: new Date("2026-11-24T10:00:00Z") },
      [{ path: "at", message: "must not be in the future" }],
    ],
  ])("%s is refused with every problem, and nothing is written", async (_, lead, issues) => {
    const { collector, clicks } = await openStore();
    const loose = collector as unknown as Loose;
    await expect(loose.lead(clicks("retrack"), lead)).rejects.toMatchObject({ code: "ERR_ORDER", issues });
    expect(await collector.find()).toEqual([]);
    expect(await collector.uncredited()).toMatchObject({ count: 0 });
  });

  test("without a request or clicks is refused", async () => {
    const { collector } = await openStore();
    const loose = collector as unknown as Loose;
    await expect(loose.lead({}, { reference: "L1" })).rejects.toMatchObject({
      code: "ERR_ORDER",
      issues: [{ path: "", message: "the request, or { clicks: […] }, is wanted" }],
    });
  });
});
