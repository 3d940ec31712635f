import type { Accounts } from "./accounts.ts";
import { entries, leadEntry, recordedEntry, refusedEntry } from "./book-entries.ts";
import type { BookRow } from "./book-row.ts";
import type { NetworkName, ReceivedRequest } from "./exchange.ts";
import { faults } from "./fault-table.ts";
import { html, type Markup } from "./html.ts";
import type { RetrackLead } from "./retrack-lead.ts";

/** What the page shows of one network, oldest first. */
export interface NetworkView {
  recorded: readonly BookRow[];
  leads: readonly RetrackLead[];
  refused: readonly ReceivedRequest[];
  /** The fault in force, in words. */
  fault: string | null;
}

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
<section class="wide" aria-labelledby="faults-title">
<details>
<summary><h2 id="faults-title">What the faults do</h2></summary>
<div class="scroll" id="faults" tabindex="0" role="region" aria-labelledby="faults-title">
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
</details>
</section>
</main>
</body>
</html>
`.markup;
}

function networkSection(network: NetworkName, title: string, view: NetworkView, links: Markup[]): Markup {
  const { recorded, leads, refused, fault } = view;
  const again = repeated(recorded, sameConversion);
  const leadAgain = repeated(leads, sameLead);
  return html`<section aria-labelledby="${network}">
<div class="title">
<h2 id="${network}">${title}</h2>
<p class="count">${recorded.length} recorded, ${leads.length > 0 ? `${counted(leads.length, "lead")}, ` : ""}${refused.length} not</p>
</div>
<p class="links">${links}</p>
${faultForms(network, title, fault)}
<h3>Recorded</h3>
${entries(recorded, "Nothing yet.", (row) => recordedEntry(row, again.has(row)))}
${
  leads.length === 0
    ? []
    : html`<h3>Leads</h3>
${entries(leads, "", (lead) => leadEntry(lead, leadAgain.has(lead)))}
`
}<h3>Not recorded</h3>
${entries(refused, "Nothing was refused.", refusedEntry)}
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
  }<details class="fold">
<summary>Set a fault<span class="unseen"> for ${title}</span></summary>
<form class="fault" method="post" action="/faults">${field}
<label>Fault <select name="fault"><option value="">no fault</option>${faults.map(({ name }) => html`<option>${name}</option>`)}</select></label>
<label>Times <input name="times" type="number" min="1" placeholder="all" inputmode="numeric"></label>
<label>Delay in ms <input name="delayMs" type="number" min="0" max="600000" placeholder="2000" inputmode="numeric"></label>
<label>Retry-After <input name="retryAfter" placeholder="1" autocomplete="off"></label>
<button>Set<span class="unseen"> the fault for ${title}</span></button>
</form>
</details>`;
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** The entries that an earlier one says already. */
function repeated<Entry>(entries: readonly Entry[], what: (entry: Entry) => unknown): ReadonlySet<Entry> {
  const seen = new Set<string>();
  return new Set(entries.filter((entry) => seen.size === seen.add(JSON.stringify(what(entry))).size));
}

/** The same order, and the same product where each line has a row. */
const sameConversion = ({ network, order, lines }: BookRow) => [
  order,
  network === "shopback" ? lines[0]?.product : null,
];

const sameLead = ({ body }: RetrackLead) => [body.event, body.reference];
