import { type Click, clickIdIn, deepLinkFrom, deepLinkParameter, type Landing } from "@cashtrail/client/landing";
import type { Request, RequestHandler, Response } from "express";
import { isLoopback } from "../networks/account.ts";
import type { ConsentRequest } from "../options.ts";
import { type ArrivalSettings, arrivingClicks, isNavigation, parametersOf, setClickCookies } from "./arrival.ts";

export interface LandingParts extends ArrivalSettings {
  readonly deepLinkHosts: readonly string[];
  readonly frontPage: string;
  readonly consents: (request: ConsentRequest) => boolean;
  readonly now: () => Date;
  /** Keeps the clicks in the history. */
  readonly keep: (clicks: readonly Click[]) => void;
  readonly ignore: (network: string, reason: string) => void;
  /** What a request left unstored: `remember` and `redirect` may both see it, and one of them is enough. */
  readonly seen: WeakMap<Request, readonly Click[]>;
}

/** On any page: a click in the URL becomes server-set cookies, and the page goes on as if nothing had been there. */
export function rememberHandler(parts: LandingParts): RequestHandler {
  return function remember(request, response, next) {
    store(request, response, parts);
    next();
  };
}

/** The redirect page without a page: keeps the click, and sends the shopper on to the deep link or the front page. */
export function redirectHandler(parts: LandingParts): RequestHandler {
  return function redirect(request, response) {
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.status(405).setHeader("Allow", "GET, HEAD").end();
      return;
    }
    const left = store(request, response, parts);
    const page = pageOf(request, parts.deepLinkHosts);
    const deepLink = deepLinkFrom(parametersOf(request).get(deepLinkParameter), page, parts.deepLinkHosts);
    response.writeHead(302, {
      Location: travelling(deepLink ?? parts.frontPage, left, parts.landings),
      "Cache-Control": "no-store",
      // Other middleware may have set no-referrer, which would hide from the landing page which site the shopper came from.
      "Referrer-Policy": "strict-origin-when-cross-origin",
      "X-Robots-Tag": "noindex, nofollow",
      "X-Content-Type-Options": "nosniff",
      "Content-Security-Policy": "default-src 'none'",
      "Content-Length": 0,
    });
    response.end();
  };
}

/** Stores the clicks that arrive, once a request. Answers those that it may not store. */
function store(request: Request, response: Response, parts: LandingParts): readonly Click[] {
  const before = parts.seen.get(request);
  if (before) return before;
  const left = isNavigation(request) ? storeArriving(request, response, parts) : [];
  parts.seen.set(request, left);
  return left;
}

function storeArriving(request: Request, response: Response, parts: LandingParts): readonly Click[] {
  const now = parts.now();
  for (const landing of parts.landings) ignoreMalformed(request, landing, parts);
  const clicks = arrivingClicks(request, parts.landings, now);
  if (clicks.length === 0 || !isConsented(request, clicks, parts)) return clicks;
  setClickCookies(request, response, clicks, parts, now);
  parts.keep(clicks);
  return [];
}

/** A landing never fails for the shopper: where the store's function throws, there is no consent. */
function isConsented(request: Request, clicks: readonly Click[], { consents, ignore }: LandingParts): boolean {
  try {
    return consents(request);
  } catch (error) {
    for (const { network } of clicks) ignore(network, `the consent function failed: ${error}`);
    return false;
  }
}

/** The URL with clicks in its fragment, which reaches no server and no referrer: the script there asks for consent. */
function travelling(url: string, clicks: readonly Click[], landings: readonly Landing[]): string {
  return clicks.reduce((to, { network, id }) => {
    const parameter = landings.find((landing) => landing.network === network)?.parameter;
    return `${to}${to.includes("#") ? "&" : "#"}${parameter}=${id}`;
  }, url);
}

function ignoreMalformed(request: Request, landing: Landing, { ignore }: LandingParts): void {
  const parameters = parametersOf(request);
  if (parameters.has(landing.parameter) && clickIdIn(parameters, landing) === undefined)
    ignore(
      landing.network,
      `the parameter ${landing.parameter} holds no click id of the shape ${landing.network} makes`,
    );
}

/**
 * The URL of the page the shopper asked for, which relative deep links are read against.
 *
 * The host is the request's own only where that cannot mislead: it is among the store's deep-link hosts, or on this
 * machine, or the store has named none.
 */
function pageOf(request: Request, hosts: readonly string[]): string {
  const path = request.originalUrl.split("?")[0];
  const own = URL.parse(`${request.protocol}://${request.headers.host}`);
  const [first] = hosts;
  if (own && (first === undefined || isLoopback(own.hostname))) return own.origin + path;
  return `https://${own && hosts.includes(own.hostname) ? own.hostname : first}${path}`;
}
