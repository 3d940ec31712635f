import type { Bill } from "../cart.ts";
import { written } from "../cart.ts";
import { currencies } from "../catalogue.ts";
import type { Frame } from "../frame.ts";
import { html, type Markup } from "../html.ts";
import { type Address, fields } from "../shopper.ts";
import { sums } from "./bill.ts";
import { page } from "./layout.ts";

/** Where the parcel goes; `problems` are shown beside their fields. */
export function checkoutPage(
  frame: Frame,
  bill: Bill,
  address: Address,
  problems: Partial<Record<keyof Address, string>> = {},
): string {
  const firstWrong = fields.find(({ name }) => problems[name])?.name;
  const field = ({ name, label, type, autocomplete }: (typeof fields)[number]): Markup => {
    const problem = problems[name];
    return html`<div class="field field-${name}">
<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" maxlength="100" required value="${address[name]}"${problem && html` aria-invalid="true" aria-describedby="${name}-problem"`}${name === firstWrong && html` autofocus`}>
${problem && html`<p class="small wrong" id="${name}-problem">${problem}</p>`}
</div>
`;
  };
  return page(
    frame,
    "Checkout",
    html`<h1>Checkout</h1>
<form class="halves" method="post" action="/checkout">
<fieldset class="address">
<legend>Where should we send it?</legend>
<p class="small">The shopper is made up, and so is the parcel. Change what you like.</p>
<div class="fields">
${fields.map(field)}</div>
</fieldset>
<aside class="panel" aria-label="Your order">
<h2>Your order</h2>
<ul class="brief">
${bill.lines.map(
  ({ name, quantity, net, vat }) =>
    html`<li><span>${quantity} × ${name}</span> <span>${written(net + vat, frame.currency)}</span></li>
`,
)}</ul>
${sums(bill, frame.currency)}
<p><button class="wide">Place order</button></p>
<p class="small">Sent to ${currencies[frame.currency].country}. Paid by invoice, which never comes.</p>
</aside>
</form>`,
  );
}
