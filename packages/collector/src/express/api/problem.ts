import { CollectorError, type Issue } from "../../error.ts";
import { aProblem, HttpProblem } from "../http-problem.ts";

/** How many problems an answer lists: a body of one megabyte can have hundreds of thousands. */
const MOST_ISSUES = 1000;

const RETRY_SECONDS = 5;

/** What is answered to an error, or undefined where the error is a mistake of the server's own. */
export function problemOf(error: unknown): Pick<HttpProblem, "problem" | "headers"> | undefined {
  if (error instanceof HttpProblem) return error;
  if (!(error instanceof CollectorError)) return unreadable(error);
  const { code, message, issues } = error;
  switch (code) {
    case "ERR_ORDER": {
      const detail = `Nothing was written. Correct what issues lists, and send it again. ${message}`;
      return { problem: { ...aProblem(422, detail), code, issues: shown(issues) }, headers: {} };
    }
    case "ERR_UNKNOWN":
      return { problem: { ...aProblem(404, message), code }, headers: {} };
    case "ERR_CONFLICT":
      return { problem: { ...aProblem(409, `Nothing was written: ${message}`), code }, headers: {} };
    case "ERR_LEDGER": {
      const isUnreported = error.unreported !== undefined;
      const next = isUnreported
        ? "What you reported is not kept. Keep it, and report it again with the same clicks: what is reported twice counts once."
        : "Send the same request again: what is done already is not done twice.";
      return {
        problem: { ...aProblem(503, `${next} ${message}`), code, ...(isUnreported ? { unreported: true } : {}) },
        headers: { "Retry-After": String(RETRY_SECONDS) },
      };
    }
    default:
      return undefined;
  }
}

/** What body-parser says of a body that cannot be read. */
function unreadable(error: unknown): Pick<HttpProblem, "problem" | "headers"> | undefined {
  const { status } = (error ?? {}) as { status?: unknown };
  if (status === 413)
    return new HttpProblem(413, "The body is larger than 1 MB: send fewer lines, or fewer orders at a time.");
  if (status === 415)
    return new HttpProblem(415, "The body's Content-Encoding cannot be read: send it as it is, or with gzip.");
  if (typeof status === "number" && status >= 400 && status < 500)
    return new HttpProblem(status, "The body was cut short or cannot be unpacked: send it again.");
  return undefined;
}

function shown(issues: readonly Issue[]): Issue[] {
  const more = issues.length - MOST_ISSUES;
  return [...issues.slice(0, MOST_ISSUES), ...(more > 0 ? [{ path: "", message: `and ${more} more` }] : [])];
}
