import type { ShopbackAccount } from "./accounts.ts";
import type { ShopbackConversion, ShopbackValidation } from "./shopback-conversion.ts";
import { advParameters, amountProblems, parameterProblems } from "./shopback-parameters.ts";

const known = new Set(["offer_id", "aff_id", "amount", "status", "security_token", ...advParameters]);
const decisions = ["approved", "rejected"] as const;

/**
 * A validation and the conversions it is about, or why it is refused. It has no click id: what tells conversions
 * apart is every `adv_*` value of the order call, so it is about all that have exactly these.
 *
 * The page says that a status cannot be reversed, that a newer call overwrites it, and not to send one twice. The
 * stand-in takes every one, so that its book shows what was sent.
 * @see https://docs.shopback.com/docs/s2s-validation-api
 */
export function readValidation(
  parameters: ReadonlyMap<string, string>,
  account: ShopbackAccount,
  book: readonly ShopbackConversion[],
): { validation: Omit<ShopbackValidation, "at">; validated: ShopbackConversion[] } | { refusal: string } {
  const status = decisions.find((decision) => decision === parameters.get("status"));
  const amount = parameters.get("amount") ?? "";
  const unknown = [...parameters.keys()].filter((name) => !known.has(name));
  if (unknown.length > 0) return { refusal: `A validation takes no ${unknown.join(", ")}.` };
  if (parameters.get("aff_id") !== account.validation.affiliate)
    return { refusal: "aff_id is not the validation affiliate's." };
  if (parameters.get("security_token") !== account.securityToken) return { refusal: "Invalid security token." };
  const currency = account.currency === "any" ? parameters.get("adv_sub5") : account.currency;
  const problems = [...parameterProblems(parameters), ...amountProblems("amount", amount, currency)];
  if (!status) problems.push("status must be approved or rejected.");
  if (!status || problems.length > 0) return { refusal: problems.join(" ") };
  const validated = book.filter(({ query }) => advParameters.every((name) => query[name] === parameters.get(name)));
  return validated.length > 0
    ? { validation: { status, amount }, validated }
    : { refusal: "No conversion has exactly these adv_ values." };
}
