import type { CommandModule, InferredOptionTypes, Options, PositionalOptions } from "yargs";
import { type ExitCode, Failure } from "./failure.ts";
import { timeOf } from "./times.ts";

/** What every command takes beside its own options. */
export interface CommonOptions {
  readonly config?: string | undefined;
  readonly json: boolean;
}

type Named<Kind> = Readonly<Record<string, Kind>>;

export interface Command<Positionals extends Named<PositionalOptions>, Own extends Named<Options>> {
  /** Its name and positionals, as yargs reads them: `show <number>`. */
  readonly command: string;
  readonly describe: string;
  readonly positionals: Positionals;
  readonly options: Own;
  /** Command lines, each with what it does. */
  readonly examples?: readonly (readonly [string, string])[];
  run(given: InferredOptionTypes<Positionals> & InferredOptionTypes<Own> & CommonOptions): Promise<ExitCode>;
}

/** A command as it is registered. */
export interface Registered {
  readonly name: string;
  /** With its positionals: `show <number>`. */
  readonly usage: string;
  readonly options: readonly string[];
  readonly module: CommandModule;
}

export function command<Positionals extends Named<PositionalOptions>, Own extends Named<Options>>({
  command,
  describe,
  positionals,
  options,
  examples = [],
  run,
}: Command<Positionals, Own>): Registered {
  return {
    name: command.split(" ")[0] ?? command,
    usage: command,
    options: Object.keys(options),
    module: {
      command,
      describe,
      builder: (yargs) => {
        for (const [name, positional] of Object.entries(positionals)) yargs.positional(name, positional);
        for (const [line, what] of examples) yargs.example(`cashtrail ${line}`, what);
        return yargs.options(options);
      },
      handler: async (given) => {
        process.exitCode = await run(given as unknown as Parameters<typeof run>[0]);
      },
    },
  };
}

/** Options that several commands have. */
export const shared = {
  by: { type: "string", requiresArg: true, describe: "who decides, for the order's story; else who is logged in" },
  reason: { type: "string", requiresArg: true, describe: "why, for the order's story" },
  insist: { type: "boolean", default: false, describe: "decide again what is decided; needs --by" },
  yes: { type: "boolean", default: false, describe: "do not ask" },
  network: { type: "string", requiresArg: true, describe: "an account: retrack, shopback:MY" },
  since: {
    type: "string",
    requiresArg: true,
    describe: "reported at or after: 2026-11-22, 2026-11-22T10:15Z, 3d, 12h",
  },
  until: { type: "string", requiresArg: true, describe: "reported before" },
} as const;

export const number = {
  number: { type: "string", demandOption: true, describe: "the order's number, as the shopper sees it" },
} as const;

/** `since` and `until` as times. */
export function period(given: { since?: string | undefined; until?: string | undefined }): {
  since?: Date;
  until?: Date;
} {
  const now = new Date();
  const since = given.since === undefined ? undefined : timeOf("since", given.since, now);
  const until = given.until === undefined ? undefined : timeOf("until", given.until, now);
  if (since && until && since >= until)
    throw new Failure(2, `--since ${given.since} is not before --until ${given.until}: nothing lies between them.`);
  return { ...(since && { since }), ...(until && { until }) };
}

/** The path the router is mounted at. */
export function mountPath(given: string): string {
  if (/^(?:\/[\w.~-]+)+$/.test(given)) return given;
  throw new Failure(
    2,
    `--mount wants a path that starts with a slash and ends without, like /cashtrail, not "${given}".`,
  );
}

export function wholeNumber(option: string, value: number, { least, most }: { least: number; most: number }): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Failure(2, `--${option} wants a whole number from ${least} to ${most}.`);
}
