import { type Check, checkOf } from "./check.ts";

/** More than a slow answer and the whole seconds of an HTTP date can explain. */
const OFF_SECONDS = 30;
const FAR_SECONDS = 600;

/** This machine's clock beside another's. Orders and clicks are dated by this one, and claims by the ledger's. */
export function clockCheck(whose: string, theirs: Date, ours: Date): Check {
  const { ok, warn, fail } = checkOf(`clock beside ${whose}'s`, `no more than ${OFF_SECONDS} s apart`);
  const ahead = Math.round((+ours - +theirs) / 1000);
  const seconds = Math.abs(ahead);
  const found = seconds <= 2 ? "the same time" : `this machine is ${seconds} s ${ahead > 0 ? "ahead" : "behind"}`;
  const fix = "turn on time synchronisation (NTP) on this machine, or on the other one";
  return seconds > FAR_SECONDS ? fail(found, fix) : seconds > OFF_SECONDS ? warn(found, fix) : ok(found);
}
