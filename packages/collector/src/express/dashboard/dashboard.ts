import express, { type Request, type RequestHandler, type Response, type Router } from "express";
import { isFromOwnPage } from "../own-pages.ts";
import { PAUSE_SECONDS } from "../token-check.ts";
import { endedCookie, noticeCookie, noticeOf, sessionCookie, sessionOf } from "./cookies.ts";
import { confirmDecision, decide } from "./deciding.ts";
import { type Fields, formFields, queryFields } from "./fields.ts";
import { formattingFor } from "./formatting.ts";
import { favicon } from "./icons.ts";
import { type Frame, layout, type Page } from "./layout.ts";
import { type LoginProblem, loginPage, pageFrom } from "./login.ts";
import { order } from "./order.ts";
import { orders } from "./orders.ts";
import { overview } from "./overview.ts";
import { pageAt } from "./page-address.ts";
import { foreignForm, ownMistake, problemOf } from "./problems.ts";
import { confirmResend, resend } from "./resending.ts";
import { search } from "./search.ts";
import { createSessions, type Session } from "./session.ts";
import { confirmSettle, settle } from "./settling.ts";
import { style, styleHash } from "./style.ts";
import { uncredited } from "./uncredited.ts";
import type { DashboardParts, Reply, Visit } from "./visit.ts";

const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/** Two hundred lines chosen, of five hundred characters each that take nine in a form, are 0.9 MB. */
const FORM_LIMIT = "1mb";

type Act = (visit: Visit) => Reply | Promise<Reply>;

const pages: Readonly<Record<string, Act>> = {
  "": overview,
  orders,
  uncredited,
  order,
  approve: confirmDecision("approve"),
  reject: confirmDecision("reject"),
  resend: confirmResend,
  settle: confirmSettle,
  search: () => ({ to: pageAt("orders") }),
};

const forms: Readonly<Record<string, Act>> = {
  search,
  approve: decide("approve"),
  reject: decide("reject"),
  resend,
  settle,
};

/**
 * The dashboard: pages that need no script, for whoever signs in with the token. All of them lie in one folder, the path
 * the router is mounted at, and link to one another relatively. What else is asked for there is left to the store.
 */
