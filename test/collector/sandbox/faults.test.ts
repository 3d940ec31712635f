import { connect } from "node:net";
import { request } from "undici";
import { describe, expect, test } from "vitest";
import { type Fault, faults, type NetworkName, type Sandbox } from "../../../packages/collector/src/sandbox/sandbox.ts";
import { retrackToken, securityToken, startedSandbox } from "./started.ts";

interface Raw {
  method: "GET" | "POST";
  path: string;
  headers: Record<string, string>;
  body?: string;
}

/** An order that the network accepts. */
function order(sandbox: Sandbox, network: NetworkName): Raw {
  const click = sandbox.click(network);
  if (network === "shopback")
    return {
      method: "GET",
      path: `/aff_lsr?offer_id=1234&transaction_id=${click}&security_token=${securityToken}&adv_sub=1&amount=1`,
      headers: {},
    };
  return {
    method: "POST",
    path: "/api/v2/transactions",
    headers: { authorization: `Bearer ${retrackToken}`, "content-type": "application/json" },
    body: JSON.stringify({
      event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
      click,
      orderNumber: "1",
      orderSum: 100,
      vatSum: 0,
      currency: "SEK",
      products: [
        {
          event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
          reference: "a",
          quantity: 1,
          name: "A",
          price: 100,
          vat: 0,
        },
      ],
    }),
  };
}

async function answerTo(sandbox: Sandbox, { path, ...options }: Raw) {
  const { statusCode, headers, body } = await request(sandbox.url + path, options);
  return { status: statusCode, headers, body: await body.text() };
}

/** Sends the order over a bare socket, and tells what came back until `until` or the end, and how it ended. */
async function heard(sandbox: Sandbox, { method, path, headers, body = "" }: Raw, until?: (text: string) => boolean) {
  const socket = connect(Number(new URL(sandbox.url).port), "127.0.0.1");
  let text = "";
  let end = "open";
  socket.on("error", (error: NodeJS.ErrnoException) => {
    end = error.code ?? "error";
  });
  socket.on("end", () => {
    end = "closed";
  });
  socket.on("data", (chunk) => {
    text += chunk;
    if (until?.(text)) socket.destroy();
  });
  const lines = Object.entries({ host: "sandbox", "content-length": String(Buffer.byteLength(body)), ...headers });
  socket.write(`${method} ${path} HTTP/1.1\r\n${lines.map((line) => `${line.join(": ")}\r\n`).join("")}\r\n${body}`);
  await new Promise((resolve) => socket.once("close", resolve));
  return { text, end };
}

const recorded = (sandbox: Sandbox) => sandbox.book.retrack.length + sandbox.book.shopback.length;

const networks = ["retrack", "shopback"] as const;

