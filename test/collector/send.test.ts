import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { HttpRequest } from "../../packages/collector/src/network.ts";
import { createSender, type Sender } from "../../packages/collector/src/send.ts";
import { type FakeNetwork, faults, startFakeNetwork } from "../support/fake-network.ts";

/** Long enough that no test waits for it, and a fault that ends by it shows. */
const PATIENT = { timeoutMs: 4000, connections: 4 };
/** Short, for what only the deadline ends. */
const HASTY = { timeoutMs: 250, connections: 4 };
/** How much later than its deadline an attempt may end on a busy machine. */
const MARGIN_MS = 1500;

function open(settings: Parameters<typeof createSender>[0]): Sender {
  const sender = createSender(settings);
  onTestFinished(() => sender.close());
  return sender;
}

const requests: Record<"GET" | "POST", (network: FakeNetwork) => HttpRequest> = {
  GET: ({ url }) => ({ method: "GET", url: `${url}/aff_lsr?amount=100`, headers: { accept: "text/plain" } }),
  POST: ({ url }) => ({
    method: "POST",
    url: `${url}/api/v2/transactions`,
    headers: { "content-type": "application/json" },
    body: '{"orderNumber":"A-1"}',
  }),
};

describe("a request", () => {
  test("arrives exactly as it was given, and nothing is added but what HTTP needs", async () => {
    const network = await startFakeNetwork();
    network.reply(() => ({ body: "success=true;" }));
    const sender = open(PATIENT);
    await sender.send({
      method: "POST",
      url: `${network.url}/api/v2/transactions?byOrderNumber=A%2F1%20%C3%A5%27%2B&empty=&a=1&a=2`,
      headers: { authorization: "Bearer abc", "content-type": "application/json", "X-Odd": "a  b" },
      body: '{"name":"Tröja 👕"}',
    });
    expect(network.requests).toEqual([
      {
        method: "POST",
        path: "/api/v2/transactions?byOrderNumber=A%2F1%20%C3%A5%27%2B&empty=&a=1&a=2",
        headers: [
          ["host", network.url.replace("http://", "")],
          ["connection", "keep-alive"],
          ["user-agent", "cashtrail"],
          ["authorization", "Bearer abc"],
          ["content-type", "application/json"],
          ["X-Odd", "a  b"],
          ["content-length", "22"],
        ],
        body: '{"name":"Tröja 👕"}',
      },
    ]);
  });

  test("without a body carries none", async () => {
    const network = await startFakeNetwork();
    network.reply(() => ({}));
    await open(PATIENT).send(requests.GET(network));
    expect(network.requests).toEqual([
      {
        method: "GET",
        path: "/aff_lsr?amount=100",
        headers: [
          ["host", network.url.replace("http://", "")],
          ["connection", "keep-alive"],
          ["user-agent", "cashtrail"],
          ["accept", "text/plain"],
        ],
        body: "",
      },
    ]);
  });
});

describe("an answer", () => {
  test.each([
    { status: 200, headers: { "Content-Type": "text/plain" }, body: "success=true;" },
    { status: 204, headers: {}, body: "" },
    { status: 301, headers: { Location: "https://store-domain.com/" }, body: "moved" },
    { status: 401, headers: {}, body: '{"message":"Unauthenticated."}' },
    { status: 429, headers: { "Retry-After": "120" }, body: "" },
    { status: 500, headers: { "Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT" }, body: "<html>" },
    { status: 503, headers: { "Retry-After": "soon" }, body: "" },
  ])("of HTTP $status is told whole: status, headers and body", async ({ status, headers, body }) => {
    const network = await startFakeNetwork();
    network.reply(() => ({ status, headers, body }));
    const sent = await open(PATIENT).send(requests.POST(network));
    const lowerCase = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    expect(sent).toEqual({
      kind: "answered",
      response: { status, headers: expect.objectContaining(lowerCase), body },
    });
  });

  test("with a header twice has both values", async () => {
    const network = await startFakeNetwork();
    network.reply(() => ({ headers: { "Retry-After": ["5", "7"] } }));
    const sent = await open(PATIENT).send(requests.GET(network));
    expect(sent.kind === "answered" && sent.response.headers["retry-after"]).toEqual(["5", "7"]);
  });

  test("in pieces that split a character is put together", async () => {
    const network = await startFakeNetwork();
    network.reply(() => (socket) => {
      const bytes = Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n👕");
      socket.write(bytes.subarray(0, -2));
      // Written at once, the pieces would be read as one.
      setTimeout(() => socket.write(bytes.subarray(-2)), 20);
    });
    expect(await open(PATIENT).send(requests.GET(network))).toMatchObject({ response: { status: 200, body: "👕" } });
  });

  test("that redirects is not followed", async () => {
    const network = await startFakeNetwork();
    network.reply(() => ({ status: 302, headers: { Location: `${network.url}/elsewhere` } }));
    const sent = await open(PATIENT).send(requests.GET(network));
    expect(sent).toMatchObject({ kind: "answered", response: { status: 302 } });
    expect(network.requests.map(({ path }) => path)).toEqual(["/aff_lsr?amount=100"]);
  });

  test.each([
    ["50 MB", { headers: { "Keep-Alive": "timeout=600" }, body: Buffer.alloc(50_000_000, "a") }],
    ["no end", faults.endlessBody],
  ])("of %s is read no further than its first 2 MB, and its connection is cut", async (_, answer) => {
    const network = await startFakeNetwork();
    network.reply(() => answer);
    const sent = await open(PATIENT).send(requests.GET(network));
    expect(sent).toMatchObject({ kind: "answered", response: { status: 200, body: "a".repeat(2 * 1024 * 1024) } });
    await network.idle();
  });

  test("that is compressed is not unpacked", async () => {
    const network = await startFakeNetwork();
    const bomb = gzipSync(Buffer.alloc(10_000_000, "a"));
    network.reply(() => ({ headers: { "Content-Encoding": "gzip" }, body: bomb }));
    const sent = await open(PATIENT).send(requests.GET(network));
    expect(sent.kind === "answered" && sent.response.body).toBe(bomb.toString("utf8"));
  });
});

