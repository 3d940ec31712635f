import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Accounts, defaultAccounts, type RetrackAccount, type ShopbackAccount } from "./accounts.ts";
import type { BookRow } from "./book-row.ts";
import { clickLinks } from "./clicks.ts";
import { type ConversionStatus, type NetworkName, plainText, type ReceivedRequest } from "./exchange.ts";
import { type Fault, faults } from "./fault-table.ts";
import { type FaultChoice, type FaultOptions, faultSetting, send } from "./faults.ts";
import { type FaultsInForce, type NetworkServer, serve } from "./network-server.ts";
import { type Book, createRecords } from "./records.ts";
import type { RetrackLead } from "./retrack-lead.ts";
import type { RetrackTransaction, TransactionBody } from "./retrack-transaction.ts";
import type { ShopbackConversion, ShopbackValidation } from "./shopback-conversion.ts";
import { siteAnswer } from "./site.ts";

export type {
  Accounts,
  Book,
  BookRow,
  ConversionStatus,
  Fault,
  FaultChoice,
  FaultOptions,
  NetworkName,
  ReceivedRequest,
  RetrackAccount,
  RetrackLead,
  RetrackTransaction,
  ShopbackAccount,
  ShopbackConversion,
  ShopbackValidation,
  TransactionBody,
};
export { defaultAccounts, faults };

export interface SandboxOptions {
  /** Default: any free port. */
  port?: number;
  /** What differs from `defaultAccounts`. */
  retrack?: Partial<RetrackAccount>;
  shopback?: Partial<ShopbackAccount>;
  now?: () => Date;
  /** Hears of every new transaction and conversion, as it is made; not of leads, nor of what becomes of either. */
  onRecorded?: (row: BookRow) => void;
}

/** Both networks on one server of this machine. */
export interface Sandbox {
  /** Where both networks answer, and where a browser shows what they recorded. */
  readonly url: string;
  /** The settings in force. One that is changed, such as a landing, counts from the next request. */
  readonly accounts: Accounts;
  /** Everything recorded, in order, duplicates included, each as it stands now. */
  readonly book: Book;
  /** Everything received, refused and unanswered requests too, without secrets. */
  readonly requests: ReceivedRequest[];
  /** Issues a click id, as if a shopper had set out for the store. */
  click(network: NetworkName): string;
  /** Approves an order's transactions, as Retrack does one day. Throws if there are none, or only rejected ones. */
  approve(orderNumber: string): void;
  /** Puts a fault in force in place of the one before; null takes it away. Click links never suffer from one. */
  fault(network: NetworkName, fault: FaultChoice | null, options?: FaultOptions): void;
  /** Stops answering, and breaks off what is not answered yet. */
  close(): Promise<void>;
}

/** Starts the sandbox. Rejects if the port is taken. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, now = () => new Date(), onRecorded } = options;
  const accounts: Accounts = {
    retrack: { ...structuredClone(defaultAccounts.retrack), ...options.retrack },
    shopback: { ...structuredClone(defaultAccounts.shopback), ...options.shopback },
  };
  const records = createRecords(accounts, now, onRecorded);
  const requests: ReceivedRequest[] = [];
  const inForce: FaultsInForce = { retrack: null, shopback: null };
  const closing = new AbortController();
  const networks: NetworkServer = { accounts, records, requests, inForce, now, closing: closing.signal };

  async function route(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "", headers } = incoming;
    const [, path = "", query = ""] = /^([^?]*)(?:\?(.*))?$/s.exec(url) ?? [];
    const link = method === "GET" ? clickLinks.get(path) : undefined;
    const network = networkAt(path);
    if (link) send(response, link(new URLSearchParams(query), accounts, records.issue), null);
    else if (network) await serve(networks, network, { method, path, query, headers }, incoming, response);
    else send(response, await siteAnswer(networks, method, path, incoming), null);
  }

  const server = createServer({ maxHeaderSize: longestHead, keepAliveTimeout: idleMs }, (incoming, response) => {
    route(incoming, response).catch((error: unknown) => {
      if (closing.signal.aborted || response.destroyed || response.headersSent) response.destroy();
      else send(response, plainText(500, `The sandbox failed: ${error}`), null);
    });
  });
  await listening(server, port);

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    accounts,
    book: records.book,
    requests,
    click(network) {
      refuseUnknown("network", network, Object.keys(inForce));
      return records.issue(network, null);
    },
    approve: records.approve,
    fault(network, fault, options = {}) {
      refuseUnknown("network", network, Object.keys(inForce));
      if (typeof fault === "string") refuseUnknown("fault", fault, faultNames);
      for (const option of Object.keys(options)) refuseUnknown("option", option, faultOptions);
      inForce[network] = fault === null ? null : faultSetting(fault, options);
    },
    async close() {
      closing.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

const faultNames = faults.map(({ name }) => name);
const faultOptions = ["times", "match", "delayMs", "retryAfter"];

/** A misspelt fault would strike nothing, and a test under it prove nothing. */
function refuseUnknown(what: string, name: string, known: readonly string[]): void {
  if (!known.includes(name)) throw new Error(`The sandbox knows no ${what} ${name}; it knows ${known.join(", ")}.`);
}

// Five sub ids of 500 characters, each percent-encoded, are longer than Node's 16 KB.
const longestHead = 128 * 1024;

// Longer than clients keep a connection: one that closes as a request leaves would be a fault nobody asked for.
const idleMs = 60_000;

function networkAt(path: string): NetworkName | null {
  if (path.startsWith("/api/")) return "retrack";
  return path.startsWith("/aff_") ? "shopback" : null;
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE"
          ? new Error(`Port ${port} is taken: give the sandbox another one, or 0 for any that is free.`, {
              cause: error,
            })
          : error,
      ),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
}
