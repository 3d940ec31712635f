import { currencies, mostOfOneProduct, type Product, products } from "../catalogue.ts";
import type { Frame } from "../frame.ts";
import { html } from "../html.ts";
import { page } from "./layout.ts";
import { priceTag } from "./price.ts";

export function productPage(frame: Frame, product: Product): string {
  const { sku, name, category, summary, description, facts, picture, price, bundle } = product;
  return page(
    frame,
    name,
    html`<article class="product">
<img src="/pictures/${sku}.svg" alt="${picture}" width="640" height="640">
<div>
<p class="eyebrow">${category}</p>
<h1>${name}</h1>
<p class="lead">${summary}</p>
${priceTag(price, bundle, frame.currency)}
<p class="small">Includes ${currencies[frame.currency].tax}. Shipping is added at checkout.</p>
<form class="buy" method="post" action="/cart">
<input type="hidden" name="sku" value="${sku}">
<label for="quantity">How many</label>
<input id="quantity" name="quantity" type="number" min="1" max="${mostOfOneProduct}" value="${bundle?.quantity ?? 1}" inputmode="numeric" required>
<button>Add to cart</button>
</form>
<p>${description}</p>
<ul class="facts">${facts.map((fact) => html`<li>${fact}</li>`)}</ul>
</div>
</article>
<section aria-labelledby="more">
<h2 id="more">Goes well with it</h2>
<ul class="grid">
${others(product).map(
  (other) => html`<li class="card">
<a href="/products/${other.sku}"><img src="/pictures/${other.sku}.svg" alt="" width="640" height="640" loading="lazy">
<span class="name">${other.name}</span></a>
${priceTag(other.price, other.bundle, frame.currency)}
</li>
`,
)}</ul>
</section>`,
  );
}

/** The four that follow it in the catalogue, round the end. */
function others(product: Product): Product[] {
  const at = products.indexOf(product);
  return [...products, ...products].slice(at + 1, at + 5);
}
