import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** The browser script that is installed, and the hash in whose name (`client.js?v=HASH`) browsers keep it for ever. */
export function installedScript(): { readonly text: string; readonly hash: string } {
  const text = readFileSync(createRequire(import.meta.url).resolve("@cashtrail/client/client.js"), "utf8");
  return { text, hash: createHash("sha256").update(text).digest("hex").slice(0, 16) };
}
