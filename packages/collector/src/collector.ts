import type { Click } from "@cashtrail/client/landing";
import type { RequestHandler, Router } from "express";
import { z } from "zod";
import { clicksInCookies, parseClicks } from "./clicks.ts";
import { creditingOf } from "./crediting.ts";
import { createDelivery } from "./delivery.ts";
import { messageOf } from "./error.ts";
import type { CollectorEvent } from "./event.ts";
import { redirectHandler, rememberHandler } from "./express/landing.ts";
import { createRouter, type RouterParts } from "./express/router.ts";
import { createHistory } from "./history.ts";
import type { ConversionRecord, Filter, Recorded, Uncredited } from "./ledger/ledger.ts";
import { sqliteLedger } from "./ledger/sqlite.ts";
import { type CollectorOptions, parseOptions } from "./options.ts";
import { type Order, parseOrder } from "./order.ts";
import { parse } from "./parse.ts";
import { createSender } from "./send.ts";

/** Where clicks come from: a request with its cookies, or where the store kept them itself. */
export type ClickSource = { readonly headers: { readonly cookie?: string | undefined } } | { readonly clicks: Click[] };

const sourceShape = z.custom<ClickSource>(
  (from) => typeof from === "object" && from !== null && ("clicks" in from || ("headers" in from && !!from.headers)),
  "the request, or { clicks: […] }, is wanted",
);

const filterShape = z.strictObject({
  number: z.string().optional(),
  network: z.string().optional(),
  state: z.enum(["pending", "delivered", "held", "failed"]).optional(),
  limit: z.number().int().min(1).max(10_000).optional(),
});

export interface Collector {
  /**
   * Credits the order to the network that sent the shopper and puts its postbacks on disk.
   *
   * Resolves once they would survive a crash and a power cut, and never waits for a network: call it where the order
   * becomes final, and await it. A number that was credited stays as it was first reported; one that was
   * credited to nobody may be credited later.
   * Rejects with `ERR_ORDER` for an order that cannot be reported, and with `ERR_LEDGER` where the ledger cannot be
   * written; nothing was written then.
   */
  report(from: ClickSource, order: Order): Promise<Recorded>;
  /**
   * The clicks a request carries, the last one first. Keep them on the store's own order before payment, and give them
   * to `report` as `{ clicks }`: payment returns and webhooks carry no cookies.
   */
  clicksOf(request: { readonly headers: { readonly cookie?: string | undefined } }): Click[];
  /** Conversions with their postbacks and every attempt, the newest first; at most 100 unless `limit` says else. */
  find(filter?: Filter): Promise<ConversionRecord[]>;
  /** Orders reported that nobody was credited for: how many there are, and the newest with their reasons. */
  uncredited(limit?: number): Promise<Uncredited>;
  /** Begins delivering, in the background. */
  start(): void;
  /** Finishes what is in hand, within one attempt's time, and closes the ledger. What waits is delivered next time. */
  stop(): Promise<void>;
  /** Delivers everything that is due now, started or not: for scripts, serverless functions and tests. */
  flush(): Promise<void>;
  /** Express middleware for any page: a click in the URL becomes a cookie set by the server. */
  readonly remember: RequestHandler;
  /** The redirect page, without a page: `app.get("/retrack", cashtrail.redirect)`. */
  readonly redirect: RequestHandler;
  /** `GET /client.js`, `GET /redirect`, `POST /remember` and `GET /health`, under the path it is mounted at. */
  readonly router: Router;
}

/**
 * Makes the collector: one for the process, kept as long as it runs.
 * Throws `ERR_OPTIONS` with every problem at once, and `ERR_LEDGER` where the ledger's file cannot be used.
 *
 * ```ts
 * const cashtrail = createCollector({
 *   networks: [retrack({ token: process.env.RETRACK_TOKEN!, event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb" })],
 *   deepLinkHosts: ["www.store-domain.com"],
 * });
 * ```
 */
export function createCollector(options: CollectorOptions): Collector {
  const settings = parseOptions(options);
  const { networks, now, random, consent, delivery: deliverySettings } = settings;
  const ledger = typeof settings.ledger === "string" ? sqliteLedger(settings.ledger, now) : settings.ledger;
  const landings = [...new Map(networks.map(({ landing }) => [landing.network, landing])).values()];
  const sender = createSender({
    timeoutMs: deliverySettings.timeoutMs,
    // For each host: all accounts of one network share it.
    connections: deliverySettings.concurrency * networks.length,
  });
  const delivery = createDelivery({ ledger, networks, sender, settings: deliverySettings, now, random, emit });
  const history = createHistory(ledger, (error) => emit({ type: "ledger-failed", reason: messageOf(error) }));
  const parts: RouterParts = {
    landings,
    cookie: settings.cookie,
    deepLinkHosts: settings.deepLinkHosts,
    frontPage: settings.frontPage,
    // Only true is consent: a promise, say, is no answer.
    consents: consent === "exempt" ? () => true : (request) => consent(request) === true,
    now,
    keep: history.add,
    ignore: (network, reason) => emit({ type: "click-ignored", network, reason }),
    seen: new WeakMap(),
    check: () => ledger.nextDue(""),
  };
  let stopping: Promise<void> | undefined;

  function emit(event: CollectorEvent): void {
    try {
      settings.onEvent?.(event);
    } catch {
      // A listener's mistake is its own: nothing here depends on it.
    }
  }

  async function report(from: ClickSource, order: Order): Promise<Recorded> {
    const at = now();
    const placed = parseOrder(order, at);
    const source = parse(sourceShape, from, "ERR_ORDER", "report");
    const clicks =
      "clicks" in source ? parseClicks(source.clicks) : clicksInCookies(source.headers.cookie, landings, at);
    const { credited, reason } = creditingOf(placed, clicks, networks, settings.attribution, placed.placedAt);
    const recorded = await ledger.record({
      order: placed,
      conversions: credited.map(({ network, click }) => ({
        network: network.id,
        click,
        postbacks: network.postbacks({ order: placed, click }),
      })),
      reason,
    });
    if (!recorded.repeated)
      emit({ type: "recorded", number: placed.number, credited: recorded.credited, reason: recorded.reason });
    delivery.wake();
    return recorded;
  }

  async function stop(): Promise<void> {
    await delivery.stop();
    await history.written();
    await sender.close();
    await ledger.close();
  }

  return {
    report,
    clicksOf: (request) => clicksInCookies(request.headers.cookie, landings, now()),
    find: async (filter = {}) => ledger.find(parse(filterShape, filter, "ERR_OPTIONS", "find")),
    uncredited: (limit = 100) => ledger.uncredited(limit),
    start: delivery.start,
    stop: () => (stopping ??= stop()),
    flush: delivery.flush,
    remember: rememberHandler(parts),
    redirect: redirectHandler(parts),
    router: createRouter(parts),
  };
}
