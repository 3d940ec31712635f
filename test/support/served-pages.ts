import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { startWeb } from "./browser-web.ts";

export interface Received {
  readonly method: string;
  /** Host, path and query, without the scheme: `www.shop.example/p?size=m`. */
  readonly address: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export type Answer = (response: ServerResponse, request: Received) => unknown;

export interface ServedPages {
  /** Host and port of the proxy through which a browser reaches them. */
  readonly proxy: string;
  /** What is served, by host and path: `www.shop.example/p`. The script is at `/client.js` of every host. */
  answers: Record<string, Answer>;
  /** All requests so far. */
  received: Received[];
  /** The next request for a host and path. */
  next(address: string): Promise<Received>;
  close(): Promise<void>;
}

/** Serves pages on hosts of any name, over https, to a browser that can reach nothing else. */
export async function servePages(): Promise<ServedPages> {
  let waiting: { readonly address: string; readonly resolve: (request: Received) => void }[] = [];
  const web = await startWeb(async (request, response) => {
    const address = `${request.headers.host}${request.url}`;
    const one = { method: request.method ?? "", address, headers: request.headers, body: await text(request) };
    pages.received.push(one);
    const [page = ""] = address.split("?");
    const answer = pages.answers[page] ?? (page.endsWith("/client.js") ? client : missing);
    answer(response, one);
    const heard = waiting.filter((wait) => wait.address === page);
    waiting = waiting.filter((wait) => wait.address !== page);
    for (const { resolve } of heard) resolve(one);
  });
  const pages: ServedPages = {
    proxy: web.proxy,
    answers: {},
    received: [],
    next: (address) => new Promise((resolve) => waiting.push({ address, resolve })),
    close: () => web.close(),
  };
  return pages;
}

const client: Answer = (response) =>
  response.writeHead(200, { "Content-Type": "text/javascript" }).end(readFileSync("packages/client/dist/client.js"));

const missing: Answer = (response) => response.writeHead(404).end();

/** A page with the given HTML in it. */
export function html(body: string, headers: Record<string, string> = {}): Answer {
  return (response) =>
    response
      .writeHead(200, { "Content-Type": "text/html; charset=utf-8", ...headers })
      .end(`<!doctype html><meta charset="utf-8"><title>page</title>${body}`);
}
