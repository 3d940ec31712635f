import { type Landing, landings } from "@cashtrail/client/landing";
import { z } from "zod";
import { decimal, decimalsOf, spread } from "../money.ts";
import type {
  Conversion,
  HttpRequest,
  HttpResponse,
  LineDecision,
  Network,
  Postback,
  Told,
  Verdict,
} from "../network.ts";
import { type Line, leftOf, type PlacedOrder, sumOf } from "../order.ts";
import { parse, whereFine } from "../parse.ts";
import { days, identityOf, market, parameter, refuseCleartext, secret, url } from "./account.ts";
import { mayTryLater } from "./patience.ts";
import { idPart } from "./postback-id.ts";
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
    /** The offer and affiliate ids of the validation API: approvals and rejections need them. */
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
    ({ offer, validation }, context) => {
      if (validation?.offer === offer)
        context.addIssue({
          code: "custom",
          path: ["validation", "offer"],
          message: "must be the validation offer's id, and is the order offer's: ShopBack gives you one of each",
        });
    },
    whereFine("offer", "validation"),
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
  readonly [key: string]: Parameters | string | true | undefined;
  /** Every parameter exactly as it is sent, but for the token: a validation has to repeat them. */
  readonly parameters: Parameters;
  /** Of a validation, which does not send it: to be kept out of what is told of an answer. */
  readonly click?: string;
  /** Sent before, with an unknown end. */
  readonly again?: true;
}

type Parameters = Readonly<Record<string, string>>;

/**
 * A ShopBack account, on TUNE: reports each order, or each of its lines, as one call, and validates it with another.
 * Throws `ERR_OPTIONS` for settings it cannot work with.
 *
 * @see https://docs.shopback.com/docs/server-to-server
 * @see https://docs.shopback.com/docs/s2s-order-tracking-api
 * @see https://docs.shopback.com/docs/s2s-item-level-tracking-api
 * @see https://docs.shopback.com/docs/s2s-validation-api
 */
export function shopback(settings: ShopbackSettings): Network<Step> {
  const account = parse(settingsShape, settings, "ERR_OPTIONS", "shopback");
  const identity = identityOf(landing, account);
  return {
    ...identity,
    settleSeconds: SETTLE_SECONDS,
    untold: {
      update: "ShopBack takes no changes: the final amount is told with the approval",
      approve: "ShopBack is told once every line of the order is decided",
      reject: "ShopBack is told once every line of the order is decided",
    },
    refusal: (conversion) => refusalOf(conversion, account),
    postbacks(conversion) {
      const name = `${identity.id}/${idPart(conversion.order.number)}`;
      const creates = createsOf(conversion, name, account);
      return [...creates, ...validationsOf(conversion, creates, name, account)];
    },
    request: (step) => requestFor(step, account),
    verdict: (response, step) => verdictOf(response, step, account),
  };
}

function refusalOf(conversion: Conversion, account: Settings): string | undefined {
  const { order, amount, told } = conversion;
  const { currency } = order;
  if (account.currency !== "any" && account.currency !== currency)
    return `the account takes ${account.currency}, and the order is in ${currency}`;
  const decimals = decimalsOf(currency) as number;
  if (decimals > MOST_DECIMALS)
    return `${currency} has ${decimals} decimals, and ShopBack takes amounts with at most ${MOST_DECIMALS}`;
  if (amount && isByLine(told, account)) return "ShopBack is told of each line apart: say which line the amount is of";
  if (account.validation || isUndecided(conversion)) return;
  if (decisionsOf(conversion, createsOf(conversion, "", account), account).length > 0)
    return "approvals and rejections need the account's setting validation: { offer, affiliate }, the ids ShopBack gave you";
  return;
}

/** An order that was reported whole is validated whole, and one by line by line, whatever is set by now. */
function isByLine(told: readonly Told[], { level }: Settings): boolean {
  return told.length > 0 ? told.some(({ line }) => line !== undefined) : level === "line";
}

