import { openApiDocument } from "../../packages/collector/src/express/api/document.ts";

/** As much of JSON Schema as the API's description uses. */
export interface JsonSchema {
  $ref?: string;
  type?: "object" | "array" | "string" | "integer" | "boolean";
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  items?: JsonSchema;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  enum?: string[];
  const?: unknown;
  format?: string;
  oneOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  examples?: unknown[];
}

interface Content {
  content?: Record<string, { schema: JsonSchema }>;
}

export interface ApiOperation {
  operationId: string;
  parameters: { name: string; in: "path" | "query"; required?: boolean; description?: string; schema: JsonSchema }[];
  requestBody?: { required: boolean } & Content;
  responses: Record<string, Content & { $ref?: string }>;
}

export interface ApiDescription {
  paths: Record<string, Record<string, ApiOperation>>;
  components: { schemas: Record<string, JsonSchema> };
}

export const description = openApiDocument() as ApiDescription;

/** Every operation, with its method in capitals and its path. */
export const allOperations = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
);

/** The shape a reference names, or the shape itself. */
export function resolved(schema: JsonSchema): JsonSchema {
  const [, name] = /^#\/components\/schemas\/(\w+)$/.exec(schema.$ref ?? "") ?? [];
  return name === undefined ? schema : (description.components.schemas[name] as JsonSchema);
}
