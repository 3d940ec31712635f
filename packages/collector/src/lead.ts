import { z } from "zod";
import { event, isAhead, text, time, withDate } from "./fields.ts";
import { parse } from "./parse.ts";

/** A conversion without money: a sign-up, a form. Retrack takes them. */
export type Lead = z.input<typeof leadShape>;

/** A lead as it is kept: `at` is always there. */
export type PlacedLead = Lead & { at: Date };

export const leadShape = z.strictObject({
  /** The store's own name for it. One reference is one lead, however often it is reported. */
  reference: text,
  /** Retrack's commission rule, where it differs from the account's. */
  event: event.optional(),
  voucher: text.optional(),
  /** When it came about; by default, when it is reported. */
  at: time.optional(),
  /** Picks the account of a network of which the store has several: `MY`. */
  market: text.optional(),
});

/** The lead as it is kept. Throws `ERR_ORDER` with every problem and its path. */
export function parseLead(given: unknown, now: Date): PlacedLead {
  const lead = withDate(given, "at");
  const at = (lead as Partial<Lead> | null | undefined)?.at;
  const alsoWrong = isAhead(at, now) ? [{ path: "at", message: "must not be in the future" }] : [];
  const parsed = parse(leadShape, lead, "ERR_ORDER", "the lead cannot be reported", alsoWrong);
  return { ...parsed, at: parsed.at ?? now };
}
