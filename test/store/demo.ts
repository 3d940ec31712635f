import { parseArgs } from "node:util";
import { PortError, type RunningDemo, startDemo } from "./running-demo.ts";
import { printStep } from "./step-log.ts";
import { coloured, table } from "./terminal.ts";
import { walkAll } from "./walk.ts";

const usage = `Usage: demo [--once] [--port N] [--sandbox-port N]

  --once            walk every journey in a browser, compare what the networks recorded, and exit
  --port N          where the store answers (default 3000, or PORT)
  --sandbox-port N  where the networks answer (default 4000, or SANDBOX_PORT)

0 is any port that is free.`;

interface CommandLine {
  once: boolean;
  port: number;
  sandboxPort: number;
}

/** Something to say plainly, without a stack trace. */
class Plain extends Error {}

function commandLine(): CommandLine | "help" {
  const args = process.argv.slice(2);
  // `npm run` and its like want `--` before what is meant for the script, and some hand it on.
  if (args[0] === "--") args.shift();
  const { values } = parsed(args);
  if (values.help) return "help";
  return {
    once: values.once,
    port: portIn("--port, or PORT,", values.port ?? (process.env.PORT || "3000")),
    sandboxPort: portIn(
      "--sandbox-port, or SANDBOX_PORT,",
      values["sandbox-port"] ?? (process.env.SANDBOX_PORT || "4000"),
    ),
  };
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        once: { type: "boolean", default: false },
        port: { type: "string" },
        "sandbox-port": { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new Plain(`${(error as Error).message.split(/\. |\n/)[0]}.\n\n${usage}`);
  }
}

function portIn(option: string, text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new Plain(`${option} wants a number from 0 to 65535, and was given "${text}".`);
}

async function start({ port, sandboxPort }: CommandLine): Promise<RunningDemo> {
  try {
    return await startDemo({ port, sandboxPort, onStep: printStep });
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    const taken = /EADDRINUSE|taken/.test(String(error.cause));
    const [option, variable] = error.of === "store" ? ["--port", "PORT"] : ["--sandbox-port", "SANDBOX_PORT"];
    throw new Plain(
      `Port ${error.port}, for the ${error.of}, ${taken ? "is taken" : `cannot be used: ${error.cause}`}. Choose another one: ${option} N, or ${variable}=N.`,
    );
  }
}

function greeting({ url, ledger, adminToken, sandbox }: RunningDemo): string {
  const addresses = table([
    ["Store", url, "shop here"],
    ["Dashboard", `${url}/cashtrail/`, `sign in with ${adminToken}`],
    ["Networks", sandbox.url, "see here what Retrack and ShopBack recorded"],
    ["Ledger", ledger, "removed when the demo stops"],
  ]);
  return [
    "",
    `${coloured("bold", "Cashtrail")}: a small shop, and strict stand-ins of both networks, on this machine.`,
    "",
    ...addresses.map((line) => `  ${line.replace(/http:\S+/, (address) => coloured(["bold", "underline"], address))}`),
    "",
  ].join("\n");
}

const nextSteps = `  Open the store, choose "Arrive from Retrack" or "Arrive from ShopBack", and buy something.
  Each step is printed here. The networks' page can also make them slow, break off or refuse.
  Use Chrome, Edge or Firefox: Safari keeps Secure cookies only over https.
  Ctrl-C stops everything.
`;

async function main(): Promise<number> {
  const options = commandLine();
  if (options === "help") {
    console.log(usage);
    return 0;
  }
  const demo = await start(options);
  let stopping = false;
  const stopped = new Promise<number>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
      process.on(signal, () => {
        // A second one does not wait.
        if (stopping) process.exit(130);
        stopping = true;
        resolve(options.once ? 130 : 0);
      });
  });
  console.log(greeting(demo));
  try {
    if (options.once) return await Promise.race([walkAll(demo), stopped]);
    console.log(nextSteps);
    return await stopped;
  } finally {
    if (stopping) console.log("\nStopping.");
    await demo.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Plain ? error.message : error);
  process.exitCode = 1;
}
