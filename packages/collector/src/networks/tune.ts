import type { Landing } from "@cashtrail/client/landing";
import { z } from "zod";
import { decimal, decimalsOf } from "../money.ts";
import type { Conversion, HttpRequest, HttpResponse, Json, Network, Verdict } from "../network.ts";
import { leftOf, type PlacedOrder, sumOf } from "../order.ts";
import { parse, whereFine } from "../parse.ts";
import { days, identityOf, market, parameter, refuseCleartext, secret, url } from "./account.ts";
import { defineNetwork } from "./define.ts";
import { mayTryLater } from "./patience.ts";
import { idPart } from "./postback-id.ts";
import { ofRepeated, shortWords, withoutSecrets } from "./words.ts";

/** No network on TUNE that is known here prints amounts with more. */
export const MOST_DECIMALS = 2;

/** TUNE has no look-up and names no processing time: long enough for any gateway to have given up on a request. */
const SETTLE_SECONDS = 60;

const sub = z.custom<(order: PlacedOrder) => string>((value) => typeof value === "function", {
  error: "a function of the order is wanted that returns the text to send",
});

const settingsShape = z
  .strictObject({
    /** The network's name in small letters: its clicks, its cookie and its postbacks carry it. */
    network: z
      .string({ error: "the network's name is wanted, in small letters" })
      .regex(/^[a-z]{1,32}$/, "must be small letters: it stands in cookies"),
    /** What people call it. */
    title: z.string().min(1, "must not be empty").max(64, "must be no longer than 64 characters").optional(),
    /** Its tracking domain, like `https://example.go2cloud.org`. */
    url,
    /** The offer's id, from the network. */
    offer: z
      .string({ error: "the offer's id is wanted, as text" })
      .regex(/^\d{1,20}$/, "must be the digits the network gave you"),
    /** The advertiser security token, where the network has applied one. */
    securityToken: secret.optional(),
    /** The currency the network takes amounts in; without it, orders of every currency are taken as they are. */
    currency: z
      .string({ error: "an ISO 4217 code is wanted" })
      .refine(
        (code) => (decimalsOf(code) ?? Infinity) <= MOST_DECIMALS,
        `must be an ISO 4217 code in capitals, like EUR, of at most ${MOST_DECIMALS} decimals`,
      )
      .optional(),
    /** TUNE does not say whether amounts include VAT: ask the network. */
    amount: z.enum(["gross", "net"], {
      error: 'must be "gross" or "net": ask the network whether amounts include VAT',
    }),
    /** Advertiser sub ids beside the order's number, as the network wants them. Each answers the same to the same order. */
    subs: z
      .partialRecord(
        z.enum([
          "adv_sub2",
          "adv_sub3",
          "adv_sub4",
          "adv_sub5",
          "adv_unique1",
          "adv_unique2",
          "adv_unique3",
          "adv_unique4",
          "adv_unique5",
        ]),
        sub,
      )
      .default({}),
    /** Sends the order's own time; else the time of receipt counts. */
    datetime: z.boolean().default(false),
    /**
     * What follows an unanswered call: a person decides, or it is sent again. Where the offer's setting Multiple
     * Conversions is off, TUNE refuses the second one as a duplicate; where it is on, `repeat` may count twice.
     */
    onUnknown: z.enum(["hold", "repeat"]).default("hold"),
    market: market.optional(),
    /** The URL parameter the click id arrives in. Two networks of a store need two. */
    parameter: parameter.default("transaction_id"),
    /** How long a click counts: the offer's session length. */
    days: days.default(30),
    tokenInCleartext: z.boolean().optional(),
  })
  .superRefine(refuseCleartext, whereFine("url"));

export type TuneSettings = z.input<typeof settingsShape>;

