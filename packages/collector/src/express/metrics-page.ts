import express, { type ErrorRequestHandler, type Router } from "express";
import { bearer } from "./bearer.ts";
import { HttpProblem } from "./http-problem.ts";
import type { TokenCheck } from "./token-check.ts";

export interface MetricsPageParts {
  /** They are figures of the business, so whoever scrapes them has a token. */
  readonly check: TokenCheck;
  /** The setting whose token is asked for. */
  readonly setting: "adminToken" | "metricsToken";
  readonly text: () => Promise<string>;
}

/** `GET /metrics`, in Prometheus' text format. */
export function createMetricsPage({ check, setting, text }: MetricsPageParts): Router {
  const router = express.Router();
  router.get(
    "/metrics",
    (_request, response, next) => {
      response.set({ "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" });
      next();
    },
    bearer(check, setting),
    (_request, response, next) => {
      text().then((metrics) => {
        response.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
        response.end(metrics);
      }, next);
    },
  );
  router.use(refused);
  return router;
}

const refused: ErrorRequestHandler = (error, _request, response, next) => {
  if (!(error instanceof HttpProblem)) return next(error);
  response.status(error.problem.status).set(error.headers).type("text/plain").send(`${error.problem.detail}\n`);
};
