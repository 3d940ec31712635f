/** The style sheet of the sandbox's page. */
export const bookStyle = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f5f5f2, #16181a);
  --card: light-dark(#ffffff, #1f2225);
  --edge: light-dark(#dcdcd4, #363b40);
  --text: light-dark(#1c1e1f, #e9e9e4);
  --faint: light-dark(#5c6064, #a3a8ad);
  --accent: light-dark(#0b5d50, #6fd3bf);
  --on-accent: light-dark(#ffffff, #10221e);
  --warn: light-dark(#8a2c0d, #ffb595);
  --warn-back: light-dark(#fdeee6, #3a241b);
  --good: light-dark(#14603a, #8fdcb0);
  --good-back: light-dark(#e3f4ea, #1a3527);
}
* { box-sizing: border-box; }
body {
  margin: 0;
  background: var(--page);
  color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif;
}
header, main { max-width: 72rem; margin: 0 auto; padding: 1.25rem 1rem; }
header { padding-bottom: 0; }
h1, h2, h3, p { margin: 0; }
h1 { font-size: 1.6rem; letter-spacing: -0.01em; }
h2 { font-size: 1.25rem; }
h3 { font-size: 0.95rem; margin: 1.5rem 0 0.5rem; color: var(--faint); font-weight: 600; }
header p { color: var(--faint); }
nav, .links { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin-top: 0.5rem; }
a { color: var(--accent); }
code { font: 0.86em/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
main { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); align-items: start; }
section { min-width: 0; padding: 1.25rem; background: var(--card); border: 1px solid var(--edge); border-radius: 0.75rem; }
@media (max-width: 30rem) { section { padding: 1rem 0.9rem; } h3 { margin-top: 1rem; } }
.wide { grid-column: 1 / -1; }
.title { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 0 1rem; }
.count, .detail, .none { color: var(--faint); font-size: 0.9rem; }
form { margin-top: 1rem; }
.links + .fold, .in-force + .fold { margin-top: 0.5rem; }
summary { cursor: pointer; }
summary h2 { display: inline; }
.fold > summary { display: flex; align-items: center; gap: 0.5rem; min-height: 2.75rem; color: var(--accent); }
.fold > summary::before { content: "+"; width: 1ch; font-weight: 600; }
.fold[open] > summary::before { content: "−"; }
.fault { display: grid; gap: 0.75rem; align-items: end; grid-template-columns: repeat(3, minmax(0, 1fr)); margin-top: 0.25rem; }
.fault label:first-of-type { grid-column: span 2; }
label { display: block; font-size: 0.85rem; color: var(--faint); }
select, input, button { width: 100%; min-height: 2.75rem; padding: 0 0.6rem; font: inherit; color: var(--text); background: var(--page); border: 1px solid var(--edge); border-radius: 0.5rem; }
button { width: auto; padding: 0 1.1rem; background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; cursor: pointer; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.in-force { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: center; justify-content: space-between; padding: 0.6rem 0.6rem 0.6rem 1rem; background: var(--warn-back); color: var(--warn); border-radius: 0.5rem; }
.in-force button { background: none; border-color: currentColor; color: inherit; }
.entries, .lines, .changes { list-style: none; margin: 0; padding: 0; }
.entries > li { padding: 0.75rem 0; border-top: 1px solid var(--edge); overflow-wrap: anywhere; }
.main, .lines li, .changes li { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 0.75rem; }
.amount { margin-left: auto; font-variant-numeric: tabular-nums; white-space: nowrap; }
.sum { white-space: nowrap; }
.again, .status { padding: 0 0.5rem; border-radius: 0.5rem; font-size: 0.85rem; background: var(--page); color: var(--faint); }
.again, .status.rejected { background: var(--warn-back); color: var(--warn); }
.status.approved { background: var(--good-back); color: var(--good); }
.main .amount { font-weight: 600; }
.changes { font-size: 0.9rem; }
.lines { margin-top: 0.4rem; padding-left: 0.75rem; border-left: 2px solid var(--edge); font-size: 0.9rem; }
th code { overflow-wrap: normal; white-space: nowrap; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin-top: 0.75rem; font-size: 0.95rem; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 1rem 0.4rem 0; border-top: 1px solid var(--edge); font-weight: 400; }
thead th { border-top: 0; color: var(--faint); font-size: 0.85rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;
