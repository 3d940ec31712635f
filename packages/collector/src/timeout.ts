/** More than a ledger that is only busy takes, and less than a scrape waits by itself, which is ten seconds. */
const PATIENCE_MS = 5000;

/** As it settles, or a rejection after five seconds. */
export function withTimeout<Value>(promise: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE_MS} ms`)), PATIENCE_MS);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
