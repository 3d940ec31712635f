/** What can be kept of a text that a network wrote: PostgreSQL takes no NUL, and no half of a surrogate pair. */
export function keepable(text: string | undefined): string | null {
  return text === undefined ? null : text.toWellFormed().replaceAll("\0", "\ufffd");
}
