import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { idPart } from "../../../packages/collector/src/networks/postback-id.ts";
import { temporaryFolder } from "../../support/collector-server.ts";
import { emptiablePostgres, emptiableSqlite } from "../../support/ledger-engines.ts";
import { mug, openStore, order, postbacksOf, vase } from "../../support/sandboxed-store.ts";

/** The longest text there may be, of characters that take nine in a URL, and that no index compresses away. */
function long(seed: number): string {
  return Array.from({ length: 500 }, (_, index) =>
    String.fromCodePoint(0x4e00 + ((index * index * 7919 + index * seed) % 20_000)),
  ).join("");
}

describe("a number or a SKU in a postback's id", () => {
  test.each([
    ["1001", "1001"],
    ["SE-2026_11.22~7", "SE-2026_11.22~7"],
    ["2026/1001", "2026%2F1001"],
    ["blå mugg", "bl%C3%A5%20mugg"],
    ["50%", "50%25"],
    ["1".repeat(400), "1".repeat(400)],
  ])("is as it is written, but for what would divide an id: %j", (text, part) => {
    expect(idPart(text)).toBe(part);
  });

  test("of another one is another one, at any length", () => {
    const texts = [
      "a/b",
      "a%2Fb",
      "a%252Fb",
      "a b",
      "a+b",
      "1".repeat(400),
      "1".repeat(401),
      "1".repeat(402),
      long(1),
      long(2),
      `${long(1).slice(0, 499)}a`,
      `${long(1).slice(0, 499)}b`,
    ];
    expect(new Set(texts.map(idPart)).size).toBe(texts.length);
  });

  test("is short where the text is long, and the same each time", () => {
    expect(idPart("1".repeat(401))).toBe("c2050668a99bf0b782b7e3eebadcf15b27952811b2013eae5770b74b5feb83f0");
    expect(idPart(long(1))).toMatch(/^[\da-f]{64}$/);
    expect(idPart(long(1))).toBe(idPart(long(1)));
  });
});

describe("an order with a number and SKUs as long as they may be", () => {
  test.each([
    ["SQLite", emptiableSqlite],
    ["PostgreSQL", emptiablePostgres],
  ])("is recorded, delivered and approved line by line with a ledger in %s", async (_, { place }) => {
    const { open, sandbox, clicks } = await openStore({
      sandbox: { shopback: { level: "line" } },
      shopback: { level: "line" },
    });
    const collector = open({ ledger: await place(), journal: join(temporaryFolder(), "journal") });
    const number = long(3);
    const [first, second] = [long(4), long(5)];
    const lines = [
      { ...mug, sku: first },
      { ...vase, sku: second },
    ];
    expect(await collector.report(clicks("retrack", "shopback"), { ...order, number, lines })).toEqual({
      credited: ["retrack", "shopback"],
      repeated: false,
    });
    await collector.approve(number);
    await collector.flush();
    expect(sandbox.book.retrack.map(({ body }) => body.orderNumber)).toEqual([number]);
    expect(sandbox.book.shopback.map(({ query }) => [query.adv_sub, query.adv_sub4])).toEqual([
      [number, first],
      [number, second],
    ]);
    expect(sandbox.book.shopback.map(({ status }) => status)).toEqual(["approved", "approved"]);
    const ids = (await postbacksOf(collector, number)).map(({ id, state }) => [state, id.replace(/[\da-f]{64}/g, "…")]);
    expect(ids.sort()).toEqual([
      ["delivered", "retrack/…/create"],
      ["delivered", "shopback/…/approve/…"],
      ["delivered", "shopback/…/approve/…"],
      ["delivered", "shopback/…/create/…"],
      ["delivered", "shopback/…/create/…"],
    ]);
  });
});
