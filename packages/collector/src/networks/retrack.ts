import { isDeepStrictEqual } from "node:util";
import { type Landing, landings } from "@cashtrail/client/landing";
import { z } from "zod";
import { isRejected } from "../changes.ts";
import type { PlacedLead } from "../lead.ts";
import type { Conversion, HttpRequest, HttpResponse, Network, Postback, Verdict } from "../network.ts";
import { type Line, leftOf, type PlacedOrder, sumOf } from "../order.ts";
import { parse, whereFine } from "../parse.ts";
import { days, identityOf, market, parameter, refuseCleartext, secret, url } from "./account.ts";
import { defineNetwork } from "./define.ts";
import { mayTryLater } from "./patience.ts";
import { idPart } from "./postback-id.ts";
import { ofRepeated, shortWords, withoutSecrets } from "./words.ts";

const landing = landings.find(({ network }) => network === "retrack") as Landing;

const settingsShape = z
  .strictObject({
    /** The API token on your profile in Retrack's portal. */
    token: secret,
    /** The commission event of the programme, from the portal. */
    event: z.guid("must be the event's UUID from Retrack's portal"),
    /** Events of their own for some categories of lines. */
    events: z.record(z.string(), z.guid("must be the event's UUID from Retrack's portal")).default({}),
    /**
     * Retrack's page does not say whether a product's price is for one unit or for the whole line; ask Retrack.
     * The rows sum to the order exactly in either reading.
     */
    prices: z.enum(["unit", "line"]).default("unit"),
    /** How long after an unanswered request Retrack is asked whether it has the order. */
    settleSeconds: z.number().min(0, "must not be negative").max(86_400, "must be at most a day").default(60),
    market: market.optional(),
    /** The URL parameter the click id arrives in. */
    parameter: parameter.default(landing.parameter),
    /** How long a click counts. */
    days: days.default(landing.days),
    url: url.default("https://retrack.refunder.com"),
    tokenInCleartext: z.boolean().optional(),
  })
  .superRefine(refuseCleartext, whereFine("url"));

export type RetrackSettings = z.input<typeof settingsShape>;
type Settings = z.output<typeof settingsShape>;

interface Transaction {
  readonly [key: string]: string | number | readonly Product[] | undefined;
  readonly click: string;
  readonly orderNumber: string;
}

interface Product {
  readonly [key: string]: string | number;
}

/** What finds a transaction again. The click id is here to be kept out of what is told of an answer. */
interface Sought {
  readonly [key: string]: string;
  readonly click: string;
  readonly orderNumber: string;
}

interface Lead {
  readonly [key: string]: string;
  readonly click: string;
  readonly reference: string;
}

type Step =
  /** `again`: sent before, with an unknown end, and not found since. */
  | { readonly create: Transaction; readonly again?: true }
  | { readonly lookUp: Transaction }
  | Change
  | { readonly lead: Lead };

/**
 * Where its uuid is not known, the transaction is looked up first. `again`: sent before, with an unknown end.
 * `checked`: refused once, and then looked up, for it may have been rejected by hand.
 */
type Change =
  | { readonly update: Transaction; readonly remoteId: string | null; readonly again?: true }
  | { readonly reject: Sought; readonly remoteId?: string | null; readonly again?: true; readonly checked?: true };

/**
 * A Retrack account: reports each order as one transaction, and changes and rejects it.
 * Throws `ERR_OPTIONS` for settings it cannot work with.
 *
 * @see https://retrack.refunder.com/help/tracking/s2s/transaction
 * @see https://retrack.refunder.com/help/tracking/s2s/update-transaction
 * @see https://retrack.refunder.com/help/tracking/s2s/lead
 */
export function retrack(settings: RetrackSettings): Network<Step> {
  const account = parse(settingsShape, settings, "ERR_OPTIONS", "retrack");
  const identity = identityOf(landing, account);
  const nameOf = (number: string) => `${identity.id}/${idPart(number)}`;
  return defineNetwork<Step>({
    ...identity,
    settleSeconds: account.settleSeconds,
    untold: { approve: "Retrack takes no approvals from stores: it is told of changes and rejections" },
    refusal: refusalOf,
    postbacks: (conversion) => postbacksOf(conversion, nameOf(conversion.order.number), account),
    leadPostbacks: (lead, click) => [
      {
        id: `${nameOf(lead.reference)}/lead`,
        kind: "lead",
        step: { lead: leadOf(lead, click.id, account) },
        // No look-up of leads is documented.
        ifUnknown: "hold",
      },
    ],
    request: (step) => requestFor(step, account),
    verdict: (response, step) => verdictOf(response, step, account.token),
  });
}

