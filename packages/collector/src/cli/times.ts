import { DAY } from "../day.ts";
import { Failure } from "./failure.ts";

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: DAY, w: 7 * DAY };

/** A time as it is given on the command line: how long ago (`3d`), a day or a time here (`2026-11-22`), or one with its offset. */
export function timeOf(option: string, text: string, now: Date): Date {
  const [, count, unit] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return new Date(+now - Number(count) * (units[unit] ?? 0));
  const isTime = /^(\d{4}-\d\d-\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/.exec(text);
  // A day alone would be read as UTC's; whoever sits here means the one here. The platform rolls the 31st of April over.
  const time = new Date(text.length === 10 ? `${text}T00:00` : text);
  if (isTime && !Number.isNaN(+time) && !Number.isNaN(+new Date(isTime[1] as string)) && isDay(isTime[1] as string))
    return time;
  throw new Failure(
    2,
    `--${option} wants a time, like 2026-11-22, 2026-11-22T10:15:00Z, 3d, 12h or 30m, not "${text}".`,
  );
}

function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return day.toISOString().startsWith(text);
}

/** A time as it stands in tables and stories, in this machine's time zone: `2026-11-22 10:15:03`. */
export function shownTime(at: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** As in a list, where the seconds only take room. */
export function shownMinute(at: Date): string {
  return shownTime(at).slice(0, -":00".length);
}
