import type { BookChange, BookLine, BookRow } from "./book-row.ts";
import type { ReceivedRequest } from "./exchange.ts";
import { html, type Markup } from "./html.ts";
import type { RetrackLead } from "./retrack-lead.ts";

/** As many entries as a page can carry; `/book.json` has them all. */
const shown = 100;
const linesShown = 50;

/** As many as can be seen at once; the rest unfolds. */
const unfolded = 3;
const linesUnfolded = 5;

/** A list, newest first. */
export function entries<Entry>(all: readonly Entry[], none: string, entry: (entry: Entry) => Markup): Markup {
  if (all.length === 0) return html`<p class="none">${none}</p>`;
  const latest = all.slice(-shown).reverse().map(entry);
  const folded = latest.slice(unfolded);
  const earlier = all.length - latest.length;
  return html`<ol class="entries">
${latest.slice(0, unfolded)}</ol>${
    folded.length === 0
      ? []
      : html`
<details class="fold">
<summary>${folded.length} earlier</summary>
<ol class="entries">
${folded}</ol>${earlier > 0 ? html`\n<p class="none">and ${earlier} more in <a href="/book.json">the JSON</a></p>` : []}
</details>`
  }`;
}

/** A transaction or a conversion; `again` says that the book had it already. */
export function recordedEntry(row: BookRow, again: boolean): Markup {
  const { at, order, amount, vat, discount, click, lines, status, changes } = row;
  return html`<li>
<p class="main"><strong>${order}</strong>${againMark(again)} <span class="status ${status}">${status}</span> <span class="amount">${amount}</span></p>
<p class="detail">${time(at)}${beside("VAT", vat)}${beside("discount", discount)}</p>
${changes.length === 0 ? [] : html`<ul class="changes">${changes.map(changeEntry)}</ul>\n`}<p class="detail">Click <code>${click}</code></p>
${linesOf(lines)}</li>
`;
}

const changeWords = { changed: "Changed", approved: "Approved", rejected: "Rejected" };

function changeEntry({ at, what, amount }: BookChange): Markup {
  return html`<li>${changeWords[what]} ${time(at)}${amount === undefined ? [] : html` <span class="amount">${amount}</span>`}</li>`;
}

function linesOf(lines: readonly BookLine[]): Markup {
  if (lines.length === 0) return html``;
  const list = html`<ul class="lines">${lines.slice(0, linesShown).map(lineEntry)}${more(lines.length - linesShown)}</ul>`;
  return lines.length <= linesUnfolded
    ? list
    : html`<details class="fold"><summary>${lines.length} lines</summary>${list}</details>`;
}

function lineEntry({ product, name, quantity, amount }: BookLine): Markup {
  const what = name === undefined ? html`${product}` : html`${name} <code>${product}</code>`;
  return html`<li>${quantity} × ${what} <span class="amount">${amount}</span></li>`;
}

export function leadEntry({ at, body }: RetrackLead, again: boolean): Markup {
  return html`<li>
<p class="main"><strong>${body.reference}</strong>${againMark(again)}</p>
<p class="detail">${time(at)}${body.voucher === undefined ? [] : html`, voucher ${body.voucher}`}</p>
<p class="detail">Click <code>${body.click}</code></p>
</li>
`;
}

function againMark(again: boolean): Markup {
  return again ? html` <span class="again">again</span>` : html``;
}

function more(lines: number): Markup {
  return lines > 0 ? html`<li>and ${lines} more</li>` : html``;
}

function beside(what: string, amount: string | undefined): Markup {
  return amount === undefined ? html`` : html`, ${what} <span class="sum">${amount}</span>`;
}

/** A request that was not recorded, and why. */
export function refusedEntry({ at, method, path, fault, refusal }: ReceivedRequest): Markup {
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
