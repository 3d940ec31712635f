import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { KnownTransaction } from "../networks/retrack.ts";

/** What is asked, and when. */
export interface Question {
  readonly network: string;
  /** Of the period, and of the run: ISO 8601. */
  readonly since: string;
  readonly until: string;
  readonly at: string;
}

/** The answers so far, kept in a file, so that what was interrupted goes on where it was. */
export interface KeptAnswers {
  readonly known: ReadonlyMap<string, readonly KnownTransaction[]>;
  add(number: string, transactions: readonly KnownTransaction[]): void;
  /** All is asked: the next time begins anew. */
  done(): void;
}

const questionShape = z.object({ network: z.string(), since: z.string(), until: z.string(), at: z.string() });
const answerShape = z.object({
  number: z.string(),
  transactions: z.array(
    z.object({
      id: z.string(),
      net: z.number().optional(),
      vat: z.number().optional(),
      currency: z.string().optional(),
      status: z.string().optional(),
    }),
  ),
});

/** `3d` is another time an hour later; but an answer of yesterday may not hold today. */
const MOST_APART_MS = 6 * 3_600_000;

/**
 * Opens the file of answers, or begins it: also where it is of another account or period, or of a run of many hours ago.
 * Throws where the file is something else.
 */
export function openAnswers(path: string, question: Question): KeptAnswers {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const [first = "", ...lines] = text.split("\n");
  const kept = questionIn(first);
  if (text.trim() !== "" && !kept) throw new Error(`${path} is no file of reconcile's: name another one with --state`);
  const known = new Map<string, readonly KnownTransaction[]>();
  if (kept && isLike(kept, question))
    for (const line of lines) {
      const answer = answerIn(line);
      if (answer) known.set(answer.number, answer.transactions);
    }
  else writeFileSync(path, `${JSON.stringify(question)}\n`, { mode: 0o600 });
  return {
    known,
    add: (number, transactions) => appendFileSync(path, `${JSON.stringify({ number, transactions })}\n`),
    done: () => rmSync(path, { force: true }),
  };
}

function isLike(kept: Question, question: Question): boolean {
  const apart = (name: "since" | "until" | "at") => Math.abs(Date.parse(kept[name]) - Date.parse(question[name]));
  return (
    kept.network === question.network &&
    apart("since") < MOST_APART_MS &&
    apart("until") < MOST_APART_MS &&
    apart("at") < MOST_APART_MS
  );
}

function questionIn(line: string): Question | undefined {
  return questionShape.safeParse(parsed(line)).data;
}

/** The last line may be cut short by a crash: then its order is asked for again. */
function answerIn(line: string): z.output<typeof answerShape> | undefined {
  return answerShape.safeParse(parsed(line)).data;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return;
  }
}
