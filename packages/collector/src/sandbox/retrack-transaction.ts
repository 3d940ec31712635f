import { z } from "zod";
import type { Prices } from "./accounts.ts";
import { decimalsOf } from "./currency.ts";
import type { ConversionStatus } from "./exchange.ts";

/** What only the stand-in can tell about a transaction that is sent to it. */
export interface Known {
  event: (uuid: string) => boolean;
  click: (uuid: string) => boolean;
  prices: () => Prices;
}

/** Text that is not blank. A lone surrogate is written as an escape in JSON and refused by many readers of it. */
export const text = z
  .string("must be a string")
  .refine((value) => value.trim() !== "", "must not be empty")
  .refine((value) => !/\p{Surrogate}/u.test(value), "must not have half a surrogate pair");

const money = wholeNumber(0, "must be an integer of minor units, 0 or more");

function wholeNumber(least: number, message: string) {
  return z.int(message).min(least, message);
}

/**
 * The documented body of a transaction, every field checked and no other allowed, and its sums.
 *
 * Retrack compares the order sum with the sum of all products, less `discountSum` where there is one. It names neither
 * a tolerance nor whether prices are per unit, so the sum is exact and the reading is the account's setting.
 * @see https://retrack.refunder.com/help/tracking/s2s/transaction
 */
export function transactionBody(known: Known) {
  const event = text.refine(known.event, "is no event of this programme");
  const product = z.strictObject({
    event,
    reference: text,
    quantity: wholeNumber(1, "must be an integer, 1 or more"),
    name: text,
    price: money,
    vat: money,
  });
  return z
    .strictObject({
      event,
      click: text.refine(known.click, "is no click of this programme"),
      orderNumber: text,
      orderSum: money,
      vatSum: money,
      currency: z
        .string("must be a string")
        .refine((value) => decimalsOf(value) !== undefined, "must be an ISO 4217 code in capital letters"),
      discountSum: wholeNumber(1, "must be an integer of minor units above 0, or absent").optional(),
      products: z.array(product, "must be a list").min(1, "must not be empty"),
    })
    .superRefine((body, context) => {
      // Exact beyond 2^53, where the product of two safe integers may lie.
      const sum = (field: "price" | "vat") =>
        body.products.reduce(
          (total, line) => total + BigInt(line[field]) * BigInt(known.prices() === "unit" ? line.quantity : 1),
          0n,
        );
      const goods = sum("price") - BigInt(body.discountSum ?? 0);
      if (goods !== BigInt(body.orderSum))
        context.addIssue({
          code: "custom",
          path: ["orderSum"],
          message: `is ${body.orderSum}, but the products less the discount come to ${goods}`,
        });
      const vat = sum("vat");
      if (body.discountSum === undefined ? vat !== BigInt(body.vatSum) : vat < BigInt(body.vatSum))
        context.addIssue({
          code: "custom",
          path: ["vatSum"],
          message: `is ${body.vatSum}, but the VAT of the products comes to ${vat}`,
        });
    });
}

export type TransactionBody = z.output<ReturnType<typeof transactionBody>>;

/** A transaction as it stands, under the uuid it was given. */
export interface RetrackTransaction {
  uuid: string;
  at: Date;
  /** After all updates. */
  body: TransactionBody;
  status: ConversionStatus;
  /** When it was approved or rejected; absent while it is pending. */
  decidedAt?: Date;
  /** The bodies that came to replace it, oldest first. */
  updates: { at: Date; body: TransactionBody }[];
}

/** Every problem by the field it is about: `products.0.price`. */
export function problemsByField(error: z.ZodError): Record<string, string[]> {
  const problems: Record<string, string[]> = {};
  const add = (path: PropertyKey[], message: string) => {
    const field = path.join(".") || "body";
    problems[field] = [...(problems[field] ?? []), message];
  };
  for (const issue of error.issues) {
    if (issue.code === "unrecognized_keys")
      for (const key of issue.keys) add([...issue.path, key], "is no known field");
    else
      add(
        issue.path,
        issue.code === "invalid_type" && issue.expected === "object" ? "must be an object" : issue.message,
      );
  }
  return problems;
}
