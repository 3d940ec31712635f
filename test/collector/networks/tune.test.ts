import { describe, expect, test } from "vitest";
import { checkNetwork } from "../../../packages/collector/src/conformance/conformance.ts";
import { CollectorError, type Issue } from "../../../packages/collector/src/error.ts";
import type { Conversion } from "../../../packages/collector/src/network.ts";
import { type TuneSettings, tune } from "../../../packages/collector/src/networks/tune.ts";
import { anOrder } from "../../support/orders.ts";
import { tuneFixtures } from "./tune-fixtures.ts";

const securityToken = "5f2c8a0e9b7d4631a8c0e5f7b1d29364";
const url = "https://examplenetwork.go2cloud.org";
const click = { network: "example", id: "1027c887059b47bc69c699f45466b9", at: new Date("2026-05-10T10:00:00Z") };

function accountWith(settings: Partial<TuneSettings> = {}) {
  return tune({ network: "example", url, offer: "26", securityToken, currency: "EUR", amount: "gross", ...settings });
}

function conversionOf(changes: Partial<Conversion> = {}): Conversion {
  return { order: anOrder({ currency: "EUR" }), click, status: "pending", lines: {}, told: [], ...changes };
}

function urlFor(settings: Partial<TuneSettings>): string | undefined {
  const account = accountWith(settings);
  return account.postbacks(conversionOf()).map(({ step }) => account.request(step).url)[0];
}

function issuesOf(settings: object): readonly Issue[] {
  try {
    accountWith(settings);
  } catch (error) {
    if (error instanceof CollectorError && error.code === "ERR_OPTIONS") return error.issues;
    throw error;
  }
  return [];
}

describe("an account of a network on TUNE", () => {
  test("keeps every promise of a network", () => {
    const subs: TuneSettings["subs"] = { adv_sub2: ({ market }) => market ?? "none" };
    expect(checkNetwork(accountWith({ subs, onUnknown: "repeat" }), tuneFixtures)).toEqual([]);
  });

  test("has a landing of its own, named by the network", () => {
    expect(accountWith().landing).toEqual({
      network: "example",
      parameter: "transaction_id",
      cookie: "example_click",
      days: 30,
      id: /^102[\da-z]{27}$/i,
      idWithSource: /^[\da-z]{10,30}$/i,
    });
    expect(accountWith({ parameter: "exampleid", days: 90 }).landing).toMatchObject({
      parameter: "exampleid",
      days: 90,
    });
  });

  test("of one market is known by it", () => {
    expect(accountWith({ market: "DE" })).toMatchObject({ id: "example:DE", market: "DE" });
  });

  test("sends what its settings say, and no token where it has none", () => {
    expect(urlFor({ securityToken: undefined, amount: "net", datetime: true })).toBe(
      "https://examplenetwork.go2cloud.org/aff_lsr?offer_id=26&adv_sub=1001" +
        "&transaction_id=1027c887059b47bc69c699f45466b9&amount=100&datetime=2026-05-10%2011%3A00%3A00",
    );
    expect(urlFor({ subs: { adv_sub5: ({ currency }) => currency, adv_unique1: ({ number }) => `n-${number}` } })).toBe(
      "https://examplenetwork.go2cloud.org/aff_lsr?offer_id=26&adv_sub=1001&adv_sub5=EUR&adv_unique1=n-1001" +
        "&transaction_id=1027c887059b47bc69c699f45466b9&amount=125&security_token=5f2c8a0e9b7d4631a8c0e5f7b1d29364",
    );
  });

  test("leaves an unanswered call to a person, unless the offer is said to take one conversion of a click", () => {
    expect(accountWith().postbacks(conversionOf())).toMatchObject([{ ifUnknown: "hold" }]);
    expect(accountWith({ onUnknown: "repeat" }).postbacks(conversionOf())).toMatchObject([
      { ifUnknown: { ask: { again: true, isClickShared: null } } },
    ]);
  });

  test("takes every currency of two decimals where none is set", () => {
    const account = accountWith({ currency: undefined });
    expect(account.refusal(conversionOf({ order: anOrder({ currency: "JPY" }) }))).toBeUndefined();
    expect(account.refusal(conversionOf({ order: anOrder({ currency: "KWD" }) }))).toBe(
      "KWD has 3 decimals, and example takes amounts with at most 2",
    );
  });

  test("is called in answers what people call it", () => {
    const account = accountWith({ title: "Example Network" });
    const [postback] = account.postbacks(conversionOf());
    if (!postback) throw new Error("no postback");
    expect(account.verdict({ status: 200, headers: {}, body: "hello" }, postback.step)).toEqual({
      kind: "unknown",
      reason: "HTTP 200 with an answer that is neither Example Network's yes nor its no",
    });
    expect(account.untold.approve).toBe(
      "Example Network takes conversions only: tell it of this where its own pages let you",
    );
  });

  test("is refused with every mistake in its settings at once", () => {
    expect(
      issuesOf({
        network: "Example 1",
        url: "https://examplenetwork.go2cloud.org/aff_lsr",
        offer: 26,
        securityToken: "<token>",
        currency: "KWD",
        amount: "both",
        subs: { adv_sub: () => "", adv_sub2: "DE" },
        onUnknown: "ask",
        host: "examplenetwork.go2cloud.org",
      }).map(({ path }) => path),
    ).toEqual([
      "network",
      "url",
      "offer",
      "securityToken",
      "currency",
      "amount",
      "subs.adv_sub2",
      "subs.adv_sub",
      "onUnknown",
      "host",
    ]);
  });
});
