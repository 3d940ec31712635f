import type { By, Changed } from "../../amending.ts";
import { isPlaced, MOST_CONVERSIONS, type PlacedConversion } from "../../amendment.ts";
import { lineSum, moneyLeft } from "../../changes.ts";
import { CollectorError, type Issue } from "../../error.ts";
import type { ConversionRecord } from "../../ledger/ledger.ts";
import type { Money } from "../../money.ts";
import { counted, nounOf, titleOf } from "../../telling/words.ts";
import { amountFields, amountOf, type Typed, typedIn } from "./amount.ts";
import { type AskedAgain, markOf, NAME_WANTED, problemsOf, SPELT_OUT } from "./confirmation.ts";
import type { Fields } from "./fields.ts";
import type { Formatting } from "./formatting.ts";
import { html, type Markup } from "./html.ts";
import { formTokenField, hidden, type Page } from "./layout.ts";
import { unknownPage } from "./order.ts";
import { pageAt } from "./page-address.ts";
import { type Preview, previewOf } from "./preview.ts";
import type { Reply, Visit } from "./visit.ts";
import { whoFields } from "./who.ts";

type Kind = "approve" | "reject";

const verbs = { approve: "Approve", reject: "Reject" } as const;
const done = { approve: "Approved", reject: "Rejected" } as const;

/** What is decided, as the form says it. */
interface Decision {
  readonly kind: Kind;
  readonly number: string;
  readonly lines: readonly string[];
  readonly insist: boolean;
  readonly typed: Typed;
}

function decisionIn(kind: Kind, fields: Fields): Decision {
  return {
    kind,
    number: fields.exact("number"),
    lines: fields.all("line"),
    insist: fields.get("insist") === "on",
    typed: kind === "approve" ? typedIn(fields) : { net: "", vat: "" },
  };
}

/** What a decision would do to an order as it stands now. */
interface Outlook {
  readonly decision: Decision;
  readonly conversions: readonly [PlacedConversion, ...PlacedConversion[]];
  readonly amount?: Money | undefined;
  /** What is wrong with the amount. */
  readonly issues: readonly Issue[];
  readonly previews: readonly Preview[];
  /** The most that may be approved; absent where a network takes no amount. */
  readonly most?: Money | undefined;
}

/** Undefined where the order is not known. */
async function outlookOn(decision: Decision, { calls, networks }: Visit): Promise<Outlook | undefined> {
  const { kind, number, lines, insist, typed } = decision;
  const found = number === "" ? [] : await calls.find({ number, limit: MOST_CONVERSIONS });
  const [first, ...rest] = found.filter(isPlaced);
  if (!first) return undefined;
  const conversions = [first, ...rest] as const;
  const previewsWith = (amount?: Money) =>
    conversions.map((one) => previewOf(one, { kind, insist, amount, ...(lines.length > 0 && { lines }) }, networks));
  const whole = previewsWith();
  const [sku] = lines;
  const most = sku === undefined ? (whole[0]?.left ?? moneyLeft(first)) : lineSum(first.order, sku);
  const { amount, issues } = amountOf(typed, first.order.currency, most);
  const takesAmount = kind === "approve" && previewsWith({ net: 0, vat: 0 }).every(({ conflict }) => !conflict);
  const previews = amount ? previewsWith(amount) : whole;
  return { decision, conversions, amount, issues, previews, most: takesAmount ? most : undefined };
}

/** Asks whether an order is to be approved or rejected, and says what the networks would be told. */
export const confirmDecision = (kind: Kind) => async (visit: Visit) => confirm(decisionIn(kind, visit.query), visit);

async function confirm(decision: Decision, visit: Visit): Promise<Reply> {
  const outlook = await outlookOn(decision, visit);
  if (!outlook) return { status: 404, page: unknownPage(decision.number) };
  return { status: outlook.issues.length > 0 ? 422 : 200, page: confirmPage(outlook, visit) };
}

/** Approves or rejects what was confirmed, unless it would do something else by now. Asks where nothing was yet. */
export const decide = (kind: Kind) => async (visit: Visit) => decided(decisionIn(kind, visit.form), visit);

