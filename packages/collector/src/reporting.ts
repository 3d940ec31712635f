import type { Click, Landing } from "@cashtrail/client/landing";
import { z } from "zod";
import { type ClickSource, type CookieSource, clicksFrom } from "./clicks.ts";
import {
  type Attribution,
  type Creditable,
  creditableOrder,
  creditingOf,
  keptSince,
  reportedConversion,
} from "./crediting.ts";
import { CollectorError, messageOf } from "./error.ts";
import type { CollectorEvent } from "./event.ts";
import type { Journal } from "./journal.ts";
import { parseLead } from "./lead.ts";
import type { Entry, Ledger, Recorded, Subject, Transaction, Written } from "./ledger/ledger.ts";
import { isRefusal } from "./ledger/refusal.ts";
import type { Json, Network, Postback } from "./network.ts";
import { parseOrder } from "./order.ts";
import { parse } from "./parse.ts";
import { withTimeout } from "./timeout.ts";

export interface ReportOptions {
  /** A client of the store's own PostgreSQL that is inside a transaction. */
  transaction?: Transaction | undefined;
}

export interface Reported extends Recorded {
  /** Whether the ledger could not be written, and the order is in the journal: the ledger takes it in when it can. */
  journaled?: true;
}

export interface Reporting {
  report(from: ClickSource, order: unknown, options?: ReportOptions): Promise<Reported>;
  lead(from: ClickSource, lead: unknown, options?: ReportOptions): Promise<Reported>;
  /** Hands the ledger what the journal holds. Resolves in any case. */
  takeIn(): Promise<void>;
  /** Ends the tries to hand over what is in the journal, and resolves when the one under way has ended. */
  stop(): Promise<void>;
}

interface Parts {
  readonly ledger: Ledger;
  readonly journal: Journal;
  readonly networks: readonly Network[];
  readonly landings: readonly Landing[];
  readonly attribution: Attribution;
  readonly retention: { readonly conversionDays: number };
  readonly now: () => Date;
  readonly emit: (event: CollectorEvent) => void;
  /** Told what was reported, where it was not already credited. */
  readonly count: (kind: "order" | "lead", reported: Written) => void;
  readonly wake: () => void;
}

/** How long an order waits for the ledger before it goes to the journal: a checkout waits for it. */
const PATIENCE_MS = 3000;

/** How often the ledger is offered what is in the journal. */
const RETRY_MS = 5000;

const isObject = (from: unknown): from is object => typeof from === "object" && from !== null;
const isRequest = (from: unknown) => isObject(from) && "headers" in from && isObject(from.headers);

export const requestShape = z.custom<CookieSource>(isRequest, "the request is wanted");

const sourceShape = z.custom<ClickSource>(
  (from) => (isObject(from) && "clicks" in from) || isRequest(from),
  "the request, or { clicks: […] }, is wanted",
);

const optionsShape = z.strictObject({
  transaction: z
    .custom<Transaction>(
      (client) => typeof (client as Transaction | null)?.query === "function",
      "a client of pg that is inside a transaction is wanted",
    )
    .optional(),
});

