/** A question that costs something, asked once for several who want to know. */
export interface SharedAnswer<Value> {
  /** What is so now, or was moments ago. Who asks while somebody else does shares the answer; a failure is not kept. */
  get(): Promise<Value>;
  /** Lets the next one ask anew: something was changed. */
  drop(): void;
}

export function sharedAnswer<Value>(keptMs: number, now: () => Date, ask: () => Promise<Value>): SharedAnswer<Value> {
  let found: { answer: Promise<Value>; atMs: number | undefined } | undefined;

  return {
    get() {
      // A clock that was set back must not keep an answer for ever.
      const isFresh = found && (found.atMs === undefined || Math.abs(+now() - found.atMs) < keptMs);
      if (found && isFresh) return found.answer;
      const asked = { answer: ask(), atMs: undefined as number | undefined };
      found = asked;
      asked.answer.then(
        () => {
          asked.atMs = +now();
        },
        () => {
          if (found === asked) found = undefined;
        },
      );
      return asked.answer;
    },
    drop() {
      found = undefined;
    },
  };
}
