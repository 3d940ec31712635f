import type { Row } from "./row.ts";

/** The rows as a table in Markdown. */
export function tableOf(rows: readonly Row[]): string {
  const heads = ["scenario", "kills", "orders", "lost", "twice", "held", "holds", "seconds", "note"];
  const lines = rows.map(({ name, control, kills, orders, lost, twice, held, holds, seconds, note }) => [
    control ? `*control:* ${name}` : name,
    kills,
    orders,
    lost,
    twice,
    held,
    verdict(control, holds),
    seconds,
    note,
  ]);
  return [heads, heads.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function verdict(control: boolean, holds: boolean): string {
  if (control) return holds ? "fails, as it must" : "**does not fail**";
  return holds ? "yes" : "**no**";
}
