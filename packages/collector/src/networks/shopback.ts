import { type Landing, landings } from "@cashtrail/client/landing";
import { z } from "zod";
import { decimal, decimalsOf, spread } from "../money.ts";
import type { HttpRequest, HttpResponse, Network, Postback, Verdict } from "../network.ts";
import { type Line, type PlacedOrder, sumOf } from "../order.ts";
import { parse, whereFine } from "../parse.ts";
import { days, identityOf, market, parameter, refuseCleartext, secret, url } from "./account.ts";
import { mayTryLater } from "./patience.ts";
import { without, words } from "./words.ts";

const landing = landings.find(({ network }) => network === "shopback") as Landing;

/** Amounts are decimal numbers with at most two places: https://docs.shopback.com/docs/s2s-item-level-tracking-api */
const MOST_DECIMALS = 2;

/** ShopBack has no look-up and names no processing time: long enough for any gateway to have given up on a request. */
const SETTLE_SECONDS = 60;

const digits = (what: string) =>
  z.string({ error: `the ${what} id ShopBack gave you is wanted, as text` }).regex(/^\d{1,20}$/, "must be digits");
const offer = digits("offer");

const settingsShape = z
  .strictObject({
    /** The order offer id, from your ShopBack representative. */
    offer,
    securityToken: secret,
    /** The account's currency, or `any` for a multi-currency account, which is told each order's currency. */
    currency: z
      .string({ error: 'the account\'s ISO 4217 code is wanted, or "any" for a multi-currency account' })
      .refine(
        (code) => code === "any" || (decimalsOf(code) ?? Infinity) <= MOST_DECIMALS,
        `must be "any" or an ISO 4217 code in capitals, like MYR, of at most ${MOST_DECIMALS} decimals`,
      ),
    /** ShopBack's pages do not say whether amounts include VAT or GST: ask, and set what you were told. */
    amount: z.enum(["gross", "net"], {
      error: 'must be "gross" or "net": ask ShopBack whether amounts include VAT or GST',
    }),
    /** `line` makes one call per line, for accounts that ShopBack has set up so. */
    level: z.enum(["order", "line"]).default("order"),
    /** Sends the order's own time, for accounts that ShopBack has set up so; else the time of receipt counts. */
    datetime: z.boolean().default(false),
    /** The offer and affiliate ids of the validation API. */
    validation: z.strictObject({ offer, affiliate: digits("affiliate") }).optional(),
    /** At line level, what follows an unanswered call: a person decides, or it is sent again and may count twice. */
    onUnknown: z.enum(["hold", "repeat"]).optional(),
    market: market.optional(),
    /** The URL parameter the click id arrives in. */
    parameter: parameter.default(landing.parameter),
    /** How long a click counts. ShopBack names no time. */
    days: days.default(landing.days),
    url: url.default("https://shopback.go2cloud.org"),
    tokenInCleartext: z.boolean().optional(),
  })
  .superRefine(refuseCleartext, whereFine("url"))
  .superRefine(
    ({ level, currency }, context) => {
      if (level === "line" && currency === "any")
        context.addIssue({
          code: "custom",
          path: ["level"],
          message:
            '"line" cannot be combined with currency "any": both need adv_sub5, for the order\'s total and for its ' +
            "currency, and ShopBack's pages do not say which wins. Use an account of one currency, or level order",
        });
    },
    whereFine("level", "currency"),
  )
  .superRefine(
    ({ level, onUnknown }, context) => {
      if (level === "order" && onUnknown)
        context.addIssue({
          code: "custom",
          path: ["onUnknown"],
          message: "is for level line: at order level ShopBack itself tells a repeated call apart",
        });
    },
    whereFine("level", "onUnknown"),
  );

export type ShopbackSettings = z.input<typeof settingsShape>;
type Settings = z.output<typeof settingsShape>;

interface Step {
  readonly [key: string]: Readonly<Record<string, string>> | true | undefined;
  /** Every parameter exactly as it is sent, but for the token: a validation has to repeat them. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Sent before, with an unknown end. */
  readonly again?: true;
}

/**
 * A ShopBack account, on TUNE: reports each order, or each of its lines, as one call.
 * Throws `ERR_OPTIONS` for settings it cannot work with.
 *
 * @see https://docs.shopback.com/docs/server-to-server
 * @see https://docs.shopback.com/docs/s2s-order-tracking-api
 * @see https://docs.shopback.com/docs/s2s-item-level-tracking-api
 */
export function shopback(settings: ShopbackSettings): Network<Step> {
  const account = parse(settingsShape, settings, "ERR_OPTIONS", "shopback");
  const identity = identityOf(landing, account);
  return {
    ...identity,
    settleSeconds: SETTLE_SECONDS,
    refusal: (order) => refusalOf(order, account),
    postbacks({ order, click }): Postback<Step>[] {
      const report = `${identity.id}/${encodeURIComponent(order.number)}/create`;
      if (account.level === "order") {
        const step: Step = { parameters: orderParameters(order, click.id, account) };
        return [{ id: report, step, ifUnknown: { ask: { ...step, again: true } } }];
      }
      return lineParameters(order, click.id, account).map((parameters) => ({
        id: `${report}/${encodeURIComponent(parameters.adv_sub4 as string)}`,
        step: { parameters },
        ifUnknown: account.onUnknown === "repeat" ? { ask: { parameters, again: true } } : "hold",
      }));
    },
    request: (step) => requestFor(step, account),
    verdict: (response, step) => verdictOf(response, step, account),
  };
}

