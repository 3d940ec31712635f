import { describe, expect, test } from "vitest";
import { CollectorError, type Issue } from "../../../packages/collector/src/error.ts";
import type { Network } from "../../../packages/collector/src/network.ts";
import { type RetrackSettings, retrack } from "../../../packages/collector/src/networks/retrack.ts";
import { type ShopbackSettings, shopback } from "../../../packages/collector/src/networks/shopback.ts";
import { anOrder } from "../../support/orders.ts";

const token = "DbV6KYhMm7firiNtgfOCEmRohglfAQUTUy4FudGOKtetC0yYSaKtOXIedfNX";
const event = "1f80e399-6f55-4cef-b8b0-0f74752c1ceb";
const at = new Date("2026-05-10T10:00:00Z");

/** The two kinds of accounts, alike in what is tested here. */
const kinds = {
  retrack: {
    tokenIs: "token",
    made: (settings: object) => retrack({ token, event, ...settings } as RetrackSettings) as unknown as Network,
    click: { network: "retrack", id: "59d08c54-18e6-4e0d-9c06-d18be3510e43", at },
  },
  shopback: {
    tokenIs: "securityToken",
    made: (settings: object) =>
      shopback({
        offer: "1234",
        securityToken: token,
        currency: "SEK",
        amount: "net",
        ...settings,
      } as ShopbackSettings) as unknown as Network,
    click: { network: "shopback", id: "102656693ac3ca6e0cdafbfe89ab99", at },
  },
};

function issuesOf(kind: keyof typeof kinds, settings: object): readonly Issue[] {
  try {
    kinds[kind].made(settings);
  } catch (error) {
    if (error instanceof CollectorError && error.code === "ERR_OPTIONS") return error.issues;
    throw error;
  }
  return [];
}

