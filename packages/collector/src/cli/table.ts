export interface Column {
  readonly title: string;
  /** Numbers are read from the right. */
  readonly right?: boolean;
  /** May be cut to fit, for it can be read in full elsewhere. All others are never cut. */
  readonly cut?: boolean;
}

/** A cell, and where it is styled, by what: the style adds no width. */
export type Cell = string | { readonly text: string; readonly style: (text: string) => string };

const GAP = "  ";
const NARROWEST = 8;

/**
 * Rows under their titles, no wider than `width`: what may be cut is, and where that is not enough, each row becomes a
 * list of its own, uncut. A column that is empty in every row is left out.
 */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[], width: number): string {
  const filled = columns.map((_, index) => rows.some((row) => textOf(row[index]) !== ""));
  const kept = <Value>(cells: readonly Value[]) => cells.filter((_, index) => filled[index]);
  return fitted(kept(columns), rows.map(kept), width);
}

function fitted(columns: readonly Column[], rows: readonly (readonly Cell[])[], width: number): string {
  const widths = columns.map((column, index) =>
    Math.max(widthOf(column.title), ...rows.map((row) => widthOf(textOf(row[index])))),
  );
  let excess = widths.reduce((sum, one) => sum + one, 0) + GAP.length * (columns.length - 1) - width;
  while (excess > 0) {
    const widest = Math.max(...widths.filter((one, index) => columns[index]?.cut && one > NARROWEST));
    if (!Number.isFinite(widest)) return lists(columns, rows);
    const index = widths.findIndex((one, at) => columns[at]?.cut && one === widest);
    widths[index] = widest - 1;
    excess -= 1;
  }
  const line = (cells: readonly Cell[]) =>
    columns
      .map(({ right }, index) => {
        const most = widths[index] ?? 0;
        const text = shortened(textOf(cells[index]), most);
        const space = " ".repeat(most - widthOf(text));
        return right ? space + styledAs(cells[index], text) : styledAs(cells[index], text) + space;
      })
      .join(GAP)
      .trimEnd();
  return [columns.map(({ title }) => title), ...rows].map(line).join("\n");
}

function lists(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
  const longest = Math.max(...columns.map(({ title }) => widthOf(title)));
  return rows
    .map((row) =>
      columns
        .map(({ title }, index) => ({ title, cell: row[index] }))
        .filter(({ cell }) => textOf(cell) !== "")
        .map(({ title, cell }) => `${title.padEnd(longest)}${GAP}${styledAs(cell, textOf(cell))}`)
        .join("\n"),
    )
    .join("\n\n");
}

function textOf(cell: Cell | undefined): string {
  return typeof cell === "object" ? cell.text : (cell ?? "");
}

function styledAs(cell: Cell | undefined, text: string): string {
  return typeof cell === "object" ? cell.style(text) : text;
}

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
const isWide =
  /^[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u;

/** How many columns of a terminal a text takes. */
function widthOf(text: string): number {
  // Most are plain, and a segmenter is slow.
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  return [...graphemes.segment(text)].reduce((sum, { segment }) => sum + (isWide.test(segment) ? 2 : 1), 0);
}

function shortened(text: string, most: number): string {
  if (widthOf(text) <= most) return text;
  let kept = "";
  for (const { segment } of graphemes.segment(text)) {
    if (widthOf(kept + segment) > most - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}
