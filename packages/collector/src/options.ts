import { hostFrom, type Landing } from "@cashtrail/client/landing";
import { z } from "zod";
import type { CollectorEvent } from "./event.ts";
import { type ConsentOption, consentMistake } from "./express/consent.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Logger } from "./logging.ts";
import type { Network } from "./network.ts";
import { parse, whereFine } from "./parse.ts";

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

const network = z.custom<Network>(
  (value) => isObject(value) && "id" in value && "landing" in value && "postbacks" in value,
  "must be a network: what retrack(…), shopback(…), tune(…) or defineNetwork(…) returns",
);

const LEDGER_WANTED =
  "must be the path of a file on a local disk, a URL that starts with postgres://, or a ledger object";

const ledger = z.union(
  [
    z
      .string()
      .refine(
        (place) => isPostgres(place) || (!["", ":memory:"].includes(place) && !/^[a-z][a-z+]+:\/\//i.test(place)),
        {
          error: LEDGER_WANTED,
        },
      ),
    z.custom<Ledger>((value) => isObject(value) && "record" in value && "claim" in value && "amend" in value),
  ],
  { error: LEDGER_WANTED },
);

/** Whether a ledger is kept in PostgreSQL. */
export function isPostgres(place: string): boolean {
  return /^postgres(?:ql)?:\/\//i.test(place);
}

const host = z.string().transform((name, context) => {
  const hostname = hostFrom(name);
  if (hostname !== undefined) return hostname;
  context.addIssue({ code: "custom", message: "must be one exact host name without scheme, port or path" });
  return z.NEVER;
});

const frontPage = z
  .string()
  .refine(
    (page) => /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(page) || /^https:\/\/[\x21-\x5b\x5d-\x7e]+$/.test(page),
    "must be a path that starts with one slash, or an https URL",
  );

const cookieDomain = z.string().regex(/^\.?[a-z\d-]+(?:\.[a-z\d-]+)+$/i, "must be a domain, like store-domain.com");

const consent = z.custom<ConsentOption>().superRefine((option, context) => {
  const message = consentMistake(option);
  if (message !== undefined) context.addIssue({ code: "custom", message });
});

// What a header can carry: `Authorization: Bearer TOKEN`.
const token = z
  .string("must be a text of at least 16 characters")
  .regex(/^[\x21-\x7e]{16,}$/, "must be at least 16 letters, digits and signs of ASCII, without spaces");

const logger = z.custom<Logger>(
  (value) =>
    isObject(value) &&
    ["info", "warn", "error"].every((level) => typeof (value as Record<string, unknown>)[level] === "function"),
  "must be a log as pino is: an object with the functions info, warn and error",
);

const locale = z
  .string("must be a language tag, like sv-SE")
  .refine(
    (tag) => isTaken(() => Intl.DateTimeFormat.supportedLocalesOf(tag).length),
    "must be a language tag, like sv-SE",
  );

const timeZone = z
  .string("must be a time zone's name, like Europe/Stockholm")
  .refine(
    (timeZone) => isTaken(() => new Intl.DateTimeFormat("en", { timeZone })),
    "must be a time zone's name, like Europe/Stockholm",
  );

/** The platform alone knows which of its names are right. */
function isTaken(use: () => unknown): boolean {
  try {
    return Boolean(use());
  } catch {
    return false;
  }
}

const positive = z.number().positive("must be more than 0");
const days = positive;
const seconds = positive;

const optionsShape = z
  .strictObject({
    /** The accounts orders are reported to. */
    networks: z
      .array(network, { error: "an array of networks is wanted: [retrack(…), shopback(…)]" })
      .min(1, "at least one network is wanted: retrack(…) or shopback(…)"),
    /** The path of the embedded ledger's file, the URL of a PostgreSQL database, or a ledger of the store's own. */
    ledger: ledger.default("./cashtrail.db"),
    /** The folder that takes orders while the ledger cannot be written. By default, beside the ledger's file. */
    journal: z.string().min(1, "must be the path of a folder on a local disk").optional(),
    /** How many days clicks and conversions are kept. What is not delivered is kept until it is. */
    retention: z.strictObject({ clickDays: days.default(90), conversionDays: days.default(730) }).prefault({}),
    /** The hosts a deep link may lead to. By default, the host the shopper came to. */
    deepLinkHosts: z.array(host).default([]),
    /** Where a missing or refused deep link leads. */
    frontPage: frontPage.default("/"),
    /** Whether only the newest click is credited, or each network's. */
    attribution: z.enum(["last-click", "every-click"]).default("last-click"),
    /**
     * When a click may be stored. `exempt`: at once. `cookie:NAME=VALUE`: where the request's cookies agree, by the rule
     * the script has. A function of the request: where it answers true. `tcf`, `google`, `manual`: when the script says
     * so, for only the browser can know. Where a cookie or a function says no by now, what is stored is deleted.
     */
    consent: consent.default("exempt"),
    /** Shares the cookies between subdomains, or hides them from scripts. */
    cookie: z.strictObject({ domain: cookieDomain.optional(), httpOnly: z.boolean().default(false) }).prefault({}),
    delivery: z
      .strictObject({
        /** Requests under way at once, for each account. */
        concurrency: z.number().int().min(1).max(256).default(8),
        /** For a whole attempt, from looking up the name to the last byte. */
        timeoutMs: z.number().int().min(1).max(120_000).default(20_000),
        retry: z
          .strictObject({
            firstDelaySeconds: seconds.default(5),
            maxDelaySeconds: seconds.default(86_400),
            giveUpAfterDays: days.default(30),
          })
          .prefault({}),
      })
      .prefault({}),
    /** Turns on the dashboard, the HTTP API and the metrics, and lets in whoever has it: at least 16 characters. */
    adminToken: token.optional(),
    /** Turns on the metrics, and lets in whoever has it to these alone. */
    metricsToken: token.optional(),
    /**
     * How the dashboard writes money and times. By default in the language of whoever looks, and in the time zone of this
     * process.
     */
    dashboard: z.strictObject({ locale: locale.optional(), timeZone: timeZone.optional() }).prefault({}),
    /** Written what happens, as `logger.info({ event, … }, "…")`: the store's own pino, or any log of that shape. */
    logger: logger.optional(),
    /** Told what happens. What it throws is ignored. */
    onEvent: z
      .custom<(event: CollectorEvent) => void>((value) => typeof value === "function", "must be a function")
      .optional(),
    /** The clock, for tests. */
    now: z
      .custom<() => Date>((value) => typeof value === "function", "must be a function")
      .default(() => () => new Date()),
    /** Between 0 and 1, for tests: it spreads waits. */
    random: z
      .custom<() => number>((value) => typeof value === "function", "must be a function")
      .default(() => Math.random),
  })
  .superRefine(
    ({ networks, retention }, context) => {
      // A number is known as reported for as long: longer than a click of that order could count again.
      const least = Math.max(...networks.map(({ landing }) => landing.days)) + 1;
      if (retention.conversionDays < least)
        context.addIssue({
          code: "custom",
          path: ["retention", "conversionDays"],
          message: `must be at least ${least}, longer than a click counts: an order erased sooner could be reported twice`,
        });
      for (const [index, { id, landing }] of networks.entries()) {
        const others = networks.slice(0, index);
        const issue = (message: string) => context.addIssue({ code: "custom", path: ["networks", index], message });
        if (others.some((other) => other.id === id))
          issue(`${id} is there already: several accounts of one network differ by market`);
        if (others.some((other) => other.landing.network === landing.network && !landsAlike(other.landing, landing)))
          issue(
            `accounts of ${landing.network} must have the same parameter and days: a click does not say whose it is`,
          );
        const strangers = others.filter((other) => other.landing.network !== landing.network);
        for (const name of ["cookie", "parameter"] as const)
          if (strangers.some((other) => other.landing[name] === landing[name]))
            issue(`another network has the ${name} ${landing[name]} already: nobody could tell whose click it is`);
      }
    },
    whereFine("networks", "retention"),
  );

export type CollectorOptions = z.input<typeof optionsShape>;
export type CollectorSettings = z.output<typeof optionsShape>;

/** The settings in force. Throws `ERR_OPTIONS` with every problem and its path. */
export function parseOptions(options: unknown): CollectorSettings {
  return parse(optionsShape, options, "ERR_OPTIONS", "createCollector");
}

function landsAlike(one: Landing, other: Landing): boolean {
  return one.parameter === other.parameter && one.cookie === other.cookie && one.days === other.days;
}
