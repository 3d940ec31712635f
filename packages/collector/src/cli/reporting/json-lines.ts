import { hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { misread } from "../../utf8.ts";
import { type Item, itemOf, type Reading } from "./item.ts";

/** The orders in a file with a JSON object a line. */
export async function* jsonLines(path: string, reading: Reading): AsyncGenerator<Item> {
  let line = 0;
  for await (const text of linesOf(path)) {
    line += 1;
    if (text.trim() === "") continue;
    const lines = { line, lastLine: line };
    const wrong = misread(text);
    if (wrong !== undefined) yield { ...lines, issues: [{ path: "", message: wrong }] };
    else yield read(text, lines, reading);
  }
}

function read(text: string, lines: Pick<Item, "line" | "lastLine">, reading: Reading): Item {
  let value: unknown;
  try {
    // Trimmed for the byte order mark some editors begin a file with.
    value = JSON.parse(text.trim());
  } catch (error) {
    return { ...lines, issues: [{ path: "", message: `is no JSON: ${(error as Error).message}` }] };
  }
  const item = itemOf(value, lines, reading);
  return { ...item, content: contentOf(item.order ?? value) };
}

/** As for the ledger, not by the order's time: where a store has none of its own, that is when it was reported. */
function contentOf(said: unknown): string {
  return hash(
    "sha256",
    JSON.stringify(said, (name, value) => (name === "placedAt" ? undefined : value)),
    "base64",
  );
}

// Not by node:readline: it ends a line at U+2028 too, which may stand in a JSON text.
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of createReadStream(path, "utf8")) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
