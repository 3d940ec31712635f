/** What one look at a store found. */
export interface Check {
  readonly name: string;
  /** `skip`: it could not be looked at, which `found` tells; nothing is wrong by that. */
  readonly state: "ok" | "warn" | "fail" | "skip";
  readonly found: string;
  readonly wanted: string;
  /** What to do, where something is not as wanted. */
  readonly fix?: string;
}

/** What a check can find. */
export interface Findings {
  ok(found: string): Check;
  warn(found: string, fix: string): Check;
  fail(found: string, fix: string): Check;
  skip(found: string): Check;
}

export function checkOf(name: string, wanted: string): Findings {
  return {
    ok: (found) => ({ name, state: "ok", found, wanted }),
    warn: (found, fix) => ({ name, state: "warn", found, wanted, fix }),
    fail: (found, fix) => ({ name, state: "fail", found, wanted, fix }),
    skip: (found) => ({ name, state: "skip", found, wanted }),
  };
}
