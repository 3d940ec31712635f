import { z } from "zod";
import { money } from "../../fields.ts";
import { leadShape } from "../../lead.ts";
import type { Json } from "../../network.ts";
import { lineShape, orderShape } from "../../order.ts";
import { ATTEMPT_OUTCOMES, DECISIONS, POSTBACK_KINDS, POSTBACK_STATES, STATUSES } from "../../states.ts";
import { click } from "./requests.ts";

/** The shapes of what the collector answers, for the API's description: answers themselves are not checked. */

export const moneyShape = z.object(money);
const names = z.array(z.string());
const state = z.enum(POSTBACK_STATES);
const kind = z.enum(POSTBACK_KINDS);

export const reported = z.object({
  credited: names,
  reason: z.string().exactOptional(),
  repeated: z.boolean(),
  differs: z.literal(true).exactOptional(),
  journaled: z.literal(true).exactOptional(),
});

export const changed = z.object({
  credited: names,
  postbacks: names,
  cancelled: names,
  repeated: z.boolean(),
  reason: z.string().exactOptional(),
});

export const attempt = z.object({
  at: z.date(),
  outcome: z.enum([...ATTEMPT_OUTCOMES, "sending"]),
  durationMs: z.number().exactOptional(),
  status: z.int().exactOptional(),
  reason: z.string().exactOptional(),
});

export const postback = z.object({
  id: z.string(),
  kind,
  line: z.string().exactOptional(),
  state,
  step: z.custom<Json>(),
  dueAt: z.date().exactOptional(),
  remoteId: z.string().exactOptional(),
  reason: z.string().exactOptional(),
  attempts: z.array(attempt),
});

export const decision = z.object({
  at: z.date(),
  what: z.enum(DECISIONS),
  state: z.enum(POSTBACK_STATES).exactOptional(),
  by: z.string(),
  reason: z.string().exactOptional(),
  postback: z.string().exactOptional(),
});

/** Of one that was forgotten there are no lines. */
export const placedOrder = z.object({ ...orderShape.shape, lines: z.array(lineShape), placedAt: z.date() });

export const placedLead = z.object({ ...leadShape.shape, at: z.date() });

export const conversion = z.object({
  serial: z.int(),
  number: z.string(),
  network: z.string(),
  click,
  status: z.enum(STATUSES),
  order: placedOrder.exactOptional(),
  lead: placedLead.exactOptional(),
  lines: z.record(
    z.string(),
    z.object({ status: z.enum(["approved", "rejected"]), amount: moneyShape.exactOptional() }),
  ),
  amount: moneyShape.exactOptional(),
  revision: z.int(),
  reportedAt: z.date(),
  postbacks: z.array(postback),
  decisions: z.array(decision),
});

export const conversions = z.object({ conversions: z.array(conversion), next: z.int().exactOptional() });

export const orderFound = z.object({
  number: z.string(),
  conversions: z.array(conversion),
  reason: z.string().exactOptional(),
});

export const resentPostback = z.object({
  id: z.string(),
  kind,
  number: z.string(),
  network: z.string(),
  reason: z.string().exactOptional(),
});

export const resent = z.object({ count: z.int(), postbacks: z.array(resentPostback), superseded: z.int() });

export const account = z.object({
  network: z.string(),
  pending: z.int(),
  held: z.int(),
  failed: z.int(),
  oldest: z.object({
    pending: z.int().exactOptional(),
    held: z.int().exactOptional(),
    failed: z.int().exactOptional(),
  }),
  down: z.boolean(),
});

export const backlog = z.object({ accounts: z.array(account) });

export const uncreditedOrder = z.object({ number: z.string(), reportedAt: z.date(), reason: z.string() });

export const uncredited = z.object({
  count: z.int(),
  more: z.literal(true).exactOptional(),
  newest: z.array(uncreditedOrder),
});

export const clicks = z.object({ clicks: z.array(click) });
