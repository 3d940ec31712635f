import type { RetrackAccount, ShopbackAccount } from "./accounts.ts";
import { fromMinorUnits, withDecimals } from "./currency.ts";
import type { NetworkName } from "./exchange.ts";
import type { RetrackTransaction } from "./retrack.ts";
import type { ShopbackConversion } from "./shopback.ts";

/** What a network recorded, in words that both networks share. */
export interface BookRow {
  network: NetworkName;
  at: Date;
  order: string;
  /** As people read it: `100.00 SEK`. */
  amount: string;
  /** The VAT beside it, where the network is told. */
  vat?: string;
  /** What went off the whole order, where the network is told. */
  discount?: string;
  click: string;
  lines: BookLine[];
}

export interface BookLine {
  product: string;
  name?: string;
  quantity: number;
  /** Of the whole line. */
  amount: string;
}

export function retrackRow({ at, body }: RetrackTransaction, { prices }: RetrackAccount): BookRow {
  const amount = (minor: number) => fromMinorUnits(minor, body.currency);
  return {
    network: "retrack",
    at,
    order: body.orderNumber,
    amount: amount(body.orderSum),
    vat: amount(body.vatSum),
    ...(body.discountSum !== undefined && { discount: amount(body.discountSum) }),
    click: body.click,
    lines: body.products.map(({ reference, name, quantity, price }) => ({
      product: reference,
      name,
      quantity,
      amount: amount(prices === "unit" ? price * quantity : price),
    })),
  };
}

export function shopbackRow({ at, query }: ShopbackConversion, account: ShopbackAccount): BookRow {
  const currency = account.currency === "any" ? (query.adv_sub5 ?? "") : account.currency;
  const amount = withDecimals(query.amount ?? "", currency);
  const product = query.adv_sub4;
  return {
    network: "shopback",
    at,
    order: query.adv_sub ?? "",
    amount,
    click: query.transaction_id ?? "",
    lines: product === undefined ? [] : [{ product, quantity: Number(query.adv_sub3), amount }],
  };
}
