import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  type ClickSource,
  type CollectorEvent,
  createCollector,
  type Network,
  retrack,
  shopback,
} from "../../packages/collector/src/index.ts";
import { serve, temporaryFolder } from "../support/collector-server.ts";
import { type Answer, type Fault, type Received, startFakeNetwork } from "../support/fake-network.ts";
import { anOrder } from "../support/orders.ts";

// Every character that is written differently in a URL, in JSON or in HTML.
const RETRACK_TOKEN = `rt-canary"<&>'/+=%25\\`;
const SHOPBACK_TOKEN = `sb-canary"<&>'/+=%25\\`;
const RETRACK_CLICK = "c0ffee11-18e6-4e0d-9c06-d18be3510e43";
const SHOPBACK_CLICK = "102c0ffee2a7b8c9d0e1f2a3b4c5d6";
const SHOPPERS_ADDRESS = "203.0.113.77";
const EVENT = "1f80e399-6f55-4cef-b8b0-0f74752c1ceb";

const at = new Date("2026-11-21T08:00:00Z");
const clicks = [
  { network: "retrack", id: RETRACK_CLICK, at },
  { network: "shopback", id: SHOPBACK_CLICK, at },
];

/** An order placed after the clicks. */
function order(changes: Parameters<typeof anOrder>[0] = {}) {
  return anOrder({ placedAt: new Date("2026-11-22T10:00:00Z"), ...changes });
}

/** A text in every way a server may repeat it. */
function spellings(text: string): string[] {
  return [text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1), Buffer.from(text).toString("base64")];
}

const tokens = ["canary", ...spellings(RETRACK_TOKEN), ...spellings(SHOPBACK_TOKEN)];
const clickIds = [RETRACK_CLICK, SHOPBACK_CLICK];

/** What a server may repeat of a request. Each piece is short, for of a long one only the beginning is ever shown. */
const pieces: Record<string, (request: Received) => string> = {
  "the path, without its end": ({ path }) => path.replace(/&amount=.*/, ""),
  "the end of the path": ({ path }) => path.slice(-150),
  "the path as it is read": ({ path }) => decodeURIComponent(path).slice(-100),
  "a header": ({ headers }) =>
    headers.map(([name, value]) => `${name}: ${value}`).find((one) => /^auth/.test(one)) ?? "",
  "the beginning of the body": ({ body }) => body.slice(0, 180),
};

/** How a server may repeat it. */
const answers: Record<string, (echo: string) => Answer | Fault> = {
  "refused as JSON": (echo) => ({ status: 422, body: JSON.stringify({ message: echo, error: echo }) }),
  "refused as text": (echo) => ({ status: 403, body: echo }),
  "refused in a 200": (echo) => ({ body: `success=false; err_msg=${echo};` }),
  "refused in a 200 without words": (echo) => ({ body: `success=false; ${echo}` }),
  "too many": (echo) => ({ status: 429, body: JSON.stringify({ message: echo }) }),
  broken: (echo) => ({ status: 500, body: JSON.stringify({ message: echo }) }),
  "a page": (echo) => ({ body: `<h1>${echo}</h1>` }),
  "a redirect": (echo) => ({ status: 302, headers: { Location: `/login?from=${encodeURIComponent(echo)}` } }),
  "not HTTP": (echo) => (socket) => void socket.end(`500 ${echo}\r\n\r\n`),
  "a status line": (echo) => (socket) => void socket.end(`HTTP/1.1 500 ${echo}\r\nContent-Length: 0\r\n\r\n`),
  "a wrong header": (echo) => (socket) => void socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${echo}\r\n\r\n`),
  "cut short": (echo) => (socket) => void socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n${echo}`),
};

/** By the number of the order that is answered so. */
const echoes = Object.fromEntries(
  Object.entries(answers).flatMap(([form, answer]) =>
    Object.entries(pieces).map(([name, piece]) => [`${form}: ${name}`, (request: Received) => answer(piece(request))]),
  ),
);