export function createDashboard(parts: DashboardParts): Router {
  const { token, check, calls, networks, now, isStarted, fail } = parts;
  const sessions = createSessions(token, now);
  const router = express.Router({ strict: true, caseSensitive: true });
  const short = express.urlencoded({ extended: false });
  const long = express.urlencoded({ extended: false, limit: FORM_LIMIT });
  const form: RequestHandler = (...asked) => (sessionOf(asked[0], sessions) ? long : short)(...asked);
  const showFor = ({ headers }: Request) => formattingFor(headers["accept-language"], now(), parts);

  router.get("/style.css", file("text/css", style, styleHash));
  router.get("/icon.svg", file("image/svg+xml", favicon));
  router.get("/login", served(showLogin));
  router.post("/login", form, served(login));
  router.get("/signed-in", served(arrive));
  router.post("/logout", form, served(logout));
  for (const [name, act] of Object.entries(pages)) router.get(`/${name}`, served(signedIn(act)));
  for (const [name, act] of Object.entries(forms)) router.post(`/${name}`, form, served(signedIn(act)));
  router.use(((error, request, response, next) => {
    if (response.headersSent) return next(error);
    const known = problemOf(error);
    if (!known) fail(error);
    const { status, page } = known ?? ownMistake;
    send(request, response, status, page);
  }) satisfies express.ErrorRequestHandler);
  return router;

  function signedIn(act: Act): (request: Request, response: Response) => Promise<void> {
    return async (request, response) => {
      if (!/\/(?:\?|$)/.test(request.originalUrl) && request.path === "/") return redirect(response, inside(request));
      const session = sessionOf(request, sessions);
      if (!session) return redirect(response, pageAt("login", { to: wantedBy(request) }));
      const fields = formFields(request.body);
      if (request.method === "POST" && !isOurs(request, session)) {
        return send(request, response, foreignForm.status, foreignForm.page, { session });
      }
      const show = showFor(request);
      const query = queryFields(request.url);
      const formToken = sessions.formToken(session);
      const reply = await act({ request, query, form: fields, session, formToken, show, calls, networks, isStarted });
      answer(reply, session, request, response);
    };
  }

  function answer(reply: Reply, session: Session, request: Request, response: Response): void {
    if ("to" in reply) {
      if (reply.notice !== undefined)
        response.appendHeader("Set-Cookie", noticeCookie(request, sessions, reply.notice));
      if (reply.name !== undefined && reply.name !== session.name)
        response.appendHeader("Set-Cookie", sessionCookie(request, sessions, { ...session, name: reply.name }));
      redirect(response, reply.to);
    } else {
      if (reply.refreshSeconds !== undefined) response.setHeader("Refresh", String(reply.refreshSeconds));
      send(request, response, reply.status ?? 200, reply.page, { session, sought: reply.sought });
    }
  }

  /** Whether a form was sent by a page of this session, and not by another site's in its name. */
  function isOurs(request: Request, session: Session): boolean {
    return isFromOwnPage(request) && sessions.isFormToken(session, formFields(request.body).get("form"));
  }

  function showLogin(request: Request, response: Response): void {
    const to = wantedIn(queryFields(request.url));
    // A link in a letter or a chat comes without the cookie, which is Strict: a page of our own asks once more.
    if (request.headers["sec-fetch-site"] === "cross-site")
      response.setHeader("Refresh", `0; url=${pageAt("login", { to })}`);
    if (sessionOf(request, sessions)) redirect(response, to);
    else send(request, response, 200, loginPage(to));
  }

  async function login(request: Request, response: Response): Promise<void> {
    const fields = formFields(request.body);
    const to = wantedIn(fields);
    const refuse = (status: number, problem: LoginProblem) => send(request, response, status, loginPage(to, problem));
    if (!isFromOwnPage(request)) return refuse(403, "foreign");
    const found = await check(fields.get("token"), request, response);
    if (found === "wrong") return refuse(401, "wrong");
    if (found === "barred") {
      response.setHeader("Retry-After", String(PAUSE_SECONDS));
      return refuse(429, "many");
    }
    response.appendHeader("Set-Cookie", sessionCookie(request, sessions, sessions.begin()));
    redirect(response, pageAt("signed-in", { to }));
  }

  /** Where the browser did not keep the cookie, it says so instead of asking for the token for ever. */
  function arrive(request: Request, response: Response): void {
    const to = wantedIn(queryFields(request.url));
    if (sessionOf(request, sessions)) redirect(response, to);
    else send(request, response, 401, loginPage(to, "unkept"));
  }

  function logout(request: Request, response: Response): void {
    const session = sessionOf(request, sessions);
    if (session && !isOurs(request, session))
      send(request, response, foreignForm.status, foreignForm.page, { session });
    else {
      response.appendHeader("Set-Cookie", endedCookie(request, "session"));
      redirect(response, pageAt("login"));
    }
  }

  function send(
    request: Request,
    response: Response,
    status: number,
    page: Page,
    { session, sought }: { session?: Session | undefined; sought?: string | undefined } = {},
  ): void {
    const notice = session && noticeOf(request, sessions);
    if (notice !== undefined) response.appendHeader("Set-Cookie", endedCookie(request, "notice"));
    const frame: Frame = {
      show: showFor(request),
      styleHash,
      formToken: session && sessions.formToken(session),
      name: session?.name,
      notice,
      sought,
    };
    response.statusCode = status;
    const body = Buffer.from(layout(page, frame));
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.setHeader("Content-Length", body.length);
    response.end(request.method === "HEAD" ? undefined : body);
  }
}

/** Every answer is for one person, now. */
function served(act: (request: Request, response: Response) => void | Promise<void>): RequestHandler {
  return async (request, response, next) => {
    response.setHeader("Cache-Control", "no-store");
    response.setHeader("Content-Security-Policy", CONTENT_SECURITY_POLICY);
    // Forms say their origin; other sites learn nothing of what is looked at.
    response.setHeader("Referrer-Policy", "same-origin");
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("X-Robots-Tag", "noindex, nofollow");
    try {
      await act(request, response);
    } catch (error) {
      next(error);
    }
  };
}

/** The overview's address, where the router's own path was asked for without the slash that makes it a folder. */
function inside({ originalUrl }: Request): string {
  const [path = "", query] = originalUrl.split("?", 2);
  return `./${path.split("/").at(-1)}/${query === undefined ? "" : `?${query}`}`;
}

/** The page to come back to. */
function wantedIn(fields: Fields): string {
  return pageFrom(fields.exact("to"), Object.keys(pages));
}

/** The page that was asked for, to come back to. */
function wantedBy({ method, url }: Request): string | undefined {
  return method === "GET" && url !== "/" ? `.${url}` : undefined;
}

/** By hand: Express would write the address anew. */
function redirect(response: Response, to: string): void {
  response.statusCode = 303;
  response.setHeader("Location", to);
  response.end();
}

/** A file of the dashboard's own, kept for ever where it is asked for by its hash. */
function file(type: string, text: string, hash?: string): RequestHandler {
  return (request, response) => {
    const isLasting = hash !== undefined && queryFields(request.url).get("v") === hash;
    response.setHeader("Cache-Control", isLasting ? "public, max-age=31536000, immutable" : "public, max-age=300");
    response.setHeader("Content-Type", `${type}; charset=utf-8`);
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.end(text);
  };
}
