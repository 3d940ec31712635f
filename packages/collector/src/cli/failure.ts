import { CollectorError, type Issue, messageOf } from "../error.ts";

/**
 * What scripts go by: 0 it is done, 1 the answer is no (not found, refused, differences), 2 it was asked wrongly
 * (arguments, settings, a file's contents), 3 it could not be done (ledger, network, disk).
 */
export type ExitCode = 0 | 1 | 2 | 3;

/** What a failure is called where it is no error of the collector's own. */
const codes = { 1: "ERR_REFUSED", 2: "ERR_USAGE", 3: "ERR_FAILED" } as const;

type FailureExit = Exclude<ExitCode, 0>;
type Code = CollectorError["code"] | (typeof codes)[FailureExit];

interface FailureOptions extends ErrorOptions {
  readonly code?: Code;
  readonly issues?: readonly Issue[];
}

/** Why a command ends, for people: what is the matter, and the next step. */
export class Failure extends Error {
  readonly exitCode: FailureExit;
  readonly code: Code;
  /** Each problem with what it is about, where there are several. */
  readonly issues: readonly Issue[];

  constructor(exitCode: FailureExit, message: string, { code, issues = [], ...options }: FailureOptions = {}) {
    super(message, options);
    this.name = "Failure";
    this.exitCode = exitCode;
    this.code = code ?? codes[exitCode];
    this.issues = issues;
  }
}

const exitCodes: Readonly<Record<CollectorError["code"], FailureExit>> = {
  ERR_OPTIONS: 2,
  ERR_ORDER: 2,
  ERR_UNKNOWN: 1,
  ERR_CONFLICT: 1,
  ERR_LEDGER: 3,
};

/** Any error as a failure with its exit code. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (!isCollectorError(error)) return new Failure(3, messageOf(error), { cause: error });
  const { code, message, issues } = error;
  const failure = (text: string) => new Failure(exitCodes[code], text, { cause: error, code, issues });
  // Without a cause it is no failure of the ledger's: only not the time for it.
  if (code === "ERR_LEDGER" && error.cause !== undefined)
    return failure(`The ledger cannot be used: ${message}. See "ledger" in the config.`);
  // Its message has the problems in one line, after what they are about.
  if (issues.length > 0) return failure([`${message.split(": ")[0]}:`, ...issues.map(problem)].join("\n"));
  return failure(message);
}

/** One problem as a line of a list. */
export function problem({ path, message }: Issue): string {
  return `  ${path ? `${path}: ` : ""}${message}`;
}

/** By its looks: the config may have imported another copy of this package. */
export function isCollectorError(error: unknown): error is CollectorError {
  return error instanceof CollectorError || (error instanceof Error && error.name === "CollectorError");
}
