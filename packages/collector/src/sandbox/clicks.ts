import { randomBytes, randomUUID } from "node:crypto";
import type { Accounts } from "./accounts.ts";
import { type Answer, type NetworkName, plainText } from "./exchange.ts";

/** An arrival that one of the stand-ins sent to the store. */
export interface IssuedClick {
  id: string;
  at: Date;
  deepLink: string | null;
}

/** A fresh click id in the network's own shape: a UUID, or 30 characters starting with 102. */
export function newClickId(network: NetworkName): string {
  return network === "retrack" ? randomUUID() : `102${randomBytes(14).toString("hex").slice(1)}`;
}

/** What a click link answers: parameters and accounts in, a redirect to the store out, with a click id issued. */
type ClickLink = (
  parameters: URLSearchParams,
  accounts: Accounts,
  issue: (network: NetworkName, deepLink: string | null) => string,
) => Answer;

/**
 * To the store's redirect page with `click` and `deeplink`, or with `direct=1`, as in a programme that uses no
 * redirect page, to the deep link itself with `click`.
 * @see https://retrack.refunder.com/help/tracking/s2s/transaction
 */
const retrackClickLink: ClickLink = (parameters, { retrack }, issue) => {
  if (parameters.get("publisher") !== retrack.publisher || parameters.get("program") !== retrack.program)
    return plainText(404, "No such publisher and programme.");
  const deepLink = parameters.get("deeplink");
  if (parameters.get("direct") !== "1") {
    const link = withParameters(new URL(retrack.landing), { click: issue("retrack", deepLink) });
    return found(deepLink === null ? link : withParameters(link, { deeplink: deepLink }));
  }
  const page = ownPage(deepLink, retrack.landing);
  return page
    ? found(withParameters(page, { click: issue("retrack", deepLink) }))
    : plainText(400, `deeplink does not lead to ${new URL(retrack.landing).origin}.`);
};

/**
 * To a page of the store with `utm_source=shopback` and `transaction_id`.
 * @see https://docs.shopback.com/docs/server-to-server
 */
const shopbackClickLink: ClickLink = (parameters, { shopback }, issue) => {
  if (parameters.get("offer_id") !== shopback.offer || !/^\d+$/.test(parameters.get("aff_id") ?? ""))
    return plainText(404, "No such offer and affiliate.");
  const deepLink = parameters.get("url");
  const page = ownPage(deepLink ?? shopback.landing, shopback.landing);
  return page
    ? found(withParameters(page, { utm_source: "shopback", transaction_id: issue("shopback", deepLink) }))
    : plainText(400, `url does not lead to ${new URL(shopback.landing).origin}.`);
};

/** The networks' own click links, by path. */
export const clickLinks: ReadonlyMap<string, ClickLink> = new Map([
  ["/track/v2/click", retrackClickLink],
  ["/aff_c", shopbackClickLink],
]);

/** The page a link asks for, if the store that is being tried out serves it: the sandbox sends nobody elsewhere. */
function ownPage(link: string | null, landing: string): URL | undefined {
  const { origin } = new URL(landing);
  const page = link === null ? new URL("/", origin) : URL.parse(link);
  return page?.origin === origin && !page.username && !page.password ? page : undefined;
}

/** The URL with parameters behind its own, which stay as they are written. */
function withParameters(url: URL, parameters: Record<string, string>): URL {
  const added = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const extended = new URL(url);
  extended.search = [url.search.slice(1), ...added].filter(Boolean).join("&");
  return extended;
}

function found(link: URL): Answer {
  return { status: 302, headers: { location: link.href, "cache-control": "no-store" }, body: "" };
}
