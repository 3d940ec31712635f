/** What an error of any kind says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** One thing that is wrong with what was given, and where: `lines.0.net`. */
export interface Issue {
  path: string;
  message: string;
}

/**
 * What Cashtrail throws at its caller.
 *
 * - `ERR_OPTIONS`: `createCollector`, `retrack` or `shopback` was given settings it cannot work with.
 * - `ERR_ORDER`: `report` was given an order it cannot report; nothing was written.
 * - `ERR_LEDGER`: the ledger cannot be opened or written; `cause` has its own error.
 *
 * `issues` lists every problem at once for the first two. No message ever carries a secret.
 */
export class CollectorError extends Error {
  readonly code: "ERR_OPTIONS" | "ERR_ORDER" | "ERR_LEDGER";
  readonly issues: readonly Issue[];

  constructor(
    code: CollectorError["code"],
    message: string,
    { issues = [], cause }: { issues?: readonly Issue[]; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.name = "CollectorError";
    this.code = code;
    this.issues = issues;
  }
}
