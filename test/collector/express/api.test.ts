import { writeFileSync } from "node:fs";
import { join } from "node:path";
import express from "express";
// @ts-expect-error The types of Express are those of its newer major.
import express4 from "express4";
import { describe, expect, onTestFinished, test } from "vitest";
import { createCollector, retrack } from "../../../packages/collector/src/index.ts";
import { callAt, startApi, TOKEN } from "../../support/api.ts";
import { serve, temporaryFolder } from "../../support/collector-server.ts";
import { MINUTE } from "../../support/sandboxed-store.ts";

const mug = { sku: "mug", name: "Stoneware mug", quantity: 2, net: 10_000, vat: 1_000 };
const vase = { sku: "vase", name: "Vase", quantity: 1, net: 5_000, vat: 500 };
const order = { number: "1001", currency: "MYR", lines: [mug, vase], discount: { net: 1_000, vat: 100 } };
const RETRACK_CLICK = { network: "retrack", id: "625fae10-1eb0-11eb-adc1-0242ac120002", at: "2026-11-22T09:00:00Z" };
const SHOPBACK_CLICK = { network: "shopback", id: "102656693ac3ca6e0cdafbfe89ab99", at: "2026-11-22T09:30:00Z" };
const reported = { order, clicks: [RETRACK_CLICK] };

