import { type Click, clickIdIn, companionCookie, companionOf, type Landing } from "@cashtrail/client/landing";
import type { CookieOptions, Request, Response } from "express";
import { clicksInCookies } from "../clicks.ts";
import { DAY } from "../day.ts";

export interface ArrivalSettings {
  readonly landings: readonly Landing[];
  readonly cookie: { readonly domain?: string | undefined; readonly httpOnly: boolean };
}

/** The URL parameters of a request, read as a browser reads them: of a repeated one, the first counts. */
function parametersOf(request: Request): URLSearchParams {
  // Not request.query: its reader can be changed by the store, and makes lists and objects of what a stranger wrote.
  return new URLSearchParams(request.originalUrl.split("?").slice(1).join("?").split("#")[0]);
}

/**
 * Whether the request is a navigation to a page. A frame or an image that stuffs a click is not; the browser tells by
 * Sec-Fetch-Dest, where it sends one.
 */
export function isNavigation(request: Request): boolean {
  const destination = request.headers["sec-fetch-dest"];
  return request.method === "GET" && (destination === undefined || destination === "document");
}

/** What a request says of clicks. */
export interface Arrival {
  readonly parameters: URLSearchParams;
  /** The clicks its cookies keep already, the last one first. */
  readonly kept: readonly Click[];
  /** The clicks that arrive in its URL and are not kept yet. */
  readonly arriving: readonly Click[];
  /** The landings whose parameter is there and holds no click id. */
  readonly malformed: readonly Landing[];
}

export function arrivalOf(request: Request, landings: readonly Landing[], now: Date): Arrival {
  const parameters = parametersOf(request);
  const kept = clicksInCookies(request.headers.cookie, landings, now);
  const arriving: Click[] = [];
  const malformed: Landing[] = [];
  for (const landing of landings) {
    if (!parameters.has(landing.parameter)) continue;
    const { network } = landing;
    const id = clickIdIn(parameters, landing);
    if (id === undefined) malformed.push(landing);
    // A reload or a bookmark is no new click: storing it again would make its days longer and make it the last one.
    else if (!kept.some((click) => click.network === network && click.id === id))
      arriving.push({ network, id, at: now });
  }
  return { parameters, kept, arriving, malformed };
}

/** Sets the cookies that keep the clicks, each for what is left of its days. The last of the clicks is the last click. */
export function setClickCookies(
  response: Response,
  clicks: readonly Click[],
  kept: readonly Click[],
  { landings, cookie }: ArrivalSettings,
  now: Date,
): void {
  const attributes: CookieOptions = {
    path: "/",
    secure: true,
    sameSite: "lax",
    httpOnly: cookie.httpOnly,
    ...(cookie.domain === undefined ? {} : { domain: cookie.domain }),
  };
  for (const { network, id, at } of clicks) {
    const landing = landings.find((one) => one.network === network) as Landing;
    response.cookie(landing.cookie, id, { ...attributes, maxAge: landing.days * DAY - (+now - +at) });
  }
  // Made anew from what was read, so that nothing a stranger wrote into the old one stays.
  const stayed = kept.filter(({ network }) => !clicks.some((click) => click.network === network));
  const companion = [...clicks.toReversed(), ...stayed].map(companionOf).join("~");
  const longest = Math.max(...landings.map(({ days }) => days));
  response.cookie(companionCookie, companion, { ...attributes, maxAge: longest * DAY });
  // One shopper's click must not be kept for others.
  response.setHeader("Cache-Control", "private, no-store");
}
