import type { CollectorEvent } from "@cashtrail/collector";
import type { BookRow } from "@cashtrail/collector/sandbox";
import { networkTitle } from "./network-title.ts";
import { coloured } from "./terminal.ts";

/** Prints one line for each step: when, who, what. */
export function printStep(who: string, what: string): void {
  const style = who === "shopper" || who === "desk" ? "yellow" : who === "Cashtrail" ? "cyan" : "green";
  const time = new Date().toTimeString().slice(0, 8);
  console.log(`  ${coloured("dim", time)}  ${coloured(style, who.padEnd(9))}  ${what}`);
}

/** What a network wrote in its book. */
export function bookStep({ order, amount, vat, discount }: BookRow): string {
  const beside = [vat && ` + ${vat} VAT`, discount && `, after ${discount} off`];
  return `writes order ${order} in its book: ${amount}${beside.filter(Boolean).join("")}`;
}

/** What the collector did, in one line. */
export function collectorStep(event: CollectorEvent): string {
  switch (event.type) {
    case "recorded":
      return event.credited.length > 0
        ? `has order ${event.number} on disk, credited to ${event.credited.map(networkTitle).join(" and ")}`
        : `has order ${event.number} on disk, credited to nobody: ${event.reason}`;
    case "delivered":
      return `delivered ${subjectOf(event)} to ${networkTitle(event.network)}${event.status === undefined ? "" : ` (HTTP ${event.status})`}`;
    case "postponed":
      return `will try ${subjectOf(event)} at ${networkTitle(event.network)} again in ${Math.ceil(event.waitMs / 1000)} s: ${event.reason}`;
    case "held":
      return `holds ${subjectOf(event)} for a person to decide: ${event.reason}`;
    case "failed":
      return `gives up ${subjectOf(event)} at ${networkTitle(event.network)}: ${event.reason}`;
    case "changed":
      return `has ${changeWords[event.change]} of order ${event.number} on disk, ${event.postbacks === 0 ? "with nothing to send" : `to tell ${event.credited.map(networkTitle).join(" and ")}`}`;
    case "differs":
      return `is told of order ${event.number} once more, and it is another than the one that stands`;
    case "network-down":
      return `notices that ${networkTitle(event.network)} is down: ${event.reason}`;
    case "network-up":
      return `notices that ${networkTitle(event.network)} answers again`;
    case "journaled":
      return `has order ${event.number} in its journal, for the ledger cannot be written: ${event.reason}`;
    case "taken-in":
      return `has taken ${event.count} from its journal into the ledger`;
    case "click-ignored":
      return `ignores a click from ${networkTitle(event.network)}: ${event.reason}`;
    case "deep-link-refused":
      return `follows no deep link to ${event.origin}`;
    case "ledger-failed":
      return `cannot use its ledger: ${event.reason}`;
  }
}

const changeWords = { update: "a change", approve: "an approval", reject: "a rejection" };

/** What a postback is about: its id says which of an order's it is. */
function subjectOf({ postback, number }: { postback: string; number: string }): string {
  const [, kind] = /\/(update|approve|reject)(?:\/|$)/.exec(postback) ?? [];
  return kind === undefined ? `order ${number}` : `${changeWords[kind as keyof typeof changeWords]} of order ${number}`;
}
