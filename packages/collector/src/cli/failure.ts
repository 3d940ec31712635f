import { CollectorError, type Issue, messageOf } from "../error.ts";

/**
 * What scripts go by: 0 it is done, 1 the answer is no (not found, refused, differences), 2 it was asked wrongly
 * (arguments, settings, a file's contents), 3 it could not be done (ledger, network, disk).
 */
export type ExitCode = 0 | 1 | 2 | 3;

/** Why a command ends, for people: what is the matter, and the next step. */
export class Failure extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "Failure";
    this.exitCode = exitCode;
  }
}

const exitCodes: Readonly<Record<CollectorError["code"], ExitCode>> = {
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
  const exitCode = exitCodes[error.code];
  if (error.code === "ERR_LEDGER")
    return new Failure(exitCode, `The ledger cannot be used: ${error.message}. See "ledger" in the config.`);
  // Its message has the problems in one line, after what they are about.
  if (error.issues.length > 0)
    return new Failure(exitCode, [`${error.message.split(": ")[0]}:`, ...error.issues.map(problem)].join("\n"));
  return new Failure(exitCode, error.message);
}

/** One problem as a line of a list. */
export function problem({ path, message }: Issue): string {
  return `  ${path ? `${path}: ` : ""}${message}`;
}

/** By its looks: the config may have imported another copy of this package. */
export function isCollectorError(error: unknown): error is CollectorError {
  return error instanceof CollectorError || (error instanceof Error && error.name === "CollectorError");
}
