import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

const SOURCE = "packages/collector/src";

/** What may import what: a file imports only from its own level or from above it in this list. */
const levels: readonly RegExp[] = [
  // Data and pure rules.
  /^(?:error|parse|fields|money|order|lead|network|clicks|crediting|changes|settlement|breaker|retry-after|event|states|loopback|node-version|day|timeout|shared-answer|spreadsheet|utf8)\.ts$/,
  // Networks, ledgers and sending.
  /^(?:networks\/|ledger\/|(?:send|history|journal|upkeep|logging|tracing)\.ts$)/,
  /^(?:telling\/|(?:delivery|reporting|amendment|amending|resending|known-account|readiness|questions)\.ts$)/,
  /^(?:options\.ts$|express\/|conformance\/)/,
  /^collector\.ts$/,
  /^index\.ts$/,
  /^(?:doctor|reconcile)\//,
  /^cli\//,
];

const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));

function importsOf(file: string): string[] {
  const text = readFileSync(join(SOURCE, file), "utf8");
  return [...text.matchAll(/\bfrom "(\.[^"]+)"/g)].map(([, path]) => normalize(join(dirname(file), path as string)));
}

const levelOf = (file: string) => levels.findIndex((level) => level.test(file));
const isSandbox = (file: string) => file.startsWith("sandbox/");

test("every file of the collector has a level", () => {
  expect(files.filter((file) => !isSandbox(file) && levelOf(file) < 0)).toEqual([]);
});

test("imports of the collector point one way", () => {
  const wrong = files
    .filter((file) => !isSandbox(file))
    .flatMap((file) => importsOf(file).map((imported) => [file, imported] as const))
    // The command line starts the sandbox.
    .filter(([file, imported]) => !(file.startsWith("cli/") && isSandbox(imported)))
    .filter(([file, imported]) => levelOf(imported) < 0 || levelOf(imported) > levelOf(file));
  expect(wrong).toEqual([]);
});

test("the sandbox shares no code with what it checks", () => {
  const shared = files.filter(isSandbox).flatMap((file) => importsOf(file).filter((imported) => !isSandbox(imported)));
  expect(shared).toEqual([]);
});

test("a network is one file that imports no other network, but for TUNE, which ShopBack is a setting of", () => {
  const shared = ["account", "define", "id-shape", "patience", "postback-id", "words"].map(
    (name) => `networks/${name}.ts`,
  );
  const networks = files.filter((file) => file.startsWith("networks/") && !shared.includes(file));
  expect(networks.flatMap((file) => importsOf(file).filter((imported) => networks.includes(imported)))).toEqual([
    "networks/tune.ts",
  ]);
});

test("one file sends HTTP, one folder touches a database, and Express is known at the edge only", () => {
  const using = (library: string) =>
    files.filter((file) => !isSandbox(file) && readFileSync(join(SOURCE, file), "utf8").includes(`from "${library}"`));
  expect(using("undici")).toEqual(["send.ts"]);
  for (const database of ["node:sqlite", "pg"])
    expect(new Set(using(database).map((file) => file.split("/")[0]))).toEqual(new Set(["ledger"]));
  expect(
    using("express")
      .filter((file) => !file.startsWith("express/"))
      .sort(),
  ).toEqual(["cli/commands/serve.ts", "collector.ts"]);
});
