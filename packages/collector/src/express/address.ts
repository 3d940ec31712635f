import { createHash } from "node:crypto";
import type { Request } from "express";
import { ipKeyGenerator } from "express-rate-limit";

/**
 * Who is asking. Where Express was not told which proxy to trust, all that comes through one has its address: what it
 * says of whom it speaks for tells them apart, or one stranger's guesses would lock the store itself out.
 */
export function addressOf(request: Request): string {
  const { ip, socket, headers } = request;
  const forwarded = ip === socket.remoteAddress ? headers["x-forwarded-for"] : undefined;
  const source = sourceOf(request);
  return forwarded === undefined ? source : createHash("sha256").update(`${source} ${forwarded}`).digest("base64");
}

/** The address itself, which nobody can make up: of a proxy that is not trusted, all that comes through it. */
export function sourceOf({ ip = "" }: Request): string {
  return ipKeyGenerator(ip);
}
