import type { Currency } from "./catalogue.ts";

/** What every page shows around its own part. */
export interface Frame {
  readonly currency: Currency;
  /** The page that is shown, without its query. */
  readonly path: string;
  readonly inCart: number;
  /** Where people read what the networks recorded. */
  readonly book: string;
}
