import type { Request } from "express";
import { CollectorError } from "../../error.ts";
import { HttpProblem } from "../http-problem.ts";

/** Longer lists would give a schema hundreds of thousands of problems to tell of, and the store's checkouts wait for it. */
const MOST_ENTRIES = 10_000;

/** Nothing that is taken has more than four; a megabyte of brackets has paths that take a second to write. */
const MOST_LEVELS = 20;

/** The JSON in a request's body; undefined where it has none. */
export function bodyOf(request: Request): unknown {
  const { headers } = request;
  if (headers["transfer-encoding"] === undefined && !(Number(headers["content-length"]) > 0)) return undefined;
  const [, type, rest = ""] = /^([^;]*)(.*)$/.exec(headers["content-type"] ?? "") ?? [];
  if (type?.trim().toLowerCase() !== "application/json")
    throw new HttpProblem(415, "The body must be JSON: send it with Content-Type: application/json.");
  if (!/^(?:\s*;\s*charset\s*=\s*"?utf-?8"?)?\s*;?\s*$/i.test(rest))
    throw new HttpProblem(415, "The body must be JSON in UTF-8: send it with Content-Type: application/json.");
  const value = decoded(request.body);
  checkSize(value);
  return value;
}

function decoded(body: unknown): unknown {
  // A parser of the store's own that is mounted before the router has read it already.
  if (!Buffer.isBuffer(body)) return typeof body === "string" ? json(body) : body;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw new HttpProblem(400, "The body is not UTF-8: a name in another encoding would reach the networks garbled.");
  }
  return json(text);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The platform's own words quote the body.
    throw new HttpProblem(400, "The body is not JSON: no reader of JSON can read it.");
  }
}

/** With a list of its own of what is left to look at: a body can be nested deeper than calls can. */
function checkSize(body: unknown): void {
  const left: [path: string, value: unknown, depth: number][] = [["", body, 0]];
  for (let next = left.pop(); next; next = left.pop()) {
    const [path, value, depth] = next;
    if (typeof value !== "object" || value === null) continue;
    if (depth >= MOST_LEVELS) throw unusable(path, `at most ${MOST_LEVELS} levels are taken, one inside the other`);
    if (Array.isArray(value) && value.length > MOST_ENTRIES)
      throw unusable(path, `at most ${MOST_ENTRIES} entries are taken`);
    for (const [name, inner] of Object.entries(value))
      if (typeof inner === "object") left.push([path === "" ? name : `${path}.${name}`, inner, depth + 1]);
  }
}

function unusable(path: string, message: string): CollectorError {
  return new CollectorError("ERR_ORDER", "the body cannot be used", { issues: [{ path, message }] });
}
