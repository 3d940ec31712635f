import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import {
  type Collector,
  type CollectorEvent,
  type CollectorOptions,
  createCollector,
  type PostbackRecord,
  retrack,
  type ShopbackSettings,
  shopback,
} from "../../packages/collector/src/index.ts";
import { sqliteLedger } from "../../packages/collector/src/ledger/sqlite.ts";
import { serve, temporaryFolder } from "../support/collector-server.ts";
import { type Answer, type FakeNetwork, type Fault, faults, startFakeNetwork } from "../support/fake-network.ts";
import { anOrder } from "../support/orders.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
const REPORTED = "2026-11-22T10:00:00.000Z";

const retrackClick = {
  network: "retrack",
  id: "59d08c54-18e6-4e0d-9c06-d18be3510e43",
  at: new Date("2026-11-21T08:00:00Z"),
};
const shopbackClick = {
  network: "shopback",
  id: "1020a1b2c3d4e5f6a7b8c9d0e1f2a3",
  at: new Date("2026-11-21T09:00:00Z"),
};

/** What Retrack answers when it has saved order 1001, and when it is asked for it. */
const saved: Answer = {
  headers: { "Content-Type": "application/json" },
  body: '{"data":{"uuid":"3afc4a82-93c3-423f-8ee8-542ccb315931","order_number":"1001","order_sum":10000}}',
};
const created: Answer = { body: "success=true;" };
const duplicate: Answer = { body: "success=false; err_msg=Duplicate conversion;" };

const POST = "POST /api/v2/transactions";
const LOOK_UP = "GET /api/v2/transactions?byOrderNumber=1001";
const SHOPBACK_CALL =
  "GET /aff_lsr?offer_id=1234&adv_sub=1001&transaction_id=1020a1b2c3d4e5f6a7b8c9d0e1f2a3&amount=125" +
  "&security_token=0123456789abcdef0123456789abcdef";

/** An order placed when the tests begin, after the clicks. */
function order(changes: Parameters<typeof anOrder>[0] = {}) {
  return anOrder({ placedAt: new Date(REPORTED), ...changes });
}

interface Begun {
  readonly network: FakeNetwork;
  readonly path: string;
  readonly collector: Collector;
  readonly events: readonly CollectorEvent[];
  /** Another collector on the same ledger, as in another process. */
  open(options?: Partial<CollectorOptions>): Collector;
  happened(type: CollectorEvent["type"]): Promise<unknown>;
  pass(milliseconds: number): void;
  now(): Date;
}

