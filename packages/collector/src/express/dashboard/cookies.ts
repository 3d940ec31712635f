import type { Request } from "express";
import { isLoopback } from "../../loopback.ts";
import { hostOf, isSecure, nameOf } from "../host.ts";
import { SESSION_SECONDS, type Session, type Sessions } from "./session.ts";

const NOTICE_SECONDS = 60;

/**
 * The session a request's cookies say. Of several cookies of one name, which only different paths can set, the first
 * that is good counts.
 */
export function sessionOf(request: Request, sessions: Sessions): Session | undefined {
  return first(valuesOf(request, "session"), sessions.read);
}

export function noticeOf(request: Request, sessions: Sessions): string | undefined {
  return first(valuesOf(request, "notice"), sessions.opened);
}

export function sessionCookie(request: Request, sessions: Sessions, session: Session): string {
  return cookie(request, "session", sessions.valueOf(session), SESSION_SECONDS);
}

export function noticeCookie(request: Request, sessions: Sessions, notice: string): string {
  return cookie(request, "notice", sessions.sealed(notice), NOTICE_SECONDS);
}

export function endedCookie(request: Request, what: "session" | "notice"): string {
  return cookie(request, what, "", 0);
}

/**
 * Without Path: then a browser takes the folder of the page, which is where the router is mounted, whatever path a proxy
 * puts before it. All pages of the dashboard are in that one folder.
 */
function cookie(request: Request, what: "session" | "notice", value: string, seconds: number): string {
  const secure = isPlain(request) ? "" : "; Secure";
  return `${nameFor(request, what)}=${value}; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`;
}

/** Where it is Secure, its name makes browsers refuse one that was set without. */
function nameFor(request: Request, what: string): string {
  return `${isPlain(request) ? "" : "__Secure-"}cashtrail-${what}`;
}

/** On this machine itself, where nobody listens in and Safari keeps no Secure cookie. */
function isPlain(request: Request): boolean {
  return !isSecure(request) && isLoopback(nameOf(hostOf(request)));
}

function valuesOf(request: Request, what: string): string[] {
  const name = `${nameFor(request, what)}=`;
  return (request.headers.cookie ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(name))
    .map((pair) => pair.slice(name.length));
}

function first<Read>(values: readonly string[], read: (value: string) => Read | undefined): Read | undefined {
  return values.map(read).find((one) => one !== undefined);
}
