import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Agent, request } from "undici";
import type { CheckoutLine, CheckoutSettings } from "./checkout.ts";
import { orderOf, type Placed } from "./order.ts";

/** A checkout that runs as a process of its own. */
export interface RunningCheckout {
  readonly name: string;
  /** Resolves when it is about to open its ledger. */
  readonly opening: Promise<void>;
  /** Resolves when it takes orders. */
  readonly listening: Promise<void>;
  readonly isListening: boolean;
  /** Hears of each attempt whose end is in the ledger, and of requests about to leave where it pauses before them. */
  onLine(listener: (line: CheckoutLine) => void): void;
  /** Answers whether the order was acknowledged. One that was not may or may not exist. */
  order(placed: Placed, click: string): Promise<boolean>;
  /** Sends a signal, and for those that end the process resolves once it is gone and all it printed is read. */
  signal(name: "SIGKILL" | "SIGTERM" | "SIGSTOP" | "SIGCONT"): Promise<void>;
}

const script = fileURLToPath(new URL("./checkout.ts", import.meta.url));
const compiled = fileURLToPath(new URL("../../node_modules/.cache/chaos", import.meta.url));

/** A checkout that answers no sooner is as good as gone. */
const ORDER_TIMEOUT_MS = 10_000;

export function startCheckout(settings: CheckoutSettings): RunningCheckout {
  const child = spawn(process.execPath, [script, JSON.stringify(settings)], {
    stdio: ["pipe", "pipe", "inherit"],
    // Hundreds start, and half of what a start takes is reading TypeScript.
    env: { ...process.env, NODE_COMPILE_CACHE: compiled },
  });
  const lines = createInterface({ input: child.stdout });
  const ended = Promise.all([once(child, "exit"), once(lines, "close")]);
  const listeners: ((line: CheckoutLine) => void)[] = [];
  const opening = Promise.withResolvers<void>();
  const listening = Promise.withResolvers<void>();
  const connections = new Agent({ headersTimeout: ORDER_TIMEOUT_MS });
  let port: number | undefined;
  let mayEnd = false;
  lines.on("line", (text) => {
    const line = JSON.parse(text) as CheckoutLine;
    if (line.type === "opening") opening.resolve();
    if (line.type === "listening") {
      port = line.port;
      listening.resolve();
    }
    for (const listener of listeners) listener(line);
  });
  child.once("exit", (code) => {
    // Nothing may take a checkout down but us; to whoever waits for it this would look like patience.
    if (!mayEnd) throw new Error(`${settings.name} ended by itself, with code ${code}`);
  });
  // Nobody writes to it: its end is how the child learns that its parent is gone.
  child.stdin.on("error", () => {});

  return {
    name: settings.name,
    opening: opening.promise,
    listening: listening.promise,
    get isListening() {
      return port !== undefined && child.exitCode === null && child.signalCode === null;
    },
    onLine: (listener) => void listeners.push(listener),
    async order(placed, click) {
      try {
        const { statusCode, body } = await request(`http://127.0.0.1:${port}/orders`, {
          method: "POST",
          headers: { "content-type": "application/json", cookie: `${placed.network}_click=${click}` },
          body: JSON.stringify(orderOf(placed)),
          dispatcher: connections,
        });
        await body.dump();
        return statusCode === 200;
      } catch {
        return false;
      }
    },
    async signal(name) {
      if (name !== "SIGSTOP" && name !== "SIGCONT") mayEnd = true;
      child.kill(name);
      if (name === "SIGSTOP" || name === "SIGCONT") return;
      await ended;
      opening.resolve();
      listening.resolve();
      await connections.destroy();
    },
  };
}
