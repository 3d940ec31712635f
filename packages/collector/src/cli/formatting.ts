import type { ConversionRecord, PostbackRecord, PostbackState } from "../ledger/ledger.ts";
import { decimalsOf, majorUnits } from "../money.ts";
import type { Status } from "../network.ts";
import { sumOf } from "../order.ts";
import { byGravity, titleOf } from "../telling/words.ts";
import type { Cell } from "./table.ts";
import { plain, styled } from "./terminal.ts";

/** How things look on a terminal. */

const looks = {
  pending: "blue",
  delivered: "green",
  held: "yellow",
  failed: "red",
  cancelled: "dim",
  approved: "green",
  rejected: "dim",
} as const;

export function stateCell(state: PostbackState | Status): Cell {
  return { text: state, style: (text) => styled(looks[state], text) };
}

/** An amount in minor units, with all its decimals: `125.50 SEK`. */
export function money(minor: number, currency: string): string {
  return `${majorUnits(minor, decimalsOf(currency) ?? 0)} ${currency}`;
}

/** What the shopper paid, VAT included; of a lead, nothing. */
export function paid({ order }: ConversionRecord): string {
  if (!order || order.lines.length === 0) return "";
  const { net, vat } = sumOf(order);
  return money(net + vat, order.currency);
}

/** The account as people call it. */
export function account(network: string): string {
  return plain(titleOf(network));
}

/** The one postback of a conversion that most wants to be looked at, of those in the state that is asked for. */
export function foremost({ postbacks }: ConversionRecord, state?: PostbackState): PostbackRecord | undefined {
  const states = state === undefined ? byGravity : [state];
  return states.flatMap((one) => postbacks.find((postback) => postback.state === one) ?? [])[0];
}
