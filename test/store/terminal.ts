import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Text in colour where standard output is a terminal that wants it: `NO_COLOR` and its like are honoured. */
export function coloured(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout, validateStream: true });
}

/** Rows in columns as wide as they need to be. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (most, row) => row.map((cell, column) => Math.max(most[column] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("   ")
      .trimEnd(),
  );
}
