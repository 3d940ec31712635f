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
  pairOf,
} from "./landing.ts";

declare global {
  interface Document {
    readonly prerendering?: boolean;
  }
  interface Window {
    /** A consent manager's interface. https://github.com/InteractiveAdvertisingBureau/GDPR-Transparency-and-Consent-Framework */
    readonly __tcfapi?: (
      command: string,
      version: 2,
      callback: (data: TcData | null, success: boolean) => void,
    ) => void;
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
  /** Hosts a deep link may lead to besides the page's own: exact names, separated by spaces or commas. Default: none. */
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
  /** Given with any value, says on the console what became of a click. Default: off. */
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
 * Whether the shopper agrees: 0 where Google's default denies it, which is no refusal, but counts against further
 * defaults; undefined where it is not known.
 */
type Answer = boolean | 0 | undefined;

/** What Google's tags were told since the answer before. */
function answerOfGoogle(before: Answer): Answer {
  let answer = before;
  self.dataLayer?.forEach?.((command) => {
    const given = command?.[2];
    if (command?.[0] === "consent" && given?.ad_storage) {
      const granted = given.ad_storage === "granted" && !given.region;
      // Which region the shopper is in, nobody here knows: a default counts where none denies, and none of a region.
      answer = command[1] === "update" ? granted : (granted && (answer ?? granted)) || 0;
    }
  });
  return answer;
}

/** Has the consent manager tell of every answer. False where there is no manager yet. */
function listenToTcf(hear: (answer: Answer) => void): boolean {
  self.__tcfapi?.("addEventListener", 2, (data, success) => {
    const { eventStatus, gdprApplies, purpose } = data ?? {};
    if (success && /^(tcloaded|useractioncomplete)$/.test(eventStatus as string))
      hear(gdprApplies === false || (gdprApplies && !!purpose?.consents?.[1]));
  });
  return !!self.__tcfapi;
}

/** The URL without click ids in a parameter, however they are written, all else as it stands. */
function without(parameter: string, url: string): string {
  return url.replace(/([?#])([^#]*)/g, (_, mark, text) => {
    // All of them: a second one would be the first, and a new click, of a reload.
    const left = text
      .split("&")
      .filter((pair: string) => !/^[\w-]{10,}$/.test(`${new URLSearchParams(pair).get(parameter)}`));
    return left.length > 0 ? mark + left.join("&") : "";
  });
}

/** The URL from the page's own address, whatever `<base>` the page names; the front page's where it is none. */
const absolute = (url: string) => {
  try {
    return new URL(url, location.href).href;
  } catch {
    return `${location.origin}/`;
  }
};

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
  const secondsOf = (landing: Landing) => (+(own(landing.network, days) as string) || landing.days) * 86_400;
  const set = (name: string, value: string, seconds: number, domain = cookieDomain) =>
    Cookies.set(name, value, { "max-age": `${seconds}`, domain, path: "/", secure: true, sameSite: "lax" });
  const collectorAt = (path: string) => absolute((collector as string).replace(/\/?$/, path));
  const tell = (method: string, body?: string): unknown =>
    collector &&
    fetch(collectorAt("/remember"), { method, body: body as string, keepalive: true })
      // What was revoked meanwhile is deleted once more: the server may have heard of that first.
      .then(() => body && !answer && tell("DELETE"), warn);

  const rule = consent.match(/^cookie:(.+=.+)/)?.[1];
  // Read now: by the time the shopper agrees, the page may have changed its address.
  const arrived = (Date.now() / 1000) >>> 0; // Whole seconds, until 2106.
  const query = new URLSearchParams(location.search);
  const fragment = new URLSearchParams(location.hash.slice(1));
  let to =
    looksFor("retrack") &&
    (query.has(deepLinkParameter) || (frontPage && query.has(own("retrack", params) || "click"))) &&
    (deepLinkFrom(query.get(deepLinkParameter), location, deepLinkHosts.toLowerCase().split(/[\s,]+/)) ||
      absolute(frontPage || "/"));
  let answer: Answer = consent === "exempt" || undefined;
  /** The answer that was acted by last: null where none was. */
  let acted: Answer | null = null;
  let listens: unknown;
  let complained = false;

  /** Keeps a click, unless it was kept before. */
  const keep = (landing: Landing, id: string) => {
    const { network, cookie } = landing;
    const cookies = `; ${document.cookie}`;
    // A reload or a bookmark is no new click: storing it again would make its days longer, and make it the last one.
    if (RegExp(`(; ${cookie}=|${network}\\.\\d+\\.)${id}(?![\\w-])`).test(cookies)) return;
    // One entry, as `companionOf` writes it. Of what was there, whoever wrote it, only what reads as one is written again.
    const body = [network, arrived, id, rule ? "cookie" : consent].join(".");
    const kept: string[] = cookies.match(/(retrack|shopback)\.\d+\.[\w.-]+/g) || [];
    // Clicks of other tabs that came after this one, which waited for consent. One of the future says nothing: a
    // server wrote it, whose clock is ahead.
    const later = kept.filter((entry) => {
      const seconds = +(entry.match(/\d+/) as unknown as string);
      return seconds > arrived && seconds < Date.now() / 1000;
    });
    const entries = [...new Set([...later, body, ...kept])].slice(0, 6);
    if (!`${later}`.match(network)) set(cookie, id, secondsOf(landing));
    set(companionCookie, entries.join("~"), Math.max(...landings.map(secondsOf)));
    // The browser says nothing of one it does not take: of another domain, or at all. A collector's may be hidden.
    if (!collector && !document.cookie.match(id)) warn("no cookie is kept");
    // Beside the browser's time as it is now, for its clock may be hours wrong.
    tell("POST", `${Date.now()}~${body}`);
  };

  /** Does what a new answer makes due, and makes `to` where the shopper goes with it. */
  const settle = (before: typeof acted) => {
    let carried = "";
    let { href } = location;
    // In a frame a click is none of the shopper's.
    if (top === self)
      landings.forEach((landing) => {
        const { network } = landing;
        const parameter = own(network, params) || landing.parameter;
        const id =
          looksFor(network) && (clickIdIn(query, landing, parameter) || clickIdIn(fragment, landing, parameter));
        if (!id) return;
        // For the collector's redirect, which has no fragment.
        query.set(parameter, id);
        carried += pairOf(id, landing, parameter);
        href = without(parameter, href);
        if (answer && !(to && collector)) keep(landing, id);
      });
    // Before the click travels in it: a whole click id is nothing for a console.
    if (debug != null) warn([answer, to]);
    // The address is the next page's referrer: no click id stays in it, and where it waits for consent, none is told.
    if (to || (carried && answer === !!answer))
      history.replaceState(history.state, "", to ? location.origin + location.pathname : href);
    else if (href !== location.href && location.search)
      document.head.append(
        Object.assign(document.createElement("meta"), { name: "referrer", content: "strict-origin" }),
      );
    if (to && carried) {
      if (!answer) to = inFragment(to, carried);
      else if (collector) {
        query.set(deepLinkParameter, to);
        to = collectorAt("/redirect?") + query;
      }
    }
    // Where the first answer is a no, there is nothing new to tell the collector of on every page of this shopper's.
    if (answer === false && (before || document.cookie.match(companionCookie))) revoke();
  };

  /** Asks for the answer, and acts by it where it is another than before. */
  const act = () => {
    try {
      if (rule) answer = cookieAgrees(document.cookie, rule);
      if (consent === "google") answer = answerOfGoogle(answer);
      if (consent === "tcf" && !listens)
        listens = listenToTcf((given) => {
          answer = given;
          // At once, for the shopper may leave; but not while it is being asked.
          if (listens) act();
        });
      // On a change only: what was revoked, or is deleted in another tab, stays so until the shopper agrees anew.
      if (answer !== acted) {
        const before = acted;
        acted = answer;
        settle(before);
      }
    } catch (error) {
      // Of the first only: what is asked twice a second may fail as often.
      if (!complained) warn(error);
      complained = true;
    }
  };

  /** Sends the shopper on at once, whatever is known by then, or asks again and again. */
  const go = () => {
    if (document.prerendering) {
      document.addEventListener("prerenderingchange", go);
      return;
    }
    act();
    // Whatever came before, a sandboxed page's forbidden cookies too: the shopper goes on.
    if (to) location.replace(to);
    else if (rule || consent === "tcf" || consent === "google") {
      setTimeout(go, 500);
      addEventListener("pagehide", act);
    }
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
  go();
  return {
    grant() {
      if (consent !== "manual") return;
      answer = true;
      acted = null;
      go();
    },
    revoke,
  };
}