async function decided(decision: Decision, visit: Visit): Promise<Reply> {
  const { calls, form } = visit;
  const seen = form.exact("seen");
  if (seen === "") return confirm(decision, visit);
  const outlook = await outlookOn(decision, visit);
  if (!outlook) return { status: 404, page: unknownPage(decision.number) };
  const said = { by: form.get("by"), reason: form.get("reason") };
  const again = (status: number, extra: AskedAgain = {}): Reply => ({
    status,
    page: confirmPage(outlook, visit, { ...said, ...extra }),
  });
  if (outlook.issues.length > 0) return again(422);
  if (said.by === "") return again(422, { issues: [NAME_WANTED] });
  if (seen !== seenOf(outlook))
    return again(409, { caution: "The order has changed since you looked. This is how it stands now: look again." });
  try {
    const notice = noticeOf(decision.kind, await performed(outlook, said, calls));
    return { to: pageAt("order", { number: decision.number }), notice, name: said.by };
  } catch (error) {
    if (!(error instanceof CollectorError)) throw error;
    if (error.code === "ERR_CONFLICT") return again(409);
    if (error.code === "ERR_ORDER") return again(422, { issues: error.issues });
    throw error;
  }
}

function performed({ decision, amount }: Outlook, { by, reason }: By, calls: Visit["calls"]): Promise<Changed> {
  const { kind, number, lines, insist } = decision;
  const options = { by, reason: reason || undefined, lines: lines.length > 0 ? [...lines] : undefined, insist };
  return kind === "approve" ? calls.approve(number, { ...options, amount }) : calls.reject(number, options);
}

function noticeOf(kind: Kind, { postbacks, cancelled, repeated, reason }: Changed): string {
  return [
    repeated ? "It stood so already, and nothing is sent." : `${done[kind]}.`,
    ...(postbacks.length > 0 ? [`${counted(String(postbacks.length), "postback")} will tell the networks.`] : []),
    ...(cancelled.length > 0 ? [`${counted(String(cancelled.length), "postback")} withdrawn before it left.`] : []),
    ...(reason === undefined ? [] : [`${reason}.`]),
  ].join(" ");
}

/** How often the order was changed, and what would be sent and withdrawn, which changes with each delivery too. */
function seenOf({ conversions, amount, previews }: Outlook): string {
  return markOf([conversions.map(({ revision }) => revision), amount, previews]);
}

function confirmPage(outlook: Outlook, visit: Visit, again: AskedAgain = {}): Page {
  const { by, reason = "", issues } = again;
  const { decision, conversions, amount, previews } = outlook;
  const { kind, number, lines, insist } = decision;
  const { session, formToken, show } = visit;
  const isRepeated = previews.every((preview) => preview.isRepeated);
  const canBeRead = outlook.issues.length === 0;
  const isImpossible = previews.some(({ conflict }) => conflict !== undefined);
  const what = lines.length === 0 ? `order ${number}` : `${counted(String(lines.length), "line")} of order ${number}`;
  const title = `${verbs[kind]} ${what}?`;
  const all = html`All of the order that is not decided yet${insist && ", and what is decided anew"}.`;
  const body = html`<h1>${title}</h1>
${problemsOf(again)}
<section class="card"><h2>What is decided</h2>
<p>${lines.length === 0 ? all : html`Only: ${namesOf(conversions[0], lines)}.`}</p>
${canBeRead && leftItem(outlook, show)}
${amountForm(outlook, formToken)}</section>
${
  canBeRead &&
  html`<section class="card" aria-labelledby="told"><h2 id="told">What the networks are told</h2>
<ul class="told">${previews.map((preview) => toldItem(preview, conversions))}</ul></section>`
}
${isImpossible && conflictSection(decision, formToken)}
${
  !isImpossible &&
  canBeRead &&
  html`<form class="card form" method="post" action="${pageAt(kind)}">
${decisionFields(decision, formToken)}${amount && hidden({ ...decision.typed })}${hidden({ seen: seenOf(outlook) })}
${whoFields(by ?? session.name, reason, issues)}
<div class="actions"><button${kind === "reject" && html` class="grave"`}${isRepeated && html` disabled`}>
${verbs[kind]} ${what}</button><a href="${pageAt("order", { number })}">Cancel</a></div>
</form>`
}`;
  return { title, section: "orders", body };
}

function decisionFields({ number, lines, insist }: Decision, formToken: string): Markup {
  return html`${formTokenField(formToken)}${hidden({ number, insist: insist ? "on" : undefined })}
${lines.map((line) => html`<input type="hidden" name="line" value="${line}">`)}`;
}

