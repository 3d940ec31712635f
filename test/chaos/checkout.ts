import { writeSync } from "node:fs";
import type { AddressInfo } from "node:net";
import express from "express";
import { createCollector, type HttpRequest, type PostbackState } from "../../packages/collector/src/index.ts";
import { type AccountSettings, accountsAt, withRequests } from "./accounts.ts";
import { type Clock, timeOf } from "./clock.ts";

/** A store's checkout as a process of its own: `node checkout.ts SETTINGS`. */
export interface CheckoutSettings extends AccountSettings {
  /** Told to the sandbox with every request, to tell the processes apart. */
  readonly name: string;
  readonly ledger: string;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Stands still for so long between the claim of a postback and its request, like a machine that is paused. */
  readonly pauseBeforeSendMs?: number | undefined;
}

/** What it prints: a line for each, when it has happened and not before. */
export type CheckoutLine =
  | { readonly type: "opening" | "sending" }
  | { readonly type: "listening"; readonly port: number }
  /** The end of an attempt is in the ledger. */
  | { readonly type: "settled"; readonly postback: string; readonly state: PostbackState };

const settings = JSON.parse(process.argv[2] ?? "{}") as CheckoutSettings;
const { name, ledger, clock, timeoutMs, pauseBeforeSendMs } = settings;

// Straight to the pipe: what was printed outlives the process, and nothing waits in it to be printed.
function print(line: CheckoutLine): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

function outgoing(request: HttpRequest): HttpRequest {
  if (pauseBeforeSendMs !== undefined) {
    print({ type: "sending" });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseBeforeSendMs);
  }
  return { ...request, headers: { ...request.headers, "x-checkout": name } };
}

print({ type: "opening" });
const collector = createCollector({
  networks: accountsAt(settings).map((network) => withRequests(network, outgoing)),
  ledger,
  now: () => timeOf(clock),
  delivery: { timeoutMs },
  onEvent(event) {
    if ("postback" in event)
      print({
        type: "settled",
        postback: event.postback,
        state: event.type === "postponed" ? "pending" : event.type,
      });
  },
});
collector.start();

const app = express();
app.post("/orders", express.json(), async (request, response) => {
  const status = await collector.report(request, request.body).then(
    () => 200,
    () => 500,
  );
  response.sendStatus(status);
});
const server = app.listen(0, "127.0.0.1", () => {
  print({ type: "listening", port: (server.address() as AddressInfo).port });
});

process.once("SIGTERM", async () => {
  server.closeAllConnections();
  server.close();
  await collector.stop();
  process.exit();
});
// Whoever started it is gone.
process.stdin.resume().once("end", () => process.exit());
