import { CollectorError, type Issue } from "../../error.ts";
import type { ConversionRecord } from "../../ledger/ledger.ts";
import { counted, nounOf, titleOf } from "../../telling/words.ts";
import { type Fields, pageAt } from "./fields.ts";
import type { Formatting } from "./formatting.ts";
import { html, type Markup } from "./html.ts";
import { formTokenField, hidden, type Page } from "./layout.ts";
import { MOST_CONVERSIONS, unknownPage } from "./order.ts";
import { moneyLeft, type Preview, previewOf } from "./preview.ts";
import type { Reply, Visit } from "./visit.ts";
import { whoFields } from "./who.ts";

/** Of so many postbacks the confirmation says what exactly is sent. */
const SPELT_OUT = 10;

type Kind = "approve" | "reject";

const verbs = { approve: "Approve", reject: "Reject" } as const;
const done = { approve: "Approved", reject: "Rejected" } as const;

/** What is decided, as the form says it. */
interface Decision {
  readonly number: string;
  readonly lines: readonly string[];
  readonly insist: boolean;
}

function decisionIn(fields: Fields): Decision {
  return { number: fields.exact("number"), lines: fields.all("line"), insist: fields.get("insist") === "on" };
}

/** Asks whether an order is to be approved or rejected, and says what the networks would be told. */
export const confirmDecision =
  (kind: Kind) =>
  async (visit: Visit): Promise<Reply> => {
    const decision = decisionIn(visit.query);
    const conversions = await placedOf(decision.number, visit);
    if (conversions.length === 0) return { status: 404, page: unknownPage(decision.number) };
    return { page: confirmPage(kind, decision, conversions, visit) };
  };

/** Approves or rejects what was confirmed, unless it has changed since. */
export const decide =
  (kind: Kind) =>
  async (visit: Visit): Promise<Reply> => {
    const { calls, form } = visit;
    const decision = decisionIn(form);
    const { number, lines, insist } = decision;
    const by = form.get("by");
    const reason = form.get("reason");
    const conversions = await placedOf(number, visit);
    if (conversions.length === 0) return { status: 404, page: unknownPage(number) };
    const again = (status: number, extra: Extra): Reply => ({
      status,
      page: confirmPage(kind, decision, conversions, visit, { by, reason, ...extra }),
    });
    if (by === "") return again(422, { issues: [{ path: "by", message: "is wanted" }] });
    if (form.exact("seen") !== standingOf(conversions))
      return again(409, { caution: "The order has changed since you looked. This is how it stands now: look again." });
    try {
      const options = {
        by,
        ...(reason === "" ? {} : { reason }),
        ...(lines.length > 0 ? { lines: [...lines] } : {}),
        ...(insist ? { insist } : {}),
      };
      const { postbacks, cancelled, repeated, reason: why } = await calls[kind](number, options);
      const told = [
        repeated ? "It stood so already, and nothing is sent." : `${done[kind]}.`,
        ...(postbacks.length > 0 ? [`${counted(String(postbacks.length), "postback")} will tell the networks.`] : []),
        ...(cancelled.length > 0 ? [`${counted(String(cancelled.length), "postback")} withdrawn before it left.`] : []),
        ...(why === undefined ? [] : [`${why}.`]),
      ];
      return { to: pageAt("order", { number }), notice: told.join(" "), name: by };
    } catch (error) {
      if (!(error instanceof CollectorError)) throw error;
      if (error.code === "ERR_CONFLICT") return again(409, {});
      if (error.code === "ERR_ORDER") return again(422, { issues: error.issues });
      throw error;
    }
  };

async function placedOf(number: string, { calls }: Visit): Promise<ConversionRecord[]> {
  if (number === "") return [];
  return (await calls.find({ number, limit: MOST_CONVERSIONS })).filter((one) => one.order !== undefined);
}

/** How often each conversion was changed: what is decided is what was seen. */
function standingOf(conversions: readonly ConversionRecord[]): string {
  return conversions.map(({ network, revision }) => `${network} ${revision}`).join(", ");
}

interface Extra {
  readonly by?: string;
  readonly reason?: string;
  readonly issues?: readonly Issue[];
  readonly caution?: string;
}

