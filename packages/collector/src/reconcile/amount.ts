import { minorUnits } from "../money.ts";

/**
 * An amount as people and programs write it, in minor units: `1,234.50`, `MYR 100`, `1 234,5`. Exact: undefined where it
 * is no number, or has more decimals than the currency. `1,234` is more than a thousand.
 */
export function amountIn(text: string, decimals: number): number | undefined {
  const bare = text
    .replace(/[\s\u00a0\u202f'’]/g, "")
    .replace(/^(?:[A-Z]{3}|\p{Sc}|RM)/u, "")
    .replace(/(?:[A-Z]{3}|\p{Sc}|kr)$/u, "");
  const parts = partsOf(bare);
  if (!parts) return;
  const exact = parts.fraction.replace(/0+$/, "");
  const units = minorUnits(exact ? `${parts.whole}.${exact}` : parts.whole, decimals);
  return units && parts.sign === "-" ? -units : units;
}

function partsOf(text: string): { sign: string; whole: string; fraction: string } | undefined {
  // In thousands, with a decimal sign that is another one than theirs; or plain.
  const forms = [
    /^(-?)(\d{1,3}(?:,\d{3})+)(?:\.(\d+))?$/,
    /^(-?)(\d{1,3}(?:\.\d{3})+),(\d+)$/,
    /^(-?)(\d{1,3}(?:\.\d{3}){2,})$/,
    /^(-?)(\d+)(?:\.(\d+))?$/,
    /^(-?)(\d+),(\d{1,2})$/,
  ];
  for (const form of forms) {
    const [, sign = "", whole, fraction = ""] = form.exec(text) ?? [];
    if (whole !== undefined) return { sign, whole: whole.replace(/[.,]/g, ""), fraction };
  }
  return;
}
