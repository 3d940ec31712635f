import {
  type Click,
  clickConsents,
  clicksIn,
  companionCookie,
  companionOf,
  type Landing,
} from "@cashtrail/client/landing";
import { z } from "zod";
import { DAY } from "./day.ts";
import { isoTime } from "./fields.ts";
import type { Network } from "./network.ts";
import { parse } from "./parse.ts";

/** What a request's cookies keep. */
export interface Carried {
  /** The clicks, the last one first, each still within its lifetime. */
  readonly clicks: readonly Click[];
  /** All that the companions name, the last one first: also what was replaced, is over, or has lost its cookie. */
  readonly named: readonly NamedClick[];
  /** The names of our cookies that are there, whatever is in them. */
  readonly names: readonly string[];
  /** The names of those that are there more than once, which only cookies of different scopes can be. */
  readonly repeated: readonly string[];
}

/** A click as a companion names it. */
export interface NamedClick extends Click {
  /** Whether a collector wrote it, by its own clock, and not the script by the browser's. */
  readonly isCollectors: boolean;
}

/** So many clicks a companion names: the current ones, and what came before them. */
const MOST_NAMED = 6;

/** What a collector writes into the companion: the clicks, the last one first, and what else it is to remember. */
export function companionFor(clicks: readonly Click[], named: readonly Click[]): string {
  const all = [...clicks];
  for (const one of named) {
    if (all.length >= MOST_NAMED) break;
    if (!all.some(isSame(one))) all.push(one);
  }
  // A zero before the seconds is the collector's mark; the script keeps it, and never writes it.
  return all.map((click) => companionOf(click).replace(".", ".0")).join("~");
}

function namedIn(companion: string): NamedClick[] {
  return companion
    .split("~")
    .flatMap((entry) => clicksIn(entry).map((click) => ({ ...click, isCollectors: /^[a-z]+\.0\d/.test(entry) })));
}

/** Compares clicks: whether both are the same one. */
export function isSame(one: Pick<Click, "network" | "id">): (other: Pick<Click, "network" | "id">) => boolean {
  return ({ network, id }) => network === one.network && id === one.id;
}

/**
 * The clicks in a `Cookie` header, the last one first, each still within its lifetime at `then`, when the request came
 * that carried them: an order may be reported long after it was placed.
 *
 * The companion says when each came, and which of several cookies of one name is current: browsers send the older of
 * two scopes first. A network it does not name came before those it names. Where it names another click of the network
 * that is alive, or there is none, something else stored the click, and it counts as of then; where that one is over,
 * nobody knows how old this one is, and it came before all others.
 */
export function clicksInCookies(
  header: string | undefined,
  landings: readonly Landing[],
  now: Date,
  then = now,
): Click[] {
  return [...carriedIn(header, landings, now, then).clicks];
}

