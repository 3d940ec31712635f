import type { Changed } from "@cashtrail/collector";
import { networkTitle } from "./network-title.ts";

/** What the returns desk did with an order. */
export type Deed =
  | { readonly kind: "line"; readonly quantity: number; readonly name: string }
  | { readonly kind: "whole" | "rest" | "close" };

/** What is said once, after something was done at the desk, beside the order it was done to. */
export interface Notice {
  readonly number: string;
  readonly isConflict: boolean;
  readonly title: string;
  readonly text: string;
}

export function doneNotice(number: string, deed: Deed, changed: Changed, isAllReturned: boolean): Notice {
  return { number, isConflict: false, title: done(deed), text: toldOf(deed, changed, isAllReturned) };
}

/** What contradicts what is decided, in the collector's own words. */
export function conflictNotice(number: string, message: string): Notice {
  return {
    number,
    isConflict: true,
    title: "That cannot be done, and nothing was changed",
    text: `${message.replace(/^./, (first) => first.toUpperCase())}.`,
  };
}

function done(deed: Deed): string {
  switch (deed.kind) {
    case "line":
      return `Returned: ${deed.quantity} × ${deed.name}`;
    case "whole":
      return "Returned: the whole order";
    case "rest":
      return "Returned: the rest of the order";
    case "close":
      return "Closed: the return period is over";
  }
}

function toldOf(
  { kind }: Deed,
  { credited, postbacks, cancelled, repeated, reason }: Changed,
  isAllReturned: boolean,
): string {
  const names = credited.map(networkTitle).join(" and ");
  if (credited.length === 0) return "Nobody is credited for the order, so no network needs to know.";
  if (repeated) return "It stood so already, so nothing is sent a second time.";
  if (postbacks.length === 0 && cancelled.length > 0)
    return `The order had not reached ${names} yet: it was withdrawn, and ${names} will never hear of it.`;
  if (postbacks.length > 0) {
    if (isAllReturned) return `${names} is told that the order is rejected.`;
    return kind === "close"
      ? `${names} is told the final amount, and that it is approved.`
      : `${names} is told what is left of the order.`;
  }
  return `${(reason ?? `${names} need not be told`).replace(/^[\w:]+: /, "")}.`;
}
