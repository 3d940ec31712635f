import { readFileSync } from "node:fs";
import SwaggerParser from "@apidevtools/swagger-parser";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { z } from "../../../packages/collector/node_modules/zod/index.js";
import type * as answers from "../../../packages/collector/src/express/api/answers.ts";
import { described } from "../../../packages/collector/src/express/api/described.ts";
import type {
  Backlog,
  Changed,
  ConversionRecord,
  Reported,
  Resent,
  Uncredited,
} from "../../../packages/collector/src/index.ts";
import { startApi } from "../../support/api.ts";
import { allOperations, description, type JsonSchema, resolved } from "../../support/openapi.ts";

const shapes = Object.entries(description.components.schemas);

describe("the API's description", () => {
  test("is valid OpenAPI 3.1", async () => {
    expect(description).toMatchObject({ openapi: "3.1.1" });
    await SwaggerParser.validate(structuredClone(description) as never);
  });

  test("is what docs/openapi.json says, and what the API serves", async () => {
    const written = JSON.parse(readFileSync("docs/openapi.json", "utf8"));
    expect(written, "docs/openapi.json is out of date: node test/support/write-openapi.ts writes it").toEqual(
      description,
    );
    const { call } = await startApi();
    const served = await call("GET", "/openapi.json");
    expect([served.status, served.body]).toEqual([200, description]);
    expect((await call("HEAD", "/openapi.json")).status).toBe(200);
  });

  test("names every path there is, and no other", () => {
    expect(allOperations.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      "DELETE /orders/{number}",
      "GET /backlog",
      "GET /conversions",
      "GET /orders/{number}",
      "GET /uncredited",
      "POST /clicks",
      "POST /leads",
      "POST /orders",
      "POST /orders/{number}/approve",
      "POST /orders/{number}/reject",
      "POST /postbacks/resend",
      "POST /postbacks/{id}/settle",
      "PUT /orders/{number}",
    ]);
  });

  test("has every status that docs/http-api.md has, and a mistake of the collector's own at each call", () => {
    for (const { operation } of allOperations) expect(Object.keys(operation.responses)).toContain("500");
    const page = readFileSync("docs/http-api.md", "utf8");
    const told = [...page.matchAll(/^\| (\d{3})(?:, \d{3})? \|/gm)].map(([, status]) => status as string);
    const described = new Set(allOperations.flatMap(({ operation }) => Object.keys(operation.responses)));
    expect(new Set(told)).toEqual(new Set([...described].filter((status) => Number(status) >= 400)));
  });

  test.each(shapes)("describes every field of %s, and none that is not there", (name, { description, properties }) => {
    expect(description).toMatch(/^[A-Z].*/);
    expect(Object.keys(described[name]?.fields ?? {}).sort()).toEqual(Object.keys(properties ?? {}).sort());
    for (const field of Object.values(properties ?? {})) expect(field.description).toMatch(/\S/);
  });

  test.each(
    allOperations.flatMap(({ method, path, operation }) =>
      operation.parameters.map((parameter) => [method, path, parameter] as const),
    ),
  )("of %s %s describes each parameter", (_method, _path, { description }) => {
    expect(description).toMatch(/\S/);
  });

  test("has an example of each body and each answer", () => {
    const exampled = allOperations.flatMap(({ operation }) =>
      [operation.requestBody, ...Object.values(operation.responses)].flatMap(
        (one) => one?.content?.["application/json"]?.schema ?? [],
      ),
    );
    expect(exampled.filter((schema) => resolved(schema).examples === undefined)).toEqual([]);
  });

  test.each(shapes.filter(([, { examples }]) => examples))(
    "has an example of %s that it allows",
    (name, { examples }) => {
      const { schema } = described[name] as (typeof described)[string];
      for (const example of examples ?? []) {
        // Answers are JSON by then, and their times text.
        const times = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;
        const revived = JSON.parse(JSON.stringify(example), (key, value) =>
          isAnswer(name) && key !== "at" && times.test(value) ? new Date(value) : value,
        );
        const issues = schema.safeParse(revived).error?.issues ?? [];
        expect(issues.filter(({ path }) => path.at(-1) !== "at")).toEqual([]);
      }
    },
  );

  test("says that money is in integers", () => {
    const numbers = (schema: JsonSchema): unknown[] =>
      Object.values({ ...schema.properties, ...(schema.items && { items: schema.items }) }).flatMap((field) => [
        field.type,
        ...numbers(field),
      ]);
    expect(shapes.flatMap(([, schema]) => numbers(schema))).not.toContain("number");
  });
});

describe("docs/http-api.md", () => {
  const page = readFileSync("docs/http-api.md", "utf8");
  const samples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json]) => JSON.parse(json as string));

  test("names every call, and no other", () => {
    const named = [...page.matchAll(/^\| `((?:GET|POST|PUT|DELETE) [^`]+)`/gm)].map(([, call]) => call);
    expect(named.sort()).toEqual(allOperations.map(({ method, path }) => `${method} ${path}`).sort());
  });

  test("has a first call that any curl knows, and that says what it sends", () => {
    const [, call = ""] = /^(curl [\s\S]*?)```/m.exec(page) ?? [];
    expect(call).toContain("--data @order.json");
    expect(call).toContain('--header "Content-Type: application/json"');
    // Since 7.82 only.
    expect(call).not.toContain("--json");
  });

  test("has a report that is taken as it stands, and the answer to it", async () => {
    const now = () => new Date("2026-11-22T10:15:00Z");
    const { call } = await startApi({ now });
    const { status, body } = await call("POST", "/orders", samples[0]);
    expect([status, body]).toEqual([201, samples[1]]);
  });

  test("has the problem a wrong report is answered with", async () => {
    const { call } = await startApi();
    const { order, cookie } = samples[0];
    const lines = [{ ...order.lines[0], net: 200.5 }];
    const { body } = await call("POST", "/orders", { order: { ...order, currency: "kr", lines }, cookie });
    expect({ ...body, detail: "" }).toEqual({ ...samples[2], detail: "" });
    expect(body.detail).toContain(samples[2].detail.replace("…", ""));
  });
});

function isAnswer(name: string): boolean {
  return !/Request$|^Order$|^Lead$|^Click$/.test(name);
}

test("answers are described as the collector gives them", () => {
  expectTypeOf<z.output<typeof answers.reported>>().toExtend<Reported>();
  expectTypeOf<Reported>().toExtend<z.output<typeof answers.reported>>();
  expectTypeOf<z.output<typeof answers.changed>>().toExtend<Changed>();
  expectTypeOf<Changed>().toExtend<z.output<typeof answers.changed>>();
  expectTypeOf<z.output<typeof answers.conversion>>().toExtend<ConversionRecord>();
  expectTypeOf<keyof ConversionRecord>().toEqualTypeOf<keyof z.output<typeof answers.conversion>>();
  // What is decided of a line has no undefined in it once it is JSON.
  expectTypeOf<Omit<ConversionRecord, "lines">>().toExtend<Omit<z.output<typeof answers.conversion>, "lines">>();
  expectTypeOf<Resent["postbacks"][number]["id"]>().toEqualTypeOf<z.output<typeof answers.resentPostback>["id"]>();
  expectTypeOf<keyof Resent>().toEqualTypeOf<keyof z.output<typeof answers.resent>>();
  expectTypeOf<Backlog>().toExtend<z.output<typeof answers.account>>();
  expectTypeOf<z.output<typeof answers.account>>().toExtend<Backlog>();
  expectTypeOf<Uncredited>().toEqualTypeOf<z.output<typeof answers.uncredited>>();
});
