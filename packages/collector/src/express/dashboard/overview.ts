import type { Tally } from "../../ledger/ledger.ts";
import { partsOf } from "../../networks/account.ts";
import type { Backlog } from "../../questions.ts";
import { lasting } from "../../telling/lasting.ts";
import { counted, reasonInWords, stateTitle, titleOf } from "../../telling/words.ts";
import { chart } from "./charts.ts";
import { captureOf, countsBy, daysUpTo, isPeriod, type Period, periods, type Sums, sumsOf, wayOf } from "./figures.ts";
import type { Formatting } from "./formatting.ts";
import { html, type Markup } from "./html.ts";
import { badge, icon } from "./icons.ts";
import { type Need, needsOf, waitsLong } from "./needs.ts";
import { pageAt } from "./page-address.ts";
import type { Reply, Visit } from "./visit.ts";

const names: Readonly<Record<Period, string>> = { day: "Today", week: "7 days", month: "30 days" };
const spans: Readonly<Record<Period, string>> = {
  day: "so far today (UTC)",
  week: "in the last 7 days",
  month: "in the last 30 days",
};
const befores: Readonly<Record<Period, string>> = {
  day: "all of yesterday",
  week: "the 7 days before",
  month: "the 30 days before",
};

const CHARTED_DAYS = 30;
const LIVE_SECONDS = 60;
/** Orders that are named where one of them needs somebody. */
const NAMED = 3;
const FILLS = 6;

/** The state of everything, what needs a person first. */
export async function overview({ calls, query, show, isStarted }: Visit): Promise<Reply> {
  const wanted = query.get("period");
  const period = isPeriod(wanted) ? wanted : "week";
  const isLive = query.get("live") === "on";
  const days = daysUpTo(show.now, 2 * periods.month);
  const [earliest, today] = [days[0], days.at(-1)];
  const [tallies, backlog] = await Promise.all([calls.tallies(new Date(`${earliest}T00:00:00Z`)), calls.backlog()]);
  const needs = await Promise.all(
    needsOf(backlog, tallies, show.now, isStarted()).map(async (need) => ({ need, cases: await casesOf(need, calls) })),
  );
  const address = (changes: { period?: Period; live?: string | undefined }) =>
    pageAt("", { period, live: isLive ? "on" : undefined, ...changes });
  const body = html`<div class="head">
<h1>Overview</h1>
<nav class="periods" aria-label="Period">${(Object.keys(periods) as Period[]).map(
    (one) =>
      html`<a href="${address({ period: one })}"${one === period ? html` aria-current="true"` : html``}>${names[one]}</a>`,
  )}</nav>
</div>
${needs.length > 0 ? todo(needs, show) : calm}
${tiles(tallies, backlog, period, show)}
${isNew(tallies) ? firstSteps : charts(tallies, backlog, period, show)}
<h2>Networks</h2>
<div class="grid-2">${backlog.map((account) => accountCard(account, tallies, period, show))}</div>
<p class="faint">As of ${show.time(show.now)}. ${
    isLive
      ? html`It is loaded anew every minute: <a href="${address({ live: undefined })}">stop that</a>.`
      : html`<a href="${address({ live: "on" })}">Load it anew every minute</a>.`
  } ${
    show.timeZone !== "UTC" &&
    `The days of the figures are those of UTC: each begins at ${show.hour(new Date(`${today}T00:00:00Z`))} in ${show.timeZone}.`
  }</p>`;
  return {
    page: { title: "Overview", section: "overview", body },
    ...(isLive ? { refreshSeconds: LIVE_SECONDS } : {}),
  };
}

function isNew(tallies: readonly Tally[]): boolean {
  return tallies.length === 0;
}

const firstSteps = html`<section class="card" aria-labelledby="first"><h2 id="first">No click and no order yet</h2>
<p>Three things bring them here:</p>
<ol class="bullets">
<li><code>app.use(cashtrail.remember)</code> or the script on the landing pages keeps the click of a shopper who comes from a network.</li>
<li><code>await cashtrail.report(req, order)</code> where an order becomes final credits it to that click.</li>
<li><code>cashtrail.start()</code> lets the networks be told.</li>
</ol>
<p>Follow a click link of the network, buy something, and load this page anew.</p></section>`;

