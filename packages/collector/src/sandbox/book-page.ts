import type { Accounts } from "./accounts.ts";
import type { BookLine, BookRow } from "./book-row.ts";
import type { NetworkName, ReceivedRequest } from "./exchange.ts";
import { faults } from "./fault-table.ts";
import { html, type Markup } from "./html.ts";

/** What the page shows of one network, oldest first. */
export interface NetworkView {
  recorded: readonly BookRow[];
  refused: readonly ReceivedRequest[];
  /** The fault in force, in words. */
  fault: string | null;
}

/** As many entries as a page can carry; `/book.json` has them all. */
const shown = 100;
const linesShown = 50;

/** The sandbox's page: what each network recorded and refused, newest first, and its faults. It needs no script. */
export function bookPage(views: Record<NetworkName, NetworkView>, accounts: Accounts): string {
  const { retrack, shopback } = accounts;
  const deepLink = encodeURIComponent(new URL("/", retrack.landing).href);
  const retrackLink = `/track/v2/click?publisher=${retrack.publisher}&program=${retrack.program}&deeplink=${deepLink}`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Sandbox: Retrack and ShopBack</title>
<link rel="stylesheet" href="/sandbox.css">
</head>
<body>
<header>
<h1>Sandbox</h1>
<p>Strict stand-ins of both networks. Nothing you send here leaves this machine.</p>
<nav><a href="/">Refresh</a> <a href="/book.json">As JSON</a> <a href="#faults">What the faults do</a></nav>
</header>
<main>
${networkSection("retrack", "Retrack", views.retrack, [
  html`<a href="${retrackLink}">Arrive by the redirect page</a>`,
  html`<a href="${retrackLink}&amp;direct=1">Arrive directly</a>`,
])}
${networkSection("shopback", "ShopBack", views.shopback, [
  html`<a href="/aff_c?offer_id=${shopback.offer}&amp;aff_id=1">Arrive at the store</a>`,
])}
<section class="wide" id="faults" aria-labelledby="faults-title">
<h2 id="faults-title">What the faults do</h2>
<div class="scroll" tabindex="0" role="region" aria-labelledby="faults-title">
<table>
<thead><tr><th scope="col">Fault</th><th scope="col">What it does</th><th scope="col">Recorded</th></tr></thead>
<tbody>
${faults.map(
  ({ name, does, records }) =>
    html`<tr><th scope="row"><code>${name}</code></th><td>${does}</td><td>${records ? "yes" : "no"}</td></tr>
`,
)}</tbody>
</table>
</div>
</section>
</main>
</body>
</html>
`.markup;
}

function networkSection(network: NetworkName, title: string, view: NetworkView, links: Markup[]): Markup {
  const again = repeated(view.recorded);
  return html`<section aria-labelledby="${network}">
<div class="title">
<h2 id="${network}">${title}</h2>
<p class="count">${view.recorded.length} recorded, ${view.refused.length} not</p>
</div>
<p class="links">${links}</p>
${faultForms(network, title, view.fault)}
<h3>Recorded</h3>
${entries(view.recorded, "Nothing yet.", (row) => recordedEntry(row, again.has(row)))}
<h3>Not recorded</h3>
${entries(view.refused, "Nothing was refused.", refusedEntry)}
</section>`;
}

function faultForms(network: NetworkName, title: string, inForce: string | null): Markup {
  const field = html`<input type="hidden" name="network" value="${network}">`;
  return html`${
    inForce === null
      ? []
      : html`<form class="in-force" method="post" action="/faults">${field}<input type="hidden" name="fault" value="">
<p>Fault in force: <strong>${inForce}</strong></p>
<button>Clear it<span class="unseen"> for ${title}</span></button>
</form>
`
  }<form class="fault" method="post" action="/faults">${field}
<label>Fault <select name="fault">${faults.map(({ name }) => html`<option>${name}</option>`)}</select></label>
<label>Times <input name="times" type="number" min="1" placeholder="all" inputmode="numeric"></label>
<label>Delay in ms <input name="delayMs" type="number" min="0" placeholder="2000" inputmode="numeric"></label>
<button>Set<span class="unseen"> a fault for ${title}</span></button>
</form>`;
}

function entries<Entry>(all: readonly Entry[], none: string, entry: (entry: Entry) => Markup): Markup {
  if (all.length === 0) return html`<p class="none">${none}</p>`;
  const latest = all.slice(-shown).reverse().map(entry);
  const earlier = all.length - latest.length;
  return html`<ol class="entries">
${latest}</ol>${earlier > 0 ? html`\n<p class="none">and ${earlier} more in <a href="/book.json">the JSON</a></p>` : []}`;
}

function recordedEntry({ at, order, amount, vat, discount, click, lines }: BookRow, again: boolean): Markup {
  return html`<li>
<p class="main"><strong>${order}</strong>${again ? html` <span class="again">again</span>` : []} <span class="amount">${amount}</span></p>
<p class="detail">${time(at)}${beside("VAT", vat)}${beside("discount", discount)}</p>
<p class="detail">Click <code>${click}</code></p>
${lines.length === 0 ? [] : html`<ul class="lines">${lines.slice(0, linesShown).map(lineEntry)}${more(lines.length - linesShown)}</ul>`}</li>
`;
}

function lineEntry({ product, name, quantity, amount }: BookLine): Markup {
  const what = name === undefined ? html`${product}` : html`${name} <code>${product}</code>`;
  return html`<li>${quantity} × ${what} <span class="amount">${amount}</span></li>`;
}

function more(lines: number): Markup {
  return lines > 0 ? html`<li>and ${lines} more</li>` : html``;
}

function beside(what: string, amount: string | undefined): Markup {
  return amount === undefined ? html`` : html`, ${what} <span class="sum">${amount}</span>`;
}

/** The rows that an earlier one says already: the same order, and the same product where each line has a row. */
function repeated(rows: readonly BookRow[]): ReadonlySet<BookRow> {
  const seen = new Set<string>();
  return new Set(
    rows.filter(({ network, order, lines }) => {
      const what = JSON.stringify([order, network === "shopback" ? lines[0]?.product : null]);
      return seen.size === seen.add(what).size;
    }),
  );
}

function refusedEntry({ at, method, path, fault, refusal }: ReceivedRequest): Markup {
  return html`<li>
<p class="reason">${refusal ?? ""}</p>
<p class="detail">${time(at)}${fault === null ? [] : html`, fault <code>${fault}</code>`}</p>
<p class="detail"><code>${method} ${path}</code></p>
</li>
`;
}

function time(at: Date): Markup {
  const iso = at.toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace("T", " ")} UTC</time>`;
}
