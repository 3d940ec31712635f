import type { ConversionRecord, Waiting } from "./ledger.ts";

/** What both engines make of what they keep. */

/** The order or the lead of a conversion. */
export function subjectIn(kind: string, subject: string): Pick<ConversionRecord, "order" | "lead"> {
  const kept = JSON.parse(subject);
  return kind === "order"
    ? { order: { ...kept, placedAt: new Date(kept.placedAt) } }
    : { lead: { ...kept, at: new Date(kept.at) } };
}

/** What may be left of an order or a lead that is forgotten. */
export function forgotten(kind: string, subject: string): string {
  const { number, reference, currency, placedAt, at } = JSON.parse(subject);
  return JSON.stringify(kind === "order" ? { number, currency, lines: [], placedAt } : { reference, at });
}

/** Counts by network and state, and when the oldest of each was recorded, as one row for each network. */
export function waitingIn(
  rows: readonly { network: string; state: keyof Waiting["oldest"]; count: number; oldest: number | null }[],
  now: number,
): Waiting[] {
  const byNetwork = new Map<string, Waiting>();
  for (const { network, state, count, oldest } of rows) {
    const told = byNetwork.get(network) ?? { network, pending: 0, held: 0, failed: 0, oldest: {} };
    told[state] = count;
    if (oldest !== null) told.oldest[state] = Math.max(0, now - oldest);
    byNetwork.set(network, told);
  }
  return [...byNetwork.values()];
}
