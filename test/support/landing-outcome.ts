import type { Click } from "@cashtrail/client/landing";
import type { CookieJar } from "jsdom";
import type { StoredCookie } from "./browser.ts";
import { type LandingCase, landingCases } from "./landing-cases.ts";
import { arrivalVectors } from "./landing-vectors.ts";

/** What a landing comes to, in the same words wherever it took place. */
export interface Outcome {
  readonly what: string;
  readonly endsAt: string | undefined;
  readonly kept: readonly string[];
  readonly clicks: readonly string[];
}

/** Every landing: with settings, and with whatever else may arrive in a query. */
export const landings: readonly LandingCase[] = [
  ...landingCases,
  ...arrivalVectors.map(({ what, query, retrack, shopback }) => ({
    what: `in a query, ${what}`,
    url: `/p?${query}`,
    kept: [
      ...(retrack ? [`retrack_click=${retrack} for 10 days`] : []),
      ...(shopback ? [`shopback_click=${shopback} for 30 days`] : []),
    ],
    clicks: [...(shopback ? [`shopback ${shopback}`] : []), ...(retrack ? [`retrack ${retrack}`] : [])],
  })),
];

export function expectedOf({ what, endsAt, kept, clicks }: LandingCase): Outcome {
  return { what, endsAt, kept, clicks };
}

/** Cookies in words: what is kept for how long, and whatever is not as usual. */
export function keptOf(cookies: readonly StoredCookie[]): string[] {
  const companion = cookies.find(({ name }) => name === "cashtrail_clicks");
  const clicks = cookies.filter((cookie) => cookie !== companion).sort((a, b) => (a.name < b.name ? -1 : 1));
  const lines = clicks.map((cookie) => `${cookie.name}=${cookie.value} for ${daysOf(cookie)} days${unusual(cookie)}`);
  const [first] = clicks;
  if (!first && companion) lines.push("a companion without a click");
  if (first && !companion) lines.push("a click without a companion");
  if (first && companion && unusual(companion) !== unusual(first)) lines.push(`a companion${unusual(companion)}`);
  const named = clicks.filter(({ value }) => companion?.value.includes(value));
  if (companion && named.some(({ expires }) => expires > companion.expires + 2))
    lines.push("a companion that ends first");
  return lines;
}

function daysOf({ expires }: StoredCookie): number {
  return Math.round((expires - Date.now() / 1000) / 864) / 100;
}

function unusual({ domain, path, secure, httpOnly, sameSite }: StoredCookie): string {
  return [
    domain.startsWith(".") ? ` on ${domain}` : "",
    path === "/" ? "" : ` under ${path}`,
    secure ? "" : ", not secure",
    httpOnly ? ", hidden from scripts" : "",
    sameSite.toLowerCase() === "lax" ? "" : `, same site ${sameSite}`,
  ].join("");
}

/** A cookie of jsdom's jar, as browsers tell of theirs. */
export function storedCookie(cookie: ReturnType<CookieJar["getCookiesSync"]>[number]): StoredCookie {
  const { key, value, domain, hostOnly, path, secure, httpOnly, sameSite } = cookie;
  const expires = Number(cookie.expiryTime()) / 1000;
  return {
    name: key,
    value,
    domain: hostOnly ? `${domain}` : `.${domain}`,
    path: `${path}`,
    secure,
    httpOnly,
    sameSite: `${sameSite}`,
    expires,
  };
}

/** Clicks in words. */
export function clicksIn(clicks: readonly Pick<Click, "network" | "id">[]): string[] {
  return clicks.map(({ network, id }) => `${network} ${id}`);
}
