/** What spreadsheets make of CSV: separators, and cells of several lines. */

/** What separates the cells: spreadsheets write what their country writes. Told by the titles, in the first line. */
export function delimiterOf(text: string): string {
  const titles = (/^[^\r\n]*/.exec(text)?.[0] ?? "").replace(/"[^"]*"/g, "");
  const many = (sign: string) => titles.split(sign).length;
  return [",", ";", "\t"].reduce((most, sign) => (many(sign) > many(most) ? sign : most));
}

/** Answers on which lines of the file a record stands, asked for each in turn with the line count that csv-parse has. */
export function createLineCounter(): (record: readonly string[], lines: number) => { line: number; lastLine: number } {
  let excess = 0;
  return (record, lines) => {
    const breaks = record.join(" ").match(/\r\n|\r|\n/g) ?? [];
    // Within a cell it counts these as two lines.
    excess += breaks.filter((sign) => sign === "\r\n").length;
    const lastLine = lines - excess;
    return { line: lastLine - breaks.length, lastLine };
  };
}
