import type { RequestHandler } from "express";
import { HttpProblem } from "./http-problem.ts";
import { PAUSE_SECONDS, type TokenCheck } from "./token-check.ts";

/** Lets requests with the token pass; `name` is the setting's. */
export function bearer(check: TokenCheck, name: "adminToken" | "metricsToken"): RequestHandler {
  return (request, response, next) => {
    const given = /^Bearer +([^ ]+) *$/i.exec(request.headers.authorization ?? "")?.[1];
    check(given, request, response).then((found) => {
      if (found === "right") next();
      else next(found === "barred" ? slowedDown() : unauthorized(given, name));
    }, next);
  };
}

function unauthorized(given: string | undefined, name: string): HttpProblem {
  return given === undefined
    ? new HttpProblem(401, `Send the collector's ${name} in the header Authorization: Bearer TOKEN.`, {
        "WWW-Authenticate": 'Bearer realm="cashtrail"',
      })
    : new HttpProblem(401, `This is not the collector's ${name}: compare it with the collector's settings.`, {
        "WWW-Authenticate": 'Bearer realm="cashtrail", error="invalid_token"',
      });
}

function slowedDown(): HttpProblem {
  return new HttpProblem(429, "Too many wrong tokens from this address: try again in a minute.", {
    "Retry-After": String(PAUSE_SECONDS),
  });
}