function refusalOf({ amount, lines, status, told }: Conversion): string | undefined {
  if (status !== "rejected" && told.some(({ kind }) => kind === "reject"))
    return "Retrack was told that the order is rejected, and describes no way back";
  return amount || Object.values(lines).some((decision) => decision.amount)
    ? "Retrack takes no final amount: update the order to what is left of it, then approve it without an amount"
    : undefined;
}

function postbacksOf(conversion: Conversion, name: string, account: Settings): Postback<Step>[] {
  const { order, click, status, lines, told } = conversion;
  const left = status === "rejected" ? undefined : leftOf(order, (sku) => !isRejected(sku, lines));
  const transaction = left && transactionOf(left, click.id, account);
  if (told.length === 0) {
    if (!transaction) return [];
    const step = { create: transaction };
    return [{ id: `${name}/create`, kind: "create", step, ifUnknown: { ask: { lookUp: transaction } } }];
  }
  // A rejection is the last that is told: Retrack describes no way back.
  if (told.some(({ kind }) => kind === "reject")) return [];
  // The uuid may not be known yet: the ledger has it when this is sent.
  const remoteId = null;
  if (!transaction) {
    const reject = { click: click.id, orderNumber: order.number };
    // Without the uuid: its doubt is settled by looking for what became of it.
    const ask = { reject, again: true } as const;
    return [{ id: `${name}/reject`, kind: "reject", step: { reject, remoteId }, ifUnknown: { ask } }];
  }
  const toldLast = told.map(({ step }) => transactionIn(step as Step)).findLast((before) => before !== undefined);
  if (isDeepStrictEqual(transaction, toldLast)) return [];
  const step = { update: transaction, remoteId };
  const updates = told.filter(({ kind }) => kind === "update").length;
  // It is the whole transaction: once more changes nothing where it has arrived.
  return [{ id: `${name}/update/${updates + 1}`, kind: "update", step, ifUnknown: { ask: { ...step, again: true } } }];
}

/** What a step tells of the order, whichever step its postback is at. */
function transactionIn(step: Step): Transaction | undefined {
  if ("create" in step) return step.create;
  if ("lookUp" in step) return step.lookUp;
  return "update" in step ? step.update : undefined;
}

function leadOf({ event, reference, voucher }: PlacedLead, click: string, account: Settings): Lead {
  return { event: event ?? account.event, click, reference, ...(voucher === undefined ? {} : { voucher }) };
}

function transactionOf(order: PlacedOrder, click: string, account: Settings): Transaction {
  const sum = sumOf(order);
  return {
    event: account.event,
    click,
    orderNumber: order.number,
    // Without VAT and shipping, in minor units: the page's rule and table. Its sample answer contradicts both.
    orderSum: sum.net,
    vatSum: sum.vat,
    currency: order.currency,
    ...(order.discount && order.discount.net > 0 ? { discountSum: order.discount.net } : {}),
    products: order.lines.flatMap((line) =>
      rowsOf(line, account.prices).map(({ quantity, net, vat }) => ({
        event: eventOf(line, account),
        reference: line.sku,
        quantity,
        name: line.name,
        price: net,
        vat,
      })),
    ),
  };
}

function eventOf({ event, category }: Line, account: Settings): string {
  // Its own property: a category may be called what every object has, like "constructor".
  const ofCategory =
    category !== undefined && Object.hasOwn(account.events, category) ? account.events[category] : undefined;
  return event ?? ofCategory ?? account.event;
}

/** The rows that tell a line: of a price each, where prices are of units, times their quantity they sum to the line. */
function rowsOf(line: Line, prices: "unit" | "line"): { quantity: number; net: number; vat: number }[] {
  const { quantity, net, vat } = line;
  if (prices === "line") return [{ quantity, net, vat }];
  // Where the money does not divide evenly, the first units are told one minor unit dearer than the rest.
  const dearer = { net: net % quantity, vat: vat % quantity };
  const bounds = [...new Set([0, dearer.net, dearer.vat, quantity])].sort((a, b) => a - b);
  return bounds.slice(1).map((end, index) => {
    const start = bounds[index] as number;
    return {
      quantity: end - start,
      net: Math.floor(net / quantity) + (start < dearer.net ? 1 : 0),
      vat: Math.floor(vat / quantity) + (start < dearer.vat ? 1 : 0),
    };
  });
}