function conflictSection(decision: Decision, formToken: string): Markup {
  const { kind, number, insist } = decision;
  const story = pageAt("order", { number });
  if (insist)
    return html`<section class="problem"><p><strong>This cannot be done as it is.</strong> Nothing was written.
Your insisting does not help: <a href="${story}">look at the order's story</a>.</p></section>`;
  return html`<section class="problem"><p><strong>This cannot be done as it is.</strong> Nothing was written.</p>
<p>Where a decision is to be changed, you can insist: then it is decided again, and the networks are told so where they take
it.</p></section>
<form class="actions" method="post" action="${pageAt(kind)}">${decisionFields({ ...decision, insist: true }, formToken)}
<button class="quiet">Insist…</button><a href="${story}">Back to the order</a></form>`;
}

/** Asks for another amount, where the networks take one: what is sent then is said before it is. */
function amountForm({ decision, conversions, amount, issues, most }: Outlook, formToken: string): Markup {
  if (!most) return html``;
  const { currency } = conversions[0].order;
  const isOpen = amount !== undefined || issues.length > 0;
  return html`<details${isOpen && html` open`}><summary>Approve with a smaller amount</summary>
<form class="form amount" method="post" action="${pageAt("approve")}">${decisionFields(decision, formToken)}
<div class="amounts">${amountFields(decision.typed, currency, most, issues)}</div>
<div class="actions"><button class="quiet">See what is sent then</button>
<span class="hint">The final amount, written with a dot. Leave both empty for all of it.</span>
${issues.length > 0 && html`<a href="${pageAt("order", { number: decision.number })}">Cancel</a>`}</div>
</form></details>`;
}

/** What is left of the order, before and after. */
function leftItem({ conversions, previews, amount }: Outlook, show: Formatting): Markup {
  const { order, lines } = conversions[0];
  const { currency } = order;
  if (amount)
    return html`<p>With a final amount of <strong>${show.gross(amount, currency)}</strong>:
${show.money(amount.net, currency)} and ${show.money(amount.vat, currency)} VAT.</p>`;
  if (!previews[0]?.left) return html``;
  const before = show.gross(moneyLeft({ order, lines }), currency);
  const after = show.gross(previews[0].left, currency);
  return before === after
    ? html`<p>The order stays at <strong>${after}</strong>.</p>`
    : html`<p>Of the order, <strong>${after}</strong> is left; it was ${before}.</p>`;
}

function namesOf({ order }: PlacedConversion, skus: readonly string[]): Markup[] {
  return skus.map((sku, index) => {
    const line = order.lines.find((one) => one.sku === sku);
    return html`${index > 0 && ", "}${line && html`${line.name} `}<span class="id">${sku}</span>`;
  });
}

function toldItem(
  { network, postbacks, cancelled, reason, conflict }: Preview,
  conversions: readonly ConversionRecord[],
): Markup {
  const title = titleOf(network);
  const known = conversions.find((one) => one.network === network)?.postbacks ?? [];
  const isWaiting = known.some(
    ({ id, state }) => state !== "delivered" && state !== "cancelled" && !cancelled.includes(id),
  );
  const withdrawn = known.filter(({ id }) => cancelled.includes(id));
  const isNothing = conflict === undefined && postbacks.length === 0 && withdrawn.length === 0;
  const rest = postbacks.length - SPELT_OUT;
  return html`<li><h3>${title}</h3>
${conflict !== undefined && html`<p>Cannot be told: ${conflict}.</p>`}
${withdrawn.map((one) => html`<p>${nounOf(one)}: withdrawn. It never left, so ${title} never hears of it.</p>`)}
${postbacks.slice(0, SPELT_OUT).map((postback) => {
  const noun = nounOf(postback);
  return html`<p>${title} is sent: <strong>${noun}</strong>${isWaiting && " once what was told before has arrived"}.</p>
<details${postbacks.length === 1 && html` open`}><summary>What exactly<span class="unseen"> is sent: ${noun}</span></summary>
<pre>${JSON.stringify(postback.step, undefined, 2)}</pre></details>`;
})}
${rest > 0 && html`<p class="faint">And ${String(rest)} more like these.</p>`}
${isNothing && html`<p>Nothing is sent${reason !== undefined && `: ${reason}`}.</p>`}</li>`;
}
