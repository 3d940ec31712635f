/** One figure, measured some times: beside that of a peer, taken in turn with it in the same run, or alone. */
export interface Measured {
  readonly what: string;
  readonly unit: "/s" | "ms" | "MB";
  readonly ours: readonly number[];
  readonly peer?: { readonly name: string; readonly figures: readonly number[] };
  /** What the ratio to the peer must hold, or where there is no peer, the figure itself. */
  readonly bar?: { readonly atLeast: number } | { readonly atMost: number };
}

type Turns = Readonly<Record<string, () => Promise<unknown>>>;

/**
 * Runs each in turn, so many rounds after one that warms up, so that a machine whose speed drifts favours none.
 * Answers what each answered, round by round.
 */
export async function inTurn<Tasks extends Turns>(
  rounds: number,
  tasks: Tasks,
): Promise<{ [Name in keyof Tasks]: Awaited<ReturnType<Tasks[Name]>>[] }> {
  const answers = Object.entries(tasks).map(([name, task]) => ({ name, task, taken: [] as unknown[] }));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { task, taken } of answers) {
      const answer = await task();
      if (round > 0) taken.push(answer);
    }
  }
  return Object.fromEntries(answers.map(({ name, taken }) => [name, taken])) as never;
}

/** Things per second: runs `task` as often as told, so many at once. */
export async function rateOf(
  times: number,
  concurrency: number,
  task: (index: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const started = performance.now();
  const worker = async () => {
    while (next < times) await task(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return times / ((performance.now() - started) / 1000);
}

/** How many milliseconds it takes until `task` has ended. */
export async function durationOf(task: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await task();
  return performance.now() - started;
}

export function median(figures: readonly number[]): number {
  return percentile(figures, 0.5);
}

/** The smallest of the figures that is not less than this share of them. */
export function percentile(figures: readonly number[], share: number): number {
  return figures.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(figures.length * share) - 1)] ?? Number.NaN;
}

/** The median of the rounds' ratios: what slows the machine down for a round slows down both. */
export function ratioOf({ ours, peer }: Measured): number | undefined {
  return peer && median(ours.map((figure, round) => figure / (peer.figures[round] as number)));
}

/** Whether the bar holds, where there is one. */
export function holds(measured: Measured): boolean | undefined {
  const { ours, bar } = measured;
  if (!bar) return undefined;
  const figure = ratioOf(measured) ?? median(ours);
  return "atLeast" in bar ? figure >= bar.atLeast : figure <= bar.atMost;
}