function requestFor(step: Step, { url, token }: Settings): HttpRequest {
  const headers = { accept: "application/json", authorization: `Bearer ${token}` };
  const transactions = `${url}/api/v2/transactions`;
  const post = (to: string, body: Transaction | Lead | { status: "rejected" }): HttpRequest => ({
    method: "POST",
    url: to,
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if ("create" in step) return post(transactions, step.create);
  if ("lead" in step) return post(`${url}/api/v2/leads`, step.lead);
  const uuid = uuidIn(step);
  if (uuid !== undefined)
    return post(`${transactions}/${uuid}`, "update" in step ? step.update : { status: "rejected" });
  const { orderNumber } = soughtBy(step);
  // https://retrack.refunder.com/help/tracking/s2s/update-transaction
  return { method: "GET", url: `${transactions}?byOrderNumber=${encodeURIComponent(orderNumber)}`, headers };
}

function uuidIn(step: Change | { readonly lookUp: Transaction }): string | undefined {
  return "remoteId" in step && step.remoteId && UUID.test(step.remoteId) ? step.remoteId : undefined;
}

function soughtBy(step: Change | { readonly lookUp: Transaction }): Sought | Transaction {
  if ("lookUp" in step) return step.lookUp;
  return "update" in step ? step.update : step.reject;
}

function verdictOf(response: HttpResponse, step: Step, token: string): Verdict<Step> {
  if ("create" in step) {
    const { click, orderNumber } = step.create;
    const isOurs = (saved: Saved) => (saved.order_number ?? orderNumber) === orderNumber;
    return savedVerdict(response, "transaction", isOurs, step.again, [token, click]);
  }
  if ("lead" in step) {
    const { click, reference } = step.lead;
    const isOurs = (saved: Saved) => (saved.reference ?? reference) === reference;
    return savedVerdict(response, "lead", isOurs, undefined, [token, click]);
  }
  if ("lookUp" in step) return lookUpVerdict(response, step.lookUp, token);
  const uuid = uuidIn(step);
  if (uuid === undefined) return foundVerdict(response, step, token);
  const { again } = step;
  const hidden = [token, soughtBy(step).click];
  const verdict = savedVerdict(response, "transaction", (saved) => saved.uuid === uuid, again, hidden);
  const isOfToken = response.status === 401 || response.status === 403;
  return "reject" in step && verdict.kind === "refused" && !step.checked && !isOfToken
    ? { kind: "next", step: { reject: step.reject, checked: true }, reason: verdict.reason }
    : verdict;
}

// What goes into a URL later is held to a shape, not merely to being text.
const UUID = /^[\w-]{1,64}$/;
const numberAsText = z.union([z.string(), z.number()]).transform(String).optional();

const savedShape = z.object({
  uuid: z.string().regex(UUID),
  order_number: numberAsText,
  reference: numberAsText,
  status: z.object({ name: z.string() }).optional().catch(undefined),
});

type Saved = z.output<typeof savedShape>;

// Made once: making a schema takes longer than reading an answer with it, and is compiled anew each time.
const allSavedShape = z.array(savedShape);
const envelopeShape = z.object({ data: z.unknown() });

/** What the answer to a POST means. The answers to changes are not documented: they are taken to be those to creating. */
function savedVerdict(
  response: HttpResponse,
  what: "transaction" | "lead",
  isOurs: (saved: Saved) => boolean,
  again: true | undefined,
  hidden: string[],
): Verdict<Step> {
  const { status } = response;
  if (status === 200) {
    const found = savedIn(response, allSavedShape);
    const [saved] = found ?? [];
    return saved && found?.length === 1 && isOurs(saved)
      ? { kind: "accepted", remoteId: saved.uuid }
      : { kind: "unknown", reason: `HTTP 200 without the ${what} Retrack answers with when it has saved one` };
  }
  const reason = reasonOf(response, hidden);
  if (mayTryLater(status)) return { kind: "retry", reason };
  // The page invites to retry every answer but 200; the same request cannot mend what a 4xx says is wrong with it.
  // After an unanswered request it may be that one, come late, which stands in the way.
  if (status >= 400 && status < 500)
    return again ? { kind: "hold", reason: ofRepeated(reason) } : { kind: "refused", reason };
  return { kind: "unknown", reason };
}

/** After a transaction whose end is unknown. */
function lookUpVerdict(response: HttpResponse, sent: Transaction, token: string): Verdict<Step> {
  const found = transactionFound(response, sent, token);
  if (found.kind === "found")
    return {
      kind: "accepted",
      remoteId: found.saved.uuid,
      reason: "Retrack has the order already",
    };
  return found.kind === "none"
    ? { kind: "next", step: { create: sent, again: true }, reason: "Retrack does not have the order" }
    : found;
}

/** Before a change, for its uuid; after a change whose end is unknown, for what became of it. */
function foundVerdict(response: HttpResponse, step: Change, token: string): Verdict<Step> {
  const found = transactionFound(response, soughtBy(step), token);
  if (found.kind === "none")
    // Its search may lag: the ledger's own uuid first, if there is one.
    return "remoteId" in step
      ? { kind: "hold", reason: "Retrack does not have the order, which it was told of" }
      : { kind: "next", step: { ...step, remoteId: null }, reason: "Retrack's search does not find the order" };
  if (found.kind !== "found") return found;
  const { uuid, status } = found.saved;
  if (status?.name === "approved")
    return { kind: "refused", reason: "Retrack has approved the order: it cannot be changed any more" };
  if (status?.name === "rejected" && "reject" in step)
    return { kind: "accepted", remoteId: uuid, reason: "Retrack has the order as rejected already" };
  return { kind: "next", step: { ...step, remoteId: uuid }, reason: "Retrack has the order" };
}

/** The one transaction of an order in the answer to a look-up, or that there is none, or why nobody can tell. */
function transactionFound(
  response: HttpResponse,
  { click, orderNumber }: Sought | Transaction,
  token: string,
):
  | { readonly kind: "found"; readonly saved: Saved }
  | { readonly kind: "none" }
  | { readonly kind: "retry" | "hold"; readonly reason: string } {
  const found = foundIn(response, allSavedShape);
  if (!found) return { kind: "retry", reason: `the look-up was not answered: ${reasonOf(response, [token, click])}` };
  const ours = found.filter(({ order_number }) => order_number === orderNumber);
  const [saved] = ours;
  if (saved && ours.length === 1) return { kind: "found", saved };
  if (ours.length > 1) return { kind: "hold", reason: `Retrack has the order ${ours.length} times` };
  return found.length > 0
    ? { kind: "hold", reason: "Retrack answered the look-up with other orders" }
    : { kind: "none" };
}

/** What Retrack has saved, in its answer: none, one or a list; undefined where it does not read as Retrack's. */
function savedIn<One>({ body }: HttpResponse, shape: z.ZodType<One[]>): One[] | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    const data = Array.isArray(parsed) ? parsed : envelopeShape.parse(parsed).data;
    return shape.parse(data === null ? [] : Array.isArray(data) ? data : [data]);
  } catch {
    return;
  }
}

