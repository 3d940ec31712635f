import { createRequire } from "node:module";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deepLinkFrom } from "../../packages/client/src/landing.ts";
import { hostileDeepLinks } from "../support/hostile-deep-links.ts";
import { storeHosts } from "../support/legitimate-deep-links.ts";
import { nastyLinks } from "../support/nasty-links.ts";

/** A URL as the second parser reads it. */
interface UrlRecord {
  readonly scheme: string;
  readonly username: string;
  readonly password: string;
  readonly host: string | null;
  readonly port: number | null;
  readonly path: string | readonly string[];
}

interface SecondParser {
  parseURL(text: string, options?: { baseURL: UrlRecord | null }): UrlRecord | null;
  serializeURL(url: UrlRecord): string;
}

// jsdom's own parser, written in JavaScript from the standard: Node.js has another, in C++.
const { parseURL, serializeURL } = createRequire(createRequire(import.meta.url).resolve("jsdom"))(
  "whatwg-url",
) as SecondParser;

const page = new URL("https://www.shop.example/retrack?click=x");
const base = { baseURL: parseURL(page.href) };
const hosts = ["www.shop.example", ...storeHosts];

/** What the guard promises, said once more in terms of the second parser. */
function promised(text: string): string | undefined {
  const characters = [...text].map((character) => character.codePointAt(0) ?? 0);
  if (characters.some((code) => code < 0x20 || code === 0x7f || code === 0x5c)) return;
  if (text.length === 0) return;
  const url = parseURL(text, base);
  if (url === null || url.scheme !== "https" || url.username !== "" || url.password !== "") return;
  if (url.port !== null || url.host === null || !hosts.includes(url.host)) return;
  if (url.host === "www.shop.example" && `${url.path}` === "retrack") return;
  const link = serializeURL(url);
  return link.length > 4096 ? undefined : link;
}

describe("the guard, by a second URL parser", { timeout: 30_000 }, () => {
  test("follows exactly what it promises to follow, to exactly where it leads", () => {
    let followed = 0;
    fc.assert(
      fc.property(nastyLinks, (text) => {
        const link = deepLinkFrom(text, page, storeHosts);
        expect(link).toBe(promised(text));
        if (link !== undefined) followed += 1;
      }),
      { numRuns: 5_000 },
    );
    // Else the links would be too nasty to show anything.
    expect(followed).toBeGreaterThan(250);
  });

  test("lets go only what every other reader of URLs takes for the same host", () => {
    fc.assert(
      fc.property(nastyLinks, (text) => {
        const link = deepLinkFrom(text, page, storeHosts);
        if (link === undefined) return;
        // What no header, no attribute and no log can turn into something else.
        expect(link).toMatch(/^[\x21-\x7e]+$/);
        // Read again, it is the same; read without the page, too.
        expect(deepLinkFrom(link, page, storeHosts)).toBe(link);
        expect(deepLinkFrom(link, new URL("https://shop.example/elsewhere"), hosts)).toBe(link);
        // https://www.rfc-editor.org/rfc/rfc3986#appendix-B, which knows no backslash and no dropped tab.
        const [, scheme, authority] = /^([^:/?#]+):\/\/([^/?#]*)/.exec(link) ?? [];
        expect(scheme).toBe("https");
        expect(hosts).toContain(authority);
      }),
      { numRuns: 5_000 },
    );
  });

  test("knows the hostile links for what they are", () => {
    const harmless = hostileDeepLinks.filter((text) => promised(text) !== undefined);
    expect(harmless).toEqual([]);
  });
});
