import { type Landing, landings } from "@cashtrail/client/landing";
import { z } from "zod";
import { decimalsOf, spread } from "../money.ts";
import type { Conversion, LineDecision, Network, Postback, Told } from "../network.ts";
import { type Line, type PlacedOrder, sumOf } from "../order.ts";
import { parse, whereFine } from "../parse.ts";
import { days, identityOf, market, parameter, refuseCleartext, secret, url } from "./account.ts";
import { defineNetwork } from "./define.ts";
import { idPart } from "./postback-id.ts";
import {
  amountApproved,
  amountOf,
  currencyRefusal,
  datetimeOf,
  MOST_DECIMALS,
  type Parameters,
  printed,
  type TuneStep,
  tune,
} from "./tune.ts";
import { ofRepeated } from "./words.ts";

const landing = landings.find(({ network }) => network === "shopback") as Landing;

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

/**
 * A ShopBack account, which is one on TUNE: reports each order, or each of its lines, as one call, and validates it with another.
 * Throws `ERR_OPTIONS` for settings it cannot work with.
 *
 * @see https://docs.shopback.com/docs/server-to-server
 * @see https://docs.shopback.com/docs/s2s-order-tracking-api
 * @see https://docs.shopback.com/docs/s2s-item-level-tracking-api
 * @see https://docs.shopback.com/docs/s2s-validation-api
 */
export function shopback(settings: ShopbackSettings): Network<TuneStep> {
  const account = parse(settingsShape, settings, "ERR_OPTIONS", "shopback");
  const identity = identityOf(landing, account);
  const { url, offer, securityToken, amount, datetime, market, tokenInCleartext } = account;
  const whole = tune({
    network: landing.network,
    title: "ShopBack",
    url,
    offer,
    securityToken,
    amount,
    // A single-currency account is sent no adv_sub5 at order level: https://docs.shopback.com/docs/server-to-server
    subs: account.currency === "any" ? { adv_sub5: ({ currency }) => currency } : {},
    datetime,
    onUnknown: "repeat",
    market,
    tokenInCleartext,
  });
  return defineNetwork<TuneStep>({
    ...whole,
    ...identity,
    untold: {
      update: "ShopBack takes no changes: the final amount is told with the approval",
      approve: "ShopBack is told once every line of the order is decided",
      reject: "ShopBack is told once every line of the order is decided",
    },
    refusal: (conversion) => refusalOf(conversion, account, whole),
    postbacks(conversion) {
      const creates = createsOf(conversion, account, whole);
      return [...creates, ...validationsOf(conversion, creates, identity.id, account)];
    },
    verdict(response, step) {
      if (!step.again || !isOfALine(step)) return whole.verdict(response, step);
      // Lines of one order share its click id: a duplicate may be another line, and any other no says nothing of the
      // call before either.
      const { again: _, ...first } = step;
      const verdict = whole.verdict(response, first);
      return verdict.kind === "refused" ? { kind: "hold", reason: ofRepeated(verdict.reason) } : verdict;
    },
  });
}

/** Whether a call reports a line, and does not validate one. */
function isOfALine({ parameters }: TuneStep): boolean {
  return "adv_sub4" in parameters && !("status" in parameters);
}

function refusalOf(conversion: Conversion, account: Settings, whole: Network<TuneStep>): string | undefined {
  const { order, amount, told } = conversion;
  const taken = account.currency === "any" ? undefined : account.currency;
  const refusal = currencyRefusal(order, taken, "ShopBack");
  if (refusal !== undefined) return refusal;
  if (amount && isByLine(told, account)) return "ShopBack is told of each line apart: say which line the amount is of";
  if (account.validation || isUndecided(conversion)) return;
  if (decisionsOf(conversion, createsOf(conversion, account, whole), account).length > 0)
    return "approvals and rejections need the account's setting validation: { offer, affiliate }, the ids ShopBack gave you";
  return;
}

/** An order that was reported whole is validated whole, and one by line by line, whatever is set by now. */
function isByLine(told: readonly Told[], { level }: Settings): boolean {
  return told.length > 0 ? told.some(({ line }) => line !== undefined) : level === "line";
}

function createsOf(conversion: Conversion, account: Settings, whole: Network<TuneStep>): Postback<TuneStep>[] {
  const { order, click, status, told } = conversion;
  if (!isByLine(told, account)) return whole.postbacks(conversion);
  if (status === "rejected") return [];
  const created = new Set(told.map(({ line }) => line));
  return lineParameters(order, click.id, account)
    .filter(({ adv_sub4: sku }) => !created.has(sku) && decisionOn(sku, conversion)?.status !== "rejected")
    .map((parameters) => ({
      id: [whole.id, idPart(order.number), "create", idPart(parameters.adv_sub4)].join("/"),
      kind: "create",
      line: parameters.adv_sub4,
      step: { parameters },
      ifUnknown: account.onUnknown === "repeat" ? { ask: { parameters, again: true } } : "hold",
    }));
}

function validationsOf(
  conversion: Conversion,
  creates: readonly Postback<TuneStep>[],
  id: string,
  account: Settings,
): Postback<TuneStep>[] {
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
      id: [id, idPart(conversion.order.number), kind, ...sku, ...(before > 0 ? [before + 1] : [])].join("/"),
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
    const minor = amountDecided(line, conversion, amounts, account);
    const amount = minor === undefined ? tracked : printed(minor, order);
    // An approved line keeps its amount where a change of another one moves the shares of the discount.
    const keeps = line !== undefined && !decisionOn(line, conversion)?.amount && !conversion.insisted;
    const isTold = last?.status === decided && (last.amount === amount || keeps);
    return isTold ? [] : [{ ...decision, amount }];
  });
}

/** What an approval is of; undefined of a line that is not in the order any more. */
function amountDecided(
  line: string | undefined,
  conversion: Conversion,
  amounts: ReadonlyMap<string, number>,
  account: Settings,
): number | undefined {
  if (line === undefined) return amountApproved(conversion, account.amount);
  const own = decisionOn(line, conversion)?.amount;
  return own ? amountOf(own, account.amount) : amounts.get(line);
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
  return (told?.step as TuneStep | undefined)?.parameters;
}

function lineParameters(order: PlacedOrder, click: string, account: Settings): (Parameters & { adv_sub4: string })[] {
  const amounts = amountsBySku(order, account);
  const total = printed(amountOf(sumOf(order), account.amount), order);
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
    ...datetimeOf(order, account.datetime),
  }));
}

/** What each SKU comes to, less its share of the order's discount: together, what the order does. */
function amountsBySku({ lines, discount }: PlacedOrder, account: Settings): Map<string, number> {
  const merged = mergedBySku(lines);
  const amounts = merged.map((line) => amountOf(line, account.amount));
  const discounts = spread(amountOf(discount ?? { net: 0, vat: 0 }, account.amount), amounts);
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
