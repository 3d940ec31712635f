import { z } from "zod";
import { DAY } from "./day.ts";

/** The shapes of fields that orders, leads and validations have in common. */

// TUNE cuts sub ids at 500 characters: https://help.tune.com/hasoffers/advertiser-sub-ids/
const LONGEST_TEXT = 500;
const EARLIEST = new Date("2000-01-01T00:00:00Z");

export const text = z
  .string({ error: "a text is wanted" })
  .min(1, "must not be empty")
  .max(LONGEST_TEXT, `must be no longer than ${LONGEST_TEXT} characters`)
  // Neither can be sent or kept: a lone surrogate has no UTF-8, and PostgreSQL keeps no NUL.
  .refine((value) => value.isWellFormed() && !value.includes("\0"), "must be well-formed text without NUL");

const minorUnits = z
  .number({ error: "an integer in minor units is wanted: 12550 for 125.50" })
  .refine((value) => Number.isSafeInteger(value), "must be an integer in minor units: 12550 for 125.50")
  .min(0, "must not be negative");

/** Without VAT, and the VAT beside it. */
export const money = { net: minorUnits, vat: minorUnits };

export const event = z.guid("must be a UUID");

const name = text.max(200, "must be no longer than 200 characters");

/** Who decides something, and why. */
export const by = { by: name.default("store"), reason: name.optional() };

/** When something was placed. */
export const time = z.date({ error: "a valid Date is wanted" }).min(EARLIEST, "must not be before the year 2000");

/** A day's grace for clocks that differ; further ahead it is a mistake that a network would keep. */
export function isAhead(at: unknown, now: Date): boolean {
  return at instanceof Date && +at > +now + DAY;
}
