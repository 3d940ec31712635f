import type { ConversionRecord } from "../ledger/ledger.ts";
import type { Money } from "../money.ts";
import { sumOf } from "../order.ts";
import { lasting } from "./lasting.ts";
import type { Entry } from "./timeline.ts";
import { consentOf, counted, deedOf, nounOf, outcomeTitle, reasonInWords, titleOf } from "./words.ts";

/** What is said of an entry on pages and terminals alike. */
export interface Told {
  readonly title: string;
  /** The postback it is about. */
  readonly about?: string;
  readonly details: readonly Detail[];
}

export interface Detail {
  /**
   * The click's id, why it was stored, or a remark on it; the number of the order or lead; what is so, or a person says;
   * what the network said; what is said in passing.
   */
  readonly is: "click" | "stored" | "remark" | "number" | "words" | "answer" | "note";
  readonly text: string;
}

/** How figures are written, where it is told. */
interface Figures {
  readonly number: (count: number) => string;
  /** A sum with its VAT. */
  readonly gross: (sum: Money, currency: string) => string;
}

/** Tells an entry of a conversion's story. */
export function told(entry: Entry, conversion: ConversionRecord, figures: Figures): Told {
  const { number, network, click, order, lead, decisions } = conversion;
  switch (entry.kind) {
    case "click":
      return { title: `The shopper came from ${titleOf(click.network)}`, details: clickDetails(click) };
    case "placed":
      return { title: "The order was placed", details: [] };
    case "reported": {
      const title = `The ${lead ? "lead" : "order"} was reported and credited to ${titleOf(network)}`;
      // What was reported is not kept once the order was changed.
      const isAsReported = decisions.every(({ what }) => what !== "update");
      if (!order || order.lines.length === 0 || !isAsReported)
        return { title, details: [{ is: "number", text: number }] };
      const lines = counted(figures.number(order.lines.length), "line");
      return { title, details: [{ is: "words", text: `${lines}, ${figures.gross(sumOf(order), order.currency)}` }] };
    }
    case "decision": {
      const { decision, postback } = entry;
      return {
        title: `${deedOf(decision)} by ${decision.by}`,
        ...(postback && { about: nounOf(postback) }),
        details: detail("words", decision.reason),
      };
    }
    case "attempt": {
      const { outcome, reason, status, durationMs } = entry.attempt;
      const facts = [
        status === undefined ? "" : `HTTP ${status}`,
        durationMs === undefined ? "" : `after ${lasting(durationMs)}`,
      ].filter(Boolean);
      return {
        title: outcomeTitle[outcome] ?? outcome,
        about: nounOf(entry.postback),
        details: [
          ...detail("answer", reason && reasonInWords(reason)),
          ...detail("note", facts.length > 0 ? facts.join(" ") : undefined),
        ],
      };
    }
    case "due": {
      const { reason } = entry.postback;
      return {
        title: "Next try",
        about: nounOf(entry.postback),
        details: detail("answer", reason && reasonInWords(reason)),
      };
    }
  }
}

function clickDetails({ id, consent }: ConversionRecord["click"]): Detail[] {
  if (id === "") return [{ is: "remark", text: "the click is erased" }];
  return [
    { is: "click", text: id },
    { is: consent === undefined ? "remark" : "stored", text: consentOf(consent) },
  ];
}

function detail(is: Detail["is"], text: string | undefined): Detail[] {
  return text === undefined ? [] : [{ is, text }];
}