/** All that a `Cookie` header says of clicks. */
export function carriedIn(header = "", landings: readonly Landing[], now: Date, then = now): Carried {
  const ours = [...landings.map(({ cookie }) => cookie), companionCookie];
  // Most pages are asked for without any, by everybody.
  if (!ours.some((name) => header.includes(name))) return { clicks: [], named: [], names: [], repeated: [] };
  const cookies = cookiesIn(header);
  const names = ours.filter((name) => cookies.has(name));
  const repeated = names.filter((name) => (cookies.get(name) as string[]).length > 1);
  const known = inOrder((cookies.get(companionCookie) ?? []).map(namedIn), now)
    .flat()
    // The collector's clock is never ahead of itself: what says so would have more days than a click has.
    .map((one) => (one.isCollectors && +one.at > +now ? { ...one, at: now } : one));
  const clicks = landings.flatMap((landing) => {
    const ids = (cookies.get(landing.cookie) ?? []).filter((id) => isClickId(id, landing));
    // Where no companion tells: the one made last, which browsers send last.
    const newest = ids.at(-1);
    if (newest === undefined) return [];
    const named = known.filter(({ network }) => network === landing.network);
    const told = named.find(({ id }) => ids.includes(id));
    const isNewer = named.some(({ at }) => isAlive(at, landing, then));
    const rank = told ? known.indexOf(told) : isNewer ? -1 : known.length;
    const at = told ? +timeOf(told, named) : +then;
    const { isCollectors: _, ...click } = told ?? { isCollectors: false, network: landing.network, id: newest };
    return [{ rank, landing, click: { ...click, at } }];
  });
  // The order is the companion's, not the times': the clock of a browser that wrote one may be hours ahead.
  let latest = +now;
  const inTime = clicks
    .sort((a, b) => a.rank - b.rank)
    // Before their times are compared: one that is over takes none with it.
    .filter(({ landing, click }) => isAlive(new Date(click.at), landing, then))
    .map(({ landing, click }) => {
      latest = Math.min(latest, click.at);
      return { landing, click: { ...click, at: new Date(latest) } };
    })
    .filter(({ landing, click }) => isAlive(click.at, landing, then));
  return { clicks: inTime.map(({ click }) => click), named: known, names, repeated };
}

/**
 * When a click came that is named, perhaps several times: by a collector's clock where that is known, and the earliest
 * of the times, so that no second one makes its days longer.
 */
export function timeOf(click: Pick<Click, "network" | "id">, named: readonly NamedClick[]): Date {
  const times = named.filter(isSame(click));
  const collectors = times.filter(({ isCollectors }) => isCollectors);
  return new Date(Math.min(...(collectors.length > 0 ? collectors : times).map(({ at }) => +at)));
}

/**
 * Companions of different scopes, the one written last first.
 *
 * One that has another's last click behind its own was written by somebody who knew of it. Where neither has, the later
 * time is the later one, unless a clock was ahead: then the one made last, which browsers send last.
 */
function inOrder(companions: readonly NamedClick[][], now: Date): NamedClick[][] {
  const isAhead = (companion: NamedClick[]) => companion.some(({ at }) => +at > +now);
  return companions
    .filter(({ length }) => length > 0)
    .reverse()
    .sort((a, b) => {
      const known = Number(isBehind(a, b)) - Number(isBehind(b, a));
      return known || (isAhead(a) || isAhead(b) ? 0 : +(b[0] as Click).at - +(a[0] as Click).at);
    });
}

function isBehind([last]: readonly Click[], [, ...before]: readonly Click[]): boolean {
  return last !== undefined && before.some(isSame(last));
}

export const clicksShape = z.array(
  z.strictObject({
    network: z.string({ error: "the network's name is wanted" }).max(64, "is no network's name"),
    id: z.string({ error: "the click id is wanted" }).max(500, "is no click id"),
    // As text, where the store kept them as JSON.
    at: z.union([z.date(), isoTime.transform((text) => new Date(text))], {
      error: "a valid Date, or its ISO 8601 text, is wanted",
    }),
    consent: z.enum(clickConsents, { error: "is no mode of consent" }).optional(),
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

/** Where clicks come from: a request with its cookies, or where the store kept them itself. */
export type ClickSource = CookieSource | { readonly clicks: readonly (Omit<Click, "at"> & { at: Date | string })[] };

/** The clicks of what was placed then. Throws `ERR_ORDER` for what the store kept and are none. */
export function clicksFrom(source: ClickSource, landings: readonly Landing[], now: Date, placedAt: Date): Click[] {
  if ("clicks" in source) return parseClicks(source.clicks);
  // The cookies are those of the request that placed it.
  return clicksInCookies(cookieOf(source), landings, now, new Date(Math.min(+placedAt, +now)));
}

/** How each network hands over its clicks: one for all its accounts. */
export function landingsOf(networks: readonly Pick<Network, "landing">[]): Landing[] {
  return [...new Map(networks.map(({ landing }) => [landing.network, landing])).values()];
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
