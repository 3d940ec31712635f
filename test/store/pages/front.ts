import type { Arrival } from "../arrival.ts";
import { products, shop } from "../catalogue.ts";
import type { Frame } from "../frame.ts";
import { html, type Markup } from "../html.ts";
import { page } from "./layout.ts";
import { priceTag } from "./price.ts";

export function frontPage(frame: Frame, arrivals: readonly Arrival[]): string {
  return page(
    frame,
    shop.promise,
    html`${arriveFrom(arrivals)}
<section class="hero">
<div>
<h1>Useful things<br>for slow mornings</h1>
<p>A few good objects in clay, oak, linen and wool. Made to be held every day, and to be handed on.</p>
<p><a class="button" href="#things">See what we have</a></p>
</div>
<img src="/morning.svg" alt="A coffee pot, a mug, a vase and a wooden bird on a table by a window, with a lake at sunrise outside" width="960" height="760">
</section>
<section id="things" aria-labelledby="things-title">
<h2 id="things-title">The whole shop</h2>
<p class="lead">Eight things. When we find a ninth as good, we will add it.</p>
<ul class="grid">
${products.map(
  ({ sku, name, summary, price, bundle }, index) => html`<li class="card">
<a href="/products/${sku}"><img src="/pictures/${sku}.svg" alt="" width="640" height="640"${index > 3 && html` loading="lazy"`}>
<span class="name">${name}</span></a>
<p class="summary">${summary}</p>
${priceTag(price, bundle, frame.currency)}
</li>
`,
)}</ul>
</section>
<section class="promises" aria-label="What we promise">
<div><h2>Made slowly</h2><p>Six workshops, none with more than nine people. We have had coffee in all of them.</p></div>
<div><h2>Sent simply</h2><p>In paper and straw, within two days, for one flat price however much you order.</p></div>
<div><h2>Kept for long</h2><p>Should something crack, wear or come loose, send it home. We mend before we replace.</p></div>
</section>`,
  );
}

function arriveFrom(arrivals: readonly Arrival[]): Markup {
  return html`<section class="arrive" id="arrive" aria-labelledby="arrive-title">
<div>
<h2 id="arrive-title">You are the shopper. Where do you come from?</h2>
<p>A shopper who arrives from a cashback network carries a click. Arrive, buy something, and see it credited.</p>
</div>
<ul>
${arrivals.map(
  ({ network, way, leadsTo, href }) =>
    html`<li><a href="${href}"><strong>Arrive from ${network}</strong> <span>${way}</span> <span class="to">${leadsTo}</span></a></li>
`,
)}</ul>
</section>`;
}
