import type { Landing } from "@cashtrail/client/landing";
import type { HttpResponse } from "../network.ts";
import type { CollectorSettings } from "../options.ts";
import type { Sent } from "../send.ts";

/** A running store, as a browser sees it. */
export interface VisitedStore {
  /** Scheme, host and port. */
  readonly url: URL;
  /** The paths the redirect page and the router are mounted at. */
  readonly redirectPage: string;
  readonly router: string;
  /** A shopper's own cookies, such as the one that says that they agree. */
  readonly cookie?: string | undefined;
  readonly settings: Pick<CollectorSettings, "consent" | "cookie" | "frontPage"> & {
    readonly landings: readonly Landing[];
  };
  /** One request, its answer without following a redirect. */
  readonly get: (url: URL, cookie?: string) => Promise<Sent>;
}

/**
 * The click ids of the doctor, of the shapes the networks make. Always the same, so that the store's history has each
 * once, however often the doctor comes; no network made them, and no order is reported with them.
 */
const CLICKS: Readonly<Record<string, readonly [string, string]>> = {
  retrack: ["d0c70000-0000-4000-8000-000000000001", "d0c70000-0000-4000-8000-000000000002"],
  shopback: ["102cashtraildoctor000000000001", "102cashtraildoctor000000000002"],
};

/** The two clicks that a landing is tried with. */
export function clicksOf({ network, id }: Landing): readonly [string, string] {
  const own = CLICKS[network];
  if (own) return own;
  // A network of the store's own: one of the two shapes, if it takes them.
  return Object.values(CLICKS).find(([first]) => id.test(first)) ?? ["cashtraildoctor1", "cashtraildoctor2"];
}

/** The address of what the router serves. */
export function under(url: URL, router: string, file: string): URL {
  return new URL(`${router.replace(/\/$/, "")}/${file}`, url);
}

/** What says that a cache answered in the store's place. */
export function cacheSign({ headers }: HttpResponse): string | undefined {
  if (Number(headers.age) > 0) return `Age: ${headers.age}`;
  const names = ["x-cache", "cf-cache-status", "x-cache-status", "x-vercel-cache", "cache-status", "x-proxy-cache"];
  const name = names.find((name) => /\bhit\b/i.test(String(headers[name] ?? "")));
  return name && `${name}: ${headers[name]}`;
}
