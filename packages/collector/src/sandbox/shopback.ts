import type { ShopbackAccount } from "./accounts.ts";
import type { IssuedClick } from "./clicks.ts";
import { decimalsOf } from "./currency.ts";
import { plainText, type Reply, type WireRequest } from "./exchange.ts";
import { strictQuery } from "./strict-query.ts";

/** A conversion as it was sent: every parameter but the security token. */
export interface ShopbackConversion {
  at: Date;
  query: Record<string, string>;
}

/** What the stand-in answers from. */
export interface ShopbackRecords {
  account: ShopbackAccount;
  clicks: ReadonlyMap<string, IssuedClick>;
  /** The click ids that have a conversion. */
  credited: ReadonlySet<string>;
  now: () => Date;
}

const known = new Set([
  "offer_id",
  "transaction_id",
  "amount",
  "security_token",
  "datetime",
  ...["adv_sub", "adv_sub2", "adv_sub3", "adv_sub4", "adv_sub5"],
  ...["adv_unique1", "adv_unique2", "adv_unique3", "adv_unique4", "adv_unique5"],
]);

/**
 * ShopBack's order API, which is TUNE's postback: it answers 200 to refusals too, and only the body tells.
 * @see https://docs.shopback.com/docs/s2s-order-tracking-api
 * @see https://docs.shopback.com/docs/s2s-item-level-tracking-api
 * @see https://support.tune.com/hc/en-us/articles/4413247665431-Receiving-Conversions-via-Postback-URL
 */
export function shopbackStandIn(records: ShopbackRecords): (request: WireRequest) => Reply<ShopbackConversion> {
  return ({ method, path, query }) => {
    if (method !== "GET" || path !== "/aff_lsr")
      return { answer: plainText(404, "Not found."), refusal: `${method} ${path} is not found.` };
    const { parameters, problems } = strictQuery(query);
    const refusal = problems.length > 0 ? problems.join(" ") : refusalOf(parameters, records);
    if (refusal) return refused(refusal);
    const { security_token: _, ...kept } = Object.fromEntries(parameters);
    // One c: the documented spelling.
    return { answer: plainText(200, "sucess=true;"), entry: { at: records.now(), query: kept } };
  };
}

/** A refusal in TUNE's form. */
export function refused(reason: string): Reply<never> {
  return { answer: plainText(200, `success=false; err_msg=${reason};`), refusal: reason };
}

/** TUNE's words for a click id of another offer. */
export function otherOffer(requested: string, session: string): string {
  return `Request offer #${requested} does not match session offer #${session}.`;
}

function refusalOf(parameters: ReadonlyMap<string, string>, records: ShopbackRecords): string | undefined {
  const { account, clicks, credited, now } = records;
  const unknown = [...parameters.keys()].filter((name) => !known.has(name));
  const offer = parameters.get("offer_id") ?? "";
  const click = parameters.get("transaction_id") ?? "";
  if (unknown.length > 0) return `Unknown parameters: ${unknown.join(", ")}.`;
  if (offer !== account.offer) return otherOffer(offer, account.offer);
  if (!clicks.has(click)) return `Invalid Trans. ID #${click}.`;
  // ShopBack does not say what it answers to a wrong token.
  if (parameters.get("security_token") !== account.securityToken) return "Invalid security token.";
  const problems = [
    ...commonProblems(parameters, now()),
    ...(account.level === "order" ? orderProblems(parameters, account) : lineProblems(parameters, account)),
  ];
  if (problems.length > 0) return problems.join(" ");
  // An offer for lines allows multiple conversions, so there nothing finds a repeated line.
  if (account.level === "order" && credited.has(click)) return `Duplicate recorded with Trans. ID ${click}`;
  return;
}

function commonProblems(parameters: ReadonlyMap<string, string>, now: Date): string[] {
  const problems = parameters.has("adv_sub") ? [] : ["adv_sub is missing."];
  for (const [name, value] of parameters) {
    if (value.trim() === "") problems.push(`${name} is empty.`);
    // TUNE's limit for sub ids.
    else if (value.length > 500) problems.push(`${name} is longer than 500 characters.`);
  }
  const datetime = parameters.get("datetime");
  if (datetime !== undefined) problems.push(...datetimeProblems(datetime, now));
  return problems;
}

function orderProblems(parameters: ReadonlyMap<string, string>, account: ShopbackAccount): string[] {
  const currency = parameters.get("adv_sub5");
  const problems = ["adv_sub2", "adv_sub3", "adv_sub4"]
    .filter((name) => parameters.has(name))
    .map((name) => `${name} has no meaning for an order.`);
  if (account.currency !== "any") {
    if (currency !== undefined) problems.push("adv_sub5 has no meaning for an account with one currency.");
  } else if (decimalsOf(currency ?? "") === undefined) {
    problems.push("adv_sub5 must be an ISO 4217 code in capital letters.");
  }
  const ordered = account.currency === "any" ? currency : account.currency;
  return [...problems, ...amountProblems("amount", parameters.get("amount"), ordered)];
}

function lineProblems(parameters: ReadonlyMap<string, string>, account: ShopbackAccount): string[] {
  const problems = amountProblems("amount", parameters.get("amount"), account.currency);
  if (!/^[1-9]\d*$/.test(parameters.get("adv_sub3") ?? "")) problems.push("adv_sub3 must be the line's quantity.");
  if (!parameters.has("adv_sub4")) problems.push("adv_sub4 must be the product's id.");
  // For lines this is what the shopper paid for the whole order, and expressly no currency code.
  const total = parameters.get("adv_sub5");
  return total === undefined ? problems : [...problems, ...amountProblems("adv_sub5", total, account.currency)];
}

function amountProblems(name: string, amount = "", currency = "any"): string[] {
  const number = /^\d+(?:\.(\d{1,2}))?$/.exec(amount);
  if (!number) return [`${name} must be a number with at most two decimals.`];
  const decimals = number[1]?.length ?? 0;
  return decimals > (decimalsOf(currency) ?? 2) ? [`${name} has more decimals than ${currency}.`] : [];
}

const dayInMs = 86_400_000;

function datetimeProblems(datetime: string, now: Date): string[] {
  const at = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(datetime) ? new Date(`${datetime.replace(" ", "T")}Z`) : undefined;
  // A date that does not exist, such as 31 February, is read as another one.
  if (!at || Number.isNaN(at.getTime()) || at.toISOString().slice(0, 19).replace("T", " ") !== datetime)
    return ["datetime must be a real YYYY-MM-DD HH:MM:SS."];
  return at.getTime() > now.getTime() + dayInMs ? ["datetime is in the future."] : [];
}
