import type { RetrackAccount, ShopbackAccount } from "./accounts.ts";
import { fromMinorUnits, withDecimals } from "./currency.ts";
import type { ConversionStatus, NetworkName } from "./exchange.ts";
import type { RetrackTransaction } from "./retrack-transaction.ts";
import type { ShopbackConversion } from "./shopback-conversion.ts";

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
  status: ConversionStatus;
  /** What became of it since, oldest first. */
  changes: BookChange[];
}

export interface BookChange {
  at: Date;
  what: "changed" | "approved" | "rejected";
  /** The amount that came with it, where one did. */
  amount?: string;
}

export interface BookLine {
  product: string;
  name?: string;
  quantity: number;
  /** Of the whole line. */
  amount: string;
}

export function retrackRow(transaction: RetrackTransaction, { prices }: RetrackAccount): BookRow {
  const { at, body, status, decidedAt, updates } = transaction;
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
    status,
    changes: [
      ...updates.map((update) => ({ at: update.at, what: "changed" as const, amount: amount(update.body.orderSum) })),
      ...(decidedAt && status !== "pending" ? [{ at: decidedAt, what: status }] : []),
    ],
  };
}

export function shopbackRow({ at, query, status, validations }: ShopbackConversion, account: ShopbackAccount): BookRow {
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
    status,
    changes: validations.map((validation) => ({
      at: validation.at,
      what: validation.status,
      amount: withDecimals(validation.amount, currency),
    })),
  };
}
