import { landingsOf } from "../clicks.ts";
import type { CollectorSettings } from "../options.ts";
import { createSender } from "../send.ts";
import type { Check } from "./check.ts";
import { type GoingLive, goingLive } from "./going-live.ts";
import { ledgerChecks } from "./ledger.ts";
import { networkChecks } from "./networks.ts";
import { foundRedirectPage, USUAL_REDIRECT_PAGE } from "./redirect-page.ts";
import { accountCheck, deepLinkHostsCheck, frontPageCheck, nodeCheck } from "./settings.ts";
import { storeChecks } from "./store.ts";

export interface DoctorOptions {
  readonly settings: CollectorSettings;
  /** Scheme, host and port of the running store; without it, the store is not visited. */
  readonly url?: URL | undefined;
  /** Where it is; by default `/retrack`, and at a store that has none there, the router's own. */
  readonly redirectPage?: string | undefined;
  readonly router: string;
  /** A shopper's cookies who agreed to be told apart, as a header has them. */
  readonly cookie?: string | undefined;
  readonly nodeVersion: string;
  readonly now: () => Date;
}

/** The checks of one part of a store. */
export interface Group {
  readonly title: string;
  readonly checks: readonly Check[];
}

const TIMEOUT_MS = 10_000;

/**
 * Looks at everything a store needs to go live, and writes nothing: no order is reported, and the ledger is only read.
 * `onGroup` is told of each part as soon as it is looked at.
 */
export async function examine(
  options: DoctorOptions,
  onGroup: (group: Group) => void,
): Promise<{ groups: Group[]; goingLive: GoingLive[] }> {
  const { settings, url, router, cookie, nodeVersion, now } = options;
  let redirectPage = options.redirectPage ?? USUAL_REDIRECT_PAGE;
  const sender = createSender({ timeoutMs: TIMEOUT_MS, connections: 4 });
  const groups: Group[] = [];
  const group = async (title: string, checks: Check[] | Promise<Check[]>) => {
    const made = { title, checks: await checks };
    groups.push(made);
    onGroup(made);
  };
  try {
    await group("Settings", [
      nodeCheck(nodeVersion),
      deepLinkHostsCheck(settings, url),
      frontPageCheck(settings),
      ...settings.networks.map(accountCheck),
    ]);
    await group("Ledger", ledgerChecks(settings, now()));
    const networks = settings.networks.map((network) => networkChecks(network, sender, now));
    await group(
      "Networks",
      Promise.all(networks).then((checks) => checks.flat()),
    );
    if (url) {
      const landings = landingsOf(settings.networks);
      const get = (page: URL, cookies = "") =>
        sender.send({
          method: "GET",
          url: page.href,
          headers: {
            accept: "text/html,*/*",
            // As a browser that goes to a page: nothing is stored for anything else.
            "sec-fetch-dest": "document",
            "user-agent": "cashtrail-doctor",
            ...(cookies === "" ? {} : { cookie: cookies }),
          },
        });
      if (options.redirectPage === undefined) redirectPage = await foundRedirectPage({ url, router, get });
      const store = { url, redirectPage, router, cookie, settings: { ...settings, landings }, get };
      await group(`Store ${url.origin}`, storeChecks(store, now()));
    }
    const isReady = !groups.some(({ checks }) => checks.some(({ state }) => state === "fail"));
    const place = { url: url?.origin ?? namedStore(settings), redirectPage };
    return { groups, goingLive: goingLive(settings, place, isReady) };
  } finally {
    await sender.close();
  }
}

/** The store by its first host, where nobody named its address. */
function namedStore({ deepLinkHosts: [host] }: CollectorSettings): string | undefined {
  return host === undefined ? undefined : `https://${host}`;
}
