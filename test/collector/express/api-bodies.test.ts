import { connect } from "node:net";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { request } from "undici";
import { describe, expect, test } from "vitest";
import { startApi, TOKEN } from "../../support/api.ts";
import { allOperations } from "../../support/openapi.ts";

const order = {
  number: "1001",
  currency: "SEK",
  lines: [{ sku: "mug", name: "Kåsa, blå", quantity: 1, net: 10_000, vat: 2_500 }],
};
const reported = JSON.stringify({ order, clicks: [] });
const MEGABYTE = 1024 * 1024;

describe("a body", () => {
  test.each([
    ["JSON", reported, "application/json", 201],
    ["JSON in other letters", reported, "Application/JSON; Charset=UTF-8", 201],
    ["JSON with a byte order mark", `\ufeff${reported}`, "application/json", 201],
    ["JSON of another encoding by its type", reported, "application/json; charset=iso-8859-1", 415],
    ["a form", "number=1001", "application/x-www-form-urlencoded", 415],
    ["text", reported, "text/plain", 415],
    ["something that is like JSON", reported, "application/json5", 415],
    ["no type", reported, "", 415],
    ["nothing", "", "application/json", 400],
    ["half of it", reported.slice(0, 60), "application/json", 400],
    ["more than it", `${reported}}`, "application/json", 400],
    ["JavaScript", "{order: undefined}", "application/json", 400],
    ["a number", "12", "application/json", 422],
    ["null", "null", "application/json", 422],
  ])("of %s is answered as it deserves", async (_case, body, type, status) => {
    const { call } = await startApi();
    const answer = await call("POST", "/orders", body, { "content-type": type });
    expect(answer.status).toBe(status);
  });

  test("that is an order by itself is told to be wrapped, and nothing else", async () => {
    const { call } = await startApi();
    const { status, body } = await call("POST", "/orders", JSON.stringify(order));
    expect([status, (body as { issues: unknown }).issues]).toEqual([
      422,
      [
        {
          path: "",
          message:
            'is an order by itself: the order is wanted in "order", beside where the shopper came from: {"order": {…}, "clicks": […]}',
        },
      ],
    ]);
  });

  test("that is broken is not repeated to whoever sent it", async () => {
    const { call } = await startApi();
    for (const broken of ['{"secret-of-a-shopper": x}', '{"secret-of-a-shopper":', "secret-of-a-shopper"]) {
      const { status, body } = await call("POST", "/orders", broken);
      expect([status, JSON.stringify(body)]).toEqual([400, expect.not.stringContaining("secret")]);
    }
  });

  test.each([
    ["Latin-1", Buffer.from(reported, "latin1")],
    ["UTF-16", Buffer.from(reported, "utf16le")],
    [
      "a surrogate in UTF-8",
      Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]),
    ],
  ])("in %s is refused, for names would be garbled", async (_case, body) => {
    const { call, collector } = await startApi();
    expect((await call("POST", "/orders", body)).status).toBe(400);
    expect((await collector.uncredited()).count).toBe(0);
  });

  test("may be compressed, and is no larger for it", async () => {
    const { call } = await startApi();
    const zipped = (body: Uint8Array | string, encoding = "gzip") =>
      call("POST", "/orders", body, { "content-encoding": encoding });
    expect((await zipped(gzipSync(reported))).status).toBe(201);
    expect((await zipped(reported)).status).toBe(400);
    expect((await zipped(gzipSync(reported).subarray(0, 60))).status).toBe(400);
    expect((await zipped(gzipSync(" ".repeat(100 * MEGABYTE)))).status).toBe(413);
    const unknown = await zipped(reported, "compress");
    expect([unknown.status, unknown.body.detail]).toEqual([415, expect.stringContaining("Content-Encoding")]);
  });

  test("of more than a megabyte is refused, whether it says so or not", async () => {
    const { call, url } = await startApi();
    expect((await call("POST", "/orders", " ".repeat(MEGABYTE - Buffer.byteLength(reported)) + reported)).status).toBe(
      201,
    );
    const { status, body } = await call("POST", "/orders", " ".repeat(MEGABYTE + 1));
    expect([status, body.detail]).toEqual([413, expect.stringContaining("larger than 1 MB")]);
    const inPieces = async (piece: string, count: number) => {
      const { statusCode, body } = await request(`${url}/orders`, {
        method: "POST",
        headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
        body: Readable.from(Array(count).fill(Buffer.from(piece))),
      });
      return [statusCode, await body.json()];
    };
    expect(await inPieces(reported, 1)).toEqual([201, expect.objectContaining({ credited: [] })]);
    expect(await inPieces(" ".repeat(MEGABYTE / 16), 20)).toEqual([413, expect.objectContaining({ status: 413 })]);
  });

  test("of ten thousand problems lists a thousand and says how many more; of longer lists, only that", async () => {
    const { call } = await startApi();
    const lines = (count: number) => ({ order: { ...order, lines: Array(count).fill(0) }, clicks: [] });
    const many = await call("POST", "/orders", lines(10_000));
    expect(many.status).toBe(422);
    expect(many.body.issues).toHaveLength(1001);
    expect((many.body.issues as unknown[]).at(-1)).toEqual({ path: "", message: "and 9000 more" });
    const more = await call("POST", "/orders", lines(400_000));
    expect([more.status, more.body.issues]).toEqual([
      422,
      [{ path: "order.lines", message: "at most 10000 entries are taken" }],
    ]);
  });

  test.each([
    ["lists", "[", "]"],
    ["objects", '{"a":', "}"],
  ])("of %s nested more than twenty deep is refused, and no more of it is looked at", async (_case, open, close) => {
    const { call } = await startApi();
    const nested = (levels: number) => open.repeat(levels) + (open === "[" ? "" : "1") + close.repeat(levels);
    const asked = (body: string) => call("POST", "/orders", body);
    const tooDeep = [{ path: expect.any(String), message: "at most 20 levels are taken, one inside the other" }];
    const deep = nested(50_000);
    for (const { status, body } of [await asked(deep), await asked(`{"order":${deep},"clicks":${deep}}`)])
      expect([status, body.issues]).toEqual([422, tooDeep]);
    expect((await asked(nested(21))).body.issues).toEqual(tooDeep);
    expect((await asked(nested(20))).body.issues).not.toEqual(tooDeep);
  });

  test.each([
    [`{"__proto__":{"clicks":[]},"order":${JSON.stringify(order)}}`, "__proto__"],
    [reported.replace('"number"', '"__proto__":{"market":"MY"},"number"'), "order.__proto__"],
    [reported.replace('"sku"', '"constructor":{"prototype":{"vat":0}},"sku"'), "order.lines.0.constructor"],
  ])("with %s is refused and pollutes nothing", async (body, path) => {
    const { call } = await startApi();
    const answer = await call("POST", "/orders", body);
    expect(answer.status).toBe(422);
    expect(answer.body.issues).toContainEqual({ path, message: "is not known: correct its name or remove it" });
    expect([({} as Record<string, unknown>).clicks, ({} as Record<string, unknown>).market]).toEqual([
      undefined,
      undefined,
    ]);
  });

  test("of any bytes is answered, and never with a failure of the server", async () => {
    const { call } = await startApi();
    const pieces = fc.constantFrom(
      '{"order":',
      '{"number":"1"',
      "[",
      "]",
      "}",
      ",",
      '"',
      "\\u0000",
      "1e999",
      "null",
      "\ud800",
    );
    const bodies = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 200 }),
      fc.array(pieces, { minLength: 1 }).map((all) => all.join("")),
    );
    await fc.assert(
      fc.asyncProperty(
        bodies,
        fc.constantFrom("/orders", "/leads", "/clicks", "/orders/1001/approve"),
        async (body, path) => {
          const { status } = await call("POST", path, body);
          expect([400, 404, 422]).toContain(status);
        },
      ),
      { numRuns: 150 },
    );
  });

  test("that is cut short is no report", async () => {
    const { url, collector, call } = await startApi();
    const { hostname, port, pathname } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    socket.end(
      `POST ${pathname}/orders HTTP/1.1\r\nHost: store\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\nContent-Length: ${reported.length + 100}\r\n\r\n${reported}`,
    );
    expect(await text(socket)).toMatch(/^(?:HTTP\/1.1 400|$)/);
    expect((await collector.uncredited()).count).toBe(0);
    expect((await call("GET", "/backlog")).status).toBe(200);
  });
});

