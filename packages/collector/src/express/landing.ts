import { type Click, deepLinkFrom, deepLinkParameter, type Landing } from "@cashtrail/client/landing";
import type { Request, RequestHandler, Response } from "express";
import { isLoopback } from "../loopback.ts";
import { type ArrivalSettings, arrivalOf, isNavigation, setClickCookies } from "./arrival.ts";

export interface LandingParts extends ArrivalSettings {
  readonly deepLinkHosts: readonly string[];
  readonly frontPage: string;
  readonly consents: (request: Request) => boolean;
  readonly now: () => Date;
  /** Keeps the clicks in the history. */
  readonly keep: (clicks: readonly Click[]) => void;
  readonly ignore: (network: string, reason: string) => void;
  /** The requests seen, so that one that passes several handlers is stored once. */
  readonly seen: WeakMap<Request, Stored>;
}

/** What became of a request's clicks. */
export interface Stored {
  readonly parameters: URLSearchParams;
  /** The clicks that may not be stored. */
  readonly left: readonly Click[];
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
    const { parameters, left } = store(request, response, parts);
    const page = pageOf(request, parts.deepLinkHosts);
    const deepLink = deepLinkFrom(parameters.get(deepLinkParameter), page, parts.deepLinkHosts);
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

/** Stores the clicks that arrive, once a request: `remember` and `redirect` may both see it. */
function store(request: Request, response: Response, parts: LandingParts): Stored {
  const before = parts.seen.get(request);
  if (before) return before;
  const now = parts.now();
  const arrival = arrivalOf(request, parts.landings, now);
  const clicks = isNavigation(request) ? arrival.arriving : [];
  const consented = clicks.length > 0 && isConsented(request, clicks, parts);
  if (consented) {
    setClickCookies(response, clicks, arrival.kept, parts, now);
    parts.keep(clicks);
  }
  for (const { network, parameter } of arrival.malformed)
    parts.ignore(network, `the parameter ${parameter} holds no click id of the shape ${network} makes`);
  const stored = { parameters: arrival.parameters, left: consented ? [] : clicks };
  parts.seen.set(request, stored);
  return stored;
}

/** A landing never fails for the shopper: where the store's function throws, there is no consent. */
export function isConsented(request: Request, clicks: readonly Click[], { consents, ignore }: LandingParts): boolean {
  try {
    return consents(request);
  } catch {
    // Its words are the store's own, and may name the shopper.
    for (const { network } of clicks) ignore(network, "the store's consent function threw an error");
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

/**
 * The page the shopper asked for, which relative deep links are read against.
 *
 * The host is a stranger's text, or a proxy's: it is the request's own only where it is among the store's deep-link
 * hosts, or the store has named none.
 */
function pageOf(request: Request, hosts: readonly string[]): URL {
  const asked = URL.parse(`${request.protocol}://${request.headers.host}`);
  const [first = "localhost"] = hosts;
  const isOwn = asked && (hosts.length === 0 || hosts.includes(asked.hostname));
  // A store's own host is reached over https, whatever a proxy speaks to this process; this machine is not.
  const page =
    isOwn && (hosts.length === 0 || isLoopback(asked.hostname))
      ? asked
      : new URL(`https://${isOwn ? asked.hostname : first}`);
  page.pathname = request.originalUrl.split("?")[0] as string;
  return page;
}
