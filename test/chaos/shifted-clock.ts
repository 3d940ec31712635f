/** Sets the clock of this process so far ahead: what it reads with `Date` from now on. */
export function shiftClock(aheadMs: number): void {
  const RealDate = Date;
  const now = () => RealDate.now() + aheadMs;
  globalThis.Date = new Proxy(RealDate, {
    construct: (_, given, made) => Reflect.construct(RealDate, given.length === 0 ? [now()] : given, made),
    get: (real, property) => (property === "now" ? now : Reflect.get(real, property)),
  });
}
