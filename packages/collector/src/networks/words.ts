/** A text without the secrets and click ids that networks like to repeat in their refusals. */
export function withoutSecrets(text: string, hidden: readonly string[]): string {
  const patterns = hidden.filter(Boolean).map((value) => new RegExp(value.replace(/[^\w]/g, "\\$&"), "gi"));
  return patterns.reduce((rest, pattern) => rest.replace(pattern, "…"), text);
}

// Dotted quads, and groups of hexadecimal digits with at least two colons.
const ADDRESS = /\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<![\w:])(?=[\da-f:]*:[\da-f]*:)[\da-f:]{3,39}(?![\w:])/gi;

/** A network's own words, fit to be kept and shown: one short line, without anybody's IP address. */
export function shortWords(text: string): string {
  const line = text
    .replace(ADDRESS, "…")
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim();
  return (line.length > 200 ? `${line.slice(0, 200)}…` : line).toWellFormed();
}

/** Why a person must decide where a call was refused that had been sent before, with an unknown end. */
export function ofRepeated(reason: string): string {
  return `the repeated call was refused, which says nothing of the first one: ${reason}`;
}
