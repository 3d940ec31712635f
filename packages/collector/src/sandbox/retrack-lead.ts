import { z } from "zod";
import { type Known, text } from "./retrack-transaction.ts";

/**
 * The documented body of a lead, every field checked and no other allowed.
 * @see https://retrack.refunder.com/help/tracking/s2s/lead
 */
export function leadBody({ event, click }: Pick<Known, "event" | "click">) {
  return z.strictObject({
    event: text.refine(event, "is no event of this programme"),
    click: text.refine(click, "is no click of this programme"),
    reference: text,
    voucher: text.optional(),
  });
}

export type LeadBody = z.output<ReturnType<typeof leadBody>>;

/** A lead as it was sent, under the uuid it was given. */
export interface RetrackLead {
  uuid: string;
  at: Date;
  body: LeadBody;
}
