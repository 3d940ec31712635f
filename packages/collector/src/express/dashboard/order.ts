import { isPlaced, MOST_CONVERSIONS, type PlacedConversion } from "../../amendment.ts";
import { moneyLeft } from "../../changes.ts";
import type { ConversionRecord, PostbackRecord, PostbackState } from "../../ledger/ledger.ts";
import type { Money } from "../../money.ts";
import type { LineDecision } from "../../network.ts";
import { type Line, sumOf } from "../../order.ts";
import { overdue } from "../../telling/overdue.ts";
import { isSending } from "../../telling/timeline.ts";
import { nounOf, reasonInWords, stateMeaning, titleOf } from "../../telling/words.ts";
import type { Formatting } from "./formatting.ts";
import { html, type Markup } from "./html.ts";
import { stateBadge, statusBadge } from "./icons.ts";
import { formTokenField, hidden, type Page } from "./layout.ts";
import { pageAt } from "./page-address.ts";
import { storyOf } from "./story.ts";
import { tableHead } from "./table.ts";
import type { Reply, Visit } from "./visit.ts";

const SHOWN_LINES = 200;
const SHOWN_POSTBACKS = 200;

/** One order or lead with all that became of it. */
export async function order(visit: Visit): Promise<Reply> {
  const { calls, query } = visit;
  const number = query.exact("number");
  const conversions = number === "" ? [] : await calls.find({ number, limit: MOST_CONVERSIONS });
  if (conversions.length > 0) return { page: orderPage(number, conversions, visit) };
  const reason = number === "" ? undefined : await calls.uncreditedReason(number);
  if (reason !== undefined) return { page: uncreditedPage(number, reason) };
  return { status: 404, page: unknownPage(number) };
}

export function unknownPage(number: string): Page {
  return {
    title: "Unknown order",
    body: html`<h1>Order ${number} is not known</h1>
<section class="card"><p>It was never reported here, or its report is still in the journal: try again in a few seconds.
Search for it above as the shopper sees it.</p></section>`,
  };
}

function uncreditedPage(number: string, reason: string): Page {
  return {
    title: `Order ${number}`,
    section: "uncredited",
    body: html`<h1>Order ${number}</h1>
<section class="card"><h2>Nobody is credited for it</h2><p>It was reported, and no network is told of it: ${reason}.</p>
<p class="faint">Its lines are not kept. If the shopper says that they came from a network, report it again with that click:
<code>report({ clicks: [{ network, id, at }] }, order)</code>.</p></section>`,
  };
}

function orderPage(number: string, conversions: readonly ConversionRecord[], visit: Visit): Page {
  const placed = conversions.find(isPlaced);
  const title = `${placed ? "Order" : "Lead"} ${number}`;
  const forgotten = "It was forgotten: what was bought and by which click is erased.";
  const body = html`<div class="head"><h1>${title}</h1></div>
${placed && (placed.order.lines.length === 0 ? html`<p class="caution">${forgotten}</p>` : linesCard(placed, visit))}
${conversions.map((conversion) => conversionSection(conversion, visit.show))}`;
  return { title, section: "orders", body };
}

