import { createHash } from "node:crypto";
import { landings } from "@cashtrail/client/landing";
import { landingsOf } from "../clicks.ts";
import type { CollectorSettings } from "../options.ts";

type Attributes = Readonly<Record<string, string>>;

/** The script's attributes that say what the collector's settings say. */
export function attributesOf(settings: CollectorSettings | undefined, mount: string | undefined): Attributes {
  const used = settings ? landingsOf(settings.networks) : landings;
  const usual = new Map(landings.map((landing) => [landing.network, landing]));
  const differing = (of: "days" | "parameter") =>
    used
      .filter((landing) => landing[of] !== usual.get(landing.network)?.[of])
      .map((landing) => `${landing.network}:${landing[of]}`)
      .join(" ");
  const consent = settings?.consent ?? "exempt";
  const all = {
    "data-networks": used.map(({ network }) => network).join(" "),
    "data-deep-link-hosts": settings?.deepLinkHosts.join(" ") ?? "",
    "data-cookie-domain": settings?.cookie.domain ?? "",
    "data-days": differing("days"),
    "data-params": differing("parameter"),
    "data-collector": mount ?? "",
    // What a function of the server decides, no attribute can say: the page has to, with cashtrail.grant().
    "data-consent": typeof consent === "string" ? consent : "manual",
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""));
}

export function tagOf(attributes: Attributes): string {
  return `<script${written(attributes)}></script>`;
}

function written(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escaped(value)}"`)
    .join("");
}

/** The redirect page with the script in it, and in its policy the script's hash in place of an address. */
export function inlinedPage(template: string, script: string, attributes: Attributes, frontPage: string): string {
  // A tag in the script's text would end it there.
  if (/<\/script|<!--/i.test(script)) throw new Error("the script cannot stand in a page: it has a tag's end in it");
  const hash = createHash("sha256").update(script).digest("base64");
  const edits: readonly [RegExp, string][] = [
    [/<script src="[^"]*"[^>]*><\/script>/, `<script${written(attributes)}>${script}</script>`],
    [/script-src 'self'/, `script-src 'sha256-${hash}'`],
    [/(?<=<meta http-equiv="refresh" content="0; url=)\//, escaped(frontPage)],
    [/(?<=<a class="on" href=")\//, escaped(frontPage)],
  ];
  return edits.reduce((page, [pattern, by]) => {
    if (!pattern.test(page)) throw new Error(`the redirect page has no ${pattern.source}`);
    // By a function, for a script's text may have what a replacement reads as a reference.
    return page.replace(pattern, () => by);
  }, template);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}
