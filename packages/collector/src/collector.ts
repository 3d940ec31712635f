import type { Click } from "@cashtrail/client/landing";
import type { Request, RequestHandler, Response, Router } from "express";
import { z } from "zod";
import { type Amending, type By, createAmending } from "./amending.ts";
import { type ClickSource, type CookieSource, clicksInCookies, cookieOf, landingsOf } from "./clicks.ts";
import { createDelivery } from "./delivery.ts";
import { CollectorError, messageOf } from "./error.ts";
import type { CollectorEvent } from "./event.ts";
import { consentOf } from "./express/consent.ts";
import { redirectHandler, rememberHandler, revoke } from "./express/landing.ts";
import { createMetrics } from "./express/metrics.ts";
import { createRouter, type RouterParts } from "./express/router.ts";
import { by, text } from "./fields.ts";
import { createHistory } from "./history.ts";
import { createJournal } from "./journal.ts";
import type { Lead } from "./lead.ts";
import type { ConversionRecord, Filter, Ledger, Uncredited } from "./ledger/ledger.ts";
import { postgresLedger } from "./ledger/postgres.ts";
import { sqliteLedger } from "./ledger/sqlite.ts";
import { createLog } from "./logging.ts";
import { type CollectorOptions, type CollectorSettings, isPostgres, parseOptions } from "./options.ts";
import type { Order } from "./order.ts";
import { parse } from "./parse.ts";
import { type Backlog, createQuestions } from "./questions.ts";
import { createReadiness, type Phase } from "./readiness.ts";
import { createReporting, type Reported, type ReportOptions, requestShape } from "./reporting.ts";
import { createResending, type Resending } from "./resending.ts";
import { createSender } from "./send.ts";
import { sharedAnswer } from "./shared-answer.ts";
import { createTracing } from "./tracing.ts";
import { createUpkeep } from "./upkeep.ts";

/** Without a reason: what is forgotten leaves none. */
const forgetShape = z.strictObject({ by: by.by });

/** Counting what waits reads the ledger: whoever scrapes or looks within this time shares an answer. */
const COUNT_KEPT_MS = 5000;