/** Some of the orders that need somebody, and what is said of the newest. */
interface Cases {
  readonly numbers: readonly string[];
  readonly reason?: string | undefined;
}

async function casesOf(need: Need, calls: Visit["calls"]): Promise<Cases> {
  if (!("account" in need)) return { numbers: [] };
  const state = need.kind === "held" || need.kind === "failed" ? need.kind : "pending";
  const found = await calls.find({ network: need.account.network, state, limit: NAMED });
  const reasons = found.flatMap(({ postbacks }) =>
    postbacks.flatMap((postback) =>
      postback.state === state && postback.reason !== undefined ? [postback.reason] : [],
    ),
  );
  return { numbers: [...new Set(found.map(({ number }) => number))], reason: reasons[0] };
}

const calm = html`<section class="card todo calm" aria-labelledby="todo">${icon("delivered")}<div>
<h2 id="todo">Nothing needs you</h2><p>Every network answers, and nothing is held or failed.</p></div></section>`;

function todo(needs: readonly { need: Need; cases: Cases }[], show: Formatting): Markup {
  return html`<section class="card todo" aria-labelledby="todo"><h2 id="todo">Needs a person</h2>
<ul>${needs.map(({ need, cases }) => needItem(need, cases, show))}</ul></section>`;
}

function needItem(need: Need, { numbers, reason }: Cases, show: Formatting): Markup {
  const last = reason === undefined ? html`` : html` Last heard: ${reasonInWords(reason)}`;
  switch (need.kind) {
    case "down": {
      const { network, pending, oldest } = need.account;
      const since = oldest.pending === undefined ? "" : `, the oldest for ${lasting(oldest.pending)}`;
      return item(
        badge("down", "Down"),
        html`${titleOf(network)} takes nothing now`,
        html`${counted(show.number(pending), "postback")} ${pending === 1 ? "waits" : "wait"}${since}.
Nothing is lost: it is tried now and then, and goes on by itself.${last}`,
        link(pageAt("orders", { network, state: "pending" }), "See what waits", titleOf(network)),
      );
    }
    case "held":
    case "failed": {
      const { network } = need.account;
      const { kind } = need;
      const there = pageAt("orders", { network, state: kind });
      const count = need.account[kind];
      const age = need.account.oldest[kind];
      const since = age === undefined ? "" : `, the oldest for ${lasting(age)}`;
      const title =
        kind === "held"
          ? html`${counted(show.number(count), "postback")} to ${titleOf(network)} held${since}`
          : html`${counted(show.number(count), "postback")} refused by ${titleOf(network)} or given up${since}`;
      const orders = numbers.map(
        (number, index) => html`${index > 0 ? ", " : ""}<a href="${pageAt("order", { number })}">${number}</a>`,
      );
      return item(
        badge(kind, stateTitle[kind]),
        title,
        html`${orders.length > 0 && html`Newest of order ${orders}.`}${last}`,
        html`${link(there, kind === "held" ? "Decide" : "See why", `what is ${kind} at ${titleOf(network)}`)}
${kind === "failed" && link(pageAt("resend", { network, state: kind }), "Send again…", `what failed at ${titleOf(network)}`)}`,
      );
    }
    case "idle": {
      const { network, oldest } = need.account;
      return item(
        badge("down", "Not sending"),
        html`This process sends nothing, and something has waited for ${titleOf(network)} for ${lasting(oldest.pending ?? 0)}`,
        html`Nobody called <code>cashtrail.start()</code> here. Where another process delivers, look whether it runs.${last}`,
        link(pageAt("orders", { network, state: "pending" }), "See what waits", titleOf(network)),
      );
    }
    case "slow": {
      const { network, oldest } = need.account;
      return item(
        badge("pending", "Slow"),
        html`Something has waited for ${titleOf(network)} for ${lasting(oldest.pending ?? 0)}`,
        html`The network asks for patience, or what delivers does not run.${last}`,
        link(pageAt("orders", { network, state: "pending" }), "See what waits", titleOf(network)),
      );
    }
    case "no-clicks":
      return item(
        badge("down", "Clicks"),
        html`No click has arrived since yesterday`,
        html`There were ${show.number(need.usual)} a day before. Look whether the landing pages still have the script or
<code>remember</code>, and follow a network's click link yourself.`,
        html``,
      );
    case "capture":
      return item(
        badge("held", "Credit"),
        html`Only ${show.percent(need.share)} of the orders of 7 days are credited`,
        html`It was ${show.percent(need.before)} in the 7 days before: clicks may be lost between the landing page and the checkout.`,
        link(pageAt("uncredited"), "See why not", "orders are not credited"),
      );
  }
}

