import { userInfo } from "node:os";
import { Failure } from "./failure.ts";

/** Who decides: as named, or whoever is logged in. */
export function whoDecides(named: string | undefined): string {
  if (named !== undefined) return named;
  try {
    return userInfo().username || "cashtrail";
  } catch {
    // A container may run as somebody who has no name.
    return "cashtrail";
  }
}

/** As `whoDecides`; but who insists has to say who that is, for an account of the machine is no person. */
export function decider(named: string | undefined, insists: boolean): string {
  if (insists && named === undefined)
    throw new Failure(2, "--insist decides again what is decided: say in --by who does.");
  return whoDecides(named);
}
