import type { ConversionRecord, DecisionRecord, PostbackState } from "../ledger/ledger.ts";
import type { Postback } from "../network.ts";
import { partsOf } from "../networks/account.ts";

const titles: Readonly<Record<string, string>> = { retrack: "Retrack", shopback: "ShopBack", tune: "TUNE" };

/** An account's name for people: `ShopBack MY`. */
export function titleOf(account: string): string {
  const [network, ...market] = partsOf(account);
  const title = Object.hasOwn(titles, network)
    ? titles[network]
    : `${network.slice(0, 1).toUpperCase()}${network.slice(1)}`;
  return [title, ...market].join(" ");
}

/** What a state means to whoever reads it for the first time. */
export const stateMeaning: Readonly<Record<PostbackState, string>> = {
  pending: "It waits for its next try, or for another one before it.",
  delivered: "The network has it.",
  held: "Nobody can know whether the network has it: a person must decide.",
  failed: "The network said no, or it was given up.",
  cancelled: "It was withdrawn before it left, or a person put it aside.",
};

/** The states of postbacks, the one first that most wants to be looked at. */
export const byGravity: readonly PostbackState[] = ["failed", "held", "pending", "delivered", "cancelled"];

/** A postback's state, or a validation's, as people read it. */
export const stateTitle: Readonly<Record<PostbackState, string>> = {
  pending: "Waiting",
  delivered: "Delivered",
  held: "Held",
  failed: "Failed",
  cancelled: "Cancelled",
};

export const statusTitle: Readonly<Record<ConversionRecord["status"], string>> = {
  pending: "Not decided",
  approved: "Approved",
  rejected: "Rejected",
};

const nouns: Readonly<Record<Postback["kind"], string>> = {
  create: "Report of the order",
  update: "Change of the order",
  approve: "Approval",
  reject: "Rejection",
  lead: "Report of the lead",
};

/** What a postback tells: `Approval of line mug`. */
export function nounOf({ kind, line }: Pick<Postback, "kind" | "line">): string {
  if (line === undefined) return nouns[kind];
  return kind === "create" ? `Report of line ${line}` : `${nouns[kind]} of line ${line}`;
}

/** How an attempt ended. */
export const outcomeTitle: Readonly<Record<string, string>> = {
  sending: "Under way",
  accepted: "Accepted",
  refused: "Refused",
  retry: "Asked to come back later",
  unknown: "No certain answer",
  hold: "Left to a person",
  next: "Led on to another step",
  "not-sent": "Could not be sent",
};

const deeds: Readonly<Record<DecisionRecord["what"], string>> = {
  update: "Order changed",
  approve: "Approved",
  reject: "Rejected",
  resend: "Sent again",
  settle: "Settled by hand",
  forget: "Forgotten",
};

/** What was decided; of what a person settled, also as what. */
export function deedOf({ what, state }: Pick<DecisionRecord, "what" | "state">): string {
  if (what === "resend" && state === "held") return "Taken to be in doubt, and held";
  return what === "settle" && state !== undefined ? `${deeds[what]} as ${state}` : deeds[what];
}

const consents: Readonly<Record<string, string>> = {
  exempt: "stored without asking, as necessary for the shopper's cashback (exempt)",
  tcf: "stored because the consent banner said yes (TCF)",
  google: "stored because Google's consent mode said yes",
  cookie: "stored because the store's consent cookie said yes",
  manual: "stored because the store's page granted it",
  function: "stored because the store's own rule said yes",
};

/** Why a click was stored. */
export function consentOf(mode: string | undefined): string {
  return consents[mode ?? ""] ?? "how it was agreed to is not known: the store, or another script, kept the click";
}

/** One thing or several: `1 postback`, `3 postbacks`. */
export function counted(count: string, thing: string, several = `${thing}s`): string {
  return `${count} ${count === "1" ? thing : several}`;
}

const faults: Readonly<Record<string, string>> = {
  UND_ERR_SOCKET: "the connection broke before the answer",
  ECONNRESET: "the connection broke before the answer",
  EPIPE: "the connection broke before the answer",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "the answer was cut short",
  HPE_INVALID_CONSTANT: "the answer was no HTTP",
  ECONNREFUSED: "the network's server refused the connection",
  ENOTFOUND: "the network's host name was not found",
  EAI_AGAIN: "the network's host name could not be looked up",
  EHOSTUNREACH: "the network's server could not be reached",
  ENETUNREACH: "the network's server could not be reached",
  ETIMEDOUT: "the network's server could not be reached in time",
  UND_ERR_CONNECT_TIMEOUT: "the network's server could not be reached in time",
};

/** Why something is as it is: the codes of connections that failed in words, and what a network said as it said it. */
export function reasonInWords(reason: string): string {
  return reason.replace(/\b[A-Z]+_?[A-Z_]{3,}\b/g, (code) =>
    Object.hasOwn(faults, code) ? `${faults[code]} (${code})` : code,
  );
}