function confirmPage(
  kind: Kind,
  decision: Decision,
  conversions: readonly ConversionRecord[],
  { networks, session, formToken, show }: Visit,
  { by, reason = "", issues = [], caution }: Extra = {},
): Page {
  const { number, lines, insist } = decision;
  const change = { kind, insist, ...(lines.length > 0 ? { lines } : {}) };
  const previews = conversions.map((conversion) => previewOf(conversion, change, networks));
  const conflicts = previews.filter(({ conflict }) => conflict !== undefined);
  const isRepeated = previews.every((preview) => preview.isRepeated);
  const what = lines.length === 0 ? `order ${number}` : `${counted(String(lines.length), "line")} of order ${number}`;
  const other = issues.filter(({ path }) => path !== "by" && path !== "reason");
  const title = `${verbs[kind]} ${what}?`;
  const body = html`<h1>${title}</h1>
${caution !== undefined && html`<p class="caution" role="alert">${caution}</p>`}
${other.length > 0 && html`<div class="problem" role="alert">${other.map(({ path, message }) => html`<p>${path}: ${message}</p>`)}</div>`}
<section class="card"><h2>What is decided</h2>
<p>${lines.length === 0 ? html`All of the order that is not decided yet${insist ? ", and what is decided anew" : ""}.` : html`Only: ${namesOf(conversions[0], lines)}.`}</p>${leftItem(conversions[0], previews[0], show)}</section>
<section class="card" aria-labelledby="told"><h2 id="told">What the networks are told</h2>
<ul class="told">${previews.map((preview) => toldItem(preview, conversions))}</ul></section>
${
  conflicts.length > 0
    ? html`<section class="problem"><p><strong>This cannot be done as it is.</strong> Nothing was written.</p><p>${
        insist
          ? html`Your insisting does not help: <a href="${pageAt("order", { number })}">look at the order's story</a>.`
          : html`Where a decision is to be changed, you can <a href="${decisionAt(kind, { ...decision, insist: true })}">insist</a>: then it is decided again, and the networks are told so where they take it.`
      }</p></section><p><a href="${pageAt("order", { number })}">Back to the order</a></p>`
    : html`<form class="card form" method="post" action="${pageAt(kind)}">
${formTokenField(formToken)}${hidden({ number, seen: standingOf(conversions), insist: insist ? "on" : undefined })}${lines.map((line) => html`<input type="hidden" name="line" value="${line}">`)}
${whoFields(by ?? session.name, reason, issues)}
<div class="actions"><button${kind === "reject" && html` class="grave"`}${isRepeated && html` disabled`}>${verbs[kind]} ${what}</button><a href="${pageAt("order", { number })}">Cancel</a></div>
</form>`
}`;
  return { title, section: "orders", body };
}

/** What is left of the order, before and after. */
function leftItem(conversion: ConversionRecord | undefined, preview: Preview | undefined, show: Formatting): Markup {
  const { order, status, lines } = conversion ?? {};
  if (!order || !status || !lines || !preview?.left) return html``;
  const { currency } = order;
  const before = show.gross(moneyLeft({ order, status, lines }), currency);
  const after = show.gross(preview.left, currency);
  return before === after
    ? html`<p>The order stays at <strong>${after}</strong>.</p>`
    : html`<p>Of the order, <strong>${after}</strong> is left; it was ${before}.</p>`;
}

function decisionAt(kind: Kind, { number, lines, insist }: Decision): string {
  const query = new URLSearchParams({ number });
  for (const line of lines) query.append("line", line);
  if (insist) query.append("insist", "on");
  return `${pageAt(kind)}?${query}`;
}

function namesOf(conversion: ConversionRecord | undefined, skus: readonly string[]): Markup[] {
  return skus.map((sku, index) => {
    const line = conversion?.order?.lines.find((one) => one.sku === sku);
    return html`${index > 0 ? ", " : ""}${line ? html`${line.name} ` : html``}<span class="id">${sku}</span>`;
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
  return html`<li><h3>${title}</h3>
${conflict !== undefined && html`<p>Cannot be told: ${conflict}.</p>`}
${withdrawn.map((postback) => html`<p>${nounOf(postback)}: withdrawn. It never left, so ${title} never hears of it.</p>`)}
${postbacks.slice(0, SPELT_OUT).map(
  (postback) =>
    html`<p>${title} is sent: <strong>${nounOf(postback)}</strong>${isWaiting && " once what was told before has arrived"}.</p>
<details${postbacks.length === 1 && html` open`}><summary>What exactly<span class="unseen"> is sent: ${nounOf(postback)}</span></summary><pre>${JSON.stringify(postback.step, undefined, 2)}</pre></details>`,
)}
${postbacks.length > SPELT_OUT && html`<p class="faint">And ${String(postbacks.length - SPELT_OUT)} more like these.</p>`}
${conflict === undefined && postbacks.length === 0 && withdrawn.length === 0 && html`<p>Nothing is sent${reason === undefined ? "" : `: ${reason}`}.</p>`}</li>`;
}
