import Cookies from "js-cookie";
import {
  type Click,
  clickIdIn,
  companionCookie,
  companionOf,
  deepLinkFrom,
  deepLinkParameter,
  type Landing,
  landings,
} from "./landing.ts";

declare global {
  interface Document {
    readonly prerendering?: boolean;
  }
}

/** The tag's attributes, in camel case and without `data-`. */
export interface Settings {
  /** Which networks to look for: `retrack`, `shopback`, separated by spaces. Default: all. */
  networks?: string | undefined;
  /** Hosts a deep link may lead to besides the page's own: exact names in lower case. Default: none. */
  deepLinkHosts?: string | undefined;
  /**
   * Where a missing or refused deep link leads: a path or a URL. Default: `/`. Where it is given, a click without any
   * deep link leads there too, so it belongs on the redirect page only.
   */
  frontPage?: string | undefined;
  /** The domain whose subdomains share the cookies. Default: none, the cookies are the host's own. */
  cookieDomain?: string | undefined;
  /** Days a click is kept. Default: `retrack:10 shopback:30`. */
  days?: string | undefined;
  /** URL parameters that carry the click id. Default: `retrack:click shopback:transaction_id`. */
  params?: string | undefined;
  /** The path on the page's own origin where the collector's router is mounted: `/cashtrail`. Default: off. */
  collector?: string | undefined;
  /** `exempt` stores a click at once, `manual` when `grant()` is called; anything else stores nothing. Default: `exempt`. */
  consent?: string | undefined;
  /** Given with any value, says on the console what was done. Default: off. */
  debug?: string | undefined;
}

/** The script at work on its page. */
export interface Cashtrail {
  /** The shopper agreed: with consent `manual`, the click that arrived is stored now. Otherwise does nothing. */
  grant(): void;
}

/**
 * Stores the click that arrived in the page's URL and, on the redirect page, sends the shopper on to the deep link.
 *
 * Never throws and never holds up the redirect: the console tells what went wrong, and of settings that are unknown.
 */
export function init(settings: Settings): Cashtrail {
  const {
    networks,
    deepLinkHosts = "",
    frontPage,
    cookieDomain,
    days,
    params,
    collector,
    consent = "exempt",
    debug,
    ...others
  } = settings;
  // biome-ignore lint/suspicious/noConsole: nobody else hears of a mistake in the tag.
  const warn = (text: unknown) => console.warn("cashtrail:", text);
  const say = (text: unknown) => debug === undefined || warn(text);
  const exempt = consent === "exempt";
  const manual = consent === "manual";

  // One check for all that has words of its own: what names no network, and is none of ours, is a mistake.
  const words = [networks, days, params, exempt || manual ? "" : `consent=${consent}`, ...Object.keys(others)];
  const unknown = words
    .join(" ")
    .replace(/\b(retrack|shopback)\b\S*/g, "")
    .trim();
  if (unknown) warn(`unknown: ${unknown}`);

  // Read now: by the time the shopper agrees, the page may have changed its address.
  const { search } = location;
  const deepLink = new URLSearchParams(search).get(deepLinkParameter);
  const parameters = new URLSearchParams(`${search}&${location.hash.slice(1)}`);
  const clicks = landings.flatMap((landing) => {
    const own = (pairs?: string) => pairs?.match(`${landing.network}:(\\w[\\w-]*)`)?.[1];
    const parameter = own(params) || landing.parameter;
    const id = (!networks || networks.includes(landing.network)) && clickIdIn(parameters, { ...landing, parameter });
    return id ? [{ ...landing, parameter, days: +(own(days) as string) || landing.days, id, at: new Date() }] : [];
  });
  const travelling = clicks.map(({ parameter, id }) => `${parameter}=${id}`).join("&");
  const isRedirectPage =
    (!networks || networks.includes("retrack")) && (deepLink !== null || (frontPage && parameters.has("click")));

  function act(granted: boolean): void {
    if (document.prerendering) {
      document.addEventListener("prerenderingchange", () => act(granted));
      return;
    }
    let to = isRedirectPage && (deepLinkFrom(deepLink, location, deepLinkHosts.split(" ")) || frontPage || "/");
    // Before the click travels in it: a whole click id is nothing for a console.
    say([clicks.length, to]);
    try {
      if (to && collector && granted) to = `${collector}/redirect${search}`;
      else if (granted) {
        clicks.forEach(store);
        // Of the address as it is by then, and of its fragment only.
        if (travelling && location.hash.endsWith(travelling))
          history.replaceState(history.state, "", location.href.slice(0, ~travelling.length));
      } else if (to && manual && travelling) {
        // In the fragment, which reaches no server and no referrer.
        to += (to.includes("#") ? "&" : "#") + travelling;
      }
    } catch (error) {
      warn(error);
    }
    // Whatever came before, a sandboxed page's forbidden cookies too: the shopper goes on.
    if (to) location.replace(to);
  }

  function store(click: Pick<Landing, "cookie" | "days"> & Click): void {
    // A reload or a bookmark is no new click: storing it again would make its days longer. Asked of our own cookies only:
    // other tools' cookies keep the whole landing URL, with the id in it.
    if (document.cookie.match(`(_click=|[.])${click.id}`)) return;
    const attributes = { expires: click.days, domain: cookieDomain, secure: true, sameSite: "lax" } as const;
    const body = companionOf(click);
    Cookies.set(click.cookie, click.id, attributes);
    Cookies.set(companionCookie, body, attributes);
    if (collector) fetch(`${collector}/remember`, { method: "POST", body, keepalive: true }).catch(warn);
  }

  act(consent === "exempt");
  return { grant: () => void (manual && act(true)) };
}
