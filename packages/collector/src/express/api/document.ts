import { z } from "zod";
import { LONGEST_ID } from "../../fields.ts";
import { described } from "./described.ts";
import { type Operation, operations } from "./operations.ts";

type Schema = Record<string, unknown> & { properties?: Record<string, Schema> };

const PROBLEMS: Readonly<Record<number, string>> = {
  400: "The body is not JSON in UTF-8, or the path cannot be read.",
  401: "The token is missing or wrong.",
  404: "ERR_UNKNOWN: nothing is known under this number here, or not yet.",
  409: "ERR_CONFLICT: it contradicts what is known or decided. Nothing was written.",
  413: "The body is larger than 1 MB.",
  415: "The body is no JSON by its Content-Type.",
  422: "ERR_ORDER: what was sent cannot be used. issues lists everything that is wrong. Nothing was written.",
  429: "Too many wrong tokens came from this address: wait for as long as Retry-After says.",
  500: "A mistake of the collector's own: its event ledger-failed tells of it. Send it again later.",
  503: "ERR_LEDGER: the ledger cannot be read or written, or an order to be forgotten may still be in the journal. Send it again after Retry-After; where unreported is true, what was reported is kept nowhere.",
};

/** The HTTP API's description in OpenAPI 3.1, made of the shapes that requests are read by. */
export function openApiDocument(): object {
  const schemas = componentSchemas();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    paths[operation.path] ??= {};
    (paths[operation.path] as Record<string, unknown>)[operation.method.toLowerCase()] = operationObject(operation);
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Cashtrail",
      version: "1",
      summary: "Reports a store's orders to the cashback networks that sent the shopper.",
      description:
        "For stores that are not written in Node.js. Reporting is idempotent by the order's number: repeat a call until it is answered. Every problem is an application/problem+json that says what to do next.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "../v1", description: "Beside this description, wherever the collector's router is mounted." }],
    security: [{ adminToken: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        adminToken: { type: "http", scheme: "bearer", description: "The collector's adminToken." },
      },
      responses: Object.fromEntries(
        Object.entries(PROBLEMS).map(([status, description]) => [
          `Problem${status}`,
          { description, content: { "application/problem+json": { schema: refTo("Problem") } } },
        ]),
      ),
    },
  };
}

function operationObject({
  id,
  summary,
  description,
  path,
  query,
  body,
  isBodyOptional,
  answers,
  problems,
}: Operation) {
  const [, parameter] = /\{(\w+)\}/.exec(path) ?? [];
  const statuses = [
    401,
    ...(parameter ? [400] : []),
    ...(body ? [400, 413, 415, 422] : []),
    422,
    ...problems,
    429,
    500,
    503,
  ];
  return {
    operationId: id,
    summary,
    description,
    parameters: [
      ...(parameter === undefined
        ? []
        : [
            {
              name: parameter,
              in: "path",
              required: true,
              description:
                parameter === "id" ? "The postback's id." : "The order's number, percent-encoded: A%2F1 for A/1.",
              schema: { type: "string", minLength: 1, maxLength: parameter === "id" ? LONGEST_ID : 500 },
            },
          ]),
      ...(query ? parametersOf(query) : []),
    ],
    ...(body
      ? {
          requestBody: {
            required: !isBodyOptional,
            content: { "application/json": { schema: refTo(nameOf(body)) } },
          },
        }
      : {}),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, { description, schema }]) => [
          status,
          { description, ...(schema ? { content: { "application/json": { schema: refTo(nameOf(schema)) } } } : {}) },
        ]),
      ),
      ...Object.fromEntries(
        statuses.map((status) => [status, { $ref: `#/components/responses/Problem${status}` }] as const),
      ),
    },
  };
}

const FILTERS: Readonly<Record<string, string>> = {
  number: "Of this order or lead.",
  click: "Credited to the click of this id.",
  network: "Of this account: retrack, or shopback:MY where the store has several.",
  state: "With a postback in this state.",
  status: "What the store decided.",
  since: "Reported at or after this time.",
  until: "Reported before this time.",
  before: "Older than the one of this serial: what next said in the answer before.",
  limit: "At most so many.",
  by: "Who decides: it stands in the conversion's story.",
};

function parametersOf(query: z.ZodType): object[] {
  const { properties = {} } = jsonSchemaOf(query);
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    description: FILTERS[name],
    schema,
  }));
}

function componentSchemas(): Record<string, Schema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, { schema }] of Object.entries(described)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { ...JSON_SCHEMA, uri: refFor }) as { schemas: Record<string, Schema> };
  return Object.fromEntries(
    Object.entries(described).map(([id, { description, fields, also = {}, example }]) => {
      const { $schema: _, $id: __, properties = {}, ...schema } = schemas[id] as Schema;
      const said = Object.entries(properties).map(([name, property]) => {
        const field = fields[name];
        return [name, { ...property, ...(typeof field === "string" ? { description: field } : field) }] as const;
      });
      return [
        id,
        {
          description,
          ...schema,
          properties: Object.fromEntries(said),
          ...also,
          ...(example === undefined ? {} : { examples: [example] }),
        },
      ];
    }),
  );
}

const JSON_SCHEMA = {
  io: "input",
  unrepresentable: "any",
  override({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: Record<string, unknown> }) {
    if (zodSchema._zod.def.type === "date") Object.assign(jsonSchema, { type: "string", format: "date-time" });
    // What format says already, and in a way that no reader wants to read.
    if (["date-time", "uuid"].includes(String(jsonSchema.format))) delete jsonSchema.pattern;
    // No number has a fraction, and each is exact in every language's doubles.
    if (jsonSchema.type === "number") jsonSchema.type = "integer";
    if (jsonSchema.type === "integer") {
      jsonSchema.minimum ??= 0;
      jsonSchema.maximum ??= Number.MAX_SAFE_INTEGER;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) jsonSchema.minimum = 0;
    }
  },
} as const;

function jsonSchemaOf(schema: z.ZodType): Schema {
  return z.toJSONSchema(schema, JSON_SCHEMA) as Schema;
}

function nameOf(schema: z.ZodType): string {
  const named = Object.entries(described).find(([, one]) => one.schema === schema);
  if (!named) throw new Error("a shape of the API has no name in its description");
  return named[0];
}

function refFor(id: string): string {
  return `#/components/schemas/${id}`;
}

function refTo(id: string): { $ref: string } {
  return { $ref: refFor(id) };
}
