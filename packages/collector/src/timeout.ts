/** More than a ledger that is only busy takes, and less than a scrape waits by itself, which is ten seconds. */
const PATIENCE_MS = 5000;

/** As it settles, or a rejection after so long: five seconds unless said otherwise. */
export function withTimeout<Value>(promise: Promise<Value>, what = "no answer", ms = PATIENCE_MS): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what} within ${ms} ms`)), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
