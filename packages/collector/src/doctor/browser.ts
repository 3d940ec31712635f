/** A cookie as a response sets it, and whether a browser would keep it. */
export interface SetCookie {
  readonly name: string;
  readonly value: string;
  /** Names in lower case; those without a value have an empty one. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** https://www.rfc-editor.org/rfc/rfc6265#section-5.2 */
export function cookiesSet(lines: string | readonly string[] | undefined): SetCookie[] {
  return (typeof lines === "string" ? [lines] : (lines ?? [])).flatMap((line) => {
    const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
    const [, name, value = ""] = /^([^=]+)=(.*)$/.exec(pair) ?? [];
    if (!name) return [];
    const split = attributes.map((attribute) => /^([^=]*)=?(.*)$/.exec(attribute) ?? []);
    return [
      { name, value, attributes: Object.fromEntries(split.map(([, key = "", of = ""]) => [key.toLowerCase(), of])) },
    ];
  });
}

/** Why a browser throws the cookie away that this URL's response sets, or undefined where it keeps it. */
export function refusedBy({ attributes }: SetCookie, url: URL, isThisMachine: boolean): string | undefined {
  const domain = attributes.domain?.replace(/^\./, "").toLowerCase();
  if (domain !== undefined && !`.${url.hostname}`.endsWith(`.${domain}`))
    return `its Domain is ${domain}, and the page's host ${url.hostname}`;
  if ("secure" in attributes && url.protocol !== "https:" && !isThisMachine)
    return "it is Secure, and the page came over http";
  if (attributes.samesite?.toLowerCase() === "none" && !("secure" in attributes))
    return "it is SameSite=None without Secure";
  return;
}

/** The `Cookie` header of a browser that was given these. */
export function cookieHeader(cookies: readonly SetCookie[], given = ""): string {
  const kept = cookies.filter(({ attributes }) => attributes["max-age"] !== "0");
  return [given, ...kept.map(({ name, value }) => `${name}=${value}`)].filter(Boolean).join("; ");
}