export interface Collector {
  /**
   * Credits the order to the network that sent the shopper and puts its postbacks on disk.
   *
   * Resolves once they would survive a crash and a power cut, and never waits for a network: call it where the order
   * becomes final, and await it. A number that was credited stays as it was first reported; one that was
   * credited to nobody may be credited later.
   *
   * Where the ledger cannot be written, the order goes to a journal beside it (`journaled: true`), within seconds. With
   * `transaction`, a `pg` client inside the store's own transaction, the postbacks commit or roll back with the order.
   * Rejects with `ERR_ORDER` for an order that cannot be reported, and with `ERR_LEDGER` where it could be written
   * nowhere; its `unreported` then has all that is needed to report it again.
   */
  report(from: ClickSource, order: Order, options?: ReportOptions): Promise<Reported>;
  /** Credits a lead and puts its postback on disk, as `report` does for an order. Retrack takes leads. */
  lead(from: ClickSource, lead: Lead, options?: ReportOptions): Promise<Reported>;
  /**
   * Tells the networks of a changed order: all of it as it is now, under its number. What each network has no call for,
   * the answer says. Rejects with `ERR_CONFLICT` where it is approved or rejected already.
   */
  update: Amending["update"];
  /**
   * Approves an order, or some of its lines; `amount` where less is approved than the order says. Once for an order or
   * line, unless a person insists. Rejects with `ERR_CONFLICT` where it contradicts what is decided.
   */
  approve: Amending["approve"];
  /**
   * Rejects an order, or some of its lines. What the network was not told of yet is withdrawn; else the rejection
   * follows what was told. Rejects with `ERR_CONFLICT` where it contradicts what is decided.
   */
  reject: Amending["reject"];
  /**
   * Sends failed, held or delivered postbacks again, or with `dryRun` tells which. What may be there is asked for first;
   * so is what is pending in a ledger that was restored from a backup.
   */
  resend: Resending["resend"];
  /**
   * A person's decision on a held or failed postback: the network has it (`delivered`), has it not and it may be sent
   * again (`failed`), or has it not and shall not (`cancelled`): then it is put aside with what waits for it.
   */
  settle: Resending["settle"];
  /** How much waits for each account and since when, and which networks are noticed to be down. */
  backlog(): Promise<Backlog[]>;
  /**
   * Erases what was bought and by which click. Left are the number, so that it is never reported again, and that it
   * was; what is not delivered is cancelled. Answers whether there was anything.
   */
  forget(number: string, options?: Pick<By, "by">): Promise<boolean>;
  /**
   * The clicks a request carries, the last one first. Keep them on the store's own order before payment, and give them
   * to `report` as `{ clicks }`: payment returns and webhooks carry no cookies.
   */
  clicksOf(request: CookieSource): Click[];
  /**
   * Conversions with their postbacks and every attempt, the newest first; at most 100 unless `limit` says else. Rejects
   * with `ERR_ORDER` for an account that is not set up and of which nothing is kept.
   */
  find(filter?: Filter): Promise<ConversionRecord[]>;
  /**
   * Orders and leads that nobody was credited for: how many there are, up to 10,000 and then `more`, and the newest with
   * their reasons.
   */
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
  /**
   * What is served under the path it is mounted at: `GET /client.js`, `GET /redirect`, `POST` and `DELETE /remember`,
   * `GET /health` and `/ready`; and with an `adminToken`, `GET /metrics`, the HTTP API and the dashboard; with a `metricsToken`, the metrics.
   */
  readonly router: Router;
  /**
   * The shopper withdrew consent: deletes the click's cookies, in every scope they may have. Call it before the response's
   * head is sent.
   */
  revoke(request: Request, response: Response): void;
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
  const { networks, now, random, consent, attribution, delivery: deliverySettings } = settings;
  const ledger = ledgerAt(settings.ledger, options.now);
  const landings = landingsOf(networks);
  const sender = createSender({
    timeoutMs: deliverySettings.timeoutMs,
    // For each host: all accounts of one network share it.
    connections: deliverySettings.concurrency * networks.length,
  });
  const tracing = createTracing();
  const delivery = createDelivery({
    ledger,
    networks,
    sender,
    tracing,
    settings: deliverySettings,
    now,
    random,
    emit(event) {
      emit(event);
      // An order that was rejected meanwhile has nothing to be rejected.
      if (event.type === "failed") void withdraw(event.number);
    },
  });
  const fail = (error: unknown) => emit({ type: "ledger-failed", reason: messageOf(error) });
  const history = createHistory(ledger, fail);
  const upkeep = createUpkeep(ledger, settings.retention, fail);
  const journal = createJournal(settings.journal ?? journalBeside(settings.ledger), now, (path) =>
    emit({ type: "ledger-failed", reason: `a file of the journal cannot be taken in whole, and is kept as ${path}` }),
  );
  const { wake } = delivery;
  const reporting = createReporting({
    ...{ ledger, journal, networks, landings, attribution, now, emit, wake },
    retention: settings.retention,
    count: (kind, reported) => metrics?.reported(kind, reported),
  });
  const { takeIn } = reporting;
  const counted = sharedAnswer(COUNT_KEPT_MS, now, () => ledger.waiting());
  /** Something was decided: whoever did looks at what waits now. */
  const decided = () => {
    counted.drop();
    wake();
  };
  const amending = createAmending({ ledger, networks, now, emit, wake: decided, takeIn });
  const withdraw = (number: string) => amending.withdraw(number).catch(fail);
  const resending = createResending({ ledger, networks, takeIn, withdraw, wake: decided });
  const questions = createQuestions({ ledger, networks, down: delivery.down });
  const { adminToken, metricsToken } = settings;
  const metricsTokens = [adminToken, metricsToken].filter((token) => token !== undefined);
  const metrics =
    metricsTokens.length === 0
      ? undefined
      : createMetrics({
          accounts: networks.map(({ id }) => id),
          clickNetworks: landings.map(({ network }) => network),
          waiting: counted.get,
          journalWaits: journal.waits,
          down: delivery.down,
        });
  const log = settings.logger && createLog(settings.logger);
  let phase: Phase = "not started";
  const parts: RouterParts = {
    landings,
    cookie: settings.cookie,
    deepLinkHosts: settings.deepLinkHosts,
    frontPage: settings.frontPage,
    consent: consentOf(consent),
    now,
    keep(clicks) {
      history.add(clicks);
      metrics?.clicks(clicks.map(({ network }) => network));
    },
    ignore: (network, reason) => emit({ type: "click-ignored", network, reason }),
    refused: (origin) => emit({ type: "deep-link-refused", origin }),
    seen: Symbol("what became of the clicks of a request"),
    check: () => ledger.nextDue(""),
    readiness: createReadiness({ ledger, journal, phase: () => phase, now }),
  };
  let stopping: Promise<void> | undefined;

