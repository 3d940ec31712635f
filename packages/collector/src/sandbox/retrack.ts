import { randomUUID } from "node:crypto";
import type { Answer, Reply, WireRequest } from "./exchange.ts";
import { leadData, type Surroundings, transactionData } from "./retrack-answer.ts";
import { leadBody, type RetrackLead } from "./retrack-lead.ts";
import {
  problemsByField,
  type RetrackTransaction,
  type TransactionBody,
  transactionBody,
} from "./retrack-transaction.ts";
import { strictQuery } from "./strict-query.ts";

/** What the stand-in answers from. */
export interface RetrackRecords extends Surroundings {
  book: readonly RetrackTransaction[];
  now: () => Date;
}

/** What an accepted request adds to the book, or changes in it. */
export type RetrackEntry =
  | { transaction: RetrackTransaction }
  | { lead: RetrackLead }
  | { changed: RetrackTransaction; becomes: Partial<RetrackTransaction> };

type RetrackReply = Reply<RetrackEntry>;

/**
 * Retrack's transactions, created by POST, looked up by order number with GET, updated and rejected by POST to their
 * uuid, and its leads, created by POST.
 * @see https://retrack.refunder.com/help/tracking/s2s/transaction
 * @see https://retrack.refunder.com/help/tracking/s2s/update-transaction
 * @see https://retrack.refunder.com/help/tracking/s2s/lead
 */
export function retrackStandIn(records: RetrackRecords): (request: WireRequest) => RetrackReply {
  const { account, clicks, now } = records;
  const known = {
    event: (uuid: string) => uuid === account.event || account.events.includes(uuid),
    click: (uuid: string) => clicks.has(uuid),
    prices: () => account.prices,
  };
  const schema = transactionBody(known);
  const leadSchema = leadBody(known);

  function create(sent: unknown): RetrackReply {
    const { data: body, error } = schema.safeParse(sent);
    if (error) return invalid(problemsByField(error));
    const transaction: RetrackTransaction = { uuid: randomUUID(), at: now(), body, status: "pending", updates: [] };
    return { answer: json(200, { data: transactionData(transaction, records) }), entry: { transaction } };
  }

  function createLead(sent: unknown): RetrackReply {
    const { data: body, error } = leadSchema.safeParse(sent);
    if (error) return invalid(problemsByField(error));
    const lead = { uuid: randomUUID(), at: now(), body };
    return { answer: json(200, { data: leadData(lead, records) }), entry: { lead } };
  }

  function update(transaction: RetrackTransaction, sent: unknown): RetrackReply {
    if (transaction.status !== "pending")
      return refused(422, `The transaction is ${transaction.status} and cannot be changed.`);
    const status = loneStatus(sent);
    if (status && status.value !== "rejected") return invalid({ status: ['must be "rejected"'] });
    const at = now();
    if (status) return change(transaction, { status: "rejected", decidedAt: at });
    const { data: body, error } = schema.safeParse(sent);
    const errors = error ? problemsByField(error) : otherTransaction(body, transaction.body);
    if (!body || Object.keys(errors).length > 0) return invalid(errors);
    return change(transaction, { body, updates: [...transaction.updates, { at, body }] });
  }

  function change(changed: RetrackTransaction, becomes: Partial<RetrackTransaction>): RetrackReply {
    const data = transactionData({ ...changed, ...becomes }, records);
    return { answer: json(200, { data }), entry: { changed, becomes } };
  }

  function lookUp({ query }: WireRequest): RetrackReply {
    // Bare in what encodeURIComponent writes, and allowed to be: nothing reads them in two ways.
    const { parameters, problems } = strictQuery(query.replace(/[!'()*]/g, percentEncoded));
    const orderNumber = parameters.get("byOrderNumber");
    if (problems.length > 0) return refused(422, problems.join(" "));
    if (!orderNumber || parameters.size > 1) return refused(422, "byOrderNumber is the one parameter of a look-up.");
    const found = records.book.filter(({ body }) => body.orderNumber === orderNumber);
    const data = found.map((transaction) => transactionData(transaction, records));
    // Retrack shows one object for one transaction; what it answers for none and for several is not documented.
    if (data.length === 0) return { answer: json(404, { message: "No transaction has this order number." }) };
    return { answer: json(200, { data: data.length === 1 ? data[0] : data }) };
  }

  return (request) => {
    const { method, path, headers } = request;
    const [, collection, uuid] = /^\/api\/v2\/(transactions|leads)(?:\/([^/]+))?$/.exec(path) ?? [];
    const isLookUp = method === "GET" && path === "/api/v2/transactions";
    const isPost = method === "POST" && (collection === "transactions" || (collection === "leads" && !uuid));
    if (!isLookUp && !isPost) return refused(404, "Not found.");
    if (headers.authorization !== `Bearer ${account.token}`) return refused(401, "Unauthenticated.");
    if (isLookUp) return lookUp(request);
    if (!uuid) return withBody(request, collection === "leads" ? createLead : create);
    const transaction = records.book.find((one) => one.uuid === uuid);
    return transaction
      ? withBody(request, (sent) => update(transaction, sent))
      : refused(404, "No transaction has this uuid.");
  };
}

/** A refusal in the stand-in's own words: Retrack documents none. */
export function refused(status: number, message: string, errors?: Record<string, string[]>): Reply<never> {
  return { answer: json(status, { message, ...(errors && { errors }) }), refusal: message };
}

function invalid(errors: Record<string, string[]>): Reply<never> {
  const reasons = Object.entries(errors).map(([field, problems]) => `${field} ${problems.join(", ")}`);
  return refused(422, `The given data was invalid: ${reasons.join("; ")}.`, errors);
}

function withBody({ query, headers, body }: WireRequest, then: (sent: unknown) => RetrackReply): RetrackReply {
  if (query) return refused(422, "A POST takes no parameters.");
  if (!/^application\/json(;\s*charset="?utf-8"?)?$/i.test(headers["content-type"] ?? ""))
    return refused(415, "Content-Type must be application/json.");
  const sent = parsed(body);
  return sent ? then(sent.value) : refused(400, "The body is not JSON in UTF-8.");
}

/** The status of a body that holds nothing else, which is how a transaction is rejected. */
function loneStatus(sent: unknown): { value: unknown } | undefined {
  if (typeof sent !== "object" || sent === null || Object.keys(sent).join() !== "status") return;
  return { value: (sent as { status: unknown }).status };
}

/** What makes an update one of another transaction. */
function otherTransaction(body: TransactionBody, present: TransactionBody): Record<string, string[]> {
  const fields = (["orderNumber", "click", "currency"] as const).filter((field) => body[field] !== present[field]);
  return Object.fromEntries(fields.map((field) => [field, ["is not that of the transaction"]]));
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`;
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
