import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { messageOf } from "../../error.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { Network } from "../../network.ts";
import { type Answers, openAnswers } from "../../reconcile/answers.ts";
import type { Difference } from "../../reconcile/compare.ts";
import { askRetrack, compareReport, type Tally } from "../../reconcile/reconcile.ts";
import { type Columns, columnsIn, readReport } from "../../reconcile/report-file.ts";
import { createSender } from "../../send.ts";
import { counted } from "../../telling/words.ts";
import { command, period, shared } from "../command.ts";
import { type ExitCode, Failure } from "../failure.ts";
import { withCollector } from "../opened.ts";
import { account } from "../shown.ts";
import { table } from "../table.ts";
import { lineWidth, note, plain, print, printJson } from "../terminal.ts";

const TIMEOUT_MS = 20_000;
/** How often it is told how far it is. */
const PROGRESS_EVERY = 20;

interface Outcome {
  readonly differences: Difference[];
  readonly tally: Tally;
  readonly columns?: Columns;
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
    const { differences, tally, ...told } = await withCollector({ config }, async ({ config, ledger }) => {
      const { networks } = config.settings;
      const network = networks.find((one) => one.id === id);
      if (!network)
        throw new Failure(2, `There is no account ${id}: there are ${networks.map((one) => one.id).join(", ")}.`);
      if (network.landing.network === "retrack" && file === undefined)
        return asked(ledger, network, {
          since,
          until,
          rate,
          state: state ?? `.cashtrail-reconcile-${id.replace(/\W/g, "-")}.jsonl`,
        });
      if (file === undefined)
        throw new Failure(2, `${id} has no look-up: download its report as CSV, and name it with --file.`);
      return read(ledger, id, { since, until, file, columns });
    });
    if (json) printJson({ network: id, ...tally, ...told, differences });
    else printDifferences(differences);
    const waiting = tally.waiting > 0 ? ` ${tally.waiting} of them have something that waits to be sent.` : "";
    note(`${counted(String(tally.compared), "order")} compared, ${tally.differing} differ.${waiting}`);
    return tally.differing > 0 ? 1 : 0;
  },
});

async function asked(
  ledger: Ledger,
  network: Network,
  { since, until, rate, state }: { since: string; until: string | undefined; rate: number; state: string },
): Promise<Outcome> {
  const meant = period({ since, until });
  const answers = answersIn(state, network.id, { since, until }, meant);
  if (answers.known.size > 0)
    note(`Goes on where it was interrupted: ${counted(String(answers.known.size), "answer")} kept in ${state}.`);
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  const sender = createSender({ timeoutMs: TIMEOUT_MS, connections: 1 });
  const tally: Tally = { compared: 0, waiting: 0, differing: 0 };
  const differences: Difference[] = [];
  try {
    const found = askRetrack({
      find: (filter) => ledger.find(filter),
      network,
      period: { since: new Date(answers.question.since), until: new Date(answers.question.until) },
      answers: {
        ...answers,
        add: (number, transactions) => {
          answers.add(number, transactions);
          if (tally.compared % PROGRESS_EVERY === 1) noteProgress(tally);
        },
      },
      tally,
      sender,
      rate,
      now: () => new Date(),
      pause: (ms) => pause(ms, undefined, { signal: stopping.signal }),
    });
    for await (const difference of found) differences.push(difference);
  } catch (error) {
    const why = stopping.signal.aborted ? "Interrupted" : messageOf(error);
    throw new Failure(
      3,
      `${why}. ${counted(String(tally.compared), "order")} compared; the answers are kept in ${state}: the same command goes on from there.`,
      { cause: error },
    );
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
    await sender.close();
  }
  if (!differences.some(({ kind }) => kind === "unknown")) answers.done();
  return { differences, tally };
}

function answersIn(
  path: string,
  network: string,
  given: { since: string; until: string | undefined },
  meant: { since?: Date; until?: Date },
): Answers {
  try {
    return openAnswers(path, {
      network,
      sinceGiven: given.since,
      untilGiven: given.until ?? "",
      since: (meant.since ?? new Date(0)).toISOString(),
      until: (meant.until ?? new Date()).toISOString(),
    });
  } catch (error) {
    throw new Failure(2, `${messageOf(error)}.`, { cause: error });
  }
}

async function read(
  ledger: Ledger,
  network: string,
  given: { since: string; until: string | undefined; file: string; columns: string | undefined },
): Promise<Outcome> {
  const { columns, rows } = reportIn(given);
  note(
    `Columns: ${Object.entries(columns)
      .map(([name, title]) => `${name} is "${plain(title)}"`)
      .join(", ")}.`,
  );
  const tally: Tally = { compared: 0, waiting: 0, differing: 0 };
  const differences: Difference[] = [];
  const find: Ledger["find"] = (filter) => ledger.find(filter);
  for await (const difference of compareReport({ find, network, period: period(given), rows, tally }))
    differences.push(difference);
  return { differences, tally, columns };
}

function reportIn({ file, columns }: { file: string; columns: string | undefined }): ReturnType<typeof readReport> {
  try {
    return readReport(readFileSync(file, "utf8"), columns === undefined ? {} : columnsIn(columns));
  } catch (error) {
    throw new Failure(2, `${file}: ${messageOf(error)}.`, { cause: error });
  }
}

function noteProgress({ compared, differing }: Tally): void {
  note(`${counted(String(compared), "order")} compared, ${differing} differ …`);
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
