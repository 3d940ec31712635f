import type { Accounts } from "./accounts.ts";
import { type BookRow, retrackRow, shopbackRow } from "./book-row.ts";
import { type IssuedClick, newClickId } from "./clicks.ts";
import type { Answer, NetworkName, Reply, WireRequest } from "./exchange.ts";
import { type RetrackEntry, retrackStandIn } from "./retrack.ts";
import type { RetrackLead } from "./retrack-lead.ts";
import type { RetrackTransaction } from "./retrack-transaction.ts";
import { type ShopbackEntry, shopbackStandIn } from "./shopback.ts";
import type { ShopbackConversion } from "./shopback-conversion.ts";

export interface Book {
  readonly retrack: RetrackTransaction[];
  /** Retrack's: ShopBack has none. */
  readonly leads: RetrackLead[];
  readonly shopback: ShopbackConversion[];
}

/** What both networks remember, and the only way to add to it. */
export interface Records {
  readonly book: Book;
  /** Issues a click id. */
  issue(network: NetworkName, deepLink: string | null): string;
  /** Hands a request to its network, and writes down what the network accepts. */
  accept(network: NetworkName, request: WireRequest): Outcome;
  /** Approves what Retrack has of an order; throws if that is nothing. */
  approve(orderNumber: string): void;
}

export interface Outcome {
  answer: Answer;
  recorded: boolean;
  refusal: string | null;
}

export function createRecords(accounts: Accounts, now: () => Date, onRecorded?: (row: BookRow) => void): Records {
  const clicks = { retrack: new Map<string, IssuedClick>(), shopback: new Map<string, IssuedClick>() };
  const book: Book = { retrack: [], leads: [], shopback: [] };
  const credited = new Set<string>();
  const askRetrack = retrackStandIn({ account: accounts.retrack, clicks: clicks.retrack, book: book.retrack, now });
  const askShopback = shopbackStandIn({
    account: accounts.shopback,
    clicks: clicks.shopback,
    book: book.shopback,
    credited,
    now,
  });

  function writeRetrack(entry: RetrackEntry): void {
    if ("changed" in entry) Object.assign(entry.changed, entry.becomes);
    else if ("lead" in entry) book.leads.push(entry.lead);
    else {
      book.retrack.push(entry.transaction);
      onRecorded?.(retrackRow(entry.transaction, accounts.retrack));
    }
  }

  function writeShopback(entry: ShopbackEntry): void {
    if ("validated" in entry) {
      for (const conversion of entry.validated) {
        conversion.validations.push(entry.validation);
        conversion.status = entry.validation.status;
      }
    } else {
      book.shopback.push(entry.conversion);
      credited.add(entry.conversion.query.transaction_id ?? "");
      onRecorded?.(shopbackRow(entry.conversion, accounts.shopback));
    }
  }

  return {
    book,
    issue(network, deepLink) {
      const id = newClickId(network);
      clicks[network].set(id, { id, at: now(), deepLink });
      return id;
    },
    accept(network, request) {
      return network === "retrack"
        ? written(askRetrack(request), writeRetrack)
        : written(askShopback(request), writeShopback);
    },
    approve(orderNumber) {
      const found = book.retrack.filter(({ body }) => body.orderNumber === orderNumber);
      const pending = found.filter(({ status }) => status === "pending");
      if (found.length === 0) throw new Error(`Retrack has no transaction with order number ${orderNumber}.`);
      if (found.every(({ status }) => status === "rejected"))
        throw new Error(`Retrack's transaction with order number ${orderNumber} is rejected.`);
      for (const transaction of pending) Object.assign(transaction, { status: "approved", decidedAt: now() });
    },
  };
}

function written<Entry>({ answer, entry, refusal }: Reply<Entry>, write: (entry: Entry) => void): Outcome {
  if (entry) write(entry);
  return { answer, recorded: entry !== undefined, refusal: refusal ?? null };
}
