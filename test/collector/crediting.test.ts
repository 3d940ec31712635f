import type { Click } from "@cashtrail/client/landing";
import { describe, expect, test } from "vitest";
import { type Attribution, creditingOf } from "../../packages/collector/src/crediting.ts";
import type { Network } from "../../packages/collector/src/network.ts";
import { retrack } from "../../packages/collector/src/networks/retrack.ts";
import { type ShopbackSettings, shopback } from "../../packages/collector/src/networks/shopback.ts";
import type { PlacedOrder } from "../../packages/collector/src/order.ts";
import { anOrder } from "../support/orders.ts";

const now = new Date("2026-05-10T12:00:00Z");

const aRetrack = (market?: string) =>
  retrack({
    token: "a-token",
    event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
    ...(market && { market }),
  }) as unknown as Network;
const aShopback = (settings: Partial<ShopbackSettings> = {}) =>
  shopback({
    offer: "1234",
    securityToken: "a-token",
    currency: "any",
    amount: "gross",
    ...settings,
  }) as unknown as Network;

const byRetrack = (at: string): Click => ({
  network: "retrack",
  id: "59d08c54-18e6-4e0d-9c06-d18be3510e43",
  at: new Date(at),
});
const byShopback = (at: string): Click => ({
  network: "shopback",
  id: "102656693ac3ca6e0cdafbfe89ab99",
  at: new Date(at),
});

const keptSince = new Date("2024-05-10T12:00:00Z");

function credited(
  clicks: Click[],
  {
    order = anOrder(),
    networks = [aRetrack(), aShopback()],
    attribution = "last-click",
  }: { order?: PlacedOrder; networks?: Network[]; attribution?: Attribution } = {},
): string[] | string | undefined {
  const creditable = {
    kind: "order" as const,
    market: order.market,
    placedAt: now,
    keptSince,
    refusal: (network: Network, click: Click) =>
      network.refusal({ order, click, status: "pending", lines: {}, told: [] }),
  };
  const { credited: given, reason } = creditingOf(creditable, clicks, networks, attribution);
  if (given.length === 0) return reason;
  expect(reason).toBeUndefined();
  return given.map(({ network, click }) => `${network.id} by ${click.id} of ${click.at.toISOString()}`);
}

describe("an order by last click", () => {
  test("is credited to the newest click's network alone", () => {
    const older = byRetrack("2026-05-09T12:00:00Z");
    const newer = byShopback("2026-05-10T11:00:00Z");
    const expected = ["shopback by 102656693ac3ca6e0cdafbfe89ab99 of 2026-05-10T11:00:00.000Z"];
    expect(credited([older, newer])).toEqual(expected);
    expect(credited([newer, older])).toEqual(expected);
  });

  test("is credited to the newer of two clicks from one network", () => {
    const newer = { ...byRetrack("2026-05-10T11:00:00Z"), id: "625fae10-1eb0-11eb-adc1-0242ac120002" };
    expect(credited([byRetrack("2026-05-09T12:00:00Z"), newer])).toEqual([
      "retrack by 625fae10-1eb0-11eb-adc1-0242ac120002 of 2026-05-10T11:00:00.000Z",
    ]);
  });

  test("is credited to the first given of two clicks at one time, which came last", () => {
    const clicks = [byShopback("2026-05-10T11:00:00Z"), byRetrack("2026-05-10T11:00:00Z")];
    expect(credited(clicks)).toEqual(["shopback by 102656693ac3ca6e0cdafbfe89ab99 of 2026-05-10T11:00:00.000Z"]);
    expect(credited(clicks.toReversed())).toEqual([
      "retrack by 59d08c54-18e6-4e0d-9c06-d18be3510e43 of 2026-05-10T11:00:00.000Z",
    ]);
  });

  test.each<[string, Click, { order?: PlacedOrder; networks?: Network[] }]>([
    ["is too old", byShopback("2026-04-10T11:59:59.999Z"), {}],
    ["came more than a day after the order", byShopback("2026-05-11T12:00:00.001Z"), {}],
    ["is malformed", { ...byShopback("2026-05-10T11:59:00Z"), id: "{transaction_id}" }, {}],
    ["is of a network that is not set up", { ...byShopback("2026-05-10T11:59:00Z"), network: "other" }, {}],
    [
      "is of an account in another currency",
      byShopback("2026-05-10T11:59:00Z"),
      {
        networks: [aRetrack(), aShopback({ currency: "MYR" })],
      },
    ],
    [
      "is of an account of another market",
      byShopback("2026-05-10T11:59:00Z"),
      {
        networks: [aRetrack(), aShopback({ market: "MY" })],
        order: anOrder({ market: "SE" }),
      },
    ],
  ])("is credited to an older click where the newest %s", (_what, newest, given) => {
    expect(credited([newest, byRetrack("2026-05-01T12:00:00Z")], given)).toEqual([
      "retrack by 59d08c54-18e6-4e0d-9c06-d18be3510e43 of 2026-05-01T12:00:00.000Z",
    ]);
  });

  test("leaves the clicks as they were given", () => {
    const clicks = [byRetrack("2026-05-09T12:00:00Z"), byShopback("2026-05-10T11:00:00Z")];
    credited(clicks);
    expect(clicks).toEqual([byRetrack("2026-05-09T12:00:00Z"), byShopback("2026-05-10T11:00:00Z")]);
  });
});