describe("an attempt that fails once the network has the request", () => {
  const cases = [
    { fault: "reset", settings: PATIENT, expected: { kind: "unknown", reason: "ECONNRESET" } },
    { fault: "closeWithoutAnswer", settings: PATIENT, expected: { kind: "unknown", reason: "UND_ERR_SOCKET" } },
    {
      fault: "notHttp",
      settings: PATIENT,
      expected: { kind: "unknown", reason: expect.stringContaining("HTTP/1.1 protocol") },
    },
    { fault: "neverAnswer", settings: HASTY, expected: { kind: "unknown", reason: "no whole answer within 250 ms" } },
    { fault: "slowHeaders", settings: HASTY, expected: { kind: "unknown", reason: "no whole answer within 250 ms" } },
    { fault: "bodyCutShort", settings: PATIENT, expected: { kind: "unknown", reason: "UND_ERR_SOCKET", status: 200 } },
    { fault: "bodyCutByReset", settings: PATIENT, expected: { kind: "unknown", reason: "ECONNRESET", status: 200 } },
    {
      fault: "bodyStalls",
      settings: HASTY,
      expected: { kind: "unknown", reason: "no whole answer within 250 ms", status: 200 },
    },
    {
      fault: "bodyDrips",
      settings: HASTY,
      expected: { kind: "unknown", reason: "no whole answer within 250 ms", status: 200 },
    },
  ] as const;

  test.each(cases.flatMap((one) => (["GET", "POST"] as const).map((method) => ({ ...one, method }))))(
    "is unknown, in time, and is not repeated: $fault, $method",
    async ({ fault, settings, expected, method }) => {
      const network = await startFakeNetwork();
      network.reply(() => faults[fault]);
      const sender = open(settings);
      const startedAt = performance.now();
      const sent = await sender.send(requests[method](network));
      const tookMs = performance.now() - startedAt;
      expect(sent).toEqual(expected);
      expect(tookMs).toBeLessThan(settings.timeoutMs + (settings === HASTY ? MARGIN_MS : 0));
      await network.idle();
      // A repetition would leave before this one, which is told apart by its path.
      network.reply(() => ({ body: "success=true;" }));
      await sender.send({ method: "GET", url: `${network.url}/after`, headers: {} });
      expect(network.requests.map((request) => `${request.method} ${request.path}`)).toEqual([
        method === "GET" ? "GET /aff_lsr?amount=100" : "POST /api/v2/transactions",
        "GET /after",
      ]);
    },
  );

  test.each(["GET", "POST"] as const)(
    "is unknown and is not repeated on a connection that was used before: %s",
    async (method) => {
      const network = await startFakeNetwork();
      network.reply(() => ({ headers: { "Keep-Alive": "timeout=600" }, body: "first" }));
      const sender = open({ ...PATIENT, connections: 1 });
      await sender.send(requests.GET(network));
      network.reply(() => faults.reset);
      expect(await sender.send(requests[method](network))).toEqual({ kind: "unknown", reason: "ECONNRESET" });
      network.reply(() => ({}));
      await sender.send({ method: "GET", url: `${network.url}/after`, headers: {} });
      expect(network.requests).toHaveLength(3);
      expect(network.connections).toBe(2);
    },
  );

  test("is unknown when the sender closes under it", async () => {
    const network = await startFakeNetwork();
    network.reply(() => faults.neverAnswer);
    const sender = open(PATIENT);
    const sending = sender.send(requests.POST(network));
    await network.received(1);
    await sender.close();
    expect(await sending).toMatchObject({ kind: "unknown" });
  });
});