/** What Retrack says of an order that it has saved, the shopper's address and all. */
function saved({ body, path }: Received): Answer {
  if (path.startsWith("/aff_lsr")) return { body: "success=true;" };
  const click = { uuid: RETRACK_CLICK, ip_address: SHOPPERS_ADDRESS, browser: "Mozilla/5.0" };
  const data = { uuid: "3afc4a82-93c3-423f-8ee8-542ccb315931", order_number: "saved", click };
  return { body: JSON.stringify({ data: body ? data : [] }) };
}

/** An account whose own mistakes repeat what they were about. */
function clumsy(account: Network): Network {
  function fail(step: unknown): never {
    throw new Error(`${RETRACK_TOKEN} and ${JSON.stringify(step)}`);
  }
  return {
    ...account,
    request: (step) => (JSON.stringify(step).includes("cannot be asked") ? fail(step) : account.request(step)),
    verdict: (response, step) =>
      JSON.stringify(step).includes("cannot be read") ? fail(step) : account.verdict(response, step),
  };
}

/** Which of the words are in a text. */
function found(words: readonly string[], text: string): string[] {
  return words.filter((word) => text.includes(word));
}

test("no token, and no shopper's address, is in an event, an error, an answer of find or a byte of the ledger; no click id in an event or a reason", async () => {
  const network = await startFakeNetwork();
  const folder = temporaryFolder();
  const events: CollectorEvent[] = [];
  let time = Date.parse("2026-11-22T10:00:00Z");
  const collector = createCollector({
    networks: [
      clumsy(retrack({ token: RETRACK_TOKEN, event: EVENT, url: network.url })),
      shopback({ offer: "1234", securityToken: SHOPBACK_TOKEN, currency: "SEK", amount: "gross", url: network.url }),
    ],
    ledger: join(folder, "cashtrail.db"),
    // Below a file, where no folder can be: an order that the ledger does not take is kept nowhere.
    journal: join(folder, "file", "journal"),
    attribution: "every-click",
    now: () => new Date(time),
    onEvent: (event) => void events.push(event),
  });
  writeFileSync(join(folder, "file"), "");
  onTestFinished(() => collector.stop());
  network.reply((request) => {
    const { searchParams } = new URL(request.path, network.url);
    const number = request.body
      ? JSON.parse(request.body).orderNumber
      : (searchParams.get("adv_sub") ?? searchParams.get("byOrderNumber"));
    return (echoes[number] ?? saved)(request);
  });
  const numbers = [...Object.keys(echoes), "saved", "cannot be asked", "cannot be read"];
  await Promise.all(numbers.map((number) => collector.report({ clicks }, order({ number }))));
  // The first call, the one after doubt, and one more: while the networks are noticed to be down, one at a time.
  for (let round = 0; round < 150; round += 1) {
    await collector.flush();
    time += 3_600_000;
  }
  const conversions = await collector.find({ limit: 1000 });
  const told = inspect([events, conversions], { depth: Number.POSITIVE_INFINITY, maxStringLength: null });
  const json = JSON.stringify([events, conversions]);
  const reasons = JSON.stringify([
    events,
    conversions.flatMap(({ postbacks }) => postbacks.map(({ reason, attempts }) => [reason, attempts])),
  ]);
  // All states were there to see, and the echoes were read.
  expect(conversions).toHaveLength(2 * numbers.length);
  expect(new Set(conversions.flatMap(({ postbacks }) => postbacks.map(({ state }) => state)))).toEqual(
    new Set(["pending", "delivered", "failed"]),
  );
  expect(reasons).toContain("/api/v2/transactions");
  expect(reasons).toContain("/aff_lsr?offer_id=1234");
  expect(reasons).toContain("could not make a request");
  expect(reasons).toContain("could not read the answer");

  expect(found([...tokens, SHOPPERS_ADDRESS], told)).toEqual([]);
  expect(found([...tokens, SHOPPERS_ADDRESS], json)).toEqual([]);
  expect(found(clickIds, reasons)).toEqual([]);
  const files = () =>
    readdirSync(folder)
      .filter((name) => name.startsWith("cashtrail.db"))
      .map((name) => readFileSync(join(folder, name), "latin1"));
  expect(files().length).toBeGreaterThan(1);
  expect(files().flatMap((bytes) => found([...tokens, SHOPPERS_ADDRESS], bytes))).toEqual([]);
  await collector.stop();
  expect(files().flatMap((bytes) => found([...tokens, SHOPPERS_ADDRESS], bytes))).toEqual([]);
  expect(found(tokens, inspect([collector, network.url], { depth: Number.POSITIVE_INFINITY }))).toEqual([]);

  const late = await collector.report({ clicks }, order({ number: "late" })).catch((error: unknown) => error);
  expect(late).toMatchObject({ code: "ERR_LEDGER" });
  expect(found([...tokens, ...clickIds], inspect(late, { depth: Number.POSITIVE_INFINITY }))).toEqual([]);
}, 30_000);