describe("a path", () => {
  const paths = [...new Set(allOperations.map(({ path }) => path))];

  test.each(paths)("%s says which methods mean something", async (path) => {
    const { call } = await startApi();
    const methods = allOperations.filter((one) => one.path === path).map(({ method }) => method);
    const Allow = methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : method)).sort();
    const asked = path.replace("{number}", "1001").replace("{id}", "retrack/1001/create");
    for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"].filter(
      (one) => !methods.includes(one),
    )) {
      const { status, headers } = await call(method, asked, undefined, { origin: "https://evil.com" });
      expect([method, status, headers.get("allow")?.split(", ").sort()]).toEqual([method, 405, Allow]);
    }
  });

  test.each(["/", "/order", "/orders/", "/orders/1001/", "/orders/a/b", "/postbacks/settle", "/Orders", "/openapi"])(
    "%s is not there, and the answer says where all are",
    async (path) => {
      const { call } = await startApi();
      const { status, body } = await call("GET", path);
      expect([status, body.code, body.detail]).toEqual([404, undefined, expect.stringContaining("openapi.json")]);
    },
  );

  test("asked for with HEAD is answered like GET, without the body", async () => {
    const { call } = await startApi();
    const [head, get] = [await call("HEAD", "/backlog"), await call("GET", "/backlog")];
    expect([head.status, head.body]).toEqual([200, {}]);
    expect(head.headers.get("content-length")).toBe(get.headers.get("content-length"));
    expect((await call("HEAD", "/orders/1001")).status).toBe(404);
  });
});
