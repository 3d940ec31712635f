import { deepLinkParameter, landings } from "@cashtrail/client/landing";
import { isLoopback } from "../loopback.ts";
import type { Json, Network } from "../network.ts";
import type { CollectorSettings } from "../options.ts";
import { approvalRefusal, type Sample, sampleOf } from "./sample.ts";

/** What is sent to a network before going live, filled in for one store, as text to be copied. */
export interface GoingLive {
  /** The account. */
  readonly network: string;
  readonly title: string;
  /** Whether nothing was found that is wrong: only then is it to be sent. */
  readonly isReady: boolean;
  readonly text: string;
}

export interface Place {
  /** Scheme, host and port of the store; undefined where it was not named. */
  readonly url: string | undefined;
  readonly redirectPage: string;
}

/** What to send to each network, and to ask it. */
export function goingLive({ networks, ...settings }: CollectorSettings, place: Place, isReady: boolean): GoingLive[] {
  return networks.map((network) => {
    const sample = sampleOf(network);
    const text =
      network.landing.network === "retrack"
        ? retrackText(network, sample, settings, place)
        : tuneText(network, sample, settings, place);
    const title = network.landing.network === "retrack" ? "testing instructions" : "go-live list";
    return { network: network.id, title, isReady, text };
  });
}

type Settings = Omit<CollectorSettings, "networks">;

/** https://retrack.refunder.com/help/tracking/s2s/transaction: "Reach out to us with testing instructions." */
function retrackText(network: Network, sample: Sample | undefined, settings: Settings, place: Place): string {
  const url = place.url ?? "https://YOUR-STORE";
  const { landing } = network;
  const link = `${url}${place.redirectPage}?${landing.parameter}=CLICK&${deepLinkParameter}=${encodeURIComponent(`${url}/`)}`;
  return [
    `Subject: ${hostOf(url)}: server-to-server tracking ready for your test`,
    "",
    "Our server-to-server tracking is ready. Please test it before it goes live.",
    "",
    `1. Redirect page: ${url}${place.redirectPage}`,
    `   Our programme is to have "Uses Redirect Page" on. Shape: ${link}`,
    `2. Click: the parameter "${landing.parameter}" is kept in the cookie ${landing.cookie} for ${landing.days} days${consentWords(settings)}.`,
    `   Deep links are followed to ${hostsOf(settings, url)}; any other leads to ${settings.frontPage}.`,
    `3. Please click through your tracking link to ${url}/, put anything into the cart, and order with`,
    "   [PAYMENT THAT COSTS YOU NOTHING: voucher, invoice, test card].",
    "4. Tell us the order number. You should find one transaction with that number, status pending, within a minute.",
    "5. We then change the order (one item returned) and reject it: you should see the new sum, then the rejection.",
    "",
    `What we send: POST to ${requestUrl(network, sample)}, for example`,
    ...shownStep(sample),
    "   Sums are in minor units, without VAT and without shipping.",
    "",
    "Please tell us:",
    "a. whether a product's price and vat are for one unit or for the whole row, where the quantity is more than one;",
    "b. whether order_sum in your answers includes VAT: the sample on your page reads as if it did;",
    "c. what you answer to the look-up by order number where there are several transactions;",
    "d. whether you take an order number a second time.",
    "",
    "Technical contact: [NAME, E-MAIL, TELEPHONE]",
  ].join("\n");
}

/** https://docs.shopback.com/docs/server-to-server: what is agreed with the representative, and tried before going live. */
function tuneText(network: Network, sample: Sample | undefined, settings: Settings, place: Place): string {
  const url = place.url ?? "https://YOUR-STORE";
  const { landing, market } = network;
  const refusal = sample && approvalRefusal(network, sample);
  const unit = sample?.isOfALine ? "line" : "order";
  const isDocumented = landings.some(({ network: known, days }) => known === landing.network && days === landing.days);
  return [
    `Subject: ${hostOf(url)}: server-to-server tracking ready to go live${market === undefined ? "" : ` (${market})`}`,
    "",
    "As we have set it up; please confirm each line:",
    "",
    `[ ] Landing page: ${url}${settings.frontPage.startsWith("/") ? settings.frontPage : "/"}, and any page on ${hostsOf(settings, url)}`,
    `    Shape: ${url}/?utm_source=${landing.network}&${landing.parameter}={transaction_id}`,
    `[ ] Click id: the parameter "${landing.parameter}", kept in the cookie ${landing.cookie} for ${landing.days} days${consentWords(settings)}.`,
    ...(isDocumented ? ["    Your pages name no lifetime: please tell us yours."] : []),
    `[ ] Currency: ${sample?.currencies?.join(", ") ?? "any; each order's own is sent with it"}`,
    `[ ] Level: one call for each ${unit}.`,
    `[ ] One ${unit} of 125.00 including 25.00 VAT is sent to ${requestUrl(network, sample)} with`,
    ...shownStep(sample),
    "    and our security token. Amounts exclude shipping. Please confirm whether they are to include VAT or GST.",
    `[ ] Approvals and rejections: ${refusal === undefined ? `we send them by your validation API, once for each ${unit}` : `not sent (${refusal})`}`,
    sample?.isHeld
      ? "[ ] A call whose answer was lost is not repeated: we look in your report whether you have it."
      : `[ ] The ${unit} may be reported again where your answer was lost: we take "Duplicate" to mean that you have it.`,
    "[ ] Test: please send us a test link, then look in your report, and not only at the answers, for:",
    "    1. one order of a small amount: pending, with this amount and currency;",
    "    2. the same order approved, and another one rejected;",
    "    3. nothing twice.",
    "",
    "Technical contact: [NAME, E-MAIL, TELEPHONE]",
  ].join("\n");
}

function requestUrl(network: Network, sample: Sample | undefined): string {
  if (!sample) return "[NOTHING: THE ACCOUNT TAKES NO ORDER]";
  // Without the query: it has the token.
  const { hostname, origin, pathname } = new URL(network.request(sample.step).url);
  if (isLoopback(hostname)) return "[NOT THE NETWORK YET: leave out url in the config, and run cashtrail doctor again]";
  return `${origin}${pathname}`;
}

/** The parameters or the body, one a line. A step holds no secret. */
function shownStep(sample: Sample | undefined): string[] {
  const [inner] = Object.values((sample?.step ?? {}) as Record<string, Json>);
  return JSON.stringify(inner ?? {}, undefined, 2)
    .split("\n")
    .map((line) => `    ${line}`);
}

function consentWords({ consent }: Settings): string {
  return consent === "exempt" ? "" : " where the shopper agrees to it";
}

function hostsOf({ deepLinkHosts }: Settings, url: string): string {
  return deepLinkHosts.join(", ") || hostOf(url);
}

function hostOf(url: string): string {
  return url.replace(/^https?:\/\//, "");
}
