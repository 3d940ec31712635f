import type { Request, RequestHandler } from "express";
import { rateLimit } from "express-rate-limit";
import { addressOf } from "../address.ts";

/** Wrong tokens an address may try in a minute. */
const MOST_FAILURES = 10;
export const PAUSE_SECONDS = 60;

export interface Guesses {
  /** Whether the address has tried too many. Asked before a token is compared, or it could go on trying. */
  areTooMany(request: Request): Promise<boolean>;
  count: RequestHandler;
}

export function createGuesses(): Guesses {
  const failures = rateLimit({
    windowMs: PAUSE_SECONDS * 1000,
    limit: MOST_FAILURES,
    keyGenerator: addressOf,
    handler: (_request, _response, next) => next(),
    standardHeaders: false,
    legacyHeaders: false,
    // They print to the console how the store's proxies look to them.
    validate: false,
  });
  return {
    areTooMany: async (request) => ((await failures.getKey(addressOf(request)))?.totalHits ?? 0) >= MOST_FAILURES,
    count: failures,
  };
}
