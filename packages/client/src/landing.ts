/**
 * How a network hands a shopper over, and where the shopper may be sent on to.
 * These rules run in the browser and in the collector, so that both give the same answer to every URL.
 */

/** How one network hands over a click. */
export interface Landing {
  /** The network's name, as a click carries it. */
  readonly network: string;
  /** The URL parameter that carries the click id. */
  readonly parameter: string;
  /** The cookie that keeps it, holding exactly the click id. */
  readonly cookie: string;
  /** How long a click counts, in days from the click. */
  readonly days: number;
  /** The shape of this network's click ids that nothing else shares. */
  readonly id: RegExp;
  /** A wider shape, believed only beside `utm_source=<network>`. */
  readonly idWithSource?: RegExp;
}

/** One arrival from a network. */
export interface Click {
  /** The network's name, as in its landing: `retrack`, `shopback`. */
  network: string;
  /** The network's own token for the click. */
  id: string;
  /** When the shopper arrived. */
  at: Date;
}

/**
 * Retrack: `click` is a UUID of any version, kept ten days in `retrack_click`.
 * @see https://retrack.refunder.com/help/tracking/s2s/transaction
 *
 * ShopBack: `transaction_id` is 30 characters starting with 102. Payment pages use the same parameter name, so any
 * other id of TUNE's shape needs `utm_source=shopback` beside it, which some browser extensions strip.
 * ShopBack names no lifetime and no cookie; 30 days is what its older sample kept.
 * @see https://docs.shopback.com/docs/server-to-server
 * @see https://support.tune.com/hc/en-us/articles/1500008231622-Transaction-IDs
 */
export const landings: readonly Landing[] = [
  {
    network: "retrack",
    parameter: "click",
    cookie: "retrack_click",
    days: 10,
    id: /^[\da-f]{8}-[\da-f]{4}-[1-8][\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/i,
  },
  {
    network: "shopback",
    parameter: "transaction_id",
    cookie: "shopback_click",
    days: 30,
    id: /^102[\da-z]{27}$/i,
    idWithSource: /^[\da-z]{10,30}$/i,
  },
];

/** Retrack's wire name for the deep link. */
export const deepLinkParameter = "deeplink";

/** The click id a landing finds among URL parameters, if it is well formed. Of a repeated parameter the first counts. */
export function clickIdIn(parameters: URLSearchParams, landing: Landing): string | undefined {
  const id = parameters.get(landing.parameter) || "";
  const { idWithSource } = landing;
  return landing.id.test(id) || (idWithSource?.test(id) && parameters.get("utm_source") === landing.network)
    ? id
    : undefined;
}

/**
 * The absolute URL a deep link leads to, or undefined where it must not be followed.
 *
 * Followed are https links to the page's own host or to one of `hosts` (exact names, default port), and links of
 * exactly the page's own origin; never one with credentials, and never back to the page itself, which would loop.
 * The parsed URL is returned, never the text that was given: redirecting to text that only looked safe is the hole.
 */
export function deepLinkFrom(text: string | null, page: string, hosts: readonly string[]): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the parser drops some of them, so what was read and what is sent would differ.
  if (!text || text.length > 2048 || /[\0-\x1f\x7f\\]/.test(text)) return;
  try {
    const own = new URL(page);
    const link = new URL(text, own);
    const { protocol, host, hostname, port, username, password, pathname } = link;
    if (
      !username &&
      !password &&
      (host !== own.host || pathname !== own.pathname) &&
      ((protocol === own.protocol && host === own.host) ||
        (protocol === "https:" &&
          !port &&
          [own.hostname, ...hosts].some((name) => new URL(`https://${name}`).hostname === hostname)))
    )
      return link.href;
  } catch {
    // Not a URL: refused like every other link that cannot be followed.
  }
  return;
}

/**
 * The companion cookie: every click that is kept, the last one first, as `network.seconds.id` joined by `~`.
 * The order says which came last even where a browser's clock is wrong; the id tells a stale duplicate of a
 * network's cookie from the current one.
 */
export const companionCookie = "cashtrail_clicks";

/** The companion's value once a click has come: it stands first, and replaces an older one of its network. */
export function companionWith(companion: string | undefined, { network, id, at }: Click): string {
  return [
    `${network}.${Math.floor(+at / 1000)}.${id}`,
    ...(companion || "").split("~").filter((entry) => entry && !entry.startsWith(`${network}.`)),
  ].join("~");
}

/** The clicks a companion tells of, the last one first. What does not read as an entry is left out. */
export function clicksIn(companion: string): Click[] {
  return companion.split("~").flatMap((entry) => {
    const [, network, seconds, id] = /^([a-z]+)\.(\d{1,11})\.([\w-]{1,64})$/.exec(entry) ?? [];
    return network && id ? [{ network, id, at: new Date(Number(seconds) * 1000) }] : [];
  });
}
