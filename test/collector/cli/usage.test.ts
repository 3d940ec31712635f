import { describe, expect, test } from "vitest";
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
