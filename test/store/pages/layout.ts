import { currencies, shop } from "../catalogue.ts";
import type { Frame } from "../frame.ts";
import { html, type Markup } from "../html.ts";

/** A whole page: what all pages of the shop share, around its own part. */
export function page(frame: Frame, title: string, main: Markup): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · ${shop.name}</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/store.css">
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="top">
<a class="brand" href="/"><img src="/favicon.svg" alt="" width="34" height="34">${shop.name}</a>
<nav class="currencies" aria-label="Currency">${Object.keys(currencies).map((currency) => currencyLink(frame, currency))}</nav>
<a class="cart-link" href="/cart">Cart <span class="count">${frame.inCart}</span><span class="unseen"> ${frame.inCart === 1 ? "thing" : "things"}</span></a>
</header>
<main id="main" tabindex="-1">
${main}
</main>
<footer>
<p class="brand">${shop.name}</p>
<p>${shop.promise}. A demo shop: nothing is charged and nothing is sent.</p>
<p class="links"><a href="/#arrive">Arrive from a network</a> <a href="${frame.book}">What the networks recorded</a> <a href="/desk">Returns desk, for staff</a> <a href="/cashtrail/">Dashboard, for staff</a></p>
</footer>
</body>
</html>
`.markup;
}

function currencyLink({ currency, path }: Frame, name: string): Markup {
  const current = name === currency && html` aria-current="true"`;
  return html`<a href="${path}?currency=${name}"${current}>${name}</a>`;
}
