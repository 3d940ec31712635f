import { type Click, clicksIn, companionCookie, type Landing } from "@cashtrail/client/landing";
import { z } from "zod";
import { DAY } from "./day.ts";
import { parse } from "./parse.ts";

/**
 * The clicks in a `Cookie` header, the last one first, each still within its lifetime.
 *
 * The companion says when each came, and which of several cookies of one name is current: browsers send the older of
 * two scopes first. A network it does not name came before those it names: the script writes the last click only. Where
 * it names another click of the network, or there is none, something else stored the click, and it counts as of now.
 */
export function clicksInCookies(header: string | undefined, landings: readonly Landing[], now: Date): Click[] {
  const cookies = cookiesIn(header ?? "");
  const companions = (cookies.get(companionCookie) ?? [])
    .map(clicksIn)
    .sort((a, b) => Number(b[0]?.at ?? 0) - Number(a[0]?.at ?? 0));
  const known = companions.flat();
  const clicks = landings.flatMap((landing) => {
    const ids = (cookies.get(landing.cookie) ?? []).filter((id) => isClickId(id, landing));
    // Where no companion tells: the one made last, which browsers send last.
    const newest = ids.at(-1);
    if (newest === undefined) return [];
    const named = known.filter(({ network }) => network === landing.network);
    const told = named.find(({ id }) => ids.includes(id));
    const rank = told ? known.indexOf(told) : named.length > 0 ? -1 : known.length;
    const { id, at } = told ?? { id: newest, at: now };
    return [{ rank, landing, id, at }];
  });
  // The order is the companion's, not the times': the clock of a browser that wrote one may be hours ahead.
  let latest = +now;
  return clicks
    .sort((a, b) => a.rank - b.rank)
    .map(({ landing, id, at }) => {
      latest = Math.min(latest, +at);
      return { network: landing.network, id, at: new Date(latest), landing };
    })
    .filter(({ landing, at }) => isAlive(at, landing, now))
    .map(({ network, id, at }) => ({ network, id, at }));
}

const clicksShape = z.array(
  z.strictObject({
    network: z.string({ error: "the network's name is wanted" }).max(64, "is no network's name"),
    id: z.string({ error: "the click id is wanted" }).max(500, "is no click id"),
    // As text, where the store kept them as JSON.
    at: z.union([z.date(), z.iso.datetime({ offset: true }).transform((text) => new Date(text))], {
      error: "a valid Date, or its ISO 8601 text, is wanted",
    }),
  }),
  { error: "an array of clicks is wanted" },
);

/** The `Cookie` header of a request: of Node.js and Express, or of `fetch`. */
export function cookieOf({ headers }: CookieSource): string | undefined {
  return headers instanceof Headers ? (headers.get("cookie") ?? undefined) : headers.cookie;
}

export interface CookieSource {
  readonly headers: { readonly cookie?: string | undefined } | Headers;
}

/** Clicks that a store kept itself. Throws `ERR_ORDER` for what are none, with every problem and its path. */
export function parseClicks(clicks: unknown): Click[] {
  return parse(clicksShape, clicks, "ERR_ORDER", "the clicks cannot be used");
}

/** Whether a click id is of a shape its network makes. */
export function isClickId(id: string, { id: shape, idWithSource }: Landing): boolean {
  return (idWithSource ?? shape).test(id);
}

/** Whether a click of that time still counts. */
export function isAlive(at: Date, { days }: Landing, now: Date): boolean {
  return +now - +at <= days * DAY;
}

/** Every value of every name: of duplicates, all; a parser that keeps one would keep the stale one. */
export function cookiesIn(header: string): Map<string, string[]> {
  const cookies = new Map<string, string[]>();
  for (const pair of header.split(";")) {
    const equals = pair.indexOf("=");
    if (equals < 0) continue;
    const name = pair.slice(0, equals).trim();
    // Trimmed first: one pattern for all of it would take a fifth of a second for a header full of spaces.
    const value = pair
      .slice(equals + 1)
      .trim()
      .replace(/^"([^"]*)"$/, "$1");
    const values = cookies.get(name);
    if (values) values.push(value);
    else cookies.set(name, [value]);
  }
  return cookies;
}
