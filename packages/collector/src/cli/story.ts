import { moneyLeft } from "../changes.ts";
import type { ConversionRecord, PostbackRecord } from "../ledger/ledger.ts";
import type { Money } from "../money.ts";
import { type PlacedOrder, sumOf } from "../order.ts";
import { overdue } from "../telling/overdue.ts";
import { quoted } from "../telling/quoted.ts";
import { type Entry, isSending, timelineOf } from "../telling/timeline.ts";
import { type Told, told } from "../telling/told.ts";
import { nounOf, reasonInWords, stateMeaning } from "../telling/words.ts";
import { account, money, paid, stateCell } from "./formatting.ts";
import { type Cell, table } from "./table.ts";
import { plain, styled } from "./terminal.ts";
import { shownTime } from "./times.ts";

/** A conversion's story for whoever looks for an order: what it is, what happened, where it stands, what to do next. */
export function storyOf(conversion: ConversionRecord, now: Date, width: number): string {
  const { number, network, lead } = conversion;
  const head = `${lead ? "Lead" : "Order"} ${plain(number)} at ${account(network)}`;
  return [
    styled("bold", head),
    "",
    ...linesOf(conversion, width),
    ...happened(conversion),
    "",
    standing(conversion, width),
    "",
    styled("bold", "What to do next"),
    ...nextSteps(conversion, now).map((step) => `  ${step}`),
  ].join("\n");
}

function linesOf(conversion: ConversionRecord, width: number): string[] {
  const { order, lines, status } = conversion;
  if (!order || order.lines.length === 0) return [];
  const { currency, discount } = order;
  const rows = order.lines.map((line): Cell[] => [
    plain(line.sku),
    plain(line.name),
    String(line.quantity),
    money(line.net + line.vat, currency),
    stateCell(lines[line.sku]?.status ?? status),
  ]);
  const columns = [
    { title: "line" },
    { title: "name", cut: true },
    { title: "quantity", right: true },
    { title: "with VAT", right: true },
    { title: "decided" },
  ];
  return [
    table(columns, rows, width),
    ...(discount ? [`Discount ${money(discount.net + discount.vat, currency)}`] : []),
    `Sum ${paid(conversion)}${ofWhich(order, conversion)}`,
    "",
  ];
}

function ofWhich(order: PlacedOrder, { lines, amount }: ConversionRecord): string {
  const sum = sumOf(order);
  const left = moneyLeft({ order, lines });
  const isLess = left.net !== sum.net || left.vat !== sum.vat;
  const parts = [
    ...(isLess ? [`${figures.gross(left, order.currency)} is left`] : []),
    ...(amount ? [`${figures.gross(amount, order.currency)} was approved`] : []),
  ];
  return parts.length > 0 ? `, of which ${parts.join(" and ")}` : "";
}

function happened(conversion: ConversionRecord): string[] {
  return [
    styled("bold", "What happened"),
    ...timelineOf(conversion).flatMap((entry) => {
      const said = told(entry, conversion, figures);
      // The heads have these two.
      const notes = said.details.filter(({ is }) => is !== "click" && is !== "number");
      return [
        `  ${shownTime(entry.at)}  ${plain(headOf(entry, said))}`,
        ...notes.map(({ text }) => `${" ".repeat(23)}${styled("dim", plain(text))}`),
      ];
    }),
  ];
}

const figures = { number: String, gross: ({ net, vat }: Money, currency: string) => money(net + vat, currency) };

function headOf({ kind }: Entry, { title, about, details }: Told): string {
  const click = details.find(({ is }) => is === "click");
  if (click) return `${title}, click ${click.text}`;
  if (about === undefined) return title;
  return kind === "decision" ? `${title}: ${about}` : `${about}: ${title}`;
}

function standing({ postbacks }: ConversionRecord, width: number): string {
  const columns = [
    { title: "postback" },
    { title: "state" },
    { title: "tries", right: true },
    { title: "why", cut: true },
  ];
  const rows = postbacks.map(({ id, state, attempts, reason }): Cell[] => [
    plain(id),
    stateCell(state),
    String(attempts.length),
    reason === undefined ? "" : plain(reasonInWords(reason)),
  ]);
  return table(columns, rows, width);
}

function nextSteps({ number, network, postbacks }: ConversionRecord, now: Date): string[] {
  const steps = postbacks.flatMap((postback) => stepsFor(postback, plain(quoted(number)), account(network), now));
  return steps.length > 0 ? steps : ["Nothing."];
}

function stepsFor(postback: PostbackRecord, number: string, title: string, now: Date): string[] {
  const { id, state, dueAt } = postback;
  const what = plain(nounOf(postback));
  switch (state) {
    case "held":
      return [
        `${what}: ${stateMeaning.held} Look for the order in ${title}'s own portal, and say what you found:`,
        `  cashtrail settle ${plain(quoted(id))} delivered    it is there`,
        `  cashtrail settle ${plain(quoted(id))} cancelled    it is not, and shall not be`,
        `  cashtrail resend --id ${plain(quoted(id))} --state held    it is not, and is to be sent again`,
      ];
    case "failed":
      return [
        `${what}: ${stateMeaning.failed} Mend what it says above, and send it again; or put it aside:`,
        `  cashtrail resend ${number}`,
        `  cashtrail settle ${plain(quoted(id))} cancelled`,
      ];
    case "pending": {
      if (isSending(postback)) return [`${what}: nothing. It is being sent.`];
      if (!dueAt) return [`${what}: it waits for the one before it.`];
      const late = overdue(postback, now);
      if (late === "never tried")
        return [
          `${what}: nothing sends it, and it is due since ${shownTime(dueAt)}: is the collector started? Call cashtrail.start() in your server, or run "cashtrail serve", with this ledger. While a network is down, nothing is sent to it either.`,
        ];
      if (late === "late")
        return [
          `${what}: it is due since ${shownTime(dueAt)}. Does the server run, with this ledger? It delivers; "cashtrail serve" does too.`,
        ];
      return [`${what}: nothing. It is sent by itself.`];
    }
    default:
      return [];
  }
}
