import type { Formatting } from "./formatting.ts";
import { html, type Markup } from "./html.ts";
import { icon } from "./icons.ts";
import { pageAt } from "./page-address.ts";

export interface Page {
  readonly title: string;
  /** Which entry of the navigation it belongs to. */
  readonly section?: "overview" | "orders" | "uncredited" | undefined;
  readonly body: Markup;
}

/** What every page shows around its own part. */
export interface Frame {
  readonly show: Formatting;
  /** The hash that the style sheet is asked for by. */
  readonly styleHash: string;
  /** What each form carries; without it, nobody is signed in. */
  readonly formToken?: string | undefined;
  readonly name?: string | undefined;
  /** What was done just now. */
  readonly notice?: string | undefined;
  /** What was searched for. */
  readonly sought?: string | undefined;
}

const sections = [
  { section: "overview", page: "", title: "Overview" },
  { section: "orders", page: "orders", title: "Orders" },
  { section: "uncredited", page: "uncredited", title: "Not credited" },
] as const;

/** A whole page. */
export function layout({ title, section, body }: Page, frame: Frame): string {
  const { show, styleHash, formToken, notice } = frame;
  const { markup } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title} · Cashtrail</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="${pageAt("icon.svg")}" type="image/svg+xml">
<link rel="stylesheet" href="${pageAt("style.css", { v: styleHash })}">
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
${formToken === undefined ? html`<header class="bar"><p class="brand">${mark}Cashtrail</p></header>` : bar(section, formToken, frame)}
<main id="main" tabindex="-1">
${notice !== undefined && html`<p class="notice" role="status">${icon("delivered")}<span>${notice}</span></p>`}
${body}
</main>
${
  formToken !== undefined &&
  html`<footer><p>Times are in ${show.timeZone}; money is as the shopper paid it, VAT included, unless it says else.</p></footer>`
}
</body>
</html>
`;
  return markup;
}

function bar(section: Page["section"], formToken: string, { name, sought }: Frame): Markup {
  return html`<header class="bar">
<p class="brand"><a href="${pageAt("")}">${mark}Cashtrail</a></p>
<nav aria-label="Pages"><ul>${sections.map(
    ({ section: of, page, title }) =>
      html`<li><a href="${pageAt(page)}"${of === section ? html` aria-current="page"` : html``}>${title}</a></li>`,
  )}</ul></nav>
<form class="search" role="search" method="post" action="${pageAt("search")}">
${formTokenField(formToken)}
<label class="unseen" for="search">Order number or click id</label>
<input id="search" name="text" type="search" placeholder="Order number or click id" value="${sought ?? ""}" maxlength="500"
 autocomplete="off" autocapitalize="off" spellcheck="false" required>
<button class="quiet">Find</button>
</form>
<form class="out" method="post" action="${pageAt("logout")}">${formTokenField(formToken)}
${name && html`<span class="who">${name}</span>`}<button class="quiet">Sign out</button></form>
</header>`;
}

const mark = html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><path d="M5 23c5 0 6-6 11-6s6-8 11-8"/><circle cx="27" cy="9" r="2.6"/></svg>`;

export function formTokenField(formToken: string): Markup {
  return html`<input type="hidden" name="form" value="${formToken}">`;
}

/** Fields that go along with a form unseen. */
export function hidden(fields: Readonly<Record<string, string | undefined>>): Markup[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [html`<input type="hidden" name="${name}" value="${value}">`],
  );
}

/** A page that says what is wrong and what to do next. */
export function problemPage(title: string, ...next: readonly Markup[]): Page {
  return { title, body: html`<h1>${title}</h1><section class="card">${next}</section>` };
}
