import Cookies from "js-cookie";
import {
  clickIdIn,
  companionCookie,
  cookieAgrees,
  deepLinkFrom,
  deepLinkParameter,
  inFragment,
  type Landing,
  landings,
} from "./landing.ts";

declare global {
  interface Document {
    readonly prerendering?: boolean;
  }
  interface Window {
    /** A consent manager's interface. https://github.com/InteractiveAdvertisingBureau/GDPR-Transparency-and-Consent-Framework */
    readonly __tcfapi?: (command: string, version: 2, callback: (data: TcData, success: boolean) => void) => void;
    /** What Google's tags were told. https://developers.google.com/tag-platform/security/guides/consent */
    readonly dataLayer?: readonly GoogleCommand[];
  }
}

interface TcData {
  readonly eventStatus?: string;
  readonly gdprApplies?: boolean;
  readonly purpose?: { readonly consents?: Readonly<Record<string, boolean>> };
}

/** `gtag`'s arguments, as they are pushed; pages push other things too. */
type GoogleCommand =
  | (ArrayLike<unknown> & { readonly 2?: { readonly ad_storage?: string; readonly region?: unknown } | null })
  | null
  | undefined;

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
  /**
   * When a click may be stored. `exempt`: at once. `tcf`: when the consent manager says yes to purpose 1. `google`: when
   * Google Consent Mode's `ad_storage` is granted. `cookie:NAME=VALUE`: when one cookie as a whole is that, VALUE being a
   * regular expression. `manual`: when `grant()` is called. Anything else: never. Default: `exempt`.
   */
  consent?: string | undefined;
  /** Given with any value, says on the console what was done. Default: off. */
  debug?: string | undefined;
}

/** The script at work on its page. */
export interface Cashtrail {
  /** The shopper agreed: the click that arrived is stored now. In the consent mode `manual` only. */
  grant(): void;
  /** The shopper agrees no more: the cookies are deleted, with a collector those of the server too. Never throws. */
  revoke(): void;
}

/**
 * Stores the click that arrived in the page's URL and, on the redirect page, sends the shopper on to the deep link.
 *
 * Never throws and never holds up the redirect: the console tells what went wrong, and of settings that are unknown.
 */
