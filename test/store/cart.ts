import type { Line, Money } from "@cashtrail/collector";
import { type Currency, currencies, type Product, productOf, shipping, voucher } from "./catalogue.ts";

/** What a shopper means to buy: quantities by SKU, and whether the voucher was given. */
export interface Cart {
  readonly quantities: ReadonlyMap<string, number>;
  readonly hasVoucher: boolean;
}

/** What a cart costs. Everything in minor units of one currency. */
export interface Bill {
  readonly lines: readonly Line[];
  readonly goods: Money;
  readonly discount: Money | undefined;
  readonly shipping: Money;
  readonly total: Money;
}

/** A cart priced from the catalogue, and from nothing else. */
export function billOf({ quantities, hasVoucher }: Cart, currency: Currency): Bill {
  const lines = [...quantities].flatMap(([sku, quantity]) => {
    const product = productOf(sku);
    return product ? [lineOf(product, quantity, currency)] : [];
  });
  const goods = lines.reduce(plus, { net: 0, vat: 0 });
  const discount = hasVoucher ? { net: percentOf(goods.net), vat: percentOf(goods.vat) } : undefined;
  const total = minus(plus(goods, shipping[currency]), discount ?? { net: 0, vat: 0 });
  return { lines, goods, discount, shipping: shipping[currency], total };
}

export function gross({ net, vat }: Money): number {
  return net + vat;
}

/** As people read it: `1 290 kr`, `RM 55`, `¥1,980`, `−67,40 kr`. */
export function written(minorUnits: number, currency: Currency): string {
  const { locale, minorUnits: inOne } = currencies[currency];
  const format = new Intl.NumberFormat(locale, {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
    trailingZeroDisplay: "stripIfInteger",
  });
  return format.format(minorUnits / inOne).replace("-", "\u2212");
}

function lineOf({ sku, name, category, price, bundle }: Product, quantity: number, currency: Currency): Line {
  const bundles = bundle ? Math.floor(quantity / bundle.quantity) : 0;
  const singles = quantity - bundles * (bundle?.quantity ?? 0);
  const money = plus(times(price[currency], singles), times(bundle?.price[currency] ?? { net: 0, vat: 0 }, bundles));
  return { sku, name, category, quantity, ...money };
}

function percentOf(minorUnits: number): number {
  return Math.round((minorUnits * voucher.percent) / 100);
}

function times({ net, vat }: Money, count: number): Money {
  return { net: net * count, vat: vat * count };
}

function plus(one: Money, other: Money): Money {
  return { net: one.net + other.net, vat: one.vat + other.vat };
}

function minus(one: Money, other: Money): Money {
  return { net: one.net - other.net, vat: one.vat - other.vat };
}
