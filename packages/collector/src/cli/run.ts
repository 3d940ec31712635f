import { readFileSync } from "node:fs";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { commands } from "./commands.ts";
import { Failure, failureOf } from "./failure.ts";
import { endWithReader, jsonLine, note, plain } from "./terminal.ts";
import { usageFailure } from "./usage.ts";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
const words = hideBin(process.argv);

process.stdout.on("error", endWithReader);

const global = {
  config: {
    type: "string",
    requiresArg: true,
    describe: "the config; else CASHTRAIL_CONFIG, or the nearest cashtrail.config.ts upwards",
  },
  json: { type: "boolean", default: false, describe: "print JSON" },
} as const;

const misused = (message: string) => usageFailure(message, words, commands, Object.keys(global));

function refuseUnread(given: Record<string, unknown>): true {
  if (words.includes("--")) throw misused("");
  // One that is given twice would silently be a list.
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
    .check(refuseUnread)
    .version(version)
    .epilogue("Exit codes: 0 it is done, 1 the answer is no, 2 used wrongly, 3 it could not be done.")
    .wrap(Math.min(100, process.stdout.columns ?? 100))
    .exitProcess(false)
    .fail((message, error) => {
      throw error && error.name !== "YError" ? error : misused(error?.message ?? message);
    })
    .parseAsync();
} catch (error) {
  const { exitCode, code, message, issues } = failureOf(error);
  // As it was typed: a command line that cannot be read was not parsed.
  if (words.some((word) => /^--json(?:=true)?$/.test(word))) note(jsonLine({ code, message, issues }));
  else note(message.split("\n").map(plain).join("\n"));
  process.exitCode = exitCode;
}
