import type { HttpRequest } from "../network.ts";
import { mayTryLater } from "../networks/patience.ts";
import { type LookedUp, lookedUp } from "../networks/retrack.ts";
import { retryAfterSeconds } from "../retry-after.ts";
import type { Sender } from "../send.ts";

export interface Asking {
  readonly sender: Pick<Sender, "send">;
  /** The look-up of a number. */
  readonly request: (number: string) => HttpRequest;
  /** At most so many a second. */
  readonly rate: number;
  readonly now: () => Date;
  /** Waits; rejects where whoever asked gave up. */
  readonly pause: (ms: number) => Promise<void>;
}

/** A network that asks for patience is asked again so often, and waited for so long. */
const MOST_TRIES = 5;
const USUAL_WAIT_SECONDS = 5;
const LONGEST_WAIT_SECONDS = 300;

/** Asks Retrack for one order after the other, never two at once, and never faster than the rate. */
export function createAsking({ sender, request, rate, now, pause }: Asking): (number: string) => Promise<LookedUp> {
  let next = 0;

  async function turn(): Promise<void> {
    // Also where there is nothing to wait for: whoever gave up is heard here.
    await pause(Math.max(0, next - +now()));
    next = Math.max(+now(), next) + 1000 / rate;
  }

  return async function ask(number) {
    let reason = "";
    for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
      await turn();
      const sent = await sender.send(request(number));
      if (sent.kind !== "answered") return { kind: "unanswered", reason: sent.reason };
      const { response } = sent;
      if (!mayTryLater(response.status)) return lookedUp(response, number);
      reason = `HTTP ${response.status}, ${tries} times`;
      const seconds = retryAfterSeconds(response.headers["retry-after"], now()) ?? USUAL_WAIT_SECONDS;
      if (tries < MOST_TRIES) await pause(Math.min(seconds, LONGEST_WAIT_SECONDS) * 1000);
    }
    return { kind: "unanswered", reason };
  };
}
