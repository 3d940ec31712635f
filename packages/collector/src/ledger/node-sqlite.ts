import { createRequire } from "node:module";
import { nodeMistake } from "../node-version.ts";

/** SQLite as Node.js brings it. Not by a plain import: of that, an older one says only that there is no such module. */
export const { DatabaseSync } = load();
export type DatabaseSync = import("node:sqlite").DatabaseSync;

function load(): typeof import("node:sqlite") {
  try {
    return createRequire(import.meta.url)("node:sqlite");
  } catch (cause) {
    throw new Error(nodeMistake(process.versions.node) ?? "this Node.js is built without SQLite", { cause });
  }
}
