import type { Order } from "@cashtrail/collector";
import type { Bill } from "./cart.ts";
import type { Currency } from "./catalogue.ts";
import type { Address } from "./shopper.ts";

/** An order as the store keeps it. */
export interface PlacedOrder {
  /** What is reported: the goods, without shipping and without the shopper's address. */
  readonly order: Order;
  readonly bill: Bill;
  readonly currency: Currency;
  readonly address: Address;
  /** Who is credited, or why nobody, once it is reported. */
  cashback?: { readonly credited: readonly string[]; readonly reason?: string };
  /** The SKUs of the lines that came back. */
  readonly returned: Set<string>;
  /** Whether the return period is over: what has not come back is kept. */
  isClosed: boolean;
}

export function isAllReturned({ order, returned }: PlacedOrder): boolean {
  return order.lines.every(({ sku }) => returned.has(sku));
}