describe("an order by every click", () => {
  test("is credited to each network, the newest click first", () => {
    const clicks = [byRetrack("2026-05-09T12:00:00Z"), byShopback("2026-05-10T11:00:00Z")];
    expect(credited(clicks, { attribution: "every-click" })).toEqual([
      "shopback by 102656693ac3ca6e0cdafbfe89ab99 of 2026-05-10T11:00:00.000Z",
      "retrack by 59d08c54-18e6-4e0d-9c06-d18be3510e43 of 2026-05-09T12:00:00.000Z",
    ]);
  });

  test("is credited to a network once, by its newest click", () => {
    const newer = { ...byRetrack("2026-05-10T11:00:00Z"), id: "625fae10-1eb0-11eb-adc1-0242ac120002" };
    expect(credited([byRetrack("2026-05-09T12:00:00Z"), newer], { attribution: "every-click" })).toEqual([
      "retrack by 625fae10-1eb0-11eb-adc1-0242ac120002 of 2026-05-10T11:00:00.000Z",
    ]);
  });

  test("is credited to the networks that can take it", () => {
    const clicks = [byRetrack("2026-05-09T12:00:00Z"), byShopback("2026-05-10T11:00:00Z")];
    const networks = [aRetrack(), aShopback({ currency: "MYR" })];
    expect(credited(clicks, { attribution: "every-click", networks })).toEqual([
      "retrack by 59d08c54-18e6-4e0d-9c06-d18be3510e43 of 2026-05-09T12:00:00.000Z",
    ]);
  });
});

describe("a click", () => {
  test.each([
    ["retrack", byRetrack("2026-04-30T12:00:00.000Z"), byRetrack("2026-04-30T11:59:59.999Z")],
    ["shopback", byShopback("2026-04-10T12:00:00.000Z"), byShopback("2026-04-10T11:59:59.999Z")],
  ])("of %s counts for its whole lifetime, and not a millisecond longer", (network, inTime, late) => {
    expect(credited([inTime])).toHaveLength(1);
    expect(credited([late])).toBe(`the click from ${network} is too old`);
  });

  test("counts for as long as its network's settings say", () => {
    const networks = [aShopback({ days: 1 })];
    expect(credited([byShopback("2026-05-09T12:00:00.000Z")], { networks })).toHaveLength(1);
    expect(credited([byShopback("2026-05-09T11:59:59.999Z")], { networks })).toBe("the click from shopback is too old");
  });
});

