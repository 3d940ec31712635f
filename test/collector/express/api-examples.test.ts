import { execFile, execFileSync } from "node:child_process";
import { describe, expect, type TestContext, test } from "vitest";
import { type Api, startApi, TOKEN } from "../../support/api.ts";
import { serve } from "../../support/collector-server.ts";

interface Example {
  readonly file: string;
  readonly command: string;
  /** Asks for its version, and fails where that is too old. */
  readonly version: readonly string[];
  readonly args: (number: string, cookie: string) => string[];
}

const examples: readonly Example[] = [
  { file: "curl.sh", command: "curl", version: ["--fail-with-body", "--version"], args: (...given) => given },
  { file: "report.php", command: "php", version: ["-r", "exit(PHP_MAJOR_VERSION < 8 ? 1 : 0);"], args: (one) => [one] },
  {
    file: "report.py",
    command: "python3",
    version: ["-c", "import sys; sys.exit(sys.version_info < (3, 9))"],
    args: (one) => [one],
  },
];

/** Skips, with the reason, where the machine has no such command. CI runs on bare ones. */
function skipWithout({ command, version }: Example, { skip }: TestContext): void {
  try {
    execFileSync(command, version, { stdio: "ignore" });
  } catch {
    skip(`${command} is not installed here, or too old for the example`);
  }
}

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run({ file, command, args }: Example, url: string, number: string, cookie: string): Promise<Run> {
  const path = `examples/http/${file}`;
  const [program, ...given] = command === "curl" ? ["sh", path] : [command, path];
  const env = { PATH: process.env.PATH, CASHTRAIL_URL: url, CASHTRAIL_TOKEN: TOKEN, HTTP_COOKIE: cookie };
  return new Promise((resolve) => {
    execFile(program as string, [...given, ...args(number, cookie)], { env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

/** By the machine's own clock, which the examples go by. */
async function started(): Promise<Api & { cookie: string }> {
  const now = () => new Date();
  const api = await startApi({ now, sandbox: { now } });
  return { ...api, cookie: `session="a\\b"; retrack_click=${api.sandbox.click("retrack")}` };
}

describe.each(examples.map((example) => [example.file, example] as const))("the example %s", (file, example) => {
  test("reports an order that the network then has", async (context) => {
    skipWithout(example, context);
    const { url, cookie, collector, sandbox } = await started();
    const { code, stdout, stderr } = await run(example, url, "1001", cookie);
    expect([code, stderr]).toEqual([0, ""]);
    if (file === "curl.sh") {
      const [report, found, approved] = stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect([report, found.number, approved.credited]).toEqual([
        { credited: ["retrack"], repeated: false },
        "1001",
        ["retrack"],
      ]);
    } else expect(stdout).toBe("1001 is credited to retrack\nretrack/1001/create is pending\n");
    await collector.flush();
    expect(sandbox.book.retrack.map(({ body }) => [body.orderNumber, body.orderSum, body.vatSum])).toEqual([
      ["1001", 19_000, 4_750],
    ]);
    expect(stdout).not.toContain(TOKEN);
  });

  test("counts once however often it is run, and says why nobody is credited", async (context) => {
    skipWithout(example, context);
    const { url, cookie, collector } = await started();
    for (const _ of [1, 2]) expect((await run(example, url, "1001", cookie)).code).toBe(0);
    const { code, stdout } = await run(example, url, "1002", "session=abc");
    expect([code, stdout]).toEqual([0, expect.stringContaining("the order carries no click")]);
    expect(await collector.find()).toHaveLength(1);
  });

  test("tries again while it is not answered, and stops at a no", async (context) => {
    skipWithout(example, context);
    const { collector, cookie } = await started();
    const statuses: number[] = [];
    const url = await serve((app) => {
      app.use((_request, response, next) => {
        response.on("finish", () => statuses.push(response.statusCode));
        if (statuses.length > 0) next();
        else response.status(503).setHeader("Retry-After", "0").end();
      });
      app.use(collector.router);
    });
    expect((await run(example, `${url}/api/v1`, "1001", cookie)).code).toBe(0);
    expect(statuses.slice(0, 2)).toEqual([503, 201]);
    const before = statuses.length;
    const refused = await run(example, `${url}/api/v1`, "", cookie);
    expect([refused.code > 0, statuses.slice(before)]).toEqual([true, [422]]);
    expect(refused.stdout + refused.stderr).toContain("order.number");
  });
});
