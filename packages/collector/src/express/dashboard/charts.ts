import type { Formatting } from "./formatting.ts";
import { html, type Markup } from "./html.ts";

export interface Series {
  readonly name: string;
  /** Which of the style sheet's fills it has. */
  readonly fill: string;
  /** One for each day. */
  readonly values: readonly number[];
}

export interface Chart {
  readonly id: string;
  readonly title: string;
  /** What the chart says, in a sentence. */
  readonly summary: string;
  readonly days: readonly string[];
  readonly series: readonly Series[];
  /** The last so many days are the period that is looked at; those before it stand back. */
  readonly period: number;
}

const STEP = 20;
const BAR = 14;
const HEIGHT = 100;

/** Bars that stack, one for each day, with their key and the same figures as a table. */
export function chart({ id, title, summary, days, series, period }: Chart, show: Formatting): Markup {
  const totals = days.map((_, index) => series.reduce((sum, { values }) => sum + (values[index] ?? 0), 0));
  const top = roundedUp(Math.max(...totals, 1));
  const first = days[0] ?? "";
  const last = days.at(-1) ?? "";
  const isEmpty = totals.every((total) => total === 0);
  return html`<figure class="chart">
<figcaption id="${id}-title">${title}</figcaption>
<p class="faint">${summary}</p>
${
  isEmpty
    ? html`<p class="none">Nothing in the last ${days.length} days.</p>`
    : html`<div class="plot" aria-hidden="true"><span class="top">${show.number(top)}</span>
${bars(totals, top, { days, series, period }, show)}
<span class="first">${show.day(first)}</span><span class="last">${show.day(last)}</span></div>
<ul class="key">${series.map(({ name, fill }) => html`<li>${sample(fill)}${name}</li>`)}</ul>
<details><summary>Figures<span class="unseen"> of ${title}</span></summary>
<div class="scroll" tabindex="0" role="region" aria-labelledby="${id}-title">${figures(days, series, show)}</div></details>`
}
</figure>`;
}

const sample = (fill: string) =>
  html`<svg viewBox="0 0 12 12" aria-hidden="true"><rect class="${fill}" width="12" height="12" rx="3"/></svg>`;

/** The newest day first. */
function figures(days: readonly string[], series: readonly Series[], show: Formatting): Markup {
  const rows = days.map((day, index) => {
    const cells = series.map(({ values }) => html`<td class="figure">${show.number(values[index] ?? 0)}</td>`);
    return html`<tr><th scope="row">${show.day(day)}</th>${cells}</tr>`;
  });
  const names = series.map(({ name }) => html`<th scope="col" class="figure">${name}</th>`);
  return html`<table><thead><tr><th scope="col">Day (UTC)</th>${names}</tr></thead>
<tbody>${rows.toReversed()}</tbody></table>`;
}

function bars(
  totals: readonly number[],
  top: number,
  { days, series, period }: Pick<Chart, "days" | "series" | "period">,
  show: Formatting,
): Markup {
  const width = days.length * STEP;
  return html`<svg viewBox="0 0 ${width} ${HEIGHT}" preserveAspectRatio="none">
<path class="grid" d="M0 .5H${width}M0 ${HEIGHT / 2}H${width}M0 ${HEIGHT - 0.5}H${width}"/>
${days.map((day, index) => {
  let from = HEIGHT;
  const left = index * STEP;
  const said = [
    show.day(day),
    ...series.map(({ name, values }) => `${name}: ${show.number(values[index] ?? 0)}`),
    ...(series.length > 1 ? [`in all: ${show.number(totals[index] ?? 0)}`] : []),
  ].join("\n");
  const rows = series.map(({ fill, values }) => {
    const height = ((values[index] ?? 0) / top) * HEIGHT;
    from -= height;
    return height === 0
      ? html``
      : html`<rect class="${fill}" x="${left + (STEP - BAR) / 2}" y="${rounded(from)}" width="${BAR}" height="${rounded(height)}"/>`;
  });
  return html`<g class="${index < days.length - period ? "before" : "now"}"><title>${said}</title>
<rect class="reach" x="${left}" y="0" width="${STEP}" height="${HEIGHT}"/>${rows}</g>`;
})}
</svg>`;
}

const rounded = (length: number) => Math.round(length * 100) / 100;

/** The next number that is round, so that half of it is one too. */
function roundedUp(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  const steps = power === 1 ? [2, 4, 6, 8, 10] : [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10];
  return (steps.find((step) => step * power >= most) ?? 10) * power;
}
