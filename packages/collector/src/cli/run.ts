import { readFileSync } from "node:fs";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { commands } from "./commands.ts";
import { Failure, failureOf } from "./failure.ts";
import { note, plain } from "./terminal.ts";
import { usageFailure } from "./usage.ts";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
const words = hideBin(process.argv);

// `cashtrail orders | head` has seen enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

const global = {
  config: {
    type: "string",
    requiresArg: true,
    describe: "the config; else CASHTRAIL_CONFIG, or the nearest cashtrail.config.ts upwards",
  },
  json: { type: "boolean", default: false, describe: "print JSON" },
} as const;

const misused = (message: string) => usageFailure(message, words, commands, Object.keys(global));

/** One that is given twice would silently be a list. */
function refuseRepeated(given: Record<string, unknown>): true {
  const lists = ["_", "lines", "networks", "hosts"];
  const repeated = Object.entries(given).find(([name, value]) => Array.isArray(value) && !lists.includes(name));
  if (repeated) throw new Failure(2, `--${repeated[0]} is given more than once.`);
  return true;
}

try {
  await yargs(words)
    .scriptName("cashtrail")
    .usage("$0 <command>")
    .locale("en")
    .parserConfiguration({ "parse-positional-numbers": false, "dot-notation": false })
    .options(global)
    .command(commands.map(({ module }) => module))
    .demandCommand(1, "Which command?")
    .strict()
    .check(refuseRepeated)
    .version(version)
    .epilogue("Exit codes: 0 it is done, 1 the answer is no, 2 used wrongly, 3 it could not be done.")
    .wrap(Math.min(100, process.stdout.columns ?? 100))
    .exitProcess(false)
    .fail((message, error) => {
      throw error && error.name !== "YError" ? error : misused(error?.message ?? message);
    })
    .parseAsync();
} catch (error) {
  const { exitCode, message } = failureOf(error);
  note(message.split("\n").map(plain).join("\n"));
  process.exitCode = exitCode;
}
