/** A day in milliseconds, which lifetimes and horizons are counted in. */
export const DAY = 86_400_000;
