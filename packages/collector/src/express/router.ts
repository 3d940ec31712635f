import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { clicksIn } from "@cashtrail/client/landing";
import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Router } from "express";
import { clicksInCookies, isAlive, isClickId } from "../clicks.ts";
import { setClickCookies } from "./arrival.ts";
import { isConsented, type LandingParts, redirectHandler } from "./landing.ts";

export interface RouterParts extends LandingParts {
  /** Resolves where the ledger can be read. */
  readonly check: () => Promise<unknown>;
}

/** What is served under the path the store mounts it at: the script, the redirect page, and the state of health. */
export function createRouter(parts: RouterParts): Router {
  const router = express.Router();
  router.get("/client.js", scriptHandler());
  router.all("/redirect", redirectHandler(parts));
  router.post("/remember", express.text({ type: () => true, limit: "2kb" }), keepHandler(parts));
  router.get("/health", healthHandler(parts));
  router.use(unreadable);
  return router;
}

/** The browser script, kept for ever where it is asked for by its hash (`client.js?v=HASH`), else for five minutes. */
function scriptHandler(): RequestHandler {
  const script = readFileSync(createRequire(import.meta.url).resolve("@cashtrail/client/client.js"));
  const hash = createHash("sha256").update(script).digest("hex").slice(0, 16);
  return (request, response) => {
    const lasting = request.query.v === hash;
    response.set({
      "Cache-Control": lasting ? "public, max-age=31536000, immutable" : "public, max-age=300",
      "Content-Type": "text/javascript; charset=utf-8",
      "X-Content-Type-Options": "nosniff",
      ETag: `"${hash}"`,
    });
    // Express answers 304 itself, by the ETag.
    response.send(script);
  };
}

/** The script hands its clicks over, so that cookies of a server, which live longer, take the place of its own. */
function keepHandler(parts: LandingParts): RequestHandler {
  return (request, response) => {
    if (!isSameOrigin(request)) {
      response.sendStatus(403);
      return;
    }
    const now = parts.now();
    const clicks = clicksIn(typeof request.body === "string" ? request.body : "")
      .map((click) => ({ ...click, at: new Date(Math.min(+click.at, +now)) }))
      .filter(({ network, id, at }) => {
        const landing = parts.landings.find((one) => one.network === network);
        return landing !== undefined && isClickId(id, landing) && isAlive(at, landing, now);
      })
      .reverse();
    if (clicks.length > 0 && isConsented(request, clicks, parts)) {
      setClickCookies(response, clicks, clicksInCookies(request.headers.cookie, parts.landings, now), parts, now);
      parts.keep(clicks);
    }
    response.status(204).end();
  };
}

/** Only the store's own pages: by Sec-Fetch-Site, and by Origin for browsers that do not send it. */
function isSameOrigin({ headers }: Request): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site === "same-origin";
  return headers.origin !== undefined && URL.parse(headers.origin)?.host === headers.host;
}

/** 200 where the ledger answers, else 503. It says nothing of the business: it needs no password. */
function healthHandler({ check }: RouterParts): RequestHandler {
  return async (_request, response) => {
    const works = await check().then(
      () => true,
      () => false,
    );
    response.set("Cache-Control", "no-store");
    response.status(works ? 200 : 503).json({ status: works ? "ok" : "the ledger does not answer" });
  };
}

/** A body too long or cut short is the sender's mistake, and no business of the store's own error page. */
const unreadable: ErrorRequestHandler = (error, _request, response, next) => {
  if (response.headersSent || !(error.status >= 400 && error.status < 500)) return next(error);
  response.sendStatus(error.status);
};
