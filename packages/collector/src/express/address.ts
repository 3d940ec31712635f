import { createHash } from "node:crypto";
import type { Request } from "express";
import { ipKeyGenerator } from "express-rate-limit";

/**
 * Who is asking. Where Express was not told which proxy to trust, all that comes through one has its address: what it
 * says of whom it speaks for tells them apart, or one stranger's guesses would lock the store itself out.
 */
export function addressOf({ ip = "", socket, headers }: Request): string {
  const forwarded = ip === socket.remoteAddress ? headers["x-forwarded-for"] : undefined;
  const address = ipKeyGenerator(ip);
  return forwarded === undefined ? address : createHash("sha256").update(`${address} ${forwarded}`).digest("base64");
}
