/** A clock that all processes of a scenario read alike, and that runs faster than the real one. */
export interface Clock {
  /** Its time at `since`. */
  readonly from: number;
  /** The real time it started at. */
  readonly since: number;
  /** How many times as fast it runs: at 100, the minute in which a doubt settles passes in 0.6 seconds. */
  readonly speed: number;
}

/** A clock that starts now. */
export function startClock(speed: number): Clock {
  return { from: Date.parse("2026-05-10T12:00:00Z"), since: Date.now(), speed };
}

/** Its time, or a time so many milliseconds of it ahead. */
export function timeOf({ from, since, speed }: Clock, ahead = 0): Date {
  return new Date(Math.round(from + (Date.now() - since) * speed + ahead));
}
