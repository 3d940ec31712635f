/** Rates per second of ours and of a bare peer, in pairs from the same run. */
export interface Measured {
  what: string;
  ours: number[];
  peer: number[];
  peerName: string;
  /** The ratio to hold. */
  bar: number;
}

const ROUNDS = 5;

/** Runs both in turn, after a round that warms up, so that a machine whose speed drifts does not favour one. */
export async function inTurn(
  names: Pick<Measured, "what" | "peerName" | "bar">,
  ours: () => Promise<number>,
  peer: () => Promise<number>,
): Promise<Measured> {
  const measured: Measured = { ...names, ours: [], peer: [] };
  await ours();
  await peer();
  for (let round = 0; round < ROUNDS; round += 1) {
    measured.ours.push(await ours());
    measured.peer.push(await peer());
  }
  return measured;
}

/** Things per second: runs `task` as often as told, so many at once. */
export async function rateOf(times: number, concurrency: number, task: (index: number) => Promise<unknown>) {
  let next = 0;
  const started = performance.now();
  const worker = async () => {
    while (next < times) await task(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return times / ((performance.now() - started) / 1000);
}

export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;
}
