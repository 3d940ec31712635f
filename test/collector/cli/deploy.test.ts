import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { commands } from "../../../packages/collector/src/cli/commands.ts";
import { temporaryFolder } from "../../support/collector-server.ts";

/** The instructions of a Dockerfile, lines that go on joined and comments left out. */
const instructions = readFileSync("deploy/Dockerfile", "utf8")
  .replace(/^\s*#.*\n/gm, "")
  .replace(/\\\n/g, " ")
  .split("\n")
  .filter((line) => line.trim() !== "")
  .map((line) => {
    const [, name = "", text = ""] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
    return { name, text: text.replace(/\s+/g, " ") };
  });
const last = (wanted: string) => instructions.findLast(({ name }) => name === wanted)?.text ?? "";
const optionsOf = (name: string) => commands.find((command) => command.name === name)?.options ?? [];

/** Each of a command line's options is one that the command has. */
function unknownIn(words: readonly string[], command: string): string[] {
  return words.filter(
    (word) => word.startsWith("--") && !optionsOf(command).includes(word.slice(2).split("=")[0] as string),
  );
}

describe("the Dockerfile", () => {
  test("has instructions that Docker knows, and ends as nobody with rights", () => {
    const known = [
      "FROM",
      "WORKDIR",
      "COPY",
      "RUN",
      "ENV",
      "USER",
      "VOLUME",
      "EXPOSE",
      "HEALTHCHECK",
      "STOPSIGNAL",
      "ENTRYPOINT",
      "CMD",
    ];
    expect(instructions.filter(({ name }) => !known.includes(name))).toEqual([]);
    expect(last("USER")).toBe("node");
    // After it nothing is run as anybody else, or copied in as root.
    const names = instructions.map(({ name }) => name);
    expect(names.slice(names.lastIndexOf("USER") + 1)).not.toContain("COPY");
  });

  test("starts the server without a shell before it, so that a signal reaches it", () => {
    expect(JSON.parse(last("ENTRYPOINT"))).toEqual(["node", "/app/dist/cli/main.js"]);
    const [command, ...words] = JSON.parse(last("CMD"));
    expect([command, unknownIn(words, "serve")]).toEqual(["serve", []]);
  });

  test("keeps the ledger and the journal on its volume, and asks whether the process answers", () => {
    const volume = last("VOLUME");
    for (const variable of ["CASHTRAIL_LEDGER", "CASHTRAIL_JOURNAL"])
      expect(last("ENV")).toContain(`${variable}=${volume}/`);
    const [node, , program] = JSON.parse(/CMD (\[.*\])$/.exec(last("HEALTHCHECK"))?.[1] as string);
    expect([node, program]).toEqual(["node", expect.stringContaining("http://127.0.0.1:3000/cashtrail/client.js")]);
    expect(spawnSync(process.execPath, ["--check", "--input-type=commonjs", "-"], { input: program }).status).toBe(0);
  });

  test("is given no secret, ledger or build of whoever runs it", () => {
    const left = readFileSync(".dockerignore", "utf8").split("\n");
    for (const pattern of ["**/.env", "**/*.db*", "**/*.journal", "**/node_modules", "**/dist", ".git"])
      expect(left).toContain(pattern);
  });

  test("builds with the version of Node.js and of pnpm that the tests run on", () => {
    const { devDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
    const images = instructions.filter(({ name }) => name === "FROM").map(({ text }) => text.split(" ")[0]);
    expect(new Set(images)).toEqual(new Set([`node:${devDependencies.node}-trixie-slim`]));
  });
});

describe("the systemd unit", () => {
  const unit = readFileSync("deploy/cashtrail.service", "utf8");

  test("starts what the command line knows, and writes to the folder of its own only", () => {
    const [, command = "", rest = ""] = /^ExecStart=\S+\/cashtrail (\S+) (.*)$/m.exec(unit) ?? [];
    expect([command, unknownIn(rest.split(" "), "serve")]).toEqual(["serve", []]);
    for (const line of [
      "ProtectSystem=strict",
      "StateDirectory=cashtrail",
      "NoNewPrivileges=yes",
      "Restart=on-failure",
    ])
      expect(unit.split("\n")).toContain(line);
    expect(unit.match(/^# {5}CASHTRAIL_(?:LEDGER|JOURNAL)=\/var\/lib\/cashtrail\/\S+$/gm)).toHaveLength(2);
  });

  test("has its variables where the command line reads them too: in the .env beside the config", () => {
    const [, config = ""] = /^Environment=CASHTRAIL_CONFIG=(\S+)$/m.exec(unit) ?? [];
    const [, variables = ""] = /^EnvironmentFile=(\S+)$/m.exec(unit) ?? [];
    expect(variables).toBe(join(dirname(config), ".env"));
    expect(unit.match(/^Environment=(\w+)/gm)).toEqual(["Environment=NODE_ENV", "Environment=CASHTRAIL_CONFIG"]);
    expect(readFileSync("docs/operating.md", "utf8")).toContain(`CASHTRAIL_CONFIG=${config} `);
  });

  test("has no mistake that systemd finds", ({ skip }) => {
    if (spawnSync("systemd-analyze", ["--version"]).status !== 0) skip("there is no systemd here");
    const path = join(temporaryFolder(), "cashtrail.service");
    // Its program is not installed here.
    writeFileSync(path, unit.replace(/^ExecStart=\S+/m, "ExecStart=/bin/true"));
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", path], { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
  });
});
