import type { Request, RequestHandler } from "express";
import { hostOf } from "./host.ts";

/** Whether a page of the same origin asks: by Sec-Fetch-Site, and by Origin for browsers that do not send it. */
export function isFromOwnPage(request: Request): boolean {
  const { origin, "sec-fetch-site": site } = request.headers;
  if (site !== undefined) return site === "same-origin";
  return origin !== undefined && URL.parse(origin)?.host === hostOf(request).toLowerCase();
}

/** Lets the store's own pages pass. */
export const fromOwnPages: RequestHandler = (request, response, next) => {
  if (isFromOwnPage(request)) next();
  else response.sendStatus(403);
};
