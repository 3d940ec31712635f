import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import express, { type Express, type RequestHandler } from "express";
// @ts-expect-error The types of Express are those of its newer major.
import express4 from "express4";
import { request } from "undici";
import { afterAll, onTestFinished } from "vitest";
import {
  type CollectorEvent,
  type CollectorOptions,
  createCollector,
  type Ledger,
} from "../../../packages/collector/src/index.ts";
import { retrack } from "../../../packages/collector/src/networks/retrack.ts";
import { shopback } from "../../../packages/collector/src/networks/shopback.ts";
import { serve } from "../../support/collector-server.ts";

export const majors = [
  ["Express 5", express],
  ["Express 4", express4 as typeof express],
] as const;

export const RETRACK_CLICK = "625fae10-1eb0-11eb-adc1-0242ac120002";
export const SHOPBACK_CLICK = "102656693ac3ca6e0cdafbfe89ab99";
export const NOW = new Date("2026-11-22T12:00:00Z");
/** `NOW` in a companion cookie. */
export const SECONDS = 1795348800;

export interface Answer {
  status: number;
  headers: Headers;
  cookies: string[];
  body: string;
}

/** A request as it is given, the Host header too; no redirect is followed. */
export async function get(url: string, headers: Record<string, string> = {}, method: Method = "GET"): Promise<Answer> {
  const answer = await request(url, { method, headers });
  const pairs = Object.entries(answer.headers).flatMap(([name, values]) =>
    [values ?? []].flat().map((value): [string, string] => [name, value]),
  );
  return {
    status: answer.statusCode,
    headers: new Headers(pairs),
    cookies: [answer.headers["set-cookie"] ?? []].flat(),
    body: await answer.body.text(),
  };
}

type Method = "GET" | "HEAD" | "POST" | "DELETE";

/** A cookie line without the day it ends on. */
export const undated = (line: string) => line.replace(/ Expires=[^;]+;/, "");

/** A landing needs no ledger: opening one costs more than all that is asked of it. */
const noLedger = { record() {}, claim() {}, amend() {}, async remember() {}, async close() {} } as unknown as Ledger;

const journal = mkdtempSync(join(tmpdir(), "cashtrail-"));
afterAll(() => rmSync(journal, { recursive: true, force: true }));

export function aCollector(options: Partial<CollectorOptions> = {}) {
  const events: CollectorEvent[] = [];
  const collector = createCollector({
    ledger: noLedger,
    journal,
    networks: [
      retrack({ token: "retrack-token", event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb" }),
      shopback({ offer: "1234", securityToken: "shopback-token", currency: "any", amount: "gross" }),
    ],
    deepLinkHosts: ["www.store-domain.com"],
    now: () => NOW,
    onEvent: (event) => events.push(event),
    ...options,
  });
  onTestFinished(() => collector.stop());
  return { collector, events };
}

const product: RequestHandler = (_request, response) => {
  response.send("a product");
};

/** A store with middleware before the collector's, and a page of its own. */
export async function aStore(
  options: Partial<CollectorOptions> = {},
  makeApp?: () => Express,
  before: RequestHandler = (_request, _response, next) => next(),
  page = product,
) {
  const { collector, events } = aCollector(options);
  const url = await serve((app) => {
    app.use(before);
    app.use(collector.remember);
    app.get("/retrack", collector.redirect);
    app.use("/cashtrail", collector.router);
    app.get("/product", page);
  }, makeApp);
  return { url, collector, events };
}