describe("an account", () => {
  const older = byRetrack("2026-05-09T12:00:00Z");
  const newer = { ...byRetrack("2026-05-10T11:00:00Z"), id: "625fae10-1eb0-11eb-adc1-0242ac120002" };

  test("is asked with each click whether it takes the order, and credited by the newest it takes", () => {
    const refusal = (_network: Network, { id }: Click) => (id === newer.id ? "it has this click already" : undefined);
    const { credited: given } = creditingOf(
      { kind: "order", placedAt: now, keptSince, refusal },
      [older, newer],
      [aRetrack()],
      "last-click",
    );
    expect(given.map(({ click }) => click)).toEqual([older]);
  });

  test("is not asked about clicks that cannot count", () => {
    const asked: string[] = [];
    const refusal = ({ id }: Network, click: Click) => {
      asked.push(`${id} ${click.id}`);
      return "it takes none";
    };
    const clicks = [
      older,
      { ...older, network: "other" },
      { ...newer, id: "undefined" },
      byShopback("2026-04-10T11:59:59.999Z"),
      byShopback("2026-05-11T12:00:00.001Z"),
    ];
    const networks = [aRetrack(), aRetrack("SE"), aShopback()];
    expect(
      creditingOf({ kind: "order", placedAt: now, keptSince, refusal }, clicks, networks, "every-click").credited,
    ).toEqual([]);
    expect(asked).toEqual(["retrack 59d08c54-18e6-4e0d-9c06-d18be3510e43"]);
  });
});

describe("a network with several accounts", () => {
  const my = aShopback({ market: "MY", currency: "MYR" });
  const sg = aShopback({ market: "SG", currency: "SGD" });
  const any = aShopback();
  const click = byShopback("2026-05-10T11:00:00Z");
  const shown = " by 102656693ac3ca6e0cdafbfe89ab99 of 2026-05-10T11:00:00.000Z";

  test("is credited by the order's market", () => {
    const networks = [my, sg];
    expect(credited([click], { networks, order: anOrder({ market: "MY", currency: "MYR" }) })).toEqual([
      `shopback:MY${shown}`,
    ]);
    expect(credited([click], { networks, order: anOrder({ market: "SG", currency: "SGD" }) })).toEqual([
      `shopback:SG${shown}`,
    ]);
  });

  test.each([
    ["before", [any, my]],
    ["behind", [my, any]],
  ])("is credited on the market's own account before the one for any, which stands %s it", (_where, networks) => {
    expect(credited([click], { networks, order: anOrder({ market: "MY", currency: "MYR" }) })).toEqual([
      `shopback:MY${shown}`,
    ]);
    expect(credited([click], { networks, order: anOrder({ market: "TH" }) })).toEqual([`shopback${shown}`]);
    expect(credited([click], { networks })).toEqual([`shopback${shown}`]);
  });

  test.each<[string, PlacedOrder, string]>([
    ["no market", anOrder({ currency: "MYR" }), "the order names no market, and the accounts are of MY, SG"],
    [
      "another market",
      anOrder({ currency: "MYR", market: "TH" }),
      "the order's market is TH, and the accounts are of MY, SG",
    ],
    [
      "a market in other letters",
      anOrder({ currency: "MYR", market: "my" }),
      "the order's market is my, and the accounts are of MY, SG",
    ],
    [
      "its market, in another currency",
      anOrder({ currency: "SEK", market: "MY" }),
      "shopback:MY: the account takes MYR, and the order is in SEK",
    ],
  ])("is not credited for an order of %s", (_what, order, reason) => {
    expect(credited([click], { networks: [my, sg], order })).toBe(reason);
  });
});

describe("an order that is reported late", () => {
  const placedAt = new Date("2025-05-10T12:00:00Z");
  const refusal = () => undefined;

  test("is credited by how old the click was when it was placed", () => {
    const inTime = byRetrack("2025-04-30T12:00:00.000Z");
    const late = byRetrack("2025-04-30T11:59:59.999Z");
    expect(
      creditingOf({ kind: "order", placedAt, keptSince, refusal }, [inTime], [aRetrack()], "last-click").credited,
    ).toHaveLength(1);
    expect(creditingOf({ kind: "order", placedAt, keptSince, refusal }, [late], [aRetrack()], "last-click")).toEqual({
      credited: [],
      reason: "the click from retrack is too old",
    });
  });
});

