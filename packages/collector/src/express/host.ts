import type { Request } from "express";
import { isLoopback } from "../loopback.ts";

/** The host the browser asked for, with its port. A proxy's word for it counts where the store trusts the proxy. */
export function hostOf(request: Request): string {
  const { host = "", "x-forwarded-host": forwarded } = request.headers;
  if (forwarded === undefined) return host;
  const [told = ""] = String(forwarded).split(",");
  // Whether it is trusted, Express knows: it answers the name alone.
  return nameOf(told.trim()) === nameOf(request.hostname ?? "") ? told.trim() : host;
}

/** A host's name without its port, as a URL spells it; empty where it is none. */
export function nameOf(host: string): string {
  return /^([a-z\d_.-]+|\[[a-f\d:.]+\])(?::\d+)?$/.exec(host.toLowerCase())?.[1] ?? "";
}

/**
 * The page the shopper asked for, which relative deep links are read against.
 *
 * The host is a stranger's text, or a proxy's: it is the request's own only where it is among the store's deep-link
 * hosts, or the store has named none.
 */
export function pageOf(request: Request, hosts: readonly string[]): URL {
  const host = hostOf(request);
  const name = nameOf(host);
  const [first = "localhost"] = hosts;
  // A store's own host is reached over https, whatever a proxy speaks to this process; this machine is not.
  const origin =
    hosts.length > 0 && !(hosts.includes(name) && isLoopback(name))
      ? `https://${hosts.includes(name) ? name : first}`
      : `${isSecure(request) ? "https" : "http"}://${name && host}`;
  const page = URL.parse(origin) ?? new URL(`https://${first}`);
  page.pathname = request.originalUrl.split("?", 1)[0] as string;
  return page;
}

/** Whether the browser speaks https. A proxy is believed that it does: a lie makes nothing of it less safe. */
export function isSecure(request: Request): boolean {
  return request.secure || String(request.headers["x-forwarded-proto"]).startsWith("https");
}
