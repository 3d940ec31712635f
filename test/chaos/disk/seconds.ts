/** Seconds since a moment of `performance.now()`, to a tenth. */
export function secondsSince(begun: number): number {
  return Math.round((performance.now() - begun) / 100) / 10;
}
