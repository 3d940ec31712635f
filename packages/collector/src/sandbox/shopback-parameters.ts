import { decimalsOf } from "./currency.ts";

/** The parameters that ShopBack keeps with a conversion, and knows it by. */
export const advParameters: readonly string[] = [
  ...["adv_sub", "adv_sub2", "adv_sub3", "adv_sub4", "adv_sub5"],
  ...["adv_unique1", "adv_unique2", "adv_unique3", "adv_unique4", "adv_unique5"],
];

/** What is wrong with a call whatever it is about: no order id, and values that are empty or too long. */
export function parameterProblems(parameters: ReadonlyMap<string, string>): string[] {
  const problems = parameters.has("adv_sub") ? [] : ["adv_sub is missing."];
  for (const [name, value] of parameters) {
    if (value.trim() === "") problems.push(`${name} is empty.`);
    // TUNE's limit for sub ids.
    else if (value.length > 500) problems.push(`${name} is longer than 500 characters.`);
  }
  return problems;
}

export function amountProblems(name: string, amount = "", currency = "any"): string[] {
  const number = /^\d+(?:\.(\d{1,2}))?$/.exec(amount);
  if (!number) return [`${name} must be a number with at most two decimals.`];
  const decimals = number[1]?.length ?? 0;
  return decimals > (decimalsOf(currency) ?? 2) ? [`${name} has more decimals than ${currency}.`] : [];
}