function createsOf(conversion: Conversion, name: string, account: Settings): Postback<Step>[] {
  const { order, click, status, told } = conversion;
  if (status === "rejected") return [];
  if (isByLine(told, account)) {
    const created = new Set(told.map(({ line }) => line));
    return lineParameters(order, click.id, account)
      .filter(({ adv_sub4: sku }) => !created.has(sku) && decisionOn(sku, conversion)?.status !== "rejected")
      .map((parameters) => ({
        id: `${name}/create/${idPart(parameters.adv_sub4)}`,
        kind: "create",
        line: parameters.adv_sub4,
        step: { parameters },
        ifUnknown: account.onUnknown === "repeat" ? { ask: { parameters, again: true } } : "hold",
      }));
  }
  if (told.length > 0) return [];
  const step = { parameters: orderParameters(conversion, account) };
  return [{ id: `${name}/create`, kind: "create", step, ifUnknown: { ask: { ...step, again: true } } }];
}

function validationsOf(
  conversion: Conversion,
  creates: readonly Postback<Step>[],
  name: string,
  account: Settings,
): Postback<Step>[] {
  const { offer, affiliate } = account.validation ?? {};
  if (offer === undefined || affiliate === undefined) return [];
  return decisionsOf(conversion, creates, account).map(({ line, created, status, amount, earlier }) => {
    const kind = status === "approved" ? "approve" : "reject";
    const before = earlier.filter((validation) => validation.kind === kind).length;
    const parameters = {
      offer_id: offer,
      aff_id: affiliate,
      // As they were sent, not as they would be by now: by these ShopBack finds what it is to validate.
      ...Object.fromEntries(Object.entries(created).filter(([parameter]) => /^adv_(?:sub|unique)/.test(parameter))),
      amount,
      status,
    };
    const step = { parameters, click: conversion.click.id };
    const sku = line === undefined ? [] : [idPart(line)];
    return {
      id: [name, kind, ...sku, ...(before > 0 ? [before + 1] : [])].join("/"),
      kind,
      ...(line === undefined ? {} : { line }),
      step,
      // The latest call counts, so the same one once more changes nothing: https://docs.shopback.com/docs/s2s-validation-api
      ifUnknown: { ask: { ...step, again: true } },
    };
  });
}

/** What is decided of something ShopBack was told of, and ShopBack does not know yet. */
interface Decision {
  readonly line: string | undefined;
  /** The parameters it was told with. */
  readonly created: Parameters;
  readonly status: "approved" | "rejected";
  readonly amount: string;
  /** The validations of it so far. */
  readonly earlier: readonly Told[];
}

function decisionsOf(conversion: Conversion, creates: readonly Told[], account: Settings): Decision[] {
  const { order, status } = conversion;
  if (isUndecided(conversion)) return [];
  const amounts = amountsBySku(order, account);
  const byLine = Map.groupBy([...conversion.told, ...creates], ({ line }) => line);
  return [...byLine].flatMap(([line, told]) => {
    const created = parametersOf(told.find(({ kind }) => kind === "create"));
    const earlier = told.filter(({ kind }) => kind === "approve" || kind === "reject");
    const last = parametersOf(earlier.at(-1));
    const decided = line === undefined ? status : statusOfLine(line, conversion, amounts);
    if (!created || decided === "pending") return [];
    const decision = { line, created, status: decided, earlier };
    // The amount is mandatory also where there is none left: then it is the one that was told.
    const tracked = created.amount as string;
    if (decided === "rejected") return last?.status === decided ? [] : [{ ...decision, amount: tracked }];
    const own = line === undefined ? undefined : decisionOn(line, conversion)?.amount;
    const minor =
      line === undefined ? amountApproved(conversion, account) : own ? amountOf(own, account) : amounts.get(line);
    const amount = minor === undefined ? tracked : printed(minor, order);
    // An approved line keeps its amount where a change of another one moves the shares of the discount.
    const keeps = line !== undefined && !own && !conversion.insisted;
    const isTold = last?.status === decided && (last.amount === amount || keeps);
    return isTold ? [] : [{ ...decision, amount }];
  });
}

function isUndecided({ status, lines }: Conversion): boolean {
  return status === "pending" && Object.keys(lines).length === 0;
}

