import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { messageOf } from "../../error.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { Network } from "../../network.ts";
import { type KeptAnswers, openAnswers } from "../../reconcile/answers.ts";
import type { Difference } from "../../reconcile/compare.ts";
import { askRetrack, compareReport, type Tally } from "../../reconcile/reconcile.ts";
import { type Columns, columnsIn, readReport } from "../../reconcile/report-file.ts";
import { createSender } from "../../send.ts";
import { counted } from "../../telling/words.ts";
import { command, period, shared } from "../command.ts";
import { type ExitCode, Failure } from "../failure.ts";
import { account } from "../formatting.ts";
import { withCollector } from "../open-collector.ts";
import { table } from "../table.ts";
import { lineWidth, note, plain, print, printJson } from "../terminal.ts";
import { shownMinute } from "../times.ts";

const TIMEOUT_MS = 20_000;
/** How often it is told how far it is. */
const PROGRESS_EVERY = 20;

interface Period {
  readonly since: Date;
  readonly until: Date;
}

/** What a comparison came to, and how far it came. */
interface Outcome {
  readonly differences: Difference[];
  readonly tally: Tally;
  readonly columns?: Columns;
  /** Why it could not go on, where it could not. */
  readonly stopped?: string;
}

export const reconcile = command({
  command: "reconcile",
  describe: "compare the ledger with what a network has, and say how to repair what differs",
  positionals: {},
  options: {
    network: { ...shared.network, demandOption: true },
    since: { ...shared.since, demandOption: true },
    until: shared.until,
    rate: { type: "number", default: 2, requiresArg: true, describe: "at most so many look-ups a second" },
    state: {
      type: "string",
      requiresArg: true,
      describe: "the file that keeps the answers of a run that is interrupted",
    },
    file: {
      type: "string",
      requiresArg: true,
      describe: "the report you downloaded, as CSV, where the network has no look-up",
    },
    columns: { type: "string", requiresArg: true, describe: "its columns: orderId=TITLE,amount=TITLE,status=TITLE" },
  },
  examples: [
    ["reconcile --network retrack --since 2026-11-01 --until 2026-12-01", "asks Retrack for each order"],
    ["reconcile --network shopback --since 30d --file report.csv", "reads a report"],
  ],
  async run({ network: id, since, until, rate, columns, json, config, ...given }): Promise<ExitCode> {
    // From where the command is given: later on, paths start from the config's folder.
    const [state, file] = [given.state, given.file].map((path) => (path === undefined ? undefined : resolve(path)));
    if (!(rate > 0 && rate <= 50)) throw new Failure(2, "--rate wants a number above 0, and at most 50.");
    const { since: from = new Date(0), until: to = new Date() } = period({ since, until });
    const compared = { since: from, until: to };
    const { differences, tally, ...told } = await withCollector({ config }, async ({ config, ledger }) => {
      const { networks } = config.settings;
      const network = networks.find((one) => one.id === id);
      if (!network)
        throw new Failure(2, `There is no account ${id}: there are ${networks.map((one) => one.id).join(", ")}.`);
      const isAsked = network.landing.network === "retrack";
      if (isAsked && file !== undefined) throw new Failure(2, `${id} is asked for each order: leave out --file.`);
      if (isAsked) {
        const path = state ?? `.cashtrail-reconcile-${id.replace(/\W/g, "-")}.jsonl`;
        return withLookUps(ledger, network, compared, { rate, path });
      }
      if (file === undefined)
        throw new Failure(2, `${id} has no look-up: download its report as CSV, and name it with --file.`);
      return withReport(ledger, id, compared, { file, columns });
    });
    if (json) printJson({ network: id, ...compared, ...tally, ...told, differences });
    else printDifferences(differences);
    note(summary(compared, tally));
    if (told.stopped !== undefined) throw new Failure(3, told.stopped);
    return tally.differing > 0 ? 1 : tally.unknown > 0 ? 3 : 0;
  },
});

