import type { z } from "zod";
import { CollectorError, type Issue } from "./error.ts";

/** The value as its schema reads it; throws a `CollectorError` that lists every problem with its path. */
export function parse<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  code: "ERR_OPTIONS" | "ERR_ORDER",
  subject: string,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => ({ path: path.map(String).join("."), message }));
  throw new CollectorError(code, `${subject}: ${described(issues)}`, { issues });
}

// A 10,000-line order can have 10,000 problems; `issues` has them all, the message the first few.
const SHOWN = 20;

function described(issues: readonly Issue[]): string {
  const lines = issues.slice(0, SHOWN).map(({ path, message }) => (path ? `${path}: ${message}` : message));
  if (issues.length > SHOWN) lines.push(`and ${issues.length - SHOWN} more`);
  return lines.join("; ");
}
