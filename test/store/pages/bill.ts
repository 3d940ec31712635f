import { type Bill, gross, written } from "../cart.ts";
import { type Currency, currencies, voucher } from "../catalogue.ts";
import { html, type Markup } from "../html.ts";

/** The sums of a cart or an order. */
export function sums({ goods, discount, shipping, total }: Bill, currency: Currency): Markup {
  const amount = (minorUnits: number) => html`<dd>${written(minorUnits, currency)}</dd>`;
  return html`<dl class="sums">
<dt>Goods</dt>${amount(gross(goods))}
${discount && html`<dt>Voucher ${voucher.code}</dt>${amount(-gross(discount))}\n`}<dt>Shipping</dt>${amount(gross(shipping))}
<dt class="total">Total</dt><dd class="total">${written(gross(total), currency)}</dd>
<dt class="small">of which ${currencies[currency].tax}</dt><dd class="small">${written(total.vat, currency)}</dd>
</dl>`;
}