/** What a look-up found; undefined where it was not answered. */
function foundIn<One>(response: HttpResponse, shape: z.ZodType<One[]>): One[] | undefined {
  // A page of HTML is some proxy's 404, and says nothing of the order.
  if (response.status === 404 && !/^\s*</.test(response.body)) return [];
  return response.status === 200 ? savedIn(response, shape) : undefined;
}

// Only `message` is repeated: a whole body carries the shopper's IP address.
const refusalShape = z.object({ message: z.string() });

function reasonOf({ status, body }: HttpResponse, hidden: string[]): string {
  try {
    return `HTTP ${status}: ${shortWords(withoutSecrets(refusalShape.parse(JSON.parse(body)).message, hidden))}`;
  } catch {
    return `HTTP ${status}`;
  }
}

/** The step that asks an account for what it has of an order, and changes nothing there. */
export function lookUp(number: string): Step {
  return { lookUp: { click: "", orderNumber: number } };
}

/** A transaction as Retrack has it, as far as a store can compare it with its own. */
export interface KnownTransaction {
  readonly id: string;
  /** In minor units; absent where the answer does not say. */
  readonly net?: number | undefined;
  readonly vat?: number | undefined;
  readonly currency?: string | undefined;
  /** Retrack's own word: `pending`, `approved`, `rejected`. */
  readonly status?: string | undefined;
}

export type LookedUp =
  | { readonly kind: "found"; readonly transactions: readonly KnownTransaction[] }
  /** The token is not taken. */
  | { readonly kind: "forbidden"; readonly reason: string }
  /** Nobody can tell what Retrack has. */
  | { readonly kind: "unanswered"; readonly reason: string };

const minorUnits = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^-?\d+$/)
      .transform(Number)
      .pipe(z.int()),
  ])
  .optional();
const knownShape = z.array(
  savedShape.extend({
    order_sum: minorUnits.catch(undefined),
    vat_sum: minorUnits.catch(undefined),
    currency: z.string().optional().catch(undefined),
  }),
);

/** What an account has of an order: none, one, or several. */
export function lookedUp(response: HttpResponse, number: string): LookedUp {
  const { status } = response;
  if (status === 401 || status === 403) return { kind: "forbidden", reason: `HTTP ${status}` };
  const unanswered = { kind: "unanswered", reason: `HTTP ${status}` } as const;
  const found = foundIn(response, knownShape);
  if (!found) return unanswered;
  const ours = found.filter(({ order_number }) => order_number === number);
  if (found.length > ours.length) return { ...unanswered, reason: "Retrack answered the look-up with other orders" };
  const transactions = ours.map(({ uuid, order_sum: net, vat_sum: vat, currency, status }) => {
    return { id: uuid, net, vat, currency, status: status?.name };
  });
  return { kind: "found", transactions };
}
