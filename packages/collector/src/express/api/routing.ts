import { HttpProblem } from "../http-problem.ts";
import { type Operation, operations } from "./operations.ts";

export interface Route {
  readonly operation: Operation;
  /** What stands in the path in place of its parameter; empty where it has none. */
  readonly key: string;
}

const patterns = operations.map((operation) => ({
  operation,
  // A postback's id always has slashes, and some servers on the way undo their encoding.
  pattern: new RegExp(`^${operation.path.replace("{number}", "([^/]+)").replace("{id}", "(.+)")}$`),
}));

/** The operation a request asks for. Throws the problem where there is none. */
export function routeOf(method: string, path: string): Route {
  const matches = patterns.flatMap(({ operation, pattern }) => {
    const match = pattern.exec(path);
    return match ? [{ operation, raw: match[1] ?? "" }] : [];
  });
  if (matches.length === 0)
    throw new HttpProblem(404, "There is no such path: all there are stand in GET openapi.json, beside it.");
  const found = matches.find(({ operation }) => operation.method === (method === "HEAD" ? "GET" : method));
  if (!found) {
    const allowed = matches.flatMap((one) => (one.operation.method === "GET" ? ["GET", "HEAD"] : one.operation.method));
    const Allow = allowed.join(", ");
    throw new HttpProblem(405, `${method} means nothing here: ${Allow} does.`, { Allow });
  }
  try {
    return { operation: found.operation, key: decodeURIComponent(found.raw) };
  } catch {
    throw new HttpProblem(400, "The path cannot be read: percent-encode the number or id in it as UTF-8.");
  }
}