describe.each(networks)("Under a fault, %s", (network) => {
  test.each(["down", "reset"] as const)("resets the connection and records nothing: %s", async (fault) => {
    const sandbox = await startedSandbox();
    sandbox.fault(network, fault);
    expect(await heard(sandbox, order(sandbox, network))).toEqual({ text: "", end: "ECONNRESET" });
    expect(recorded(sandbox)).toBe(0);
    expect(sandbox.requests).toMatchObject([{ network, fault, recorded: false, answer: null }]);
  });

  test("records and closes without an answer: accept-then-drop", async () => {
    const sandbox = await startedSandbox();
    sandbox.fault(network, "accept-then-drop");
    expect(await heard(sandbox, order(sandbox, network))).toEqual({ text: "", end: "closed" });
    expect(recorded(sandbox)).toBe(1);
    expect(sandbox.requests).toMatchObject([{ recorded: true, answer: null }]);
  });

  test("records and cuts the answer half way: cut", async () => {
    const sandbox = await startedSandbox();
    sandbox.fault(network, "cut");
    const { text, end } = await heard(sandbox, order(sandbox, network));
    const [head = "", body = ""] = text.split("\r\n\r\n");
    const announced = Number(/content-length: (\d+)/.exec(head)?.[1]);
    expect(head).toContain("HTTP/1.1 200 OK");
    expect(body).toHaveLength(Math.floor(announced / 2));
    expect(end).toBe("closed");
    expect(recorded(sandbox)).toBe(1);
  });

  test("records and drips on beyond its answer: drip", async () => {
    const sandbox = await startedSandbox({ retrack: { token: retrackToken } });
    sandbox.fault(network, "drip");
    const { text } = await heard(
      sandbox,
      order(sandbox, network),
      (sofar) => (sofar.match(/\r\n1\r\n/g) ?? []).length >= 14,
    );
    expect(text).toContain("HTTP/1.1 200 OK");
    expect(text).toMatch(/transfer-encoding: chunked/i);
    expect(text).not.toContain("\r\n0\r\n\r\n");
    expect(recorded(sandbox)).toBe(1);
  });

  test("keeps the request and says nothing until it is closed: hang", async () => {
    const sandbox = await startedSandbox();
    sandbox.fault(network, "hang");
    const hanging = heard(sandbox, order(sandbox, network));
    await expect.poll(() => sandbox.requests[0]?.fault).toBe("hang");
    await sandbox.close();
    expect((await hanging).text).toBe("");
    expect(recorded(sandbox)).toBe(0);
  });

  test("records before a slow answer: slow", async () => {
    const sandbox = await startedSandbox();
    sandbox.fault(network, "slow", { delayMs: 100 });
    const before = performance.now();
    const answer = answerTo(sandbox, order(sandbox, network));
    await expect.poll(() => recorded(sandbox), { interval: 5 }).toBe(1);
    expect(sandbox.requests[0]?.answer).toBeNull();
    expect(await answer).toMatchObject({ status: 200 });
    expect(performance.now() - before).toBeGreaterThan(90);
  });

  test("records after its delay although nobody waits any more: late", async () => {
    const sandbox = await startedSandbox();
    sandbox.fault(network, "late", { delayMs: 100 });
    const gone = answerTo(sandbox, order(sandbox, network)).catch(() => "gone");
    await expect.poll(() => sandbox.requests[0]?.fault, { interval: 5 }).toBe("late");
    expect(recorded(sandbox)).toBe(0);
    sandbox.fault(network, null);
    await expect.poll(() => recorded(sandbox), { interval: 5 }).toBe(1);
    await gone;
  });

  test.each<[Fault, number, Record<string, string>]>([
    ["429", 429, { "retry-after": "1" }],
    ["401", 401, {}],
    ["500", 500, {}],
    ["502-html", 502, { "content-type": "text/html; charset=utf-8" }],
    ["html-200", 200, { "content-type": "text/html; charset=utf-8" }],
    ["empty-200", 200, { "content-length": "0" }],
    ["redirect", 302, { location: "https://sandbox.invalid/" }],
  ])("answers %s and records nothing", async (fault, status, headers) => {
    const sandbox = await startedSandbox();
    sandbox.fault(network, fault);
    const answer = await answerTo(sandbox, order(sandbox, network));
    expect(answer).toMatchObject({ status, headers });
    expect(recorded(sandbox)).toBe(0);
    expect(sandbox.requests).toMatchObject([{ fault, recorded: false, answer: { status, body: answer.body } }]);
  });

  test("records, then answers 500: 500-after-accept", async () => {
    const sandbox = await startedSandbox();
    sandbox.fault(network, "500-after-accept");
    expect(await answerTo(sandbox, order(sandbox, network))).toMatchObject({ status: 500 });
    expect(recorded(sandbox)).toBe(1);
  });

  test("answers with 50 MB and records nothing: huge", async () => {
    const sandbox = await startedSandbox();
    sandbox.fault(network, "huge");
    const { path, ...options } = order(sandbox, network);
    const { statusCode, headers, body } = await request(sandbox.url + path, options);
    let received = 0;
    for await (const chunk of body) received += chunk.length;
    expect(statusCode).toBe(200);
    expect(headers["content-length"]).toBe("52428800");
    expect(received).toBe(52428800);
    expect(recorded(sandbox)).toBe(0);
  });

  test("still refuses what it would have refused: 500-after-accept", async () => {
    const sandbox = await startedSandbox();
    const wrong = order(sandbox, network);
    sandbox.accounts.retrack.token = "another";
    sandbox.accounts.shopback.securityToken = "another";
    sandbox.fault(network, "500-after-accept");
    expect(await answerTo(sandbox, wrong)).toMatchObject({ status: 500 });
    expect(recorded(sandbox)).toBe(0);
  });
});

test("down resets before reading the body, reset after it", async () => {
  const sandbox = await startedSandbox();
  const raw = order(sandbox, "retrack");
  sandbox.fault("retrack", "down");
  await heard(sandbox, raw);
  sandbox.fault("retrack", "reset");
  await heard(sandbox, raw);
  expect(sandbox.requests.map(({ body }) => body)).toEqual(["", raw.body]);
});

describe("Refusals on demand", () => {
  test.each<[NetworkName, Fault, number, string]>([
    ["retrack", "refuse", 422, '{"message":"Refused by the sandbox."}'],
    ["retrack", "wrong-offer", 422, '{"message":"event is no event of this programme."}'],
    ["retrack", "401", 401, '{"message":"Unauthenticated."}'],
    ["shopback", "refuse", 200, "success=false; err_msg=Refused by the sandbox.;"],
    ["shopback", "wrong-offer", 200, "success=false; err_msg=Request offer #1234 does not match session offer #2345.;"],
    ["shopback", "401", 401, "Unauthorized."],
  ])("of %s under %s are its own", async (network, fault, status, body) => {
    const sandbox = await startedSandbox();
    sandbox.fault(network, fault);
    expect(await answerTo(sandbox, order(sandbox, network))).toMatchObject({ status, body });
    expect(recorded(sandbox)).toBe(0);
  });
});

