import type { Issue } from "../../error.ts";
import { decimalsOf, type Money, majorUnits, minorUnits } from "../../money.ts";
import type { Fields } from "./fields.ts";
import { html, type Markup } from "./html.ts";

/** A final amount as somebody types it, in major units with a dot: `125.50`. */
export type Typed = Readonly<Record<keyof Money, string>>;

const titles = { net: "Without VAT", vat: "VAT" } as const;
const parts = ["net", "vat"] as const;

export function typedIn(fields: Fields): Typed {
  return { net: fields.get("net"), vat: fields.get("vat") };
}

/** What was typed, in minor units and exact; nothing where nothing was, or with what is wrong with it. */
export function amountOf(typed: Typed, currency: string, most: Money): { amount?: Money; issues: readonly Issue[] } {
  if (parts.every((part) => typed[part] === "")) return { issues: [] };
  const decimals = decimalsOf(currency) ?? 0;
  const read = { net: minorUnits(typed.net, decimals), vat: minorUnits(typed.vat, decimals) };
  const issues = parts.flatMap((path) => {
    const value = read[path];
    if (value === undefined)
      return { path, message: `must be a number with a dot, like ${majorUnits(most[path], decimals)}` };
    return value > most[path] ? { path, message: `must be at most ${majorUnits(most[path], decimals)}` } : [];
  });
  return issues.length > 0 ? { issues } : { amount: read as Money, issues };
}

export function amountFields(typed: Typed, currency: string, most: Money, issues: readonly Issue[]): Markup[] {
  const decimals = decimalsOf(currency) ?? 0;
  return parts.map((part) => {
    const wrong = issues.find(({ path }) => path === part);
    const limit = `At most ${majorUnits(most[part], decimals)}.`;
    return html`<div class="field"><label for="${part}">${titles[part]}, in ${currency}</label>
<input id="${part}" name="${part}" type="text" inputmode="decimal" value="${typed[part]}" maxlength="20" autocomplete="off"
 aria-describedby="${part}-hint"${wrong && html` aria-invalid="true"`}>
<p class="hint" id="${part}-hint">${wrong ? html`<strong>It ${wrong.message}.</strong>` : limit}</p></div>`;
  });
}