describe.each<[keyof typeof kinds]>([["retrack"], ["shopback"]])("an account of %s", (kind) => {
  const { tokenIs } = kinds[kind];

  function hostOf(settings: object): string {
    const account = kinds[kind].made(settings);
    const urls = account
      .postbacks({ order: anOrder(), click: kinds[kind].click, status: "pending", lines: {}, told: [] })
      .map(({ step }) => account.request(step).url);
    return new URL(urls[0] ?? "").origin;
  }

  test.each([
    ["DbV6KYhMm7firiNtgfOCEmRohglfAQUTUy4FudGOKtetC0yYSaKtOXIedfNX"],
    ["5f2c8a0e9b7d4631a8c0e5f7b1d29364"],
    ["a+b/c=d&e!~"],
    ["retrack-token"],
    ["tokens"],
    ["xx"],
    ["123456"],
  ])("takes the token %s", (given) => {
    expect(issuesOf(kind, { [tokenIs]: given })).toEqual([]);
  });

  test.each([[undefined], [null], [12345], [["a"]], [{}], [true]])("misses its token where it is %j", (given) => {
    expect(issuesOf(kind, { [tokenIs]: given })).toEqual([
      { path: tokenIs, message: "is missing: set it to the token the network gave you" },
    ]);
  });

  test("finds its token empty where the environment has it empty", () => {
    expect(issuesOf(kind, { [tokenIs]: "" })).toEqual([
      { path: tokenIs, message: "is empty: set it to the token the network gave you" },
    ]);
  });

  test.each([
    ["undefined"],
    ["null"],
    ["NONE"],
    ["TODO"],
    ["placeholder"],
    ["changeme"],
    ["change-me"],
    ["CHANGE_ME"],
    ["replace-me"],
    ["REPLACE_ME"],
    ["xxx"],
    ["XXXXXXXXXXXX"],
    ["***"],
    ["..."],
    ["<token>"],
    ["<your-token>"],
    ["{security_token}"],
    ["{{RETRACK_TOKEN}}"],
    ["$RETRACK_TOKEN"],
    ["$" + "{RETRACK_TOKEN}"],
    ["your-token"],
    ["YOUR_TOKEN_HERE"],
    ["insert_token_here"],
  ])("takes %s for a placeholder", (given) => {
    expect(issuesOf(kind, { [tokenIs]: given })).toEqual([
      { path: tokenIs, message: "is a placeholder: set it to the token the network gave you" },
    ]);
  });

  test.each([
    ["a space", "two words"],
    ["a space behind", `${token} `],
    ["a line break behind", `${token}\n`],
    ["a header's end inside", "a\r\nx-evil: 1"],
    ["a NUL", "a\0b"],
    ["an umlaut", "tökén"],
    ["a zero-width space", "tok\u200ben"],
  ])("refuses a token with %s", (_what, given) => {
    expect(issuesOf(kind, { [tokenIs]: given })).toEqual([
      { path: tokenIs, message: "must be printable characters without spaces" },
    ]);
  });

  test.each([
    ["https://api.example.com", "https://api.example.com"],
    ["https://api.example.com/", "https://api.example.com"],
    ["https://api.example.com:443", "https://api.example.com"],
    ["https://api.example.com:8443", "https://api.example.com:8443"],
    ["HTTPS://API.Example.com", "https://api.example.com"],
    ["http://localhost:8402", "http://localhost:8402"],
    ["http://sandbox.localhost:8402", "http://sandbox.localhost:8402"],
    ["http://127.0.0.1:8402", "http://127.0.0.1:8402"],
    ["http://127.8.9.10", "http://127.8.9.10"],
    ["http://[::1]:8402", "http://[::1]:8402"],
    ["http://2130706433", "http://127.0.0.1"],
  ])("calls %s as %s", (url, host) => {
    expect(hostOf({ url })).toBe(host);
  });

  test.each([
    ["http://api.example.com"],
    ["http://localhost.example.com"],
    ["http://mylocalhost"],
    ["http://127.0.0.1.example.com"],
    ["http://10.0.0.1"],
    ["http://192.168.1.10:8402"],
    ["http://0.0.0.0"],
    ["http://[::ffff:7f00:1]"],
    ["http://[fe80::1]"],
  ])("refuses %s, over which the token could be read, unless the settings say that this is wanted", (url) => {
    const issue = {
      path: "url",
      message:
        "must be https: over http anybody on the way can read the token. If the network insists, set tokenInCleartext: true",
    };
    expect(issuesOf(kind, { url })).toEqual([issue]);
    expect(issuesOf(kind, { url, tokenInCleartext: false })).toEqual([issue]);
    expect(hostOf({ url, tokenInCleartext: true })).toBe(url);
  });

  test.each([
    ["https://api.example.com/v2"],
    ["https://api.example.com/?a=1"],
    ["https://api.example.com?"],
    ["https://api.example.com/#a"],
    ["https://user:password@api.example.com"],
    ["https://user@api.example.com"],
    ["ftp://api.example.com"],
    ["file:///etc/passwd"],
    ["javascript:alert(1)"],
    ["//api.example.com"],
    ["api.example.com"],
    ["api.example.com:8443"],
    ["https://"],
    [""],
  ])("refuses %j, which is more or less than scheme, host and port", (url) => {
    const issue = { path: "url", message: "must be scheme, host and port only, like https://api.example.com" };
    expect(issuesOf(kind, { url })).toEqual([issue]);
    expect(issuesOf(kind, { url, tokenInCleartext: true })).toEqual([issue]);
  });

  test.each([["click"], ["sbid"], ["shopback_id"], ["utm-id"], ["a".repeat(64)]])(
    "takes the parameter %s",
    (parameter) => {
      expect(kinds[kind].made({ parameter }).landing.parameter).toBe(parameter);
    },
  );

  test.each([[""], ["a b"], ["a[]"], ["a.b"], ["{click}"], ["klick\n"], ["ä"], ["a".repeat(65)]])(
    "refuses the parameter %j",
    (parameter) => {
      expect(issuesOf(kind, { parameter })).toEqual([
        { path: "parameter", message: "must be letters, digits, _ or -" },
      ]);
    },
  );

  test.each([[0.5], [1], [10], [400]])("takes a lifetime of %d days", (days) => {
    expect(kinds[kind].made({ days }).landing.days).toBe(days);
  });

  test.each([
    [0, "must be more than 0"],
    [-1, "must be more than 0"],
    [400.1, "must be at most 400: no browser keeps longer"],
    [Infinity, "a number of days is wanted"],
    [NaN, "a number of days is wanted"],
    ["10", "a number of days is wanted"],
  ])("refuses a lifetime of %s days", (days, message) => {
    expect(issuesOf(kind, { days })).toEqual([{ path: "days", message }]);
  });

  test("takes a market of up to 64 characters, and refuses an empty or longer one", () => {
    expect(kinds[kind].made({ market: "a".repeat(64) }).market).toBe("a".repeat(64));
    expect(issuesOf(kind, { market: "" })).toEqual([{ path: "market", message: "must not be empty" }]);
    expect(issuesOf(kind, { market: "a".repeat(65) })).toEqual([
      { path: "market", message: "must be no longer than 64 characters" },
    ]);
  });
});
