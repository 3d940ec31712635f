import { randomUUID } from "node:crypto";
import type { Request, Response } from "express";
import type { Notice } from "./desk-notice.ts";

/** One shopper's cart and orders. */
export interface Session {
  readonly quantities: Map<string, number>;
  hasVoucher: boolean;
  /** The numbers of the orders placed in it. */
  readonly orders: Set<string>;
  /** What the returns desk says when it is looked at next. */
  notice?: Notice;
}

export interface Sessions {
  of(request: Request): Session | undefined;
  /** The request's session, or a fresh one with its cookie. */
  open(request: Request, response: Response): Session;
}

const COOKIE = "tallvik_session";

/** Sessions by a cookie, as long as the process runs. */
export function createSessions(): Sessions {
  const sessions = new Map<string, Session>();
  const of = (request: Request) => sessions.get(cookieIn(request, COOKIE) ?? "");
  return {
    of,
    open(request, response) {
      const open = of(request);
      if (open) return open;
      const id = randomUUID();
      const fresh: Session = { quantities: new Map(), hasVoucher: false, orders: new Set() };
      sessions.set(id, fresh);
      setCookie(response, COOKIE, id);
      return fresh;
    },
  };
}

export function cookieIn(request: Request, name: string): string | undefined {
  const pairs = request.headers.cookie?.split("; ") ?? [];
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}

export function setCookie(response: Response, name: string, value: string): void {
  response.cookie(name, value, { httpOnly: true, sameSite: "lax" });
}
