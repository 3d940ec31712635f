/** As a shell takes it for one word: an order's number may have spaces or worse. */
export function quoted(text: string): string {
  return /^[\w./:@%+][\w./:@%+=-]*$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
