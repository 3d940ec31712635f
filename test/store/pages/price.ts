import { gross, written } from "../cart.ts";
import type { Currency, Price, Product } from "../catalogue.ts";
import { html, type Markup } from "../html.ts";

/** A product's price as the shopper pays it, and that of several together. */
export function priceTag(price: Price, bundle: Product["bundle"], currency: Currency): Markup {
  const several =
    bundle &&
    html` <span class="bundle">${bundle.quantity} for ${written(gross(bundle.price[currency]), currency)}</span>`;
  return html`<p class="price">${written(gross(price[currency]), currency)}${several}</p>`;
}
