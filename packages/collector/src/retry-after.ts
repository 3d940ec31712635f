/** The seconds a `Retry-After` header asks for, as a number or a date; undefined where it asks for nothing readable. */
export function retryAfterSeconds(header: string | string[] | undefined, now: Date): number | undefined {
  const text = (Array.isArray(header) ? header[0] : header)?.trim();
  if (!text) return;
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : (timeOf(text) - +now) / 1000;
  return seconds > 0 ? seconds : undefined;
}

/** Every form of an HTTP date is in GMT, also the one that does not say so: https://www.rfc-editor.org/rfc/rfc9110#name-date-time-formats */
function timeOf(text: string): number {
  if (!/^[a-z]{3,9},? .*\d\d:\d\d:\d\d/i.test(text)) return Number.NaN;
  return Date.parse(/ GMT$/i.test(text) ? text : `${text} GMT`);
}
