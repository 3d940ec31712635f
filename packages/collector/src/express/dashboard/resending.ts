import { CollectorError } from "../../error.ts";
import type { Resent } from "../../resending.ts";
import { stepAgain } from "../../settlement.ts";
import { counted, nounOf, reasonInWords, titleOf } from "../../telling/words.ts";
import { type AskedAgain, markOf, NAME_WANTED, problemsOf, SPELT_OUT } from "./confirmation.ts";
import { dayIn, timesOf } from "./days.ts";
import type { Fields } from "./fields.ts";
import type { Formatting } from "./formatting.ts";
import { html, type Markup } from "./html.ts";
import { formTokenField, hidden, type Page } from "./layout.ts";
import { pageAt } from "./page-address.ts";
import type { Reply, Visit } from "./visit.ts";
import { whoFields } from "./who.ts";

const states = ["failed", "held", "delivered"] as const;
type State = (typeof states)[number];

/** What is to be sent again, as the form says it. */
interface Asked {
  /** Of one postback; empty where all of a kind are meant. */
  readonly id: string;
  readonly number: string;
  readonly network: string;
  readonly state: State;
  readonly since: string;
  readonly until: string;
}

function askedIn(fields: Fields): Asked {
  return {
    id: fields.exact("id"),
    number: fields.exact("number"),
    network: fields.get("network"),
    state: states.find((state) => state === fields.get("state")) ?? "failed",
    since: dayIn(fields, "since"),
    until: dayIn(fields, "until"),
  };
}

function filterOf({ id, number, network, state, ...days }: Asked, { timeZone }: Formatting) {
  const one = { ...(id ? { id } : {}), ...(number ? { number } : {}), ...(network ? { network } : {}) };
  return { ...one, state, ...timesOf(days, timeZone) };
}

/** How many, and the first hundred of them by name. Reading all of a long backlog once more tells no more. */
function seenOf({ count, superseded, postbacks }: Resent): string {
  return markOf([count, superseded, postbacks.map(({ id }) => id)]);
}

/** Asks whether postbacks are to be sent again, and says which and how. */
export async function confirmResend(visit: Visit): Promise<Reply> {
  return { page: await confirmPage(askedIn(visit.query), visit) };
}

/** Sends again what was confirmed, unless it is others by now. */
export async function resend(visit: Visit): Promise<Reply> {
  const { calls, form, show } = visit;
  const asked = askedIn(form);
  const by = form.get("by");
  const reason = form.get("reason");
  const again = async (status: number, extra: AskedAgain): Promise<Reply> => ({
    status,
    page: await confirmPage(asked, visit, { by, reason, ...extra }),
  });
  if (by === "") return again(422, { issues: [NAME_WANTED] });
  const filter = filterOf(asked, show);
  if (form.exact("seen") !== seenOf(await calls.resend({ ...filter, dryRun: true })))
    return again(409, { caution: "It is other postbacks since you looked. This is how it stands now: look again." });
  try {
    const sent = await calls.resend({ ...filter, by, ...(reason === "" ? {} : { reason }) });
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

function backTo({ number, network, state }: Asked): string {
  return number ? pageAt("order", { number }) : pageAt("orders", { network, state });
}

async function confirmPage(
  asked: Asked,
  { calls, session, formToken, show }: Visit,
  again: AskedAgain = {},
): Promise<Page> {
  const { by, reason = "", issues } = again;
  const { number, network, state } = asked;
  const resent = await calls.resend({ ...filterOf(asked, show), dryRun: true });
  const { count, superseded } = resent;
  const of = number ? ` of order ${number}` : network ? ` to ${titleOf(network)}` : "";
  const title = count === 0 ? "Nothing to send again" : `Send ${counted(show.number(count), "postback")}${of} again?`;
  const shown = resent.postbacks.slice(0, SPELT_OUT);
  const items = await Promise.all(shown.map((postback) => postbackItem(postback, state, count === 1, calls)));
  const rest = count - shown.length;
  const left = `${counted(show.number(superseded), "postback")} ${superseded === 1 ? "is" : "are"} left alone`;
  const which = asked.id ? "It is" : `No postback${of} is`;
  const body = html`<h1>${title}</h1>
${problemsOf(again)}
${superseded > 0 && html`<p class="faint">${left}: the network has a later one that says otherwise.</p>`}
${
  count === 0
    ? html`<section class="card">
${superseded === 0 && html`<p>${which} ${asked.id && "not "}${state} now. Somebody may have sent it again, or settled it.</p>`}
<p><a href="${backTo(asked)}">Back</a></p></section>`
    : html`<section class="card" aria-labelledby="told"><h2 id="told">What is sent</h2>
<ul class="told">${items}</ul>
${rest > 0 && html`<p class="faint">And ${show.number(rest)} more like these.</p>`}</section>
<form class="card form" method="post" action="${pageAt("resend")}">
${formTokenField(formToken)}${hidden({ ...asked, seen: seenOf(resent) })}
${whoFields(by ?? session.name, reason, issues)}
<div class="actions"><button>Send ${counted(show.number(count), "postback")} again</button><a href="${backTo(asked)}">Cancel</a></div>
</form>`
}`;
  return { title, section: "orders", body };
}

const stood = { failed: "It failed", held: "It is held", delivered: "It was delivered" } as const;

async function postbackItem(
  { id, kind, number, network, reason }: Resent["postbacks"][number],
  state: State,
  isOpen: boolean,
  calls: Visit["calls"],
): Promise<Markup> {
  const [listed] = await calls.postbacks({ id }, 0, 1);
  const title = titleOf(network);
  const noun = nounOf({ kind, line: listed?.line });
  const head = html`<h3>${noun} <span class="faint">to ${title}, order ${number}</span></h3>
${reason !== undefined && html`<p>${stood[state]}: ${reasonInWords(reason)}</p>`}`;
  if (!listed) return html`<li>${head}</li>`;
  const step = stepAgain(state, listed);
  const isAsking = state !== "failed" && typeof listed.ifUnknown === "object";
  const how = isAsking
    ? html`<p>${title} may have it, so what is sent next is what settles the doubt: ${title} is asked for it, or tells a
repeated call apart.</p>`
    : state === "failed"
      ? html`<p>${title} has nothing of it, and is sent it as it is.</p>`
      : html`<p class="caution"><strong>It is sent as it is.</strong> If ${title} has it already, it counts twice, and the
store pays twice: look into ${title}'s own portal first.</p>`;
  return html`<li>${head}${how}<details${isOpen && html` open`}>
<summary>What exactly<span class="unseen"> is sent for ${id}</span></summary>
<pre>${JSON.stringify(step, undefined, 2)}</pre></details></li>`;
}
