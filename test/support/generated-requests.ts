import fc from "fast-check";
import type { ApiOperation, JsonSchema } from "./openapi.ts";
import { resolved } from "./openapi.ts";

export interface GeneratedRequest {
  readonly path: string;
  readonly body: unknown;
}

/** What a description cannot say: which orders and accounts there are. Few, so that requests meet. */
const known: Readonly<Record<string, fc.Arbitrary<string>>> = {
  number: fc.oneof(
    fc.constantFrom("1001", "1002", "1003"),
    fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" }),
  ),
  reference: fc.constantFrom("form-1", "form-2"),
  network: fc.constantFrom("retrack", "shopback"),
  sku: fc.constantFrom("mug", "vase"),
};

/** Requests that an operation's description allows. */
export function requestsOf(path: string, { parameters, requestBody }: ApiOperation): fc.Arbitrary<GeneratedRequest> {
  const schema = requestBody?.content?.["application/json"]?.schema;
  const body = schema ? valuesOf(schema) : fc.constant(undefined);
  return fc
    .record({
      key: parameters.some((parameter) => parameter.name === "id")
        ? fc.constantFrom("shopback/1001/create/mug", "shopback/1002/create/mug", "retrack/1001/create")
        : // A URL has no such segment: whoever parses it drops it.
          (known.number as fc.Arbitrary<string>).filter((number) => !/^\.{1,2}$/.test(number)),
      query: fc.record(
        Object.fromEntries(
          parameters.filter((one) => one.in === "query").map(({ name, schema }) => [name, valuesOf(schema, name)]),
        ),
        { requiredKeys: [] },
      ),
      body: requestBody?.required === false ? fc.option(body, { nil: undefined }) : body,
    })
    .map(({ key, query, body }) => {
      const asked = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
      return {
        path: `${path.replace(/\{\w+\}/, encodeURIComponent(key))}${asked.size > 0 ? `?${asked}` : ""}`,
        body: path === "/orders/{number}" && body !== undefined ? renumbered(body, key) : body,
      };
    });
}

/** The path and the body name the same order. */
function renumbered(body: unknown, number: string): unknown {
  const { order, ...rest } = body as { order: object };
  return { ...rest, order: { ...order, number } };
}

/** Values of a shape, as far as the API's description uses JSON Schema. */
export function valuesOf(schema: JsonSchema, name = ""): fc.Arbitrary<unknown> {
  const { oneOf, anyOf, ...own } = resolved(schema);
  const choices = oneOf ?? anyOf;
  if (choices)
    return fc.oneof(...choices.map((choice, index) => valuesOf(joined(own, choice, oneOf?.toSpliced(index, 1)), name)));
  if (own.enum) return fc.constantFrom(...own.enum);
  if (own.const !== undefined) return fc.constant(own.const);
  switch (own.type) {
    case "object": {
      const fields: Record<string, fc.Arbitrary<unknown>> = Object.fromEntries(
        Object.entries(own.properties ?? {}).map(([key, field]) => [key, valuesOf(field, key)]),
      );
      const record = fc.record(fields, { requiredKeys: own.required ?? [] });
      return own.properties?.lines && own.properties.discount ? record.map(withinItsLines) : record;
    }
    case "array":
      return fc.array(valuesOf(own.items ?? {}, name === "lines" ? "sku" : ""), {
        minLength: own.minItems ?? 0,
        maxLength: Math.min(own.maxItems ?? 4, 4),
      });
    case "integer":
      // The sum of an order's lines is to be exact as well.
      return fc.integer({ min: own.minimum ?? 0, max: Math.min(own.maximum ?? 1e12, 1e12) });
    case "boolean":
      return fc.boolean();
    case "string":
      return textsOf(own, name);
    default:
      throw new Error(`no values can be made of ${JSON.stringify(own)}`);
  }
}