  function emit(event: CollectorEvent): void {
    metrics?.count(event);
    log?.(event);
    try {
      // A listener's mistake is its own, made at once or later: nothing here depends on it.
      Promise.resolve(settings.onEvent?.(event) as unknown).catch(() => {});
    } catch {
      // As above.
    }
  }

  /** Takes an order or a lead, measured and traced. */
  function taken(kind: "order" | "lead", number: string | undefined, act: () => Promise<Reported>): Promise<Reported> {
    const traced = () => tracing.call(kind === "order" ? "report" : "lead", number, act);
    return metrics ? metrics.report(traced) : traced();
  }

  async function stop(): Promise<void> {
    await Promise.all([delivery.stop(), upkeep.stop(), reporting.stop()]);
    await Promise.all([history.written(), journal.written()]);
    await sender.close();
    await ledger.close();
  }

  // What an earlier process left in the journal.
  void takeIn();

  const calls: Omit<Collector, "start" | "stop" | "flush" | "remember" | "redirect" | "router" | "revoke"> = {
    report: async (from, order, options) =>
      taken("order", shown(order?.number), () => reporting.report(from, order, options)),
    lead: async (from, lead, options) =>
      taken("lead", shown(lead?.reference), () => reporting.lead(from, lead, options)),
    update: amending.update,
    approve: amending.approve,
    reject: amending.reject,
    resend: resending.resend,
    settle: resending.settle,
    find: questions.find,
    uncredited: questions.uncredited,
    backlog: async () => questions.backlog(await ledger.waiting()),
    async forget(number, options = {}) {
      const wanted = parse(text, number, "ERR_ORDER", "forget: the order's number");
      const { by } = parse(forgetShape, options, "ERR_ORDER", "forget");
      // It may be in the journal, and its click on the way to the ledger.
      await Promise.all([takeIn(), history.written()]);
      if (await journal.waits())
        throw new CollectorError("ERR_LEDGER", "forget: orders wait in the journal, and this may be one: try again");
      return ledger.forget(wanted, { what: "forget", by }).finally(counted.drop);
    },
    clicksOf: (request) =>
      clicksInCookies(cookieOf(parse(requestShape, request, "ERR_ORDER", "clicksOf")), landings, now()),
  };
  const admin = adminToken !== undefined && {
    token: adminToken,
    api: {
      calls: { ...calls, uncreditedReason: questions.uncreditedReason },
      fail,
      refused: (error: unknown) => metrics?.refused(error),
    },
    dashboard: {
      calls: { ...calls, ...questions, backlog: async () => questions.backlog(await counted.get()) },
      ...{ networks, now, fail },
      isStarted: () => phase === "started",
      ...settings.dashboard,
    },
  };

  return {
    ...calls,
    start() {
      if (!stopping) phase = "started";
      delivery.start();
      upkeep.start();
    },
    stop() {
      phase = "stopping";
      stopping ??= stop();
      return stopping;
    },
    async flush() {
      await takeIn();
      await delivery.flush();
    },
    remember: rememberHandler(parts),
    redirect: redirectHandler(parts),
    router: createRouter({
      ...parts,
      ...(admin && { admin }),
      ...(metrics && {
        metrics: {
          tokens: metricsTokens,
          setting: metricsToken === undefined ? "adminToken" : "metricsToken",
          text: metrics.text,
        },
      }),
    }),
    revoke: (request, response) => revoke(request, response, parts),
  };
}

/** A number as it was given, which nobody has checked yet. */
function shown(number: unknown): string | undefined {
  return typeof number === "string" && number.length <= 200 ? number : undefined;
}

/** The ledger the settings name, by the clock that the store set, where it set one. */
export function ledgerAt(place: CollectorSettings["ledger"], now: (() => Date) | undefined): Ledger {
  if (typeof place !== "string") return place;
  // Several instances share a database, and its clock: theirs may differ.
  return isPostgres(place) ? postgresLedger(place, now) : sqliteLedger(place, now ?? (() => new Date()));
}

/** The folder of the journal where the settings name none. */
export function journalBeside(place: CollectorSettings["ledger"]): string {
  return typeof place === "string" && !isPostgres(place) ? `${place}.journal` : "./cashtrail.journal";
}
