import { styleText } from "node:util";

type Look = Parameters<typeof styleText>[0];

/** What was asked for. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** `cashtrail orders | head` has seen enough: the process ends once nobody reads what it prints. */
export function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit();
}

/** What is said beside it: progress, hints, questions. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** One JSON value. Characters that a terminal would act on are escaped, beyond those JSON escapes itself. */
export function printJson(value: unknown): void {
  print(escaped(JSON.stringify(value, undefined, 2)));
}

/** Likewise one of several, each a line of its own. */
export function printJsonLine(value: unknown): void {
  print(jsonLine(value));
}

/** A JSON value in one line, likewise escaped. */
export function jsonLine(value: unknown): string {
  return escaped(JSON.stringify(value));
}

function escaped(json: string): string {
  return json.replace(/[\x7f-\x9f\p{Bidi_Control}]/gu, (sign) => `\\u${hex(sign)}`);
}

/** Styled where standard output is a terminal, and neither NO_COLOR nor a pipe says otherwise. */
export function styled(look: Look, text: string): string {
  // FORCE_COLOR comes first for Node.js; who says both means the one that takes away.
  return process.env.NO_COLOR ? text : styleText(look, text, { stream: process.stdout });
}

/** How wide a line may be: the terminal's width, or without one, any. */
export function lineWidth(): number {
  return Number(process.env.COLUMNS) || process.stdout.columns || Number.POSITIVE_INFINITY;
}

/**
 * A text as it may stand on a terminal, in one line: a network's words, or an order's number, could carry signs that
 * move the cursor, or turn the direction of writing.
 */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, (sign) => `\\u${hex(sign)}`);
}

function hex(sign: string): string {
  return (sign.codePointAt(0) ?? 0).toString(16).padStart(4, "0");
}
