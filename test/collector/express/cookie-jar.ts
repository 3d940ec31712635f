/** The cookies of one browser, as RFC 6265bis keeps them. */
export interface CookieJar {
  /** What the browser sends to a host: the longest-kept first. */
  cookiesFor(host: string): string;
  /** Takes a `Set-Cookie` header or an assignment to `document.cookie` on a page of a host. */
  take(host: string, line: string): void;
  /** The cookies as `name`, `name of a domain`. */
  scopes(): string[];
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  /** Undefined of a cookie of the host alone. */
  readonly domain: string | undefined;
  readonly host: string;
}

/** Browsers differ in whether a cookie that takes another's place keeps that one's place in the header. */
export function aCookieJar(keepsPlaces = true): CookieJar {
  let cookies: Cookie[] = [];
  const isSent = ({ domain, host }: Cookie, to: string) =>
    domain === undefined ? host === to : `.${to}`.endsWith(`.${domain}`);
  return {
    cookiesFor: (host) =>
      cookies
        .filter((cookie) => isSent(cookie, host))
        .map(({ name, value }) => `${name}=${value}`)
        .join("; "),
    take(host, line) {
      const [pair = "", ...attributes] = line.split("; ");
      const [name = "", value = ""] = pair.split("=");
      const attribute = (wanted: string) =>
        attributes.find((text) => text.startsWith(`${wanted}=`))?.slice(wanted.length + 1);
      const domain = attribute("Domain");
      if (domain !== undefined && (!domain.includes(".") || !`.${host}`.endsWith(`.${domain}`))) return;
      const cookie = { name, value, domain, host };
      const isGone = Number(attribute("Max-Age")) <= 0;
      const same = cookies.findIndex(
        (one) => one.name === name && one.domain === domain && (domain !== undefined || one.host === host),
      );
      if (same >= 0 && keepsPlaces && !isGone) cookies[same] = cookie;
      else cookies = [...cookies.filter((_, index) => index !== same), ...(isGone ? [] : [cookie])];
    },
    scopes: () => cookies.map(({ name, domain }) => (domain === undefined ? name : `${name} of ${domain}`)),
  };
}