function item(mark: Markup, title: Markup, detail: Markup, links: Markup): Markup {
  return html`<li>${mark}<div><p><strong>${title}</strong></p><p>${detail}</p></div><div class="actions">${links}</div></li>`;
}

function link(to: string, text: string, of: string): Markup {
  return html`<a class="button quiet" href="${to}">${text}<span class="unseen"> ${of}</span></a>`;
}

function tiles(tallies: readonly Tally[], backlog: readonly Backlog[], period: Period, show: Formatting): Markup {
  const length = periods[period];
  const both = daysUpTo(show.now, 2 * length);
  const sums = sumsOf(tallies, both.slice(length));
  const before = sumsOf(tallies, both.slice(0, length));
  const capture = captureOf(sums);
  const earlier = captureOf(before);
  const way = wayOf(sums);
  const now = (what: "pending" | "held" | "failed") => backlog.reduce((sum, account) => sum + account[what], 0);
  const oldest = Math.max(-1, ...backlog.map((account) => account.oldest.pending ?? -1));
  const counts = (what: "click" | "reported" | "delivered") =>
    [show.number(sums[what]), `${befores[period]}: ${show.number(before[what])}`] as const;
  const current = (what: "pending" | "held" | "failed") => {
    const count = now(what);
    return count === 0 ? html`0` : html`<a href="${pageAt("orders", { state: what })}">${show.number(count)}</a>`;
  };
  const compared = earlier === undefined ? "" : `; ${befores[period]}: ${show.percent(earlier)}`;
  const captured =
    capture === undefined
      ? "credited of reported"
      : `${show.number(sums.reported - sums.uncredited)} credited${compared}`;
  const tile = (name: string, value: Markup | string, note: string) =>
    html`<div><dt>${name}</dt><dd class="number">${value}</dd><dd class="note">${note}</dd></div>`;
  return html`<section aria-label="Figures ${spans[period]}"><dl class="tiles">
${tile("Clicks", ...counts("click"))}
${tile("Orders reported", ...counts("reported"))}
${tile("Capture rate", capture === undefined ? "–" : show.percent(capture), captured)}
${tile("Delivered", ...counts("delivered"))}
${tile("Time to network", way === undefined ? "–" : lasting(way), "on average, from report to delivery")}
${tile("Waiting now", current("pending"), oldest < 0 ? "nothing waits" : `the oldest for ${lasting(oldest)}`)}
${tile("Held now", current("held"), `${show.number(sums.held)} ${spans[period]}`)}
${tile("Failed now", current("failed"), `${show.number(sums.failed)} ${spans[period]}`)}
</dl></section>`;
}

