import type { Response } from "express";

type Change = (status: number) => void;

const waiting = Symbol("what waits for the response's head");

/**
 * Changes the headers of a response that a handler of the store's is still to make: when its head is written, so that
 * nothing the handler sets has the last word. Called again under the same name, this change takes the place of the one
 * before.
 */
export function atHead(response: Response & { [waiting]?: Map<string, Change> }, name: string, change: Change): void {
  const changes = response[waiting];
  if (changes) {
    changes.set(name, change);
    return;
  }
  const first = new Map([[name, change]]);
  response[waiting] = first;
  const writeHead = response.writeHead as (status: number, ...rest: unknown[]) => Response;
  response.writeHead = (status: number, ...rest: unknown[]) => {
    const [reason, headers] = typeof rest[0] === "string" ? rest : [undefined, rest[1] ?? rest[0]];
    // Headers given here would be the last word.
    setHeaders(response, headers);
    for (const one of first.values()) one(status);
    first.clear();
    return writeHead.call(response, status, ...(reason === undefined ? [] : [reason]));
  };
}

/** As Node.js reads what `writeHead` is given: an object, or a list of names and values. */
function setHeaders(response: Response, headers: unknown): void {
  if (!Array.isArray(headers)) {
    for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value as string);
    return;
  }
  const list: string[] = Array.isArray(headers[0]) ? headers.flat() : headers;
  const pairs = list.flatMap((name, index) => (index % 2 === 0 ? [[name, list[index + 1] as string] as const] : []));
  for (const [name] of pairs) response.removeHeader(name);
  for (const [name, value] of pairs) response.appendHeader(name, value);
}
