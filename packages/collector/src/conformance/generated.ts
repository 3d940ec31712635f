import type { PlacedOrder } from "../order.ts";

/** Texts that order numbers and SKUs may be, and that are easily mistaken for others, cut, or left unencoded. */
const NUMBERS = [
  "1001/create",
  "1001/reject",
  "a/b",
  "a%2Fb",
  "a b&c=d#e?f",
  'quote"\\\n',
  "Käse-漢字",
  "🎁".repeat(250),
  `${"x".repeat(499)}1`,
  `${"x".repeat(499)}2`,
  "constructor",
  "__proto__",
];

const SKUS = ["mug-1", "vase-1", "constructor", "__proto__", "create", "a/b", "ö &=#", "🎁".repeat(200)];

/** Orders that are hard to tell: every one a collector would take. The same ones each time. */
export function generatedOrders(like: PlacedOrder, count: number): PlacedOrder[] {
  const next = numbers(1);
  const upTo = (most: number) => Math.floor(next() * (most + 1));
  const money = (): number => [upTo(5), upTo(9_999), upTo(100_000_000)][upTo(2)] as number;
  return Array.from({ length: count }, (_, index) => {
    const lines = Array.from({ length: 1 + upTo(4) }, () => ({
      sku: SKUS[upTo(SKUS.length - 1)] as string,
      name: `Line ${upTo(99)}`,
      quantity: [1, 1 + upTo(6), 1 + upTo(999)][upTo(2)] as number,
      net: money(),
      vat: money(),
    }));
    const sum = (part: "net" | "vat") => lines.reduce((total, line) => total + line[part], 0);
    const discount = upTo(2) === 0 ? {} : { discount: { net: upTo(sum("net")), vat: upTo(sum("vat")) } };
    const { market, currency, placedAt } = like;
    const number = NUMBERS[index] ?? `generated-${index}`;
    return { number, currency, lines, placedAt, ...(market === undefined ? {} : { market }), ...discount };
  });
}

/** Numbers between 0 and 1 that are the same each time: mulberry32. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Bodies that no network means anything by: a proxy's page, a cut answer, junk. */
export const UNREADABLE: readonly string[] = [
  "",
  " \r\n",
  "<!doctype html><title>Welcome</title><h1>It works!</h1>",
  '{"data":{"uuid":"',
  '{"status":',
  "success",
  "\0\u0001\ufffd",
];

/** The same, as long as answers get. */
export const HUGE: readonly string[] = ["[".repeat(20_000), "a".repeat(1_000_000), " ".repeat(1_000_000)];

/** Bodies that read as JSON, and say nothing a network would. */
export const MISTYPED: readonly string[] = [
  "null",
  "true",
  "0",
  '"ok"',
  "[]",
  "{}",
  "[[]]",
  '{"data":null}',
  '{"data":[]}',
  '{"data":true}',
  '{"data":{}}',
  '{"data":{"id":null,"uuid":7,"status":[]}}',
  '{"data":[null,1,"a",{}]}',
  '{"id":{},"status":{"name":7},"message":{}}',
  '{"__proto__":{"id":"a"},"constructor":1}',
  '{"success":false,"error":["no"],"message":null}',
];
