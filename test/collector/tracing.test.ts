import { AsyncLocalStorage } from "node:async_hooks";
import { execFileSync } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { join } from "node:path";
import {
  type Attributes,
  type Context,
  type ContextManager,
  context,
  createContextKey,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  type SpanStatus,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/collector-server.ts";
import { openStore, order, type StoreOptions } from "../support/sandboxed-store.ts";

interface Ended {
  readonly name: string;
  readonly kind: SpanKind;
  readonly spanId: string;
  readonly parent?: string | undefined;
  readonly attributes: Attributes;
  readonly status?: SpanStatus | undefined;
}

let ended: Ended[];

/** Contexts as OpenTelemetry's SDK keeps them in Node.js. */
function contexts(): ContextManager {
  const storage = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (within, act, self, ...given) => storage.run(within, () => act.apply(self as never, given)),
    bind: (_within, target) => target,
    enable: () => manager,
    disable: () => manager,
  };
  return manager;
}

let serial = 0;

/** A tracer that keeps what ended. */
const tracer: Tracer = {
  startSpan(name, options: SpanOptions = {}, within = context.active()) {
    serial += 1;
    const spanContext: SpanContext = {
      traceId: "a".repeat(32),
      spanId: String(serial).padStart(16, "0"),
      traceFlags: 1,
    };
    const attributes: Attributes = { ...options.attributes };
    const parent = options.root ? undefined : trace.getSpanContext(within)?.spanId;
    let status: SpanStatus | undefined;
    const span: Span = {
      spanContext: () => spanContext,
      setAttribute(key, value) {
        attributes[key] = value;
        return span;
      },
      setAttributes(more) {
        Object.assign(attributes, more);
        return span;
      },
      setStatus(given) {
        status = given;
        return span;
      },
      end() {
        const { kind = SpanKind.INTERNAL } = options;
        ended.push({ name, kind, spanId: spanContext.spanId, parent, attributes, status });
      },
      addEvent: () => span,
      addLink: () => span,
      addLinks: () => span,
      updateName: () => span,
      isRecording: () => true,
      recordException() {},
    };
    return span;
  },
  startActiveSpan() {
    throw new Error("is not used");
  },
};

beforeEach(() => {
  ended = [];
  context.setGlobalContextManager(contexts());
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
});

afterEach(() => {
  context.disable();
  trace.disable();
});

async function open(options: StoreOptions = {}) {
  const store = await openStore(options);
  // The API is loaded in the background: it is by the time the ledger has answered.
  await store.collector.find();
  return store;
}

const ofKind = (kind: SpanKind) => ended.filter((span) => span.kind === kind);

describe("a report", () => {
  test("is a span of the context it is called in, and says whom the order is credited to", async () => {
    const { collector, clicks } = await open();
    const checkout = tracer.startSpan("POST /checkout");
    await context.with(trace.setSpan(context.active(), checkout), () => collector.report(clicks("retrack"), order));
    expect(ended).toEqual([
      {
        name: "cashtrail report",
        kind: SpanKind.INTERNAL,
        spanId: expect.any(String),
        parent: checkout.spanContext().spanId,
        attributes: {
          "cashtrail.number": "1001",
          "cashtrail.credited": ["retrack"],
          "cashtrail.repeated": false,
          "cashtrail.journaled": false,
        },
        status: undefined,
      },
    ]);
  });

  test("that is refused has its code, and is refused as without a span", async () => {
    const { collector, clicks } = await open();
    const refused = collector.report(clicks("retrack"), { ...order, currency: "XXX" });
    await expect(refused).rejects.toMatchObject({ code: "ERR_ORDER" });
    expect(ended).toMatchObject([
      { attributes: { "error.type": "ERR_ORDER" }, status: { code: SpanStatusCode.ERROR } },
    ]);
  });

  test("of a lead is a span too", async () => {
    const { collector, clicks } = await open();
    await collector.lead(clicks("retrack"), { reference: "form-77" });
    expect(ended).toMatchObject([{ name: "cashtrail lead", attributes: { "cashtrail.number": "form-77" } }]);
  });

  test("is kept where the tracer throws", async () => {
    const { collector, clicks } = await open();
    const fail = () => {
      throw new Error("no spans today");
    };
    trace.disable();
    trace.setGlobalTracerProvider({ getTracer: () => ({ ...tracer, startSpan: fail }) });
    expect(await collector.report(clicks("retrack"), order)).toMatchObject({ credited: ["retrack"] });
    await collector.flush();
    expect(await collector.find({ number: "1001" })).toMatchObject([{ postbacks: [{ state: "delivered" }] }]);
  });
});