function charts(tallies: readonly Tally[], backlog: readonly Backlog[], period: Period, show: Formatting): Markup {
  const days = daysUpTo(show.now, CHARTED_DAYS);
  const sums = sumsOf(tallies, days.slice(-periods[period]));
  const accounts = accountsIn(tallies, backlog);
  const networks = [...new Set(accounts.map(networkOf))];
  const seriesOf = (names: readonly string[], what: "click" | "reported") =>
    names.map((name, index) => ({
      name: titleOf(name),
      fill: `fill-${index % FILLS}`,
      values: countsBy(tallies, days, what, name),
    }));
  const uncredited = { name: "Nobody credited", fill: "fill-rest", values: countsBy(tallies, days, "reported", "") };
  const states = (["delivered", "held", "failed"] as const).map((what) => ({
    name: { delivered: "Delivered", held: "Held", failed: "Failed" }[what],
    fill: `fill-${what}`,
    values: countsBy(tallies, days, what),
  }));
  const shared = { days, period: periods[period] };
  const said = (sum: Sums) => ({
    clicks: `${counted(show.number(sum.click), "click")} ${spans[period]}.`,
    orders: `${counted(show.number(sum.reported), "order")} reported ${spans[period]}, ${show.number(sum.reported - sum.uncredited)} credited.`,
    postbacks: `${show.number(sum.delivered)} delivered, ${show.number(sum.held)} held and ${show.number(sum.failed)} failed ${spans[period]}.`,
  });
  const { clicks, orders, postbacks } = said(sums);
  return html`<div class="grid-2">
${chart({ ...shared, id: "orders", title: "Orders", summary: orders, series: [...seriesOf(accounts, "reported"), uncredited] }, show)}
${chart({ ...shared, id: "clicks", title: "Clicks", summary: clicks, series: seriesOf(networks, "click") }, show)}
${chart({ ...shared, id: "postbacks", title: "Postbacks", summary: postbacks, series: states }, show)}
${chart(
  {
    ...shared,
    id: "decisions",
    title: "Decisions",
    summary: `${show.number(sums.approved)} approved and ${show.number(sums.rejected)} rejected ${spans[period]}.`,
    series: [
      { name: "Approved", fill: "fill-2", values: countsBy(tallies, days, "approved") },
      { name: "Rejected", fill: "fill-rest", values: countsBy(tallies, days, "rejected") },
    ],
  },
  show,
)}
</div>`;
}

/** Those that are set up, and those that something is told of. */
function accountsIn(tallies: readonly Tally[], backlog: readonly Backlog[]): string[] {
  const known = backlog.map(({ network }) => network);
  // A click is of a network, and may be of any of its accounts.
  const told = tallies
    .filter(({ network, what }) => network !== "" && (what !== "click" || !known.map(networkOf).includes(network)))
    .map(({ network }) => network);
  return [...new Set([...known, ...told])];
}

const networkOf = (account: string) => partsOf(account)[0];

function sendingBadge(account: Backlog): Markup {
  if (account.down) return badge("down", "Down: tried now and then");
  return waitsLong(account) ? badge("pending", "Something waits") : badge("delivered", "Sending");
}

function accountCard(account: Backlog, tallies: readonly Tally[], period: Period, show: Formatting): Markup {
  const { network, pending, held, failed, oldest } = account;
  const sums = sumsOf(tallies, daysUpTo(show.now, periods[period]), network);
  const clicks = sumsOf(tallies, daysUpTo(show.now, periods[period]), networkOf(network)).click;
  const way = wayOf(sums);
  const waiting = (state: "pending" | "held" | "failed", count: number) =>
    count === 0
      ? html`<dd>0</dd>`
      : html`<dd><a href="${pageAt("orders", { network, state })}">${show.number(count)}</a> ${
          oldest[state] !== undefined && html`<span class="ago">oldest ${lasting(oldest[state])}</span>`
        }</dd>`;
  return html`<section class="card account"><div class="head"><h3><a href="${pageAt("orders", { network })}">${titleOf(network)}</a></h3>${sendingBadge(
    account,
  )}</div>
<dl class="stats">
<div><dt>Clicks</dt><dd>${show.number(clicks)}</dd></div>
<div><dt>Credited</dt><dd>${show.number(sums.credited)}</dd></div>
<div><dt>Delivered</dt><dd>${show.number(sums.delivered)}</dd></div>
<div><dt>Time to network</dt><dd>${way === undefined ? "–" : lasting(way)}</dd></div>
<div><dt>Waiting now</dt>${waiting("pending", pending)}</div>
<div><dt>Held now</dt>${waiting("held", held)}</div>
<div><dt>Failed now</dt>${waiting("failed", failed)}</div>
</dl></section>`;
}
