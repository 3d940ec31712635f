import { existsSync, readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { loadEnvFile } from "node:process";
import { pathToFileURL } from "node:url";
import { messageOf } from "../error.ts";
import { type CollectorSettings, parseOptions } from "../options.ts";
import { Failure, isCollectorError, problem } from "./failure.ts";

export const configNames = [
  "cashtrail.config.ts",
  "cashtrail.config.mts",
  "cashtrail.config.js",
  "cashtrail.config.mjs",
];

export interface Config {
  readonly path: string;
  /** The folder relative paths in it start from. */
  readonly folder: string;
  readonly settings: CollectorSettings;
  /** Whether it has a clock of its own, as tests have. */
  readonly hasClock: boolean;
}

/** The config that is named, or the nearest one upwards from a folder: undefined where there is none. */
export function findConfig(from: string, named = process.env.CASHTRAIL_CONFIG): string | undefined {
  if (named !== undefined) {
    const path = resolve(from, named);
    if (existsSync(path)) return path;
    throw new Failure(
      2,
      `There is no config at ${path}: correct --config or CASHTRAIL_CONFIG, or run "cashtrail init".`,
    );
  }
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const found = configNames.map((name) => join(folder, name)).find((path) => existsSync(path));
    if (found !== undefined) return found;
    if (folder === dirname(folder)) return;
  }
}

/**
 * The settings in a config. Variables of an `.env` file beside it are read first; those that are set already stand.
 * What was wrong with it is told with every problem, and with the variables it reads that are not set.
 */
export async function loadConfig(path: string): Promise<Config> {
  const folder = dirname(path);
  const environment = join(folder, ".env");
  if (existsSync(environment)) loadEnvFile(environment);
  let options: unknown;
  try {
    options = await defaultOf(path);
    const settings = parseOptions(options);
    return { path, folder, settings, hasClock: Object.hasOwn(options as object, "now") };
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (!isCollectorError(error))
      throw new Failure(2, `${path} cannot be loaded: ${messageOf(error)}`, { cause: error });
    const about = error.message.split(": ")[0];
    const subject = about === "createCollector" ? "" : ` (${about})`;
    throw new Failure(
      2,
      [`${path} cannot be used${subject}:`, ...error.issues.map(problem), ...hintsOn(path, environment)].join("\n"),
      { cause: error, code: error.code, issues: error.issues },
    );
  }
}

async function defaultOf(path: string): Promise<unknown> {
  const url = pathToFileURL(path).href;
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (specifier === url) {
        const resolved = next(specifier, context);
        // Else Node.js guesses, and warns of that, in a folder whose package.json says nothing.
        return path.endsWith("ts") ? { ...resolved, format: "module-typescript" } : { ...resolved, format: "module" };
      }
      try {
        return next(specifier, context);
      } catch (error) {
        // A store not written in Node.js has this package on its machine, and none in its own folder.
        if (!/^@cashtrail\/(?:collector|client)(?:\/|$)/.test(specifier)) throw error;
        return next(specifier, { ...context, parentURL: import.meta.url });
      }
    },
  });
  try {
    const module: { default?: unknown } = await import(url);
    const options = module.default;
    if (typeof options === "object" && options !== null && !("report" in options)) return options;
    throw new Failure(
      2,
      `${path} must export the options of createCollector: export default { networks: [retrack({ … })] }. The server makes the collector of them: createCollector(options).`,
    );
  } finally {
    hooks.deregister();
  }
}

/** Variables the config reads without a default, and that are not set. Mostly that is all that is wrong. */
function hintsOn(path: string, environment: string): string[] {
  const read = readFileSync(path, "utf8").matchAll(/process\.env\.(\w+)(?!\w)(?!\s*(?:\?\?|\|\||&&|;))/g);
  const missing = new Set([...read].map(([, name = ""]) => name).filter((name) => !process.env[name]));
  if (missing.size === 0) return [];
  const where = existsSync(environment) ? environment : `an .env file beside ${basename(path)}`;
  return [`Not set in the environment or in ${where}: ${[...missing].join(", ")}.`];
}