describe("a report", () => {
  test("is answered 201 once it is on disk, and 200 when it is repeated", async () => {
    const { call, collector } = await startApi();
    const first = await call("POST", "/orders", reported);
    expect([first.status, first.body]).toEqual([201, { credited: ["retrack"], repeated: false }]);
    const again = await call("POST", "/orders", reported);
    expect([again.status, again.body]).toEqual([200, { credited: ["retrack"], repeated: true }]);
    const changed = await call("POST", "/orders", { ...reported, order: { ...order, lines: [vase] } });
    expect([changed.status, changed.body]).toEqual([200, { credited: ["retrack"], repeated: true, differs: true }]);
    expect(await collector.find()).toHaveLength(1);
  });

  test("reaches the network with the amounts and times it was sent with", async () => {
    const { call, collector, sandbox, clicks } = await startApi();
    const [click] = clicks("retrack").clicks;
    await call("POST", "/orders", { order: { ...order, placedAt: "2026-11-22T11:59:00+02:00" }, clicks: [click] });
    await collector.flush();
    expect(sandbox.book.retrack[0]?.body).toMatchObject({ orderNumber: "1001", orderSum: 14_000, vatSum: 1_400 });
    const [conversion] = await collector.find({ number: "1001" });
    expect(conversion?.order?.placedAt).toEqual(new Date("2026-11-22T09:59:00Z"));
  });

  test("takes the shopper's Cookie header in place of clicks, and reads of it what a browser's request would say", async () => {
    const { call, collector } = await startApi({ attribution: "last-click" });
    const cookie = `session=abc; retrack_click=${RETRACK_CLICK.id}; shopback_click=${SHOPBACK_CLICK.id}; cashtrail_clicks=retrack.1795338000.${RETRACK_CLICK.id}~shopback.1795336200.${SHOPBACK_CLICK.id}`;
    const clicks = await call("POST", "/clicks", { cookie });
    expect([clicks.status, clicks.body]).toEqual([
      200,
      {
        clicks: [
          { network: "retrack", id: RETRACK_CLICK.id, at: "2026-11-22T09:00:00.000Z" },
          { network: "shopback", id: SHOPBACK_CLICK.id, at: "2026-11-22T08:30:00.000Z" },
        ],
      },
    ]);
    const { status, body } = await call("POST", "/orders", { order, cookie });
    expect([status, body]).toEqual([201, { credited: ["retrack"], repeated: false }]);
    expect((await collector.find({ number: "1001" }))[0]?.click).toMatchObject({ id: RETRACK_CLICK.id });
  });

  test("that nobody is credited for says why, and so does looking at it", async () => {
    const { call } = await startApi();
    const { status, body } = await call("POST", "/orders", { order, clicks: [] });
    expect([status, body]).toEqual([201, { credited: [], repeated: false, reason: "the order carries no click" }]);
    const found = await call("GET", "/orders/1001");
    expect([found.status, found.body]).toEqual([
      200,
      { number: "1001", conversions: [], reason: "the order carries no click" },
    ]);
    const uncredited = await call("GET", "/uncredited");
    expect(uncredited.body).toMatchObject({
      count: 1,
      newest: [{ number: "1001", reason: "the order carries no click" }],
    });
  });

  test("that is wrong in many ways is told all of them at once, with their paths in the body", async () => {
    const { call, collector } = await startApi();
    const { status, body } = await call("POST", "/orders", {
      order: { currency: "sek", lines: [{ ...mug, net: 99.5, colour: "red" }], placedAt: "yesterday" },
      clicks: [{ network: "retrack", id: RETRACK_CLICK.id, at: 1795338000 }],
      click: [],
    });
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: "ERR_ORDER", title: "Unprocessable Entity" });
    expect(body.issues).toEqual([
      { path: "order.number", message: "a text is wanted" },
      { path: "order.currency", message: "must be an ISO 4217 code in capitals, like SEK" },
      { path: "order.lines.0.net", message: "must be an integer in minor units: 12550 for 125.50" },
      { path: "order.lines.0.colour", message: "is not known: correct its name or remove it" },
      { path: "order.placedAt", message: "an ISO 8601 time with its offset is wanted: 2026-05-10T11:00:00Z" },
      { path: "clicks.0.at", message: "an ISO 8601 time with its offset is wanted: 2026-05-10T11:00:00Z" },
      { path: "click", message: "is not known: correct its name or remove it" },
    ]);
    expect(await collector.uncredited()).toEqual({ count: 0, newest: [] });
  });

  test.each([
    ["neither clicks nor a cookie", { order }, [{ path: "clicks", message: expect.stringContaining("is wanted") }]],
    [
      "both clicks and a cookie",
      { order, clicks: [], cookie: "" },
      [{ path: "cookie", message: "must not be given beside clicks" }],
    ],
    [
      "a time ahead of the collector's clock",
      { order: { ...order, placedAt: "2026-11-24T10:00:00Z" }, clicks: [] },
      [{ path: "order.placedAt", message: "must not be in the future" }],
    ],
    [
      "a time before 2000, among other mistakes,",
      { order: { ...order, number: "", placedAt: "1999-12-31T23:59:59Z" }, clicks: [] },
      [
        { path: "order.number", message: "must not be empty" },
        { path: "order.placedAt", message: "must not be before the year 2000" },
      ],
    ],
    ["a list for an object", [], [{ path: "", message: expect.any(String) }]],
  ])("with %s is refused", async (_case, body, issues) => {
    const { call } = await startApi();
    const answer = await call("POST", "/orders", body);
    expect([answer.status, answer.body.issues]).toEqual([422, issues]);
  });

  test("that can be written nowhere is answered 503, and that it must be reported again", async () => {
    // A folder cannot be in a file.
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    const { call, collector } = await startApi({ journal: join(file, "journal") });
    await collector.stop();
    const { status, headers, body } = await call("POST", "/orders", reported);
    expect([status, headers.get("retry-after")]).toEqual([503, "5"]);
    expect(body).toMatchObject({ code: "ERR_LEDGER", unreported: true });
    expect(body.detail).toContain("What you reported is not kept. Keep it, and report it again");
  });

  test("is in the journal where the ledger cannot be written, and says so", async () => {
    const { call, collector } = await startApi();
    await collector.stop();
    const { status, body } = await call("POST", "/orders", reported);
    expect([status, body]).toEqual([201, { credited: ["retrack"], repeated: false, journaled: true }]);
    const found = await call("GET", "/orders/1001");
    expect([found.status, found.body.code, found.body.unreported]).toEqual([503, "ERR_LEDGER", undefined]);
  });
});

