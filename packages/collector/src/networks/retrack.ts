import { type Landing, landings } from "@cashtrail/client/landing";
import { z } from "zod";
import type { HttpRequest, HttpResponse, Network, Postback, Verdict } from "../network.ts";
import { type Line, type PlacedOrder, sumOf } from "../order.ts";
import { parse, whereFine } from "../parse.ts";
import { days, identityOf, market, parameter, refuseCleartext, secret, url } from "./account.ts";
import { mayTryLater } from "./patience.ts";
import { without, words } from "./words.ts";

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

type Step =
  /** `again`: sent before, with an unknown end, and not found since. */
  { readonly create: Transaction; readonly again?: true } | { readonly lookUp: Transaction };

/**
 * A Retrack account: reports each order as one transaction.
 * Throws `ERR_OPTIONS` for settings it cannot work with.
 *
 * @see https://retrack.refunder.com/help/tracking/s2s/transaction
 */
export function retrack(settings: RetrackSettings): Network<Step> {
  const account = parse(settingsShape, settings, "ERR_OPTIONS", "retrack");
  const identity = identityOf(landing, account);
  return {
    ...identity,
    settleSeconds: account.settleSeconds,
    refusal: () => undefined,
    postbacks({ order, click }): Postback<Step>[] {
      const transaction = transactionOf(order, click.id, account);
      return [
        {
          id: `${identity.id}/${encodeURIComponent(order.number)}/create`,
          step: { create: transaction },
          ifUnknown: { ask: { lookUp: transaction } },
        },
      ];
    },
    request: (step) => requestFor(step, account),
    verdict: (response, step) =>
      "create" in step
        ? createVerdict(response, step, account.token)
        : lookUpVerdict(response, step.lookUp, account.token),
  };
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
  return "create" in step
    ? {
        method: "POST",
        url: transactions,
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify(step.create),
      }
    : {
        method: "GET",
        // https://retrack.refunder.com/help/tracking/s2s/update-transaction
        url: `${transactions}?byOrderNumber=${encodeURIComponent(step.lookUp.orderNumber)}`,
        headers,
      };
}

const transactionShape = z.object({
  // What goes into a URL later is held to a shape, not merely to being text.
  uuid: z.string().regex(/^[\w-]{1,64}$/),
  order_number: z.union([z.string(), z.number()]).transform(String).optional(),
});

function createVerdict(
  response: HttpResponse,
  { create: sent, again }: Extract<Step, { create: Transaction }>,
  token: string,
): Verdict<Step> {
  const { status } = response;
  if (status === 200) {
    const found = transactionsIn(response);
    const [saved] = found ?? [];
    return saved && found?.length === 1 && (saved.order_number ?? sent.orderNumber) === sent.orderNumber
      ? { kind: "accepted", remoteId: saved.uuid }
      : { kind: "unknown", reason: "HTTP 200 without the transaction Retrack answers with when it has saved one" };
  }
  const reason = reasonOf(response, [token, sent.click]);
  if (mayTryLater(status)) return { kind: "retry", reason };
  // The page invites to retry every answer but 200; the same request cannot mend what a 4xx says is wrong with it.
  // After an unanswered request it may be that one, come late, which stands in the way.
  if (status >= 400 && status < 500) return { kind: again ? "hold" : "refused", reason };
  return { kind: "unknown", reason };
}

function lookUpVerdict(response: HttpResponse, sent: Transaction, token: string): Verdict<Step> {
  const step: Step = { create: sent, again: true };
  const again: Verdict<Step> = { kind: "next", step, reason: "Retrack does not have the order" };
  // A page of HTML is some proxy's 404, and says nothing of the order.
  if (response.status === 404 && !/^\s*</.test(response.body)) return again;
  const found = response.status === 200 ? transactionsIn(response) : undefined;
  if (!found)
    return { kind: "retry", reason: `the look-up was not answered: ${reasonOf(response, [token, sent.click])}` };
  const ours = found.filter(({ order_number }) => order_number === sent.orderNumber);
  const [saved] = ours;
  if (saved && ours.length === 1)
    return { kind: "accepted", remoteId: saved.uuid, reason: "Retrack has the order: the unanswered request arrived" };
  if (ours.length > 1) return { kind: "hold", reason: `Retrack has the order ${ours.length} times` };
  return found.length > 0 ? { kind: "hold", reason: "Retrack answered the look-up with other orders" } : again;
}

/** The transactions in an answer: none, one or a list; undefined where it does not read as Retrack's. */
function transactionsIn({ body }: HttpResponse): z.output<typeof transactionShape>[] | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    const data = Array.isArray(parsed) ? parsed : z.object({ data: z.unknown() }).parse(parsed).data;
    return z.array(transactionShape).parse(data === null ? [] : Array.isArray(data) ? data : [data]);
  } catch {
    return;
  }
}

// Only `message` is repeated: a whole body carries the shopper's IP address.
const refusalShape = z.object({ message: z.string() });

function reasonOf({ status, body }: HttpResponse, hidden: string[]): string {
  try {
    return `HTTP ${status}: ${words(without(refusalShape.parse(JSON.parse(body)).message, hidden))}`;
  } catch {
    return `HTTP ${status}`;
  }
}
