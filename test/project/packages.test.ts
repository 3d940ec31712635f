import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/collector-server.ts";

/** Packs a package as it would be published. The script that runs the tests brings pnpm along. */
function packed(name: string): string {
  const folder = temporaryFolder();
  execFileSync("pnpm", ["pack", "--pack-destination", folder], { cwd: `packages/${name}`, stdio: "pipe" });
  return join(folder, readdirSync(folder)[0] as string);
}

/** An empty project with both packages installed from their tarballs, and beside them only what they ask for. */
function emptyProject(): string {
  const project = temporaryFolder();
  for (const name of ["client", "collector"]) {
    const place = join(project, "node_modules/@cashtrail", name);
    mkdirSync(place, { recursive: true });
    execFileSync("tar", ["-xzf", packed(name), "-C", place, "--strip-components=1"]);
    const { dependencies = {}, peerDependencies = {} } = JSON.parse(readFileSync(join(place, "package.json"), "utf8"));
    for (const dependency of Object.keys({ ...dependencies, ...peerDependencies })) {
      if (dependency.startsWith("@cashtrail/")) continue;
      const link = join(project, "node_modules", dependency);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(realpathSync(join(`packages/${name}/node_modules`, dependency)), link);
    }
  }
  return project;
}

const reports = `
  const collector = createCollector({
    networks: [retrack({ token: "a-token", event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb" })],
  });
  collector
    .report(
      { headers: { cookie: "retrack_click=625fae10-1eb0-11eb-adc1-0242ac120002" } },
      { number: "1", currency: "SEK", lines: [{ sku: "a", name: "A", quantity: 1, net: 1, vat: 0 }] },
    )
    .then(({ credited }) => console.log(credited.join(), typeof startSandbox, typeof checkNetwork, typeof landings))
    .then(() => collector.stop());
`;

describe.each(["client", "collector"])("the package %s as it is published", (name) => {
  test("is free of packaging mistakes", async () => {
    const data = readFileSync(packed(name));
    const tarball = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer;
    const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  test("has types that every way of importing it finds", async () => {
    const result = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(packed(name)))), {
      // A page has none.
      excludeEntrypoints: ["redirect-page.html"],
    });
    // ESM only, on purpose: every Node.js the packages run on can require() it, and none resolves as Node.js 10 did.
    const problems = result.types && "problems" in result ? result.problems : [{ kind: "no types at all" }];
    const onPurpose = (problem: object) =>
      ("resolutionKind" in problem && problem.resolutionKind === "node10") ||
      ("kind" in problem && problem.kind === "CJSResolvesToESM");
    expect(problems.filter((problem) => !onPurpose(problem))).toEqual([]);
  });

  test("holds built files and nothing else", () => {
    const names = execFileSync("tar", ["-tzf", packed(name)], { encoding: "utf8" })
      .trim()
      .split("\n");
    expect(
      names.filter(
        (file) => !/^package\/(?:dist\/|package\.json$|README\.md$|LICENSE$|redirect-page\.html$)/.test(file),
      ),
    ).toEqual([]);
    expect(names).toContain("package/LICENSE");
  });
});

describe("an empty project with both packages", () => {
  test("imports them", () => {
    const project = emptyProject();
    writeFileSync(
      join(project, "store.mjs"),
      `import { createCollector, retrack } from "@cashtrail/collector";
       import { checkNetwork } from "@cashtrail/collector/conformance";
       import { startSandbox } from "@cashtrail/collector/sandbox";
       import { landings } from "@cashtrail/client/landing";
       ${reports}`,
    );
    const printed = execFileSync(process.execPath, ["store.mjs"], { cwd: project, encoding: "utf8" });
    expect(printed.trim()).toBe("retrack function function object");
  });

  test("requires them", () => {
    const project = emptyProject();
    writeFileSync(
      join(project, "store.cjs"),
      `const { createCollector, retrack } = require("@cashtrail/collector");
       const { checkNetwork } = require("@cashtrail/collector/conformance");
       const { startSandbox } = require("@cashtrail/collector/sandbox");
       const { landings } = require("@cashtrail/client/landing");
       ${reports}`,
    );
    const printed = execFileSync(process.execPath, ["store.cjs"], { cwd: project, encoding: "utf8" });
    expect(printed.trim()).toBe("retrack function function object");
  });

  test("is checked by TypeScript, and a wrong setting is found", () => {
    const project = emptyProject();
    const types = realpathSync("packages/collector/node_modules/@types");
    mkdirSync(join(project, "node_modules/@types"), { recursive: true });
    for (const name of ["express", "node"])
      symlinkSync(realpathSync(join(types, name)), join(project, "node_modules/@types", name));
    const source = (prices: string) => `import { createCollector, retrack, type Order } from "@cashtrail/collector";
      import { init } from "@cashtrail/client";
      export const collector = createCollector({ networks: [retrack({ token: "t", event: "e", prices: "${prices}" })] });
      export const order: Order = { number: "1", currency: "SEK", lines: [{ sku: "a", name: "A", quantity: 1, net: 1, vat: 0 }] };
      init({ networks: "retrack" });`;
    const check = (prices: string) => {
      writeFileSync(join(project, "store.ts"), source(prices));
      const compiler = join(process.cwd(), "node_modules/typescript/bin/tsc");
      const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2024", "--lib", "es2024,dom"];
      return execFileSync(process.execPath, [compiler, ...options, "--types", "node", "store.ts"], {
        cwd: project,
        encoding: "utf8",
      });
    };
    expect(check("unit")).toBe("");
    expect(() => check("both")).toThrow(/status|Command failed/);
  });
});
