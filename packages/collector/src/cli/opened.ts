import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Collector, createCollector, journalBeside, ledgerAt } from "../collector.ts";
import type { CollectorEvent } from "../event.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Logger } from "../logging.ts";
import { type CollectorSettings, isPostgres } from "../options.ts";
import { type Config, findConfig, loadConfig } from "./config.ts";
import { Failure } from "./failure.ts";
import { note } from "./terminal.ts";

export interface Opened {
  readonly config: Config;
  readonly collector: Collector;
  readonly ledger: Ledger;
}

interface Opening {
  /** Told what happens, in place of the config's own: a command's output is for what was asked for. By default, trouble is noted. */
  onEvent?: ((event: CollectorEvent) => void) | undefined;
  /** Likewise. */
  logger?: Logger;
  /** Whether a ledger that is not there yet is made. Else that is a mistake: a wrong folder would look like no orders. */
  makesLedger?: boolean;
}

/** The config that is meant, with its folder as the one that relative paths start from. */
export async function configFor({ config: named }: { config?: string | undefined }): Promise<Config> {
  const config = await loadConfig(findConfig(named ?? process.env.CASHTRAIL_CONFIG, process.cwd()));
  process.chdir(config.folder);
  return config;
}

/** The collector of a config, on its ledger. It delivers nothing until it is started. */
export function openCollector(
  config: Config,
  { logger, onEvent = logger ? undefined : noteTrouble, makesLedger = false }: Opening = {},
): Opened {
  const { settings } = config;
  if (!makesLedger) refuseMissing(settings.ledger, config.path);
  const ledger = ledgerAt(settings.ledger, config.hasClock ? settings.now : undefined);
  // Named here, for the collector is given a ledger, and not where it is.
  const journal = settings.journal ?? journalBeside(settings.ledger);
  return { config, ledger, collector: createCollector({ ...settings, ledger, journal, logger, onEvent }) };
}

/** Does something with the collector of the config that is meant, and closes it. */
export async function withCollector<Result>(
  argv: { config?: string | undefined },
  act: (opened: Opened) => Promise<Result>,
  opening?: Opening,
): Promise<Result> {
  const opened = openCollector(await configFor(argv), opening);
  try {
    return await act(opened);
  } finally {
    await opened.collector.stop();
  }
}

function refuseMissing(ledger: CollectorSettings["ledger"], path: string): void {
  if (typeof ledger !== "string" || isPostgres(ledger) || existsSync(ledger)) return;
  throw new Failure(
    3,
    `There is no ledger at ${resolve(ledger)} yet: nothing was reported by ${path}, or the server is run with another "ledger". "cashtrail serve" makes it.`,
  );
}

function noteTrouble(event: CollectorEvent): void {
  if (event.type === "ledger-failed") note(`The ledger: ${event.reason}`);
  if (event.type === "journaled") note(`Order ${event.number} is in the journal: ${event.reason}`);
}
