/** The seconds a `Retry-After` header asks for, as a number or a date; undefined where it asks for nothing readable. */
export function retryAfterSeconds(header: string | string[] | undefined, now: Date): number | undefined {
  const text = (Array.isArray(header) ? header[0] : header)?.trim();
  if (!text) return;
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : (Date.parse(text) - +now) / 1000;
  return seconds > 0 ? seconds : undefined;
}
