import type { Line } from "@cashtrail/collector";
import { type Bill, gross, written } from "../cart.ts";
import { mostOfOneProduct, productOf, voucher } from "../catalogue.ts";
import type { Frame } from "../frame.ts";
import { html, type Markup } from "../html.ts";
import { sums } from "./bill.ts";
import { page } from "./layout.ts";

/** The cart; `wrongCode` is a voucher code that was given and is none. */
export function cartPage(frame: Frame, bill: Bill, wrongCode?: string): string {
  const main =
    bill.lines.length === 0
      ? html`<section class="empty"><h1>Your cart is empty</h1><p>The mug is a good place to start.</p><p><a class="button" href="/#things">See what we have</a></p></section>`
      : html`<h1>Your cart</h1>
<div class="halves">
<ul class="lines">
${bill.lines.map((line) => cartLine(frame, line))}</ul>
<aside class="panel" aria-label="Sums">
${voucherForm(bill, wrongCode)}
${sums(bill, frame.currency)}
<p><a class="button wide" href="/checkout">To checkout</a></p>
</aside>
</div>`;
  return page(frame, "Cart", main);
}

function cartLine({ currency }: Frame, { sku, name, quantity, net, vat }: Line): Markup {
  const bundle = productOf(sku)?.bundle;
  return html`<li id="line-${sku}">
<img src="/pictures/${sku}.svg" alt="" width="640" height="640">
<div class="what">
<a href="/products/${sku}">${name}</a>
${bundle && html`<p class="small">${bundle.quantity} for ${written(gross(bundle.price[currency]), currency)}</p>`}
<form class="stepper" method="post" action="/cart/${sku}">
<button name="quantity" value="${quantity - 1}" aria-label="One ${name} less">−</button>
<span><span class="unseen">Quantity </span>${quantity}</span>
<button name="quantity" value="${quantity + 1}" aria-label="One ${name} more"${quantity >= mostOfOneProduct && html` disabled`}>+</button>
<button class="quiet" name="quantity" value="0" aria-label="Remove ${name}">Remove</button>
</form>
</div>
<p class="price">${written(net + vat, currency)}</p>
</li>
`;
}

function voucherForm({ discount }: Bill, wrongCode: string | undefined): Markup {
  if (discount)
    return html`<form class="voucher" method="post" action="/voucher">
<p><strong>${voucher.code}</strong> takes ${voucher.percent}% off.</p>
<button class="quiet" name="code" value="">Remove<span class="unseen"> the voucher</span></button>
</form>`;
  const wrong = wrongCode !== undefined;
  return html`<form class="voucher" method="post" action="/voucher">
<label for="code">Voucher code</label>
<input id="code" name="code" maxlength="40" autocomplete="off" value="${wrongCode}" aria-describedby="code-note"${wrong && html` aria-invalid="true" autofocus`}>
<button class="second">Apply</button>
<p class="small${wrong && " wrong"}" id="code-note">${wrong && "We do not know that code. "}Try ${voucher.code} for ${voucher.percent}% off.</p>
</form>`;
}
