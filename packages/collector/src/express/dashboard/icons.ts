import type { ConversionRecord, PostbackState } from "../../ledger/ledger.ts";
import { stateTitle, statusTitle } from "../../telling/words.ts";
import { html, type Markup } from "./html.ts";

/** Of different shapes, so that colour is never what tells states apart. */
const shapes: Readonly<Record<string, string>> = {
  pending: "M8 4.5V8l2.5 1.5",
  delivered: "M5 8.3l2.2 2.2L11 5.8",
  held: "M6.4 5.5v5M9.6 5.5v5",
  failed: "M5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6",
  cancelled: "M5 8h6",
  down: "M8 4.5v4.2M8 11.2v.1",
};

export function icon(name: string): Markup {
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6.5"/><path d="${shapes[name] ?? ""}"/></svg>`;
}

export function badge(look: string, text: string): Markup {
  return html`<span class="badge is-${look}">${icon(look)}${text}</span>`;
}

export function stateBadge(state: PostbackState): Markup {
  return badge(state, stateTitle[state]);
}

/** What is decided stands out; what is not, most of a list, does not. */
export function statusBadge(status: ConversionRecord["status"]): Markup {
  if (status === "pending") return html`<span class="faint">${statusTitle[status]}</span>`;
  return badge(status === "approved" ? "delivered" : "cancelled", statusTitle[status]);
}

/** The sign of the browser's tab. */
export const favicon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#1f5fbf"/>
<path d="M7 22c4 0 5-5 9-5s5-7 9-7" fill="none" stroke="#fff" stroke-width="3.2" stroke-linecap="round"/>
<circle cx="25" cy="10" r="3" fill="#fff"/></svg>`;
