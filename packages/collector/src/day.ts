/** A day in milliseconds, which lifetimes and horizons are counted in. */
export const DAY = 86_400_000;

/** The day of a time, counted from 1970 in UTC. */
export function dayAt(time: number): number {
  return Math.floor(time / DAY);
}
