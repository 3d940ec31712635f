import { z } from "zod";
import { faults } from "./fault-table.ts";

const schema = z.strictObject({
  network: z.enum(["retrack", "shopback"]),
  fault: z
    .enum(faults.map(({ name }) => name))
    .nullable()
    .default(null),
  times: z.coerce.number().int().min(1).optional(),
  delayMs: z.coerce.number().int().min(0).max(600_000).optional(),
  retryAfter: z.string().optional(),
});

/** A fault as the page's form or a JSON body asks for it; null clears, and so does a form's empty field. */
export type FaultForm = z.output<typeof schema>;

/** Reads the form, or says what is wrong with it. */
export function faultForm(body: string, contentType: string): { form: FaultForm } | { problem: string } {
  const fields = contentType.startsWith("application/json") ? fromJson(body) : filledIn(new URLSearchParams(body));
  const { data, error } = schema.safeParse(fields);
  return error ? { problem: z.prettifyError(error) } : { form: data };
}

function filledIn(parameters: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...parameters].filter(([, value]) => value !== ""));
}

function fromJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
