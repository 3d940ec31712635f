import { createHash } from "node:crypto";

/** Longer than any number or SKU in use, and short enough for every database's index. */
const LONGEST = 400;

/** A number or a SKU as a part of a postback's id: percent-encoded, and where that grows too long, its digest. */
export function idPart(text: string): string {
  const encoded = encodeURIComponent(text);
  return encoded.length <= LONGEST ? encoded : createHash("sha256").update(text).digest("hex");
}