/** Credits orders and leads, and writes them to the ledger, or while that cannot be, to the journal. */
export function createReporting(parts: Parts): Reporting {
  const { ledger, journal, networks, landings, attribution, retention, now, emit, count, wake } = parts;
  let timer: NodeJS.Timeout | undefined;
  let taking: Promise<void> | undefined;
  let stopped = false;

  async function keep(
    subject: Subject,
    creditable: Creditable,
    clicks: readonly Click[],
    postbacksFor: (network: Network, click: Click) => readonly Postback[],
    transaction?: Transaction,
  ): Promise<Reported> {
    const { credited, reason } = creditingOf(creditable, clicks, networks, attribution);
    const conversions = credited.map(({ network, click }) => ({
      network: network.id,
      click,
      postbacks: postbacksFor(network, click),
    }));
    const entry: Entry = { ...subject, conversions, reason };
    const { again, ...recorded } = transaction
      ? await within(transaction, entry, clicks)
      : await written(entry, clicks);
    if (!recorded.repeated) count(subject.order ? "order" : "lead", { ...recorded, ...(again ? { again } : {}) });
    // What the store's own transaction writes may still be rolled back.
    if (recorded.differs) emit({ type: "differs", number: numberOf(entry) });
    // Nor is it news that still nobody is credited.
    if (!recorded.repeated && !transaction && !(again && credited.length === 0))
      emit({ type: "recorded", number: numberOf(entry), credited: recorded.credited, reason: recorded.reason });
    wake();
    return recorded;
  }

  /** In the store's own transaction. What it cannot write, the journal must not keep: the order may be rolled back. */
  async function within(transaction: Transaction, entry: Entry, clicks: readonly Click[]): Promise<Written> {
    try {
      return await ledger.record(entry, transaction);
    } catch (error) {
      throw unreported(error, messageOf(error), entry, clicks);
    }
  }

  /** In the ledger, or where that cannot be written, in the journal. */
  async function written(entry: Entry, clicks: readonly Click[]): Promise<Reported & Written> {
    try {
      return await withinPatience(ledger.record(entry));
    } catch (error) {
      if (isRefusal(error)) throw unreported(error, messageOf(error), entry, clicks);
      try {
        await journal.add(entry as unknown as Json);
      } catch (second) {
        const message = `${messageOf(error)}; nor can the journal be written: ${messageOf(second)}`;
        throw unreported(error, message, entry, clicks);
      }
      emit({ type: "journaled", number: numberOf(entry), reason: messageOf(error) });
      tryLater();
      const { conversions, reason } = entry;
      return {
        credited: conversions.map(({ network }) => network),
        ...(reason === undefined ? {} : { reason }),
        repeated: false,
        journaled: true,
      };
    }
  }

  function tryLater(): void {
    if (stopped || timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      void takeIn();
    }, RETRY_MS).unref();
  }

  async function takeIn(): Promise<void> {
    // What has been journaled since the one under way began, that one does not see.
    while (taking) await taking;
    taking = takenIn().finally(() => {
      taking = undefined;
    });
    return taking;
  }

  async function takenIn(): Promise<void> {
    let count = 0;
    try {
      await journal.takeIn(async (json) => {
        // What is left is taken in when the next collector begins.
        if (stopped) throw new Error("stopped");
        try {
          const entry = revived(json);
          const { differs } = await withinPatience(ledger.record(entry));
          if (differs) emit({ type: "differs", number: numberOf(entry) });
          count += 1;
          return true;
        } catch (error) {
          emit({ type: "ledger-failed", reason: `an order from the journal: ${messageOf(error)}` });
          if (!(error instanceof TypeError) && !isRefusal(error)) throw error;
          // Nor would it be taken another time.
          return false;
        }
      });
      if (await journal.waits()) tryLater();
    } catch (error) {
      emit({ type: "ledger-failed", reason: `the journal cannot be read: ${messageOf(error)}` });
      tryLater();
    }
    if (count === 0) return;
    emit({ type: "taken-in", count });
    wake();
  }

  return {
    async report(from, order, options = {}) {
      const { transaction } = parse(optionsShape, options, "ERR_ORDER", "report");
      const at = now();
      const placed = parseOrder(order, at);
      const source = parse(sourceShape, from, "ERR_ORDER", "report");
      return keep(
        { order: placed },
        creditableOrder(placed, keptSince(retention, at)),
        clicksFrom(source, landings, at, placed.placedAt),
        (network, click) => network.postbacks(reportedConversion(placed, click)),
        transaction,
      );
    },
    async lead(from, lead, options = {}) {
      const { transaction } = parse(optionsShape, options, "ERR_ORDER", "lead");
      const at = now();
      const placed = parseLead(lead, at);
      const source = parse(sourceShape, from, "ERR_ORDER", "lead");
      const creditable: Creditable = {
        kind: "lead",
        market: placed.market,
        placedAt: placed.at,
        keptSince: keptSince(retention, at),
        refusal: ({ leadPostbacks }) => (leadPostbacks ? undefined : "it takes no leads"),
      };
      return keep(
        { lead: placed },
        creditable,
        clicksFrom(source, landings, at, placed.at),
        (network, click) => network.leadPostbacks?.(placed, click) ?? [],
        transaction,
      );
    },
    takeIn,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await taking;
    },
  };
}

/** No later than a checkout may be kept waiting. */
function withinPatience<Value>(promise: Promise<Value>): Promise<Value> {
  return withTimeout(promise, "the ledger did not answer", PATIENCE_MS);
}

/** The error that has all that is needed to report again. */
function unreported(cause: unknown, message: string, { order, lead }: Entry, clicks: readonly Click[]): CollectorError {
  const code = cause instanceof CollectorError ? cause.code : "ERR_LEDGER";
  return new CollectorError(code, message, { cause, unreported: { clicks, order, lead } });
}

function numberOf({ order, lead }: Subject): string {
  return order ? order.number : lead.reference;
}

/** An entry as it was before it became JSON. */
function revived(json: Json): Entry {
  const entry = json as unknown as Entry;
  const conversions = entry.conversions.map((conversion) => ({
    ...conversion,
    click: { ...conversion.click, at: new Date(conversion.click.at) },
  }));
  return entry.order
    ? { ...entry, order: { ...entry.order, placedAt: new Date(entry.order.placedAt) }, conversions }
    : { ...entry, lead: { ...entry.lead, at: new Date(entry.lead.at) }, conversions };
}
