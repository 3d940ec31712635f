import { existsSync } from "node:fs";
import { extname, resolve } from "node:path";
import { CollectorError, type Issue, messageOf } from "../../error.ts";
import type { Reported } from "../../reporting.ts";
import { command } from "../command.ts";
import { Failure, problem } from "../failure.ts";
import { type Opened, withCollector } from "../opened.ts";
import { csvOrders } from "../reporting/csv.ts";
import { foreseen } from "../reporting/foreseen.ts";
import type { Item } from "../reporting/item.ts";
import { jsonLines } from "../reporting/json-lines.ts";
import { createMeter, openBookmark } from "../reporting/progress.ts";
import { survey } from "../reporting/survey.ts";
import { count, noneYet, summary } from "../reporting/tally.ts";
import { note, plain, print, printJson } from "../terminal.ts";

/** Orders reported at once: they share a commit. */
const TOGETHER = 64;

const formats = { csv: csvOrders, jsonl: jsonLines };

interface Problem {
  readonly line: number;
  readonly number?: string | undefined;
  readonly issues: readonly Issue[];
}

/** What became of an order, or what is wrong with it. */
interface Outcome {
  readonly reported?: Reported;
  readonly issues?: readonly Issue[];
}

const differs: Issue = {
  path: "",
  message: "was reported before with other contents, and stays as it was: update() or PUT /orders/{number} changes it",
};

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
    if (!existsSync(path)) throw new Failure(2, `There is no file ${path}.`);
    const items = formats[format ?? formatOf(path)];
    return withCollector({ config }, (opened) => reportAll(path, items, opened, { dryRun, fromStart, json }), {
      makesLedger: true,
    });
  },
});

function formatOf(path: string): "jsonl" | "csv" {
  const ending = extname(path).toLowerCase();
  if (ending === ".csv") return "csv";
  if ([".jsonl", ".ndjson"].includes(ending)) return "jsonl";
  throw new Failure(2, `${path} may be anything: name it .jsonl or .csv, or say --format.`);
}

async function reportAll(
  path: string,
  items: (path: string, now: Date) => AsyncGenerator<Item>,
  opened: Opened,
  { dryRun, fromStart, json }: { dryRun: boolean; fromStart: boolean; json: boolean },
) {
  const now = opened.config.settings.now();
  // Read to its end before anything is written: a file that cannot be read is refused whole.
  const { total, scattered } = await survey(items(path, now));
  const bookmark = openBookmark(path);
  const before = dryRun || fromStart ? undefined : bookmark.read();
  if (before) note(`Going on behind line ${before.line}, where the last run was broken off.`);
  let { line, tally } = before ?? { line: 0, tally: noneYet() };
  const problems: Problem[] = [];
  const meter = createMeter(total);
  let signalled = false;
  const stop = () => {
    signalled = true;
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);

  const tell = (found: Problem) => {
    problems.push(found);
    meter.clear();
    const which = found.number === undefined ? "" : ` (order ${found.number})`;
    note([`line ${found.line}${which}:`, ...found.issues.map(problem)].map(plain).join("\n"));
  };

  const report = (order: NonNullable<Item["order"]>) =>
    dryRun ? foreseen(order, opened) : opened.collector.report(order.from, order.placed);

  /** Reports some together. Answers why it cannot go on, where it cannot: then none of them counts as done. */
  async function take(batch: readonly Item[]): Promise<string | undefined> {
    const outcomes = await Promise.allSettled(batch.map((item) => outcomeOf(item, scattered, report)));
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed) return messageOf(failed.reason);
    const ended = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    if (ended.some(({ reported }) => reported?.journaled))
      return "the ledger cannot be written; what was under way is in the journal";
    for (const [index, item] of batch.entries()) {
      const { reported, issues = reported?.differs ? [differs] : [] } = ended[index] ?? {};
      count(tally, reported);
      if (issues.length > 0) tell({ line: item.line, number: item.number, issues });
      line = item.lastLine;
    }
    if (!dryRun) bookmark.write(line, tally);
    meter.tell(tally.orders);
    return undefined;
  }

  let broken: string | undefined;
  let batch: Item[] = [];
  for await (const item of items(path, now)) {
    if (item.lastLine <= line) continue;
    batch.push(item);
    if (batch.length < TOGETHER) continue;
    broken = await take(batch);
    batch = [];
    if (broken !== undefined || signalled) break;
  }
  if (broken === undefined && !signalled) broken = await take(batch);
  meter.clear();
  process.off("SIGINT", stop).off("SIGTERM", stop);
  if (broken !== undefined || signalled)
    throw new Failure(
      3,
      `Stopped behind line ${line}: ${broken ?? "it was asked to"}. Run the same again: it goes on there, and what was reported counts once.`,
    );
  if (!dryRun) bookmark.remove();
  if (json) printJson({ dryRun, ...tally, problems });
  else print(summary(path, tally, dryRun));
  return tally.unusable + tally.differing > 0 ? (1 as const) : (0 as const);
}

async function outcomeOf(
  { order, issues, number = "" }: Item,
  scattered: ReadonlyMap<string, readonly number[]>,
  report: (order: NonNullable<Item["order"]>) => Promise<Reported>,
): Promise<Outcome> {
  if (!order) return { issues };
  const lines = scattered.get(number);
  if (lines) return { issues: [apart(lines)] };
  try {
    return { reported: await report(order) };
  } catch (error) {
    if (error instanceof CollectorError && error.code === "ERR_ORDER") return { issues: error.issues };
    throw error;
  }
}

function apart(lines: readonly number[]): Issue {
  return {
    path: "",
    message: `the number is there more than once, from lines ${lines.join(" and ")}: rows of one order must follow one another`,
  };
}
