import type { Landing } from "@cashtrail/client/landing";
import { consentOf } from "../express/consent.ts";
import { isLoopback } from "../loopback.ts";
import { cookiesSet, refusedBy } from "./browser.ts";
import { type Check, checkOf } from "./check.ts";
import { networksIn, tagMistake } from "./script-tag.ts";
import { cacheSign, clicksOf, under, type VisitedStore } from "./visited-store.ts";

/** Whether a page of the store's stores a click that arrives there: ShopBack sends shoppers to any page. */
export async function landingCheck(store: VisitedStore, landing: Landing): Promise<Check> {
  const { url, router, settings, cookie, get } = store;
  const { network, parameter, cookie: name } = landing;
  const { ok, fail, skip } = checkOf(`landing ${network}`, `a page with ?${parameter}=… sets ${name}`);
  const [, click] = clicksOf(landing);
  const page = new URL(settings.frontPage.startsWith("/") ? settings.frontPage : "/", url);
  page.searchParams.set("utm_source", network);
  page.searchParams.set(parameter, click);
  const { mode } = consentOf(settings.consent);
  if (mode !== "exempt" && cookie === undefined)
    return skip(`nothing is stored without consent (${mode}), which only a shopper can give`);
  const sent = await get(page, cookie);
  if (sent.kind !== "answered") return fail(sent.reason, "see what the store's own log says of the request");
  const set = cookiesSet(sent.response.headers["set-cookie"]).find((one) => one.name === name);
  const sign = cacheSign(sent.response);
  const script = under(url, router, "client.js");
  const mistake = tagMistake(sent.response.body, page, script);
  if (!set && mistake !== undefined)
    return fail(`the tag of the script: ${mistake}`, "correct the tag: cashtrail snippet");
  if (!set && networksIn(sent.response.body, page, script).includes(network))
    return ok(`${page.pathname} has the script, which keeps it; click through once in a browser to see that it runs`);
  if (!set)
    return fail(
      sign === undefined ? `no ${name} from ${page.pathname}` : `no ${name}: a cache answered (${sign})`,
      sign === undefined
        ? "put app.use(cashtrail.remember) before everything that answers; where pages are static, put the script on them: cashtrail snippet"
        : `have the CDN pass requests with ${parameter} in the query on to the store, or put the script on the pages: cashtrail snippet`,
    );
  if (set.value !== click) return fail(`${name} holds another click id`, "turn caching off for such requests");
  const refused = refusedBy(set, url, isLoopback(url.hostname));
  return refused === undefined
    ? ok(`${name} is set by ${page.pathname}`)
    : fail(`a browser throws ${name} away: ${refused}`, "correct cookie.domain, or serve https");
}
