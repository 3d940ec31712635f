import { expect } from "vitest";
import { serve } from "./collector-server.ts";
import { openStore, type Store, type StoreOptions } from "./sandboxed-store.ts";

export const TOKEN = "a-token-of-the-tests-alone";

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  // What an answer holds is what a test is about.
  readonly body: Record<string, unknown>;
}

export interface Api extends Store {
  readonly url: string;
  /** Calls the API with the token. A body that is no text is sent as JSON. What holds for every answer is checked. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<ApiAnswer>;
}

/** A store with its HTTP API on a socket. */
export async function startApi(options: StoreOptions = {}): Promise<Api> {
  const store = await openStore({ adminToken: TOKEN, ...options });
  const url = `${await serve((app) => app.use("/cashtrail", store.collector.router))}/cashtrail/api/v1`;
  return { ...store, url, call: (...asked) => callAt(url, ...asked) };
}

export async function callAt(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<ApiAnswer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${TOKEN}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined
      ? {}
      : { body: typeof body === "string" || body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body) }),
  });
  const text = await response.text();
  const told = `${[...response.headers].join()} ${text}`;
  expect(told, "an answer shows the token").not.toContain(TOKEN);
  expect(response.headers.get("cache-control"), "an answer may be kept").toBe("no-store");
  expect([...response.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  const isProblem = response.status >= 400;
  if (text !== "")
    expect(response.headers.get("content-type")).toBe(
      `application/${isProblem ? "problem+json" : "json"}; charset=utf-8`,
    );
  const parsed = text === "" ? {} : JSON.parse(text);
  if (isProblem && method !== "HEAD")
    expect(parsed).toMatchObject({ type: "about:blank", status: response.status, title: expect.any(String) });
  return { status: response.status, headers: response.headers, body: parsed };
}
