import { z } from "zod";
import { isPlaced, MOST_CONVERSIONS, type PlacedConversion, planned } from "./amendment.ts";
import { type Change, isRejected } from "./changes.ts";
import { CollectorError } from "./error.ts";
import type { CollectorEvent } from "./event.ts";
import { by, money, text } from "./fields.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Network } from "./network.ts";
import { type Order, parseOrder } from "./order.ts";
import { parse } from "./parse.ts";

export interface Changed {
  /** The accounts the order is credited to; none where nobody is. */
  credited: string[];
  /** The postbacks that tell of the change. */
  postbacks: string[];
  /** The postbacks that were withdrawn because they had never left. */
  cancelled: string[];
  /** Whether it stood so already, so that nothing was written now. */
  repeated: boolean;
  /** Why an account is told nothing, or nobody is credited. */
  reason?: string;
}

/** Who changes something, and why: both stand in the conversion's story. */
export interface By {
  /** A person's name, or that of a part of the store; by default, `store`. */
  by?: string | undefined;
  reason?: string | undefined;
}

export interface ApproveOptions extends By {
  /** The SKUs it is about; by default, all that is not decided yet. */
  lines?: string[] | undefined;
  /** The final amount, where less is approved than the order says: of the whole order, or of the one line named. */
  amount?: { net: number; vat: number } | undefined;
  /** Decides again what is decided. Name in `by` who does. */
  insist?: boolean | undefined;
}

export interface RejectOptions extends By {
  /** The SKUs it is about; by default, all that is not decided yet. */
  lines?: string[] | undefined;
  /** Decides again what is decided. Name in `by` who does. */
  insist?: boolean | undefined;
}

export interface Amending {
  update(order: Order, options?: By): Promise<Changed>;
  approve(number: string, options?: ApproveOptions): Promise<Changed>;
  reject(number: string, options?: RejectOptions): Promise<Changed>;
  /** Withdraws what the network has not, and what waits behind it, where the order was rejected meanwhile. */
  withdraw(number: string): Promise<void>;
}

interface Parts {
  readonly ledger: Ledger;
  readonly networks: readonly Network[];
  readonly now: () => Date;
  readonly emit: (event: CollectorEvent) => void;
  readonly wake: () => void;
  /** Hands the ledger what the journal holds. */
  readonly takeIn: () => Promise<void>;
}

const lines = z.array(text, { error: "an array of SKUs is wanted" }).min(1, "at least one SKU is wanted").optional();
const insist = z.boolean().optional();
const isNamed = ({ insist, by }: { insist?: boolean | undefined; by: string }) => !insist || by !== "store";
const WHO_INSISTS = { path: ["by"], message: "who insists is wanted" };

/** What may be said with each change. */
export const changeShapes = {
  update: z.strictObject(by),
  approve: z
    .strictObject({ ...by, lines, insist, amount: z.strictObject(money).optional() })
    .refine(isNamed, WHO_INSISTS),
  reject: z.strictObject({ ...by, lines, insist }).refine(isNamed, WHO_INSISTS),
};

/** How often a change is worked out anew because something else changed the order meanwhile. */
const MOST_TRIES = 20;

/** Changes, approves and rejects orders: what a network must be told of it, and in which order, is written as postbacks. */
export function createAmending({ ledger, networks, now, emit, wake, takeIn }: Parts): Amending {
  async function apply(
    number: string,
    changeOf: (conversion: PlacedConversion) => Change,
    options: { by: string; reason?: string | undefined },
  ): Promise<Changed> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const found = await ledger.find({ number, limit: MOST_CONVERSIONS });
      const conversions = found.filter(isPlaced);
      if (conversions.length === 0 && tries === 0) {
        // It may be in the journal.
        await takeIn();
        continue;
      }
      if (conversions.length === 0) return nobody(number, found.length > 0);
      const plans = conversions.map((conversion) => planned(conversion, changeOf(conversion), networks));
      const { kind } = changeOf(conversions[0] as PlacedConversion);
      const amendments = plans.flatMap(({ amendment, untold }) => {
        const reason = [options.reason, untold].filter(Boolean).join("; ");
        const decision = { what: kind, by: options.by, ...(reason ? { reason } : {}) };
        return amendment ? [{ ...amendment, decision }] : [];
      });
      if (!(amendments.length === 0 || (await ledger.amend(amendments)))) continue;
      const credited = conversions.map(({ network }) => network);
      const postbacks = amendments.flatMap((amendment) => amendment.postbacks.map(({ id }) => id));
      const reasons = plans.flatMap(({ amendment, untold }) => (untold ? `${amendment?.network}: ${untold}` : []));
      if (amendments.length > 0) emit({ type: "changed", number, change: kind, credited, postbacks: postbacks.length });
      wake();
      return {
        credited,
        postbacks,
        cancelled: amendments.flatMap(({ cancel }) => cancel),
        repeated: amendments.length === 0,
        ...(reasons.length > 0 ? { reason: reasons.join("; ") } : {}),
      };
    }
    throw new CollectorError("ERR_LEDGER", `order ${number} is being changed by others all the time`);
  }

  /** The answer for an order that nobody is credited for: it needs nothing. One that nobody knows may be on its way. */
  async function nobody(number: string, isLead: boolean): Promise<Changed> {
    const reason = await ledger.uncreditedReason(number);
    if (reason !== undefined) return { credited: [], postbacks: [], cancelled: [], repeated: false, reason };
    if (isLead) throw new CollectorError("ERR_CONFLICT", `${number} is a lead: leads are not changed or decided`);
    const hint = "or its report is still on its way into the ledger: then try again";
    throw new CollectorError("ERR_UNKNOWN", `order ${number} was never reported here, ${hint}`);
  }

  return {
    async update(order, options = {}) {
      const given = parse(changeShapes.update, options, "ERR_ORDER", "update");
      const at = now();
      // What the store does not say anew stays as it was.
      const placed = parseOrder(order, at);
      const isTimed = order.placedAt !== undefined;
      return apply(
        placed.number,
        (conversion) => ({
          kind: "update",
          order: {
            ...placed,
            ...(conversion.order.market === undefined ? {} : { market: placed.market ?? conversion.order.market }),
            placedAt: isTimed ? placed.placedAt : conversion.order.placedAt,
          },
        }),
        given,
      );
    },
    approve: async (number, options = {}) => validate("approve", number, options),
    reject: async (number, options = {}) => validate("reject", number, options),
    withdraw: async (number) => {
      // Of a lead, there is nothing to reject.
      if (!(await ledger.find({ number, limit: MOST_CONVERSIONS })).some(isPlaced)) return;
      const rejectedIn = ({ status, lines }: PlacedConversion) =>
        status === "rejected" ? undefined : Object.keys(lines).filter((sku) => isRejected(sku, lines));
      await apply(number, (conversion) => ({ kind: "reject", lines: rejectedIn(conversion) }), { by: "cashtrail" });
    },
  };

  function validate(kind: "approve" | "reject", number: string, options: unknown): Promise<Changed> {
    const wanted = parse(text, number, "ERR_ORDER", `${kind}: the order's number`);
    const given: z.output<(typeof changeShapes)["approve"]> = parse(changeShapes[kind], options, "ERR_ORDER", kind);
    const { lines, amount, insist } = given;
    return apply(wanted, () => ({ kind, lines, amount, insist }), given);
  }
}
