/** What is wrong with a text that was read as UTF-8 and is none; undefined where nothing is. */
export function misread(text: string): string | undefined {
  return text.includes("\ufffd") ? "has bytes that are no UTF-8: save the file as UTF-8" : undefined;
}