describe("an attempt", () => {
  test("is a span of its own, a client's, by the conventions for HTTP", async () => {
    const { collector, clicks, sandbox } = await open();
    const checkout = tracer.startSpan("POST /checkout");
    await context.with(trace.setSpan(context.active(), checkout), async () => {
      await collector.report(clicks("retrack"), order);
      await collector.flush();
    });
    expect(ofKind(SpanKind.CLIENT)).toEqual([
      {
        name: "POST",
        kind: SpanKind.CLIENT,
        spanId: expect.any(String),
        parent: undefined,
        attributes: {
          "http.request.method": "POST",
          "server.address": "127.0.0.1",
          "server.port": Number(new URL(sandbox.url).port),
          "http.response.status_code": 200,
          "cashtrail.network": "retrack",
          "cashtrail.number": "1001",
          "cashtrail.postback": "retrack/1001/create",
          "cashtrail.outcome": "accepted",
        },
        status: undefined,
      },
    ]);
  });

  test.each([
    ["500", { "error.type": "500", "http.response.status_code": 500, "cashtrail.outcome": "unknown" }],
    ["accept-then-drop", { "error.type": "unknown", "cashtrail.outcome": "unknown" }],
  ] as const)("that failed by %s says how", async (fault, attributes) => {
    const { collector, clicks, sandbox } = await open();
    sandbox.fault("retrack", fault, { times: 1 });
    await collector.report(clicks("retrack"), order);
    await collector.flush();
    expect(ofKind(SpanKind.CLIENT)).toMatchObject([{ attributes, status: { code: SpanStatusCode.ERROR } }]);
  });

  test("shows no URL, token or click id, and no instrumentation of undici is to make another span of it", async () => {
    const { collector, clicks } = await open({
      retrack: { token: "retrack-canary" },
      shopback: { securityToken: "shopback-canary" },
    });
    const suppressed: unknown[] = [];
    const created = () =>
      suppressed.push(context.active().getValue(createContextKey("OpenTelemetry SDK Context Key SUPPRESS_TRACING")));
    subscribe("undici:request:create", created);
    const from = clicks("retrack", "shopback");
    await collector.report(from, order);
    await collector.flush();
    unsubscribe("undici:request:create", created);
    const written = JSON.stringify(ended);
    expect(ofKind(SpanKind.CLIENT)).toHaveLength(2);
    expect(suppressed).toEqual([true, true]);
    for (const { id } of from.clicks) expect(written).not.toContain(id);
    expect(written).not.toMatch(/canary|url\.|https?:/);
  });
});

test("without the API, everything runs as it did", () => {
  const program = `
    import { registerHooks } from "node:module";
    let asked = 0;
    registerHooks({
      resolve(specifier, context, next) {
        // Others that are installed beside it have theirs.
        const isOurs = specifier === "@opentelemetry/api" && context.parentURL.includes("/packages/collector/");
        if (!isOurs) return next(specifier, context);
        asked += 1;
        throw Object.assign(new Error("is not installed"), { code: "ERR_MODULE_NOT_FOUND" });
      },
    });
    const { createCollector, retrack } = await import("./packages/collector/src/index.ts");
    const collector = createCollector({
      networks: [retrack({ token: "a-token", event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb" })],
      ledger: ${JSON.stringify(join(temporaryFolder(), "ledger.db"))},
    });
    const lines = [{ sku: "mug", name: "Mug", quantity: 1, net: 100, vat: 0 }];
    const { credited } = await collector.report({ clicks: [] }, { number: "1", currency: "SEK", lines });
    await collector.stop();
    console.log(asked, credited.length);
  `;
  const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" });
  expect(printed.trim()).toBe("1 0");
});
