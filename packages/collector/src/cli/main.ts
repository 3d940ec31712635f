#!/usr/bin/env node
import nodeModule from "node:module";
import { nodeMistake } from "../node-version.ts";

// By name nothing is imported here but of this package: an older Node.js would end at a name it does not know.
const mistake = nodeMistake(process.versions.node);
if (mistake === undefined) {
  // Before anything else is loaded: a shell that completes a word waits for all of it.
  nodeModule.enableCompileCache();
  await import("./run.ts");
} else {
  process.stderr.write(`${mistake}\n`);
  process.exitCode = 2;
}
