import { landings } from "@cashtrail/client/landing";
import { consentMistake } from "../express/consent.ts";

/** Where a store without server code has its copy, as the documents say. */
const USUAL_COPY = "/cashtrail.js";

/** The networks whose clicks a page's script keeps: none where it has no script of ours. */
export function networksIn(html: string, page: URL, script: URL): string[] {
  const tag = tagIn(html, page, script);
  if (!tag) return [];
  const wanted = tag.get("data-networks");
  // As the script reads it: left out or left empty, it is all.
  return landings.map(({ network }) => network).filter((network) => !wanted || wanted.includes(network));
}

/** What is wrong with the tag of a page's script, so that it keeps no click. */
export function tagMistake(html: string, page: URL, script: URL): string | undefined {
  const tag = tagIn(html, page, script);
  const consent = tag?.get("data-consent");
  const wrong = consent ? consentMistake(consent) : undefined;
  if (wrong !== undefined) return `data-consent="${consent}" ${wrong}`;
  const known = landings.map(({ network }) => network);
  const unknown =
    tag
      ?.get("data-networks")
      ?.split(/\s+/)
      .filter((word) => word !== "" && !known.includes(word)) ?? [];
  return unknown.length > 0
    ? `data-networks names ${unknown.join(", ")}, and there are ${known.join(", ")}`
    : undefined;
}

function tagIn(html: string, page: URL, script: URL): ReadonlyMap<string, string> | undefined {
  return [...html.matchAll(/<script\b((?:"[^"]*"|'[^']*'|[^>"'])*)>/gi)]
    .map(([, text = ""]) => attributesIn(text))
    .find((attributes) => isOurs(attributes, page, script));
}

/** By its address; or, of a copy that may be called anything, by what only our tags say. */
function isOurs(attributes: ReadonlyMap<string, string>, page: URL, script: URL): boolean {
  const path = URL.parse(attributes.get("src") ?? "", page.href)?.pathname;
  return (
    path === script.pathname ||
    path === USUAL_COPY ||
    attributes.has("data-networks") ||
    attributes.has("data-front-page") ||
    // Consent managers have an attribute of this name too, with words of their own.
    consentMistake(attributes.get("data-consent")) === undefined
  );
}

function attributesIn(tag: string): ReadonlyMap<string, string> {
  const found = tag.matchAll(/([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g);
  return new Map([...found].map(([, name = "", ...values]) => [name.toLowerCase(), values.find(Boolean) ?? ""]));
}