describe("an order that was reported", () => {
  test("is looked at with its postbacks and every attempt", async () => {
    const { call, collector, clicks } = await startApi();
    await collector.report(clicks("retrack"), order);
    await collector.flush();
    const { status, body } = await call("GET", "/orders/1001");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      number: "1001",
      conversions: [
        {
          network: "retrack",
          status: "pending",
          order: { lines: [mug, vase] },
          reportedAt: "2026-11-22T10:00:00.000Z",
          postbacks: [
            {
              id: "retrack/1001/create",
              state: "delivered",
              attempts: [{ outcome: "accepted", status: 200, at: "2026-11-22T10:00:00.000Z" }],
            },
          ],
        },
      ],
    });
  });

  test("is changed, rejected by line and approved, each by whom the body names", async () => {
    const { call, collector, clicks } = await startApi();
    await call("POST", "/orders", { order, ...clicks("shopback") });
    await collector.flush();
    const updated = await call("PUT", "/orders/1001", {
      order: { ...order, lines: [{ ...mug, quantity: 1, net: 5_000, vat: 500 }, vase] },
      by: "anna",
    });
    expect([updated.status, updated.body]).toEqual([
      200,
      { credited: ["shopback"], postbacks: [], cancelled: [], repeated: false, reason: expect.any(String) },
    ]);
    const rejected = await call("POST", "/orders/1001/reject", { lines: ["vase"], by: "anna", reason: "returned" });
    expect(rejected.status).toBe(200);
    const approved = await call("POST", "/orders/1001/approve");
    expect([approved.status, approved.body]).toEqual([
      200,
      { credited: ["shopback"], postbacks: ["shopback/1001/approve"], cancelled: [], repeated: false },
    ]);
    const [conversion] = await collector.find({ number: "1001" });
    expect(conversion?.decisions.map(({ what, by }) => `${what} by ${by}`)).toEqual([
      "update by anna",
      "reject by anna",
      "approve by store",
    ]);
  });

  test("is not decided otherwise: 409 says what is decided and how a person insists", async () => {
    const { call, collector } = await startApi();
    await call("POST", "/orders", { order, clicks: [SHOPBACK_CLICK] });
    await collector.approve("1001");
    const { status, body } = await call("POST", "/orders/1001/reject", {});
    expect([status, body.code]).toEqual([409, "ERR_CONFLICT"]);
    expect(body.detail).toContain("order 1001 is approved already: to decide it anew, insist, and say by whom");
  });

  test("is forgotten once and for all, by whom the query names", async () => {
    const { call, collector } = await startApi();
    await call("POST", "/orders", reported);
    expect((await call("DELETE", "/orders/1001?by=anna")).status).toBe(204);
    const [conversion] = await collector.find({ number: "1001" });
    expect([conversion?.order?.lines, conversion?.decisions[0]?.by]).toEqual([[], "anna"]);
    expect((await call("DELETE", "/orders/1002")).status).toBe(404);
  });

  test("may have any number, percent-encoded in the path", async () => {
    const { call } = await startApi();
    const number = "R&D/2026 №7?#%";
    await call("POST", "/orders", { order: { ...order, number }, clicks: [RETRACK_CLICK] });
    const { status, body } = await call("GET", `/orders/${encodeURIComponent(number)}`);
    expect([status, body.number]).toEqual([200, number]);
    expect((await call("GET", "/orders/%E0%A4%A")).status).toBe(400);
    expect((await call("GET", "/orders/%00")).status).toBe(422);
  });

  test("is changed under the number in the path only", async () => {
    const { call } = await startApi();
    await call("POST", "/orders", reported);
    const { status, body } = await call("PUT", "/orders/1002", { order });
    expect([status, body.issues]).toEqual([422, [{ path: "order.number", message: "must be the number in the path" }]]);
  });
});

describe("an order that nobody reported", () => {
  test.each([
    ["GET", "/orders/1002", undefined],
    ["PUT", "/orders/1002", { order: { ...order, number: "1002" } }],
    ["POST", "/orders/1002/approve", undefined],
    ["POST", "/orders/1002/reject", { by: "anna" }],
  ])("is answered 404 to %s %s, and that its report may be on its way", async (method, path, body) => {
    const { call } = await startApi();
    const answer = await call(method, path, body);
    expect([answer.status, answer.body.code]).toEqual([404, "ERR_UNKNOWN"]);
    expect(answer.body.detail).toContain("1002");
    expect(answer.body.detail).toContain("still on its way into the ledger: then try again");
  });
});

test("a lead is reported as an order is, and once for its reference", async () => {
  const { call, collector } = await startApi();
  const lead = { lead: { reference: "form-77", at: "2026-11-22T09:30:00Z" }, clicks: [RETRACK_CLICK] };
  const statuses = [(await call("POST", "/leads", lead)).status, (await call("POST", "/leads", lead)).status];
  expect(statuses).toEqual([201, 200]);
  expect((await collector.find({ number: "form-77" }))[0]?.lead?.at).toEqual(new Date("2026-11-22T09:30:00Z"));
  const ahead = await call("POST", "/leads", { ...lead, lead: { reference: "form-78", at: "2026-11-24T00:00:00Z" } });
  expect(ahead.body.issues).toEqual([{ path: "lead.at", message: "must not be in the future" }]);
});

