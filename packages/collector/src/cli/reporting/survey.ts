import type { Item } from "./item.ts";

/** How many orders there are, and the numbers that come back after others: which of their rows belong together? */
export async function survey(
  items: AsyncGenerator<Item>,
): Promise<{ total: number; scattered: Map<string, number[]> }> {
  const seen = new Map<string, number>();
  const scattered = new Map<string, number[]>();
  let total = 0;
  for await (const { number, line } of items) {
    total += 1;
    if (number === undefined || number === "") continue;
    const first = seen.get(number);
    if (first === undefined) seen.set(number, line);
    else scattered.set(number, [...(scattered.get(number) ?? [first]), line]);
  }
  return { total, scattered };
}
