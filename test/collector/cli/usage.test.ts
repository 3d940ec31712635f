import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { nodeMistake } from "../../../packages/collector/src/node-version.ts";
import { temporaryFolder } from "../../support/collector-server.ts";
import { cashtrail } from "./a-terminal.ts";

describe("a command line that cannot be read", () => {
  test("is answered with what was probably meant, where the help is, and exit code 2", async () => {
    const cwd = temporaryFolder();
    const said = async (line: string) => {
      const { code, stdout, stderr } = await cashtrail(line.split(" "), { cwd });
      expect([code, stdout]).toEqual([2, ""]);
      return stderr;
    };
    const [command, option, value, missing, twice, short, dashes, needed] = await Promise.all([
      said("ordres"),
      said("resend --dry-rum"),
      said("orders --state lost"),
      said("show"),
      said("orders --network retrack --network shopback"),
      said("resend -x6 --dry-run"),
      said("resend --dry-run -- 1002"),
      said("show -- 1002"),
    ]);
    expect(command).toBe('ordres is not known: did you mean orders?\nSee "cashtrail --help".\n');
    expect(option).toBe('--dry-rum is not known: did you mean --dry-run?\nSee "cashtrail resend --help".\n');
    expect(value).toMatch(/^state cannot be "lost": it is one of "pending", "delivered"/);
    expect(missing).toBe('Something is missing: cashtrail show <number>. See "cashtrail show --help".\n');
    expect(twice).toBe("--network is given more than once.\n");
    expect(short).toBe('-x is not known.\nSee "cashtrail resend --help".\n');
    expect(dashes).toBe('Leave out the -- that stands alone. See "cashtrail resend --help".\n');
    expect(needed).toBe('Leave out the -- that stands alone. See "cashtrail show --help".\n');
  });
});

describe("a failure", () => {
  test("is one line of JSON on standard error for who asks for JSON", async () => {
    const cwd = temporaryFolder();
    const [misspelt, missing] = await Promise.all([
      cashtrail(["ordres", "--json"], { cwd }),
      cashtrail(["orders", "--json"], { cwd }),
    ]);
    expect([misspelt.code, misspelt.stdout, misspelt.stderr.split("\n").length]).toEqual([2, "", 2]);
    expect(JSON.parse(misspelt.stderr)).toEqual({
      code: "ERR_USAGE",
      message: 'ordres is not known: did you mean orders?\nSee "cashtrail --help".',
      issues: [],
    });
    expect(JSON.parse(missing.stderr)).toMatchObject({ code: "ERR_USAGE", issues: [] });
  });
});

const main = resolve("packages/collector/dist/cli/main.js");
const collector = resolve("packages/collector/dist/index.js");
const TOO_OLD = "Cashtrail needs Node.js 22.23, 24.15 or newer; this is 20.20";

/** One that is too old, where this machine has any. */
const older = ["/usr/bin/node", "/usr/local/bin/node"].find((path) => {
  const { status, stdout } = spawnSync(path, ["--print", "process.versions.node"], { encoding: "utf8" });
  return status === 0 && nodeMistake(stdout.trim()) !== undefined;
});

describe("a Node.js that is too old", () => {
  test("is told by the command, before anything that it lacks is asked for", () => {
    const claim = `data:text/javascript,Object.defineProperty(process, "versions", { value: { node: "20.20.2" } })`;
    const { status, stderr } = spawnSync(process.execPath, ["--import", claim, main, "orders"], { encoding: "utf8" });
    expect([status, stderr]).toEqual([2, `${TOO_OLD}\n`]);
    // A name that a module of an older one does not have ends it before its first line.
    expect(readFileSync(main, "utf8")).not.toMatch(/^import \{[^}]*\} from "(?!\.)/m);
  });

  test.runIf(older !== undefined)("is told so by itself, by the command and by the import of the package", () => {
    const run = (...args: string[]) => spawnSync(older as string, args, { encoding: "utf8" });
    const command = run(main, "orders");
    expect([command.status, command.stderr]).toEqual([2, expect.stringMatching(/^Cashtrail needs Node\.js 22\.23, /)]);
    const imported = run("--input-type=module", "--eval", `await import(${JSON.stringify(collector)})`);
    expect(imported.stderr).toMatch(/Error: Cashtrail needs Node\.js 22\.23, 24\.15 or newer; this is \d+\.\d+/);
  });
});

describe("completion", () => {
  test("prints the script of the shell that is named, and knows commands and options", async () => {
    const cwd = temporaryFolder();
    const [bash, commands, options] = await Promise.all(
      [
        ["completion", "bash"],
        ["--get-yargs-completions", "cashtrail", ""],
        ["--get-yargs-completions", "cashtrail", "resend", "--st"],
      ].map(async (args) => (await cashtrail(args, { cwd })).stdout),
    );
    expect(bash).toContain("complete -o bashdefault -o default -F _cashtrail_yargs_completions cashtrail");
    expect(commands?.split("\n")).toEqual(expect.arrayContaining(["orders", "show", "resend", "report"]));
    expect(options?.split("\n")).toContain("--state");
    const { code, stdout } = await cashtrail(["completion", "bash", "--json"], { cwd });
    expect([code, stdout]).toEqual([2, ""]);
  });
});
