import type { DOMWindow } from "jsdom";

interface Timer {
  readonly id: number;
  readonly at: number;
  readonly run: () => void;
  /** For an interval: its length. */
  readonly every?: number;
}

/** Replaces a page's timers. What is returned lets that many milliseconds pass, and runs what falls due in them. */
export function stubTimers(window: DOMWindow): (milliseconds: number) => void {
  let now = 0;
  let made = 0;
  let timers: Timer[] = [];
  const add = (run: () => void, wait: number, every?: number) => {
    made += 1;
    timers.push({ id: made, at: now + wait, run, ...(every && { every }) });
    return made;
  };
  const clear = (id: number) => {
    timers = timers.filter((timer) => timer.id !== id);
  };
  Object.assign(window, {
    setTimeout: (run: () => void, wait = 0) => add(run, wait),
    setInterval: (run: () => void, wait: number) => add(run, wait, wait),
    clearTimeout: clear,
    clearInterval: clear,
  });
  return (milliseconds) => {
    const end = now + milliseconds;
    for (;;) {
      const [due] = timers.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
      if (!due) break;
      now = due.at;
      if (due.every) timers = timers.map((timer) => (timer === due ? { ...due, at: now + (due.every ?? 0) } : timer));
      else clear(due.id);
      due.run();
    }
    now = end;
  };
}
