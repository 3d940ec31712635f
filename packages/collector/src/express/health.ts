import type { Request, RequestHandler } from "express";
import type { Readiness } from "../readiness.ts";
import { withTimeout } from "../timeout.ts";

export interface HealthParts {
  /** Resolves where the ledger can be read. */
  readonly check: () => Promise<unknown>;
  readonly readiness: () => Promise<Readiness>;
}

// Neither says anything of the business: they need no password.

/** 200 where the ledger answers, else 503. */
export function healthHandler({ check }: HealthParts): RequestHandler {
  return async (request, response) => {
    const works = await withTimeout(check()).then(
      () => true,
      () => false,
    );
    response.set("Cache-Control", "no-store");
    const status = works ? "ok" : "the ledger does not answer";
    response.status(works ? 200 : 503).json({ status, forwardedFor: forwardedFor(request) });
  };
}

/** 200 where an order that came now would be kept, else 503. */
export function readyHandler({ readiness }: HealthParts): RequestHandler {
  return async (_request, response) => {
    const found = await readiness();
    response.set("Cache-Control", "no-store");
    if (found.isReady) response.json({ status: "ok", orders: found.orders });
    else response.status(503).json({ status: found.reason });
  };
}

/** Whether the store believes what a proxy says of who is asking; undefined where none says anything. */
function forwardedFor({ headers, ips }: Request): "trusted" | "ignored" | undefined {
  if (headers["x-forwarded-for"] === undefined) return undefined;
  return ips.length > 0 ? "trusted" : "ignored";
}
