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
}
