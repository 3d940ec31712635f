import { gross, written } from "../cart.ts";
import type { Frame } from "../frame.ts";
import { html, type Markup } from "../html.ts";
import { networkTitle } from "../network-title.ts";
import type { PlacedOrder } from "../placed-order.ts";
import { sums } from "./bill.ts";
import { page } from "./layout.ts";

/** The order, and what became of the cashback. */
export function thankYouPage(frame: Frame, placed: PlacedOrder): string {
  const { order, bill, currency, address } = placed;
  const firstName = address.name.split(" ")[0];
  return page(
    frame,
    `Order ${order.number}`,
    html`<h1>Thank you, ${firstName}</h1>
<p class="lead">Order ${order.number} is placed. We are wrapping it already.</p>
${cashbackNote(placed, frame.book)}
<div class="halves">
<ul class="lines">
${order.lines.map(
  ({ sku, name, quantity, net, vat }) => html`<li>
<img src="/pictures/${sku}.svg" alt="" width="640" height="640">
<div class="what"><a href="/products/${sku}">${name}</a><p class="small">Quantity ${quantity}</p></div>
<p class="price">${written(net + vat, currency)}</p>
</li>
`,
)}</ul>
<aside class="panel" aria-label="Sums">
${sums(bill, currency)}
<h2>On its way to</h2>
<address>${address.name}<br>${address.street}<br>${address.postcode} ${address.city}</address>
</aside>
</div>`,
  );
}

function cashbackNote({ cashback, bill, currency }: PlacedOrder, book: string): Markup {
  if (!cashback) return html``;
  const { credited, reason } = cashback;
  if (credited.length === 0)
    return html`<section class="cashback none" aria-labelledby="cashback">
<h2 id="cashback">No cashback this time</h2>
<p>Nobody is credited: ${reason}. Nothing was reported.</p>
<p><a href="/#arrive">Arrive from a network</a> before you buy, and there will be.</p>
</section>`;
  const names = credited.map(networkTitle).join(" and ");
  const reported = written(gross(bill.total) - gross(bill.shipping), currency);
  return html`<section class="cashback" aria-labelledby="cashback">
<h2 id="cashback">Cashback: credited to ${names}</h2>
<p>You came to us from ${names}, so we report the order there: ${reported} of goods, without the shipping.</p>
<p><a href="${book}">See what ${names} recorded</a></p>
</section>`;
}
