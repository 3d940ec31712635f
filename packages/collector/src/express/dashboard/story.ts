import type { ConversionRecord } from "../../ledger/ledger.ts";
import { sumOf } from "../../order.ts";
import { lasting } from "../../telling/lasting.ts";
import { type Entry, timelineOf } from "../../telling/timeline.ts";
import { consentOf, counted, deedOf, nounOf, outcomeTitle, reasonInWords, titleOf } from "../../telling/words.ts";
import type { Formatting } from "./formatting.ts";
import { html, type Markup } from "./html.ts";
import { icon } from "./icons.ts";

const SHOWN_ENTRIES = 300;

/** A conversion's story as a list, from the click to what comes next; of a very long one, its end. */
export function storyOf(conversion: ConversionRecord, show: Formatting): Markup {
  const entries = timelineOf(conversion);
  const left = entries.length - SHOWN_ENTRIES;
  const items = entries.slice(-SHOWN_ENTRIES).map((entry) => {
    const { look, title, text } = told(entry, conversion, show);
    const when = entry.kind === "attempt" ? show.moment(entry.at) : show.time(entry.at);
    return html`<li${entry.kind === "due" && html` class="ahead"`}><div class="when">${when}</div>
<span class="sign is-${look}">${icon(look)}</span><div class="what"><h3>${title}</h3>${text}</div></li>`;
  });
  const notShown = `${counted(show.number(left), "entry", "entries")} before these are not shown.`;
  return html`${left > 0 && html`<p class="faint">${notShown}</p>`}<ol class="story">${items}</ol>`;
}

interface Told {
  readonly look: string;
  readonly title: Markup;
  readonly text: Markup;
}

const looks: Readonly<Record<string, string>> = {
  accepted: "delivered",
  refused: "failed",
  hold: "held",
  unknown: "held",
};

function told(entry: Entry, { network, click, order, lead, number }: ConversionRecord, show: Formatting): Told {
  switch (entry.kind) {
    case "click":
      return {
        look: "delivered",
        title: html`The shopper came from ${titleOf(click.network)}`,
        text:
          click.id === ""
            ? html`<p class="faint">The click is erased.</p>`
            : html`<p>Click <span class="id">${click.id}</span></p>
<p class="faint">${click.consent === undefined ? "" : "It was "}${consentOf(click.consent)}.</p>`,
      };
    case "placed":
      return { look: "pending", title: html`The order was placed`, text: html`` };
    case "reported":
      return {
        look: "delivered",
        title: html`${lead ? "The lead" : "The order"} was reported and credited to ${titleOf(network)}`,
        text:
          order && order.lines.length > 0
            ? html`<p>${counted(show.number(order.lines.length), "line")}, ${show.gross(sumOf(order), order.currency)}</p>`
            : html`<p>${number}</p>`,
      };
    case "decision": {
      const { decision, postback } = entry;
      return {
        look: { settle: "held", reject: "cancelled", forget: "cancelled" }[decision.what as string] ?? "pending",
        title: html`${deedOf(decision)} by ${decision.by}${postback && html` <span class="of">${nounOf(postback)}</span>`}`,
        text: decision.reason === undefined ? html`` : html`<p>${decision.reason}</p>`,
      };
    }
    case "attempt": {
      const { attempt, postback } = entry;
      const facts = [
        attempt.status === undefined ? "" : `HTTP ${attempt.status}`,
        attempt.durationMs === undefined ? "" : `after ${lasting(attempt.durationMs)}`,
      ].filter(Boolean);
      return {
        look: looks[attempt.outcome] ?? "pending",
        title: html`${outcomeTitle[attempt.outcome] ?? attempt.outcome} <span class="of">${nounOf(postback)}</span>`,
        text: html`${attempt.reason !== undefined && html`<p class="said">${reasonInWords(attempt.reason)}</p>`}
${facts.length > 0 && html`<p class="faint">${facts.join(" ")}</p>`}`,
      };
    }
    case "due":
      return {
        look: "pending",
        title: html`Next try <span class="of">${nounOf(entry.postback)}</span>`,
        text:
          entry.postback.reason === undefined
            ? html``
            : html`<p class="said faint">${reasonInWords(entry.postback.reason)}</p>`,
      };
  }
}