describe("conversions", () => {
  test("are found by number, account and state, the newest first and as many as wanted", async () => {
    const { call, collector, clicks, sandbox } = await startApi();
    sandbox.fault("shopback", "refuse");
    for (const number of ["1001", "1002", "1003"])
      await collector.report(clicks("retrack", "shopback"), { ...order, number });
    await collector.flush();
    const found = async (query: string) => {
      const { conversions } = (await call("GET", `/conversions${query}`)).body;
      return (conversions as { number: string; network: string }[]).map(
        ({ number, network }) => `${number} ${network}`,
      );
    };
    expect(await found("?state=failed")).toEqual(["1003 shopback", "1002 shopback", "1001 shopback"]);
    expect(await found("?network=retrack&limit=2")).toEqual(["1003 retrack", "1002 retrack"]);
    expect(await found("?number=1002&network=retrack")).toEqual(["1002 retrack"]);
    expect(await found("?number=1009")).toEqual([]);
    expect(await found("?status=approved")).toEqual([]);
    expect(await found("?since=2026-11-22T10:00:00Z&number=1001&network=retrack")).toEqual(["1001 retrack"]);
    expect(await found("?until=2026-11-22T11:00:00%2B01:00")).toEqual([]);
    const [{ click } = { click: undefined }] = await collector.find({ number: "1002", network: "retrack" });
    expect(await found(`?click=${click?.id}`)).toEqual(["1002 retrack"]);
    expect(await found("")).toHaveLength(6);
  });

  test("are read page by page, each once, while more come in", async () => {
    const { call, collector, clicks } = await startApi();
    const report = (number: string) => collector.report(clicks("retrack"), { ...order, number });
    for (const number of ["1001", "1002", "1003", "1004", "1005"]) await report(number);
    const pages: string[][] = [];
    for (let before = ""; ; ) {
      const { body } = await call("GET", `/conversions?limit=2${before}`);
      pages.push((body.conversions as { number: string }[]).map(({ number }) => number));
      if (body.next === undefined) break;
      await report(`new-${body.next}`);
      before = `&before=${body.next}`;
    }
    expect(pages).toEqual([["1005", "1004"], ["1003", "1002"], ["1001"]]);
  });

  test.each([
    ["?before=0", "before"],
    ["?since=yesterday", "since"],
    ["?status=done", "status"],
    ["?limit=0", "limit"],
    ["?limit=1001", "limit"],
    ["?limit=ten", "limit"],
    ["?state=lost", "state"],
    ["?network=retrak", "network"],
    ["?order=1001", "order"],
    ["?limit=1&limit=2", "limit"],
    ["?__proto__=1", "__proto__"],
  ])("are not looked for with %s", async (query, path) => {
    const { call } = await startApi();
    const { status, body } = await call("GET", `/conversions${query}`);
    expect([status, body.issues]).toEqual([422, [{ path, message: expect.any(String) }]]);
  });
});

describe("a postback that failed or is held", () => {
  test("is sent again, and with dryRun only told of", async () => {
    const { call, collector, clicks, sandbox } = await startApi();
    sandbox.fault("retrack", "refuse");
    await collector.report(clicks("retrack"), order);
    await collector.flush();
    sandbox.fault("retrack", null);
    const dry = await call("POST", "/postbacks/resend", { dryRun: true, since: "2026-11-22T10:00:00Z" });
    expect([dry.status, dry.body]).toMatchObject([
      200,
      { count: 1, postbacks: [{ id: "retrack/1001/create", kind: "create", number: "1001" }], superseded: 0 },
    ]);
    expect((await call("POST", "/postbacks/resend", { until: "2026-11-22T10:00:00Z" })).body.count).toBe(0);
    expect(sandbox.book.retrack).toHaveLength(0);
    expect((await call("POST", "/postbacks/resend", { by: "anna" })).body.count).toBe(1);
    await collector.flush();
    expect(sandbox.book.retrack).toHaveLength(1);
  });

  test.each([
    ["as it is", "shopback/1001/create/vase"],
    ["percent-encoded", "shopback%2F1001%2Fcreate%2Fvase"],
  ])("is settled by its id, %s", async (_case, id) => {
    const { call, collector, clicks, sandbox } = await startApi({
      sandbox: { shopback: { level: "line" } },
      shopback: { level: "line" },
    });
    sandbox.fault("shopback", "reset", { match: ({ path }) => path.includes("adv_sub4=vase"), times: 1 });
    await collector.report(clicks("shopback"), order);
    await collector.flush();
    const settled = await call("POST", `/postbacks/${id}/settle`, {
      verdict: "delivered",
      remoteId: "c-1",
      by: "anna",
    });
    expect([settled.status, settled.body]).toEqual([204, {}]);
    const [conversion] = await collector.find({ number: "1001" });
    expect(conversion?.postbacks.map(({ state, remoteId }) => [state, remoteId])).toContainEqual(["delivered", "c-1"]);
    expect((await call("POST", `/postbacks/${id}/settle`, { verdict: "failed" })).status).toBe(409);
  });

  test("shows in the backlog, with how long it waits", async () => {
    const { call, collector, clicks, pass, sandbox } = await startApi();
    sandbox.fault("retrack", "refuse");
    await collector.report(clicks("retrack"), order);
    await collector.flush();
    pass(MINUTE);
    expect((await call("GET", "/backlog")).body).toEqual({
      accounts: [
        { network: "retrack", pending: 0, held: 0, failed: 1, oldest: { failed: 60_000 }, down: false },
        { network: "shopback", pending: 0, held: 0, failed: 0, oldest: {}, down: false },
      ],
    });
  });
});

