import type { z } from "zod";
import { CollectorError, type Issue } from "./error.ts";

/** The value as its schema reads it; throws a `CollectorError` that lists every problem with its path. */
export function parse<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  code: "ERR_OPTIONS" | "ERR_ORDER",
  subject: string,
  alsoWrong: readonly Issue[] = [],
): z.output<Schema> {
  const result = schema.safeParse(value, { error: wantedInstead });
  if (result.success && alsoWrong.length === 0) return result.data;
  const issues = [...(result.error?.issues ?? []).flatMap(issuesOf), ...alsoWrong];
  throw new CollectorError(code, `${subject}: ${described(issues)}`, { issues });
}

/** For a rule about several fields: it runs where these are well-formed themselves, whatever is wrong with others. */
export function whereFine(...fields: string[]): { when: (payload: z.core.ParsePayload) => boolean } {
  return {
    when: ({ issues }) =>
      !issues.some(({ code, path }) => (path?.length ? fields.includes(String(path[0])) : code === "invalid_type")),
  };
}

const KINDS: Readonly<Record<string, string>> = {
  object: "an object",
  record: "an object",
  array: "an array",
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
};

/** For what a schema has no words of its own. */
function wantedInstead(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return `${KINDS[issue.expected] ?? `a ${issue.expected}`} is wanted`;
    case "invalid_value":
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
    case "too_small":
      return `must be at least ${issue.minimum}`;
    case "too_big":
      return `must be at most ${issue.maximum}`;
    default:
      return undefined;
  }
}

/** Zod tells of unknown keys in one issue, at their parent; here each has its own path. */
function issuesOf(issue: z.core.$ZodIssue): Issue[] {
  const path = issue.path.map(String);
  return issue.code === "unrecognized_keys"
    ? issue.keys.map((key) => ({
        path: [...path, key].join("."),
        message: "is not known: correct its name or remove it",
      }))
    : [{ path: path.join("."), message: issue.message }];
}

// A 10,000-line order can have 10,000 problems; `issues` has them all, the message the first few.
const SHOWN = 20;

function described(issues: readonly Issue[]): string {
  const lines = issues.slice(0, SHOWN).map(({ path, message }) => (path ? `${path}: ${message}` : message));
  if (issues.length > SHOWN) lines.push(`and ${issues.length - SHOWN} more`);
  return lines.join("; ");
}