async function begin({
  shopback: shopbackSettings = {},
  ...options
}: Partial<CollectorOptions> & { shopback?: Partial<ShopbackSettings> } = {}): Promise<Begun> {
  const network = await startFakeNetwork();
  const path = join(temporaryFolder(), "cashtrail.db");
  const events: CollectorEvent[] = [];
  const emitter = new EventEmitter();
  let time = Date.parse(REPORTED);
  const now = () => new Date(time);
  const { url } = network;
  const open: Begun["open"] = (others) => {
    const collector = createCollector({
      networks: [
        retrack({ token: "abc123", event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb", url }),
        shopback({
          offer: "1234",
          securityToken: "0123456789abcdef0123456789abcdef",
          currency: "SEK",
          amount: "gross",
          url,
          ...shopbackSettings,
        }),
      ],
      ledger: path,
      journal: `${path}.journal`,
      attribution: "every-click",
      now,
      random: () => 0.5,
      onEvent: (event) => {
        events.push(event);
        emitter.emit(event.type, event);
      },
      ...options,
      ...others,
    });
    onTestFinished(() => collector.stop());
    // Before it stops, so that it need not wait for an answer that never comes.
    onTestFinished(() => network.down());
    return collector;
  };
  return {
    network,
    path,
    collector: open(),
    events,
    open,
    happened: (type) => once(emitter, type),
    pass(milliseconds) {
      time += milliseconds;
    },
    now,
  };
}

/** What happened, in few words. */
function sent({ requests }: FakeNetwork): string[] {
  return requests.map(({ method, path }) => `${method} ${path}`);
}

async function postbackOf(collector: Collector, number = "1001"): Promise<PostbackRecord> {
  const [conversion] = await collector.find({ number });
  const [postback] = conversion?.postbacks ?? [];
  if (!postback) throw new Error(`there is no postback of ${number}`);
  return postback;
}

describe("a claim", () => {
  test("is on disk before its request leaves", async () => {
    const { network, path, collector } = await begin();
    const seen: unknown[] = [];
    network.reply(() => {
      const database = new DatabaseSync(path, { readOnly: true });
      seen.push(
        ...database
          .prepare(
            `SELECT state, claim IS NOT NULL AS claimed, due_at, outcome
             FROM postbacks JOIN attempts ON attempts.postback = serial`,
          )
          .all(),
      );
      database.close();
      return saved;
    });
    await collector.report({ clicks: [retrackClick] }, order());
    await collector.flush();
    // Twenty seconds for the whole attempt and a minute to write its end.
    const due_at = Date.parse("2026-11-22T10:01:20.000Z");
    expect(seen).toEqual([{ state: "pending", claimed: 1, due_at, outcome: "sending" }]);
    expect(await postbackOf(collector)).toMatchObject({ state: "delivered" });
  });

  test("that ran out under a slow attempt is not settled by it, and nothing is sent twice", async () => {
    const { network, collector, events, open, pass } = await begin();
    const later: CollectorEvent[] = [];
    const other = open({ onEvent: (event) => void later.push(event) });
    const answer = Promise.withResolvers<Answer>();
    network.reply(() => answer.promise);
    await collector.report({ clicks: [retrackClick] }, order());
    const flushing = collector.flush();
    await network.received(1);
    pass(80 * SECOND);
    await other.flush();
    expect(later).toMatchObject([{ type: "postponed", reason: expect.stringContaining("claim ran out") }]);
    answer.resolve(saved);
    await flushing;
    expect(events.map(({ type }) => type)).toEqual(["recorded"]);
    expect(await postbackOf(other)).toMatchObject({ state: "pending", attempts: [{ outcome: "unknown" }] });
    pass(60 * SECOND);
    network.reply(() => saved);
    await other.flush();
    expect(await postbackOf(other)).toMatchObject({ state: "delivered" });
    expect(sent(network)).toEqual([POST, LOOK_UP]);
  });

  test.each([
    ["a minute sends its request", MINUTE, [POST]],
    ["61 seconds sends none, and the order waits as not sent", 61 * SECOND, []],
  ])("that is known only after %s", async (_, ms, requests) => {
    const { network, path, collector, open, pass, now } = await begin();
    network.reply(() => saved);
    await collector.report({ clicks: [retrackClick] }, order());
    const ledger = sqliteLedger(path, now);
    const claim: typeof ledger.claim = async (...given) => {
      const claims = await ledger.claim(...given);
      if (claims.length > 0) pass(ms);
      return claims;
    };
    const slow = open({ ledger: { ...ledger, claim } });
    await slow.flush();
    expect(sent(network)).toEqual(requests);
    const reason = "the claim is too old to send under: somebody else may have it";
    expect(await postbackOf(collector)).toMatchObject(
      requests.length > 0
        ? { state: "delivered", attempts: [{ outcome: "accepted" }] }
        : { state: "pending", reason, attempts: [{ outcome: "not-sent", reason }] },
    );
    // What did not leave is in no doubt: it is sent when it is due, and nobody is asked first.
    pass(MINUTE);
    await collector.flush();
    expect(await postbackOf(collector)).toMatchObject({ state: "delivered" });
    expect(sent(network)).toEqual([POST]);
  });

  test("is made by one of two collectors on the ledger only", async () => {
    const { network, collector, open } = await begin();
    const other = open();
    network.reply(({ body }) => ({
      body: JSON.stringify({ data: { uuid: "3afc4a82", order_number: JSON.parse(body).orderNumber } }),
    }));
    const numbers = Array.from({ length: 50 }, (_, index) => `${2000 + index}`);
    await Promise.all(numbers.map((number) => collector.report({ clicks: [retrackClick] }, order({ number }))));
    await Promise.all([collector.flush(), other.flush()]);
    expect(network.requests.map(({ body }) => JSON.parse(body).orderNumber).sort()).toEqual(numbers);
    expect(await other.find({ state: "delivered" })).toHaveLength(50);
  });

  test("of a process that is killed while its request is under way runs out, and the network is asked", async () => {
    const { network, path, collector, pass } = await begin();
    network.reply(() => faults.neverAnswer);
    const script = fileURLToPath(new URL("../support/delivery-process.ts", import.meta.url));
    const child = spawn(process.execPath, [script, network.url, path, REPORTED, "flush"], { stdio: "inherit" });
    onTestFinished(() => void child.kill("SIGKILL"));
    await network.received(1);
    child.kill("SIGKILL");
    await once(child, "exit");
    network.reply(({ method }) => (method === "GET" ? saved : undefined));
    pass(79_999);
    await collector.flush();
    expect(await postbackOf(collector)).toMatchObject({ state: "pending", attempts: [{ outcome: "sending" }] });
    pass(1);
    await collector.flush();
    const reason = "the claim ran out: the process that sent it never wrote how it ended";
    expect(await postbackOf(collector)).toMatchObject({
      state: "pending",
      reason,
      dueAt: new Date("2026-11-22T10:02:20.000Z"),
      attempts: [{ at: new Date(REPORTED), outcome: "unknown", reason }],
    });
    expect(sent(network)).toEqual([POST]);
    pass(MINUTE);
    await collector.flush();
    expect(await postbackOf(collector)).toMatchObject({
      state: "delivered",
      remoteId: "3afc4a82-93c3-423f-8ee8-542ccb315931",
      attempts: [{ outcome: "unknown" }, { outcome: "accepted" }],
    });
    expect(sent(network)).toEqual([POST, LOOK_UP]);
  }, 30_000);
});

describe("an order that the network says it did not record", () => {
  const soon = "2026-11-22T10:00:05.000Z";
  const later = "2026-11-22T10:02:00.000Z";
  const cases: { name: string; answer: Answer; dueAt: string }[] = [
    { name: "no Retry-After", answer: { status: 429 }, dueAt: soon },
    { name: "seconds", answer: { status: 429, headers: { "Retry-After": "120" } }, dueAt: later },
    {
      name: "a date",
      answer: { status: 429, headers: { "Retry-After": "Sun, 22 Nov 2026 10:02:00 GMT" } },
      dueAt: later,
    },
    {
      name: "a date long past",
      answer: { status: 429, headers: { "Retry-After": "Mon, 22 Nov 1999 10:02:00 GMT" } },
      dueAt: soon,
    },
    { name: "nothing readable", answer: { status: 429, headers: { "Retry-After": "soon, please" } }, dueAt: soon },
    { name: "a negative number", answer: { status: 429, headers: { "Retry-After": "-120" } }, dueAt: soon },
    {
      name: "the year 9999",
      answer: { status: 429, headers: { "Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT" } },
      dueAt: "2026-11-22T11:00:00.000Z",
    },
    {
      name: "a million years",
      answer: { status: 429, headers: { "Retry-After": "31536000000000" } },
      dueAt: "2026-11-22T11:00:00.000Z",
    },
  ];

  test.each(cases)("with $name is sent again when it should be, and not before", async ({ answer, dueAt }) => {
    const { network, collector, pass, now } = await begin();
    network.reply(() => answer);
    await collector.report({ clicks: [retrackClick] }, order());
    await collector.flush();
    expect(await postbackOf(collector)).toEqual({
      id: "retrack/1001/create",
      kind: "create",
      state: "pending",
      step: expect.objectContaining({ create: expect.anything() }),
      dueAt: new Date(dueAt),
      reason: "HTTP 429",
      attempts: [
        { at: new Date(REPORTED), outcome: "retry", status: 429, reason: "HTTP 429", durationMs: expect.any(Number) },
      ],
    });
    network.reply(() => saved);
    pass(Date.parse(dueAt) - +now() - 1);
    await collector.flush();
    expect(sent(network)).toEqual([POST]);
    pass(1);
    await collector.flush();
    expect(sent(network)).toEqual([POST, POST]);
    expect(await postbackOf(collector)).toMatchObject({
      state: "delivered",
      remoteId: "3afc4a82-93c3-423f-8ee8-542ccb315931",
      attempts: [{ outcome: "retry" }, { at: new Date(dueAt), outcome: "accepted", status: 200 }],
    });
  });

  test("is sent again after ever longer waits while the network is down, and once it is up, once", async () => {
    const { network, collector, events, pass } = await begin();
    await network.down();
    await collector.report({ clicks: [retrackClick] }, order());
    for (const seconds of [5, 15, 45, 135]) {
      await collector.flush();
      pass(seconds * SECOND - 1);
      await collector.flush();
      pass(1);
    }
    await network.up();
    network.reply(() => saved);
    await collector.flush();
    const { attempts, ...postback } = await postbackOf(collector);
    expect(postback).toMatchObject({ state: "delivered", remoteId: "3afc4a82-93c3-423f-8ee8-542ccb315931" });
    expect(attempts).toEqual([
      ...["10:00:00", "10:00:05", "10:00:20", "10:01:05"].map((at) => ({
        at: new Date(`2026-11-22T${at}.000Z`),
        outcome: "not-sent",
        reason: "ECONNREFUSED",
        durationMs: expect.any(Number),
      })),
      { at: new Date("2026-11-22T10:03:20.000Z"), outcome: "accepted", status: 200, durationMs: expect.any(Number) },
    ]);
    expect(sent(network)).toEqual([POST]);
    const told = {
      network: "retrack",
      number: "1001",
      postback: "retrack/1001/create",
      durationMs: expect.any(Number),
      lagMs: expect.any(Number),
    };
    const notSent = { type: "postponed", ...told, outcome: "not-sent", status: undefined, reason: "ECONNREFUSED" };
    expect(events).toEqual([
      { type: "recorded", number: "1001", credited: ["retrack"], reason: undefined },
      { ...notSent, attempts: 1, waitMs: 5000 },
      { ...notSent, attempts: 2, waitMs: 15_000 },
      { ...notSent, attempts: 3, waitMs: 45_000 },
      { ...notSent, attempts: 4, waitMs: 135_000 },
      {
        type: "delivered",
        ...told,
        attempts: 5,
        outcome: "accepted",
        status: 200,
        reason: undefined,
        remoteId: "3afc4a82-93c3-423f-8ee8-542ccb315931",
      },
    ]);
    const last = events.at(-1) as Extract<CollectorEvent, { type: "delivered" }>;
    expect(last.lagMs - (last.durationMs ?? 0)).toBe(200_000);
  });

  test("is given up after 30 days, and stays to be seen", async () => {
    const { network, collector, pass, now } = await begin();
    network.reply(() => ({ status: 429 }));
    await collector.report({ clicks: [retrackClick] }, order());
    await untilSettled(collector, pass, now);
    expect(await postbackOf(collector)).toMatchObject({
      state: "failed",
      reason: "given up after 30 days: HTTP 429",
    });
    // Nine waits that grow from 5 seconds to nine hours, and then one of a day each.
    expect(network.requests).toHaveLength(39);
    pass(400 * DAY);
    await collector.flush();
    expect(network.requests).toHaveLength(39);
  });

  test("fails at once where the network refuses it, with the network's words", async () => {
    const { network, collector, events } = await begin();
    network.reply(({ method }) =>
      method === "POST"
        ? { status: 422, body: '{"message":"The selected event is invalid.","ip_address":"203.0.113.9"}' }
        : { body: "success=false; err_msg=Invalid Trans. ID.;" },
    );
    await collector.report({ clicks: [retrackClick, shopbackClick] }, order());
    await collector.flush();
    const found = await collector.find({ state: "failed" });
    expect(found.map(({ network: account, postbacks }) => [account, postbacks[0]?.reason])).toEqual([
      ["retrack", "HTTP 422: The selected event is invalid."],
      ["shopback", "Invalid Trans. ID."],
    ]);
    expect(found.map(({ postbacks }) => postbacks[0]?.attempts)).toEqual([
      [
        {
          at: new Date(REPORTED),
          outcome: "refused",
          status: 422,
          reason: "HTTP 422: The selected event is invalid.",
          durationMs: expect.any(Number),
        },
      ],
      [
        {
          at: new Date(REPORTED),
          outcome: "refused",
          status: 200,
          reason: "Invalid Trans. ID.",
          durationMs: expect.any(Number),
        },
      ],
    ]);
    expect(events.filter(({ type }) => type === "failed")).toHaveLength(2);
  });
});

describe("an order of which nobody knows whether Retrack has it", () => {
  const doubts: { name: string; fault: Answer | Fault; status?: number; timeoutMs?: number }[] = [
    { name: "a reset", fault: faults.reset },
    { name: "a close without an answer", fault: faults.closeWithoutAnswer },
    { name: "no answer at all", fault: faults.neverAnswer, timeoutMs: 300 },
    { name: "slow headers", fault: faults.slowHeaders, timeoutMs: 300 },
    { name: "what is not HTTP", fault: faults.notHttp },
    { name: "a body cut short", fault: faults.bodyCutShort, status: 200 },
    { name: "a body that drips for ever", fault: faults.bodyDrips, status: 200, timeoutMs: 300 },
    { name: "half a JSON text", fault: { body: '{"data":{"uuid":"3afc4a82' }, status: 200 },
    { name: "a page of HTML", fault: { body: "<!doctype html><h1>Please wait</h1>" }, status: 200 },
    { name: "an empty body", fault: { body: "" }, status: 200 },
    { name: "another order", fault: { body: '{"data":{"uuid":"3afc4a82","order_number":"9"}}' }, status: 200 },
    { name: "50 MB", fault: { body: Buffer.alloc(50_000_000, " ") }, status: 200 },
    { name: "HTTP 204", fault: { status: 204 }, status: 204 },
    { name: "HTTP 302", fault: { status: 302, headers: { Location: "/login" } }, status: 302 },
    { name: "HTTP 500", fault: { status: 500, body: '{"message":"Server Error"}' }, status: 500 },
    { name: "HTTP 503 and a Retry-After", fault: { status: 503, headers: { "Retry-After": "30" } }, status: 503 },
  ];

  test.each(doubts)("after $name is asked for once the settle time is over, and not sent again", async (doubt) => {
    const { timeoutMs = 20_000 } = doubt;
    const { network, collector, pass } = await begin({ delivery: { timeoutMs } });
    network.reply(() => doubt.fault);
    await collector.report({ clicks: [retrackClick] }, order());
    await collector.flush();
    const doubtful = {
      at: new Date(REPORTED),
      outcome: "unknown",
      reason: expect.stringMatching(/./),
      durationMs: expect.any(Number),
      ...(doubt.status === undefined ? {} : { status: doubt.status }),
    };
    expect(await postbackOf(collector)).toEqual({
      id: "retrack/1001/create",
      kind: "create",
      state: "pending",
      step: { lookUp: expect.objectContaining({ orderNumber: "1001" }) },
      dueAt: new Date("2026-11-22T10:01:00.000Z"),
      reason: expect.stringMatching(/./),
      attempts: [doubtful],
    });
    network.reply(({ method }) => (method === "GET" ? saved : undefined));
    pass(MINUTE - 1);
    await collector.flush();
    expect(sent(network)).toEqual([POST]);
    pass(1);
    await collector.flush();
    expect(sent(network)).toEqual([POST, LOOK_UP]);
    const reason = "Retrack has the order already";
    expect(await postbackOf(collector)).toEqual({
      id: "retrack/1001/create",
      kind: "create",
      state: "delivered",
      step: { lookUp: expect.objectContaining({ orderNumber: "1001" }) },
      remoteId: "3afc4a82-93c3-423f-8ee8-542ccb315931",
      reason,
      attempts: [
        doubtful,
        {
          at: new Date("2026-11-22T10:01:00.000Z"),
          outcome: "accepted",
          status: 200,
          reason,
          durationMs: expect.any(Number),
        },
      ],
    });
  });

  /** Reported, in doubt, and due to be asked for. */
  async function inDoubt(): Promise<Begun> {
    const begun = await begin();
    begun.network.reply(() => faults.reset);
    await begun.collector.report({ clicks: [retrackClick] }, order());
    await begun.collector.flush();
    begun.pass(MINUTE);
    return begun;
  }

  test.each([
    ["HTTP 404", { status: 404 }],
    ["no data", { body: '{"data":null}' }],
    ["an empty list", { body: '{"data":[]}' }],
  ] satisfies [string, Answer][])("is sent again where Retrack does not have it: %s", async (_, missing) => {
    const { network, collector } = await inDoubt();
    network.reply(({ method }) => (method === "GET" ? missing : saved));
    await collector.flush();
    expect(sent(network)).toEqual([POST, LOOK_UP, POST]);
    const [first, , second] = network.requests;
    expect(second?.body).toBe(first?.body);
    const { state, attempts } = await postbackOf(collector);
    expect([state, ...attempts.map(({ outcome }) => outcome)]).toEqual(["delivered", "unknown", "next", "accepted"]);
  });

  test("is asked for again where the second request has no answer either", async () => {
    const { network, collector, pass } = await inDoubt();
    network.reply(({ method }) => (method === "GET" ? { status: 404 } : faults.closeWithoutAnswer));
    await collector.flush();
    network.reply(({ method }) => (method === "GET" ? saved : undefined));
    pass(MINUTE - 1);
    await collector.flush();
    expect(sent(network)).toEqual([POST, LOOK_UP, POST]);
    pass(1);
    await collector.flush();
    expect(sent(network)).toEqual([POST, LOOK_UP, POST, LOOK_UP]);
    expect(await postbackOf(collector)).toMatchObject({ state: "delivered" });
  });

  test("is held where Retrack has it several times", async () => {
    const { network, collector, events, pass } = await inDoubt();
    const two = ["3afc4a82", "4bfc4a82"].map((uuid) => ({ uuid, order_number: "1001" }));
    network.reply(({ method }) => (method === "GET" ? { body: JSON.stringify({ data: two }) } : undefined));
    await collector.flush();
    expect(await postbackOf(collector)).toMatchObject({ state: "held", reason: "Retrack has the order 2 times" });
    expect(events.at(-1)).toMatchObject({ type: "held", number: "1001", reason: "Retrack has the order 2 times" });
    pass(400 * DAY);
    await collector.flush();
    expect(sent(network)).toEqual([POST, LOOK_UP]);
  });

  test.each([
    ["HTTP 500", { status: 500 }, "retry"],
    ["HTTP 429", { status: 429 }, "retry"],
    ["HTTP 401", { status: 401 }, "retry"],
    ["a page of HTML", { body: "<h1>Please wait</h1>" }, "retry"],
    ["a reset", faults.reset, "unknown"],
  ] satisfies [string, Answer | Fault, string][])(
    "is never sent, only asked for again, where the look-up ends in %s",
    async (_, failing, outcome) => {
      const { network, collector, pass } = await inDoubt();
      network.reply(({ method }) => (method === "GET" ? failing : undefined));
      await collector.flush();
      const { attempts, ...postback } = await postbackOf(collector);
      expect(attempts[1]).toMatchObject({ outcome });
      expect(postback).toMatchObject({ state: "pending", step: { lookUp: { orderNumber: "1001" } } });
      network.reply(({ method }) => (method === "GET" ? saved : undefined));
      pass(MINUTE);
      await collector.flush();
      expect(await postbackOf(collector)).toMatchObject({ state: "delivered" });
      expect(sent(network)).toEqual([POST, LOOK_UP, LOOK_UP]);
    },
  );

  test("is held after 30 days without an answer to the question", async () => {
    const { network, collector, pass, now } = await inDoubt();
    network.reply(({ method }) => (method === "GET" ? { status: 503 } : undefined));
    await untilSettled(collector, pass, now);
    expect(await postbackOf(collector)).toMatchObject({
      state: "held",
      reason: "given up after 30 days: the look-up was not answered: HTTP 503",
    });
  });
});

describe("an order of which nobody knows whether ShopBack has it", () => {
  const doubts: [string, Answer | Fault, number?][] = [
    ["a reset", faults.reset],
    ["a close without an answer", faults.closeWithoutAnswer],
    ["no answer at all", faults.neverAnswer, 300],
    ["a body cut short", faults.bodyCutShort],
    ["HTTP 500", { status: 500 }],
    ["HTTP 302", { status: 302, headers: { Location: "/login" } }],
    ["a page of HTML", { body: "<!doctype html><p>success=true;</p>" }],
    ["an empty body", { body: "" }],
  ];

  test.each(doubts)(
    "after %s is sent again once it may have settled; Duplicate means it is delivered",
    async (_, fault, timeoutMs = 20_000) => {
      const { network, collector, pass } = await begin({ delivery: { timeoutMs } });
      network.reply(() => fault);
      await collector.report({ clicks: [shopbackClick] }, order());
      await collector.flush();
      expect(await postbackOf(collector)).toMatchObject({ state: "pending", attempts: [{ outcome: "unknown" }] });
      network.reply(() => duplicate);
      pass(MINUTE - 1);
      await collector.flush();
      expect(sent(network)).toEqual([SHOPBACK_CALL]);
      pass(1);
      await collector.flush();
      expect(sent(network)).toEqual([SHOPBACK_CALL, SHOPBACK_CALL]);
      expect(await postbackOf(collector)).toMatchObject({
        state: "delivered",
        reason: "the unanswered call arrived: Duplicate conversion",
        attempts: [{ outcome: "unknown" }, { outcome: "accepted" }],
      });
    },
  );

  test("is delivered where the second call is taken", async () => {
    const { network, collector, pass } = await begin();
    network.reply(() => faults.reset);
    await collector.report({ clicks: [shopbackClick] }, order());
    await collector.flush();
    network.reply(() => created);
    pass(MINUTE);
    await collector.flush();
    expect(await postbackOf(collector)).toMatchObject({ state: "delivered" });
    expect(sent(network)).toEqual([SHOPBACK_CALL, SHOPBACK_CALL]);
  });

  test("stays in doubt over calls that never left", async () => {
    const { network, collector, pass } = await begin();
    network.reply(() => faults.reset);
    await collector.report({ clicks: [shopbackClick] }, order());
    await collector.flush();
    await network.down();
    pass(MINUTE);
    await collector.flush();
    await network.up();
    network.reply(() => duplicate);
    pass(MINUTE);
    await collector.flush();
    const { state, attempts } = await postbackOf(collector);
    expect([state, ...attempts.map(({ outcome }) => outcome)]).toEqual([
      "delivered",
      "unknown",
      "not-sent",
      "accepted",
    ]);
  });

  test("fails as a duplicate where ShopBack says so to the first call", async () => {
    const { network, collector } = await begin();
    network.reply(() => duplicate);
    await collector.report({ clicks: [shopbackClick] }, order());
    await collector.flush();
    expect(await postbackOf(collector)).toMatchObject({ state: "failed", reason: "Duplicate conversion" });
  });

  test("fails as a duplicate where ShopBack says so to the first call that left", async () => {
    const { network, collector, pass } = await begin();
    await network.down();
    await collector.report({ clicks: [shopbackClick] }, order());
    await collector.flush();
    await network.up();
    network.reply(() => duplicate);
    pass(5 * SECOND);
    await collector.flush();
    expect(await postbackOf(collector)).toMatchObject({ state: "failed", reason: "Duplicate conversion" });
    expect(sent(network)).toEqual([SHOPBACK_CALL]);
  });
});

describe("lines of which nobody knows whether ShopBack has them", () => {
  const twoLines = order({
    lines: [
      { sku: "mug-1", name: "Stoneware mug", quantity: 1, net: 10_000, vat: 2500 },
      { sku: "vase-1", name: "Glass vase", quantity: 1, net: 20_000, vat: 5000 },
    ],
  });
  const isVase = ({ path }: { path: string }) => path.includes("adv_sub4=vase-1");

  test("are held each for itself, and their reason is told", async () => {
    const { network, collector, events, pass } = await begin({ shopback: { level: "line" } });
    network.reply((request) => (isVase(request) ? faults.closeWithoutAnswer : created));
    await collector.report({ clicks: [shopbackClick] }, twoLines);
    await collector.flush();
    const [conversion] = await collector.find();
    expect(conversion?.postbacks.map(({ id, state }) => `${id} ${state}`)).toEqual([
      "shopback/1001/create/mug-1 delivered",
      "shopback/1001/create/vase-1 held",
    ]);
    expect(events.filter(({ type }) => type === "held")).toEqual([
      {
        type: "held",
        network: "shopback",
        number: "1001",
        postback: "shopback/1001/create/vase-1",
        attempts: 1,
        outcome: "unknown",
        status: undefined,
        durationMs: expect.any(Number),
        lagMs: expect.any(Number),
        reason: "UND_ERR_SOCKET",
      },
    ]);
    pass(400 * DAY);
    await collector.flush();
    expect(network.requests).toHaveLength(2);
  });

  test("are sent again after the settle time where the store chose to repeat", async () => {
    const { network, collector, pass } = await begin({ shopback: { level: "line", onUnknown: "repeat" } });
    network.reply((request) => (isVase(request) ? faults.closeWithoutAnswer : created));
    await collector.report({ clicks: [shopbackClick] }, twoLines);
    await collector.flush();
    network.reply(() => created);
    pass(MINUTE - 1);
    await collector.flush();
    expect(network.requests).toHaveLength(2);
    pass(1);
    await collector.flush();
    expect(network.requests.filter(isVase)).toHaveLength(2);
    expect(network.requests).toHaveLength(3);
    const [conversion] = await collector.find();
    expect(conversion?.postbacks.map(({ state }) => state)).toEqual(["delivered", "delivered"]);
  });
});

describe("delivering", () => {
  test("by a started collector needs no more than a report", async () => {
    // No timer fires: it is the report that wakes it.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const { network, collector, happened } = await begin();
    network.reply(() => saved);
    collector.start();
    const delivered = happened("delivered");
    await collector.report({ clicks: [retrackClick] }, order());
    await delivered;
    expect(await postbackOf(collector)).toMatchObject({ state: "delivered" });
    expect(sent(network)).toEqual([POST]);
  });

  test("by a started collector begins with what an earlier one left", async () => {
    const { network, collector, open, happened } = await begin();
    network.reply(() => saved);
    await collector.report({ clicks: [retrackClick] }, order());
    await collector.stop();
    const delivered = happened("delivered");
    open().start();
    await delivered;
  });

  test("by a started collector includes what another process reports", async () => {
    const { network, collector, open, happened } = await begin();
    network.reply(() => saved);
    collector.start();
    const delivered = happened("delivered");
    await open().report({ clicks: [retrackClick] }, order());
    await delivered;
  });

  test("by a started collector comes back when what waits is due", async () => {
    const { network, collector, happened } = await begin({
      now: () => new Date(),
      delivery: { retry: { firstDelaySeconds: 0.02 } },
    });
    network.reply(() => (network.requests.length < 3 ? { status: 429 } : saved));
    collector.start();
    const delivered = happened("delivered");
    const click = { ...retrackClick, at: new Date() };
    await collector.report({ clicks: [click] }, order({ placedAt: new Date() }));
    await delivered;
    expect(sent(network)).toEqual([POST, POST, POST]);
  });

  test("on demand waits also for what a started collector is claiming", async () => {
    const { network, collector } = await begin();
    network.reply(() => saved);
    await collector.report({ clicks: [retrackClick] }, order());
    collector.start();
    await collector.flush();
    expect(await postbackOf(collector)).toMatchObject({ state: "delivered" });
    expect(sent(network)).toEqual([POST]);
  });

  test("goes on for one network while another hangs", async () => {
    const { network, collector, happened } = await begin({ delivery: { concurrency: 1 } });
    network.reply(({ method }) => (method === "POST" ? faults.neverAnswer : created));
    collector.start();
    for (const number of ["1", "2", "3"]) {
      const delivered = happened("delivered");
      await collector.report({ clicks: [retrackClick, shopbackClick] }, order({ number }));
      await delivered;
    }
    const found = async (account: string) =>
      (await collector.find({ network: account })).map(({ number, postbacks }) => [
        number,
        postbacks[0]?.attempts.map(({ outcome }) => outcome),
      ]);
    expect(await found("shopback")).toEqual([
      ["3", ["accepted"]],
      ["2", ["accepted"]],
      ["1", ["accepted"]],
    ]);
    expect(await found("retrack")).toEqual([
      ["3", []],
      ["2", []],
      ["1", ["sending"]],
    ]);
  });

  test("never has more requests under way than it may", async () => {
    const { network, collector } = await begin({ delivery: { concurrency: 3 } });
    let [underWay, most] = [0, 0];
    network.reply(async ({ body }) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await network.received(3);
      // A question to the ledger is answered after all that was asked before: whoever else could claim has done so.
      await collector.find();
      underWay -= 1;
      return { body: JSON.stringify({ data: { uuid: "3afc4a82", order_number: JSON.parse(body).orderNumber } }) };
    });
    const numbers = Array.from({ length: 30 }, (_, index) => `${2000 + index}`);
    await Promise.all(numbers.map((number) => collector.report({ clicks: [retrackClick] }, order({ number }))));
    collector.start();
    await Promise.all([collector.flush(), collector.flush(), collector.flush()]);
    expect(most).toBe(3);
    expect(await collector.find({ state: "delivered" })).toHaveLength(30);
    expect(network.requests).toHaveLength(30);
  });
});

describe("stopping", () => {
  test("waits for what is in hand, writes its end, and takes nothing new", async () => {
    const { network, collector, open } = await begin({ delivery: { concurrency: 1 } });
    const answer = Promise.withResolvers<Answer>();
    network.reply(() => answer.promise);
    for (const number of ["1001", "1002"]) await collector.report({ clicks: [retrackClick] }, order({ number }));
    collector.start();
    await network.received(1);
    let isStopped = false;
    const stopping = collector.stop().then(() => {
      isStopped = true;
    });
    // The ledger answers in turn, so that a stop that waits for nothing would have come about by now.
    await collector.find();
    expect(isStopped).toBe(false);
    answer.resolve({ ...saved, headers: { "Keep-Alive": "timeout=600" } });
    await stopping;
    await network.idle();
    await expect(collector.find()).rejects.toMatchObject({ code: "ERR_LEDGER" });
    const other = open();
    expect(await postbackOf(other, "1001")).toMatchObject({ state: "delivered" });
    expect(await postbackOf(other, "1002")).toMatchObject({ state: "pending", attempts: [] });
    expect(sent(network)).toEqual([POST]);
  });

  test("while a flush is claiming leaves nothing claimed and unsent", async () => {
    const { network, collector, open } = await begin();
    network.reply(() => saved);
    await collector.report({ clicks: [retrackClick] }, order());
    const flushing = collector.flush();
    await collector.stop();
    await flushing;
    const { state, attempts } = await postbackOf(open());
    expect([state, attempts.map(({ outcome }) => outcome)]).toEqual(
      network.requests.length > 0 ? ["delivered", ["accepted"]] : ["pending", []],
    );
  });

  test("writes the clicks that arrived before, and no page waits for them", async () => {
    const { path, collector } = await begin();
    const origin = await serve((app) => app.get("/", collector.remember, (_, response) => void response.end()));
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    const ids = ["59d08c54-18e6-4e0d-9c06-d18be3510e43", "60d08c54-18e6-4e0d-9c06-d18be3510e43"];
    for (const id of ids) expect((await fetch(`${origin}/?click=${id}`)).status).toBe(200);
    const stopping = collector.stop();
    other.exec("ROLLBACK");
    await stopping;
    expect(other.prepare("SELECT network, id, at FROM clicks ORDER BY id").all()).toEqual(
      ids.map((id) => ({ network: "retrack", id, at: Date.parse(REPORTED) })),
    );
    other.close();
  });

  test("leaves nothing that keeps the process alive", async () => {
    const { network, path } = await begin();
    network.reply(() => ({ ...saved, headers: { "Keep-Alive": "timeout=600" } }));
    const script = fileURLToPath(new URL("../support/delivery-process.ts", import.meta.url));
    const child = spawn(process.execPath, [script, network.url, path, REPORTED, "start-and-stop"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const exited = once(child, "exit");
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) lines.push(line);
    expect(await exited).toEqual([0, null]);
    const resources = lines.join(" ").split(" ");
    expect(resources.filter((name) => name !== "PipeWrap")).toEqual([]);
  }, 30_000);
});

describe("what fails beside the network", () => {
  test.each([
    ["at once", () => fails()],
    ["later", async () => fails()],
  ])("a listener that throws %s harms nothing", async (_, onEvent) => {
    const { network, collector } = await begin({ onEvent });
    network.reply(() => saved);
    await collector.report({ clicks: [retrackClick] }, order());
    await collector.flush();
    expect(await postbackOf(collector)).toMatchObject({ state: "delivered" });
  });

  test.each([
    ["make a request", { request: fails }, "not-sent", "retrack could not make a request of this step"],
    ["read an answer", { verdict: fails }, "unknown", "retrack could not read the answer"],
    ["give a URL that is one", { request: urlless }, "not-sent", "retrack could not make a request of this step"],
  ])("a network that cannot %s delays nobody else, and its postback waits", async (_, broken, outcome, reason) => {
    const server = await startFakeNetwork();
    const whole = retrack({ token: "abc123", event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb", url: server.url });
    const account = shopback({
      offer: "1234",
      securityToken: "0123456789abcdef0123456789abcdef",
      currency: "SEK",
      amount: "gross",
      url: server.url,
    });
    const { collector } = await begin({ networks: [{ ...whole, ...broken }, account] });
    server.reply(({ method }) => (method === "POST" ? saved : created));
    for (const number of ["1", "2"])
      await collector.report({ clicks: [retrackClick, shopbackClick] }, order({ number }));
    await collector.flush();
    expect(await collector.find({ state: "delivered", network: "shopback" })).toHaveLength(2);
    for (const number of ["1", "2"]) {
      const [conversion] = await collector.find({ number, network: "retrack" });
      expect(conversion?.postbacks).toMatchObject([{ state: "pending", reason, attempts: [{ outcome, reason }] }]);
    }
  });

  test("an end that the ledger cannot write leaves the order in doubt, and it is asked for", async () => {
    const { network, path, collector, open, happened, pass, now } = await begin();
    network.reply(() => saved);
    await collector.report({ clicks: [retrackClick] }, order());
    const ledger = sqliteLedger(path, now);
    const broken = open({ ledger: { ...ledger, settle: () => Promise.reject(new Error("the disk is gone")) } });
    const failed = happened("ledger-failed");
    const flushing = broken.flush();
    expect(await failed).toEqual([{ type: "ledger-failed", reason: "the disk is gone" }]);
    await broken.stop();
    await flushing;
    pass(80 * SECOND);
    await collector.flush();
    pass(MINUTE);
    await collector.flush();
    expect(await postbackOf(collector)).toMatchObject({ state: "delivered" });
    expect(sent(network)).toEqual([POST, LOOK_UP]);
  });

  test("an end that the ledger cannot write at first is written once it can be", async () => {
    const { network, path, collector, open, now } = await begin();
    network.reply(() => saved);
    await collector.report({ clicks: [retrackClick] }, order());
    const ledger = sqliteLedger(path, now);
    let calls = 0;
    const settle: typeof ledger.settle = (...given) =>
      ++calls > 1 ? ledger.settle(...given) : Promise.reject(new Error("the database restarts"));
    await open({ ledger: { ...ledger, settle } }).flush();
    expect(await postbackOf(collector)).toMatchObject({ state: "delivered" });
    expect(sent(network)).toEqual([POST]);
  });

  test("a ledger that cannot be read is told, and delivering goes on when it can be again", async () => {
    const { network, path, collector, open, happened, now } = await begin();
    network.reply(() => saved);
    await collector.report({ clicks: [retrackClick] }, order());
    const ledger = sqliteLedger(path, now);
    let calls = 0;
    const claim: typeof ledger.claim = (...given) =>
      ++calls > 1 ? ledger.claim(...given) : Promise.reject(new Error("the disk is gone"));
    const [failed, delivered] = [happened("ledger-failed"), happened("delivered")];
    open({ ledger: { ...ledger, claim } }).start();
    expect(await failed).toEqual([{ type: "ledger-failed", reason: "the disk is gone" }]);
    await delivered;
  });
});

function fails(): never {
  throw new Error("the network's own mistake");
}

function urlless() {
  return { method: "GET", url: "nowhere", headers: {} } as const;
}

/** Flushes and moves the clock to when the postback is due, until it waits no more. */
async function untilSettled(collector: Collector, pass: Begun["pass"], now: Begun["now"]): Promise<void> {
  for (;;) {
    await collector.flush();
    const { state, dueAt } = await postbackOf(collector);
    if (state !== "pending" || !dueAt) return;
    pass(+dueAt - +now());
  }
}
