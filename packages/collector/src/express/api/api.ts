import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from "express";
import { CollectorError } from "../../error.ts";
import { postbackId, text } from "../../fields.ts";
import { parse } from "../../parse.ts";
import { bearer } from "../bearer.ts";
import { aProblem, HttpProblem } from "../http-problem.ts";
import type { TokenCheck } from "../token-check.ts";
import { bodyOf } from "./body.ts";
import type { ApiCalls } from "./calls.ts";
import { openApiDocument } from "./document.ts";
import type { Answer, Operation } from "./operations.ts";
import { problemOf } from "./problem.ts";
import { noParameters } from "./requests.ts";
import { routeOf } from "./routing.ts";

export interface ApiParts {
  readonly check: TokenCheck;
  readonly calls: ApiCalls;
  /** Told of mistakes of the server's own, which no caller can mend. */
  readonly fail: (error: unknown) => void;
  /** Told of orders and leads that never get as far as the call, for their body cannot be used. */
  readonly refused: (error: unknown) => void;
}

/**
 * The HTTP API, for stores that are not written in Node.js: JSON, for whoever has the token. Pages of other origins are
 * allowed nothing, and no cookie lets anybody in.
 */
export function createApi({ check, calls, fail, refused }: ApiParts): Router {
  const router = express.Router();
  router.use(
    privately,
    bearer(check, "adminToken"),
    express.raw({ type: () => true, limit: "1mb" }),
    serving(calls, refused),
    failing(fail),
  );
  return router;
}

const privately: RequestHandler = (_request, response, next) => {
  response.setHeader("Cache-Control", "no-store");
  response.setHeader("X-Content-Type-Options", "nosniff");
  next();
};

function serving(calls: ApiCalls, refused: ApiParts["refused"]): RequestHandler {
  const description = openApiDocument();
  return (request, response, next) => {
    const answering =
      request.path === "/openapi.json" && ["GET", "HEAD"].includes(request.method)
        ? Promise.resolve<Answer>({ status: 200, body: description })
        : answerTo(request, calls, refused);
    answering.then(({ status, body }) => send(response, status, "application/json", body)).catch(next);
  };
}

async function answerTo(request: Request, calls: ApiCalls, refused: ApiParts["refused"]): Promise<Answer> {
  const { operation, key } = routeOf(request.method, request.path);
  return operation.act(givenTo(operation, key, request, refused), calls);
}

/** What an operation is given, read by its own shapes. */
function givenTo(operation: Operation, key: string, request: Request, refused: ApiParts["refused"]) {
  const { id, path, query, body, isBodyOptional } = operation;
  try {
    const given = body && bodyOf(request);
    if (body && given === undefined && !isBodyOptional)
      throw new HttpProblem(400, "A body is wanted: JSON, with Content-Type: application/json.");
    return {
      key: key && parse(path.includes("{id}") ? postbackId : text, key, "ERR_ORDER", `${id}: the path`),
      query: parse(query ?? noParameters, parametersOf(request), "ERR_ORDER", id),
      body: body && parse(body, given ?? {}, "ERR_ORDER", id),
    };
  } catch (error) {
    if (id === "reportOrder" || id === "reportLead") refused(error);
    throw error;
  }
}

/** By hand, for how Express reads a query is the store's own setting. */
function parametersOf({ url }: Request): Record<string, string> {
  const parameters = [...new URLSearchParams(url.split("?").slice(1).join("?"))];
  const twice = parameters.filter(([name], index) => parameters.findIndex(([other]) => other === name) < index);
  if (twice.length > 0)
    throw new CollectorError("ERR_ORDER", "the query cannot be used", {
      issues: twice.map(([path]) => ({ path, message: "must be given once" })),
    });
  return Object.fromEntries(parameters);
}

function failing(fail: ApiParts["fail"]): ErrorRequestHandler {
  return (error, _request, response, next) => {
    if (response.headersSent) return next(error);
    const known = problemOf(error);
    // What it is may be no business of whoever asks.
    if (!known) fail(error);
    const detail = "Cashtrail made a mistake: the collector's event ledger-failed tells of it. Send it again later.";
    const { problem, headers } = known ?? { problem: aProblem(500, detail), headers: {} };
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    send(response, problem.status, "application/problem+json", problem);
  };
}

/** By hand, for how Express writes JSON is the store's own setting. */
function send(response: Response, status: number, type: string, body: unknown): void {
  response.statusCode = status;
  if (body === undefined) return void response.end();
  const json = Buffer.from(JSON.stringify(body));
  response.setHeader("Content-Type", `${type}; charset=utf-8`);
  response.setHeader("Content-Length", json.length);
  response.end(json);
}
