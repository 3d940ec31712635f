import type { ConversionRecord } from "../../ledger/ledger.ts";
import { type Entry, timelineOf } from "../../telling/timeline.ts";
import { type Detail, told } from "../../telling/told.ts";
import { counted } from "../../telling/words.ts";
import type { Formatting } from "./formatting.ts";
import { html, type Markup } from "./html.ts";
import { icon } from "./icons.ts";

const SHOWN_ENTRIES = 300;

/** A conversion's story as a list, from the click to what comes next; of a very long one, its end. */
export function storyOf(conversion: ConversionRecord, show: Formatting): Markup {
  const entries = timelineOf(conversion);
  const left = entries.length - SHOWN_ENTRIES;
  const items = entries.slice(-SHOWN_ENTRIES).map((entry) => {
    const { title, about, details } = told(entry, conversion, show);
    const look = lookOf(entry);
    const when = entry.kind === "attempt" ? show.moment(entry.at) : show.time(entry.at);
    return html`<li${entry.kind === "due" && html` class="ahead"`}><div class="when">${when}</div>
<span class="sign is-${look}">${icon(look)}</span><div class="what"><h3>${title}${
      about !== undefined && html` <span class="of">${about}</span>`
    }</h3>${details.map(detailItem)}</div></li>`;
  });
  const notShown = `${counted(show.number(left), "entry", "entries")} before these are not shown.`;
  return html`${left > 0 && html`<p class="faint">${notShown}</p>`}<ol class="story">${items}</ol>`;
}

const looks: Readonly<Record<string, string>> = {
  accepted: "delivered",
  refused: "failed",
  hold: "held",
  unknown: "held",
};

function lookOf(entry: Entry): string {
  switch (entry.kind) {
    case "click":
    case "reported":
      return "delivered";
    case "attempt":
      return looks[entry.attempt.outcome] ?? "pending";
    case "decision":
      return { settle: "held", reject: "cancelled", forget: "cancelled" }[entry.decision.what as string] ?? "pending";
    default:
      return "pending";
  }
}

function detailItem({ is, text }: Detail): Markup {
  switch (is) {
    case "click":
      return html`<p>Click <span class="id">${text}</span></p>`;
    case "stored":
      return html`<p class="faint">It was ${text}.</p>`;
    case "remark":
      return html`<p class="faint">${text.slice(0, 1).toUpperCase()}${text.slice(1)}.</p>`;
    case "number":
    case "words":
      return html`<p>${text}</p>`;
    case "answer":
      return html`<p class="said">${text}</p>`;
    case "note":
      return html`<p class="faint">${text}</p>`;
  }
}
