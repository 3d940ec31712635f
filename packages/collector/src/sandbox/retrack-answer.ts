import type { RetrackAccount } from "./accounts.ts";
import type { IssuedClick } from "./clicks.ts";
import type { RetrackLead } from "./retrack-lead.ts";
import type { RetrackTransaction } from "./retrack-transaction.ts";

/** What an answer tells besides what was sent. */
export interface Surroundings {
  account: RetrackAccount;
  clicks: ReadonlyMap<string, IssuedClick>;
}

/**
 * The documented answer in full, with the shopper's address and browser that a reader of it must not keep.
 * @see https://retrack.refunder.com/help/tracking/s2s/transaction
 */
export function transactionData(transaction: RetrackTransaction, surroundings: Surroundings) {
  const { uuid, at, body, status, decidedAt = at } = transaction;
  const created_at = timestamp(at);
  return {
    uuid,
    order_number: body.orderNumber,
    order_sum: body.orderSum,
    vat_sum: body.vatSum,
    commission: Math.round(body.orderSum / 5),
    currency: body.currency,
    vouchers: [],
    created_at,
    ...parties(transaction, surroundings),
    status: { name: status, reason: null, created_at: timestamp(decidedAt) },
    products: body.products.map(({ reference, name, price, vat }) => ({ reference, name, price, vat, created_at })),
  };
}

/**
 * The documented beginning of the answer to a lead; how it goes on is not documented, so as a transaction's does.
 * @see https://retrack.refunder.com/help/tracking/s2s/lead
 */
export function leadData(lead: RetrackLead, surroundings: Surroundings) {
  const { uuid, at, body } = lead;
  const created_at = timestamp(at);
  return {
    uuid,
    reference: body.reference,
    commission: 4000,
    currency: "SEK",
    vouchers: body.voucher === undefined ? [] : [body.voucher],
    created_at,
    ...parties(lead, surroundings),
    status: { name: "pending", reason: null, created_at },
  };
}

function parties({ at, body }: RetrackTransaction | RetrackLead, { account, clicks }: Surroundings) {
  const click = clicks.get(body.click);
  return {
    click: {
      uuid: body.click,
      ref: "38315327",
      ref2: null,
      ref3: null,
      deeplink: click?.deepLink ?? null,
      ip_address: "203.0.113.143",
      browser: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/85.0.4183.121",
      referer: "https://www.refunder.se/",
      country: "SE",
      created_at: timestamp(click?.at ?? at),
    },
    publisher: { uuid: account.publisher, name: "Refunder SE", created_at: "2020-05-19 15:44:36" },
    advertiser: {
      uuid: "4062146a-9078-4e9a-8a88-2b9066c562d2",
      name: "Store Name SE",
      created_at: "2020-05-19 15:46:02",
    },
    program: { uuid: account.program, title: "Store Name SE", created_at: "2020-05-19 15:47:02" },
    event: { uuid: body.event, title: "Sale Whole Store", commission: "20.00", created_at: "2020-05-19 15:48:46" },
  };
}

function timestamp(at: Date): string {
  return at.toISOString().slice(0, 19).replace("T", " ");
}
