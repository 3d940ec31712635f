import { z } from "zod";
import { DAY } from "./day.ts";

/** The shapes of fields that orders, leads and validations have in common. */

// TUNE cuts sub ids at 500 characters: https://help.tune.com/hasoffers/advertiser-sub-ids/
const LONGEST_TEXT = 500;
/** Made of a number and a SKU, each of which may be long; more, no database's index takes. */
export const LONGEST_ID = 1000;
const EARLIEST = new Date("2000-01-01T00:00:00Z");

const textOf = (longest: number) =>
  z
    .string({ error: "a text is wanted" })
    .min(1, "must not be empty")
    .max(longest, `must be no longer than ${longest} characters`)
    // Neither can be sent or kept: a lone surrogate has no UTF-8, and PostgreSQL keeps no NUL.
    .refine((value) => value.isWellFormed() && !value.includes("\0"), "must be well-formed text without NUL");

export const text = textOf(LONGEST_TEXT);

export const postbackId = textOf(LONGEST_ID);

const minorUnits = z
  .number({ error: "an integer in minor units is wanted: 12550 for 125.50" })
  .refine((value) => Number.isInteger(value), "must be an integer in minor units: 12550 for 125.50")
  .refine(
    (value) => !Number.isInteger(value) || value <= Number.MAX_SAFE_INTEGER,
    `is too large to be exact: at most ${Number.MAX_SAFE_INTEGER}, in minor units: 12550 for 125.50`,
  )
  .min(0, "must not be negative");

/** Without VAT, and the VAT beside it. */
export const money = { net: minorUnits, vat: minorUnits };

export const event = z.guid("must be a UUID");

const name = text.max(200, "must be no longer than 200 characters");

/** Who decides something, and why. */
export const by = { by: name.default("store"), reason: name.optional() };

/** When something was placed. */
export const time = z
  .date({ error: "a valid Date is wanted, or its ISO 8601 text with its offset" })
  .min(EARLIEST, "must not be before the year 2000");

/** ISO 8601 with its offset. */
export const isoTime = z.iso.datetime({ offset: true });

/** A subject whose time is ISO 8601 text with its offset, as where a store kept it as JSON, with the Date it was. */
export function withDate<Subject>(subject: Subject, name: string): Subject {
  const at = (subject as Record<string, unknown> | null | undefined)?.[name];
  return typeof at === "string" && isoTime.safeParse(at).success ? { ...subject, [name]: new Date(at) } : subject;
}

/** A day's grace for clocks that differ; further ahead it is a mistake that a network would keep. */
export function isAhead(at: unknown, now: Date): boolean {
  return at instanceof Date && +at > +now + DAY;
}
