import { isDeepStrictEqual } from "node:util";
import { CollectorError, type Issue } from "../../error.ts";
import type { Resent } from "../../resending.ts";
import { stepAgain } from "../../settlement.ts";
import { counted, nounOf, reasonInWords, titleOf } from "../../telling/words.ts";
import { type Fields, pageAt } from "./fields.ts";
import { html, type Markup } from "./html.ts";
import { formTokenField, hidden, type Page } from "./layout.ts";
import { timesOf } from "./orders.ts";
import type { Reply, Visit } from "./visit.ts";
import { whoFields } from "./who.ts";

const states = ["failed", "held", "delivered"] as const;
type State = (typeof states)[number];

/** Of so many postbacks the confirmation says what exactly is sent. */
const SPELT_OUT = 10;

/** What is to be sent again, as the form says it. */
interface Asked {
  readonly number: string;
  readonly network: string;
  readonly state: State;
  readonly since: string;
  readonly until: string;
}

function askedIn(fields: Fields): Asked {
  const day = (name: string) => (/^\d{4}-\d\d-\d\d$/.test(fields.get(name)) ? fields.get(name) : "");
  return {
    number: fields.exact("number"),
    network: fields.get("network"),
    state: states.find((state) => state === fields.get("state")) ?? "failed",
    since: day("since"),
    until: day("until"),
  };
}

function filterOf({ number, network, state, ...days }: Asked) {
  return { ...(number ? { number } : {}), ...(network ? { network } : {}), state, ...timesOf(days) };
}

/** Asks whether postbacks are to be sent again, and says which and how. */
export async function confirmResend(visit: Visit): Promise<Reply> {
  return { page: await confirmPage(askedIn(visit.query), visit) };
}

/** Sends again what was confirmed, unless it is more or less by now. */
export async function resend(visit: Visit): Promise<Reply> {
  const { calls, form, show } = visit;
  const asked = askedIn(form);
  const by = form.get("by");
  const reason = form.get("reason");
  const again = async (status: number, extra: Extra): Promise<Reply> => ({
    status,
    page: await confirmPage(asked, visit, { by, reason, ...extra }),
  });
  if (by === "") return again(422, { issues: [{ path: "by", message: "is wanted" }] });
  const { count } = await calls.resend({ ...filterOf(asked), dryRun: true });
  if (String(count) !== form.get("count"))
    return again(409, { caution: "It is another number of postbacks since you looked. This is how it stands now." });
  try {
    const sent = await calls.resend({ ...filterOf(asked), by, ...(reason === "" ? {} : { reason }) });
    return {
      to: backTo(asked),
      notice: `${counted(show.number(sent.count), "postback")} will be sent again.`,
      name: by,
    };
  } catch (error) {
    if (!(error instanceof CollectorError && error.code === "ERR_ORDER")) throw error;
    return again(422, { issues: error.issues });
  }
}

interface Extra {
  readonly by?: string;
  readonly reason?: string;
  readonly issues?: readonly Issue[];
  readonly caution?: string;
}

function backTo({ number, network, state }: Asked): string {
  return number ? pageAt("order", { number }) : pageAt("orders", { network, state });
}

async function confirmPage(
  asked: Asked,
  { calls, session, formToken, show }: Visit,
  { by, reason = "", issues = [], caution }: Extra = {},
): Promise<Page> {
  const { number, network, state } = asked;
  const resent = await calls.resend({ ...filterOf(asked), dryRun: true });
  const { count, superseded } = resent;
  const of = number ? ` of order ${number}` : network ? ` to ${titleOf(network)}` : "";
  const title = count === 0 ? "Nothing to send again" : `Send ${counted(show.number(count), "postback")}${of} again?`;
  const other = issues.filter(({ path }) => path !== "by" && path !== "reason");
  const rest = count - resent.postbacks.slice(0, SPELT_OUT).length;
  const body = html`<h1>${title}</h1>
${caution !== undefined && html`<p class="caution" role="alert">${caution}</p>`}
${other.length > 0 && html`<div class="problem" role="alert">${other.map(({ path, message }) => html`<p>${path}: ${message}</p>`)}</div>`}
${superseded > 0 && html`<p class="faint">${counted(show.number(superseded), "postback")} ${superseded === 1 ? "is" : "are"} left alone: the network has a later one that says otherwise.</p>`}
${
  count === 0
    ? html`<section class="card"><p>No postback${of} is ${state} now. Somebody may have sent it again, or settled it.</p><p><a href="${backTo(asked)}">Back</a></p></section>`
    : html`<section class="card" aria-labelledby="told"><h2 id="told">What is sent</h2>
<ul class="told">${await Promise.all(resent.postbacks.slice(0, SPELT_OUT).map((postback) => postbackItem(postback, state, count === 1, calls)))}</ul>
${rest > 0 && html`<p class="faint">And ${show.number(rest)} more like these.</p>`}</section>
<form class="card form" method="post" action="${pageAt("resend")}">
${formTokenField(formToken)}${hidden({ ...asked, count: String(count) })}
${whoFields(by ?? session.name, reason, issues)}
<div class="actions"><button>Send ${counted(show.number(count), "postback")} again</button><a href="${backTo(asked)}">Cancel</a></div>
</form>`
}`;
  return { title, section: "orders", body };
}

async function postbackItem(
  { id, kind, number, network, reason }: Resent["postbacks"][number],
  state: State,
  isOpen: boolean,
  calls: Visit["calls"],
): Promise<Markup> {
  const [listed] = await calls.postbacks({ id }, 0, 1);
  const title = titleOf(network);
  const head = html`<h3>${nounOf({ kind, line: listed?.line })} <span class="faint">to ${title}, order ${number}</span></h3>${reason !== undefined && html`<p>${state === "failed" ? "It failed" : state === "held" ? "It is held" : "It was delivered"}: ${reasonInWords(reason)}</p>`}`;
  if (!listed) return html`<li>${head}</li>`;
  const step = stepAgain(state, listed);
  const isAsking = state !== "failed" && typeof listed.ifUnknown === "object";
  const how = isAsking
    ? html`<p>${title} may have it, so what is sent next is what settles the doubt: ${title} is asked for it, or tells a repeated call apart.</p>`
    : state === "failed"
      ? html`<p>${title} has nothing of it, and is sent it as it is.</p>`
      : html`<p class="caution"><strong>It is sent as it is.</strong> If ${title} has it already, it counts twice, and the store pays twice: look into ${title}'s own portal first.</p>`;
  return html`<li>${head}${how}${isDeepStrictEqual(step, null) ? html`` : html`<details${isOpen && html` open`}><summary>What exactly<span class="unseen"> is sent for ${id}</span></summary><pre>${JSON.stringify(step, undefined, 2)}</pre></details>`}</li>`;
}