export function init({
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
}: Settings): Cashtrail {
  // biome-ignore lint/suspicious/noConsole: nobody else hears of a mistake in the tag.
  const warn = (text: unknown) => console.warn("cashtrail:", text);
  const looksFor = (network: string) => !networks || networks.match(network);
  const own = (network: string, pairs?: string) => pairs?.match(`${network}:(\\w\\S*)`)?.[1];
  const set = (name: string, value: string, seconds: number, domain = cookieDomain) =>
    Cookies.set(name, value, { "max-age": `${seconds}`, domain, path: "/", secure: true, sameSite: "lax" });
  const secondsOf = (landing: Landing) => (+(own(landing.network, days) as string) || landing.days) * 86_400;
  const tell = (method: string, body?: string) =>
    collector && fetch(`${collector}/remember`, { method, body: body as string, keepalive: true }).catch(warn);

  const rule = consent.match(/^cookie:(.+=.+)/)?.[1];
  // Read now: by the time the shopper agrees, the page may have changed its address.
  const arrived = (Date.now() / 1000) >>> 0; // Whole seconds, until 2106.
  const query = new URLSearchParams(location.search);
  const fragment = new URLSearchParams(location.hash.slice(1));
  let to =
    looksFor("retrack") &&
    (query.has(deepLinkParameter) || (frontPage && query.has(own("retrack", params) || "click"))) &&
    (deepLinkFrom(query.get(deepLinkParameter), location, deepLinkHosts.split(" ")) || frontPage || "/");
  /** Whether the shopper agrees; 0 where Google's default denies it, which is no refusal, but counts against further defaults. */
  let answer: boolean | 0 | undefined = consent === "exempt" || undefined;
  let acted: boolean | 0 | null | undefined = null;
  let listens: unknown;
  let complained: unknown;

  /** Does what has become due by the shopper's consent, and sends the shopper on at once, whatever is known by then. */
  const act = () => {
    if (document.prerendering) {
      document.addEventListener("prerenderingchange", act);
      return;
    }
    try {
      if (rule) answer = cookieAgrees(document.cookie, rule);
      if (consent === "google")
        self.dataLayer?.forEach?.((command) => {
          const given = command?.[2];
          if (command?.[0] === "consent" && given?.ad_storage) {
            const granted = given.ad_storage === "granted" && !given.region;
            // Which region the shopper is in, nobody here knows: a default counts where none denies, and none of a region.
            answer = command[1] === "update" ? granted : (granted && (answer ?? granted)) || 0;
          }
        });
      if (consent === "tcf" && !listens && self.__tcfapi) {
        self.__tcfapi("addEventListener", 2, (data, success) => {
          // Where it failed, some tell of null, whatever they say of success.
          if (success && /^(tcloaded|useractioncomplete)$/.test(data?.eventStatus as string))
            answer = data.gdprApplies === false || (data.gdprApplies && !!data.purpose?.consents?.[1]);
        });
        listens = 1;
      }
      // On a change only: what was revoked, or is deleted in another tab, stays so until the shopper agrees anew.
      if (answer !== acted) {
        const before = acted;
        acted = answer;
        let travelling = "";
        let here = location.href;
        // In a frame a click is none of the shopper's.
        if (top === self)
          landings.forEach((landing) => {
            const { network, cookie } = landing;
            const parameter = own(network, params) || landing.parameter;
            const id =
              looksFor(network) && (clickIdIn(query, landing, parameter) || clickIdIn(fragment, landing, parameter));
            if (!id) return;
            // For the collector's redirect, which has no fragment.
            query.set(parameter, id);
            travelling += (travelling && "&") + parameter + "=" + id;
            here = here
              .replace(RegExp(`([?#&])${parameter}=${id}&`), "$1")
              .replace(RegExp(`[?#&]${parameter}=${id}(?=#|$)`), "");
            // A reload or a bookmark is no new click: storing it again would make its days longer, and make it the last.
            if (!answer || (to && collector) || document.cookie.match(`${network}(_click=|\\.\\d+\\.)${id}\\b`)) return;
            // Whoever wrote it, only what reads as an entry is written again.
            const kept = [...new Set(document.cookie.match(/(retrack|shopback)\.\d+\.[\w.-]+/g))];
            // Clicks of other tabs that came after this one, which waited for consent. One of the future says nothing: a
            // server wrote it, whose clock is ahead.
            const later = kept.filter((entry) => {
              const [, seconds] = entry.split(".") as unknown as [string, number];
              return seconds > arrived && seconds < Date.now() / 1000;
            });
            // One entry, as `companionOf` writes it.
            const body = [network, arrived, id, rule ? "cookie" : consent].join(".");
            kept.splice(later.length, 0, body);
            if (!`${later}`.match(network)) set(cookie, id, secondsOf(landing));
            set(companionCookie, kept.slice(0, 6).join("~"), Math.max(...landings.map(secondsOf)));
            // Beside the browser's time as it is now, for its clock may be hours wrong.
            tell("POST", Date.now() + "~" + body);
          });
        // Before the click travels in it: a whole click id is nothing for a console.
        if (debug != null) warn([answer, to]);
        // A first answer that is no tells a collector nothing new: else every page of a shopper who refused would.
        if (answer === false && (before || document.cookie.match(companionCookie))) revoke();
        // The address is the next page's referrer: no click id stays in it, but where it waits for consent.
        if (to || (answer && travelling)) history.replaceState(history.state, "", to ? location.pathname : here);
        if (to && travelling) {
          // In the fragment, which reaches no server and no referrer.
          if (!answer) to = inFragment(to, travelling);
          else if (collector) {
            query.set(deepLinkParameter, to);
            to = collector + "/redirect?" + query;
          }
        }
      }
    } catch (error) {
      // The first time only: it may come twice a second.
      if (!complained) warn(error);
      complained = 1;
    }
    // Whatever came before, a sandboxed page's forbidden cookies too: the shopper goes on.
    if (to) location.replace(to);
    else if (rule || consent === "tcf" || consent === "google") setTimeout(act, 500);
  };

  const revoke = () => {
    answer = undefined;
    try {
      [companionCookie, ...landings.map(({ cookie }) => cookie)].forEach((name) => {
        set(name, "", 0);
        set(name, "", 0, "");
      });
      tell("DELETE");
    } catch (error) {
      warn(error);
    }
  };

  // One check for all that has words of its own: what is none of ours is a mistake.
  [`consent=${consent}`, ...Object.keys(others), ...[networks, days, params].join(" ").split(/\s+/)].map(
    (word) =>
      /^(((retrack|shopback)(:.+)?)?|consent=(exempt|tcf|google|manual|cookie:.+=.+))$/.test(word) ||
      warn(`unknown: ${word}`),
  );
  act();
  return {
    grant() {
      if (consent !== "manual") return;
      answer = true;
      acted = null;
      act();
    },
    revoke,
  };
}
