import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Collector, createCollector, journalBeside, ledgerAt } from "../collector.ts";
import type { CollectorEvent } from "../event.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { inspectPostgres } from "../ledger/postgres-inspection.ts";
import type { Logger } from "../logging.ts";
import { type CollectorSettings, isPostgres } from "../options.ts";
import { type Config, configNames, findConfig, loadConfig } from "./config.ts";
import { Failure } from "./failure.ts";
import { note, plain } from "./terminal.ts";

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
  const folder = process.cwd();
  const path = findConfig(folder, named);
  if (path === undefined)
    throw new Failure(
      2,
      `There is no ${configNames[0]} in ${folder} or above: run "cashtrail init", or name one with --config.`,
    );
  const config = await loadConfig(path);
  process.chdir(config.folder);
  return config;
}

/** The collector of a config, on its ledger. It delivers nothing until it is started. */
export async function openCollector(
  config: Config,
  { logger, onEvent, makesLedger = false }: Opening = {},
): Promise<Opened> {
  const { settings } = config;
  if (!makesLedger) await refuseMissing(settings.ledger, config.path);
  const ledger = ledgerAt(settings.ledger, config.hasClock ? settings.now : undefined);
  // Named here, for the collector is given a ledger, and not where it is.
  const journal = settings.journal ?? journalBeside(settings.ledger);
  const heard = onEvent ?? (logger ? undefined : troubleNoted(journal));
  return { config, ledger, collector: createCollector({ ...settings, ledger, journal, logger, onEvent: heard }) };
}

/** Does something with the collector of the config that is meant, and closes it. */
export async function withCollector<Result>(
  argv: { config?: string | undefined },
  act: (opened: Opened) => Promise<Result>,
  opening?: Opening,
): Promise<Result> {
  const opened = await openCollector(await configFor(argv), opening);
  try {
    return await act(opened);
  } finally {
    await opened.collector.stop();
  }
}

async function refuseMissing(ledger: CollectorSettings["ledger"], path: string): Promise<void> {
  const place = await placeWithout(ledger);
  if (place === undefined) return;
  throw new Failure(
    3,
    `There is no ledger at ${place} yet: nothing was reported by ${path}, or the server is run with another "ledger". "cashtrail serve" makes it.`,
  );
}

/** Where a ledger is still to be made; undefined where there is one. */
export async function placeWithout(ledger: CollectorSettings["ledger"]): Promise<string | undefined> {
  if (typeof ledger !== "string") return undefined;
  return isPostgres(ledger) ? databaseWithout(ledger) : existsSync(ledger) ? undefined : resolve(ledger);
}

/** The database's name where it has no ledger. What cannot be asked, the ledger itself tells of as it is opened. */
async function databaseWithout(url: string): Promise<string | undefined> {
  const found = await inspectPostgres(url).catch(() => undefined);
  return found?.schema === undefined ? found?.name : undefined;
}

function troubleNoted(journal: string): (event: CollectorEvent) => void {
  let isJournalNamed = false;
  return (event) => {
    if (event.type === "ledger-failed") note(plain(`The ledger: ${event.reason}`));
    if (event.type !== "journaled") return;
    note(plain(`Order ${event.number} is in the journal: ${event.reason}`));
    if (isJournalNamed) return;
    isJournalNamed = true;
    // A server looks into its own folder only, which may be another one.
    note(
      plain(`  The journal is ${resolve(journal)}: run any command with the same settings once the ledger is back.`),
    );
  };
}