describe("an order older than what is kept", () => {
  const creditable = {
    kind: "order",
    placedAt: new Date("2024-05-10T11:59:59.999Z"),
    refusal: () => undefined,
  } as const;

  test("is credited to nobody, for it may have been reported and erased", () => {
    const clicks = [byRetrack("2024-05-10T11:00:00Z")];
    expect(creditingOf({ ...creditable, keptSince }, clicks, [aRetrack()], "last-click")).toEqual({
      credited: [],
      reason: "the order is older than retention keeps: it may have been reported, and erased",
    });
    const placedAt = new Date("2024-05-10T12:00:00Z");
    expect(
      creditingOf({ ...creditable, keptSince, placedAt }, clicks, [aRetrack()], "last-click").credited,
    ).toHaveLength(1);
  });
});

describe("a lead credited to nobody", () => {
  test("is told of as a lead", () => {
    const lead = { kind: "lead", placedAt: now, keptSince, refusal: () => undefined } as const;
    expect(creditingOf(lead, [], [aRetrack()], "last-click").reason).toBe("the lead carries no click");
    const [my, sg] = [aShopback({ market: "MY" }), aShopback({ market: "SG" })];
    const later = { ...byShopback("2026-05-12T12:00:00.001Z") };
    expect(creditingOf(lead, [later], [my], "last-click").reason).toBe("the click from shopback came after the lead");
    const click = byShopback("2026-05-10T11:00:00Z");
    expect(creditingOf(lead, [click], [my, sg], "last-click").reason).toBe(
      "the lead names no market, and the accounts are of MY, SG",
    );
    expect(creditingOf({ ...lead, market: "TH" }, [click], [my, sg], "last-click").reason).toBe(
      "the lead's market is TH, and the accounts are of MY, SG",
    );
  });
});

describe("an order credited to nobody", () => {
  test.each<[string, Click[], { order?: PlacedOrder; networks?: Network[] }, string]>([
    ["carries no click", [], {}, "the order carries no click"],
    [
      "carries a click of a network that is not set up",
      [byShopback("2026-05-10T11:00:00Z")],
      { networks: [aRetrack()] },
      "no account of the network shopback is set up",
    ],
    [
      "carries a click id that no network makes",
      [{ ...byRetrack("2026-05-10T11:00:00Z"), id: "undefined" }],
      {},
      "a click id is not of the shape retrack makes",
    ],
    ["carries a click of no time", [byRetrack("never")], {}, "the click from retrack is too old"],
    [
      "is in a currency that the account does not take",
      [byShopback("2026-05-10T11:00:00Z")],
      { networks: [aShopback({ currency: "MYR" })] },
      "shopback: the account takes MYR, and the order is in SEK",
    ],
    [
      "is in a currency that the network cannot write",
      [byShopback("2026-05-10T11:00:00Z")],
      { order: anOrder({ currency: "KWD" }) },
      "shopback: KWD has 3 decimals, and ShopBack takes amounts with at most 2",
    ],
    [
      "is of a market without an account",
      [byRetrack("2026-05-10T11:00:00Z")],
      { networks: [aRetrack("SE")], order: anOrder({ market: "NO" }) },
      "the order's market is NO, and the accounts are of SE",
    ],
  ])("%s, and says so", (_what, clicks, given, reason) => {
    expect(credited(clicks, given)).toBe(reason);
    expect(credited(clicks, { ...given, attribution: "every-click" } as Parameters<typeof credited>[1])).toBe(reason);
  });

  test("says each of its reasons once, the newest click's first", () => {
    const clicks = [
      byRetrack("2026-04-01T12:00:00Z"),
      { ...byShopback("2026-05-10T11:00:00Z"), id: "undefined" },
      byRetrack("2026-04-02T12:00:00Z"),
      { ...byShopback("2026-05-09T11:00:00Z"), network: "other" },
    ];
    expect(credited(clicks)).toBe(
      "a click id is not of the shape shopback makes; no account of the network other is set up; " +
        "the click from retrack is too old",
    );
  });

  test("never shows a click id in its reason", () => {
    const clicks = [byRetrack("2026-04-01T12:00:00Z"), { ...byShopback("2026-05-10T11:00:00Z"), id: "secret id" }];
    const creditable = { kind: "order", placedAt: now, keptSince, refusal: () => undefined } as const;
    const { reason } = creditingOf(creditable, clicks, [aRetrack(), aShopback()], "last-click");
    expect(reason).not.toContain("59d08c54");
    expect(reason).not.toContain("secret id");
  });
});
