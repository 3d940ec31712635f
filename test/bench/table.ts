import { holds, type Measured, median, ratioOf } from "./measured.ts";

const heads = ["what", "ours", "peer", "", "ratio", "bar", "holds"];

/** The figures as a table in Markdown, as wide as a terminal shows them. */
export function tableOf(measured: readonly Measured[]): string {
  const lines = measured.map((one) => {
    const { what, unit, ours, peer, bar } = one;
    const ratio = ratioOf(one);
    return [
      what,
      figure(median(ours), unit),
      peer?.name ?? "",
      peer ? figure(median(peer.figures), unit) : "",
      ratio?.toFixed(2) ?? "",
      barOf(bar, peer ? "" : unit),
      { true: "yes", false: "**no**", undefined: "" }[String(holds(one)) as "true"],
    ];
  });
  const widths = heads.map((head, column) =>
    Math.max(3, ...[head, ...lines.map((line) => line[column] ?? "")].map((cell) => cell.length)),
  );
  const padded = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [padded(heads), padded(widths.map((width) => "-".repeat(width))), ...lines.map(padded)].join("\n");
}

function barOf(bar: Measured["bar"], unit: string): string {
  if (!bar) return "";
  const text = "atLeast" in bar ? `≥ ${bar.atLeast}` : `≤ ${bar.atMost}`;
  return unit ? `${text} ${unit}` : text;
}

function figure(value: number, unit: Measured["unit"]): string {
  if (unit === "/s") return `${Math.round(value).toLocaleString("en")}/s`;
  return `${value.toFixed(value < 100 ? 1 : 0)} ${unit}`;
}
