import { createHash, timingSafeEqual } from "node:crypto";
import type { RequestHandler } from "express";
import { type RateLimitExceededEventHandler, rateLimit } from "express-rate-limit";
import { addressOf } from "../address.ts";
import { HttpProblem } from "./problem.ts";

/** Wrong tokens an address may try in a minute. */
const MOST_FAILURES = 10;
const MINUTE_MS = 60_000;

/** Lets requests with the token pass. An address that tries wrong ones is not listened to for the rest of a minute. */
export function bearer(token: string): RequestHandler {
  const wanted = digest(token);
  const tooMany: RateLimitExceededEventHandler = (_request, _response, next) => next(slowedDown());
  const failures = rateLimit({
    windowMs: MINUTE_MS,
    limit: MOST_FAILURES,
    keyGenerator: addressOf,
    handler: tooMany,
    standardHeaders: false,
    legacyHeaders: false,
    // They print to the console how the store's proxies look to them.
    validate: false,
  });
  return async (request, response, next) => {
    // Asked before the token is compared, or a stranger could go on trying. Who has the right one is never counted.
    const { totalHits = 0 } = (await failures.getKey(addressOf(request))) ?? {};
    if (totalHits > MOST_FAILURES) return next(slowedDown());
    const given = /^Bearer +([^ ]+) *$/i.exec(request.headers.authorization ?? "")?.[1];
    // Of equal length whatever was given, so that the time it takes tells nothing.
    if (given !== undefined && timingSafeEqual(digest(given), wanted)) return next();
    failures(request, response, (error?: unknown) => next(error ?? unauthorized(given)));
  };
}

function unauthorized(given: string | undefined): HttpProblem {
  return given === undefined
    ? new HttpProblem(401, "Send the collector's adminToken in the header Authorization: Bearer TOKEN.", {
        "WWW-Authenticate": 'Bearer realm="cashtrail"',
      })
    : new HttpProblem(401, "This is not the collector's adminToken: compare it with the collector's settings.", {
        "WWW-Authenticate": 'Bearer realm="cashtrail", error="invalid_token"',
      });
}

function slowedDown(): HttpProblem {
  return new HttpProblem(429, "Too many wrong tokens from this address: try again in a minute.", {
    "Retry-After": String(MINUTE_MS / 1000),
  });
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
