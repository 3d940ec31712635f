/** A query's parameters, and everything about its encoding that a strict reader would trip over. */
export interface StrictQuery {
  parameters: ReadonlyMap<string, string>;
  problems: string[];
}

/**
 * Reads a query that must be percent-encoded to the letter of RFC 3986: of what is not encoded, only unreserved
 * characters count. A bare `+` is a space to some servers and a plus to others, so it is a problem too.
 * The problems name parameters and single characters, never values, which may be secrets.
 */
export function strictQuery(query: string): StrictQuery {
  const parameters = new Map<string, string>();
  const problems: string[] = [];
  for (const pair of query === "" ? [] : query.split("&")) {
    const [, rawName = "", rawValue] = /^([^=]*)(?:=(.*))?$/s.exec(pair) ?? [];
    const name = decoded(rawName);
    if (!name.text) {
      problems.push(pair === "" ? "An empty parameter." : `A parameter's name ${name.problem ?? "is empty"}.`);
      continue;
    }
    if (parameters.has(name.text)) problems.push(`${name.text} is repeated.`);
    const value = rawValue === undefined ? { problem: "has no value" } : decoded(rawValue);
    if (value.problem) problems.push(`${name.text} ${value.problem}.`);
    parameters.set(name.text, value.text ?? "");
  }
  return { parameters, problems };
}

function decoded(raw: string): { text?: string; problem?: string } {
  const bare = /[^\w.~%-]/.exec(raw);
  if (bare) return { problem: `has a ${JSON.stringify(bare[0])} that is not percent-encoded` };
  if (/%(?![\da-f]{2})/i.test(raw)) return { problem: 'has a "%" that encodes nothing' };
  try {
    return { text: decodeURIComponent(raw) };
  } catch {
    return { problem: "is not UTF-8" };
  }
}
