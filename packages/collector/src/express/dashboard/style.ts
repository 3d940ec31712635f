import { createHash } from "node:crypto";

/** The style sheet, a file of its own: the content security policy allows no other style. */
export const style = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f6f7f9, #14171c);
  --card: light-dark(#ffffff, #1b1f26);
  --sunk: light-dark(#f0f2f5, #161a20);
  --edge: light-dark(#dfe3e9, #2e3440);
  --strong-edge: light-dark(#868f9c, #6d7788);
  --text: light-dark(#1b2129, #e7eaef);
  --faint: light-dark(#59636f, #a3adba);
  --accent: light-dark(#1f5fbf, #8db9ff);
  --on-accent: light-dark(#ffffff, #0d1b30);
  --accent-back: light-dark(#e9f0fb, #1d2b42);
  --delivered: light-dark(#0b6e5f, #6fd2bd);
  --delivered-back: light-dark(#e2f3ef, #14312c);
  --pending: light-dark(#4a5868, #b5c0ce);
  --pending-back: light-dark(#edf0f4, #272d37);
  --held: light-dark(#8a5300, #f4c067);
  --held-back: light-dark(#fdf0da, #3a2c12);
  --failed: light-dark(#b3261e, #ff9d91);
  --failed-back: light-dark(#fdebe9, #40201d);
  --cancelled: light-dark(#59636f, #a3adba);
  --cancelled-back: light-dark(#f0f2f5, #252a33);
  --fill-0: light-dark(#2f6fd0, #6ea6ff);
  --fill-1: light-dark(#e08a00, #f0ae4b);
  --fill-2: light-dark(#0d8a76, #4cc4ac);
  --fill-3: light-dark(#b0508f, #e08fc3);
  --fill-4: light-dark(#6b7a2c, #b9c96c);
  --fill-5: light-dark(#7a5bc7, #b39dff);
  --fill-rest: light-dark(#b6bfca, #5d6878);
  --radius: 0.6rem;
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--text); font: 0.9375rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
h1, h2, h3, p, ul, ol, dl, dd, figure { margin: 0; padding: 0; }
ul, ol { list-style: none; }
h1 { font-size: 1.5rem; line-height: 1.25; letter-spacing: -0.015em; font-weight: 650; overflow-wrap: anywhere; }
h2 { font-size: 1.0625rem; line-height: 1.3; font-weight: 650; }
h3 { font-size: 0.9375rem; font-weight: 650; }
h2 .faint { font-weight: 400; font-size: 0.9375rem; }
a { color: var(--accent); text-underline-offset: 0.18em; text-decoration-thickness: from-font; }
a:hover { text-decoration-thickness: 2px; }
code, pre, .id { font: 0.88em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
.figure, .amount, time, .number { font-variant-numeric: tabular-nums; }
.faint, .ago, .hint, .none { color: var(--faint); }
.ago { white-space: nowrap; }
.ago, .hint { font-size: 0.8125rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
main:focus { outline: none; }
.skip { position: absolute; left: 0.5rem; top: -4rem; z-index: 2; padding: 0.6rem 1rem; background: var(--card); border-radius: var(--radius); }
.skip:focus { top: 0.5rem; }

.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1.5rem; padding: 0.6rem max(1rem, (100vw - 78rem) / 2); background: var(--card); border-bottom: 1px solid var(--edge); }
.brand { font-weight: 700; letter-spacing: -0.01em; font-size: 1.0625rem; }
.brand, .brand a { display: flex; align-items: center; gap: 0.45rem; color: var(--text); text-decoration: none; }
.mark { width: 1.4rem; height: 1.4rem; fill: none; stroke: var(--accent); stroke-width: 3.6; stroke-linecap: round; }
.mark circle { fill: var(--accent); stroke: none; }
.bar nav ul { display: flex; gap: 0.15rem; }
.bar nav a { display: block; padding: 0.4rem 0.75rem; border-radius: 0.45rem; color: var(--faint); text-decoration: none; font-weight: 550; }
.bar nav a:hover { background: var(--sunk); color: var(--text); }
.bar nav a[aria-current] { background: var(--accent-back); color: var(--accent); }
.search { display: flex; gap: 0.4rem; min-width: 0; flex: 1 1 15rem; max-width: 26rem; margin-left: auto; }
.search input { flex: 1; min-width: 0; }
.out { display: flex; align-items: center; gap: 0.6rem; }
.who { color: var(--faint); font-size: 0.8125rem; max-width: 10rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }

main { max-width: 80rem; margin: 0 auto; padding: 1.5rem 1rem 2rem; display: grid; gap: 1.25rem; }
main > * { min-width: 0; }
footer { max-width: 80rem; margin: 0 auto; padding: 0 1rem 2rem; color: var(--faint); font-size: 0.8125rem; }
.card { min-width: 0; padding: 1.1rem 1.25rem; background: var(--card); border: 1px solid var(--edge); border-radius: var(--radius); }
.card > * + * { margin-top: 0.75rem; }
.head { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 0.6rem 1.25rem; }
.head .facts { color: var(--faint); }
.facts > * + *::before { content: "·"; margin: 0 0.45em; color: var(--strong-edge); }
.grid-2 { display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); align-items: start; }

input, select, button, .button { min-height: 2.4rem; padding: 0.35rem 0.7rem; font: inherit; color: var(--text); background: var(--card); border: 1px solid var(--strong-edge); border-radius: 0.45rem; }
input[type="checkbox"], input[type="radio"] { min-height: 0; width: 1.1rem; height: 1.1rem; margin: 0.2rem 0; accent-color: var(--accent); flex: none; }
button, .button { display: inline-flex; align-items: center; justify-content: center; gap: 0.4rem; padding: 0.35rem 1rem; background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; text-decoration: none; cursor: pointer; }
button:hover, .button:hover { filter: brightness(1.08); }
button.quiet, .button.quiet { background: var(--card); border-color: var(--edge); color: var(--text); font-weight: 550; }
button.quiet:hover, .button.quiet:hover { border-color: var(--strong-edge); filter: none; }
button.grave { background: var(--failed); border-color: var(--failed); color: light-dark(#fff, #2b0b08); }
label { font-weight: 550; }
.field { display: grid; gap: 0.25rem; }
.field input:not([type]), .field input[type="text"], .field input[type="password"] { width: 100%; max-width: 30rem; }
.amounts { display: grid; align-items: start; gap: 0.75rem 1.25rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 12rem), 15rem)); }
.amount { margin-top: 0.75rem; }
.choice { display: flex; gap: 0.6rem; align-items: baseline; font-weight: 400; }
.choice input { position: relative; top: 0.2rem; }
fieldset { margin: 0; padding: 0; border: 0; display: grid; gap: 0.4rem; min-width: 0; }
legend { padding: 0; font-weight: 550; margin-bottom: 0.35rem; }
.actions { display: flex; flex-wrap: wrap; gap: 0.6rem; align-items: center; }
.form { display: grid; gap: 1rem; }
.card.form > *, .form > *, .filters.card > * { margin: 0; }

.badge { display: inline-flex; align-items: center; gap: 0.3rem; padding: 0.05rem 0.55rem 0.05rem 0.35rem; border-radius: 1rem; font-size: 0.8125rem; font-weight: 600; white-space: nowrap; }
.icon { width: 1rem; height: 1rem; flex: none; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
.is-delivered { color: var(--delivered); background: var(--delivered-back); }
.is-pending { color: var(--pending); background: var(--pending-back); }
.is-held { color: var(--held); background: var(--held-back); }
.is-failed, .is-down { color: var(--failed); background: var(--failed-back); }
.is-cancelled { color: var(--cancelled); background: var(--cancelled-back); }

.notice, .problem { display: flex; gap: 0.6rem; padding: 0.75rem 1rem; border-radius: var(--radius); border: 1px solid; }
.notice .icon { margin-top: 0.22rem; }
.notice { color: var(--delivered); background: var(--delivered-back); }
.problem { display: block; color: var(--failed); background: var(--failed-back); }
.caution { padding: 0.75rem 1rem; border-radius: var(--radius); border: 1px solid; color: var(--held); background: var(--held-back); }
.problem > * + *, .caution > * + * { margin-top: 0.4rem; }

.periods { display: flex; border: 1px solid var(--edge); border-radius: 0.5rem; background: var(--card); overflow: hidden; }
.periods a { padding: 0.4rem 0.9rem; text-decoration: none; color: var(--faint); font-weight: 550; }
.periods a + a { border-left: 1px solid var(--edge); }
.periods a[aria-current] { background: var(--accent-back); color: var(--accent); }
.periods a:focus-visible { outline-offset: -3px; }

.todo > ul { display: grid; }
.todo li { display: grid; grid-template-columns: 5.5rem minmax(0, 1fr) auto; justify-items: start; gap: 0.3rem 0.9rem; align-items: center; padding: 0.7rem 0; border-top: 1px solid var(--edge); }
.todo li:first-child { border-top: 0; padding-top: 0; }
.todo li:last-child { padding-bottom: 0; }
.todo li p + p { color: var(--faint); font-size: 0.875rem; }
.todo.calm { display: flex; align-items: center; gap: 0.6rem; color: var(--delivered); }
.todo.calm p { margin: 0; color: var(--text); }
.todo.calm .icon { width: 1.3rem; height: 1.3rem; }

.tiles { display: grid; gap: 1px; grid-template-columns: repeat(4, minmax(0, 1fr)); background: var(--edge); border: 1px solid var(--edge); border-radius: var(--radius); overflow: hidden; }
.tiles > div { background: var(--card); padding: 0.85rem 1.1rem 0.9rem; display: flex; flex-direction: column; }
.tiles dt { color: var(--faint); font-size: 0.8125rem; font-weight: 550; }
.tiles dd.number { font-size: 1.6rem; line-height: 1.3; font-weight: 650; letter-spacing: -0.02em; }
.tiles dd.note { color: var(--faint); font-size: 0.8125rem; }
.tiles a { color: inherit; text-decoration-color: var(--strong-edge); }

.chart { padding: 1.1rem 1.25rem; background: var(--card); border: 1px solid var(--edge); border-radius: var(--radius); min-width: 0; }
.chart figcaption { font-size: 1.0625rem; font-weight: 650; }
.chart .faint { font-size: 0.875rem; }
.plot { position: relative; margin: 0.9rem 0 0.3rem; padding-bottom: 1.4rem; }
.plot svg { display: block; width: 100%; height: 9rem; overflow: visible; }
.plot span { position: absolute; font-size: 0.75rem; color: var(--faint); font-variant-numeric: tabular-nums; }
.plot .top { top: 0.1rem; left: 0; padding-right: 0.3rem; background: var(--card); line-height: 1.2; }
.plot .first { bottom: 0; left: 0; }
.plot .last { bottom: 0; right: 0; }
.grid { fill: none; stroke: var(--edge); stroke-width: 1; vector-effect: non-scaling-stroke; }
.reach { fill: transparent; }
g:hover > .reach { fill: var(--text); fill-opacity: 0.07; }
.before rect:not(.reach) { opacity: 0.42; }
.key { display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; font-size: 0.8125rem; color: var(--faint); }
.key li { display: flex; align-items: center; gap: 0.4rem; }
.key svg { width: 0.7rem; height: 0.7rem; }
.fill-0 { fill: var(--fill-0); } .fill-1 { fill: var(--fill-1); } .fill-2 { fill: var(--fill-2); }
.fill-3 { fill: var(--fill-3); } .fill-4 { fill: var(--fill-4); } .fill-5 { fill: var(--fill-5); }
.fill-rest { fill: var(--fill-rest); }
.fill-delivered { fill: var(--fill-2); } .fill-held { fill: var(--fill-1); } .fill-failed { fill: var(--failed); }
details { margin-top: 0.5rem; }
summary { cursor: pointer; color: var(--accent); font-size: 0.875rem; width: fit-content; padding: 0.15rem 0; }
.chart details .scroll { max-height: 16rem; }

.scroll { overflow: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 0.5rem 1rem 0.5rem 0; text-align: left; vertical-align: top; border-top: 1px solid var(--edge); font-weight: 400; overflow-wrap: anywhere; }
th:last-child, td:last-child { padding-right: 0; }
tbody th, td[data-label="Network"] { min-width: 6rem; }
thead th { overflow-wrap: normal; border-top: 0; padding-top: 0; color: var(--faint); font-size: 0.8125rem; font-weight: 550; }
td.figure, th.figure { text-align: right; white-space: nowrap; }
tfoot td, tfoot th { font-weight: 650; }
.choose { width: 2.4rem; }
.gone td, .gone th { color: var(--faint); }
.gone .what { text-decoration: line-through; }
tbody th a { font-weight: 650; }
.list tbody tr:hover { background: var(--sunk); }
.list .why { display: block; color: var(--faint); font-size: 0.8125rem; max-width: 34rem; }
.states { display: flex; flex-wrap: wrap; gap: 0.3rem; }
.filters { display: flex; flex-wrap: wrap; gap: 0.75rem; align-items: end; }
.filters .field { flex: 1 1 9rem; max-width: 14rem; }
.filters .field > * { width: 100%; min-width: 0; }
.filters label { font-size: 0.8125rem; color: var(--faint); }

.account { display: grid; gap: 0.9rem; align-content: start; }
.account > * + * { margin: 0; }
.stats { display: grid; grid-template-columns: repeat(auto-fit, minmax(6.6rem, 1fr)); gap: 0.75rem 1rem; }
.stats dt { color: var(--faint); font-size: 0.8125rem; }
.stats dd { font-weight: 650; font-variant-numeric: tabular-nums; }
.stats dd .ago { font-weight: 400; display: block; }
pre { margin: 0.4rem 0 0; padding: 0.7rem 0.9rem; background: var(--sunk); border: 1px solid var(--edge); border-radius: 0.45rem; white-space: pre-wrap; }

.story { position: relative; }
.story > li { position: relative; display: grid; grid-template-columns: 13.5rem 1.5rem minmax(0, 1fr); gap: 0 0.9rem; padding-bottom: 1.15rem; }
.story > li:last-child { padding-bottom: 0; }
.story > li::before { content: ""; position: absolute; left: calc(13.5rem + 0.9rem + 0.7rem); top: 1.4rem; bottom: -0.1rem; width: 2px; background: var(--edge); }
.story > li:last-child::before { display: none; }
.story .when { text-align: right; font-size: 0.8125rem; line-height: 1.45; padding-top: 0.1rem; }
.story .when .ago { display: block; }
.story .sign { width: 1.5rem; height: 1.5rem; border-radius: 50%; display: grid; place-items: center; background: var(--pending-back); color: var(--pending); position: relative; }
.story .sign .icon { width: 1.1rem; height: 1.1rem; }
.story .sign.is-delivered { background: var(--delivered-back); color: var(--delivered); }
.story .sign.is-held { background: var(--held-back); color: var(--held); }
.story .sign.is-failed { background: var(--failed-back); color: var(--failed); }
.story .ahead h3, .story .ahead .said { color: var(--faint); }
.story p { overflow-wrap: anywhere; }
.said::first-letter { text-transform: uppercase; }
.story h3 .of { font-weight: 400; color: var(--faint); }
.postbacks > li { padding: 0.9rem 0; border-top: 1px solid var(--edge); }
.postbacks > li:first-child { border-top: 0; padding-top: 0; }
.postbacks > li:last-child { padding-bottom: 0; }
.postbacks p { overflow-wrap: anywhere; }
.postbacks .actions { margin-top: 0.5rem; }
.told > li + li { margin-top: 0.9rem; padding-top: 0.9rem; border-top: 1px solid var(--edge); }
.bullets { list-style: disc; padding-left: 1.25rem; }

.login { width: min(100%, 27rem); margin: 8vh auto 0; display: grid; gap: 1rem; }
.login form { display: grid; gap: 1rem; }
.login form > * + * { margin: 0; }
.login button { justify-self: start; }

@media (max-width: 46rem) {
  .bar { padding: 0.6rem 1rem; }
  .bar nav { order: 3; flex: 1 1 100%; margin-left: -0.6rem; }
  .bar nav a { padding: 0.4rem 0.6rem; }
  .out { margin-left: auto; }
  .search { order: 4; flex-basis: 100%; max-width: none; }
  main { padding-top: 1.1rem; gap: 1rem; }
  .card, .chart { padding: 1rem; }
  .tiles { grid-template-columns: 1fr 1fr; }
  .todo li { grid-template-columns: minmax(0, 1fr); }
  .list table, .list tbody, .list tr, .list td, .list th { display: block; }
  .list thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .list tr { padding: 0.8rem 0; border-top: 1px solid var(--edge); }
  .list tbody tr:first-child { border-top: 0; padding-top: 0; }
  .list td, .list th { border: 0; padding: 0.1rem 0; }
  .list td.figure { text-align: left; }
  .list td[data-label]::before { content: attr(data-label) " "; color: var(--faint); font-size: 0.8125rem; margin-right: 0.3rem; }
  .lines tbody tr { display: grid; grid-template-columns: 2rem minmax(0, 1fr) max-content; column-gap: 0.4rem; }
  .lines tbody tr.plain { grid-template-columns: 0 minmax(0, 1fr) max-content; }
  .lines tbody .choose { grid-row: 1 / 5; width: auto; }
  .lines tbody th, .lines tbody td:not(.choose) { grid-column: 2; }
  .lines tbody td.sum { grid-column: 3; grid-row: 1; }
  .lines tfoot { display: block; }
  .lines tfoot tr { display: flex; justify-content: space-between; gap: 1rem; padding: 0.4rem 0; }
  .lines tfoot td:empty { display: none; }
  .lines tfoot td.vat { margin-left: auto; font-weight: 400; }
  .filters { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .filters .field { max-width: none; }
  .filters .actions { grid-column: 1 / -1; }
  .story > li { grid-template-columns: 1.5rem minmax(0, 1fr); }
  .story > li::before { left: 0.7rem; }
  .story .when { grid-column: 2; grid-row: 1; text-align: left; }
  .story .when .ago { display: inline; }
  .story .sign { grid-row: 1; }
  .story .what { grid-column: 2; }
  button, .button, input, select { min-height: 2.75rem; }
  input, select { font-size: 1rem; }
  input[type="checkbox"], input[type="radio"] { min-height: 0; }
}
@media print {
  :root { color-scheme: light; }
  .bar nav, .search, .out, .skip, .actions, form.filters, .periods { display: none; }
  .card, .chart, .tiles { break-inside: avoid; }
  body { background: #fff; }
}
@media (forced-colors: active) {
  .badge, .bar nav a[aria-current], .periods a[aria-current] { border: 1px solid; }
  .fill-0, .fill-1, .fill-2, .fill-3, .fill-4, .fill-5, .fill-rest, .fill-delivered, .fill-held, .fill-failed { forced-color-adjust: none; }
}
`;

/** By which it is asked for, and kept for ever. */
export const styleHash = createHash("sha256").update(style).digest("hex").slice(0, 16);
