import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import { temporaryFolder } from "../../support/collector-server.ts";
import { openStore, type Store, type StoreOptions } from "../../support/sandboxed-store.ts";

const main = resolve("packages/collector/dist/cli/main.js");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Place {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

function begun(args: readonly string[], { cwd, env = {} }: Place): ChildProcess {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    env: { PATH, HOME, TZ: "UTC", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

function ended(child: ChildProcess): Promise<Ended> {
  const told = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8");
    child[name]?.on("data", (text: string) => {
      told[name] += text;
    });
  }
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, ...told })));
}

/** Runs a command of the built package to its end, as a shell does where nobody sits at the terminal. */
export function cashtrail(args: readonly string[], place: Place): Promise<Ended> {
  return ended(begun(args, place));
}

export interface Running {
  readonly child: ChildProcess;
  /** Resolves with the next line of its output that fits. */
  line(pattern: RegExp): Promise<string>;
  readonly ended: Promise<Ended>;
}

/** Begins a command that runs until it is told to end. */
export function started(args: readonly string[], place: Place): Running {
  const child = begun(args, place);
  const end = ended(child);
  const lines = createInterface({ input: child.stdout as NonNullable<ChildProcess["stdout"]> });
  const seen: string[] = [];
  lines.on("line", (line) => seen.push(line));
  return {
    child,
    ended: end,
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const index = seen.findIndex((line) => pattern.test(line));
          if (index < 0) return;
          lines.off("line", look);
          resolve(seen.splice(0, index + 1).at(-1) as string);
        };
        lines.on("line", look);
        void end.then(({ stderr }) => reject(new Error(`it ended before ${pattern}: ${stderr}`)));
        look();
      }),
  };
}

/** Whether a terminal can be had: by the script command of util-linux, for that of the BSDs is told its command in another way. */
export const hasTerminal = spawnSync("script", ["--version"]).status === 0;

/** Runs a command at a terminal, and types each answer once its question is there. */
export function atTerminal(
  args: readonly string[],
  { cwd }: Place,
  answers: readonly (readonly [question: string, keys: string])[],
): Promise<Ended> {
  const command = ["stty columns 100 rows 30;", ...[process.execPath, main, ...args].map((word) => `'${word}'`)].join(
    " ",
  );
  const child = spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"], { cwd });
  onTestFinished(() => void child.kill("SIGKILL"));
  const waiting = [...answers];
  let shown = "";
  child.stdout.on("data", (data) => {
    shown += data;
    const [question, keys] = waiting[0] ?? [];
    if (question === undefined || !shown.includes(question)) return;
    waiting.shift();
    child.stdin.write(keys);
  });
  return ended(child);
}

export const TOKEN = "a-token-of-the-tests-alone";

/** A store's folder: a config for the sandbox, and the ledger it names. */
export async function aFolder(options: StoreOptions = {}): Promise<Store & { cwd: string }> {
  const now = () => new Date();
  const store = await openStore({ now, ...options, sandbox: { now, ...options.sandbox } });
  const cwd = temporaryFolder();
  const { retrack, shopback } = store.sandbox.accounts;
  const { offer, securityToken, currency, validation } = shopback;
  const url = store.sandbox.url;
  writeFileSync(
    join(cwd, "cashtrail.config.ts"),
    `import { type CollectorOptions, retrack, shopback } from "@cashtrail/collector";
     export default {
       networks: [
         retrack(${JSON.stringify({ token: retrack.token, event: retrack.event, url })}),
         shopback({ ...${JSON.stringify({ offer, securityToken, currency, validation, url })}, amount: "gross" }),
       ],
       ledger: ${JSON.stringify(store.path)},
       adminToken: "${TOKEN}",
     } satisfies CollectorOptions;`,
  );
  return { ...store, cwd };
}
