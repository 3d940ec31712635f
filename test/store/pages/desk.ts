import type { ConversionRecord, DecisionRecord, Line, PostbackRecord, Status } from "@cashtrail/collector";
import { gross, written } from "../cart.ts";
import { currencies } from "../catalogue.ts";
import type { Notice } from "../desk-notice.ts";
import type { Frame } from "../frame.ts";
import { html, type Markup } from "../html.ts";
import { networkTitle } from "../network-title.ts";
import { isAllReturned, type PlacedOrder } from "../placed-order.ts";
import { page } from "./layout.ts";

/** An order, and what the collector knows of it. */
export interface DeskEntry {
  readonly placed: PlacedOrder;
  readonly conversions: readonly ConversionRecord[];
}

/** The orders of the store, and what can be done with each. */
export function deskPage(frame: Frame, entries: readonly DeskEntry[], notice: Notice | undefined): string {
  return page(
    frame,
    "Returns desk",
    html`<p class="eyebrow">For the people of the shop</p>
<h1>Returns desk</h1>
<p class="lead desk-lead">What came back, what was kept, and what each network knows of it.</p>
<p class="small desk-lead">A real desk would ask who you are. This one is part of a demo: there is no login, so it shows no names and no addresses.</p>
${
  entries.length === 0
    ? html`<section class="empty"><h2>No orders yet</h2><p>Buy something first, then come back and return it.</p><p><a class="button" href="/#arrive">Arrive from a network</a></p></section>`
    : html`<p class="desk-links"><a href="/desk">Look again</a> <a href="${frame.book}">What the networks recorded</a></p>
${entries.map((entry) => orderCard(entry, notice?.number === entry.placed.order.number ? notice : undefined))}`
}`,
  );
}

function orderCard({ placed, conversions }: DeskEntry, notice: Notice | undefined): Markup {
  const { order, bill, currency } = placed;
  const { number } = order;
  return html`<article class="panel desk-order" id="order-${number}" tabindex="-1" aria-labelledby="order-${number}-title"${notice && html` aria-describedby="notice"`}>
<header>
<h2 id="order-${number}-title">Order ${number}</h2>
<span class="tag ${stateOf(placed)}">${stateWords[stateOf(placed)]}</span>
<p class="small placed">${dateOf(placed)}</p>
<p class="price">${written(gross(bill.total), currency)} <span class="small with-shipping">with shipping</span></p>
</header>
${notice && html`<div class="notice${notice.isConflict && " conflict"}" id="notice"><strong>${notice.title}</strong><p>${notice.text}</p></div>\n`}<div class="desk-halves">
<form method="post" action="/desk/${number}/return">
<ul class="desk-lines">
${order.lines.map((line) => lineRow(line, placed))}</ul>
${actions(placed)}
</form>
${conversions.length === 0 ? uncredited(placed) : conversions.map(creditedTo)}
</div>
</article>
`;
}

const stateWords = { open: "May come back", partly: "Returned in part", returned: "Returned", closed: "Closed" };

function stateOf(placed: PlacedOrder): keyof typeof stateWords {
  if (isAllReturned(placed)) return "returned";
  if (placed.isClosed) return "closed";
  return placed.returned.size > 0 ? "partly" : "open";
}

function isDecided(placed: PlacedOrder): boolean {
  return placed.isClosed || isAllReturned(placed);
}

function dateOf({ order, currency }: PlacedOrder): string {
  const format = new Intl.DateTimeFormat(currencies[currency].locale, { dateStyle: "medium", timeStyle: "short" });
  return format.format(order.placedAt);
}

function lineRow({ sku, name, quantity, net, vat }: Line, placed: PlacedOrder): Markup {
  const { order, currency, returned } = placed;
  const isLast = order.lines.length - returned.size === 1;
  const end = returned.has(sku)
    ? html`<span class="fate">Returned</span>`
    : isDecided(placed)
      ? html`<span class="fate kept">Kept</span>`
      : !isLast &&
        html`<button class="second slim" name="sku" value="${sku}">Return<span class="unseen"> ${name}, order ${order.number}</span></button>`;
  return html`<li${returned.has(sku) && html` class="back"`}>
<img src="/pictures/${sku}.svg" alt="" width="640" height="640" loading="lazy">
<div class="what"><span class="item">${name}</span><p class="small desk-amount">Quantity ${quantity} · ${written(net + vat, currency)}</p></div>
${end}
</li>
`;
}

function actions(placed: PlacedOrder): Markup | undefined {
  if (isDecided(placed)) return undefined;
  const { number } = placed.order;
  return html`<div class="deeds">
<button class="second slim">Return the ${placed.returned.size === 0 ? "whole order" : "rest"}<span class="unseen">, order ${number}</span></button>
<button class="slim" formaction="/desk/${number}/close">Close it<span class="unseen">, order ${number}</span></button>
<p class="small">Close it when the return period is over: what is left then is kept.</p>
</div>`;
}

function uncredited({ cashback }: PlacedOrder): Markup {
  return html`<section class="told none">
<h3>Credited to nobody</h3>
<p class="small">${cashback?.reason ? html`Why: ${cashback.reason}. ` : undefined}No network is told of the order, nor of what becomes of it.</p>
</section>`;
}

const statusWords: Readonly<Record<Status, string>> = {
  pending: "none yet",
  approved: "approved",
  rejected: "rejected",
};

function creditedTo({ network, status, postbacks, decisions }: ConversionRecord): Markup {
  return html`<section class="told">
<h3>Credited to ${networkTitle(network)}</h3>
<p class="small">The shop's decision: <strong>${statusWords[status]}</strong>. Postbacks:</p>
<ol>
${postbacks.map(toldRow)}</ol>
${
  decisions.length > 0 &&
  html`<p class="small desk-said">The desk said:</p>
<ul class="said">
${decisions.map(({ what, reason }) => html`<li class="small">${decisionWords[what]}${reason && `: ${reason}`}</li>\n`)}</ul>`
}
</section>`;
}

const kindWords: Readonly<Record<PostbackRecord["kind"], string>> = {
  create: "The order",
  update: "What is left of it",
  approve: "The approval",
  reject: "The rejection",
  lead: "The lead",
};

const decisionWords: Readonly<Record<DecisionRecord["what"], string>> = {
  update: "Changed",
  approve: "Approved",
  reject: "Rejected",
  resend: "Sent again",
  settle: "Decided by hand",
  forget: "Forgotten",
};

function toldRow({ kind, state, reason, ...rest }: PostbackRecord): Markup {
  // Why something was withdrawn, the desk itself said.
  const why = state !== "cancelled" && reason;
  return html`<li class="${state}"><span>${kindWords[kind]}</span> <strong>${stateInWords({ state, ...rest })}</strong>${why && html`<span class="small why">Why: ${why}</span>`}</li>
`;
}

function stateInWords({ state, dueAt, attempts }: Pick<PostbackRecord, "state" | "dueAt" | "attempts">): string {
  switch (state) {
    case "pending":
      if (!dueAt) return "waits for the one before it";
      if (attempts.at(-1)?.outcome === "sending") return "on its way";
      return attempts.length === 0 ? "about to leave" : "tried again later";
    case "delivered":
      return "delivered";
    case "held":
      return "held: a person must decide";
    case "failed":
      return "not taken";
    case "cancelled":
      return "withdrawn before it arrived";
  }
}
