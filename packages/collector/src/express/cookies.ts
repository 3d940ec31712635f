import type { Response } from "express";
import { nameOf } from "./host.ts";

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

const waiting = Symbol("cookies that wait for the response's head");

/**
 * Puts cookies on a response that a handler of the store's is still to make: when its head is written, so that nothing
 * the handler sets can take them away, or have a cache keep one shopper's click for others. Called again, the cookies
 * take the place of those before.
 */
export function sendCookies(response: Response & { [waiting]?: readonly string[] }, cookies: readonly string[]): void {
  const isFirst = response[waiting] === undefined;
  response[waiting] = cookies;
  if (!isFirst) return;
  const writeHead = response.writeHead as (status: number, ...rest: unknown[]) => Response;
  response.writeHead = (status: number, ...rest: unknown[]) => {
    const [reason, headers] = typeof rest[0] === "string" ? rest : [undefined, rest[1] ?? rest[0]];
    // Headers given here would be the last word.
    setHeaders(response, headers);
    for (const cookie of response[waiting] ?? []) response.appendHeader("Set-Cookie", cookie);
    response[waiting] = [];
    keepFromCaches(response);
    return writeHead.call(response, status, ...(reason === undefined ? [] : [reason]));
  };
}

/** As Node.js reads what `writeHead` is given: an object, or a list of names and values. */
function setHeaders(response: Response, headers: unknown): void {
  if (!Array.isArray(headers)) {
    for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value as string);
    return;
  }
  const list: string[] = Array.isArray(headers[0]) ? headers.flat() : headers;
  const pairs = list.flatMap((name, index) => (index % 2 === 0 ? [[name, list[index + 1] as string] as const] : []));
  for (const [name] of pairs) response.removeHeader(name);
  for (const [name, value] of pairs) response.appendHeader(name, value);
}

/** One shopper's click must not be kept for others, neither by a browser's cache nor by one that has a header of its own. */
export function keepFromCaches(response: Response): void {
  if (!/\bno-store\b/.test(String(response.getHeader("Cache-Control"))))
    response.setHeader("Cache-Control", "private, no-store");
  for (const name of response.getHeaderNames())
    if (/(?:^|-)(?:cdn|litespeed)-cache-control$|^(?:surrogate|edge)-control$|^x-accel-expires$/.test(name))
      response.removeHeader(name);
}
