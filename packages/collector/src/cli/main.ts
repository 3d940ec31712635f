#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// Before anything else is loaded: a shell that completes a word waits for all of it.
enableCompileCache();
await import("./run.ts");
