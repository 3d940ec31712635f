import type { ConversionRecord, Filter, PostbackRecord, PostbackState } from "../../ledger/ledger.ts";
import type { Status } from "../../network.ts";
import { sumOf } from "../../order.ts";
import { byGravity, nounOf, reasonInWords, stateTitle, statusTitle, titleOf } from "../../telling/words.ts";
import { dayIn, timesOf } from "./days.ts";
import type { Fields } from "./fields.ts";
import type { Formatting } from "./formatting.ts";
import { html, type Markup } from "./html.ts";
import { stateBadge, statusBadge } from "./icons.ts";
import { pageAt } from "./page-address.ts";
import { tableHead } from "./table.ts";
import type { Reply, Visit } from "./visit.ts";

const PAGE = 50;

/** What is asked of a list, as it stands in the address. */
interface Asked {
  readonly network: string;
  readonly state: string;
  readonly status: string;
  readonly since: string;
  readonly until: string;
}

/** Conversions, the newest first. */
export async function orders({ calls, networks, query, show }: Visit): Promise<Reply> {
  const asked = askedOf(query);
  const before = Number(query.get("before"));
  const isPaged = Number.isSafeInteger(before) && before > 0;
  const wanted = wantedOf(asked, show.timeZone);
  const found = await calls.find({ ...wanted, ...(isPaged ? { before } : {}), limit: PAGE + 1 });
  const listed = found.slice(0, PAGE);
  const isMore = found.length > PAGE;
  const accounts = [...new Set([...networks.map(({ id }) => id), asked.network])].filter(Boolean);
  const isFiltered = Object.values(asked).some(Boolean);
  const unread = Object.entries(asked).filter(([name, value]) => value === "" && query.get(name) !== "");
  const { status, ...again } = asked;
  const canResend = asked.state === "failed" && listed.length > 0 && !status;
  const older = pageAt("orders", { ...asked, before: String(listed.at(-1)?.serial) });
  const body = html`<div class="head"><h1>Orders</h1>${
    canResend && html`<a class="button quiet" href="${pageAt("resend", again)}">Send all of these again…</a>`
  }</div>
${unread.length > 0 && html`<p class="caution" role="alert">Not filtered by ${unread.map(([name]) => name).join(", ")}: that is no value there is.</p>`}
${filters(asked, accounts)}
<section class="card list" aria-label="Orders, the newest first">
${listed.length > 0 ? orderTable(listed, show, asked.state) : nothing(isFiltered, isPaged)}
</section>
${
  (isPaged || isMore) &&
  html`<nav class="actions" aria-label="More orders">
${isPaged && html`<a class="button quiet" href="${pageAt("orders", { ...asked })}">Newest</a>`}
${isMore && html`<a class="button quiet" rel="next" href="${older}">Older</a>`}
</nav>`
}`;
  return { page: { title: "Orders", section: "orders", body } };
}

function askedOf(query: Fields): Asked {
  const one = (name: string, known: object) => (Object.hasOwn(known, query.get(name)) ? query.get(name) : "");
  return {
    network: query.get("network"),
    state: one("state", stateTitle),
    status: one("status", statusTitle),
    since: dayIn(query, "since"),
    until: dayIn(query, "until"),
  };
}

function wantedOf({ network, state, status, ...days }: Asked, timeZone: string): Filter {
  return {
    ...(network ? { network } : {}),
    ...(state ? { state: state as PostbackState } : {}),
    ...(status ? { status: status as Status } : {}),
    ...timesOf(days, timeZone),
  };
}

function filters({ network, state, status, since, until }: Asked, accounts: readonly string[]): Markup {
  const select = (name: string, title: string, chosen: string, options: readonly (readonly [string, string])[]) =>
    html`<div class="field"><label for="${name}">${title}</label>
<select id="${name}" name="${name}"><option value="">All</option>${options.map(
      ([value, text]) => html`<option value="${value}"${value === chosen && html` selected`}>${text}</option>`,
    )}</select></div>`;
  const date = (name: string, title: string, value: string) =>
    html`<div class="field"><label for="${name}">${title}</label>
<input id="${name}" name="${name}" type="date" value="${value}"></div>`;
  const isAsked = [network, state, status, since, until].some(Boolean);
  return html`<form class="filters card" action="${pageAt("orders")}" aria-label="Filters">
${select(
  "network",
  "Network",
  network,
  accounts.map((account) => [account, titleOf(account)]),
)}
${select("state", "A postback is", state, Object.entries(stateTitle))}
${select("status", "Decision", status, Object.entries(statusTitle))}
${date("since", "Reported from", since)}
${date("until", "Reported to", until)}
<div class="actions"><button class="quiet">Filter</button>${isAsked && html`<a href="${pageAt("orders")}">Show all</a>`}</div>
</form>`;
}

const columns = [
  { title: "Order" },
  { title: "Reported" },
  { title: "Network" },
  { title: "Sum", look: "figure" },
  { title: "Decision" },
  { title: "Postbacks" },
];

/** `state` is what the list was filtered by: its reasons come first. */
export function orderTable(listed: readonly ConversionRecord[], show: Formatting, state = ""): Markup {
  return html`<table role="table">${tableHead(columns)}
<tbody role="rowgroup">${listed.map((conversion) => {
    const { number, network, order, reportedAt, status, lead } = conversion;
    const sum = order && order.lines.length > 0 ? show.gross(sumOf(order), order.currency) : lead ? "Lead" : "–";
    return html`<tr role="row"><th role="rowheader" scope="row"><a href="${pageAt("order", { number })}">${number}</a></th>
<td role="cell">${show.time(reportedAt)}</td>
<td role="cell" data-label="Network">${titleOf(network)}</td>
<td role="cell" class="figure" data-label="Sum">${sum}</td>
<td role="cell">${statusBadge(status)}</td>
<td role="cell">${states(conversion, state)}</td></tr>`;
  })}</tbody></table>`;
}

function states({ postbacks }: ConversionRecord, wanted: string): Markup {
  const there = byGravity.filter((state) => postbacks.some((postback) => postback.state === state));
  const telling = wanted !== "" ? wanted : there.find((state) => state === "failed" || state === "held");
  const told = postbacks.find(
    (one): one is PostbackRecord & { reason: string } => one.state === telling && one.reason !== undefined,
  );
  const why = told && html`<span class="why">${nounOf(told)}: ${reasonInWords(told.reason)}</span>`;
  return html`<span class="states">${there.map(stateBadge)}</span>${why}`;
}

function nothing(isFiltered: boolean, isPaged: boolean): Markup {
  if (isPaged) return html`<p>There is nothing older.</p>`;
  return isFiltered
    ? html`<p>Nothing is like this. <a href="${pageAt("orders")}">Show all orders</a>,
or look at those <a href="${pageAt("uncredited")}">nobody was credited for</a>.</p>`
    : html`<p><strong>No order yet.</strong> Call <code>await cashtrail.report(req, order)</code> where an order becomes final.
Orders of shoppers who came from no network are <a href="${pageAt("uncredited")}">counted apart</a>.</p>`;
}
