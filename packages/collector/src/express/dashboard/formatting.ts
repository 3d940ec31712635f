import { decimalsOf, type Money, majorUnits } from "../../money.ts";
import { lasting } from "../../telling/lasting.ts";
import { html, type Markup } from "./html.ts";

/** How money and times are written. */
export interface Habits {
  /** The language; by default, the reader's. */
  readonly locale?: string | undefined;
  /** By default, that of this process. */
  readonly timeZone?: string | undefined;
}

/** Numbers, money and time as a language writes them; the words stay English. */
export interface Formatting {
  readonly now: Date;
  number(count: number): string;
  percent(share: number): string;
  /** An amount in minor units. */
  money(minor: number, currency: string): string;
  /** With VAT, as the shopper paid it. */
  gross(money: Money, currency: string): string;
  /** Date and time of day with the time zone, and how long ago or ahead. */
  time(at: Date): Markup;
  /** As `time`, to the second. */
  moment(at: Date): Markup;
  /** A day of the calendar, given as `2026-11-22`. */
  day(day: string): string;
  /** The time of day. */
  hour(at: Date): string;
  /** The time zone that times are in: `Europe/Stockholm`. */
  readonly timeZone: string;
}

/** By a request's `Accept-Language` where no language is set, or as in English where it names none that is known. */
export function formattingFor(
  acceptLanguage: string | undefined,
  now: Date,
  { locale = localeIn(acceptLanguage ?? ""), timeZone }: Habits,
): Formatting {
  const day = { year: "numeric", month: "short", day: "numeric" } as const;
  const clock = { ...day, hour: "2-digit", minute: "2-digit", timeZoneName: "short", timeZone } as const;
  const minutes = new Intl.DateTimeFormat(locale, clock);
  const seconds = new Intl.DateTimeFormat(locale, { ...clock, second: "2-digit" });
  const hours = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", timeZone });
  const days = new Intl.DateTimeFormat(locale, { month: "short", day: "numeric", timeZone: "UTC" });
  const numbers = new Intl.NumberFormat(locale);
  const percents = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const currencies = new Map<string, Intl.NumberFormat>();

  function currencyFormat(currency: string, decimals: number): Intl.NumberFormat {
    const known = currencies.get(currency);
    if (known) return known;
    const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    const made = new Intl.NumberFormat(locale, { style: "currency", currency, currencyDisplay: "code", ...digits });
    currencies.set(currency, made);
    return made;
  }

  function money(minor: number, currency: string): string {
    const decimals = decimalsOf(currency);
    if (decimals === undefined) return `${minor} ${currency}`;
    return currencyFormat(currency, decimals).format(majorUnits(minor, decimals));
  }

  const timeIn = (format: Intl.DateTimeFormat) => (at: Date) =>
    html`<time datetime="${at.toISOString()}">${format.format(at)}</time> <span class="ago">${distance(+at - +now)}</span>`;

  return {
    now,
    number: (count) => numbers.format(count),
    percent: (share) => percents.format(share),
    money,
    gross: ({ net, vat }, currency) => money(net + vat, currency),
    time: timeIn(minutes),
    moment: timeIn(seconds),
    day: (text) => days.format(new Date(`${text}T00:00:00Z`)),
    hour: (at) => hours.format(at),
    timeZone: minutes.resolvedOptions().timeZone,
  };
}

/** How far a time is from now, in words: `12 min ago`, `in 5 min`. */
function distance(milliseconds: number): string {
  if (Math.abs(milliseconds) < 1000) return "now";
  const words = lasting(Math.abs(milliseconds));
  return milliseconds < 0 ? `${words} ago` : `in ${words}`;
}

/** The language that is wanted most of those the platform writes; those it does not know are passed over. */
function localeIn(header: string): string {
  const wanted = header
    .slice(0, 200)
    .split(",")
    .map((part) => {
      const [tag = "", ...parameters] = part.trim().split(/\s*;\s*/);
      const [, quality = "1"] = /^q=([\d.]+)$/.exec(parameters.join(";")) ?? [];
      return { tag, quality: Number(quality) };
    })
    .filter(({ tag, quality }) => /^[a-z]{2,3}(?:-[a-z\d]{2,8})*$/i.test(tag) && quality > 0)
    .sort((one, other) => other.quality - one.quality);
  for (const { tag } of wanted)
    try {
      const [supported] = Intl.DateTimeFormat.supportedLocalesOf(tag);
      if (supported !== undefined) return supported;
    } catch {
      // A stranger's text may have the look of a language and be none.
    }
  return "en";
}