/** Asks the network for each order. */
async function withLookUps(
  ledger: Ledger,
  network: Network,
  period: Period,
  { rate, path }: { rate: number; path: string },
): Promise<Outcome> {
  const answers = answersIn(path, network.id, period);
  if (answers.known.size > 0)
    note(`Goes on where it was interrupted: ${counted(String(answers.known.size), "answer")} kept in ${path}.`);
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  const sender = createSender({ timeoutMs: TIMEOUT_MS, connections: 1 });
  const tally = noneYet();
  const differences: Difference[] = [];
  const add: KeptAnswers["add"] = (number, transactions) => {
    answers.add(number, transactions);
    if (tally.compared % PROGRESS_EVERY === 1)
      note(`${counted(String(tally.compared), "order")} compared, ${tally.differing} differ …`);
  };
  try {
    const found = askRetrack({
      ...{ network, period, tally, sender, rate },
      find: (filter) => ledger.find(filter),
      answers: { ...answers, add },
      now: () => new Date(),
      pause: (ms) => pause(ms, undefined, { signal: stopping.signal }),
    });
    for await (const difference of found) differences.push(difference);
  } catch (error) {
    const why = stopping.signal.aborted ? "Interrupted" : messageOf(error);
    const stopped = `${why}. The answers are kept in ${path}: the same command goes on from there.`;
    return { differences, tally, stopped };
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    await sender.close();
  }
  if (tally.unknown === 0) answers.done();
  return { differences, tally };
}

function answersIn(path: string, network: string, { since, until }: Period): KeptAnswers {
  const at = new Date().toISOString();
  try {
    return openAnswers(path, { network, since: since.toISOString(), until: until.toISOString(), at });
  } catch (error) {
    throw new Failure(2, `${messageOf(error)}.`, { cause: error });
  }
}

/** Reads the network's report. */
async function withReport(
  ledger: Ledger,
  network: string,
  period: Period,
  given: { file: string; columns: string | undefined },
): Promise<Outcome> {
  const { columns, rows } = reportIn(given);
  const titles = Object.entries(columns).map(([name, title]) => `${name} is "${plain(title)}"`);
  note(`Columns: ${titles.join(", ")}.`);
  const tally = noneYet();
  const find: Ledger["find"] = (filter) => ledger.find(filter);
  const differences: Difference[] = [];
  for await (const difference of compareReport({ find, network, period, rows, tally })) differences.push(difference);
  const numbers = new Set(rows.map(({ number }) => number));
  const strangers = differences.filter(({ here }) => here === "never reported");
  // Else each order here would be told as missing, and sent again.
  if (numbers.size > 0 && strangers.length === numbers.size)
    throw new Failure(
      2,
      `No order of ${basename(given.file)} was ever reported here to ${network}: is it this account's report, and is "${plain(columns.orderId ?? "")}" the order's number (--columns orderId=TITLE)?`,
    );
  return { differences, tally, columns };
}

function noneYet(): Tally {
  return { compared: 0, waiting: 0, differing: 0, unknown: 0 };
}

function summary({ since, until }: Period, { compared, differing, unknown, waiting }: Tally): string {
  return [
    `Reported from ${shownMinute(since)} until ${shownMinute(until)}:`,
    `${counted(String(compared), "order")} compared, ${differing} differ.`,
    ...(unknown > 0 ? [`${unknown} could not be compared.`] : []),
    ...(waiting > 0 ? [`${waiting} of them have something that waits to be sent.`] : []),
  ].join(" ");
}

function reportIn({ file, columns }: { file: string; columns: string | undefined }): ReturnType<typeof readReport> {
  try {
    return readReport(readFileSync(file, "utf8"), columns === undefined ? {} : columnsIn(columns));
  } catch (error) {
    throw new Failure(2, `${file}: ${messageOf(error)}.`, { cause: error });
  }
}

function printDifferences(differences: readonly Difference[]): void {
  if (differences.length === 0) return;
  const columns = [
    { title: "order" },
    { title: "account" },
    { title: "what" },
    { title: "here", cut: true },
    { title: "there", cut: true },
    { title: "repair" },
  ];
  const rows = differences.map(({ number, network, kind, here, there, repair }) => [
    plain(number),
    account(network),
    kind,
    plain(here),
    plain(there),
    plain(repair.command === undefined ? repair.text : `${repair.command}  (${repair.text})`),
  ]);
  print(table(columns, rows, lineWidth()));
}
