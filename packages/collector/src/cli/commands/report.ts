import { statSync } from "node:fs";
import { extname, resolve } from "node:path";
import { ledgerAt } from "../../collector.ts";
import { type Issue, messageOf } from "../../error.ts";
import { serverAt } from "../../ledger/postgres-server.ts";
import { isPostgres } from "../../options.ts";
import { command } from "../command.ts";
import type { Config } from "../config.ts";
import { type ExitCode, Failure, problem } from "../failure.ts";
import { configFor, placeWithout, withCollector } from "../open-collector.ts";
import { openBookmark } from "../reporting/bookmark.ts";
import { csvOrders } from "../reporting/csv.ts";
import { foreseeing } from "../reporting/foreseen.ts";
import type { Item, Reading } from "../reporting/item.ts";
import { jsonLines } from "../reporting/json-lines.ts";
import { createMeter } from "../reporting/meter.ts";
import { type Outcome, outcomesOf, type Report } from "../reporting/outcome.ts";
import { survey } from "../reporting/survey.ts";
import { count, noneYet, summary, type Tally } from "../reporting/tally.ts";
import { note, plain, print, printJson } from "../terminal.ts";

const formats = { csv: csvOrders, jsonl: jsonLines };

interface Problem {
  readonly line: number;
  readonly number?: string | undefined;
  readonly issues: readonly Issue[];
}

interface Done {
  /** The last line that is done. */
  line: number;
  readonly tally: Tally;
  readonly problems: Problem[];
}

interface Run {
  readonly path: string;
  readonly items: (typeof formats)["csv"];
  readonly dryRun: boolean;
  readonly fromStart: boolean;
  readonly json: boolean;
}

export const report = command({
  command: "report <file>",
  describe: "report the orders in a file: JSON lines or CSV",
  positionals: { file: { type: "string", demandOption: true, describe: "*.jsonl, *.ndjson, or *.csv" } },
  options: {
    format: { choices: ["jsonl", "csv"] as const, requiresArg: true, describe: "else by the file's name" },
    "dry-run": { type: "boolean", default: false, describe: "only tell what would become of them" },
    "from-start": {
      type: "boolean",
      default: false,
      describe: "where an earlier run was broken off, begin anew all the same",
    },
  },
  examples: [
    ["report orders.csv --dry-run", "look first"],
    ["report orders.csv", "once or twice: an order counts once"],
  ],
  async run({ file, format, "dry-run": dryRun, "from-start": fromStart, json, config }) {
    // Before the config's folder becomes the one that paths start from.
    const path = resolve(file);
    if (!statSync(path, { throwIfNoEntry: false })?.isFile())
      throw new Failure(2, `There is no file ${path}. A folder or a pipe will not do: it is read twice.`);
    const run: Run = { path, items: formats[format ?? formatOf(path)], dryRun, fromStart, json };
    return dryRun
      ? foreseeAll(run, await configFor({ config }))
      : withCollector(
          { config },
          ({ config, collector }) => reportAll(run, config, ({ from, placed }) => collector.report(from, placed)),
          { makesLedger: true },
        );
  },
});

function formatOf(path: string): "jsonl" | "csv" {
  const ending = extname(path).toLowerCase();
  if (ending === ".csv") return "csv";
  if ([".jsonl", ".ndjson"].includes(ending)) return "jsonl";
  throw new Failure(2, `${path} may be anything: name it .jsonl or .csv, or say --format.`);
}

/** Without a collector: that makes a journal, and takes in what is there. */
async function foreseeAll(run: Run, config: Config): Promise<ExitCode> {
  const { ledger: place, now } = config.settings;
  const isMissing = (await placeWithout(place)) !== undefined;
  const ledger = isMissing ? undefined : ledgerAt(place, config.hasClock ? now : undefined);
  try {
    return await reportAll(run, config, foreseeing(config.settings, ledger));
  } finally {
    await ledger?.close();
  }
}

async function reportAll(
  { path, items, dryRun, fromStart, json }: Run,
  config: Config,
  report: Report,
): Promise<ExitCode> {
  const { networks, now } = config.settings;
  const reading: Reading = { now: now(), networks: [...new Set(networks.map(({ landing }) => landing.network))] };
  // Read to its end before anything is written: a file that cannot be read is refused whole.
  const { total, several } = await survey(items(path, reading));
  if (total === 0) throw new Failure(2, `${path} has no orders.`);
  const bookmark = dryRun ? undefined : openBookmark(path, marksOf(config));
  const before = fromStart ? undefined : bookmark?.read();
  if (before) note(`Going on behind line ${before.line}, where the last run was broken off.`);
  const done: Done = { ...(before ?? { line: 0, tally: noneYet() }), problems: [] };
  const outcomes = outcomesOf(behind(done.line, items(path, reading)), several, report);
  const reason = await followed(outcomes, done, total, bookmark);
  const { line, tally, problems } = done;
  if (json) printJson({ dryRun, ...tally, problems, ...(reason === undefined ? {} : { stopped: { line, reason } }) });
  if (reason !== undefined)
    throw new Failure(
      3,
      `Stopped behind line ${line}: ${reason}.${dryRun ? "" : " Run the same again: it goes on there, and what was reported counts once."}`,
    );
  if (!json) print(summary(path, tally, dryRun));
  return tally.unusable + tally.differing > 0 ? 1 : 0;
}

/** Where the orders go: what a run on another ledger has done is not done on this one. */
function marksOf({ path, settings: { ledger, networks } }: Config): string[] {
  const place = typeof ledger !== "string" ? path : isPostgres(ledger) ? serverAt(ledger).name : resolve(ledger);
  return [place, ...networks.map(({ id }) => id)];
}

async function* behind(line: number, items: AsyncIterable<Item>): AsyncGenerator<Item> {
  for await (const item of items) if (item.lastLine > line) yield item;
}

/** Counts and tells what becomes of the orders. Answers why it could not go on, where it could not. */
async function followed(
  outcomes: AsyncIterable<Outcome[]>,
  done: Done,
  total: number,
  bookmark: ReturnType<typeof openBookmark> | undefined,
): Promise<string | undefined> {
  const meter = createMeter(total);
  let isStopped = false;
  const stop = () => {
    isStopped = true;
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    for await (const together of outcomes) {
      for (const { item, reported, issues } of together) {
        count(done.tally, reported);
        done.line = item.lastLine;
        if (issues.length === 0) continue;
        done.problems.push({ line: item.line, number: item.number, issues });
        meter.clear();
        tell(item, issues);
      }
      bookmark?.write(done.line, done.tally);
      meter.tell(done.tally.orders);
      if (isStopped && done.tally.orders < total) return "it was asked to";
    }
    bookmark?.remove();
    return undefined;
  } catch (error) {
    return messageOf(error);
  } finally {
    meter.clear();
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

function tell({ line, number }: Item, issues: readonly Issue[]): void {
  const which = number === undefined ? "" : ` (order ${number})`;
  note([`line ${line}${which}:`, ...issues.map(problem)].map(plain).join("\n"));
}
