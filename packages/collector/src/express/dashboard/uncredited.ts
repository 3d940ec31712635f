import { html } from "./html.ts";
import { tableHead } from "./table.ts";
import type { Reply, Visit } from "./visit.ts";

const SHOWN = 100;

/** Orders that nobody was credited for, with the reasons. */
export async function uncredited({ calls, show }: Visit): Promise<Reply> {
  const { count, more, newest } = await calls.uncredited(SHOWN);
  const orders = `${more ? "More than " : ""}${show.number(count)} ${count === 1 ? "order was" : "orders were"}`;
  const body = html`<h1>Not credited</h1>
<p class="faint">${count > 0 && `${orders} reported that nobody is credited for.`}
Most shoppers come from no network: that is no mistake. A reason that names a click, an account or a market may be one.</p>
<section class="card list" aria-label="Orders nobody is credited for, the newest first">
${
  newest.length === 0
    ? html`<p>None: every order that was reported is credited, or none was reported yet.</p>`
    : html`<table role="table">${tableHead([{ title: "Order" }, { title: "Reported" }, { title: "Why nobody is credited" }])}
<tbody role="rowgroup">${newest.map(
        ({ number, reportedAt, reason }) => html`<tr role="row"><th role="rowheader" scope="row">${number}</th>
<td role="cell">${show.time(reportedAt)}</td><td role="cell">${reason}</td></tr>`,
      )}</tbody></table>`
}
</section>
${count > newest.length && html`<p class="faint">These are the newest ${show.number(newest.length)}. Search for any other by its number.</p>`}`;
  return { page: { title: "Not credited", section: "uncredited", body } };
}
