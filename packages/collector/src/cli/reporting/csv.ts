import { createReadStream } from "node:fs";
import { type CsvError, parse } from "csv-parse";
import type { Issue } from "../../error.ts";
import { createLineCounter, delimiterOf } from "../../spreadsheet.ts";
import { misread } from "../../utf8.ts";
import { Failure } from "../failure.ts";
import { nearest } from "../nearest.ts";
import { type Item, itemOf, type Reading } from "./item.ts";

const required = ["number", "currency", "placedAt", "sku", "name", "quantity", "net", "vat"] as const;
const optional = [
  "market",
  "network",
  "clickId",
  "clickAt",
  "category",
  "event",
  "discountNet",
  "discountVat",
] as const;
const columns = [...required, ...optional];
type Column = (typeof columns)[number];

/** What is said once for an order: on its first row, and on the others the same or nothing. */
const once: readonly Column[] = [
  "currency",
  "placedAt",
  "market",
  "network",
  "clickId",
  "clickAt",
  "discountNet",
  "discountVat",
];

interface Row {
  readonly line: number;
  readonly lastLine: number;
  readonly cells: Readonly<Partial<Record<Column, string>>>;
  readonly issues: readonly Issue[];
}

/** The orders in a CSV file: a row for each line of an order, and rows of one number that follow one another are one. */
export async function* csvOrders(path: string, reading: Reading): AsyncGenerator<Item> {
  let rows: Row[] = [];
  for await (const row of rowsOf(path)) {
    if (rows.length > 0 && row.cells.number !== rows[0]?.cells.number) {
      yield orderOf(rows, reading);
      rows = [];
    }
    rows.push(row);
  }
  if (rows.length > 0) yield orderOf(rows, reading);
}

async function* rowsOf(path: string): AsyncGenerator<Row> {
  const parser = createReadStream(path).pipe(
    parse({
      bom: true,
      delimiter: delimiterOf(await beginningOf(path)),
      info: true,
      trim: true,
      relax_column_count: true,
      skip_empty_lines: true,
      // What spreadsheets leave behind at the end.
      skip_records_with_empty_values: true,
    }),
  );
  let header: Column[] | undefined;
  const linesOf = createLineCounter();
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      const lines = linesOf(record, info.lines);
      if (header) yield rowOf(record, header, lines);
      else header = headerOf(record);
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    const { lines, message } = error as CsvError & { lines?: number };
    throw new Failure(2, `${path}${lines === undefined ? "" : `, line ${lines}`}: ${message}`, { cause: error });
  }
  if (!header)
    throw new Failure(2, `${path} is empty: a first line with the columns' names is wanted: ${columns.join(",")}`);
}

async function beginningOf(path: string): Promise<string> {
  let text = "";
  for await (const chunk of createReadStream(path, { encoding: "utf8", end: 4095 })) text += chunk;
  return text;
}

function headerOf(record: readonly string[]): Column[] {
  const unknown = record.filter((name) => !columns.includes(name as Column));
  const missing = required.filter((name) => !record.includes(name));
  const twice = record.filter((name, index) => record.indexOf(name) !== index);
  const problems = [
    ...unknown.map((name) => {
      const meant = nearest(name, columns);
      return `${name || "a column without a name"} is not known${meant === undefined ? "" : `: did you mean ${meant}?`}`;
    }),
    ...missing.map((name) => `${name} is missing`),
    ...twice.map((name) => `${name} is there twice`),
  ];
  if (problems.length === 0) return record as Column[];
  throw new Failure(
    2,
    ["The columns, in the first line:", ...problems.map((one) => `  ${one}`), `Known are ${columns.join(", ")}.`].join(
      "\n",
    ),
  );
}

function rowOf(record: readonly string[], header: readonly Column[], lines: Pick<Row, "line" | "lastLine">): Row {
  const cells = Object.fromEntries(header.map((name, index) => [name, record[index] ?? ""] as const));
  const isWhole = record.length === header.length;
  const wrong = [
    misread(record.join()),
    isWhole ? undefined : `has ${record.length} cells, and the first line ${header.length}`,
  ];
  const path = `line ${lines.line}`;
  return { ...lines, cells, issues: wrong.flatMap((message) => (message === undefined ? [] : [{ path, message }])) };
}

function orderOf(rows: readonly Row[], reading: Reading): Item {
  const [first, ...others] = rows as [Row, ...Row[]];
  const lines = { line: first.line, lastLine: rows.at(-1)?.lastLine ?? first.lastLine };
  const contradictions = others.flatMap(({ cells, line }) =>
    once
      .filter((name) => cells[name] && cells[name] !== first.cells[name])
      .map((name) => ({
        path: `line ${line}, ${name}`,
        message: `is another than the order's first row says, on line ${first.line}`,
      })),
  );
  const broken = [...rows.flatMap(({ issues }) => issues), ...contradictions];
  const item = itemOf(bodyOf(rows, first.cells), lines, reading);
  if (broken.length > 0) return { ...lines, number: item.number, issues: broken };
  return { ...item, issues: item.issues.map(({ path, message }) => ({ path: placeOf(path, rows), message })) };
}

function bodyOf(rows: readonly Row[], head: Row["cells"]): unknown {
  const { number, currency, placedAt, market, network, clickId, clickAt, discountNet, discountVat } = head;
  const hasClick = Boolean(network || clickId || clickAt);
  return {
    order: {
      number,
      currency,
      ...filled({ placedAt, market }),
      lines: rows.map(({ cells: { sku, name, quantity, net, vat, category, event } }) => ({
        sku,
        name,
        quantity: numeric(quantity),
        net: numeric(net),
        vat: numeric(vat),
        ...filled({ category, event }),
      })),
      ...(discountNet || discountVat ? { discount: { net: numeric(discountNet), vat: numeric(discountVat) } } : {}),
    },
    clicks: hasClick ? [{ network, id: clickId, at: clickAt }] : [],
  };
}

function filled(cells: Partial<Record<string, string | undefined>>): Partial<Record<string, string>> {
  return Object.fromEntries(Object.entries(cells).filter((cell): cell is [string, string] => Boolean(cell[1])));
}

/**
 * What is no whole number stays a text, which the order's own rules then refuse in their words. `100.00` is none: whoever
 * writes it means 100 major units, and as a number it would be 100 minor ones.
 */
function numeric(cell = ""): number | string {
  return /^-?\d+$/.test(cell) ? Number(cell) : cell;
}

const cellsOf: Readonly<Record<string, string>> = {
  "clicks.0.network": "network",
  "clicks.0.id": "clickId",
  "clicks.0.at": "clickAt",
  "order.discount.net": "discountNet",
  "order.discount.vat": "discountVat",
};

/** Where in the file a problem is: the line and the column. */
function placeOf(path: string, rows: readonly Row[]): string {
  const [, index, column] = /^order\.lines\.(\d+)\.(\w+)$/.exec(path) ?? [];
  if (index !== undefined) return `line ${rows[Number(index)]?.line}, ${column}`;
  return `line ${rows[0]?.line}, ${cellsOf[path] ?? path.replace(/^order\./, "")}`;
}
