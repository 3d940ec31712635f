/**
 * A network's own words, fit to be kept and shown: one line, short, and without the secrets and click ids that
 * networks like to repeat in their refusals.
 */
export function words(text: string, hidden: readonly string[]): string {
  const shown = hidden.filter(Boolean).reduce((rest, value) => rest.replaceAll(value, "…"), text);
  const line = shown.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
