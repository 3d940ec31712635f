import type { Accounts } from "./accounts.ts";
import { type BookRow, retrackRow, shopbackRow } from "./book-row.ts";
import { type IssuedClick, newClickId } from "./clicks.ts";
import type { Answer, NetworkName, WireRequest } from "./exchange.ts";
import { type RetrackTransaction, retrackStandIn } from "./retrack.ts";
import { type ShopbackConversion, shopbackStandIn } from "./shopback.ts";

export interface Book {
  readonly retrack: RetrackTransaction[];
  readonly shopback: ShopbackConversion[];
}

/** What both networks remember, and the only way to add to it. */
export interface Records {
  readonly book: Book;
  /** Issues a click id. */
  issue(network: NetworkName, deepLink: string | null): string;
  /** Hands a request to its network, and writes down what the network accepts. */
  accept(network: NetworkName, request: WireRequest): Outcome;
}

export interface Outcome {
  answer: Answer;
  recorded: boolean;
  refusal: string | null;
}

export function createRecords(accounts: Accounts, now: () => Date, onRecorded?: (row: BookRow) => void): Records {
  const clicks = { retrack: new Map<string, IssuedClick>(), shopback: new Map<string, IssuedClick>() };
  const book: Book = { retrack: [], shopback: [] };
  const credited = new Set<string>();
  const askRetrack = retrackStandIn({ account: accounts.retrack, clicks: clicks.retrack, book: book.retrack, now });
  const askShopback = shopbackStandIn({ account: accounts.shopback, clicks: clicks.shopback, credited, now });

  return {
    book,
    issue(network, deepLink) {
      const id = newClickId(network);
      clicks[network].set(id, { id, at: now(), deepLink });
      return id;
    },
    accept(network, request) {
      if (network === "retrack") {
        const { answer, entry, refusal = null } = askRetrack(request);
        if (entry) {
          book.retrack.push(entry);
          onRecorded?.(retrackRow(entry, accounts.retrack));
        }
        return { answer, recorded: entry !== undefined, refusal };
      }
      const { answer, entry, refusal = null } = askShopback(request);
      if (entry) {
        book.shopback.push(entry);
        credited.add(entry.query.transaction_id ?? "");
        onRecorded?.(shopbackRow(entry, accounts.shopback));
      }
      return { answer, recorded: entry !== undefined, refusal };
    },
  };
}