describe("the token", () => {
  const paths = ["/orders/1001", "/openapi.json", "/backlog", "/nothing-is-here", "/"];

  test.each(paths)("is wanted for %s", async (path) => {
    const { call } = await startApi();
    const { status, headers, body } = await call("GET", path, undefined, { authorization: "" });
    expect([status, headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="cashtrail"']);
    expect(body.detail).toContain("Authorization: Bearer");
  });

  test.each([
    ["another", `Bearer ${TOKEN}x`],
    ["a shorter one", `Bearer ${TOKEN.slice(0, -1)}`],
    ["one in other letters", `Bearer ${TOKEN.toUpperCase()}`],
    ["another scheme", `Basic ${TOKEN}`],
    ["none after its scheme", "Bearer "],
  ])("is not %s", async (_case, authorization) => {
    const { call, collector } = await startApi();
    const { status, headers } = await call("POST", "/orders", reported, { authorization });
    expect(status).toBe(401);
    expect(headers.get("www-authenticate")).toMatch(/^Bearer realm="cashtrail"/);
    expect(await collector.find()).toEqual([]);
  });

  test("lets nobody in as a cookie or in the URL", async () => {
    const { call } = await startApi();
    const none = { authorization: "" };
    expect((await call("GET", "/backlog", undefined, { ...none, cookie: `adminToken=${TOKEN}` })).status).toBe(401);
    expect((await call("GET", `/backlog?access_token=${TOKEN}`, undefined, none)).status).toBe(401);
  });

  test("may be tried wrong ten times a minute from one address, which then waits, the right one included", async () => {
    const { call } = await startApi();
    const wrong = () => call("GET", "/backlog", undefined, { authorization: "Bearer a-wrong-token-of-a-guesser" });
    const statuses: number[] = [];
    for (let tries = 0; tries < 10; tries += 1) statuses.push((await wrong()).status);
    expect(statuses).toEqual(Array<number>(10).fill(401));
    const { status, headers, body } = await call("GET", "/backlog");
    expect([status, headers.get("retry-after")]).toEqual([429, "60"]);
    expect(body.detail).toContain("try again in a minute");
  });

  test("may be tried wrong ten times in all, at the API, the metrics and the dashboard", async () => {
    const { url, call } = await startApi();
    const home = url.replace("/api/v1", "");
    const wrong = { authorization: "Bearer a-wrong-token-of-a-guesser" };
    const login = () =>
      fetch(`${home}/login`, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin" },
        body: "token=wrong",
      });
    const doors = [
      () => call("GET", "/backlog", undefined, wrong),
      () => fetch(`${home}/metrics`, { headers: wrong }),
      login,
    ];
    for (let tries = 0; tries < 10; tries += 1) expect((await doors[tries % 3]?.())?.status).toBe(401);
    for (const door of doors) expect((await door()).status).toBe(429);
  });

  test("is not tried without end by who says to be another address each time", async () => {
    const { call } = await startApi();
    const guess = (tries: number) =>
      call("GET", "/backlog", undefined, { authorization: "Bearer guess", "x-forwarded-for": `203.0.113.${tries}` });
    for (let tries = 0; tries < 100; tries += 1) expect((await guess(tries)).status).toBe(401);
    expect((await guess(100)).status).toBe(429);
    expect((await call("GET", "/backlog", undefined, { "x-forwarded-for": "198.51.100.7" })).status).toBe(429);
  });

  test("of a stranger behind a proxy that Express trusts locks nobody else out, however often it is tried", async () => {
    const { collector } = await startApi();
    const url = await serve((app) => app.set("trust proxy", 1).use("/cashtrail", collector.router));
    const backlog = (headers: Record<string, string>) =>
      callAt(`${url}/cashtrail/api/v1`, "GET", "/backlog", undefined, headers);
    for (let tries = 0; tries < 100; tries += 1)
      await backlog({ authorization: "Bearer guess", "x-forwarded-for": `203.0.113.${tries}` });
    expect((await backlog({ "x-forwarded-for": "198.51.100.7" })).status).toBe(200);
  });

  test("is never slowed down while it is right", async () => {
    const { call } = await startApi();
    const answers = await Promise.all(Array.from({ length: 40 }, () => call("GET", "/backlog")));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  test("of a stranger behind a proxy that Express does not know locks nobody else out", async () => {
    const { call } = await startApi();
    for (let tries = 0; tries < 12; tries += 1)
      await call("GET", "/backlog", undefined, { authorization: "Bearer guess", "x-forwarded-for": "203.0.113.9" });
    expect((await call("GET", "/backlog", undefined, { "x-forwarded-for": "203.0.113.9" })).status).toBe(429);
    expect((await call("GET", "/backlog", undefined, { "x-forwarded-for": "198.51.100.7" })).status).toBe(200);
    expect((await call("GET", "/backlog")).status).toBe(200);
  });

  test("not set, there is no API, and nothing says that there could be", async () => {
    const { adminToken: _, ...none } = { adminToken: undefined };
    const collector = createCollector({
      ledger: join(temporaryFolder(), "ledger.db"),
      networks: [retrack({ token: "retrack-token", event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb" })],
      ...none,
    });
    onTestFinished(() => collector.stop());
    const url = await serve((app) => app.use("/cashtrail", collector.router));
    const response = await fetch(`${url}/cashtrail/api/v1/backlog`);
    expect([response.status, (await response.text()).toLowerCase()]).toEqual([
      404,
      expect.not.stringContaining("token"),
    ]);
  });

  test.each([
    ["too short", "fifteen-letters"],
    ["with a space", "a token with spaces in it"],
    ["with letters a header cannot carry", "lösenord-lösenord-lösenord"],
    ["no text", 1234567890123456],
  ])("that is %s is refused when the collector is made, and not shown", (_case, adminToken) => {
    const make = () =>
      createCollector({
        networks: [retrack({ token: "retrack-token", event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb" })],
        adminToken: adminToken as string,
      });
    expect(make).toThrow(/adminToken: must be/);
    expect(make).not.toThrow(String(adminToken));
  });
});

describe("the store's application around it", () => {
  test.each([
    ["Express 5", express],
    ["Express 4", express4 as unknown as typeof express],
  ])("may be of %s, and parse bodies itself before", async (_case, makeApp) => {
    const { collector } = await startApi();
    const around = (prepare: (app: express.Express) => void) =>
      serve((app) => {
        prepare(app);
        app.set("json spaces", 4).set("query parser", "extended").use("/shop", collector.router);
      }, makeApp);
    for (const url of [
      await around(() => {}),
      await around((app) => app.use(makeApp.json())),
      await around((app) => app.use(makeApp.text({ type: "*/*" }))),
    ]) {
      const api = `${url}/shop/api/v1`;
      const { status, body } = await callAt(api, "POST", "/orders", { ...reported, order: { ...order, vouchers: [] } });
      expect([status < 300, body.credited]).toEqual([true, ["retrack"]]);
      expect((await callAt(api, "POST", "/orders/1001/approve")).status).toBe(200);
      expect((await callAt(api, "POST", "/orders", { order })).status).toBe(422);
      expect((await callAt(api, "GET", "/conversions?number=1001")).status).toBe(200);
      expect((await callAt(api, "POST", "/orders")).status).toBe(400);
    }
  });
});

test("a mistake of the server's own is told to the store's log and not to the caller", async () => {
  const { call, events, collector } = await startApi({
    ledger: Object.assign({} as never, {
      record: () => {},
      claim: () => Promise.resolve([]),
      amend: () => {},
      waiting: () => Promise.reject(new TypeError("secret of the inside")),
      close: () => Promise.resolve(),
      find: () => Promise.resolve([]),
    }),
    journal: join(temporaryFolder(), "journal"),
  });
  onTestFinished(() => collector.stop());
  const { status, body } = await call("GET", "/backlog");
  expect([status, JSON.stringify(body)]).toEqual([500, expect.not.stringContaining("secret of the inside")]);
  expect(events).toContainEqual({ type: "ledger-failed", reason: "secret of the inside" });
});