/** What a call says of one conversion or its validation. */
export interface TuneStep {
  readonly [key: string]: Parameters | string | boolean | null | undefined;
  /** Every parameter exactly as it is sent, but for the token: a validation has to repeat them. */
  readonly parameters: Parameters;
  /** Of a call that does not send it: to be kept out of what is told of an answer. */
  readonly click?: string;
  /** Sent before, with an unknown end. */
  readonly again?: true;
  /** Whether a duplicate may be another order's. */
  readonly isClickShared?: boolean | null;
}

export type Parameters = Readonly<Record<string, string>>;

/**
 * An account of a network on TUNE (once HasOffers): reports each order as one conversion of an offer.
 * Throws `ERR_OPTIONS` for settings it cannot work with.
 *
 * @see https://support.tune.com/hc/en-us/articles/4413247665431-Receiving-Conversions-via-Postback-URL
 * @see https://support.tune.com/hc/en-us/articles/1500005236742-Customizing-a-Conversion-URL
 * @see https://support.tune.com/hc/en-us/articles/1500007718142-Advertiser-Security-Tokens
 */
export function tune(settings: TuneSettings): Network<TuneStep> {
  const account = parse(settingsShape, settings, "ERR_OPTIONS", "tune");
  const { network, title = network } = account;
  const identity = identityOf(landingOf(network), account);
  const byHand = `${title} takes conversions only: tell it of this where its own pages let you`;
  return defineNetwork<TuneStep>({
    ...identity,
    settleSeconds: SETTLE_SECONDS,
    untold: { update: byHand, approve: byHand, reject: byHand },
    refusal({ order, amount, lines, told }) {
      const refusal = currencyRefusal(order, account.currency, title);
      if (refusal !== undefined || told.length === 0) return refusal;
      return amount || Object.values(lines).some((decision) => decision.amount)
        ? `${title} takes no final amount once it has the order: approve it without one`
        : undefined;
    },
    postbacks(conversion) {
      const { order, click, status, told } = conversion;
      if (status === "rejected" || told.length > 0) return [];
      const subs = Object.entries(account.subs).map(([name, of]) => [name, of(order)] as const);
      const step = {
        parameters: {
          offer_id: account.offer,
          adv_sub: order.number,
          ...Object.fromEntries(subs),
          transaction_id: click.id,
          amount: printed(amountApproved(conversion, account.amount), order),
          ...datetimeOf(order, account.datetime),
        },
      };
      const ask = { ...step, again: true, isClickShared: null } as const;
      const ifUnknown = account.onUnknown === "hold" ? "hold" : { ask };
      return [{ id: `${identity.id}/${idPart(order.number)}/create`, kind: "create", step, ifUnknown }];
    },
    request: (step) => requestFor(step, account),
    verdict: (response, step) => verdictOf(response, step, account.securityToken ?? "", title),
  });
}

/**
 * TUNE's own ids are 30 characters that start with 102. Any other id of its shape needs `utm_source=<network>` beside
 * it, for payment pages use the same parameter name.
 *
 * @see https://support.tune.com/hc/en-us/articles/1500008231622-Transaction-IDs
 */
function landingOf(network: string): Landing {
  return {
    network,
    parameter: "transaction_id",
    cookie: `${network}_click`,
    days: 30,
    id: /^102[\da-z]{27}$/i,
    idWithSource: /^[\da-z]{10,30}$/i,
  };
}

/** Why an order's currency cannot be told, if it cannot. */
export function currencyRefusal(
  { currency }: PlacedOrder,
  taken: string | undefined,
  title: string,
): string | undefined {
  if (taken !== undefined && taken !== currency) return `the account takes ${taken}, and the order is in ${currency}`;
  const decimals = decimalsOf(currency) as number;
  return decimals > MOST_DECIMALS
    ? `${currency} has ${decimals} decimals, and ${title} takes amounts with at most ${MOST_DECIMALS}`
    : undefined;
}

