import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { CollectorError, type Issue } from "../../packages/collector/src/error.ts";
import { retrack } from "../../packages/collector/src/networks/retrack.ts";
import { type ShopbackSettings, shopback } from "../../packages/collector/src/networks/shopback.ts";
import { parseOptions } from "../../packages/collector/src/options.ts";

const aRetrack = (settings = {}) =>
  retrack({ token: "a-token", event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb", ...settings });
const aShopback = (settings: Partial<ShopbackSettings> = {}) =>
  shopback({ offer: "1234", securityToken: "a-token", currency: "any", amount: "gross", ...settings });

function refusalOf(options: unknown): CollectorError {
  try {
    parseOptions(options);
  } catch (error) {
    if (error instanceof CollectorError && error.code === "ERR_OPTIONS") return error;
    throw error;
  }
  throw new Error("the options were taken");
}

describe("the options", () => {
  const networks = [aRetrack()];
  const ledger = { record() {}, claim() {}, amend() {} };

  test("have their defaults where only networks are given", () => {
    const { now, random, ...settings } = parseOptions({ networks });
    expect(settings).toEqual({
      networks,
      ledger: "./cashtrail.db",
      deepLinkHosts: [],
      frontPage: "/",
      attribution: "last-click",
      consent: "exempt",
      cookie: { httpOnly: false },
      dashboard: {},
      delivery: {
        concurrency: 8,
        timeoutMs: 20_000,
        retry: { firstDelaySeconds: 5, maxDelaySeconds: 86_400, giveUpAfterDays: 30 },
      },
      retention: { clickDays: 90, conversionDays: 730 },
    });
    expect(now()).toBeInstanceOf(Date);
    expect(random()).toBeGreaterThanOrEqual(0);
    expect(random()).toBeLessThan(1);
  });

  test("are all in force as they are given, and keep the other defaults of a group", () => {
    const consent = () => false;
    const onEvent = () => {};
    const now = () => new Date("2026-05-10T12:00:00Z");
    const random = () => 0.5;
    const given = {
      networks: [aRetrack(), aShopback({ market: "MY" }), aShopback({ market: "SG" })],
      ledger,
      deepLinkHosts: ["www.store-domain.com", "Käse.example"],
      frontPage: "https://www.store-domain.com/welcome?a=1#b",
      attribution: "every-click",
      consent,
      cookie: { domain: ".store-domain.com", httpOnly: true },
      dashboard: { locale: "sv-SE", timeZone: "Europe/Stockholm" },
      delivery: { concurrency: 1, timeoutMs: 500, retry: { giveUpAfterDays: 0.5 } },
      journal: "/var/lib/store/journal",
      retention: { clickDays: 30 },
      onEvent,
      now,
      random,
    };
    expect(parseOptions(given)).toEqual({
      networks: given.networks,
      ledger,
      deepLinkHosts: ["www.store-domain.com", "xn--kse-qla.example"],
      frontPage: "https://www.store-domain.com/welcome?a=1#b",
      attribution: "every-click",
      consent,
      cookie: { domain: ".store-domain.com", httpOnly: true },
      dashboard: { locale: "sv-SE", timeZone: "Europe/Stockholm" },
      delivery: {
        concurrency: 1,
        timeoutMs: 500,
        retry: { firstDelaySeconds: 5, maxDelaySeconds: 86_400, giveUpAfterDays: 0.5 },
      },
      journal: "/var/lib/store/journal",
      retention: { clickDays: 30, conversionDays: 730 },
      onEvent,
      now,
      random,
    });
  });

  const listWanted = "an array of networks is wanted: [retrack(…), shopback(…)]";
  const oneWanted = "at least one network is wanted: retrack(…) or shopback(…)";
  const networkWanted = "must be a network: what retrack(…), shopback(…), tune(…) or defineNetwork(…) returns";
  const pathWanted =
    "must be the path of a file on a local disk, a URL that starts with postgres://, or a ledger object";
  const languageWanted = "must be a language tag, like sv-SE";
  const zoneWanted = "must be a time zone's name, like Europe/Stockholm";
  const hostWanted = "must be one exact host name without scheme, port or path";
  const pageWanted = "must be a path that starts with one slash, or an https URL";
  const domainWanted = "must be a domain, like store-domain.com";
  const functionWanted = "must be a function";
  const consentWanted = 'must be "exempt", "tcf", "google", "manual", "cookie:NAME=VALUE" or a function of the request';
  const cookieWanted = 'wants a cookie and its value: "cookie:NAME=VALUE"';
  const unknown = "is not known: correct its name or remove it";

  test.each<[string, Record<string, unknown>, Issue]>([
    ["no networks", { networks: undefined }, { path: "networks", message: listWanted }],
    ["a network without a list", { networks: aRetrack() }, { path: "networks", message: listWanted }],
    ["an empty list of networks", { networks: [] }, { path: "networks", message: oneWanted }],
    ["a network's name", { networks: [aRetrack(), "shopback"] }, { path: "networks.1", message: networkWanted }],
    [
      "a network's settings",
      { networks: [{ token: "a-token", event: "b" }] },
      { path: "networks.0", message: networkWanted },
    ],
    ["the network's function itself", { networks: [retrack] }, { path: "networks.0", message: networkWanted }],
    [
      "a network twice",
      { networks: [aShopback(), aRetrack(), aRetrack({ token: "another-token" })] },
      { path: "networks.2", message: "retrack is there already: several accounts of one network differ by market" },
    ],
    [
      "a market twice",
      { networks: [aShopback({ market: "MY" }), aShopback({ market: "MY", offer: "1235" })] },
      { path: "networks.1", message: "shopback:MY is there already: several accounts of one network differ by market" },
    ],
    [
      "two networks with one parameter",
      { networks: [aShopback(), aRetrack({ parameter: "transaction_id" })] },
      {
        path: "networks.1",
        message: "another network has the parameter transaction_id already: nobody could tell whose click it is",
      },
    ],
    [
      "accounts of one network with different days",
      { networks: [aShopback({ market: "MY" }), aShopback({ market: "SG", days: 7 })] },
      {
        path: "networks.1",
        message: "accounts of shopback must have the same parameter and days: a click does not say whose it is",
      },
    ],
    [
      "accounts of one network with different parameters",
      { networks: [aShopback({ market: "MY" }), aRetrack(), aShopback({ market: "SG", parameter: "sbid" })] },
      {
        path: "networks.2",
        message: "accounts of shopback must have the same parameter and days: a click does not say whose it is",
      },
    ],
    ["an empty path for the ledger", { ledger: "" }, { path: "ledger", message: pathWanted }],
    ["a ledger in memory, which no crash survives", { ledger: ":memory:" }, { path: "ledger", message: pathWanted }],
    ["a ledger's URL", { ledger: "mysql://localhost/store" }, { path: "ledger", message: pathWanted }],
    ["half a ledger", { ledger: { record() {} } }, { path: "ledger", message: pathWanted }],
    ["a host for a list of hosts", { deepLinkHosts: "www.store-domain.com" }, arrayWanted()],
    [
      "a host with its scheme",
      { deepLinkHosts: ["https://www.store-domain.com"] },
      { path: "deepLinkHosts.0", message: hostWanted },
    ],
    [
      "a host with a port",
      { deepLinkHosts: ["a.com", "b.com:8080"] },
      { path: "deepLinkHosts.1", message: hostWanted },
    ],
    [
      "a host with a path",
      { deepLinkHosts: ["store-domain.com/shop"] },
      { path: "deepLinkHosts.0", message: hostWanted },
    ],
    ["a pattern of hosts", { deepLinkHosts: ["*.store-domain.com"] }, { path: "deepLinkHosts.0", message: hostWanted }],
    ["hosts in one text", { deepLinkHosts: ["a.com,b.com"] }, { path: "deepLinkHosts.0", message: hostWanted }],
    ["an empty host", { deepLinkHosts: [""] }, { path: "deepLinkHosts.0", message: hostWanted }],
    ["a front page without a slash", { frontPage: "home" }, { path: "frontPage", message: pageWanted }],
    ["a front page of another host", { frontPage: "//evil.example" }, { path: "frontPage", message: pageWanted }],
    ["a front page with a backslash", { frontPage: "/\\evil.example" }, { path: "frontPage", message: pageWanted }],
    ["a front page that splits a header", { frontPage: "/\r\nx: 1" }, { path: "frontPage", message: pageWanted }],
    ["a front page over http", { frontPage: "http://store-domain.com" }, { path: "frontPage", message: pageWanted }],
    ["a front page that runs", { frontPage: "javascript:alert(1)" }, { path: "frontPage", message: pageWanted }],
    [
      "a language by its name",
      { dashboard: { locale: "svenska" } },
      { path: "dashboard.locale", message: languageWanted },
    ],
    ["a malformed language", { dashboard: { locale: "sv_SE" } }, { path: "dashboard.locale", message: languageWanted }],
    [
      "a time zone nobody has",
      { dashboard: { timeZone: "Stockholm" } },
      { path: "dashboard.timeZone", message: zoneWanted },
    ],
    [
      "another attribution",
      { attribution: "first-click" },
      { path: "attribution", message: 'must be "last-click" or "every-click"' },
    ],
    ["consent as a boolean", { consent: true }, { path: "consent", message: consentWanted }],
    ["consent that nobody knows", { consent: "always" }, { path: "consent", message: consentWanted }],
    ["consent in capitals", { consent: "TCF" }, { path: "consent", message: consentWanted }],
    ["no consent at all", { consent: "" }, { path: "consent", message: consentWanted }],
    ["the exemption with a detail", { consent: "exempt:cashback" }, { path: "consent", message: consentWanted }],
    ["consent of a vendor", { consent: "tcf:755" }, { path: "consent", message: consentWanted }],
    ["consent by a cookie without its name", { consent: "cookie" }, { path: "consent", message: cookieWanted }],
    ["consent by a cookie of any value", { consent: "cookie:consent" }, { path: "consent", message: cookieWanted }],
    ["consent by a cookie of no value", { consent: "cookie:consent=" }, { path: "consent", message: cookieWanted }],
    [
      "consent by a rule that is none",
      { consent: "cookie:a=(" },
      {
        path: "consent",
        message: 'must be a regular expression behind "cookie:": its brackets or signs do not fit together',
      },
    ],
    ["consent by a cookie of no name", { consent: "cookie:=yes" }, { path: "consent", message: cookieWanted }],
    [
      "consent by two cookies",
      { consent: "cookie:consent=yes; other=yes" },
      { path: "consent", message: cookieWanted },
    ],
    [
      "a consent function that answers later",
      { consent: async () => true },
      {
        path: "consent",
        message: "must answer at once: a function that is async answers a promise, which is neither yes nor no",
      },
    ],
    [
      "a cookie domain with a scheme",
      { cookie: { domain: "https://store-domain.com" } },
      { path: "cookie.domain", message: domainWanted },
    ],
    [
      "a cookie domain that adds attributes",
      { cookie: { domain: "a.com; path=/" } },
      { path: "cookie.domain", message: domainWanted },
    ],
    [
      "a cookie domain of one label",
      { cookie: { domain: "localhost" } },
      { path: "cookie.domain", message: domainWanted },
    ],
    ["no concurrency", { delivery: { concurrency: 0 } }, tooSmall("delivery.concurrency")],
    ["no time", { delivery: { timeoutMs: 0 } }, tooSmall("delivery.timeoutMs")],
    [
      "no delay",
      { delivery: { retry: { firstDelaySeconds: 0 } } },
      moreThanNothing("delivery.retry.firstDelaySeconds"),
    ],
    [
      "a negative delay",
      { delivery: { retry: { maxDelaySeconds: -1 } } },
      moreThanNothing("delivery.retry.maxDelaySeconds"),
    ],
    [
      "giving up at once",
      { delivery: { retry: { giveUpAfterDays: 0 } } },
      moreThanNothing("delivery.retry.giveUpAfterDays"),
    ],
    ["a listener that is none", { onEvent: "log" }, { path: "onEvent", message: functionWanted }],
    ["a time for a clock", { now: new Date("2026-05-10") }, { path: "now", message: functionWanted }],
    ["a number for chance", { random: 0.5 }, { path: "random", message: functionWanted }],
    ["a setting nobody knows", { deeplinkHosts: [] }, { path: "deeplinkHosts", message: unknown }],
    [
      "a setting of a group nobody knows",
      { delivery: { timeout: 5000 } },
      { path: "delivery.timeout", message: unknown },
    ],
    [
      "a setting deep in a group nobody knows",
      { delivery: { retry: { days: 1 } } },
      { path: "delivery.retry.days", message: unknown },
    ],
  ])("refuse %s", (_what, options, issue) => {
    expect(refusalOf({ networks, ...options }).issues).toEqual([issue]);
  });

  function arrayWanted(): Issue {
    return { path: "deepLinkHosts", message: "an array is wanted" };
  }

  function tooSmall(path: string): Issue {
    return { path, message: "must be at least 1" };
  }

  function moreThanNothing(path: string): Issue {
    return { path, message: "must be more than 0" };
  }

  test("are refused with all that is wrong at once, each with its path", () => {
    const options = {
      networks: [aRetrack(), aRetrack()],
      frontPage: "home",
      delivery: { timeout: 5, retry: { giveUpAfterDays: "30" } },
      adminTokn: "s3cret",
    };
    expect(refusalOf(options).message).toBe(
      "createCollector: frontPage: must be a path that starts with one slash, or an https URL; " +
        "delivery.retry.giveUpAfterDays: a number is wanted; " +
        "delivery.timeout: is not known: correct its name or remove it; " +
        "adminTokn: is not known: correct its name or remove it; " +
        "networks.1: retrack is there already: several accounts of one network differ by market",
    );
  });

  test("keep orders longer than the longest of their clicks counts", () => {
    const retrackAlone = [aRetrack()];
    expect(refusalOf({ networks: retrackAlone, retention: { conversionDays: 10 } }).message).toBe(
      "createCollector: retention.conversionDays: must be at least 11, longer than a click counts: an order erased sooner could be reported twice",
    );
    expect(parseOptions({ networks: retrackAlone, retention: { conversionDays: 11 } }).networks).toHaveLength(1);
  });

  test.each([["exempt"], ["tcf"], ["google"], ["manual"], ["cookie:consent=yes"], ["cookie:a_b-c=marketing"]])(
    "take the consent %s",
    (consent) => {
      expect(parseOptions({ networks, consent }).consent).toBe(consent);
    },
  );

  test.each([[undefined], [null], [5], ["options"], [[]]])("are refused where they are %j", (options) => {
    expect(refusalOf(options).message).toBe("createCollector: an object is wanted");
  });

  test("are refused without repeating a secret that stands in the wrong place", () => {
    const secret = "DbV6KYhMm7firiNtgfOCEmRohglfAQUTUy4FudGOKtetC0yYSaKtOXIedfNX";
    const places: object[] = [
      { networks: secret },
      { networks: [secret] },
      { networks: [{ token: secret }] },
      { networks: [aRetrack({ token: secret }), aRetrack({ token: secret })] },
      { ledger: `mysql://store:${secret}@localhost/store` },
      { journal: { path: secret } },
      { retention: { clickDays: secret } },
      { deepLinkHosts: [`https://a:${secret}@store-domain.com`] },
      { frontPage: `http://store-domain.com/?token=${secret}` },
      { attribution: secret },
      { consent: secret },
      { cookie: secret },
      { cookie: { domain: secret } },
      { delivery: { concurrency: secret } },
      { onEvent: secret },
      { adminTokn: secret },
    ];
    for (const place of places) {
      const refusal = refusalOf({ networks, ...place });
      expect(refusal.issues).toHaveLength(1);
      expect(inspect(refusal, { depth: Infinity, showHidden: true })).not.toContain(secret);
    }
  });
});
