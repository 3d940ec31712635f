import type { Fault, ReceivedRequest } from "../../packages/collector/src/sandbox/sandbox.ts";
import { postbackIdOf } from "./postback-id.ts";
import { seeded } from "./seeded.ts";

/** How many of a hundred requests each fault strikes. */
export type Shares = Partial<Record<Fault, number>>;

/** What strikes networks while something else goes wrong. */
export const badDay: Shares = {
  reset: 4,
  "accept-then-drop": 6,
  cut: 2,
  "500": 3,
  "500-after-accept": 4,
  "502-html": 1,
  "429": 3,
  late: 4,
  hang: 1,
};

/** A postback's requests from this one on are answered well, so that every postback comes to an end. */
const MOST_STRUCK = 6;

/**
 * Chooses a fault, or none, for each request: by the seed, the postback and how many requests of it came before, so
 * that the same seed strikes the same postback in the same way, in whatever order requests come.
 */
export function mixture(seed: number, shares: Shares): (request: ReceivedRequest) => Fault | null {
  const earlier = new Map<string, number>();
  const entries = Object.entries(shares) as [Fault, number][];
  return (request) => {
    const id = postbackIdOf(request);
    const count = earlier.get(id) ?? 0;
    earlier.set(id, count + 1);
    if (count >= MOST_STRUCK) return null;
    let left = 100 * seeded(seed ^ hashOf(`${id} ${count}`))();
    for (const [fault, share] of entries) {
      left -= share;
      if (left < 0) return fault;
    }
    return null;
  };
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return hash;
}
