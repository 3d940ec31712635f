import type { ATTEMPT_OUTCOMES } from "./states.ts";

/**
 * What happens inside, for the store's own log or alarms. None carries a click id, a secret or a shopper's data.
 * What a listener throws is ignored.
 */
export type CollectorEvent =
  /** An order or lead is on disk, credited to these accounts, or to none and why. Not told of one in a transaction. */
  | { type: "recorded"; number: string; credited: string[]; reason?: string | undefined }
  /** A number was reported again with another order than the one that stands: that one stays. `update` changes it. */
  | { type: "differs"; number: string }
  /** A network has a postback. */
  | ({ type: "delivered"; remoteId?: string | undefined } & PostbackEvent)
  /** It waits, and is tried again after `waitMs`. */
  | ({ type: "postponed"; waitMs: number } & PostbackEvent)
  /** Nobody can know whether the network has it: a person must decide. */
  | ({ type: "held" } & PostbackEvent)
  /** The network said no, or it was given up. */
  | ({ type: "failed" } & PostbackEvent)
  /** An order was changed, approved or rejected, and these accounts are told so in so many postbacks. */
  | { type: "changed"; number: string; change: "update" | "approve" | "reject"; credited: string[]; postbacks: number }
  /** A network did not answer many times in a row: nothing is sent to it but now and then a try. */
  | { type: "network-down"; network: string; reason: string }
  /** It answers again, and is sent what waited. */
  | { type: "network-up"; network: string }
  /** The ledger could not be written: the order is in the journal beside it, and taken in when it can. */
  | { type: "journaled"; number: string; reason: string }
  /** The ledger has taken so many orders from the journal. */
  | { type: "taken-in"; count: number }
  /** What looks like a click is none that counts, or it could not be stored: by a mistake of the settings or the tag, too. */
  | { type: "click-ignored"; network: string; reason: string }
  /**
   * A deep link was not followed, and the shopper went to the front page instead. Where `origin` is one of the store's
   * own over https, it belongs into `deepLinkHosts`, unless the link led back to the redirect page; of what is no URL of
   * a host it is `null`.
   */
  | { type: "deep-link-refused"; origin: string }
  /** The ledger could not be read or written where no caller was waiting for it. */
  | { type: "ledger-failed"; reason: string };

interface PostbackEvent {
  /** The account: `retrack`, `shopback:MY`. */
  network: string;
  /** The order's number. */
  number: string;
  postback: string;
  /**
   * How many tries there have been since it was recorded or sent again, this one included. Look-ups that led on to
   * another step, and tries that only found the network still down, are not counted.
   */
  attempts: number;
  /** How this one ended: by the network's answer, or with none; `next` led on to another step. */
  outcome: (typeof ATTEMPT_OUTCOMES)[number];
  /** The HTTP status of this one, where one came. */
  status?: number | undefined;
  /** How long its request took. Of one whose process died, nobody knows. */
  durationMs?: number | undefined;
  /** How long ago the postback could first be sent: since it was recorded or sent again, or need no more wait for another. */
  lagMs: number;
  reason?: string | undefined;
}
