import type { ShopbackAccount } from "./accounts.ts";
import { decimalsOf } from "./currency.ts";
import type { ShopbackRecords } from "./shopback-conversion.ts";
import { advParameters, amountProblems, parameterProblems } from "./shopback-parameters.ts";

const known = new Set(["offer_id", "transaction_id", "amount", "security_token", "datetime", ...advParameters]);

/** Why an order, or a line of one, is refused. */
export function orderRefusal(parameters: ReadonlyMap<string, string>, records: ShopbackRecords): string | undefined {
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
    ...parameterProblems(parameters),
    ...datetimeProblems(parameters.get("datetime"), now()),
    ...(account.level === "order" ? orderProblems(parameters, account) : lineProblems(parameters, account)),
  ];
  if (problems.length > 0) return problems.join(" ");
  // An offer for lines allows multiple conversions, so there nothing finds a repeated line.
  if (account.level === "order" && credited.has(click)) return `Duplicate recorded with Trans. ID ${click}`;
  return;
}

/** TUNE's words for a click id of another offer. */
export function otherOffer(requested: string, session: string): string {
  return `Request offer #${requested} does not match session offer #${session}.`;
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

const dayInMs = 86_400_000;

function datetimeProblems(datetime: string | undefined, now: Date): string[] {
  if (datetime === undefined) return [];
  const at = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(datetime) ? new Date(`${datetime.replace(" ", "T")}Z`) : undefined;
  // A date that does not exist, such as 31 February, is read as another one.
  if (!at || Number.isNaN(at.getTime()) || at.toISOString().slice(0, 19).replace("T", " ") !== datetime)
    return ["datetime must be a real YYYY-MM-DD HH:MM:SS."];
  return at.getTime() > now.getTime() + dayInMs ? ["datetime is in the future."] : [];
}
