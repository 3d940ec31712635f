import { EventEmitter, once } from "node:events";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import {
  type Click,
  type Collector,
  type CollectorEvent,
  type CollectorOptions,
  createCollector,
  type Network,
  type Order,
  type PostbackRecord,
  type RetrackSettings,
  retrack,
  type ShopbackSettings,
  shopback,
} from "../../packages/collector/src/index.ts";
import {
  defaultAccounts,
  type NetworkName,
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from "../../packages/collector/src/sandbox/sandbox.ts";
import { temporaryFolder } from "./collector-server.ts";

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const DAY = 24 * 60 * MINUTE;
export const OPENED = "2026-11-22T10:00:00.000Z";

export const mug = { sku: "mug", name: "Stoneware mug", quantity: 2, net: 10_000, vat: 1_000 };
export const vase = { sku: "vase", name: "Vase", quantity: 1, net: 5_000, vat: 500 };

/** Two mugs and a vase for 154 MYR, 14 MYR VAT and a discount of 11 MYR included. */
export const order: Order = {
  number: "1001",
  currency: "MYR",
  lines: [mug, vase],
  discount: { net: 1_000, vat: 100 },
};

export interface StoreOptions extends Partial<CollectorOptions> {
  retrack?: Partial<RetrackSettings>;
  shopback?: Partial<ShopbackSettings>;
  sandbox?: SandboxOptions;
}

/** A store that reports to the sandbox, at a time of its own that begins on a day in November. */
export interface Store {
  readonly sandbox: Sandbox;
  /** The ledger's file. */
  readonly path: string;
  readonly collector: Collector;
  /** What its collectors told of. */
  readonly events: readonly CollectorEvent[];
  /** A click from each of these networks, now. */
  clicks(...networks: NetworkName[]): { clicks: Click[] };
  /** Another collector on the same ledger, as in another process. */
  open(options?: Omit<StoreOptions, "sandbox">): Collector;
  /** The accounts, set up with what differs. */
  accounts(options?: Pick<StoreOptions, "retrack" | "shopback">): [Network, Network];
  happened(type: CollectorEvent["type"]): Promise<unknown>;
  pass(milliseconds: number): void;
  now(): Date;
  /** Delivers, and lets the time pass to when more is due, until nothing waits for its time. */
  deliverAll(collector?: Collector): Promise<void>;
  /** Every request the sandbox received, a transaction's uuid as its order's number in braces. */
  sent(): string[];
}

export async function openStore({ sandbox: sandboxOptions, ...options }: StoreOptions = {}): Promise<Store> {
  let time = Date.parse(OPENED);
  const now = () => new Date(time);
  const sandbox = await startSandbox({ now, ...sandboxOptions });
  onTestFinished(() => sandbox.close());
  const path = join(temporaryFolder(), "cashtrail.db");
  const events: CollectorEvent[] = [];
  const emitter = new EventEmitter();
  const { token, event } = defaultAccounts.retrack;
  const { offer, securityToken, currency, validation } = defaultAccounts.shopback;
  const accounts: Store["accounts"] = (changes = {}) => [
    retrack({ token, event, url: sandbox.url, ...options.retrack, ...changes.retrack }),
    shopback({
      ...{ offer, securityToken, currency, amount: "gross", validation, url: sandbox.url },
      ...options.shopback,
      ...changes.shopback,
    }),
  ];
  const open: Store["open"] = ({ retrack, shopback, ...changes } = {}) => {
    const { retrack: _, shopback: __, ...own } = options;
    const collector = createCollector({
      networks: accounts({ ...(retrack && { retrack }), ...(shopback && { shopback }) }),
      ledger: path,
      attribution: "every-click",
      now,
      random: () => 0.5,
      onEvent(event) {
        events.push(event);
        emitter.emit(event.type, event);
      },
      ...own,
      ...changes,
    });
    onTestFinished(() => collector.stop());
    return collector;
  };
  const first = open();
  const pass: Store["pass"] = (milliseconds) => {
    time += milliseconds;
  };
  return {
    sandbox,
    path,
    collector: first,
    events,
    clicks: (...networks) => ({
      clicks: networks.map((network) => ({ network, id: sandbox.click(network), at: (options.now ?? now)() })),
    }),
    open,
    accounts,
    happened: (type) => once(emitter, type),
    pass,
    now,
    async deliverAll(collector = first) {
      for (;;) {
        await collector.flush();
        const due = (await collector.find({ state: "pending", limit: 10_000 }))
          .flatMap(({ postbacks }) => postbacks)
          .flatMap(({ state, dueAt }) => (state === "pending" && dueAt ? [+dueAt] : []));
        if (due.length === 0) return;
        pass(Math.max(0, Math.min(...due) - time));
      }
    },
    sent: () =>
      sandbox.requests.map(({ method, path }) =>
        sandbox.book.retrack.reduce(
          (told, { uuid, body }) => told.replace(uuid, `{${body.orderNumber}}`),
          `${method} ${path}`,
        ),
      ),
  };
}

/** Every postback of an order, all networks' together, as its id and its state. */
export async function statesOf(
  collector: Collector,
  number = "1001",
): Promise<Record<string, PostbackRecord["state"]>> {
  return Object.fromEntries((await postbacksOf(collector, number)).map(({ id, state }) => [id, state]));
}

export async function postbacksOf(collector: Collector, number = "1001"): Promise<PostbackRecord[]> {
  return (await collector.find({ number })).flatMap(({ postbacks }) => postbacks);
}
