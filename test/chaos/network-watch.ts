import type { Fault, ReceivedRequest, Sandbox } from "../../packages/collector/src/sandbox/sandbox.ts";
import { postbackIdOf } from "./postback-id.ts";
import type { RunningCheckout } from "./running-checkout.ts";

/** What the sandbox sees of each checkout: which of its requests have come, and have not ended in the ledger yet. */
export interface NetworkWatch {
  /** Hears of each request as it has come and nothing was recorded or answered yet. */
  onRequest(listener: (from: string, request: ReceivedRequest) => void): void;
  /** The postbacks whose request came from this checkout and whose end it has not told, each with its last request. */
  open(checkout: string): ReadonlyMap<string, ReceivedRequest>;
  /** Listens to what this checkout tells. */
  follow(checkout: RunningCheckout): void;
}

/** Puts a choice of faults in force at both networks, and watches the requests. */
export function watchNetworks(
  sandbox: Sandbox,
  choice: (request: ReceivedRequest) => Fault | null,
  delayMs: number,
): NetworkWatch {
  const listeners: ((from: string, request: ReceivedRequest) => void)[] = [];
  const open = new Map<string, Map<string, ReceivedRequest>>();
  const openOf = (checkout: string) => {
    const known = open.get(checkout) ?? new Map<string, ReceivedRequest>();
    open.set(checkout, known);
    return known;
  };

  function choose(request: ReceivedRequest): Fault | null {
    const from = String(request.headers["x-checkout"]);
    openOf(from).set(postbackIdOf(request), request);
    const fault = choice(request);
    for (const listener of listeners) listener(from, request);
    return fault;
  }

  sandbox.fault("retrack", choose, { delayMs });
  sandbox.fault("shopback", choose, { delayMs });
  return {
    onRequest: (listener) => void listeners.push(listener),
    open: openOf,
    follow: (checkout) =>
      checkout.onLine((line) => {
        if (line.type === "settled") openOf(checkout.name).delete(line.postback);
      }),
  };
}
