import { installedScript } from "../express/script.ts";
import { type Check, checkOf } from "./check.ts";
import { under, type VisitedStore } from "./visited-store.ts";

export async function scriptCheck({ url, router, get }: VisitedStore): Promise<Check> {
  const { ok, warn, fail } = checkOf("client.js", "the script of this version, kept for ever under its hash");
  const { text, hash } = installedScript();
  const script = under(url, router, "client.js");
  script.search = `?v=${hash}`;
  const sent = await get(script);
  const mount = mountFix(router);
  if (sent.kind !== "answered") return fail(sent.reason, mount);
  const { status, headers, body } = sent.response;
  if (status !== 200) return fail(`HTTP ${status} at ${script.pathname}`, mount);
  const type = String(headers["content-type"] ?? "none");
  if (!/javascript/.test(type)) return fail(`Content-Type: ${type}`, mount);
  if (body !== text)
    return warn(
      "another script than this version's",
      "deploy the same version of @cashtrail/collector, empty the CDN's cache, and keep it from rewriting scripts; then print the tag anew: cashtrail snippet",
    );
  const control = String(headers["cache-control"] ?? "none");
  return /\bimmutable\b/.test(control)
    ? ok(`hash ${hash}, ${control}`)
    : warn(`Cache-Control: ${control}`, "let the proxy pass Cache-Control and the query on as they are");
}

export async function healthChecks({ url, router, get }: VisitedStore): Promise<Check[]> {
  const { ok, fail } = checkOf("health", 'HTTP 200 with {"status":"ok"}');
  const health = under(url, router, "health");
  const sent = await get(health);
  if (sent.kind !== "answered") return [fail(sent.reason, mountFix(router))];
  const { status, body } = sent.response;
  const { status: said, forwardedFor } = objectIn(body);
  if (status === 200 && said === "ok") return [ok("HTTP 200, ok"), forwardedCheck(forwardedFor)];
  return [
    status === 503
      ? fail("HTTP 503: the ledger does not answer", "look at the store's disk or database, and at its log")
      : fail(`HTTP ${status} at ${health.pathname}`, mountFix(router)),
  ];
}

/** As the store says it itself: from outside nobody sees what a proxy adds to a request. */
function forwardedCheck(forwardedFor: unknown): Check {
  const { ok, warn, skip } = checkOf("shoppers' addresses", "where a proxy says who is asking, the store trusts it");
  if (forwardedFor === "trusted") return ok("X-Forwarded-For reaches the store, which trusts it");
  return forwardedFor === "ignored"
    ? warn(
        "X-Forwarded-For reaches the store, which does not trust the proxy that says it",
        'app.set("trust proxy", 1), or --trust-proxy of cashtrail serve: else all come from the proxy\'s one address, and a stranger who tries wrong tokens locks everybody out of the dashboard and the API',
      )
    : skip("no X-Forwarded-For reaches the store: nothing stands before it, or that does not say who is asking");
}

/** Whether it delivers: orders are taken, and nothing looks wrong, where `start` was forgotten. */
export async function readyCheck({ url, router, get }: VisitedStore): Promise<Check> {
  const { ok, warn, fail } = checkOf("ready", 'HTTP 200 with {"status":"ok","orders":"ledger"}');
  const ready = under(url, router, "ready");
  const sent = await get(ready);
  if (sent.kind !== "answered") return fail(sent.reason, mountFix(router));
  const { status, body } = sent.response;
  const { status: said, orders } = objectIn(body);
  if (status === 200 && said === "ok")
    return orders === "journal"
      ? warn("HTTP 200, orders go to the journal", "mend the ledger: until then the networks hear of nothing")
      : ok("HTTP 200, started, orders go to the ledger");
  if (status !== 503) return fail(`HTTP ${status} at ${ready.pathname}`, mountFix(router));
  if (said === "not started")
    return fail(
      "HTTP 503: not started",
      "call cashtrail.start() where the server starts to listen: orders are taken without it, and nothing is ever sent",
    );
  return said === "stopping"
    ? fail("HTTP 503: stopping", "ask again once it has started anew")
    : fail(`HTTP 503: ${said}`, "look at the store's disk or database, and at its log");
}

function mountFix(router: string): string {
  return `mount it: app.use("${router}", cashtrail.router); if it is elsewhere, name it with --mount`;
}

function objectIn(body: string): { readonly [name: string]: unknown } {
  try {
    return Object(JSON.parse(body));
  } catch {
    return {};
  }
}
