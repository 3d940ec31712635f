import type { Item } from "./item.ts";

/** A number that is there more than once. */
export interface Several {
  /** Where each begins. */
  readonly lines: readonly number[];
  /** Whether each says the same, so that the first one is all of them. */
  readonly isRepeated: boolean;
}

/** How many orders there are, and the numbers that come back after others: which of their rows belong together? */
export async function survey(
  items: AsyncGenerator<Item>,
): Promise<{ total: number; several: ReadonlyMap<string, Several> }> {
  const seen = new Map<string, Pick<Item, "line" | "content">>();
  const several = new Map<string, Several>();
  let total = 0;
  for await (const { number, line, content } of items) {
    total += 1;
    if (number === undefined || number === "") continue;
    const first = seen.get(number);
    if (first === undefined) {
      seen.set(number, { line, content });
      continue;
    }
    const { lines, isRepeated } = several.get(number) ?? { lines: [first.line], isRepeated: true };
    const isSame = content !== undefined && content === first.content;
    several.set(number, { lines: [...lines, line], isRepeated: isRepeated && isSame });
  }
  return { total, several };
}
