import { code } from "currency-codes";

/** The decimals ISO 4217 gives a currency, or undefined for what is not one of its codes in capital letters. */
export function decimalsOf(currency: string): number | undefined {
  // XCG came into the standard after the package's data was made.
  return /^[A-Z]{3}$/.test(currency) ? (code(currency)?.digits ?? (currency === "XCG" ? 2 : undefined)) : undefined;
}

/** An integer of minor units as people read it: 10000 SEK is `100.00 SEK`, 800 JPY is `800 JPY`. */
export function fromMinorUnits(minor: number, currency: string): string {
  const decimals = decimalsOf(currency) ?? 0;
  const digits = String(minor).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  return withDecimals(decimals ? `${whole}.${digits.slice(-decimals)}` : whole, currency);
}

/** A decimal number with all the decimals of its currency, and the currency: `100` MYR is `100.00 MYR`. */
export function withDecimals(amount: string, currency: string): string {
  const [whole, fraction = ""] = amount.split(".");
  const padded = fraction.padEnd(decimalsOf(currency) ?? 0, "0");
  return `${whole}${padded && `.${padded}`} ${currency}`;
}
