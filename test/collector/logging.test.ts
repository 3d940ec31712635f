import { Writable } from "node:stream";
import pino from "pino";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createCollector, type Logger, retrack } from "../../packages/collector/src/index.ts";
import { createLog } from "../../packages/collector/src/logging.ts";
import { openStore, order } from "../support/sandboxed-store.ts";

/** A real pino that writes into a list. */
function aLog() {
  const entries: Record<string, unknown>[] = [];
  const destination = new Writable({
    write(line, _encoding, done) {
      entries.push(JSON.parse(String(line)));
      done();
    },
  });
  const logger = pino({ level: "debug", base: null, timestamp: false }, destination);
  return { entries, logger };
}

async function open(logger: Logger) {
  const store = await openStore({ logger });
  // Once its thread runs, the ledger answers at once.
  await store.collector.find();
  return store;
}

const postback = {
  network: "retrack",
  number: "1001",
  postback: "retrack/1001/create",
  attempts: 1,
  lagMs: 20,
} as const;

describe("a store's own log", () => {
  test("is written what happens, in fields", async () => {
    const { entries, logger } = aLog();
    const { collector, clicks } = await open(logger);
    await collector.report(clicks("retrack"), order);
    await collector.flush();
    expect(entries).toEqual([
      {
        level: 30,
        event: "cashtrail.recorded",
        number: "1001",
        credited: ["retrack"],
        msg: "cashtrail: order or lead recorded",
      },
      {
        level: 30,
        event: "cashtrail.delivered",
        remoteId: expect.any(String),
        network: "retrack",
        number: "1001",
        postback: "retrack/1001/create",
        attempts: 1,
        outcome: "accepted",
        status: 200,
        durationMs: expect.any(Number),
        lagMs: expect.any(Number),
        msg: "cashtrail: postback delivered",
      },
    ]);
  });

  test("is told by the level how pressing it is", () => {
    const { entries, logger } = aLog();
    const log = createLog(logger);
    log({ type: "held", outcome: "hold", ...postback });
    log({ type: "failed", outcome: "refused", ...postback });
    log({ type: "network-down", network: "retrack", reason: "ECONNREFUSED" });
    log({ type: "ledger-failed", reason: "disk full" });
    log({ type: "postponed", waitMs: 5000, outcome: "retry", ...postback });
    log({ type: "journaled", number: "1001", reason: "disk full" });
    log({ type: "differs", number: "1001" });
    log({ type: "click-ignored", network: "retrack", reason: "no click id" });
    log({ type: "deep-link-refused", origin: "https://m.store-domain.com" });
    log({ type: "network-up", network: "retrack" });
    log({ type: "taken-in", count: 2 });
    log({ type: "postponed", waitMs: 0, outcome: "next", ...postback });
    expect(entries.map(({ level, event }) => `${level} ${event}`)).toEqual([
      "50 cashtrail.held",
      "50 cashtrail.failed",
      "50 cashtrail.network-down",
      "50 cashtrail.ledger-failed",
      "40 cashtrail.postponed",
      "40 cashtrail.journaled",
      "40 cashtrail.differs",
      "40 cashtrail.click-ignored",
      "40 cashtrail.deep-link-refused",
      "30 cashtrail.network-up",
      "30 cashtrail.taken-in",
      "20 cashtrail.postponed",
    ]);
  });

  test("has the same failure of the ledger once a minute, and how often it came", () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { entries, logger } = aLog();
    const log = createLog(logger);
    const fail = (reason: string) => log({ type: "ledger-failed", reason });
    for (let second = 0; second < 60; second += 1) {
      fail("ECONNREFUSED");
      vi.advanceTimersByTime(1000);
    }
    fail("disk full");
    fail("ECONNREFUSED");
    expect(entries.map(({ reason, times }) => [reason, times])).toEqual([
      ["ECONNREFUSED", undefined],
      ["disk full", undefined],
      ["ECONNREFUSED", 60],
    ]);
  });

  test("may do without debug", () => {
    const { entries, logger } = aLog();
    const { info, warn, error } = logger;
    const plain = { info: info.bind(logger), warn: warn.bind(logger), error: error.bind(logger) };
    createLog(plain)({ type: "postponed", waitMs: 0, outcome: "next", ...postback });
    expect(entries).toEqual([]);
  });

  test("gets texts of one line and of bounded length", () => {
    const { entries, logger } = aLog();
    createLog(logger)({ type: "ledger-failed", reason: `one\r\n{"level":60}\u2028${"x".repeat(1000)}` });
    const [{ reason }] = entries as [{ reason: string }];
    expect(reason).toBe(`one {"level":60} ${"x".repeat(283)}…`);
  });

  test("gets no click id and no token", async () => {
    const { entries, logger } = aLog();
    const { collector, clicks, sandbox } = await open(logger);
    const from = clicks("retrack", "shopback");
    sandbox.fault("retrack", "401", { times: 1 });
    sandbox.fault("shopback", "accept-then-drop", { times: 1 });
    await collector.report(from, order);
    await collector.flush();
    expect(entries.map(({ event }) => event).sort()).toEqual([
      "cashtrail.failed",
      "cashtrail.postponed",
      "cashtrail.recorded",
    ]);
    const written = JSON.stringify(entries);
    for (const { id } of from.clicks) expect(written).not.toContain(id);
    expect(written).not.toMatch(/security_token|Bearer/);
  });

  test.each<[string, () => unknown]>([
    [
      "that throws",
      () => {
        throw new Error("no room for logs");
      },
    ],
    ["whose promise fails", () => Promise.reject(new Error("no room for logs"))],
  ])("%s harms nothing, and events are told all the same", async (_, write) => {
    const logger: Logger = { info: write, warn: write, error: write, debug: write };
    const { collector, clicks, events } = await open(logger);
    await collector.report(clicks("retrack"), order);
    await collector.flush();
    expect(events.map(({ type }) => type)).toEqual(["recorded", "delivered"]);
  });

  test.each([
    ["a function", () => {}],
    ["an object without warn", { info() {}, error() {} }],
    ["a name", "pino"],
  ])("is refused where it is %s", (_, logger) => {
    const make = () => {
      const networks = [retrack({ token: "a-token", event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb" })];
      const collector = createCollector({ networks, logger: logger as never });
      onTestFinished(() => collector.stop());
    };
    expect(make).toThrow(
      expect.objectContaining({ code: "ERR_OPTIONS", issues: [expect.objectContaining({ path: "logger" })] }),
    );
  });
});
