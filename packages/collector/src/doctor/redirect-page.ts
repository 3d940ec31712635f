import { deepLinkParameter, type Landing } from "@cashtrail/client/landing";
import { consentOf } from "../express/consent.ts";
import { isLoopback } from "../loopback.ts";
import type { HttpResponse } from "../network.ts";
import type { CollectorSettings } from "../options.ts";
import type { Sent } from "../send.ts";
import { cookieHeader, cookiesSet, refusedBy, type SetCookie } from "./browser.ts";
import { type Check, checkOf } from "./check.ts";
import { networksIn } from "./script-tag.ts";
import { cacheSign, clicksOf, under, type VisitedStore } from "./visited-store.ts";

/** Where the doctor asks to be sent: nobody follows, so the store need not have it. */
const SOME_PAGE = "/cashtrail-doctor";

/** Nobody can register it: https://www.rfc-editor.org/rfc/rfc2606 */
const FOREIGN = "cashtrail-doctor.example";

/** Where the documents have the redirect page. */
export const USUAL_REDIRECT_PAGE = "/retrack";

const QUERY_FIX =
  "the query does not reach the collector: let the proxy or CDN pass it on as it is, for it has the click and the deep link";

const DAY_SECONDS = 86_400;

/** The redirect page where the documents have it; where there is none, the router's own, as under `cashtrail serve`. */
export async function foundRedirectPage({ url, router, get }: Pick<VisitedStore, "url" | "router" | "get">) {
  const own = under(url, router, "redirect").pathname;
  const statusAt = async (page: string) => {
    const sent = await get(new URL(page, url));
    return sent.kind === "answered" ? sent.response.status : undefined;
  };
  return (await statusAt(USUAL_REDIRECT_PAGE)) === 404 && (await statusAt(own)) === 302 ? own : USUAL_REDIRECT_PAGE;
}

/** Whether the redirect page is a static one, of which only a browser can tell what its script does. */
export async function scriptPageCheck(store: VisitedStore, landing: Landing): Promise<Check | undefined> {
  const { url, router, cookie, get, redirectPage } = store;
  const page = visitTo(store, landing, clicksOf(landing)[0], SOME_PAGE);
  const sent = await get(page, cookie);
  const isScript =
    sent.kind === "answered" &&
    sent.response.status === 200 &&
    networksIn(sent.response.body, page, under(url, router, "client.js")).length > 0;
  return isScript
    ? checkOf("static redirect page", "a page with the script of cashtrail snippet --page").ok(
        `${redirectPage} has the script; click through once in a browser to see that it runs`,
      )
    : undefined;
}

/** The redirect page's address, as a network sends a shopper to it. */
function visitTo({ url, redirectPage }: VisitedStore, landing: Landing, click: string, deepLink: string): URL {
  const page = new URL(redirectPage, url);
  page.search = String(new URLSearchParams({ [landing.parameter]: click, [deepLinkParameter]: deepLink }));
  return page;
}

/** What is checked of the redirect page, in two visits as two shoppers make them and a reload. */
export async function redirectChecks(store: VisitedStore, landing: Landing): Promise<Check[]> {
  const { url, redirectPage, cookie, get } = store;
  const [first, second] = clicksOf(landing);
  const visit = (click: string, deepLink: string) => visitTo(store, landing, click, deepLink);
  const page = checkOf("redirect page", "302 to the deep link");
  const absolute = new URL(SOME_PAGE, url).href;
  const sent = await get(visit(first, absolute), cookie);
  if (sent.kind !== "answered") return [page.fail(sent.reason, "see what the store's own log says of the request")];
  const { response } = sent;
  if (response.status !== 302)
    return [
      page.fail(
        `HTTP ${response.status} at ${redirectPage}`,
        response.status === 404 || response.status === 200
          ? `mount it: app.get("${redirectPage}", cashtrail.redirect), before the routes that answer everything; if it is elsewhere, name it with --redirect-page`
          : "let requests to it reach the collector's handler as they are: no login, no bot check, no other redirect",
      ),
    ];
  const location = locationOf(response, url);
  const relative = await get(visit(first, SOME_PAGE), cookie);
  const other = await get(visit(second, `${absolute}/2`), cookie);
  // A deep link without a host is followed whatever host the store takes for its own, where it arrives at all.
  const isQueryLost = relative.kind === "answered" && locationOf(relative.response, url)?.pathname !== SOME_PAGE;
  const cached = cachedAnswer(store, landing, first, response, other);
  return [
    location?.pathname === SOME_PAGE
      ? page.ok(`302 to ${location.origin}${location.pathname}`)
      : page.fail(`302 to ${location?.href ?? "nowhere"}`, isQueryLost ? QUERY_FIX : proxyFix(store)),
    proxyCheck(store, relative),
    ...cookieChecks(store, landing, first, response, isQueryLost),
    cached === undefined
      ? await returnedCheck(store, landing, visit(first, absolute), response)
      : checkOf(...COOKIE_RETURNED).skip(`${cached}: what the collector saw cannot be told`),
    cacheCheck(store, response, other, cached),
  ];
}

