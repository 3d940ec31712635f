import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import express, { type ErrorRequestHandler, type RequestHandler, type Router } from "express";
import { type ApiParts, createApi } from "./api/api.ts";
import { createDashboard } from "./dashboard/dashboard.ts";
import type { DashboardParts } from "./dashboard/visit.ts";
import { handoverHandler } from "./handover.ts";
import { type HealthParts, healthHandler, readyHandler } from "./health.ts";
import { type LandingParts, redirectHandler, revoke } from "./landing.ts";
import { createMetricsPage, type MetricsPageParts } from "./metrics-page.ts";
import { fromOwnPages } from "./own-pages.ts";

export interface RouterParts extends LandingParts, HealthParts {
  /** What the HTTP API is made of; without it, there is none. */
  readonly api?: ApiParts;
  /** What the dashboard is made of; without it, there is none. */
  readonly dashboard?: DashboardParts;
  /** What the metrics are made of; without it, there are none. */
  readonly metrics?: MetricsPageParts;
}

/** What is served under the path the store mounts it at: the script, the redirect page, and the state of health. */
export function createRouter(parts: RouterParts): Router {
  const router = express.Router();
  router.get("/client.js", scriptHandler());
  router.all("/redirect", redirectHandler(parts));
  const text = express.text({ type: () => true, limit: "2kb" });
  router.post("/remember", fromOwnPages, text, handoverHandler(parts));
  router.delete("/remember", fromOwnPages, revokeHandler(parts));
  router.get("/health", healthHandler(parts));
  router.get("/ready", readyHandler(parts));
  if (parts.metrics) router.use(createMetricsPage(parts.metrics));
  if (parts.api) router.use("/api/v1", createApi(parts.api));
  // The last: it answers to whatever page of its own is asked for.
  if (parts.dashboard) router.use(createDashboard(parts.dashboard));
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

/** The shopper agrees no more. */
function revokeHandler(parts: LandingParts): RequestHandler {
  return (request, response) => {
    revoke(request, response, parts);
    response.status(204).end();
  };
}

/** A body too long or cut short is the sender's mistake, and no business of the store's own error page. */
const unreadable: ErrorRequestHandler = (error, _request, response, next) => {
  if (response.headersSent || !(error.status >= 400 && error.status < 500)) return next(error);
  response.sendStatus(error.status);
};
