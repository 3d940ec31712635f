import type { CollectorEvent } from "@cashtrail/collector";
import type { BookRow } from "@cashtrail/collector/sandbox";
import { networkTitle } from "./network-title.ts";
import { coloured } from "./terminal.ts";

/** Prints one line for each step: when, who, what. */
export function printStep(who: string, what: string): void {
  const style = who === "shopper" ? "yellow" : who === "Cashtrail" ? "cyan" : "green";
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
      return `delivered order ${event.number} to ${networkTitle(event.network)}${event.status === undefined ? "" : ` (HTTP ${event.status})`}`;
    case "postponed":
      return `will try order ${event.number} at ${networkTitle(event.network)} again in ${Math.ceil(event.waitMs / 1000)} s: ${event.reason}`;
    case "held":
      return `holds order ${event.number} for a person to decide: ${event.reason}`;
    case "failed":
      return `gives up order ${event.number} at ${networkTitle(event.network)}: ${event.reason}`;
    case "click-ignored":
      return `ignores a click from ${networkTitle(event.network)}: ${event.reason}`;
    case "ledger-failed":
      return `cannot use its ledger: ${event.reason}`;
  }
}