function refusalOf({ currency }: PlacedOrder, account: Settings): string | undefined {
  if (account.currency !== "any" && account.currency !== currency)
    return `the account takes ${account.currency}, and the order is in ${currency}`;
  const decimals = decimalsOf(currency) as number;
  if (decimals > MOST_DECIMALS)
    return `${currency} has ${decimals} decimals, and ShopBack takes amounts with at most ${MOST_DECIMALS}`;
  return;
}

function orderParameters(order: PlacedOrder, click: string, account: Settings): Record<string, string> {
  const amount = amountOf(sumOf(order), account);
  return {
    offer_id: account.offer,
    adv_sub: order.number,
    // A single-currency account is sent no adv_sub5 at order level: https://docs.shopback.com/docs/server-to-server
    ...(account.currency === "any" ? { adv_sub5: order.currency } : {}),
    transaction_id: click,
    amount: printed(amount, order),
    ...datetimeOf(order, account),
  };
}

function lineParameters(order: PlacedOrder, click: string, account: Settings): Record<string, string>[] {
  const lines = mergedBySku(order.lines);
  const amounts = lines.map((line) => amountOf(line, account));
  const discounts = spread(amountOf(order.discount ?? { net: 0, vat: 0 }, account), amounts);
  const total = printed(amountOf(sumOf(order), account), order);
  return lines.map((line, index) => ({
    offer_id: account.offer,
    adv_sub: order.number,
    ...(line.category === undefined ? {} : { adv_sub2: line.category }),
    adv_sub3: String(line.quantity),
    adv_sub4: line.sku,
    // At line level this is the order's total, on the same page that refuses a currency code in it.
    adv_sub5: total,
    transaction_id: click,
    amount: printed((amounts[index] as number) - (discounts[index] as number), order),
    ...datetimeOf(order, account),
  }));
}

/** A validation finds its line by the SKU, so an order has one line of each. */
function mergedBySku(lines: readonly Line[]): Line[] {
  const merged = new Map<string, Line>();
  for (const line of lines) {
    const first = merged.get(line.sku);
    merged.set(
      line.sku,
      first
        ? { ...first, quantity: first.quantity + line.quantity, net: first.net + line.net, vat: first.vat + line.vat }
        : line,
    );
  }
  return [...merged.values()];
}

function amountOf({ net, vat }: { net: number; vat: number }, { amount }: Settings): number {
  return amount === "gross" ? net + vat : net;
}

function printed(minor: number, { currency }: PlacedOrder): string {
  return decimal(minor, decimalsOf(currency) as number);
}

/** `YYYY-MM-DD HH:MM:SS` in UTC, which "Mode 2" wants: https://docs.shopback.com/docs/server-to-server */
function datetimeOf({ placedAt }: PlacedOrder, { datetime }: Settings): { datetime?: string } {
  return datetime ? { datetime: placedAt.toISOString().slice(0, 19).replace("T", " ") } : {};
}

function requestFor({ parameters }: Step, { url, securityToken }: Settings): HttpRequest {
  const query = Object.entries({ ...parameters, security_token: securityToken })
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
 * ShopBack answers 200 to refusals too; only the body tells. Its pages spell success with one c, TUNE's with two.
 *
 * @see https://docs.shopback.com/docs/s2s-order-tracking-api
 * @see https://support.tune.com/hc/en-us/articles/4413247665431-Receiving-Conversions-via-Postback-URL
 */
function verdictOf({ status, body }: HttpResponse, step: Step, { securityToken }: Settings): Verdict<Step> {
  if (mayTryLater(status)) return { kind: "retry", reason: `HTTP ${status}` };
  if (status >= 400 && status < 500)
    // It says nothing of the call before, which may have arrived.
    return { kind: step.again ? "hold" : "refused", reason: `HTTP ${status}` };
  if (status < 200 || status > 299) return { kind: "unknown", reason: `HTTP ${status}` };
  // Hidden before anything is cut out of it: half a secret is too much as well, and so is one the network cut itself.
  const echo = body.replace(/security_token=[^&;\s]*/gi, "security_token=…");
  const said = without(echo, [securityToken, percentEncoded(securityToken), step.parameters.transaction_id as string]);
  const message = /err_msg\s*=\s*([^;]*)/i.exec(said)?.[1]?.trim();
  if (/^\s*suc{1,2}ess\s*=\s*false\b/i.test(body)) {
    // Without a message nothing of the body is repeated: nobody knows what else is in it.
    const reason = message ? words(message) : "success=false without a message";
    if (!step.again || !/duplicate/i.test(reason)) return { kind: "refused", reason };
    // Lines of one order share its click id, so there it may be another line that is meant.
    return "adv_sub4" in step.parameters
      ? { kind: "hold", reason }
      : { kind: "accepted", reason: `the unanswered call arrived: ${reason}` };
  }
  if (!message && /^\s*suc{1,2}ess\s*=\s*true\b/i.test(body)) return { kind: "accepted" };
  return { kind: "unknown", reason: `HTTP ${status} with an answer that is neither ShopBack's yes nor its no` };
}
