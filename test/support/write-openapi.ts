import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { openApiDocument } from "../../packages/collector/src/express/api/document.ts";

// Writes docs/openapi.json, which a test holds to what the API serves.
writeFileSync("docs/openapi.json", JSON.stringify(openApiDocument()));
execFileSync("node_modules/.bin/biome", ["format", "--write", "docs/openapi.json"], { stdio: "inherit" });