/** A line that an update took out of the order is decided with the order: against. */
function statusOfLine(sku: string, conversion: Conversion, amounts: ReadonlyMap<string, number>): Conversion["status"] {
  const { status } = conversion;
  return decisionOn(sku, conversion)?.status ?? (status === "approved" && !amounts.has(sku) ? "rejected" : status);
}

// Its own property: a SKU may be called what every object has, like "constructor".
function decisionOn(sku: string, { lines }: Conversion): LineDecision | undefined {
  return Object.hasOwn(lines, sku) ? lines[sku] : undefined;
}

function parametersOf(told: Told | undefined): Parameters | undefined {
  return (told?.step as Step | undefined)?.parameters;
}

/** What is approved in all: what the store says, or else the final amounts of lines and what is left of the others. */
function amountApproved(conversion: Conversion, account: Settings): number {
  const { order, amount, lines } = conversion;
  if (amount) return amountOf(amount, account);
  const left = leftOf(order, (sku) => {
    const decision = decisionOn(sku, conversion);
    return decision?.status !== "rejected" && !decision?.amount;
  });
  const final = Object.values(lines).flatMap((line) =>
    line.status === "approved" && line.amount ? [line.amount] : [],
  );
  return [...(left ? [sumOf(left)] : []), ...final].reduce((sum, part) => sum + amountOf(part, account), 0);
}

function orderParameters(conversion: Conversion, account: Settings): Parameters {
  const { order, click } = conversion;
  return {
    offer_id: account.offer,
    adv_sub: order.number,
    // A single-currency account is sent no adv_sub5 at order level: https://docs.shopback.com/docs/server-to-server
    ...(account.currency === "any" ? { adv_sub5: order.currency } : {}),
    transaction_id: click.id,
    amount: printed(amountApproved(conversion, account), order),
    ...datetimeOf(order, account),
  };
}

function lineParameters(order: PlacedOrder, click: string, account: Settings): (Parameters & { adv_sub4: string })[] {
  const amounts = amountsBySku(order, account);
  const total = printed(amountOf(sumOf(order), account), order);
  return mergedBySku(order.lines).map((line) => ({
    offer_id: account.offer,
    adv_sub: order.number,
    ...(line.category === undefined ? {} : { adv_sub2: line.category }),
    adv_sub3: String(line.quantity),
    adv_sub4: line.sku,
    // At line level this is the order's total, on the same page that refuses a currency code in it.
    adv_sub5: total,
    transaction_id: click,
    amount: printed(amounts.get(line.sku) as number, order),
    ...datetimeOf(order, account),
  }));
}

/** What each SKU comes to, less its share of the order's discount: together, what the order does. */
function amountsBySku({ lines, discount }: PlacedOrder, account: Settings): Map<string, number> {
  const merged = mergedBySku(lines);
  const amounts = merged.map((line) => amountOf(line, account));
  const discounts = spread(amountOf(discount ?? { net: 0, vat: 0 }, account), amounts);
  return new Map(merged.map(({ sku }, index) => [sku, (amounts[index] as number) - (discounts[index] as number)]));
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
  const click = step.click ?? step.parameters.transaction_id ?? "";
  const said = without(echo, [securityToken, percentEncoded(securityToken), click]);
  const message = /err_msg\s*=\s*([^;]*)/i.exec(said)?.[1]?.trim();
  if (/^\s*suc{1,2}ess\s*=\s*false\b/i.test(body)) {
    // Without a message nothing of the body is repeated: nobody knows what else is in it.
    const reason = message ? words(message) : "success=false without a message";
    if (!step.again) return { kind: "refused", reason };
    // Any other no says nothing of the call before, which may have arrived. And lines of one order share its click id:
    // there the duplicate may be another line.
    const isOfALine = "adv_sub4" in step.parameters && !("status" in step.parameters);
    return /duplicate/i.test(reason) && !isOfALine
      ? { kind: "accepted", reason: `the unanswered call arrived: ${reason}` }
      : { kind: "hold", reason };
  }
  if (!message && /^\s*suc{1,2}ess\s*=\s*true\b/i.test(body)) return { kind: "accepted" };
  return { kind: "unknown", reason: `HTTP ${status} with an answer that is neither ShopBack's yes nor its no` };
}