describe("A fault", () => {
  test("goes away after its times", async () => {
    const sandbox = await startedSandbox();
    sandbox.fault("shopback", "500", { times: 2 });
    const statuses = [];
    for (let sent = 0; sent < 3; sent++) statuses.push((await answerTo(sandbox, order(sandbox, "shopback"))).status);
    expect(statuses).toEqual([500, 500, 200]);
  });

  test("strikes only what it matches", async () => {
    const sandbox = await startedSandbox();
    sandbox.fault("retrack", "500", {
      match: ({ method, body }) => method === "POST" && body.includes('"orderNumber":"1"'),
    });
    const headers = { authorization: `Bearer ${retrackToken}` };
    const lookUp: Raw = { method: "GET", path: "/api/v2/transactions?byOrderNumber=1", headers };
    expect(await answerTo(sandbox, lookUp)).toMatchObject({ status: 404 });
    expect(await answerTo(sandbox, order(sandbox, "retrack"))).toMatchObject({ status: 500 });
  });

  test("that takes the network down may go by the body too", async () => {
    const sandbox = await startedSandbox();
    sandbox.fault("retrack", "down", { match: ({ body }) => body.includes('"orderNumber":"1"') });
    await expect(answerTo(sandbox, order(sandbox, "retrack"))).rejects.toThrow();
    expect(recorded(sandbox)).toBe(0);
  });

  test("can be chosen for each request", async () => {
    const sandbox = await startedSandbox();
    const choices: (Fault | null)[] = ["500", null, "429"];
    sandbox.fault("retrack", () => choices.shift() ?? null);
    const statuses = [];
    for (let sent = 0; sent < 4; sent++) statuses.push((await answerTo(sandbox, order(sandbox, "retrack"))).status);
    expect(statuses).toEqual([500, 200, 429, 200]);
  });

  test("of one network leaves the other alone", async () => {
    const sandbox = await startedSandbox();
    sandbox.fault("retrack", "500");
    expect(await answerTo(sandbox, order(sandbox, "shopback"))).toMatchObject({ status: 200 });
  });

  test("replaces the one before, and null takes it away", async () => {
    const sandbox = await startedSandbox();
    sandbox.fault("retrack", "500");
    sandbox.fault("retrack", "429", { retryAfter: "Fri, 31 Dec 9999 23:59:59 GMT" });
    expect(await answerTo(sandbox, order(sandbox, "retrack"))).toMatchObject({
      status: 429,
      headers: { "retry-after": "Fri, 31 Dec 9999 23:59:59 GMT" },
    });
    sandbox.fault("retrack", null);
    expect(await answerTo(sandbox, order(sandbox, "retrack"))).toMatchObject({ status: 200 });
  });

  test("that is late lets the first of two orders on one click win, whichever was sent first", async () => {
    const sandbox = await startedSandbox();
    const raw = order(sandbox, "shopback");
    sandbox.fault("shopback", "late", { delayMs: 100, times: 1 });
    const first = answerTo(sandbox, raw);
    await expect.poll(() => sandbox.requests[0]?.fault, { interval: 5 }).toBe("late");
    expect(await answerTo(sandbox, raw)).toMatchObject({ body: "sucess=true;" });
    expect((await first).body).toContain("Duplicate recorded");
    expect(recorded(sandbox)).toBe(1);
  });

  test("is listed with what it does", () => {
    expect(faults.map(({ name, records }) => [name, records])).toEqual([
      ["down", false],
      ["reset", false],
      ["hang", false],
      ["slow", true],
      ["late", true],
      ["accept-then-drop", true],
      ["cut", true],
      ["drip", true],
      ["429", false],
      ["401", false],
      ["500", false],
      ["500-after-accept", true],
      ["502-html", false],
      ["refuse", false],
      ["wrong-offer", false],
      ["html-200", false],
      ["empty-200", false],
      ["redirect", false],
      ["huge", false],
    ]);
  });
});

test("names that the sandbox does not know are refused, for a test under them would prove nothing", async () => {
  const sandbox = await startedSandbox();
  const loosely = sandbox as unknown as Record<"fault" | "click", (...given: unknown[]) => unknown>;
  expect(() => loosely.fault("retrak", "down")).toThrow(
    "The sandbox knows no network retrak; it knows retrack, shopback.",
  );
  expect(() => loosely.fault("retrack", "acept-then-drop")).toThrow(/knows no fault acept-then-drop; it knows down, /);
  expect(() => loosely.fault("retrack", "down", { time: 1 })).toThrow(/knows no option time; it knows times, /);
  expect(() => loosely.click("x")).toThrow("The sandbox knows no network x; it knows retrack, shopback.");
});
