import { createHash, timingSafeEqual } from "node:crypto";
import type { Request, Response } from "express";
import { rateLimit } from "express-rate-limit";
import { addressOf, sourceOf } from "./address.ts";

/** Wrong tokens that may be tried in a minute: by who says to be one address, and by all that say so through one. */
const MOST_TRIES = 10;
const MOST_TRIES_OF_SOURCE = 100;
export const PAUSE_SECONDS = 60;

/** What a token is that was given: `right`; `wrong`, and counted; `barred`, where too many wrong ones came before. */
export type TokenCheck = (
  given: string | undefined,
  request: Request,
  response: Response,
) => Promise<"right" | "wrong" | "barred">;

/** Makes checks, each of the tokens that are right there. All count together, or a guesser had ten tries at each door. */
export function createTokenChecks(): (...tokens: readonly string[]) => TokenCheck {
  const counters = [counter(MOST_TRIES, addressOf), counter(MOST_TRIES_OF_SOURCE, sourceOf)];
  const checkOf: (...tokens: readonly string[]) => TokenCheck =
    (...tokens) =>
    async (given, request, response) => {
      // Asked before the token is compared, or a stranger could go on trying. Who has the right one is never counted.
      const full = await Promise.all(counters.map(({ isFull }) => isFull(request)));
      if (full.includes(true)) return "barred";
      if (given !== undefined && tokens.some((token) => isSame(given, token))) return "right";
      await Promise.all(counters.map(({ count }) => count(request, response)));
      return "wrong";
    };
  return checkOf;
}

function counter(most: number, keyOf: (request: Request) => string) {
  const counting = rateLimit({
    windowMs: PAUSE_SECONDS * 1000,
    limit: most,
    keyGenerator: keyOf,
    handler: (_request, _response, next) => next(),
    standardHeaders: false,
    legacyHeaders: false,
    // They print to the console how the store's proxies look to them.
    validate: false,
  });
  return {
    isFull: async (request: Request) => ((await counting.getKey(keyOf(request)))?.totalHits ?? 0) >= most,
    count: (request: Request, response: Response) => counting(request, response, () => {}),
  };
}

/** Of equal length whatever was given, so that the time it takes tells nothing. */
export function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
