import { isLoopback } from "../loopback.ts";
import type { Json, Network } from "../network.ts";
import { NODE_WANTED, nodeMistake } from "../node-version.ts";
import type { CollectorSettings } from "../options.ts";
import { type Check, checkOf } from "./check.ts";
import { sampleOf } from "./sample.ts";

/** What README files and the networks' own pages show in the place of a store's own. None of them is anybody's. */
const SAMPLES: readonly string[] = [
  // https://retrack.refunder.com/help/tracking/s2s/transaction
  "1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
  "DbV6KYhMm7firiNtgfOCEmRohglfAQUTUy4FudGOKtetC0yYSaKtOXIedfNX",
  // https://docs.shopback.com/docs/s2s-validation-api
  "1234",
  // The sandbox's.
  "q7VtWm2ZbK9sXe4HrNd8LfYc3JpGu6TaRk5QwBz1MvEx7ShDn4CyAg2PjUo9",
  "5f1c9e0a7b3d4826c8e1f07a92b46d35",
];

const SAMPLE_HOSTS: readonly string[] = ["www.store-domain.com", "store-domain.com"];

export function nodeCheck(version: string): Check {
  const { ok, fail } = checkOf("Node.js", NODE_WANTED);
  return nodeMistake(version) === undefined
    ? ok(version)
    : fail(version, `install ${NODE_WANTED}: an older one brings a SQLite that can corrupt the ledger`);
}

/** Whether deep links are held to the store's own hosts, whatever host a request claims to be for. */
export function deepLinkHostsCheck({ deepLinkHosts }: Pick<CollectorSettings, "deepLinkHosts">, url?: URL): Check {
  const { ok, warn, fail } = checkOf("deepLinkHosts", "the store's own hosts, by name");
  const named = deepLinkHosts.join(", ");
  if (deepLinkHosts.length === 0)
    return warn(
      "none: deep links may lead to whatever host the request names",
      `name them: deepLinkHosts: ["${url?.hostname ?? "www.your-store.com"}"]`,
    );
  const samples = deepLinkHosts.filter((host) => SAMPLE_HOSTS.includes(host));
  if (samples.length > 0) return fail(named, `replace ${samples.join(", ")}: it is the README's, and not your store`);
  if (url && !deepLinkHosts.includes(url.hostname))
    return fail(named, `add "${url.hostname}": shoppers who are to end there are sent to the front page`);
  return ok(named);
}

export function frontPageCheck({ frontPage, deepLinkHosts }: CollectorSettings): Check {
  const { ok, warn } = checkOf("frontPage", "a page of the store's");
  const host = frontPage.startsWith("/") ? undefined : new URL(frontPage).hostname;
  return host === undefined || deepLinkHosts.includes(host)
    ? ok(frontPage)
    : warn(frontPage, `check that ${host} is your own: refused deep links lead there`);
}

/** Whether an account's settings are the store's own, and it reports to the network itself. */
export function accountCheck(network: Network): Check {
  const { ok, warn, fail } = checkOf(`account ${network.id}`, "the ids and the token that the network gave this store");
  const sample = sampleOf(network);
  if (!sample) return warn("it takes no order of any currency", "check the account's settings");
  const request = network.request(sample.step);
  const { hostname, origin, searchParams } = new URL(request.url);
  if (isLoopback(hostname))
    return warn(
      `orders go to ${origin}, on this machine`,
      "leave out url when you go live: then orders go to the network itself",
    );
  const secrets = Object.values(request.headers).flatMap((value) => value.split(" "));
  const values = [...secrets, ...searchParams.values(), ...textsIn(sample.step)];
  // Tokens too: these are printed on public pages.
  const left = SAMPLES.filter((value) => values.includes(value));
  return left.length > 0
    ? fail(`${left.join(", ")}, which is only an example`, "set what the network gave you in its place")
    : ok(`reports to ${origin}`);
}

/** Every text in a step, however deep. */
export function textsIn(json: Json | undefined): string[] {
  if (typeof json === "string") return [json];
  return typeof json === "object" && json !== null ? Object.values(json).flatMap(textsIn) : [];
}
