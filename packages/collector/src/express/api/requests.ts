import { z } from "zod";
import { changeShapes } from "../../amending.ts";
import { type ClickSource, clicksShape } from "../../clicks.ts";
import { by } from "../../fields.ts";
import { leadShape } from "../../lead.ts";
import { orderShape } from "../../order.ts";
import { whereFine } from "../../parse.ts";
import { filterShape } from "../../questions.ts";
import { resendShape, settleShape, verdictShape } from "../../resending.ts";
import { fromJson } from "./from-json.ts";

/** The shapes of what is sent to the API: the collector's own, with times as text. */

export const order = fromJson(orderShape);
export const lead = fromJson(leadShape);
export const click = fromJson(clicksShape.element);
const clicks = z.array(click, { error: "an array of clicks is wanted" });

// Servers take no more than 16 kB of headers; several may be joined.
const cookie = z.string({ error: "the value of the Cookie header is wanted" }).max(65_536, "is no Cookie header");

const source = { clicks: clicks.optional(), cookie: cookie.optional() };

function checkSource(
  { clicks, cookie }: { clicks?: unknown; cookie?: unknown },
  context: { addIssue(issue: { code: "custom"; path: string[]; message: string }): void },
): void {
  if (clicks === undefined && cookie === undefined)
    context.addIssue({
      code: "custom",
      path: ["clicks"],
      message: "clicks, or the shopper's cookie, is wanted: an empty array where there are none",
    });
  if (clicks !== undefined && cookie !== undefined)
    context.addIssue({ code: "custom", path: ["cookie"], message: "must not be given beside clicks" });
}

/** Each field of an order that stands where its report is wanted would be told to be unknown, though it is right. */
function refuseBareOrder(value: unknown, context: { addIssue(message: string): void }): unknown {
  const isBare = typeof value === "object" && value !== null && !("order" in value) && "lines" in value;
  if (isBare)
    context.addIssue(
      'is an order by itself: the order is wanted in "order", beside where the shopper came from: {"order": {…}, "clicks": […]}',
    );
  return value;
}

export const report = z.preprocess(
  refuseBareOrder,
  z.strictObject({ order, ...source }).superRefine(checkSource, whereFine("clicks", "cookie")),
);
export const leadReport = z.strictObject({ lead, ...source }).superRefine(checkSource, whereFine("clicks", "cookie"));

/** Where the clicks of a report come from. */
export function sourceOf({ clicks, cookie }: Omit<z.output<typeof report>, "order">): ClickSource {
  return clicks === undefined ? { headers: { cookie } } : { clicks };
}

export const update = z.strictObject({ order, ...by });
export const approval = fromJson(changeShapes.approve);
export const rejection = fromJson(changeShapes.reject);
export const resend = fromJson(resendShape);
export const settlement = z.strictObject({ verdict: verdictShape, ...settleShape.shape });
export const shoppersCookie = z.strictObject({ cookie });

const wholeNumber = z.coerce
  .number({ error: "a whole number is wanted" })
  .int("a whole number is wanted")
  .min(1, "must be at least 1");
// An answer of more would keep the store's own requests waiting while it is written.
const limit = wholeNumber.max(1000, "must be at most 1000").default(100);

export const conversionFilter = fromJson(filterShape.extend({ before: wholeNumber.optional(), limit }));

export const uncreditedFilter = z.strictObject({ limit });

export const forgetting = z.strictObject({ by: by.by });

export const noParameters = z.strictObject({});
