import type { Response } from "express";
import { nameOf } from "./host.ts";
import { atHead } from "./response-head.ts";

export interface CookieSettings {
  readonly domain?: string | undefined;
  readonly httpOnly: boolean;
}

/** More domains than this, no browser's host has above it that could keep a cookie. */
const MOST_DOMAINS = 10;

/** A cookie of the collector's, as `Set-Cookie` has it. The value is one that needs no encoding. */
export function cookieLine(
  name: string,
  value: string,
  milliseconds: number,
  { domain, httpOnly }: CookieSettings,
  now: Date,
): string {
  const expires = new Date(+now + milliseconds).toUTCString();
  const scope = domain === undefined ? "" : `; Domain=${domain}`;
  const hidden = httpOnly ? "; HttpOnly" : "";
  return `${name}=${value}; Max-Age=${Math.floor(milliseconds / 1000)}${scope}; Path=/; Expires=${expires}${hidden}; Secure; SameSite=Lax`;
}

/**
 * The domains a cookie may be of that this host's browser sends, the one of the settings first; undefined is the host
 * alone.
 */
export function scopesOf(host: string, { domain }: CookieSettings): (string | undefined)[] {
  return [...new Set([domain === undefined ? domain : domainName(domain), undefined, ...domainsAbove(nameOf(host))])];
}

/** A domain of the settings as browsers compare it. */
export function domainName(domain: string): string {
  return domain.replace(/^\./, "").toLowerCase();
}

/** Deletes a cookie in these scopes. A browser refuses those that are none of its host's. */
export function deletionLines(name: string, scopes: readonly (string | undefined)[]): string[] {
  return scopes.map((domain) => {
    const scope = domain === undefined ? "" : `; Domain=${domain}`;
    return `${name}=; Max-Age=0${scope}; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; SameSite=Lax`;
  });
}

/** The host itself and the domains above it, but for the last label alone. Addresses have none. */
function domainsAbove(host: string): string[] {
  if (/[[\]]|\.\d+$/.test(host)) return [];
  const labels = host.split(".");
  return labels
    .slice(0, -1)
    .map((_, index) => labels.slice(index).join("."))
    .slice(-MOST_DOMAINS);
}

/**
 * Puts cookies on a response, so that nothing its handler sets can take them away, or have a cache keep one shopper's
 * click for others. Called again, the cookies take the place of those before.
 */
export function sendCookies(response: Response, cookies: readonly string[]): void {
  atHead(response, "cookies", () => {
    for (const cookie of cookies) response.appendHeader("Set-Cookie", cookie);
    keepFromCaches(response);
  });
}

/** One shopper's click must not be kept for others, neither by a browser's cache nor by one that has a header of its own. */
export function keepFromCaches(response: Response): void {
  if (!/\bno-store\b/.test(String(response.getHeader("Cache-Control"))))
    response.setHeader("Cache-Control", "private, no-store");
  for (const name of response.getHeaderNames())
    if (/(?:^|-)(?:cdn|litespeed)-cache-control$|^(?:surrogate|edge)-control$|^x-accel-expires$/.test(name))
      response.removeHeader(name);
}
