import express, { type ErrorRequestHandler, type RequestHandler, type Router } from "express";
import { type ApiParts, createApi } from "./api/api.ts";
import { createDashboard } from "./dashboard/dashboard.ts";
import type { DashboardParts } from "./dashboard/visit.ts";
import { handoverHandler } from "./handover.ts";
import { type HealthParts, healthHandler, readyHandler } from "./health.ts";
import { type LandingParts, redirectHandler, revoke } from "./landing.ts";
import { createMetricsPage, type MetricsPageParts } from "./metrics-page.ts";
import { fromOwnPages } from "./own-pages.ts";
import { installedScript } from "./script.ts";
import { createTokenChecks } from "./token-check.ts";

export interface RouterParts extends LandingParts, HealthParts {
  /** What is only for whoever has the token; without it, there is none of that. */
  readonly admin?: {
    readonly token: string;
    readonly api: Omit<ApiParts, "check">;
    readonly dashboard: Omit<DashboardParts, "check" | "token">;
  };
  /** What is for whoever has one of the tokens. */
  readonly metrics?: Omit<MetricsPageParts, "check"> & { readonly tokens: readonly string[] };
}

/**
 * What is served under the path the store mounts it at: the script, the redirect page, what the script hands over, the
 * state of health and readiness, and where there are tokens the metrics, the HTTP API and the dashboard.
 */
export function createRouter(parts: RouterParts): Router {
  const router = express.Router();
  router.get("/client.js", scriptHandler());
  router.all("/redirect", redirectHandler(parts));
  const asText = express.text({ type: () => true, limit: "2kb" });
  router.post("/remember", fromOwnPages, asText, handoverHandler(parts));
  router.delete("/remember", fromOwnPages, revokeHandler(parts));
  router.get("/health", healthHandler(parts));
  router.get("/ready", readyHandler(parts));
  const checkOf = createTokenChecks();
  if (parts.metrics) {
    const { tokens, ...page } = parts.metrics;
    router.use(createMetricsPage({ check: checkOf(...tokens), ...page }));
  }
  if (parts.admin) {
    const { token, api, dashboard } = parts.admin;
    const check = checkOf(token);
    router.use("/api/v1", createApi({ check, ...api }));
    // The last: it answers to whatever page of its own is asked for.
    router.use(createDashboard({ token, check, ...dashboard }));
  }
  router.use(unreadable);
  return router;
}

/** The browser script, kept for ever where it is asked for by its hash (`client.js?v=HASH`), else for five minutes. */
function scriptHandler(): RequestHandler {
  const { text, hash } = installedScript();
  return (request, response) => {
    const lasting = request.query.v === hash;
    response.set({
      "Cache-Control": lasting ? "public, max-age=31536000, immutable" : "public, max-age=300",
      "Content-Type": "text/javascript; charset=utf-8",
      "X-Content-Type-Options": "nosniff",
      ETag: `"${hash}"`,
    });
    // Express answers 304 itself, by the ETag.
    response.send(text);
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