/** Whether the store knows, behind its proxy, by which address shoppers reach it. */
function proxyCheck(store: VisitedStore, sent: Sent): Check {
  const { url } = store;
  const { ok, fail, skip } = checkOf("proxy trust", `redirects are built for ${url.origin}`);
  const location = sent.kind === "answered" ? locationOf(sent.response, url) : undefined;
  if (!location) return skip("no redirect to look at");
  return location.origin === url.origin ? ok(location.origin) : fail(location.origin, proxyFix(store));
}

function proxyFix({ url }: VisitedStore): string {
  return `behind a proxy, have it pass on Host, X-Forwarded-Host and X-Forwarded-Proto, set app.set("trust proxy", 1), and name the store: deepLinkHosts: ["${url.hostname}"]`;
}

function cookieChecks(
  store: VisitedStore,
  landing: Landing,
  click: string,
  response: HttpResponse,
  isQueryLost: boolean,
): Check[] {
  const { url, settings } = store;
  const asked = consentCheck(store, landing, click, response, isQueryLost);
  if (asked) return [asked];
  const set = checkOf("cookie set", `${landing.cookie} with the click id, which a browser keeps`);
  const cookie = cookiesSet(response.headers["set-cookie"]).find(({ name }) => name === landing.cookie);
  if (!cookie)
    return [
      set.fail(
        `no ${landing.cookie} in the answer`,
        isQueryLost
          ? QUERY_FIX
          : "something takes Set-Cookie away, or the click out of the query: a proxy or CDN (turn its caching and its removal of cookies and parameters off for this path), or middleware",
      ),
    ];
  if (cookie.value !== click)
    return [
      set.fail(`${landing.cookie} holds another click id`, "turn caching off for this path: it is another shopper's"),
    ];
  const refused = refusedBy(cookie, url, isLoopback(url.hostname));
  if (refused !== undefined)
    return [set.fail(`a browser throws ${landing.cookie} away: ${refused}`, "correct cookie.domain, or serve https")];
  return [set.ok(`${landing.cookie} is set`), attributesCheck(cookie, landing, settings.cookie)];
}

function attributesCheck(
  cookie: SetCookie,
  { cookie: name, days }: Landing,
  wanted: CollectorSettings["cookie"],
): Check {
  const seconds = days * DAY_SECONDS;
  const { attributes } = cookie;
  const shown = [`Max-Age=${seconds}`, "Path=/", "Secure", "SameSite=Lax", ...(wanted.httpOnly ? ["HttpOnly"] : [])];
  const { ok, fail } = checkOf("cookie attributes", `${name}: ${shown.join("; ")}`);
  const wrong = [
    // A cookie of an earlier visit has less time left; none has more.
    Math.abs(Number(attributes["max-age"]) - seconds) > 60 || !attributes["max-age"]
      ? `Max-Age=${attributes["max-age"] ?? "none"}`
      : "",
    attributes.path === "/" ? "" : `Path=${attributes.path ?? "none"}`,
    "secure" in attributes ? "" : "not Secure",
    attributes.samesite?.toLowerCase() === "lax" ? "" : `SameSite=${attributes.samesite ?? "none"}`,
    "httponly" in attributes === wanted.httpOnly ? "" : `${wanted.httpOnly ? "not " : ""}HttpOnly`,
  ].filter(Boolean);
  return wrong.length === 0
    ? ok(shown.join("; "))
    : fail(wrong.join("; "), "a proxy or middleware rewrites the store's cookies: leave these as they are");
}

