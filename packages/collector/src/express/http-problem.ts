import { STATUS_CODES } from "node:http";
import { z } from "zod";

export const problemShape = z.object({
  type: z.literal("about:blank"),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(["ERR_ORDER", "ERR_UNKNOWN", "ERR_CONFLICT", "ERR_LEDGER"]).exactOptional(),
  issues: z.array(z.object({ path: z.string(), message: z.string() })).exactOptional(),
  unreported: z.literal(true).exactOptional(),
});

/** What went wrong, and what to do next: https://www.rfc-editor.org/rfc/rfc9457 */
export type Problem = z.output<typeof problemShape>;

/** A request that cannot be served, and what to answer to it. */
export class HttpProblem extends Error {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.problem = aProblem(status, detail);
    this.headers = headers;
  }
}

export function aProblem(status: number, detail: string): Problem {
  return { type: "about:blank", title: STATUS_CODES[status] ?? "Error", status, detail };
}
