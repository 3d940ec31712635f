import currencyCodes from "currency-codes";

/** An amount in integer minor units of the order's currency: without VAT, and the VAT. */
export interface Money {
  net: number;
  vat: number;
}

/**
 * How many decimals a currency's minor unit has by ISO 4217, or undefined where it is not a currency money is paid in.
 * The platform's own Intl is no help: its data says 0 for IDR, HUF and others that have 2.
 */
export function decimalsOf(currency: string): number | undefined {
  const known = /^[A-Z]{3}$/.test(currency) ? currencyCodes.code(currency) : undefined;
  // The standard also lists metals, bond units, testing and "no currency", under countries of their own named Zz….
  const isMoney = known && !UNITS_OF_ACCOUNT.has(currency) && !known.countries.some((name) => name.startsWith("Zz"));
  return isMoney ? known.digits : NEWER[currency];
}

/** What has come into the standard since the package's data was made: the Caribbean guilder, in 2025. */
const NEWER: Readonly<Partial<Record<string, number>>> = { XCG: 2 };

/** Codes of which the standard says that they have no minor unit, which the package's data cannot tell from 0 decimals. */
const UNITS_OF_ACCOUNT: ReadonlySet<string> = new Set(["XDR", "XSU", "XUA"]);

/** Minor units as a decimal number with a dot, exact, and with no more decimals than it needs: 12550 is `125.5`. */
export function decimal(minor: number, decimals: number): string {
  const text = majorUnits(minor, decimals);
  return decimals === 0 ? text : text.replace(/\.?0+$/, "");
}

/** As `decimal`, with all its decimals: `125.50`. As text, for a sum of money can pass what a number holds exactly. */
export function majorUnits(minor: number, decimals: number): `${number}` {
  const digits = String(minor).padStart(decimals + 1, "0");
  const point = digits.length - decimals;
  return (decimals === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`) as `${number}`;
}

/** What such a text says in minor units; undefined where it is no such number, has more decimals or is not exact. */
export function minorUnits(text: string, decimals: number): number | undefined {
  // As text all the way, for a number with decimals would not be exact.
  const [, whole, fraction = ""] = /^(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === undefined || fraction.length > decimals) return undefined;
  const units = Number(`${whole}${fraction.padEnd(decimals, "0")}`);
  return Number.isSafeInteger(units) ? units : undefined;
}

/**
 * Splits an amount in proportion to weights, by largest remainder: the parts sum to the amount exactly, and no part
 * of an amount up to the sum of the weights is larger than its weight. Of equal remainders the earlier part gets the unit.
 */
export function spread(amount: number, weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return weights.map(() => 0);
  // BigInt, for the product of two sums of money can pass what a number holds exactly.
  const shares = weights.map((weight, index) => {
    const product = BigInt(amount) * BigInt(weight);
    return { index, part: Number(product / BigInt(total)), remainder: product % BigInt(total) };
  });
  const missing = amount - shares.reduce((sum, { part }) => sum + part, 0);
  const byRemainder = shares.toSorted((a, b) =>
    a.remainder === b.remainder ? a.index - b.index : a.remainder < b.remainder ? 1 : -1,
  );
  for (const share of byRemainder.slice(0, missing)) share.part += 1;
  return shares.map(({ part }) => part);
}
