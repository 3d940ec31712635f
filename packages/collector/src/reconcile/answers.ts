import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { KnownTransaction } from "../networks/retrack.ts";

/** What was asked: answers to another question are not used. */
export interface Question {
  readonly network: string;
  /** As they were given. */
  readonly sinceGiven: string;
  readonly untilGiven: string;
  /** What that meant when it was asked first. */
  readonly since: string;
  readonly until: string;
}

/** The answers so far, kept in a file, so that what was interrupted goes on where it was. */
export interface Answers {
  readonly question: Question;
  readonly known: ReadonlyMap<string, readonly KnownTransaction[]>;
  add(number: string, transactions: readonly KnownTransaction[]): void;
  /** All is asked: the next time begins anew. */
  done(): void;
}

const questionShape = z.object({
  network: z.string(),
  sinceGiven: z.string(),
  untilGiven: z.string(),
  since: z.string(),
  until: z.string(),
});
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

/** Opens the file of answers, or begins it. Throws where it is of another question, or none of these. */
export function openAnswers(path: string, asked: Question): Answers {
  const [first, ...lines] = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
  const question = first === undefined ? asked : questionIn(first);
  if (!question) throw new Error(`${path} is no file of reconcile's: name another one with --state`);
  for (const name of ["network", "sinceGiven", "untilGiven"] as const)
    if (question[name] !== asked[name])
      throw new Error(
        `${path} is of an interrupted run for ${question.network}, --since ${question.sinceGiven}${question.untilGiven && ` --until ${question.untilGiven}`}: run that again, or remove the file`,
      );
  const known = new Map<string, readonly KnownTransaction[]>();
  for (const line of lines) {
    const answer = answerIn(line);
    if (answer) known.set(answer.number, answer.transactions);
  }
  if (first === undefined) writeFileSync(path, `${JSON.stringify(question)}\n`, { mode: 0o600 });
  return {
    question,
    known,
    add: (number, transactions) => appendFileSync(path, `${JSON.stringify({ number, transactions })}\n`),
    done: () => rmSync(path, { force: true }),
  };
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