/** What is approved in all: what the store says, or else the final amounts of lines and what is left of the others. */
export function amountApproved({ order, amount, lines }: Conversion, kind: "gross" | "net"): number {
  if (amount) return amountOf(amount, kind);
  const decisions = new Map(Object.entries(lines));
  const left = leftOf(order, (sku) => {
    const decision = decisions.get(sku);
    return decision?.status !== "rejected" && !decision?.amount;
  });
  const final = [...decisions.values()].flatMap((line) =>
    line.status === "approved" && line.amount ? [line.amount] : [],
  );
  return [...(left ? [sumOf(left)] : []), ...final].reduce((sum, part) => sum + amountOf(part, kind), 0);
}

export function amountOf({ net, vat }: { net: number; vat: number }, kind: "gross" | "net"): number {
  return kind === "gross" ? net + vat : net;
}

export function printed(minor: number, { currency }: PlacedOrder): string {
  return decimal(minor, decimalsOf(currency) as number);
}

/** `YYYY-MM-DD HH:MM:SS` in UTC, where it is sent. */
export function datetimeOf({ placedAt }: PlacedOrder, isSent: boolean): { datetime?: string } {
  return isSent ? { datetime: placedAt.toISOString().slice(0, 19).replace("T", " ") } : {};
}

function requestFor(
  { parameters }: TuneStep,
  { url, securityToken }: { url: string; securityToken?: string | undefined },
): HttpRequest {
  const query = Object.entries({ ...parameters, ...(securityToken && { security_token: securityToken }) })
    .map(([name, value]) => `${name}=${percentEncoded(value)}`)
    .join("&");
  return { method: "GET", url: `${url}/aff_lsr?${query}`, headers: { accept: "text/plain, */*" } };
}

/** Every reserved character is encoded, a space as %20, which reads the same in a form's and in RFC 3986's way. */
function percentEncoded(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * TUNE answers 200 to refusals too; only the body tells. Its pages spell success with two c, ShopBack's with one.
 *
 * @see https://support.tune.com/hc/en-us/articles/4413247665431-Receiving-Conversions-via-Postback-URL
 * @see https://docs.shopback.com/docs/s2s-order-tracking-api
 */
function verdictOf(
  { status, body }: HttpResponse,
  step: TuneStep,
  securityToken: string,
  title: string,
): Verdict<TuneStep> {
  if (mayTryLater(status)) return { kind: "retry", reason: `HTTP ${status}` };
  if (status >= 400 && status < 500)
    return step.again
      ? { kind: "hold", reason: ofRepeated(`HTTP ${status}`) }
      : { kind: "refused", reason: `HTTP ${status}` };
  if (status < 200 || status > 299) return { kind: "unknown", reason: `HTTP ${status}` };
  // Hidden before anything is cut out of it: half a secret is too much as well, and so is one the network cut itself.
  const echo = body.replace(/security_token=[^&;\s]*/gi, "security_token=…");
  const click = step.click ?? step.parameters.transaction_id ?? "";
  const said = withoutSecrets(echo, [securityToken, percentEncoded(securityToken), click]);
  const message = /err_msg\s*=\s*([^;]*)/i.exec(said)?.[1]?.trim();
  if (/^\s*suc{1,2}ess\s*=\s*false\b/i.test(body)) {
    // Without a message nothing of the body is repeated: nobody knows what else is in it.
    const reason = message ? shortWords(message) : "success=false without a message";
    if (!step.again) return { kind: "refused", reason };
    if (!/duplicate/i.test(reason)) return { kind: "hold", reason: ofRepeated(reason) };
    return step.isClickShared
      ? { kind: "hold", reason: `another order has the same click, and the duplicate may be that one: ${reason}` }
      : { kind: "accepted", reason: `the unanswered call arrived: ${reason}` };
  }
  if (!message && /^\s*suc{1,2}ess\s*=\s*true\b/i.test(body)) return { kind: "accepted" };
  return { kind: "unknown", reason: `HTTP ${status} with an answer that is neither ${title}'s yes nor its no` };
}

/** The amount that a step tells or told, in major units as it is sent. */
export function amountTold(step: Json): string | undefined {
  const { parameters } = (step ?? {}) as Partial<TuneStep>;
  return parameters?.amount;
}
