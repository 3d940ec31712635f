import { parse } from "csv-parse/sync";
import { createLineCounter, delimiterOf } from "../spreadsheet.ts";
import { misread } from "../utf8.ts";
import type { There } from "./compare.ts";

const columnNames = ["orderId", "amount", "status", "currency"] as const;
type ColumnName = (typeof columnNames)[number];
/** Which title of the file is which. */
export type Columns = Readonly<Partial<Record<ColumnName, string>>>;

/** No page says what a report's columns are called: these are guesses, the likelier first, and printed as such. */
const TITLES: Readonly<Record<ColumnName, readonly RegExp[]>> = {
  orderId: [
    /^order[ _-]?(?:id|number|no\.?)$/,
    /^(?:merchant|advertiser|store)[ _-]?order[ _-]?(?:id|number)$/,
    /^adv(?:ertiser)?[ _-]?sub[ _-]?(?:id)?[ _-]?1?$/,
    /^order$/,
  ],
  amount: [
    /^(?:conversion[ _-]?)?sale[ _-]?amount$/,
    /^order[ _-]?(?:amount|total|value|sum)$/,
    /^(?:sale|sales|purchase)[ _-]?(?:amount|value)?$/,
    /^amount$/,
  ],
  status: [/^(?:order|conversion|validation|cashback)[ _-]?status$/, /^status$/],
  currency: [/^(?:order|sale)?[ _-]?currency(?:[ _-]?code)?$/],
};

/** One row of the report. The amount is as it stands there. */
export interface Row extends Pick<There, "status" | "currency"> {
  readonly line: number;
  readonly number: string;
  readonly amount: string;
}

/** The rows of a report and what was taken for which column. Throws where the file has not what is needed. */
export function readReport(text: string, given: Columns): { columns: Columns; rows: Row[] } {
  const parsed = parse(text, {
    bom: true,
    delimiter: delimiterOf(text),
    info: true,
    skip_empty_lines: true,
    relax_column_count: true,
    trim: true,
  }) as unknown as { record: string[]; info: { lines: number } }[];
  const linesOf = createLineCounter();
  const [first, ...records] = parsed.map(({ record, info }) => ({ record, ...linesOf(record, info.lines) }));
  const header = first?.record ?? [];
  const columns = columnsOf(header, given);
  const index = (name: ColumnName) => (columns[name] === undefined ? -1 : header.indexOf(columns[name]));
  const at = {
    number: index("orderId"),
    amount: index("amount"),
    status: index("status"),
    currency: index("currency"),
  };
  const rows = records.flatMap(({ record, line }) => {
    const number = record[at.number] ?? "";
    // A row of totals has none.
    if (number === "") return [];
    const [status, currency] = [record[at.status] || undefined, record[at.currency] || undefined];
    const row = { line, number, amount: record[at.amount] ?? "", status, currency };
    const wrong = misread(Object.values(row).join());
    if (wrong !== undefined) throw new Error(`line ${line} ${wrong}`);
    return [row];
  });
  return { columns, rows };
}

function columnsOf(header: readonly string[], given: Columns): Columns {
  const named = Object.entries(given);
  for (const [name, title] of named)
    if (!header.includes(title))
      throw new Error(`there is no column "${title}" for ${name}: there are ${listed(header)}`);
  const guess = (name: ColumnName) =>
    TITLES[name]
      .map((form) => header.find((title) => form.test(title.trim().toLowerCase())))
      .find((title) => title !== undefined);
  const columns: Columns = Object.fromEntries(
    columnNames.flatMap((name) => {
      const title = given[name] ?? guess(name);
      return title === undefined ? [] : [[name, title]];
    }),
  );
  const missing = (["orderId", "amount"] as const).filter((name) => columns[name] === undefined);
  if (missing.length > 0)
    throw new Error(
      `it is not clear which column is ${missing.join(" and which ")}: name it, as in --columns ${missing.map((name) => `${name}=TITLE`).join(",")}. There are ${listed(header)}`,
    );
  return columns;
}

function listed(header: readonly string[]): string {
  return header.map((title) => `"${title}"`).join(", ") || "none";
}

/** `orderId=Order ID,amount=Sale Amount` as columns. Throws where it says something else. */
export function columnsIn(text: string): Columns {
  return Object.fromEntries(
    text.split(",").map((pair) => {
      const [, name = "", title = ""] = /^\s*(\w+)\s*=\s*(.+?)\s*$/.exec(pair) ?? [];
      if (!columnNames.some((known) => known === name))
        throw new Error(`--columns wants ${columnNames.map((known) => `${known}=TITLE`).join(",")}, not "${pair}"`);
      return [name, title];
    }),
  );
}
