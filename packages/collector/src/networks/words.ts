/** A text without the secrets and click ids that networks like to repeat in their refusals. */
export function without(text: string, hidden: readonly string[]): string {
  return hidden.filter(Boolean).reduce((rest, value) => rest.replaceAll(value, "…"), text);
}

/** A network's own words, fit to be kept and shown: one short line. */
export function words(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return (line.length > 200 ? `${line.slice(0, 200)}…` : line).toWellFormed();
}
