import {
  type Click,
  clickIdIn,
  deepLinkFrom,
  deepLinkParameter,
  inFragment,
  type Landing,
  pairOf,
} from "@cashtrail/client/landing";
import type { Request, RequestHandler, Response } from "express";
import { type ArrivalSettings, arrivalOf, isNavigation, keepingLines, revokingLines } from "./arrival.ts";
import type { Consent } from "./consent.ts";
import { domainName, keepFromCaches, sendCookies } from "./cookies.ts";
import { hostOf, nameOf, pageOf } from "./host.ts";
import { atHead } from "./response-head.ts";

export interface LandingParts extends ArrivalSettings {
  readonly deepLinkHosts: readonly string[];
  readonly frontPage: string;
  readonly consent: Consent;
  readonly now: () => Date;
  /** Keeps the clicks in the history. */
  readonly keep: (clicks: readonly Click[]) => void;
  readonly ignore: (network: string, reason: string) => void;
  /** Told where a deep link that is not followed would have led to. */
  readonly refused: (origin: string) => void;
  /** Where a request notes what became of its clicks, so that one that passes several handlers is stored once. */
  readonly seen: symbol;
}

/** What became of a request's clicks. */
interface Stored {
  readonly parameters: URLSearchParams;
  /** The cookies the response is to carry. */
  readonly cookies: readonly string[];
  /** The clicks that may not be stored. */
  readonly left: readonly Click[];
  /** Whether that is all there is to say. Else a later handler asks again: the consent may need a session. */
  readonly isAnswered: boolean;
}

type Seen = Request & { [seen: symbol]: Stored | undefined };

function seenOf(request: Request, { seen }: LandingParts): Stored | undefined {
  return (request as Seen)[seen];
}

/**
 * On any page: a click in the URL becomes server-set cookies, and the page goes on as if nothing had been there. Its
 * address stays as it is, but as the next page's referrer no more than its origin is told.
 */
export function rememberHandler(parts: LandingParts): RequestHandler {
  return function remember(request, response, next) {
    if (!seenOf(request, parts)?.isAnswered) {
      const { parameters, cookies } = store(request, parts);
      if (cookies.length > 0) sendCookies(response, cookies);
      if (parts.landings.some((landing) => clickIdIn(parameters, landing))) hideAddress(response);
    }
    next();
  };
}

/** The store may have set a policy that tells no more: it stays. A redirect has no page that would tell. */
function hideAddress(response: Response): void {
  atHead(response, "address", (status) => {
    const isPage = status < 300 || status >= 400;
    if (isPage && !/^(no-referrer|(strict-)?origin)$/.test(`${response.getHeader("Referrer-Policy")}`))
      response.setHeader("Referrer-Policy", "strict-origin");
  });
}

/** The redirect page without a page: keeps the click, and sends the shopper on to the deep link or the front page. */
export function redirectHandler(parts: LandingParts): RequestHandler {
  return function redirect(request, response) {
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.status(405).setHeader("Allow", "GET, HEAD").end();
      return;
    }
    const seen = seenOf(request, parts);
    const before = seen?.isAnswered ? seen : undefined;
    const { parameters, cookies, left } = before ?? store(request, parts);
    const given = parameters.get(deepLinkParameter);
    const page = pageOf(request, parts.deepLinkHosts);
    const deepLink = given && deepLinkFrom(given, page, parts.deepLinkHosts);
    // Its path is the shopper's own business.
    if (given && !deepLink) parts.refused(URL.parse(given, page.href)?.origin ?? "null");
    response.setHeader("Cache-Control", "no-store");
    keepFromCaches(response);
    if (!before) for (const cookie of cookies) response.appendHeader("Set-Cookie", cookie);
    response.writeHead(302, {
      Location: travelling(deepLink || parts.frontPage, left, parts.landings),
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

/** Deletes the cookies, in every scope they may have: the shopper agrees no more. */
export function revoke(request: Request, response: Response, parts: ArrivalSettings): void {
  if (response.headersSent) throw new Error("revoke: the response is on its way already, and can delete no cookie");
  sendCookies(response, revokingLines(request, parts));
}

/** Stores the clicks that arrive, or where the shopper agrees no more, deletes those that are kept; and notes that. */
function store(request: Request, parts: LandingParts): Stored {
  const stored = outcomeOf(request, parts);
  (request as Seen)[parts.seen] = stored;
  return stored;
}

function outcomeOf(request: Request, parts: LandingParts): Stored {
  const { landings, consent } = parts;
  // What was said once of a request is not said again.
  const ignore = seenOf(request, parts) ? () => {} : parts.ignore;
  const now = parts.now();
  const { parameters, carried, arriving, malformed } = arrivalOf(request, landings, consent.mode, now);
  for (const { network, parameter } of malformed)
    ignore(network, `the parameter ${parameter} holds no click id of the shape ${network} makes`);
  if (!isNavigation(request) || arriving.length + carried.names.length === 0)
    return { parameters, cookies: [], left: [], isAnswered: true };
  const complain = (reason: string) => {
    for (const { network } of arriving) ignore(network, reason);
  };
  const answer = consent.answer(request, complain);
  if (answer === false && carried.names.length > 0)
    return { parameters, cookies: revokingLines(request, parts), left: arriving, isAnswered: true };
  if (answer !== true || arriving.length === 0)
    return { parameters, cookies: [], left: arriving, isAnswered: answer !== undefined };
  checkDomain(request, parts, (reason) => {
    for (const { network } of arriving) parts.ignore(network, reason);
  });
  parts.keep(arriving);
  const networks = arriving.map(({ network }) => network);
  const stayed = carried.clicks.filter(({ network }) => !networks.includes(network));
  // The last of those in the URL is the last click.
  const clicks = [...arriving.toReversed(), ...stayed];
  return {
    parameters,
    cookies: keepingLines(request, clicks, networks, carried, parts, now),
    left: [],
    isAnswered: true,
  };
}

/** Nothing else tells a store that browsers throw its cookies away. */
export function checkDomain(request: Request, { cookie }: ArrivalSettings, complain: (reason: string) => void): void {
  if (cookie.domain === undefined) return;
  const domain = domainName(cookie.domain);
  if (!`.${nameOf(hostOf(request))}`.endsWith(`.${domain}`))
    complain(
      `the shopper came to a host outside of cookie.domain, ${domain}, and a browser keeps no such cookie; behind a proxy, set "trust proxy" for Express to know the host`,
    );
}

/** The URL with clicks in its fragment, which reaches no server and no referrer: the script there asks for consent. */
function travelling(url: string, clicks: readonly Click[], landings: readonly Landing[]): string {
  if (clicks.length === 0) return url;
  const pairs = clicks.map(({ network, id }) => {
    const landing = landings.find((one) => one.network === network) as Landing;
    return pairOf(id, landing, landing.parameter);
  });
  return inFragment(url, pairs.join(""));
}
