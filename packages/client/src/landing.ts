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
  /** Why it was stored: by which mode of consent. Absent where the store kept the click itself, or something else did. */
  consent?: ClickConsent | undefined;
}

/** The modes of consent a click can be stored by; only a collector can ask a function. */
export const clickConsents = ["exempt", "tcf", "google", "cookie", "manual", "function"] as const;

/** A mode of consent a click can be stored by. */
export type ClickConsent = (typeof clickConsents)[number];

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
export function clickIdIn(
  parameters: URLSearchParams,
  landing: Landing,
  parameter = landing.parameter,
): string | undefined {
  const id = parameters.get(parameter) ?? "";
  // The wider shape is a wider one: what has the narrow one has it too.
  return ((parameters.get("utm_source") === landing.network && landing.idWithSource) || landing.id).test(id)
    ? id
    : undefined;
}

/**
 * The absolute URL a deep link leads to from a page, or undefined where it must not be followed.
 *
 * Followed are https links to the page's own host or to one of `hosts` (spelt as `hostFrom` does, default port), and
 * links of exactly the page's own origin; never one with credentials, and never back to the page itself, which would
 * loop. The parsed URL is returned, never the text that was given: redirecting to text that only looked safe is the hole.
 */
export function deepLinkFrom(text: string | null, page: URL | Location, hosts: readonly string[]): string | undefined {
  try {
    const url = new URL(text as string, page.href);
    if (
      // What is nothing, or has characters that the parser drops or turns, is not what it seems.
      text &&
      // biome-ignore lint/suspicious/noControlCharactersInRegex: it names the characters that are refused.
      /^[^\0-\x1f\x7f\\]+$/.test(text) &&
      // As it is sent on: a text grows when it is encoded, and the collector reads what the script has parsed.
      url.href.length <= 4096 &&
      url.host + url.pathname !== page.host + page.pathname &&
      // How the URL begins tells scheme, credentials, host and port at once; a blob's `origin` would only look like ours.
      [page.origin, ...[page.hostname, ...hosts].map((name) => `https://${name}`)].some((origin) =>
        url.href.startsWith(`${origin}/`),
      )
    )
      return url.href;
  } catch {
    // Not a URL: refused like every other link that cannot be followed.
  }
  return;
}

/** A click id as it stands behind others in a URL; a wider one with its source, beside which alone it is believed. */
export function pairOf(id: string, landing: Landing, parameter: string): string {
  const source = landing.id.test(id) ? "" : `&utm_source=${landing.network}`;
  return `&${parameter}=${id}${source}`;
}

/**
 * The URL with pairs, each behind its `&`, at the end of its fragment: before a text directive (`:~:`), which pages
 * cannot read.
 */
export function inFragment(url: string, pairs: string): string {
  return url.replace(/#((?!:~:).)*|$/, (fragment) => (fragment[1] ? fragment + pairs : `#${pairs.slice(1)}`));
}

/** A host name as the URL parser spells it, or undefined where the text is more than a name, less, or a pattern. */
export function hostFrom(name: string): string | undefined {
  try {
    const { href, hostname } = new URL(`https://${name}`);
    return href === `https://${hostname}/` && !/[*,]/.test(name) ? hostname : undefined;
  } catch {
    return;
  }
}

/**
 * Whether one of the cookies (`document.cookie`, or a `Cookie` header) is all of what a rule `NAME=VALUE` describes, a
 * regular expression; undefined where there is no cookie of that name, for one that is gone says nothing. The cookie's
 * value is taken as it stands, encoded where it is. Throws where the rule is none.
 */
export function cookieAgrees(cookies: string, rule: string): boolean | undefined {
  const isThere = `; ${cookies}`.includes(`; ${rule.split("=")[0]}=`);
  return cookies.split("; ").some((cookie) => cookie.match(`^(${rule})$`)) || (isThere ? false : undefined);
}

/**
 * The companion cookie: the clicks that are kept, the last one first, as `network.seconds.id.consent` joined by `~`.
 * Its order says which came last even where a browser's clock is wrong, and its ids tell the current one of several
 * cookies of one name. A click that another of its network has replaced may still be in it: it is no new one again.
 */
export const companionCookie = "cashtrail_clicks";

/** A click as the companion tells of it. */
export function companionOf({ network, id, at, consent }: Click): string {
  return [network, Math.floor(+at / 1000), id, consent].join(".");
}

/** The clicks a companion tells of, the last one first. What does not read as an entry is left out. */
export function clicksIn(companion: string): Click[] {
  return companion.split("~").flatMap((entry) => {
    // The modes once more: made of the list, the pattern would cost the script more bytes.
    const [, network, seconds, id, consent] =
      /^([a-z]+)\.(\d{1,11})\.([\w-]{1,64})(?:\.(exempt|tcf|google|cookie|manual|function)?)?$/.exec(entry) ?? [];
    return network && id
      ? [{ network, id, at: new Date(Number(seconds) * 1000), ...(consent && { consent: consent as ClickConsent }) }]
      : [];
  });
}
