import { type Click, type ClickConsent, clickIdIn, companionCookie, type Landing } from "@cashtrail/client/landing";
import type { Request } from "express";
import { type Carried, carriedIn, companionFor, isSame } from "../clicks.ts";
import { DAY } from "../day.ts";
import { type CookieSettings, cookieLine, deletionLines, scopesOf } from "./cookies.ts";
import { hostOf } from "./host.ts";

export interface ArrivalSettings {
  readonly landings: readonly Landing[];
  readonly cookie: CookieSettings;
}

/** The URL parameters of a request, read as a browser reads them: of a repeated one, the first counts. */
function parametersOf({ originalUrl }: Request): URLSearchParams {
  // Not request.query: its reader can be changed by the store, and makes lists and objects of what a stranger wrote.
  const query = originalUrl.indexOf("?");
  return new URLSearchParams(query < 0 ? "" : originalUrl.slice(query).split("#", 1)[0]);
}

/**
 * Whether the request is a navigation to a page. A frame or an image that stuffs a click is not; the browser tells by
 * Sec-Fetch-Dest, where it sends one. One that fetches ahead is: when the shopper follows, it does not ask again.
 */
export function isNavigation({ method, headers }: Request): boolean {
  const destination = headers["sec-fetch-dest"];
  return (
    method === "GET" &&
    (destination === undefined || destination === "document" || (destination === "empty" && isPassedOn(headers)))
  );
}

/**
 * Whether a service worker of the store passes on a navigation by `fetch(event.request)`, as browsers were seen to say:
 * Chromium and WebKit keep its mode, and Firefox makes it one that no other site's page can ask in.
 */
function isPassedOn(headers: Request["headers"]): boolean {
  return /^(navigate|same-origin)$/.test(`${headers["sec-fetch-mode"]}`) && /^text\/html\b/.test(`${headers.accept}`);
}

/** What a request says of clicks. */
export interface Arrival {
  readonly parameters: URLSearchParams;
  readonly carried: Carried;
  /** The clicks that arrive in its URL and are not kept yet. */
  readonly arriving: readonly Click[];
  /** The landings whose parameter is there and holds no click id. */
  readonly malformed: readonly Landing[];
}

export function arrivalOf(request: Request, landings: readonly Landing[], consent: ClickConsent, now: Date): Arrival {
  const parameters = parametersOf(request);
  const carried = carriedIn(request.headers.cookie, landings, now);
  const arriving: Click[] = [];
  const malformed: Landing[] = [];
  for (const landing of landings) {
    if (!parameters.has(landing.parameter)) continue;
    const { network } = landing;
    const id = clickIdIn(parameters, landing);
    if (id === undefined) malformed.push(landing);
    // A reload, a bookmark or a restored tab is no new click, however long ago it came or whatever came after it:
    // storing it again would make its days longer and make it the last one.
    else if (![...carried.named, ...carried.clicks].some(isSame({ network, id })))
      arriving.push({ network, id, at: now, consent });
  }
  return { parameters, carried, arriving, malformed };
}

/**
 * The cookies that keep these clicks, the last one first and one of a network, each for what is left of its days.
 *
 * Set are those of `networks` and the companion, and those of which the request has several and whose age is known. Of
 * each that is there already, the others are deleted, whatever scope they are of.
 */
export function keepingLines(
  request: Request,
  clicks: readonly Click[],
  networks: readonly string[],
  { named, names, repeated }: Carried,
  { landings, cookie }: ArrivalSettings,
  now: Date,
): string[] {
  const lines: string[] = [];
  const set = [companionCookie];
  const undated: string[] = [];
  for (const click of clicks.toReversed()) {
    const { cookie: name, days } = landings.find(({ network }) => network === click.network) as Landing;
    const isNew = networks.includes(click.network);
    if (repeated.includes(name) && !isNew && !named.some(isSame(click))) undated.push(name);
    else if (isNew || repeated.includes(name)) {
      set.push(name);
      lines.push(cookieLine(name, click.id, days * DAY - (+now - +click.at), cookie, now));
    }
  }
  const longest = Math.max(...landings.map(({ days }) => days));
  const isDated = ({ network }: Click) =>
    !landings.some((one) => one.network === network && undated.includes(one.cookie));
  // Made anew from what was read, so that nothing a stranger wrote into the old one stays.
  lines.push(cookieLine(companionCookie, companionFor(clicks.filter(isDated), named), longest * DAY, cookie, now));
  const stale = names.filter((name) => set.includes(name) || repeated.includes(name));
  if (stale.length === 0) return lines;
  const [own, ...others] = scopesOf(hostOf(request), cookie);
  const isKept = (name: string) => set.includes(name) || undated.includes(name);
  // First, for a browser to which the host alone and the host as a domain are one scope.
  return [...stale.flatMap((name) => deletionLines(name, isKept(name) ? others : [own, ...others])), ...lines];
}

/** What deletes every cookie of the collector's, in each scope it may have. */
export function revokingLines(request: Request, { landings, cookie }: ArrivalSettings): string[] {
  const scopes = scopesOf(hostOf(request), cookie);
  return [...landings.map((landing) => landing.cookie), companionCookie].flatMap((name) => deletionLines(name, scopes));
}
