import type { ShopbackAccount } from "./accounts.ts";
import type { IssuedClick } from "./clicks.ts";
import type { ConversionStatus } from "./exchange.ts";

/** A conversion as it was sent, and every decision on it. */
export interface ShopbackConversion {
  at: Date;
  /** Every parameter but the security token. */
  query: Record<string, string>;
  /** What the newest validation says. */
  status: ConversionStatus;
  /** Oldest first, repeated and contradictory ones included. */
  validations: ShopbackValidation[];
}

export interface ShopbackValidation {
  at: Date;
  status: "approved" | "rejected";
  amount: string;
}

/** What the stand-in answers from. */
export interface ShopbackRecords {
  account: ShopbackAccount;
  clicks: ReadonlyMap<string, IssuedClick>;
  book: readonly ShopbackConversion[];
  /** The click ids that have a conversion. */
  credited: ReadonlySet<string>;
  now: () => Date;
}
