import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Store } from "./sandboxed-store.ts";

const ROOT = new URL("../../", import.meta.url);
const MAIN = new URL("packages/collector/src/cli/main.ts", ROOT).pathname;

export interface CommandEnd {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export interface RunningCommand {
  readonly end: Promise<CommandEnd>;
  interrupt(): void;
  /** Resolves once it has said this on stderr. */
  said(text: string): Promise<void>;
}

/** Runs `cashtrail` as a process of its own, in a folder. */
export function startCommand(folder: string, ...words: string[]): RunningCommand {
  const child = spawn(process.execPath, [MAIN, ...words], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: "1", COLUMNS: "1000" },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const told = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (chunk: string) => {
      told[name] += chunk;
    });
  return {
    end: once(child, "close").then(([exitCode]) => ({ exitCode, ...told })),
    interrupt: () => void child.kill("SIGINT"),
    async said(text) {
      while (!told.stderr.includes(text)) await once(child.stderr, "data");
    },
  };
}

export async function runCommand(folder: string, ...words: string[]): Promise<CommandEnd> {
  return startCommand(folder, ...words).end;
}

/** Writes the config of a store that reports to the sandbox, and answers its folder. */
export function writeConfig({ path, sandbox }: Pick<Store, "path" | "sandbox">): string {
  const folder = join(path, "..");
  const { token, event } = sandbox.accounts.retrack;
  const { offer, securityToken, currency, validation } = sandbox.accounts.shopback;
  const accounts = [
    `retrack(${JSON.stringify({ token, event, url: sandbox.url })})`,
    `shopback(${JSON.stringify({ offer, securityToken, currency, amount: "gross", validation, url: sandbox.url })})`,
  ];
  writeFileSync(
    join(folder, "cashtrail.config.ts"),
    `import { retrack, shopback } from "${new URL("packages/collector/src/index.ts", ROOT).href}";
export default { networks: [${accounts.join(", ")}], ledger: "cashtrail.db", deepLinkHosts: ["127.0.0.1"] };
`,
  );
  return folder;
}
