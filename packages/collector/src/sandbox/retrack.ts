import { randomUUID } from "node:crypto";
import type { RetrackAccount } from "./accounts.ts";
import type { IssuedClick } from "./clicks.ts";
import type { Answer, Reply, WireRequest } from "./exchange.ts";
import { problemsByField, type TransactionBody, transactionBody } from "./retrack-transaction.ts";
import { strictQuery } from "./strict-query.ts";

/** A transaction as it was sent, under the uuid it was given. */
export interface RetrackTransaction {
  uuid: string;
  at: Date;
  body: TransactionBody;
}

/** What the stand-in answers from. */
export interface RetrackRecords {
  account: RetrackAccount;
  clicks: ReadonlyMap<string, IssuedClick>;
  book: readonly RetrackTransaction[];
  now: () => Date;
}

/**
 * Retrack's transactions: created by POST, looked up by order number with GET.
 * @see https://retrack.refunder.com/help/tracking/s2s/transaction
 * @see https://retrack.refunder.com/help/tracking/s2s/update-transaction
 */
export function retrackStandIn(records: RetrackRecords): (request: WireRequest) => Reply<RetrackTransaction> {
  const { account, clicks } = records;
  const schema = transactionBody({
    event: (uuid) => uuid === account.event || account.events.includes(uuid),
    click: (uuid) => clicks.has(uuid),
    prices: () => account.prices,
  });

  function create({ headers, query, body }: WireRequest): Reply<RetrackTransaction> {
    if (query) return refused(422, "A new transaction takes no parameters.");
    if (!/^application\/json(;\s*charset="?utf-8"?)?$/i.test(headers["content-type"] ?? ""))
      return refused(415, "Content-Type must be application/json.");
    const sent = parsed(body);
    if (!sent) return refused(400, "The body is not JSON in UTF-8.");
    const { data, error } = schema.safeParse(sent.value);
    if (error) {
      const errors = problemsByField(error);
      const reasons = Object.entries(errors).map(([field, problems]) => `${field} ${problems.join(", ")}`);
      return refused(422, `The given data was invalid: ${reasons.join("; ")}.`, errors);
    }
    const entry = { uuid: randomUUID(), at: records.now(), body: data };
    return { answer: json(200, { data: documented(entry, records) }), entry };
  }

  function lookUp({ query }: WireRequest): Reply<RetrackTransaction> {
    // Bare in what encodeURIComponent writes, and allowed to be: nothing reads them in two ways.
    const { parameters, problems } = strictQuery(query.replace(/[!'()*]/g, percentEncoded));
    const orderNumber = parameters.get("byOrderNumber");
    if (problems.length > 0) return refused(422, problems.join(" "));
    if (!orderNumber || parameters.size > 1) return refused(422, "byOrderNumber is the one parameter of a look-up.");
    const found = records.book.filter(({ body }) => body.orderNumber === orderNumber);
    const data = found.map((transaction) => documented(transaction, records));
    // Retrack shows one object for one transaction; what it answers for none and for several is not documented.
    if (data.length === 0) return { answer: json(404, { message: "No transaction has this order number." }) };
    return { answer: json(200, { data: data.length === 1 ? data[0] : data }) };
  }

  return (request) => {
    const { method, path, headers } = request;
    if (path !== "/api/v2/transactions" || (method !== "POST" && method !== "GET")) return refused(404, "Not found.");
    if (headers.authorization !== `Bearer ${account.token}`) return refused(401, "Unauthenticated.");
    return method === "POST" ? create(request) : lookUp(request);
  };
}

/** A refusal in the stand-in's own words: Retrack documents none. */
export function refused(status: number, message: string, errors?: Record<string, string[]>): Reply<never> {
  return { answer: json(status, { message, ...(errors && { errors }) }), refusal: message };
}

/** The documented answer in full, with the shopper's address and browser that a reader of it must not keep. */
function documented({ uuid, at, body }: RetrackTransaction, { account, clicks }: RetrackRecords) {
  const click = clicks.get(body.click);
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
    status: { name: "pending", reason: null, created_at },
    products: body.products.map(({ reference, name, price, vat }) => ({ reference, name, price, vat, created_at })),
  };
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`;
}

function timestamp(at: Date): string {
  return at.toISOString().slice(0, 19).replace("T", " ");
}

function parsed(body: Buffer): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body)) };
  } catch {
    return undefined;
  }
}

function json(status: number, body: unknown): Answer {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
