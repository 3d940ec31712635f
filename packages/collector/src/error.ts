import type { Click } from "@cashtrail/client/landing";
import type { PlacedLead } from "./lead.ts";
import type { PlacedOrder } from "./order.ts";

/** What an error of any kind says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** One thing that is wrong with what was given, and where: `lines.0.net`. */
export interface Issue {
  path: string;
  message: string;
}

/** An order or lead with its clicks, as `report` and `lead` take them. */
export interface Unreported {
  readonly clicks: readonly Click[];
  readonly order?: PlacedOrder | undefined;
  readonly lead?: PlacedLead | undefined;
}

/**
 * What Cashtrail throws at its caller.
 *
 * - `ERR_OPTIONS`: settings that cannot work, or a call that needs other settings.
 * - `ERR_ORDER`: an order, lead, number or filter that cannot be used; nothing was written.
 * - `ERR_UNKNOWN`: an order that was never reported here, or is not in the ledger yet. Nothing was written.
 * - `ERR_CONFLICT`: it contradicts what is known of the order: an approval of what was rejected, say. Nothing was written.
 * - `ERR_LEDGER`: the ledger cannot be opened or written, and `cause` has its own error; or what is asked for must wait
 *   until the journal is in it.
 *
 * `issues` lists every problem at once for the first two. No message ever carries a secret or a click id.
 */
export class CollectorError extends Error {
  readonly code: "ERR_OPTIONS" | "ERR_ORDER" | "ERR_UNKNOWN" | "ERR_CONFLICT" | "ERR_LEDGER";
  readonly issues: readonly Issue[];
  /**
   * Where an order or lead could be written nowhere, all that is needed to report it again:
   * `report({ clicks }, order)`. Not enumerable, so that it is not logged with the error.
   */
  declare readonly unreported?: Unreported;

  constructor(
    code: CollectorError["code"],
    message: string,
    { issues = [], cause, unreported }: { issues?: readonly Issue[]; cause?: unknown; unreported?: Unreported } = {},
  ) {
    super(message, { cause });
    this.name = "CollectorError";
    this.code = code;
    this.issues = issues;
    if (unreported) Object.defineProperty(this, "unreported", { value: unreported });
  }
}