function textsOf({ format, minLength = 0, maxLength = 40 }: JsonSchema, name: string): fc.Arbitrary<unknown> {
  if (format === "uuid") return fc.uuid();
  if (format === "iso-4217") return fc.constantFrom("SEK", "MYR", "JPY");
  if (format === "date-time")
    return fc
      .date({ min: new Date("2000-01-02T00:00:00Z"), max: new Date("2026-11-22T10:00:00Z"), noInvalidDate: true })
      .chain((date) => fc.constantFrom(date.toISOString(), date.toISOString().replace(/\.\d+Z$/, "+08:00")));
  return known[name] ?? fc.string({ minLength, maxLength: Math.min(maxLength, 40), unit: "grapheme" });
}

/** A shape with what one of several choices adds to it, and without what only the others want. */
function joined(own: JsonSchema, choice: JsonSchema, others: readonly JsonSchema[] = []): JsonSchema {
  const unwanted = others.flatMap(({ required = [] }) => required);
  const properties = Object.entries({ ...own.properties, ...choice.properties });
  return {
    ...own,
    properties: Object.fromEntries(properties.filter(([name]) => !unwanted.includes(name))),
    required: [...(own.required ?? []), ...(choice.required ?? [])],
  };
}

/** What the description says of a discount in words only. */
function withinItsLines(order: Record<string, unknown>): unknown {
  const lines = order.lines as { net: number; vat: number }[];
  const discount = order.discount as { net: number; vat: number } | undefined;
  if (!discount) return order;
  const sum = (part: "net" | "vat") => lines.reduce((all, line) => all + line[part], 0);
  return {
    ...order,
    discount: { net: Math.min(discount.net, sum("net")), vat: Math.min(discount.vat, sum("vat")) },
  };
}

const spoilers: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  0.5,
  1e300,
  9007199254740992,
  "",
  " ",
  "\0",
  "\ud800",
  "x".repeat(501),
  "2026-02-30T00:00:00Z",
  "2026-11-22",
  {},
  [],
  [[]],
  [null],
  { $ref: "#" },
  { constructor: { prototype: {} } },
  { length: 3 },
];
const names = ["__proto__", "constructor", "toString", "then", "", "0", "$where", "number "];

/** A body with something in it replaced, removed or added. */
export function spoilt(body: unknown): fc.Arbitrary<string> {
  const places = placesIn(body);
  return fc
    .record({
      place: fc.constantFrom(...places),
      act: fc.constantFrom("replace", "remove", "add"),
      name: fc.constantFrom(...names),
      value: fc.oneof(fc.constantFrom(...spoilers), fc.jsonValue()),
    })
    .map(({ place, act, name, value }) => spoiltAt(body, place, { act, name, value }));
}

interface Spoiling {
  act: string;
  name: string;
  value: unknown;
}

/** As text, for an object that has the key __proto__ can be written in no other way. */
function spoiltAt(body: unknown, [first, ...rest]: readonly string[], spoiling: Spoiling): string {
  if (first === undefined) {
    if (spoiling.act === "replace" || typeof body !== "object" || body === null || Array.isArray(body))
      return JSON.stringify(spoiling.value);
    const kept = Object.entries(body).slice(spoiling.act === "remove" ? 1 : 0);
    const fields = kept.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
    const added = spoiling.act === "add" ? [`${JSON.stringify(spoiling.name)}:${JSON.stringify(spoiling.value)}`] : [];
    return `{${[...fields, ...added].join()}}`;
  }
  const within = ([name, value]: [string, unknown]) =>
    name === first ? spoiltAt(value, rest, spoiling) : JSON.stringify(value);
  if (Array.isArray(body)) return `[${Object.entries(body).map(within).join()}]`;
  const fields = Object.entries(body as object).map((field) => `${JSON.stringify(field[0])}:${within(field)}`);
  return `{${fields.join()}}`;
}

function placesIn(value: unknown): string[][] {
  if (typeof value !== "object" || value === null) return [[]];
  return [[], ...Object.entries(value).flatMap(([name, inner]) => placesIn(inner).map((place) => [name, ...place]))];
}