function linesCard(conversion: PlacedConversion, { show, formToken }: Visit): Markup {
  const { number, order, lines: decisions, status, amount } = conversion;
  const { currency, lines, discount, vouchers, market, placedAt } = order;
  const decisionOn = (sku: string) => (Object.hasOwn(decisions, sku) ? decisions[sku] : undefined);
  const canDecide = lines.some(({ sku }) => !decisionOn(sku));
  const sum = sumOf(order);
  const remainder = moneyLeft(conversion);
  const isLess = remainder.net !== sum.net || remainder.vat !== sum.vat;
  const shown = lines.slice(0, SHOWN_LINES);
  const facts = [
    html`<span>Placed ${show.time(placedAt)}</span>`,
    ...(market === undefined ? [] : [html`<span>Market ${market}</span>`]),
    ...(vouchers && vouchers.length > 0 ? [html`<span>Voucher ${vouchers.join(", ")}</span>`] : []),
  ];
  const cells = (money: Money, sign = "") =>
    html`<td role="cell" class="figure vat" data-label="VAT">${sign}${show.money(money.vat, currency)}</td>
<td role="cell" class="figure sum">${sign}${show.gross(money, currency)}</td>`;
  const head = tableHead([
    ...(canDecide ? [{ title: html`<span class="unseen">Choose</span>`, look: "choose" }] : []),
    { title: "Line" },
    { title: "Quantity", look: "figure" },
    { title: "Decision" },
    { title: "VAT", look: "figure" },
    { title: "Sum", look: "figure" },
  ]);
  const row = (line: Line, index: number) =>
    lineRow(line, `line-${index}`, decisionOn(line.sku), canDecide, cells(line), currency, show);
  const feet = [
    discount && footRow("Discount", cells(discount, "−"), canDecide),
    footRow("In all", cells(sum), canDecide),
    isLess && footRow("Left of it", cells(remainder), canDecide),
    amount && footRow("Approved with", cells(amount), canDecide),
  ].filter((foot) => !!foot);
  const again = (kind: "approve" | "reject") => pageAt(kind, { number, insist: "on" });
  return html`<section class="card" aria-labelledby="lines"><div class="head">
<h2 id="lines">${show.gross(sum, currency)} ${statusBadge(status)}</h2><p class="facts">${facts}</p></div>
<form class="form" method="post" action="${pageAt("approve")}">${formTokenField(formToken)}${hidden({ number })}
<div class="list lines"><table role="table" aria-label="Lines of the order">${head}
<tbody role="rowgroup">${shown.map(row)}</tbody>
<tfoot role="rowgroup">${feet}</tfoot></table></div>
${
  lines.length > shown.length &&
  html`<p class="faint">${show.number(lines.length - shown.length)} more lines are not shown; to decide on one, use the
command line or the API.</p>`
}
${
  canDecide
    ? html`<div class="actions"><button>Approve…</button>
<button class="quiet" formaction="${pageAt("reject")}">Reject…</button>
<span class="hint">Choose lines, or none for all that is not decided. You see what is sent before it is.</span></div>`
    : html`<div class="actions"><span class="hint">All of it is decided.</span>
<a href="${again("approve")}">Approve again…</a> <a href="${again("reject")}">Reject again…</a></div>`
}</form></section>`;
}

function lineRow(
  { sku, name, quantity, category }: Line,
  id: string,
  decision: LineDecision | undefined,
  canDecide: boolean,
  cells: Markup,
  currency: string,
  show: Formatting,
): Markup {
  const isOpen = canDecide && decision === undefined;
  const look = `${decision?.status === "rejected" ? "gone" : ""}${canDecide ? "" : " plain"}`;
  const title = isOpen
    ? html`<label for="${id}" class="what">${name}</label>`
    : html`<span class="what">${name}</span>`;
  const box = isOpen && html`<input type="checkbox" id="${id}" name="line" value="${sku}">`;
  const amount = decision?.amount && html` <span class="faint">with ${show.gross(decision.amount, currency)}</span>`;
  return html`<tr role="row" class="${look}">${canDecide && html`<td role="cell" class="choose">${box}</td>`}
<th role="rowheader" scope="row">${title} <span class="id faint">${sku}</span>${
    category !== undefined && html` <span class="faint">${category}</span>`
  }</th>
<td role="cell" class="figure" data-label="Quantity">${show.number(quantity)}</td>
<td role="cell">${statusBadge(decision?.status ?? "pending")}${amount}</td>${cells}</tr>`;
}

function footRow(title: string, cells: Markup, isIndented: boolean): Markup {
  return html`<tr role="row">${isIndented && html`<td role="cell"></td>`}<th role="rowheader" scope="row">${title}</th>
<td role="cell"></td><td role="cell"></td>${cells}</tr>`;
}

