import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "../../../packages/collector/node_modules/zod/index.js";
import { startApi } from "../../support/api.ts";
import { requestsOf, spoilt } from "../../support/generated-requests.ts";
import { allOperations, description, type JsonSchema } from "../../support/openapi.ts";

/** A check of the description's own shape, by its name there. */
function checkOf(schema: JsonSchema): z.ZodType {
  const text = JSON.stringify({ ...schema, $defs: description.components.schemas });
  return z.fromJSONSchema(JSON.parse(text.replaceAll("#/components/schemas/", "#/$defs/")));
}

const problem = checkOf({ $ref: "#/components/schemas/Problem" });
const calls = allOperations.map(({ method, path, operation }) => [method, path, operation] as const);

test.each(calls)("%s %s answers whatever its description allows as it says", async (method, path, operation) => {
  const { call, collector, clicks, sandbox } = await startApi({
    sandbox: { shopback: { level: "line" } },
    shopback: { level: "line" },
  });
  // What is sent by line is held where nobody knows whether it arrived.
  sandbox.fault("shopback", "reset");
  const order = { currency: "MYR", lines: [{ sku: "mug", name: "Mug", quantity: 1, net: 5_000, vat: 500 }] };
  for (const number of ["1001", "1002"]) await collector.report(clicks("retrack", "shopback"), { ...order, number });
  await collector.report({ clicks: [] }, { ...order, number: "1003" });
  await collector.flush();
  const checks = new Map(
    Object.entries(operation.responses).map(([status, { content }]) => [
      Number(status),
      content ? checkOf(content["application/json"]?.schema ?? {}) : undefined,
    ]),
  );
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(requestsOf(path, operation), async (request) => {
      const { status, body } = await call(method, request.path, request.body);
      seen.add(status);
      expect([200, 201, 204, 404, 409], JSON.stringify(body)).toContain(status);
      expect([...checks.keys()]).toContain(status);
      (checks.get(status) ?? (status < 400 ? z.strictObject({}) : problem)).parse(body);
    }),
    { numRuns: 40 },
  );
  expect(Math.min(...seen), "it never succeeds").toBeLessThan(300);
});

const withBody = calls.filter(([, , operation]) => operation.requestBody);

test.each(withBody)("%s %s never fails over a spoilt body", async (method, path, operation) => {
  const { call } = await startApi();
  await fc.assert(
    fc.asyncProperty(
      requestsOf(path, operation)
        .filter(({ body }) => body !== undefined)
        .chain((request) => spoilt(request.body).map((body) => ({ ...request, body }))),
      async (request) => {
        const { status, body } = await call(method, request.path, request.body);
        expect(status, JSON.stringify(body)).toBeLessThan(500);
        if (status >= 400) problem.parse(body);
      },
    ),
    { numRuns: 60 },
  );
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});
