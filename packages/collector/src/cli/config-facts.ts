import { hostFrom } from "@cashtrail/client/landing";
import type { Issue } from "../error.ts";
import { decimalsOf } from "../money.ts";
import { MOST_DECIMALS } from "../networks/tune.ts";
import type { ConfigFacts } from "./config-text.ts";

/** A fact that is typed in, and what it has to look like. */
interface Wanted {
  /** As `init` asks for it. */
  readonly question: string;
  /** What is wanted, in words. */
  readonly shape: string;
  fits(text: string): boolean;
}

/** What `init` takes, asked or given: the settings themselves want the same. */
export const wanted = {
  event: {
    question: "Retrack: the UUID of the commission event",
    shape: "a UUID, like 1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
    fits: (text) => /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text),
  },
  offer: {
    question: "ShopBack: the order offer id",
    shape: "digits, 20 at most, like 1234",
    fits: (text) => /^\d{1,20}$/.test(text),
  },
  currency: {
    question: "ShopBack: the account's currency, like MYR, or any",
    shape: `an ISO 4217 code in capitals, like MYR, of at most ${MOST_DECIMALS} decimals, or any`,
    fits: (text) => text === "any" || (decimalsOf(text) ?? Number.POSITIVE_INFINITY) <= MOST_DECIMALS,
  },
  hosts: {
    question: "The store's host names, like www.store-domain.com",
    shape: "host names without scheme, port or path, like www.store-domain.com",
    fits: (text) => hostsIn(text).length > 0 && hostsIn(text).every((host) => hostFrom(host) !== undefined),
  },
} as const satisfies Readonly<Record<string, Wanted>>;

/** Several in one line, as people write them. */
export function hostsIn(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

/** What is wrong with facts that were given. */
export function mistakesIn(given: Partial<ConfigFacts>): Issue[] {
  const misspelt = Object.entries(wanted).flatMap(([name, { shape, fits }]) =>
    [given[name as keyof typeof wanted] ?? []]
      .flat()
      .filter((value) => !fits(value))
      .map((value) => ({ path: name, message: `wanted is ${shape}, not "${value}"` })),
  );
  return given.validation !== undefined && given.validation.offer === given.offer
    ? [...misspelt, { path: "offer", message: `${given.offer} is the sandbox's validation offer: take another one` }]
    : misspelt;
}
