import { CollectorError, type Issue } from "../../error.ts";
import type { ListedPostback } from "../../ledger/ledger.ts";
import { nounOf, reasonInWords, stateTitle, titleOf } from "../../telling/words.ts";
import { NAME_WANTED } from "./confirmation.ts";
import { html } from "./html.ts";
import { formTokenField, hidden, type Page, problemPage } from "./layout.ts";
import { pageAt } from "./page-address.ts";
import type { Reply, Visit } from "./visit.ts";
import { otherProblems, whoFields } from "./who.ts";

/** Asks what a person found at the network about a held or failed postback. */
export async function confirmSettle(visit: Visit): Promise<Reply> {
  const postback = await postbackOf(visit.query.exact("postback"), visit);
  return replyFor(postback, visit);
}

/** Settles a held or failed postback as a person found it. */
export async function settle(visit: Visit): Promise<Reply> {
  const { calls, form } = visit;
  const postback = await postbackOf(form.exact("postback"), visit);
  const said = {
    verdict: form.get("verdict"),
    remoteId: form.get("remoteId"),
    by: form.get("by"),
    reason: form.get("reason"),
  };
  if (!postback || !canSettle(postback)) return replyFor(postback, visit);
  const { verdict, remoteId, by, reason } = said;
  const again = (issues: readonly Issue[]): Reply => ({ status: 422, page: settlePage(postback, visit, said, issues) });
  if (!isVerdict(verdict)) return again([{ path: "what you found", message: "is wanted" }]);
  if (by === "") return again([NAME_WANTED]);
  try {
    await calls.settle(postback.id, verdict, {
      by,
      ...(reason === "" ? {} : { reason }),
      ...(remoteId === "" || verdict !== "delivered" ? {} : { remoteId }),
    });
  } catch (error) {
    if (!(error instanceof CollectorError)) throw error;
    if (error.code === "ERR_CONFLICT") return replyFor(await postbackOf(postback.id, visit), visit);
    if (error.code === "ERR_ORDER") return again(error.issues);
    throw error;
  }
  const notice = `Settled: ${titleOf(postback.network)} ${found[verdict]}.`;
  return { to: pageAt("order", { number: postback.number }), notice, name: by };
}

async function postbackOf(id: string, { calls }: Visit): Promise<ListedPostback | undefined> {
  return id === "" ? undefined : (await calls.postbacks({ id }, 0, 1))[0];
}

function replyFor(postback: ListedPostback | undefined, visit: Visit): Reply {
  if (!postback)
    return {
      status: 404,
      page: problemPage(
        "This postback is not known",
        html`<p>Open it from its order's page: search for the order above.</p>`,
      ),
    };
  if (canSettle(postback)) return { page: settlePage(postback, visit) };
  return {
    status: 409,
    page: problemPage(
      "There is nothing to settle any more",
      html`<p>${nounOf(postback)} is ${stateTitle[postback.state].toLowerCase()} by now, and only what is held or failed is
settled by a person. <a href="${pageAt("order", { number: postback.number })}">Look at its story</a>.</p>`,
    ),
  };
}

const found = {
  delivered: "has it",
  failed: "does not have it",
  cancelled: "does not have it, and it is put aside",
} as const;

const isVerdict = (text: string): text is keyof typeof found => Object.hasOwn(found, text);

function canSettle({ state }: ListedPostback): boolean {
  return state === "held" || state === "failed";
}

interface Said {
  readonly verdict: string;
  readonly remoteId: string;
  readonly by: string;
  readonly reason: string;
}

function settlePage(
  { id, kind, line, number, network, state, reason: why, step }: ListedPostback,
  { session, formToken }: Visit,
  { verdict, remoteId, by, reason }: Said = { verdict: "", remoteId: "", by: session.name, reason: "" },
  issues: readonly Issue[] = [],
): Page {
  const title = titleOf(network);
  const noun = nounOf({ kind, line });
  const choice = (value: keyof typeof found, text: string, follows: string) =>
    html`<label class="choice"><input type="radio" name="verdict" value="${value}" required${verdict === value && html` checked`}>
<span><strong>${text}</strong> ${follows}</span></label>`;
  const body = html`<h1>What does ${title} have?</h1>
${otherProblems(issues)}
<section class="card"><h2>${noun} <span class="faint">order ${number}</span></h2>
${why !== undefined && html`<p>It ${state === "held" ? "is held" : "failed"}: ${reasonInWords(why)}</p>`}
<p>Look for it in ${title}'s own portal. <strong>Nothing is sent for it now</strong>, whatever you choose. To have it sent,
<a href="${pageAt("resend", { id, number, state })}">send it again</a> instead.</p>
<details><summary>What was sent</summary><pre>${JSON.stringify(step, undefined, 2)}</pre></details></section>
<form class="card form" method="post" action="${pageAt("settle")}">
${formTokenField(formToken)}${hidden({ postback: id })}
<fieldset><legend>What did you find?</legend>
${choice("delivered", `${title} has it.`, "It counts as delivered, and what waits behind it goes on.")}
${choice("failed", `${title} does not have it.`, "It counts as failed, and can be sent again later.")}
${choice("cancelled", `${title} does not have it, and shall not.`, "It is put aside, and counts no longer.")}
</fieldset>
<div class="field"><label for="remoteId">${title}'s own id for it</label>
<input id="remoteId" name="remoteId" type="text" value="${remoteId}" maxlength="500" autocomplete="off" spellcheck="false"
 aria-describedby="remoteId-hint">
<p class="hint" id="remoteId-hint">Where it has it and you see its id: what is told later names it. It may stay empty.</p></div>
${whoFields(by, reason, issues)}
<div class="actions"><button>Settle it</button><a href="${pageAt("order", { number })}">Cancel</a></div>
</form>`;
  return { title: `Settle order ${number}`, section: "orders", body };
}
