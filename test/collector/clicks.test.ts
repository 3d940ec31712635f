import { type Landing, landings } from "@cashtrail/client/landing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  clicksInCookies,
  cookieOf,
  cookiesIn,
  isAlive,
  isClickId,
  parseClicks,
} from "../../packages/collector/src/clicks.ts";
import { CollectorError, type Issue } from "../../packages/collector/src/error.ts";

const now = new Date("2026-05-10T12:00:00Z");
const [retrackLanding, shopbackLanding] = landings as [Landing, Landing];

describe("the clicks in a request's cookies", () => {
  const clicksIn = (header: string | undefined, at = now) => clicksInCookies(header, landings, at);

  test("came when the companion says", () => {
    const header =
      "retrack_click=59d08c54-18e6-4e0d-9c06-d18be3510e43; " +
      "cashtrail_clicks=retrack.1778410800.59d08c54-18e6-4e0d-9c06-d18be3510e43";
    expect(clicksIn(header)).toEqual([
      { network: "retrack", id: "59d08c54-18e6-4e0d-9c06-d18be3510e43", at: new Date("2026-05-10T11:00:00Z") },
    ]);
  });

  test.each([
    [
      "shopback.1778410800.102656693ac3ca6e0cdafbfe89ab99~retrack.1778328000.59d08c54-18e6-4e0d-9c06-d18be3510e43",
      [
        { network: "shopback", id: "102656693ac3ca6e0cdafbfe89ab99", at: new Date("2026-05-10T11:00:00Z") },
        { network: "retrack", id: "59d08c54-18e6-4e0d-9c06-d18be3510e43", at: new Date("2026-05-09T12:00:00Z") },
      ],
    ],
    [
      "retrack.1778410800.59d08c54-18e6-4e0d-9c06-d18be3510e43~shopback.1778328000.102656693ac3ca6e0cdafbfe89ab99",
      [
        { network: "retrack", id: "59d08c54-18e6-4e0d-9c06-d18be3510e43", at: new Date("2026-05-10T11:00:00Z") },
        { network: "shopback", id: "102656693ac3ca6e0cdafbfe89ab99", at: new Date("2026-05-09T12:00:00Z") },
      ],
    ],
  ])("come in the companion's order, the last one first: %s", (companion, clicks) => {
    const header =
      "retrack_click=59d08c54-18e6-4e0d-9c06-d18be3510e43; shopback_click=102656693ac3ca6e0cdafbfe89ab99; " +
      `cashtrail_clicks=${companion}`;
    expect(clicksIn(header)).toEqual(clicks);
  });

  test("keep the companion's order where a clock was behind, and none is later than the one before it", () => {
    const header =
      "retrack_click=59d08c54-18e6-4e0d-9c06-d18be3510e43; shopback_click=102656693ac3ca6e0cdafbfe89ab99; " +
      "cashtrail_clicks=shopback.1778328000.102656693ac3ca6e0cdafbfe89ab99" +
      "~retrack.1778410800.59d08c54-18e6-4e0d-9c06-d18be3510e43";
    expect(clicksIn(header)).toEqual([
      { network: "shopback", id: "102656693ac3ca6e0cdafbfe89ab99", at: new Date("2026-05-09T12:00:00Z") },
      { network: "retrack", id: "59d08c54-18e6-4e0d-9c06-d18be3510e43", at: new Date("2026-05-09T12:00:00Z") },
    ]);
  });

  test("came now at the latest, where a clock was ahead", () => {
    const header =
      "retrack_click=59d08c54-18e6-4e0d-9c06-d18be3510e43; shopback_click=102656693ac3ca6e0cdafbfe89ab99; " +
      "cashtrail_clicks=retrack.99999999999.59d08c54-18e6-4e0d-9c06-d18be3510e43" +
      "~shopback.1778410800.102656693ac3ca6e0cdafbfe89ab99";
    expect(clicksIn(header)).toEqual([
      { network: "retrack", id: "59d08c54-18e6-4e0d-9c06-d18be3510e43", at: now },
      { network: "shopback", id: "102656693ac3ca6e0cdafbfe89ab99", at: new Date("2026-05-10T11:00:00Z") },
    ]);
  });

  test("came now where there is no companion, for something else stored them", () => {
    expect(clicksIn("shopback_click=102656693ac3ca6e0cdafbfe89ab99")).toEqual([
      { network: "shopback", id: "102656693ac3ca6e0cdafbfe89ab99", at: now },
    ]);
  });

  test("came now, and last, where the companion knows another of their network", () => {
    const header =
      "retrack_click=625fae10-1eb0-11eb-adc1-0242ac120002; shopback_click=102656693ac3ca6e0cdafbfe89ab99; " +
      "cashtrail_clicks=shopback.1778410800.102656693ac3ca6e0cdafbfe89ab99" +
      "~retrack.1778328000.59d08c54-18e6-4e0d-9c06-d18be3510e43";
    expect(clicksIn(header)).toEqual([
      { network: "retrack", id: "625fae10-1eb0-11eb-adc1-0242ac120002", at: now },
      { network: "shopback", id: "102656693ac3ca6e0cdafbfe89ab99", at: new Date("2026-05-10T11:00:00Z") },
    ]);
  });

  test("came before all others where the companion's of their network is over, for nobody knows how old they are", () => {
    const header =
      "retrack_click=625fae10-1eb0-11eb-adc1-0242ac120002; shopback_click=102656693ac3ca6e0cdafbfe89ab99; " +
      "cashtrail_clicks=shopback.1778410800.102656693ac3ca6e0cdafbfe89ab99" +
      "~retrack.1777464000.59d08c54-18e6-4e0d-9c06-d18be3510e43";
    expect(clicksIn(header).map(({ network }) => network)).toEqual(["shopback", "retrack"]);
  });

  test("came when a collector says, by the mark of its entry, whatever the script's entry says", () => {
    const id = "59d08c54-18e6-4e0d-9c06-d18be3510e43";
    for (const script of ["1778400000", "1778414000"])
      for (const companion of [
        `retrack.${script}.${id}.exempt~retrack.01778410800.${id}.tcf`,
        `retrack.01778410800.${id}.exempt~retrack.${script}.${id}.tcf`,
      ])
        expect(clicksIn(`retrack_click=${id}; cashtrail_clicks=${companion}`)).toMatchObject([
          { network: "retrack", id, at: new Date("2026-05-10T11:00:00Z") },
        ]);
  });

  test("are those whose cookie is there, beside others that the companion remembers", () => {
    const header =
      "retrack_click=59d08c54-18e6-4e0d-9c06-d18be3510e43; shopback_click=102656693ac3ca6e0cdafbfe89ab99; " +
      "cashtrail_clicks=shopback.01778410800.102656693ac3ca6e0cdafbfe89ab99.tcf" +
      "~retrack.1778407200.59d08c54-18e6-4e0d-9c06-d18be3510e43.tcf" +
      "~retrack.01778328000.625fae10-1eb0-11eb-adc1-0242ac120002.tcf~shopback.01778000000.102000000000000000000000000000";
    expect(clicksIn(header)).toEqual([
      {
        network: "shopback",
        id: "102656693ac3ca6e0cdafbfe89ab99",
        at: new Date("2026-05-10T11:00:00Z"),
        consent: "tcf",
      },
      {
        network: "retrack",
        id: "59d08c54-18e6-4e0d-9c06-d18be3510e43",
        at: new Date("2026-05-10T10:00:00Z"),
        consent: "tcf",
      },
    ]);
  });

  test("came before those the companion names, where it does not name their network", () => {
    const header =
      "retrack_click=59d08c54-18e6-4e0d-9c06-d18be3510e43; shopback_click=102656693ac3ca6e0cdafbfe89ab99; " +
      "cashtrail_clicks=shopback.1778410800.102656693ac3ca6e0cdafbfe89ab99";
    expect(clicksIn(header)).toEqual([
      { network: "shopback", id: "102656693ac3ca6e0cdafbfe89ab99", at: new Date("2026-05-10T11:00:00Z") },
      { network: "retrack", id: "59d08c54-18e6-4e0d-9c06-d18be3510e43", at: new Date("2026-05-10T11:00:00Z") },
    ]);
  });

  test("are none where only the companion is left", () => {
    expect(clicksIn("cashtrail_clicks=retrack.1778410800.59d08c54-18e6-4e0d-9c06-d18be3510e43")).toEqual([]);
  });

  const old = "625fae10-1eb0-11eb-adc1-0242ac120002";
  const current = "59d08c54-18e6-4e0d-9c06-d18be3510e43";

  test.each([
    ["first", `retrack_click=${old}; retrack_click=${current}`],
    ["last", `retrack_click=${current}; retrack_click=${old}`],
  ])("are not the stale one of another scope, where the browser sends it %s", (_where, cookies) => {
    expect(clicksIn(`${cookies}; cashtrail_clicks=retrack.1778410800.${current}`)).toEqual([
      { network: "retrack", id: current, at: new Date("2026-05-10T11:00:00Z") },
    ]);
  });

  test.each([
    ["first", `cashtrail_clicks=retrack.1778241600.${old}; cashtrail_clicks=retrack.1778410800.${current}`],
    ["last", `cashtrail_clicks=retrack.1778410800.${current}; cashtrail_clicks=retrack.1778241600.${old}`],
  ])("are not the stale one where a stale companion comes with it, %s", (_where, companions) => {
    expect(clicksIn(`retrack_click=${old}; retrack_click=${current}; ${companions}`)).toEqual([
      { network: "retrack", id: current, at: new Date("2026-05-10T11:00:00Z") },
    ]);
  });

  test("are the one the browser made last, where there is no companion to tell two apart", () => {
    expect(clicksIn(`retrack_click=${old}; retrack_click=${current}`)).toEqual([
      { network: "retrack", id: current, at: now },
    ]);
  });

  const shopback = "102656693ac3ca6e0cdafbfe89ab99";
  const both = `retrack_click=${current}; shopback_click=${shopback}`;
  // Now is 1778414400. The first companion is written by a browser whose clock is five hours ahead.
  test.each([
    [
      "first",
      `cashtrail_clicks=retrack.1778428800.${current}; cashtrail_clicks=shopback.1778410800.${shopback}~retrack.1778410800.${current}`,
    ],
    [
      "last",
      `cashtrail_clicks=shopback.1778410800.${shopback}~retrack.1778410800.${current}; cashtrail_clicks=retrack.1778428800.${current}`,
    ],
    [
      "first, hours ago",
      `cashtrail_clicks=retrack.1778414000.${current}; cashtrail_clicks=shopback.1778400000.${shopback}~retrack.1778400000.${current}`,
    ],
    [
      "last, hours ago",
      `cashtrail_clicks=shopback.1778400000.${shopback}~retrack.1778400000.${current}; cashtrail_clicks=retrack.1778414000.${current}`,
    ],
  ])(
    "come in the order of the companion that knows of the other's, where a clock was ahead: %s",
    (_where, companions) => {
      expect(clicksIn(`${both}; ${companions}`).map(({ network }) => network)).toEqual(["shopback", "retrack"]);
    },
  );

  test.each([
    [
      "the one ahead",
      "retrack",
      `cashtrail_clicks=shopback.1778410800.${shopback}; cashtrail_clicks=retrack.1778428800.${current}`,
    ],
    [
      "the other",
      "shopback",
      `cashtrail_clicks=retrack.1778428800.${current}; cashtrail_clicks=shopback.1778410800.${shopback}`,
    ],
  ])(
    "come in the order the browser made them, where a clock is ahead and neither knows of the other: %s",
    (_which, last, companions) => {
      expect(clicksIn(`${both}; ${companions}`)[0]?.network).toBe(last);
    },
  );

  test("came at the earlier of two times, so that none makes its days longer", () => {
    const header =
      `retrack_click=${current}; cashtrail_clicks=retrack.1778410800.${current}.tcf; ` +
      `cashtrail_clicks=retrack.1778328000.${current}.exempt`;
    expect(clicksIn(header)).toEqual([
      { network: "retrack", id: current, at: new Date("2026-05-09T12:00:00Z"), consent: "tcf" },
    ]);
  });

  test.each([["exempt"], ["tcf"], ["google"], ["cookie"], ["manual"], ["function"]])(
    "were stored by consent %s",
    (consent) => {
      const header = `retrack_click=${current}; cashtrail_clicks=retrack.1778410800.${current}.${consent}`;
      expect(clicksIn(header)).toEqual([
        { network: "retrack", id: current, at: new Date("2026-05-10T11:00:00Z"), consent },
      ]);
    },
  );

  test("are those of a stale companion that nothing newer has replaced", () => {
    const header =
      `retrack_click=${current}; shopback_click=102656693ac3ca6e0cdafbfe89ab99; ` +
      "cashtrail_clicks=shopback.1778241600.102656693ac3ca6e0cdafbfe89ab99; " +
      `cashtrail_clicks=retrack.1778410800.${current}`;
    expect(clicksIn(header)).toEqual([
      { network: "retrack", id: current, at: new Date("2026-05-10T11:00:00Z") },
      { network: "shopback", id: "102656693ac3ca6e0cdafbfe89ab99", at: new Date("2026-05-08T12:00:00Z") },
    ]);
  });

  test.each([
    ["before", `retrack_click=undefined; retrack_click=${current}`],
    ["behind", `retrack_click=${current}; retrack_click={click}`],
  ])("are the well-formed one where a malformed one stands %s it", (_where, header) => {
    expect(clicksIn(header)).toEqual([{ network: "retrack", id: current, at: now }]);
  });

  test.each([
    ["retrack_click="],
    ["retrack_click=undefined"],
    ["retrack_click={click}"],
    ["retrack_click=%7Bclick%7D"],
    ["retrack_click=59d08c54-18e6-4e0d-9c06-d18be3510e4"],
    ["retrack_click=59d08c54-18e6-4e0d-9c06-d18be3510e434"],
    ["retrack_click=59d08c5418e64e0d9c06d18be3510e43"],
    ["retrack_click=59d08c54-18e6-4e0d-9c06-d18be3510e43 59d08c54-18e6-4e0d-9c06-d18be3510e43"],
    ["retrack_click=00000000-0000-0000-0000-000000000000"],
    ["shopback_click={transaction_id}"],
    ["shopback_click=102656693"],
    ["shopback_click=102656693ac3ca6e0cdafbfe89ab991"],
    ["shopback_click=102656693ac3ca6e0cdafbfe89ab9-"],
    ["shopback_click=102656693ac3ca6e0cdafbfe89ab9ä"],
    ["shopback_click=102656693ac3ca6e0cdafbfe89ab9="],
  ])("are none that no network makes: %s", (header) => {
    expect(clicksIn(header)).toEqual([]);
  });

  test.each([
    [undefined],
    [""],
    ["session=59d08c54-18e6-4e0d-9c06-d18be3510e43"],
    ["xretrack_click=59d08c54-18e6-4e0d-9c06-d18be3510e43"],
    ["retrack_click2=59d08c54-18e6-4e0d-9c06-d18be3510e43"],
    ["Retrack_Click=59d08c54-18e6-4e0d-9c06-d18be3510e43"],
    ["a=retrack_click=59d08c54-18e6-4e0d-9c06-d18be3510e43"],
    ["retrack_click"],
    [";;=;==; ="],
    ["__proto__=1; constructor=2; toString=3"],
  ])("are none among other cookies: %s", (header) => {
    expect(clicksIn(header)).toEqual([]);
  });

  test.each([
    ["in quotes", `retrack_click="${current}"; cashtrail_clicks="retrack.1778410800.${current}"`],
    ["without spaces", `a=b;retrack_click=${current};cashtrail_clicks=retrack.1778410800.${current};c=d`],
    ["with too many spaces", `  retrack_click =  ${current}  ;\tcashtrail_clicks = retrack.1778410800.${current} `],
    [
      "among hundreds",
      `${"a=b; ".repeat(500)}retrack_click=${current}; cashtrail_clicks=retrack.1778410800.${current}`,
    ],
    [
      "behind 16 kB of spaces",
      `a=${" ".repeat(16_000)}b; retrack_click=${current}; cashtrail_clicks=retrack.1778410800.${current}`,
    ],
    [
      "with junk in the companion",
      `retrack_click=${current}; cashtrail_clicks=~a~.5.~retrack.x.${current}~~retrack.1778410800.${current}~`,
    ],
  ])("are found %s", (_how, header) => {
    expect(clicksIn(header)).toEqual([{ network: "retrack", id: current, at: new Date("2026-05-10T11:00:00Z") }]);
  });

  test("are only those of networks that are asked for", () => {
    const header = `retrack_click=${current}; shopback_click=102656693ac3ca6e0cdafbfe89ab99`;
    expect(clicksInCookies(header, [shopbackLanding], now)).toEqual([
      { network: "shopback", id: "102656693ac3ca6e0cdafbfe89ab99", at: now },
    ]);
    expect(clicksInCookies(header, [], now)).toEqual([]);
  });

  test.each([
    ["ten days from Retrack", `retrack_click=${current}; cashtrail_clicks=retrack.1777550400.${current}`],
    [
      "thirty days from ShopBack",
      "shopback_click=102656693ac3ca6e0cdafbfe89ab99; cashtrail_clicks=shopback.1775822400.102656693ac3ca6e0cdafbfe89ab99",
    ],
  ])("count for %s, and not a millisecond longer", (_time, header) => {
    expect(clicksIn(header, new Date("2026-05-10T12:00:00.000Z"))).toHaveLength(1);
    expect(clicksIn(header, new Date("2026-05-10T12:00:00.001Z"))).toHaveLength(0);
  });

  test("count by the time the request came, where it is reported later", () => {
    const then = new Date("2026-04-10T12:00:00Z");
    const header = `retrack_click=${current}`;
    expect(clicksInCookies(header, landings, now, then)).toEqual([{ network: "retrack", id: current, at: then }]);
    // 9 April, which is over by now.
    const dated = `${header}; cashtrail_clicks=retrack.01775736000.${current}`;
    expect(clicksInCookies(dated, landings, now, then)).toMatchObject([{ at: new Date("2026-04-09T12:00:00Z") }]);
    // One that came after the order stays so, and is credited for nothing.
    const later = `${header}; cashtrail_clicks=retrack.01778410800.${current}`;
    expect(clicksInCookies(later, landings, now, then)).toMatchObject([{ at: new Date("2026-05-10T11:00:00Z") }]);
  });

  test("count for as long as the settings say", () => {
    const header = `retrack_click=${current}; cashtrail_clicks=retrack.1778328000.${current}`;
    const oneDay = [{ ...retrackLanding, days: 1 }];
    expect(clicksInCookies(header, oneDay, now)).toHaveLength(1);
    expect(clicksInCookies(header, oneDay, new Date("2026-05-10T12:00:00.001Z"))).toHaveLength(0);
  });

  test("go when they are too old, without taking newer ones with them", () => {
    const header =
      `retrack_click=${current}; shopback_click=102656693ac3ca6e0cdafbfe89ab99; ` +
      `cashtrail_clicks=shopback.1778410800.102656693ac3ca6e0cdafbfe89ab99~retrack.1775822400.${current}`;
    expect(clicksIn(header)).toEqual([
      { network: "shopback", id: "102656693ac3ca6e0cdafbfe89ab99", at: new Date("2026-05-10T11:00:00Z") },
    ]);
  });

  test("go when they are too old, without taking those behind them with them", () => {
    const header =
      `retrack_click=${current}; shopback_click=102656693ac3ca6e0cdafbfe89ab99; ` +
      `cashtrail_clicks=retrack.1746878400.${current}~shopback.1778410800.102656693ac3ca6e0cdafbfe89ab99`;
    expect(clicksIn(header)).toEqual([
      { network: "shopback", id: "102656693ac3ca6e0cdafbfe89ab99", at: new Date("2026-05-10T11:00:00Z") },
    ]);
  });

  test("are well-formed, alive, one per network and in order, whatever the header", () => {
    const id = fc.constantFrom(old, current, "102656693ac3ca6e0cdafbfe89ab99", "10220766184662150818", "undefined", "");
    const entry = fc
      .tuple(
        fc.constantFrom("retrack", "shopback", "other"),
        fc.integer({ min: 1_775_000_000, max: 1_779_000_000 }),
        id,
      )
      .map((parts) => parts.join("."));
    const pair = fc.oneof(
      fc.tuple(fc.constantFrom("retrack_click", "shopback_click"), id).map((parts) => parts.join("=")),
      fc.array(entry, { maxLength: 4 }).map((entries) => `cashtrail_clicks=${entries.join("~")}`),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 8 }), (pairs) => {
        const clicks = clicksIn(pairs.join("; "));
        expect(new Set(clicks.map(({ network }) => network)).size).toBe(clicks.length);
        for (const [index, { network, id, at }] of clicks.entries()) {
          const landing = network === "retrack" ? retrackLanding : shopbackLanding;
          expect(isClickId(id, landing)).toBe(true);
          expect(pairs.join("; ")).toContain(`${network}_click=${id}`);
          expect(+at).toBeLessThanOrEqual(+(clicks[index - 1]?.at ?? now));
          expect(+now - +at).toBeLessThanOrEqual(landing.days * 86_400_000);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("cookies", () => {
  test("keep every value of a name, in the order they came", () => {
    expect(cookiesIn("a=1; b=2; a=3; a=1")).toEqual(
      new Map([
        ["a", ["1", "3", "1"]],
        ["b", ["2"]],
      ]),
    );
  });

  test("lose the quotes and spaces around a value, and nothing inside it", () => {
    expect(cookiesIn(' a = "1 = 2" ;b="";c="x;d=a"b')).toEqual(
      new Map([
        ["a", ["1 = 2"]],
        ["b", [""]],
        ["c", ['"x']],
        ["d", ['a"b']],
      ]),
    );
  });

  test("are none where a pair has no equals sign", () => {
    expect(cookiesIn("a; b ;")).toEqual(new Map());
    expect(cookiesIn("")).toEqual(new Map());
  });
});

describe("a click id", () => {
  test.each([
    ["of version 1, as documented", "625fae10-1eb0-11eb-adc1-0242ac120002"],
    ["of version 4", "59d08c54-18e6-4e0d-9c06-d18be3510e43"],
    ["of version 7", "01890a5d-ac96-774b-bcce-b302099a8057"],
    ["in capitals", "59D08C54-18E6-4E0D-9C06-D18BE3510E43"],
  ])("of Retrack is a UUID %s", (_what, id) => {
    expect(isClickId(id, retrackLanding)).toBe(true);
  });

  test.each([
    ["thirty characters that begin with 102", "102656693ac3ca6e0cdafbfe89ab99"],
    ["twenty digits", "10220766184662150818"],
    ["ten characters", "ABCD123456"],
  ])("of ShopBack may be %s", (_what, id) => {
    expect(isClickId(id, shopbackLanding)).toBe(true);
  });

  test.each([
    ["retrack", retrackLanding, "102656693ac3ca6e0cdafbfe89ab99"],
    ["retrack", retrackLanding, "59d08c54-18e6-4e0d-9c06-d18be3510e43\n"],
    ["retrack", retrackLanding, "59d08c54-18e6-9e0d-9c06-d18be3510e43"],
    ["shopback", shopbackLanding, "59d08c54-18e6-4e0d-9c06-d18be3510e43"],
    ["shopback", shopbackLanding, "102656693ac3ca6e0cdafbfe89ab99\n"],
    ["shopback", shopbackLanding, "ABCD1234"],
    ["shopback", shopbackLanding, "a".repeat(31)],
  ])("of $0 is nothing else: $2", (_network, landing, id) => {
    expect(isClickId(id, landing)).toBe(false);
  });
});

describe("a click's time", () => {
  test.each([
    ["now", "2026-05-10T12:00:00.000Z", true],
    ["ten days ago to the millisecond", "2026-04-30T12:00:00.000Z", true],
    ["a millisecond longer ago", "2026-04-30T11:59:59.999Z", false],
    ["ahead of the clock", "2026-05-10T12:00:00.001Z", true],
    ["never", "never", false],
  ])("counts by Retrack's ten days: %s", (_when, at, counts) => {
    expect(isAlive(new Date(at), retrackLanding, now)).toBe(counts);
  });
});

describe("a request", () => {
  test("has its cookies where Node.js has them, or fetch", () => {
    expect(cookieOf({ headers: { cookie: "a=1" } })).toBe("a=1");
    expect(cookieOf(new Request("https://store.example", { headers: { cookie: "a=1" } }))).toBe("a=1");
    expect(cookieOf(new Request("https://store.example"))).toBeUndefined();
  });
});

describe("clicks that a store kept", () => {
  const click = { network: "retrack", id: "59d08c54-18e6-4e0d-9c06-d18be3510e43", at: now };

  test("are taken as they are", () => {
    expect(parseClicks([click])).toEqual([
      { network: "retrack", id: "59d08c54-18e6-4e0d-9c06-d18be3510e43", at: new Date("2026-05-10T12:00:00Z") },
    ]);
    expect(parseClicks([])).toEqual([]);
  });

  test("are taken as they come out of JSON", () => {
    expect(parseClicks(JSON.parse(JSON.stringify([click])))).toEqual([click]);
    expect(parseClicks([{ ...click, at: "2026-05-10T14:00:00+02:00" }])).toEqual([click]);
    expect(parseClicks([{ ...click, consent: "manual" }])).toEqual([{ ...click, consent: "manual" }]);
  });

  test.each<[string, unknown, Issue[]]>([
    ["no list", undefined, [{ path: "", message: "an array of clicks is wanted" }]],
    ["one click without a list", click, [{ path: "", message: "an array of clicks is wanted" }]],
    [
      "a day as text",
      [{ ...click, at: "2026-05-10" }],
      [{ path: "0.at", message: "a valid Date, or its ISO 8601 text, is wanted" }],
    ],
    [
      "a time as a number",
      [{ ...click, at: 5 }],
      [{ path: "0.at", message: "a valid Date, or its ISO 8601 text, is wanted" }],
    ],
    [
      "an invalid time",
      [{ ...click, at: new Date("never") }],
      [{ path: "0.at", message: "a valid Date, or its ISO 8601 text, is wanted" }],
    ],
    [
      "several problems",
      [click, { network: 5, at: null, ip: "::1", consent: "always" }],
      [
        { path: "1.network", message: "the network's name is wanted" },
        { path: "1.id", message: "the click id is wanted" },
        { path: "1.at", message: "a valid Date, or its ISO 8601 text, is wanted" },
        { path: "1.consent", message: "is no mode of consent" },
        { path: "1.ip", message: "is not known: correct its name or remove it" },
      ],
    ],
  ])("are refused as an order is, with each problem and its path: %s", (_what, clicks, issues) => {
    try {
      parseClicks(clicks);
    } catch (error) {
      expect(error).toBeInstanceOf(CollectorError);
      expect(error).toMatchObject({
        code: "ERR_ORDER",
        message: expect.stringMatching(/^the clicks cannot be used: ./),
        issues,
      });
      return;
    }
    throw new Error("the clicks were taken");
  });
});