/** What stands in the place of a cookie where the store asks for consent, or undefined where a cookie is wanted. */
function consentCheck(
  store: VisitedStore,
  landing: Landing,
  click: string,
  response: HttpResponse,
  isQueryLost: boolean,
): Check | undefined {
  const { mode } = consentOf(store.settings.consent);
  const isSet = cookiesSet(response.headers["set-cookie"]).some(({ name }) => name === landing.cookie);
  if (mode === "tcf" || mode === "google" || mode === "manual") {
    const { ok, fail } = checkOf(
      "consent",
      `nothing stored before consent (${mode}): the click travels on in the fragment`,
    );
    const travels = locationOf(response, store.url)?.hash.includes(`${landing.parameter}=${click}`);
    return travels && !isSet
      ? ok("no cookie, and the click is in the fragment")
      : fail(
          isSet ? "a cookie" : "the click is lost",
          isQueryLost ? QUERY_FIX : "let the answer through as the collector made it",
        );
  }
  if (isSet || mode === "exempt" || store.cookie !== undefined) return;
  return checkOf("consent", "a cookie where the shopper agreed").skip(
    `nothing is stored without consent (${mode}): run again with --cookie and what a shopper has who agreed`,
  );
}

const COOKIE_RETURNED = ["cookie returned", "the next request's cookies reach the collector"] as const;

/** A reload with the cookies: a store that sees them again need not set them again. */
async function returnedCheck(store: VisitedStore, landing: Landing, page: URL, first: HttpResponse): Promise<Check> {
  const { ok, fail, skip } = checkOf(...COOKIE_RETURNED);
  const cookies = cookiesSet(first.headers["set-cookie"]);
  if (!cookies.some(({ name }) => name === landing.cookie)) return skip("no cookie was set");
  const again = await store.get(page, cookieHeader(cookies, store.cookie));
  if (again.kind !== "answered") return skip(again.reason);
  const isSetAgain = cookiesSet(again.response.headers["set-cookie"]).some(({ name }) => name === landing.cookie);
  return isSetAgain
    ? fail(
        "the same click is stored anew, as if it had come without its cookie",
        "let the proxy or CDN pass the Cookie header on, for all pages and at checkout",
      )
    : ok("the collector knows the click again");
}

function cacheCheck(store: VisitedStore, response: HttpResponse, other: Sent, cached: string | undefined): Check {
  const { ok, fail } = checkOf(
    "redirect not cached",
    "Cache-Control: no-store, and an answer of its own for each shopper",
  );
  const fix = `exclude ${store.redirectPage} from caching at the proxy and CDN: one shopper's click must not become another's`;
  const control = String(response.headers["cache-control"] ?? "none");
  if (other.kind !== "answered") return fail(other.reason, "ask again: the second request was not answered");
  if (cached !== undefined) return fail(cached, fix);
  return /\bno-store\b/.test(control) ? ok(`Cache-Control: ${control}`) : fail(`Cache-Control: ${control}`, fix);
}

/** How two shoppers' answers show that a cache gave them, and not the collector; undefined where nothing does. */
function cachedAnswer(
  store: VisitedStore,
  landing: Landing,
  first: string,
  response: HttpResponse,
  other: Sent,
): string | undefined {
  if (other.kind !== "answered") return;
  const hit = [response, other.response].map(cacheSign).find((sign) => sign !== undefined);
  if (hit !== undefined) return `a cache answered: ${hit}`;
  const told = cookiesSet(other.response.headers["set-cookie"]).find(({ name }) => name === landing.cookie)?.value;
  if (told === first) return "a second shopper was given the first one's click";
  const [before, after] = [response, other.response].map((one) => locationOf(one, store.url)?.pathname);
  return before === SOME_PAGE && after === before
    ? "a second shopper was sent where the first one was going"
    : undefined;
}

/** Deep links of a stranger's, in the spellings that get past careless checks. */
export async function hostileCheck({ url, redirectPage, get, settings }: VisitedStore): Promise<Check> {
  const { ok, fail, skip } = checkOf("foreign deep links", "refused: they lead to the front page");
  const links = [`https://${FOREIGN}/`, `//${FOREIGN}/`, `/\\${FOREIGN}/`, `https://${url.host}@${FOREIGN}/`];
  for (const link of links) {
    const page = new URL(redirectPage, url);
    page.search = String(new URLSearchParams({ [deepLinkParameter]: link }));
    const sent = await get(page);
    if (sent.kind !== "answered") return skip(sent.reason);
    const location = locationOf(sent.response, url);
    if (location?.hostname === FOREIGN)
      return fail(
        `${link} is followed`,
        "anybody can send your shoppers anywhere by your name: answer the redirect page with cashtrail.redirect alone",
      );
    if (sent.response.status !== 302) return skip(`HTTP ${sent.response.status} at ${redirectPage}`);
  }
  return ok(`${links.length} spellings are refused, and lead to ${settings.frontPage}`);
}

function locationOf({ headers }: HttpResponse, url: URL): URL | undefined {
  const { location } = headers;
  return (typeof location === "string" && URL.parse(location, url.href)) || undefined;
}
