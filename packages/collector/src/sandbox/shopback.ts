import { plainText, type Reply, type WireRequest } from "./exchange.ts";
import type { ShopbackConversion, ShopbackRecords, ShopbackValidation } from "./shopback-conversion.ts";
import { orderRefusal } from "./shopback-order.ts";
import { readValidation } from "./shopback-validation.ts";
import { strictQuery } from "./strict-query.ts";

/** What an accepted request adds to the book, or changes in it. */
export type ShopbackEntry =
  | { conversion: ShopbackConversion }
  | { validated: ShopbackConversion[]; validation: ShopbackValidation };

/**
 * ShopBack's order and validation APIs, which are TUNE's postback: it answers 200 to refusals too, and only the body
 * tells. The offer says which of the two a call is for.
 * @see https://docs.shopback.com/docs/s2s-order-tracking-api
 * @see https://docs.shopback.com/docs/s2s-item-level-tracking-api
 * @see https://docs.shopback.com/docs/s2s-validation-api
 * @see https://support.tune.com/hc/en-us/articles/4413247665431-Receiving-Conversions-via-Postback-URL
 */
export function shopbackStandIn(records: ShopbackRecords): (request: WireRequest) => Reply<ShopbackEntry> {
  const { account, book, now } = records;
  return ({ method, path, query }) => {
    if (method !== "GET" || path !== "/aff_lsr")
      return { answer: plainText(404, "Not found."), refusal: `${method} ${path} is not found.` };
    const { parameters, problems } = strictQuery(query);
    if (problems.length > 0) return refused(problems.join(" "));
    if (parameters.get("offer_id") === account.validation.offer) {
      const read = readValidation(parameters, account, book);
      if ("refusal" in read) return refused(read.refusal);
      return accepted({ validated: read.validated, validation: { at: now(), ...read.validation } });
    }
    const refusal = orderRefusal(parameters, records);
    if (refusal) return refused(refusal);
    const { security_token: _, ...kept } = Object.fromEntries(parameters);
    return accepted({ conversion: { at: now(), query: kept, status: "pending", validations: [] } });
  };
}

function accepted(entry: ShopbackEntry): Reply<ShopbackEntry> {
  // One c: the documented spelling.
  return { answer: plainText(200, "sucess=true;"), entry };
}

/** A refusal in TUNE's form. */
export function refused(reason: string): Reply<never> {
  return { answer: plainText(200, `success=false; err_msg=${reason};`), refusal: reason };
}