describe("no error shows", () => {
  const account = { offer: "1234", currency: "SEK", amount: "gross" } as const;

  test.each([
    ["a token with a space", () => retrack({ token: "canary with a space", event: EVENT })],
    ["a token with a line end", () => shopback({ ...account, securityToken: "canary\n" })],
    ["a token under another name", () => retrack({ tokn: "canary", event: EVENT } as never)],
    ["a token that is a list", () => retrack({ token: ["canary"] as never, event: EVENT })],
    ["a token beside another mistake", () => retrack({ token: "canary", event: "not-a-uuid" })],
    ["a token in clear text", () => retrack({ token: "canary", event: EVENT, url: "http://retrack.refunder.com" })],
    ["a token in a URL", () => retrack({ token: "abc", event: EVENT, url: "https://canary:canary@example.com" })],
    ["a token where none is taken", () => createCollector({ networks: [], adminToken: "canary" } as never)],
    [
      "a network with a mistake beside it",
      () => createCollector({ networks: [retrack({ token: "canary", event: EVENT })], frontPage: "front" }),
    ],
  ])("%s", (_, make) => {
    let thrown: unknown;
    try {
      make();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: "ERR_OPTIONS" });
    expect(inspect(thrown, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain("canary");
  });

  test.each<[string, unknown, Parameters<typeof anOrder>[0]]>([
    ["a click id of no shape", [{ network: "retrack", id: "canary", at: "now" }], {}],
    ["a click id that is a list", [{ network: "retrack", id: ["canary"], at }], {}],
    ["a click id in a click with more in it", [{ network: "retrack", id: "canary", at, ref: "canary" }], {}],
    ["a click id beside a wrong order", [{ network: "retrack", id: "canary", at }], { currency: "XXX" }],
  ])("%s", async (_, wrong, changes) => {
    const collector = createCollector({
      networks: [retrack({ token: "abc", event: EVENT })],
      ledger: join(temporaryFolder(), "cashtrail.db"),
    });
    onTestFinished(() => collector.stop());
    const from = { clicks: wrong } as ClickSource;
    const thrown = await collector.report(from, order(changes)).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: "ERR_ORDER" });
    expect(inspect(thrown, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain("canary");
  });
});

test("no click id is in an event about a click that is not kept, or in the reason of an order without credit", async () => {
  const events: CollectorEvent[] = [];
  const collector = createCollector({
    networks: [retrack({ token: "abc", event: EVENT })],
    ledger: join(temporaryFolder(), "cashtrail.db"),
    consent: (request) => {
      throw new Error(`no consent for ${request.headers.cookie}`);
    },
    onEvent: (event) => void events.push(event),
  });
  onTestFinished(() => collector.stop());
  const origin = await serve((app) => app.get("/", collector.remember, (_, response) => void response.end()));
  await fetch(`${origin}/?click=canary`);
  await fetch(`${origin}/?click=${RETRACK_CLICK}`);
  const recorded = await collector.report({ clicks: [{ network: "retrack", id: "canary", at }] }, order());
  expect(recorded).toMatchObject({ credited: [] });
  expect(events.map(({ type }) => type)).toEqual(["click-ignored", "click-ignored", "recorded"]);
  const told = inspect([events, recorded, await collector.uncredited()], { depth: Number.POSITIVE_INFINITY });
  expect(found(["canary", RETRACK_CLICK], told)).toEqual([]);
});