describe("an attempt that never reaches the network", () => {
  test("is not sent where the connection is refused", async () => {
    const network = await startFakeNetwork();
    await network.down();
    expect(await open(PATIENT).send(requests.POST(network))).toEqual({ kind: "not-sent", reason: "ECONNREFUSED" });
  });

  test("is not sent where it is too late when its first byte would be written", async () => {
    const network = await startFakeNetwork();
    const sender = open(PATIENT);
    const reason = "the claim is too old to send under: somebody else may have it";
    expect(await sender.send(requests.POST(network), () => true)).toEqual({ kind: "not-sent", reason });
    network.reply(() => ({}));
    expect(await sender.send(requests.GET(network), () => false)).toMatchObject({ kind: "answered" });
    expect(network.requests.map(({ method }) => method)).toEqual(["GET"]);
  });

  test("is not sent where the name does not resolve", async () => {
    const sent = await open(PATIENT).send({ method: "GET", url: "http://network.invalid/aff_lsr", headers: {} });
    expect(sent).toMatchObject({ kind: "not-sent", reason: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/) });
  });

  test("is not sent where the server does not speak TLS", async () => {
    const network = await startFakeNetwork();
    const sent = await open(PATIENT).send({ ...requests.GET(network), url: network.url.replace("http:", "https:") });
    expect(sent).toMatchObject({ kind: "not-sent", reason: expect.stringContaining("SSL") });
  });

  test("is not sent where no connection stands in time, and does not leave later", async () => {
    const network = await startFakeNetwork();
    network.accept(() => {});
    const sender = open(HASTY);
    const startedAt = performance.now();
    const sent = await sender.send({ ...requests.GET(network), url: network.url.replace("http:", "https:") });
    expect(sent).toEqual({ kind: "not-sent", reason: "no whole answer within 250 ms" });
    expect(performance.now() - startedAt).toBeLessThan(HASTY.timeoutMs + MARGIN_MS);
    await network.idle();
  });

  test("is not sent where it waits too long for its turn, and does not leave later", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const network = await startFakeNetwork();
    network.reply(() => faults.neverAnswer);
    const sender = open({ ...PATIENT, connections: 1 });
    const first = sender.send({ method: "GET", url: `${network.url}/first`, headers: {} });
    const second = sender.send({ method: "GET", url: `${network.url}/second`, headers: {} });
    await network.received(1);
    vi.advanceTimersByTime(PATIENT.timeoutMs);
    const reason = "no whole answer within 4000 ms";
    expect(await first).toEqual({ kind: "unknown", reason });
    expect(await second).toEqual({ kind: "not-sent", reason });
    network.reply(() => ({}));
    await sender.send({ method: "GET", url: `${network.url}/third`, headers: {} });
    expect(network.requests.map(({ path }) => path)).toEqual(["/first", "/third"]);
  });

  test("is not sent where a header cannot be written", async () => {
    const network = await startFakeNetwork();
    const sent = await open(PATIENT).send({ ...requests.GET(network), headers: { authorization: "Bearer a\r\nX: b" } });
    expect(sent).toMatchObject({ kind: "not-sent" });
  });

  test("leaves no timer behind where the URL is none", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    await expect(open(PATIENT).send({ method: "GET", url: "nowhere", headers: {} })).rejects.toThrow("Invalid URL");
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is not sent after the sender was closed", async () => {
    const network = await startFakeNetwork();
    const sender = open(PATIENT);
    await sender.close();
    expect(await sender.send(requests.POST(network))).toMatchObject({ kind: "not-sent" });
  });

  test("is never called answered where the connection is reset as soon as it stands", async () => {
    const network = await startFakeNetwork();
    network.accept((socket) => void socket.resetAndDestroy());
    const { kind } = await open(PATIENT).send(requests.POST(network));
    // Whether the reset comes before the first byte is written is the kernel's to say; unknown is the careful answer.
    expect(["not-sent", "unknown"]).toContain(kind);
  });
});

describe("a sender", () => {
  test("has no connection open once it is closed", async () => {
    const network = await startFakeNetwork();
    network.reply(() => ({ headers: { "Keep-Alive": "timeout=600" } }));
    const sender = open(PATIENT);
    await Promise.all([1, 2, 3].map(() => sender.send(requests.GET(network))));
    await sender.close();
    await network.idle();
  });

  test("never has more connections to a host than it was given", async () => {
    const network = await startFakeNetwork();
    const bothCame = network.received(2);
    network.reply(async () => {
      await bothCame;
      return {};
    });
    const sender = open({ ...PATIENT, connections: 2 });
    await Promise.all(Array.from({ length: 12 }, () => sender.send(requests.GET(network))));
    expect(network.requests).toHaveLength(12);
    expect(network.connections).toBe(2);
  });
});
