import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  clickIdIn,
  clicksIn,
  companionOf,
  deepLinkFrom,
  hostFrom,
  type Landing,
  landings,
} from "../../packages/client/src/landing.ts";
import { arrivalVectors, deepLinkHosts, deepLinkPage, deepLinkVectors } from "../support/landing-vectors.ts";

const [retrack, shopback] = landings as [Landing, Landing];

describe("a landing", () => {
  test("of Retrack is the parameter click, kept for ten days in retrack_click", () => {
    expect(retrack).toMatchObject({ network: "retrack", parameter: "click", cookie: "retrack_click", days: 10 });
  });

  test("of ShopBack is the parameter transaction_id, kept for thirty days in shopback_click", () => {
    expect(shopback).toMatchObject({
      network: "shopback",
      parameter: "transaction_id",
      cookie: "shopback_click",
      days: 30,
    });
  });

  test.each(arrivalVectors)("finds the well-formed click ids and no others: $what", (vector) => {
    const parameters = new URLSearchParams(vector.query);
    expect({ retrack: clickIdIn(parameters, retrack), shopback: clickIdIn(parameters, shopback) }).toEqual({
      retrack: vector.retrack,
      shopback: vector.shopback,
    });
  });

  test("reads the parameter that the store chose", () => {
    const parameters = new URLSearchParams(
      "sbid=102656693ac3ca6e0cdafbfe89ab99&transaction_id=102000000000000000000000000000",
    );
    expect(clickIdIn(parameters, { ...shopback, parameter: "sbid" })).toBe("102656693ac3ca6e0cdafbfe89ab99");
  });
});

describe("a deep link", () => {
  test.each(deepLinkVectors)("is followed where it is safe, as the parsed URL: $what", ({ given, leadsTo }) => {
    expect(deepLinkFrom(given, new URL(deepLinkPage), deepLinkHosts)).toBe(leadsTo);
  });

  test("that is missing is not followed", () => {
    expect(deepLinkFrom(null, new URL(deepLinkPage), deepLinkHosts)).toBeUndefined();
  });

  test("to another host is not followed where the store named none", () => {
    expect(deepLinkFrom("https://shop.example/p", new URL(deepLinkPage), [])).toBeUndefined();
  });

  test("of a page on this machine may be the page's own origin, over http and with its port", () => {
    expect(deepLinkFrom("/p", new URL("http://127.0.0.1:3000/retrack"), [])).toBe("http://127.0.0.1:3000/p");
    expect(deepLinkFrom("http://127.0.0.1:3001/p", new URL("http://127.0.0.1:3000/retrack"), [])).toBeUndefined();
  });

  test("of a page over http may lead to the same host over https", () => {
    expect(deepLinkFrom("https://www.shop.example/p", new URL("http://www.shop.example/retrack"), [])).toBe(
      "https://www.shop.example/p",
    );
  });

  test("of a page that is a file is not followed", () => {
    expect(deepLinkFrom("/p", new URL("file:///retrack.html"), [])).toBeUndefined();
  });

  test("whatever it is, leads to an allowed host over https without credentials, and never throws", () => {
    const pieces = ["/", "//", "\\", "\t", "\n", " ", "@", ":", ":443", ":8443", "?", "#", "%2f", "%00", ".", ".."];
    const schemes = ["https:", "https://", "http://", "javascript:", "data:", "blob:", "file:", "HTTPS://"];
    const hosts = ["shop.example", "www.shop.example", "evil.com", "shop\u3002example", "user:pw@", "[::1]"];
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.webUrl({ withFragments: true, withQueryParameters: true }),
      fc
        .array(fc.constantFrom(...pieces, ...schemes, ...hosts, "retrack", "p"), { maxLength: 8 })
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (given) => {
        const link = deepLinkFrom(given, new URL(deepLinkPage), deepLinkHosts);
        if (link === undefined) return;
        const url = new URL(link);
        expect(url.href).toBe(link);
        expect(link).toMatch(/^https:\/\/(www\.)?shop\.example\//);
        expect(["shop.example", "www.shop.example"]).toContain(url.host);
        expect([url.username, url.password]).toEqual(["", ""]);
        expect(url.host + url.pathname).not.toBe("www.shop.example/retrack");
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("a host name", () => {
  test.each([
    ["shop.example", "shop.example"],
    ["WWW.Shop.Example", "www.shop.example"],
    ["kött.example", "xn--ktt-sna.example"],
    ["127.0.0.1", "127.0.0.1"],
  ])("%s is spelt as browsers spell it", (name, host) => {
    expect(hostFrom(name)).toBe(host);
  });

  test.each([
    "",
    "https://shop.example",
    "shop.example/p",
    "shop.example:8443",
    "shop.example?x",
    "user@shop.example",
    "*.shop.example",
    "a.example,b.example",
    "1.2.3.999",
    "a b",
  ])("is nothing more and nothing less: %j is none", (name) => {
    expect(hostFrom(name)).toBeUndefined();
  });
});

describe("the companion", () => {
  const at = new Date("2026-11-22T10:00:00.900Z");

  test("tells of a click by its network, its second, its id and its consent", () => {
    expect(companionOf({ network: "shopback", id: "102656693ac3ca6e0cdafbfe89ab99", at, consent: "tcf" })).toBe(
      "shopback.1795341600.102656693ac3ca6e0cdafbfe89ab99.tcf",
    );
    expect(companionOf({ network: "shopback", id: "102656693ac3ca6e0cdafbfe89ab99", at })).toBe(
      "shopback.1795341600.102656693ac3ca6e0cdafbfe89ab99.",
    );
  });

  test("is read back as clicks, the last one first", () => {
    expect(clicksIn("retrack.1795341600.1f80e399-6f55-4cef-b8b0-0f74752c1ceb~shopback.1795341500.ABCDE12345")).toEqual([
      { network: "retrack", id: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb", at: new Date("2026-11-22T10:00:00Z") },
      { network: "shopback", id: "ABCDE12345", at: new Date("2026-11-22T09:58:20Z") },
    ]);
  });

  test("tells why a click was stored, where that is known", () => {
    expect(clicksIn("shopback.1795341500.ABCDE12345.tcf~shopback.1795341400.ABCDE12346.")).toEqual([
      { network: "shopback", id: "ABCDE12345", at: new Date("2026-11-22T09:58:20Z"), consent: "tcf" },
      { network: "shopback", id: "ABCDE12346", at: new Date("2026-11-22T09:56:40Z") },
    ]);
    expect(clicksIn("shopback.1795341500.ABCDE12345.yes")).toEqual([]);
  });

  test("that was tampered with tells of what can still be read", () => {
    expect(clicksIn("~retrack.x.y~shopback.1795341500.ABCDE12345~__proto__.1.a~retrack.1.a b~x")).toEqual([
      { network: "shopback", id: "ABCDE12345", at: new Date("2026-11-22T09:58:20Z") },
    ]);
  });
});
