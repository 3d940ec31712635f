import type { Reported } from "../../reporting.ts";
import { counted } from "../../telling/words.ts";
import { plain } from "../terminal.ts";

/** What has become of a file's orders. */
export interface Tally {
  orders: number;
  credited: Record<string, number>;
  /** By the reason. */
  uncredited: Record<string, number>;
  /** Credited before, and as they stand; or the same as one before them in the file. */
  known: number;
  /** Credited before, and others than what stands. */
  differing: number;
  unusable: number;
}

export const noneYet = (): Tally => ({ orders: 0, credited: {}, uncredited: {}, known: 0, differing: 0, unusable: 0 });

/** Counts an order by what became of it; without that, it could not be used. */
export function count(tally: Tally, outcome: Reported | undefined): void {
  tally.orders += 1;
  if (!outcome) tally.unusable += 1;
  else if (outcome.differs) tally.differing += 1;
  else if (outcome.repeated) tally.known += 1;
  else if (outcome.credited.length === 0) addOne(tally.uncredited, outcome.reason ?? "");
  else for (const network of outcome.credited) addOne(tally.credited, network);
}

function addOne(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** What a run came to, for people. */
export function summary(path: string, tally: Tally, dryRun: boolean): string {
  const { orders, credited, uncredited, known, differing, unusable } = tally;
  const accounts = Object.entries(credited).map(([network, many]) => `${plain(network)} ${many}`);
  const will = dryRun ? "would be " : "";
  return [
    `${plain(path)}: ${counted(String(orders), "order")}`,
    `  ${will}credited to ${accounts.length > 0 ? accounts.join(", ") : "no account"}`,
    ...Object.entries(uncredited).map(([reason, many]) => `  ${many} ${will}credited to nobody: ${plain(reason)}`),
    ...(known > 0 ? [`  ${known} reported before`] : []),
    ...(differing > 0 ? [`  ${differing} reported before with other contents: left as they were`] : []),
    ...(unusable > 0 ? [`  ${unusable} cannot be used: see above`] : []),
    ...(dryRun ? ["Nothing was written. The same without --dry-run reports them."] : []),
  ].join("\n");
}