function conversionSection(conversion: ConversionRecord, show: Formatting): Markup {
  const { network, number, postbacks, lead } = conversion;
  const title = titleOf(network);
  const delivered = postbacks.filter(({ state }) => state === "delivered").length;
  const needy = postbacks.filter(({ state }) => state === "held" || state === "failed");
  const isLong = postbacks.length > SHOWN_POSTBACKS;
  // Of an order of thousands of lines, first what needs somebody.
  const shown = isLong ? [...new Set([...needy, ...postbacks])].slice(0, SHOWN_POSTBACKS) : postbacks;
  const again = pageAt("resend", { number, network, state: "delivered" });
  return html`<section class="card" aria-label="Postbacks to ${title}"><div class="head"><h2>Postbacks to ${title}</h2>
${delivered > 1 && html`<a href="${again}">Send all that is delivered again…</a>`}</div>
${lead && leadFacts(lead)}
${
  postbacks.length === 0
    ? html`<p>None: the network was never told of it.</p>`
    : html`<ul class="postbacks">${shown.map((postback) => postbackItem(conversion, postback, show))}</ul>`
}
${isLong && html`<p class="faint">${show.number(postbacks.length - shown.length)} more are not shown.</p>`}</section>
<section class="card" aria-label="Story with ${title}"><h2>Story with ${title}</h2>${storyOf(conversion, show)}</section>`;
}

function leadFacts({ voucher, event }: NonNullable<ConversionRecord["lead"]>): Markup {
  const facts = [voucher && `voucher ${voucher}`, event && `event ${event}`].filter(Boolean).join(", ");
  return facts ? html`<p class="faint">A lead with ${facts}.</p>` : html``;
}

const stepTitle: Readonly<Record<PostbackState, string>> = {
  pending: "What is sent next",
  delivered: "What was sent last",
  held: "What it would send",
  failed: "What it would send",
  cancelled: "What it would have sent",
};

function postbackItem({ number }: ConversionRecord, postback: PostbackRecord, show: Formatting): Markup {
  const { id, state, reason, remoteId, attempts, step } = postback;
  const noun = nounOf(postback);
  const tries =
    attempts.length === 0
      ? "never tried"
      : attempts.length === 1
        ? "tried once"
        : `tried ${show.number(attempts.length)} times`;
  const facts = [
    html`<span class="faint">${stateMeaning[state]}</span>`,
    html`<span class="faint">${tries}</span>`,
    ...(state === "pending" ? [nextTry(postback, show)] : []),
    ...(remoteId === undefined ? [] : [html`<span>known there as <span class="id">${remoteId}</span></span>`]),
  ];
  const settle = (look: string) => html`<a class="${look}" href="${pageAt("settle", { postback: id })}">Settle…
<span class="unseen">${noun}</span></a>`;
  const resend = (look: string) => html`<a class="${look}" href="${pageAt("resend", { id, number, state })}">Send again…
<span class="unseen">${noun}</span></a>`;
  const actions: Markup[] | undefined = {
    held: [settle("button"), resend("button quiet")],
    failed: [resend("button"), settle("button quiet")],
    delivered: [resend("")],
    pending: undefined,
    cancelled: undefined,
  }[state];
  return html`<li><div class="head"><h3>${noun}</h3>${stateBadge(state)}</div>
<p class="facts">${facts}</p>
${reason !== undefined && html`<p class="said">${reasonInWords(reason)}</p>`}
${
  step !== null &&
  html`<details><summary>${stepTitle[state]}<span class="unseen">: ${noun}</span></summary>
<pre>${JSON.stringify(step, undefined, 2)}</pre></details>`
}
${step !== null && actions && html`<div class="actions">${actions}</div>`}</li>`;
}

function nextTry(postback: PostbackRecord, show: Formatting): Markup {
  if (isSending(postback)) return html`<span>being sent now</span>`;
  if (!postback.dueAt) return html`<span>waits for one before it</span>`;
  if (overdue(postback, show.now) === "never tried")
    return html`<strong>due ${show.time(postback.dueAt)}, and nothing sends it: is a collector started?</strong>`;
  return html`<span>next try ${show.time(postback.dueAt)}</span>`;
}
