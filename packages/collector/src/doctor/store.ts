import type { Landing } from "@cashtrail/client/landing";
import { isLoopback } from "../loopback.ts";
import { certificateOf } from "./certificate.ts";
import { type Check, checkOf } from "./check.ts";
import { healthChecks, readyCheck, scriptCheck } from "./endpoints.ts";
import { landingCheck } from "./landing-page.ts";
import { hostileCheck, redirectChecks, scriptPageCheck } from "./redirect-page.ts";
import { under, type VisitedStore } from "./visited-store.ts";

const DAY_MS = 86_400_000;
const SOON_DAYS = 14;

/** Looks at a store from outside, as a browser and a network's tester would. It reports no order. */
export async function storeChecks(store: VisitedStore, now: Date): Promise<Check[]> {
  const secure = await secureChecks(store, now);
  // Of a store that does not answer at all, one line says so.
  if (secure.some(({ state, name }) => state === "fail" && name === "store reachable")) return secure;
  const retrack = store.settings.landings.find(({ network }) => network === "retrack") ?? store.settings.landings[0];
  const page = retrack && (await scriptPageCheck(store, retrack));
  // The script goes on to the router's own redirect page.
  const redirecting = page ? { ...store, redirectPage: under(store.url, store.router, "redirect").pathname } : store;
  const redirect = retrack ? await redirectChecks(redirecting, retrack) : [];
  // Its shoppers come by the redirect page, where that works.
  const lands = ({ network }: Landing) => network !== "retrack" || redirect[0]?.state !== "ok";
  return [
    ...secure,
    ...(page ? [page] : []),
    ...redirect,
    await hostileCheck(redirecting),
    await scriptCheck(store),
    ...(await healthChecks(store)),
    await readyCheck(store),
    ...(await Promise.all(store.settings.landings.filter(lands).map((landing) => landingCheck(store, landing)))),
  ];
}

async function secureChecks({ url, get }: VisitedStore, now: Date): Promise<Check[]> {
  const reachable = checkOf("store reachable", "an answer to GET /");
  const sent = await get(new URL("/", url));
  const first =
    sent.kind !== "answered"
      ? reachable.fail(sent.reason, "check the address, its name in DNS, its certificate and the firewall")
      : sent.response.status >= 400
        ? reachable.warn(
            `HTTP ${sent.response.status}`,
            "shoppers who come by the store's address see this: look at its own log, and at what stands before it",
          )
        : reachable.ok(`HTTP ${sent.response.status}`);
  const https = checkOf("HTTPS", "https with a certificate that browsers trust");
  if (isLoopback(url.hostname) && url.protocol === "http:")
    return [first, https.skip("the store is on this machine, where browsers want none")];
  if (url.protocol !== "https:")
    return [first, https.fail(url.origin, "serve the store over https: browsers keep no Secure cookie without it")];
  const certificate = await certificateOf(url);
  if ("reason" in certificate) return [first, https.fail(certificate.reason, "renew or correct the certificate")];
  const days = Math.floor((+certificate.validTo - +now) / DAY_MS);
  const found = `certificate of ${certificate.issuer} for ${days} more days`;
  return [first, days < SOON_DAYS ? https.warn(found, "renew it: nothing seems to do so by itself") : https.ok(found)];
}
