/** A link that brings the shopper here from a network. */
export interface Arrival {
  readonly network: string;
  /** By which way, in a few words. */
  readonly way: string;
  readonly leadsTo: string;
  readonly href: string;
}
