import { describe, expect, test } from "vitest";
import { CollectorError, type Issue } from "../../../packages/collector/src/error.ts";
import type { Network } from "../../../packages/collector/src/network.ts";
import { defineNetwork } from "../../../packages/collector/src/networks/define.ts";

const network: Network<{ create: string }> = {
  id: "coinback",
  landing: { network: "coinback", parameter: "coin", cookie: "coinback_click", days: 14, id: /^cb-[\da-f]{16}$/ },
  settleSeconds: 30,
  untold: { update: "it takes no changes" },
  refusal: () => undefined,
  postbacks: ({ order }) => [
    { id: `coinback/${order.number}/create`, kind: "create", step: { create: order.number }, ifUnknown: "hold" },
  ],
  request: (step) => ({ method: "GET", url: `https://api.coinback.example/${step.create}`, headers: {} }),
  verdict: () => ({ kind: "accepted" }),
};

function issuesOf(changes: object): readonly Issue[] {
  try {
    defineNetwork({ ...network, ...changes });
  } catch (error) {
    if (error instanceof CollectorError && error.code === "ERR_OPTIONS") return error.issues;
    throw error;
  }
  return [];
}

function landingIssues(changes: object): readonly Issue[] {
  return issuesOf({ landing: { ...network.landing, ...changes } });
}

describe("a network that is defined", () => {
  test("is the very one that was given", () => {
    expect(defineNetwork(network)).toBe(network);
  });

  test("may have a market, which is in its id, and take leads", () => {
    expect(issuesOf({ id: "coinback:MY", market: "MY", leadPostbacks: () => [] })).toEqual([]);
  });

  test("is refused with every mistake at once", () => {
    expect(
      issuesOf({
        id: 7,
        landing: {
          network: "Coin back",
          parameter: "co in",
          cookie: "a;b",
          days: 0,
          id: "cb",
          idWithSource: /cb/,
          name: "",
        },
        market: "",
        settleSeconds: -1,
        untold: { create: "never", approve: "" },
        refusal: undefined,
        postbacks: [],
        leadPostbacks: null,
        request: "GET",
        verdict: {},
      }).map(({ path }) => path),
    ).toEqual([
      "id",
      "landing.network",
      "landing.parameter",
      "landing.cookie",
      "landing.days",
      "landing.id",
      "landing.idWithSource",
      "landing.name",
      "market",
      "settleSeconds",
      "untold.approve",
      "untold.create",
      "refusal",
      "postbacks",
      "leadPostbacks",
      "request",
      "verdict",
    ]);
  });

  test("is refused where there is none", () => {
    expect(() => defineNetwork(undefined as unknown as Network)).toThrow("defineNetwork: an object is wanted");
    expect(issuesOf({ landing: undefined }).map(({ path }) => path)).toEqual(["landing"]);
  });

  test.each([
    ["coin", undefined],
    ["coinback:MY", undefined],
    ["coinback", "MY"],
  ])("has an id of its network and market, and not %s with market %s", (id, market) => {
    const wanted = market === undefined ? "coinback" : "coinback:MY";
    expect(issuesOf({ id, market })).toEqual([
      { path: "id", message: `must be ${wanted}: the landing's network, and its market where it has one` },
    ]);
  });

  test.each([[0], [-1], [401], [Number.NaN], ["14"]])(
    "has a landing of more than 0 and at most 400 days, not %s",
    (days) => {
      expect(landingIssues({ days }).map(({ path }) => path)).toEqual(["landing.days"]);
      expect(landingIssues({ days: 400 })).toEqual([]);
    },
  );

  test.each([["cashtrail_clicks"], [""], ["_click"], ["a b"], ["a=b"], ["a;b"], ["käse"], ["a".repeat(65)]])(
    "has a cookie of its own whose name no browser turns, not %j",
    (cookie) => {
      expect(landingIssues({ cookie }).map(({ path }) => path)).toEqual(["landing.cookie"]);
    },
  );

  test.each([[""], ["Coin"], ["coin2"], ["coin-back"], ["a".repeat(33)]])(
    "has a name the companion cookie can tell of, not %j",
    (name) => {
      expect(issuesOf({ id: name, landing: { ...network.landing, network: name } }).map(({ path }) => path)).toEqual([
        "landing.network",
      ]);
    },
  );
});

describe("the shape of a network's click ids", () => {
  test.each([
    [/^102[\da-z]{27}$/i],
    [/^[\da-f]{8}-[\da-f]{4}-[1-8][\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/i],
    [/^(?:a|b{2,3})$/],
    [/^(?<kind>c|d)_\w{4}$/],
    [/^(?=a)(?!ab)[\w-]{1,64}$/],
  ])("may be %s", (id) => {
    expect(landingIssues({ id })).toEqual([]);
  });

  const anchored = "must be anchored at both ends, all of it: /^(?:…|…)$/";
  const long = "must say how long an id is at most, up to 200: {1,40} instead of + or *";
  const empty = "must take no empty id: {1,40} instead of {0,40}";
  const takes = (part: string) => `must take letters, digits, _ and - only, and ${part} takes more`;

  test.each([
    [/cb/, anchored],
    [/^cb/, anchored],
    [/cb$/, anchored],
    [/^cb\$/, anchored],
    [/^a|b$/, anchored],
    [/^(?:a)|(?:b)$/, anchored],
    [/^\w+$/, long],
    [/^\w*$/, long],
    [/^\w{3,}$/, long],
    [/^\w{1,201}$/, long],
    [/^\w{201}$/, long],
    [/^\w{0,40}$/, empty],
    [/^$/, empty],
    [/^(?:ab)?$/, empty],
    [/^a\cJ$/, takes("\\c")],
    [/^a\0$/, takes("\\0")],
    [new RegExp(["^a", "40$"].join("\\")), takes("\\4")],
    [/^(a)\1$/, takes("\\1")],
    [/^a{,5}$/, takes("{")],
    [/^.{3}$/, takes(".")],
    [/^\S{3}$/, takes("\\S")],
    [/^[^;]{3}$/, takes("[^;]")],
    [/^[\w,]{3}$/, takes("[\\w,]")],
    [/^a;b$/, takes(";")],
    [/^a b$/, takes(" ")],
    [/^a\x20b$/, takes("\\x20")],
    [/^a\tb$/, takes("\\t")],
    [/^a\.b$/, takes("\\.")],
    [/^(?:\d{2}|x~y)$/, takes("~")],
    [/^\p{L}{3}$/u, takes("\\p{L}")],
    [/^[\w-]{3}$/iu, takes("[\\w-]")],
    [/^\w{3}$/m, "must have no flags but i and u"],
    [/^\w{3}$/g, "must have no flags but i and u"],
    [/^\w{3}$/y, "must have no flags but i and u"],
    [/^\w{3}$/s, "must have no flags but i and u"],
    [/^[\w--_]{3}$/v, "must have no flags but i and u"],
  ])("must not be %s", (id, message) => {
    expect(landingIssues({ id })).toEqual([{ path: "landing.id", message }]);
    expect(landingIssues({ idWithSource: id })).toEqual([{ path: "landing.idWithSource", message }]);
  });
});
