import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type Collector, createCollector, retrack, shopback } from "@cashtrail/collector";
import { type Sandbox, startSandbox } from "@cashtrail/collector/sandbox";
import type { Response } from "express";
import type { Arrival } from "./arrival.ts";
import { networkTitle } from "./network-title.ts";
import type { PlacedOrder } from "./placed-order.ts";
import { bookStep, collectorStep } from "./step-log.ts";
import { createStore } from "./store.ts";

export interface DemoOptions {
  readonly port: number;
  readonly sandboxPort: number;
  /** Told each step: who did what. */
  readonly onStep: (who: string, what: string) => void;
}

/** The store, the collector and both networks, on this machine. */
export interface RunningDemo {
  readonly url: string;
  readonly ledger: string;
  /** Opens the dashboard. */
  readonly adminToken: string;
  readonly sandbox: Sandbox;
  readonly cashtrail: Collector;
  close(): Promise<void>;
}

/** How long Ctrl-C may take to finish what is in hand. */
const IN_HAND_MS = 1000;

/** A port that cannot be had. */
export class PortError extends Error {
  readonly port: number;
  readonly of: "store" | "sandbox";

  constructor(port: number, of: "store" | "sandbox", cause: unknown) {
    super(`port ${port} cannot be had`, { cause });
    this.port = port;
    this.of = of;
  }
}

/** Starts all of it on a fresh ledger. Rejects with a `PortError` where a port cannot be had. */
export async function startDemo({ port, sandboxPort, onStep }: DemoOptions): Promise<RunningDemo> {
  const server = createServer();
  server.listen(port, "127.0.0.1");
  await once(server, "listening").catch((cause: unknown) => {
    throw new PortError(port, "store", cause);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sandbox = await startSandbox({
    port: sandboxPort,
    retrack: { landing: `${url}/retrack` },
    shopback: { landing: `${url}/`, currency: "any" },
    onRecorded: (row) => onStep(networkTitle(row.network), bookStep(row)),
  }).catch((cause: unknown) => {
    server.close();
    throw new PortError(sandboxPort, "sandbox", cause);
  });
  const folder = mkdtempSync(join(tmpdir(), "cashtrail-demo-"));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", removeFolder);
  const ledger = join(folder, "cashtrail.db");
  const adminToken = randomBytes(12).toString("hex");
  const { token, event } = sandbox.accounts.retrack;
  const { offer, securityToken, validation } = sandbox.accounts.shopback;

  const cashtrail = createCollector({
    ledger,
    adminToken,
    networks: [
      retrack({ token, event, url: sandbox.url }),
      shopback({ offer, securityToken, validation, currency: "any", amount: "gross", url: sandbox.url }),
    ],
    onEvent: (event) => onStep("Cashtrail", collectorStep(event)),
  });
  const orders = new Map<string, PlacedOrder>();
  const announceArrival = arrivalAnnouncer(cashtrail, (what) => onStep("shopper", what));
  const store = createStore({
    cashtrail,
    orders,
    arrivals: arrivalsOf(url, sandbox),
    book: sandbox.url,
    onStep(what, response) {
      announceArrival(response);
      onStep("shopper", what);
    },
    onDeskStep: (what) => onStep("desk", what),
  });
  server.on("request", store);
  cashtrail.start();

  return {
    url,
    ledger,
    adminToken,
    sandbox,
    cashtrail,
    async close() {
      server.close();
      server.closeAllConnections();
      const stopped = cashtrail.stop();
      // What is in hand ends by itself, unless one of the sandbox's faults holds it up.
      await Promise.race([stopped, setTimeout(IN_HAND_MS, undefined, { ref: false })]);
      await sandbox.close();
      await stopped;
      removeFolder();
      process.off("exit", removeFolder);
    },
  };
}

/** The networks' own click links to the store, one for each way to arrive. */
function arrivalsOf(store: string, { url, accounts }: Pick<Sandbox, "url" | "accounts">): Arrival[] {
  const { publisher, program } = accounts.retrack;
  const retrackLink = (page: string) =>
    `${url}/track/v2/click?publisher=${publisher}&program=${program}&deeplink=${encodeURIComponent(store + page)}`;
  const shopbackLink = (page: string) =>
    `${url}/aff_c?offer_id=${accounts.shopback.offer}&aff_id=1059&url=${encodeURIComponent(store + page)}`;
  const scriptPage = `/retrack-script?deeplink=${encodeURIComponent(`${store}/products/serving-board`)}`;
  return [
    {
      network: "Retrack",
      way: "redirect page",
      leadsTo: "to the stoneware mug",
      href: retrackLink("/products/stoneware-mug"),
    },
    {
      network: "Retrack",
      way: "straight to the product",
      leadsTo: "to the beeswax candles",
      href: `${retrackLink("/products/beeswax-candles")}&direct=1`,
    },
    {
      network: "Retrack",
      way: "redirect page, by script",
      leadsTo: "to the serving board",
      href: `${retrackLink(scriptPage)}&direct=1`,
    },
    {
      network: "ShopBack",
      way: "in ringgit",
      leadsTo: "to the coffee pot",
      href: shopbackLink("/products/coffee-pot?currency=MYR"),
    },
    {
      network: "ShopBack",
      way: "in yen",
      leadsTo: "to the wooden wren",
      href: shopbackLink("/products/wooden-bird?currency=JPY"),
    },
  ];
}

/** Says each click once: when the store first answers a shopper who carries it. */
function arrivalAnnouncer(cashtrail: Collector, say: (what: string) => void): (response: Response) => void {
  const said = new Set<string>();
  return (response) => {
    const setNow = [response.getHeader("set-cookie") ?? []].flat().map((cookie) => String(cookie).split(";")[0]);
    const cookie = [...setNow, response.req.headers.cookie ?? ""].join("; ");
    for (const { network, id } of cashtrail.clicksOf({ headers: { cookie } })) {
      if (said.has(id)) continue;
      said.add(id);
      say(`arrives from ${networkTitle(network)} with click ${id}`);
    }
  };
}
