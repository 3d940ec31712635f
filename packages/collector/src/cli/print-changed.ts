import type { Changed } from "../amending.ts";
import { plain, print, printJson } from "./terminal.ts";

/** What an approval or a rejection came to. */
export function printChanged(deed: "Approved" | "Rejected", number: string, changed: Changed, json: boolean): void {
  if (json) {
    printJson(changed);
    return;
  }
  const { credited, postbacks, cancelled, repeated, reason } = changed;
  const order = `order ${plain(number)}`;
  if (credited.length === 0) print(`Nothing to do: nobody is credited for ${order}.`);
  else if (repeated) print(`Nothing to do: ${order} is ${deed.toLowerCase()} already.`);
  else print(`${deed}: ${order}.`);
  for (const id of postbacks) print(`  to be sent  ${plain(id)}`);
  for (const id of cancelled) print(`  withdrawn   ${plain(id)}`);
  if (reason !== undefined) print(`  ${plain(reason)}`);
}
