import { writeSync } from "node:fs";
import type { AddressInfo } from "node:net";
import express from "express";
import {
  type CollectorOptions,
  createCollector,
  type HttpRequest,
  type PostbackState,
} from "../../packages/collector/src/index.ts";
import { type AccountSettings, accountsAt, withRequests } from "./accounts.ts";
import { type Clock, timeOf } from "./clock.ts";
import type { Keeping } from "./ledger-engine.ts";
import { type Manner, taking } from "./order-taking.ts";
import { shiftClock } from "./shifted-clock.ts";

/** A store's checkout as a process of its own: `node checkout.ts SETTINGS`. */
export interface CheckoutSettings extends AccountSettings, Keeping {
  /** Told to the sandbox with every request, to tell the processes apart. */
  readonly name: string;
  /** Without it the collector is told no clock, as in earnest. */
  readonly clock?: Clock;
  /** How far ahead of all others the system's clock is that the whole process reads. */
  readonly aheadMs?: number;
  readonly timeoutMs: number;
  readonly retry?: NonNullable<CollectorOptions["delivery"]>["retry"];
  /** Stands still for so long between the claim of a postback and its request, like a machine that is paused. */
  readonly pauseBeforeSendMs?: number | undefined;
  /** How orders are taken, where it is not with `report` alone. */
  readonly manner?: Manner;
}

/** What it prints: a line for each, when it has happened and not before. */
export type CheckoutLine =
  | { readonly type: "opening" | "sending" | "journaled" }
  | { readonly type: "listening"; readonly port: number }
  /** In the store's own transaction an order is reported; the transaction has ended. */
  | { readonly type: "reported" | "committed" | "rolled-back"; readonly number: string }
  /** The end of an attempt is in the ledger. */
  | { readonly type: "settled"; readonly postback: string; readonly state: PostbackState };

const settings = JSON.parse(process.argv[2] ?? "{}") as CheckoutSettings;
const { name, ledger, journal, clock, aheadMs, timeoutMs, retry, pauseBeforeSendMs, manner } = settings;
if (aheadMs !== undefined) shiftClock(aheadMs);

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
  journal,
  ...(clock ? { now: () => timeOf(clock) } : {}),
  delivery: { timeoutMs, ...(retry ? { retry } : {}) },
  onEvent(event) {
    if (event.type === "journaled") print({ type: "journaled" });
    if ("postback" in event)
      print({
        type: "settled",
        postback: event.postback,
        state: event.type === "postponed" ? "pending" : event.type,
      });
  },
});
collector.start();

const take = taking(manner, collector, ledger, print);
const app = express();
app.post("/orders", express.json(), async (request, response) => {
  const status = await take(request).catch(() => 500);
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
