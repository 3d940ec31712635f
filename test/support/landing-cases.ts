/**
 * Landings with settings, told twice: by the attributes of the script's tag and by the options of the collector. Both
 * must make the same of them. The page is one of `https://www.shop.example`.
 */
export interface LandingCase {
  readonly what: string;
  /** Path, query and fragment, as a link has them. On `/retrack`, the shopper is sent on. */
  readonly url: string;
  /** The attributes of the script's tag. */
  readonly tag?: string;
  readonly options?: LandingOptions;
  /** Where the shopper ends; absent where the page stays: the script takes the click out of its address. */
  readonly endsAt?: string;
  /** The click cookies: each with its days, and with whatever is not as usual. */
  readonly kept: readonly string[];
  /** The clicks that the collector reads back, the last one first. */
  readonly clicks: readonly string[];
  /** Whether only a browser can know: no server sees a fragment. */
  readonly inFragment?: true;
}

export interface LandingOptions {
  readonly retrack?: { readonly parameter?: string; readonly days?: number } | false;
  readonly shopback?: { readonly parameter?: string; readonly days?: number } | false;
  readonly deepLinkHosts?: readonly string[];
  readonly frontPage?: string;
  readonly cookie?: { readonly domain: string };
}

const CLICK = "1f80e399-6f55-4cef-b8b0-0f74752c1ceb";
const OTHER_CLICK = "625fae10-1eb0-11eb-adc1-0242ac120002";
const TRANSACTION = "102656693ac3ca6e0cdafbfe89ab99";

const retrackKept = { kept: [`retrack_click=${CLICK} for 10 days`], clicks: [`retrack ${CLICK}`] };
const shopbackKept = { kept: [`shopback_click=${TRANSACTION} for 30 days`], clicks: [`shopback ${TRANSACTION}`] };
const bothKept = {
  kept: [...retrackKept.kept, ...shopbackKept.kept],
  clicks: [...shopbackKept.clicks, ...retrackKept.clicks],
};
const nothingKept = { kept: [], clicks: [] };

export const landingCases: readonly LandingCase[] = [
  // Without settings.
  { what: "a click on any page", url: `/p?click=${CLICK}`, ...retrackKept },
  {
    what: "a click of ShopBack on any page",
    url: `/p?utm_source=shopback&transaction_id=${TRANSACTION}`,
    ...shopbackKept,
  },
  {
    what: "a click on the redirect page",
    url: `/retrack?click=${CLICK}&deeplink=https%3A%2F%2Fwww.shop.example%2Fsome-product`,
    endsAt: "https://www.shop.example/some-product",
    ...retrackKept,
  },
  {
    what: "clicks of both networks on the redirect page",
    url: `/retrack?click=${CLICK}&transaction_id=${TRANSACTION}&deeplink=/p`,
    endsAt: "https://www.shop.example/p",
    ...bothKept,
  },
  {
    what: "no click on the redirect page",
    url: "/retrack?deeplink=/p",
    endsAt: "https://www.shop.example/p",
    ...nothingKept,
  },
  {
    what: "a click that is none on the redirect page",
    url: "/retrack?click={click}&deeplink=/p",
    endsAt: "https://www.shop.example/p",
    ...nothingKept,
  },
  {
    what: "a click and a hostile deep link",
    url: `/retrack?click=${CLICK}&deeplink=https://evil.com/`,
    endsAt: "https://www.shop.example/",
    ...retrackKept,
  },

  // How parameters are written.
  { what: "an encoded name", url: `/p?cl%69ck=${CLICK}`, ...retrackKept },
  { what: "an encoded id", url: `/p?click=%31f80e399%2D6f55-4cef-b8b0-0f74752c1ceb`, ...retrackKept },
  { what: "empty pairs", url: `/p?&&click=${CLICK}&&`, ...retrackKept },
  { what: "pairs without names", url: `/p?=&=x&click=${CLICK}`, ...retrackKept },
  { what: "the first of two, and its other case", url: `/p?Click=${OTHER_CLICK}&click=${CLICK}`, ...retrackKept },
  { what: "a network of another case", url: `/p?utm_source=SHOPBACK&transaction_id=ABCDE12345`, ...nothingKept },
  {
    what: "a source that is encoded",
    url: "/p?utm%5Fsource=shop%62ack&transaction_id=ABCDE12345",
    kept: ["shopback_click=ABCDE12345 for 30 days"],
    clicks: ["shopback ABCDE12345"],
  },
  { what: "a plus before the name", url: `/p?+click=${CLICK}`, ...nothingKept },
  { what: "a plus after the id", url: `/p?click=${CLICK}+`, ...nothingKept },
  { what: "a second question mark", url: `/p??click=${CLICK}`, ...nothingKept },
  { what: "a question mark after the id", url: `/p?click=${CLICK}?x=1`, ...nothingKept },
  { what: "a semicolon between pairs", url: `/p?x=1;click=${CLICK}`, ...nothingKept },
  { what: "a semicolon after the id", url: `/p?click=${CLICK};x=1`, ...nothingKept },
  { what: "an encoded ampersand", url: `/p?x=1%26click=${CLICK}`, ...nothingKept },
  { what: "an encoded equals sign", url: `/p?click%3D${CLICK}`, ...nothingKept },
  { what: "HTML's ampersand", url: `/p?x=1&amp;click=${CLICK}`, ...nothingKept },
  { what: "the parameter in the path", url: `/p;click=${CLICK}`, ...nothingKept },
  { what: "a list's name", url: `/p?click[]=${CLICK}&click[0]=${CLICK}&click.0=${CLICK}`, ...nothingKept },
  { what: "a prototype's name", url: `/p?__proto__[click]=${CLICK}&constructor=x`, ...nothingKept },
  { what: "an id in braces, encoded", url: `/p?click=%7B${CLICK}%7D`, ...nothingKept },
  { what: "two ids in one", url: `/p?click=${CLICK},${OTHER_CLICK}`, ...nothingKept },
  { what: "a click in a parameter's URL", url: `/p?u=https://www.shop.example/?click=${CLICK}`, ...nothingKept },
  {
    what: "broken encoding beside it",
    url: `/p?q=%&r=%zz&s=%e5&click=${CLICK}`,
    ...retrackKept,
  },

  // The fragment.
  {
    what: "a click in the fragment",
    url: `/p#click=${CLICK}`,
    inFragment: true,
    ...retrackKept,
  },
  {
    what: "a click after an anchor",
    url: `/p?a=1#reviews&click=${CLICK}`,
    inFragment: true,
    ...retrackKept,
  },
  {
    what: "a click in the query, another in the fragment",
    url: `/p?click=${CLICK}#click=${OTHER_CLICK}`,
    ...retrackKept,
  },
  {
    what: "none in the query, one in the fragment",
    url: `/p?click=x#click=${CLICK}`,
    inFragment: true,
    ...retrackKept,
  },
  { what: "a click in a route of the fragment", url: `/p#/route?click=${CLICK}`, ...nothingKept },
  {
    what: "a deep link in the fragment",
    url: `/p?click=${CLICK}#deeplink=https://www.shop.example/q`,
    ...retrackKept,
  },

  // How the deep link is written.
  {
    what: "a deep link that is not encoded, up to its ampersand",
    url: `/retrack?deeplink=https://www.shop.example/p?a=1&b=2&click=${CLICK}`,
    endsAt: "https://www.shop.example/p?a=1",
    ...retrackKept,
  },
  {
    what: "a deep link with plus signs, encoded and not",
    url: "/retrack?deeplink=/search?q=a+b%2Bc%20d",
    endsAt: "https://www.shop.example/search?q=a%20b+c%20d",
    ...nothingKept,
  },
  {
    what: "a deep link with an encoded fragment",
    url: "/retrack?deeplink=%2Fp%3Fa%3D1%23b",
    endsAt: "https://www.shop.example/p?a=1#b",
    ...nothingKept,
  },
  {
    what: "a deep link encoded twice",
    url: "/retrack?deeplink=%252Fp%253Fa%253D1",
    endsAt: "https://www.shop.example/%2Fp%3Fa%3D1",
    ...nothingKept,
  },
  {
    what: "a deep link of letters that are not encoded",
    url: "/retrack?deeplink=/blå/日本語?q=ö",
    endsAt: "https://www.shop.example/bl%C3%A5/%E6%97%A5%E6%9C%AC%E8%AA%9E?q=%C3%B6",
    ...nothingKept,
  },
  {
    what: "a deep link of bytes that are no text",
    url: "/retrack?deeplink=/p%E5%E4",
    endsAt: "https://www.shop.example/p%EF%BF%BD%EF%BF%BD",
    ...nothingKept,
  },
  {
    what: "a deep link that is broken",
    url: "/retrack?deeplink=/100%&x=1",
    endsAt: "https://www.shop.example/100%",
    ...nothingKept,
  },
  {
    what: "two deep links, the first one good",
    url: "/retrack?deeplink=/p&deeplink=https://evil.com/",
    endsAt: "https://www.shop.example/p",
    ...nothingKept,
  },
  {
    what: "two deep links, the first one hostile",
    url: "/retrack?deeplink=https://evil.com/&deeplink=/p",
    endsAt: "https://www.shop.example/",
    ...nothingKept,
  },
  {
    what: "two deep links, the first one empty",
    url: "/retrack?deeplink=&deeplink=/p",
    endsAt: "https://www.shop.example/",
    ...nothingKept,
  },
  {
    what: "an encoded name of the deep link",
    url: "/retrack?deep%6Cink=/p",
    endsAt: "https://www.shop.example/p",
    ...nothingKept,
  },
  {
    what: "a list of deep links",
    url: `/retrack?click=${CLICK}&deeplink[]=/p`,
    tag: 'data-front-page="/welcome"',
    options: { frontPage: "/welcome" },
    endsAt: "https://www.shop.example/welcome",
    ...retrackKept,
  },
  {
    what: "a deep link of another case",
    url: `/retrack?click=${CLICK}&deepLink=/p`,
    tag: 'data-front-page="/welcome"',
    options: { frontPage: "/welcome" },
    endsAt: "https://www.shop.example/welcome",
    ...retrackKept,
  },
  {
    what: "a click inside the deep link",
    url: `/retrack?deeplink=/p%3Fclick=${OTHER_CLICK}&click=${CLICK}`,
    endsAt: `https://www.shop.example/p?click=${OTHER_CLICK}`,
    ...retrackKept,
  },

  // data-networks
  {
    what: "Retrack alone",
    url: `/p?click=${CLICK}&transaction_id=${TRANSACTION}`,
    tag: 'data-networks="retrack"',
    options: { shopback: false },
    ...retrackKept,
  },
  {
    what: "ShopBack alone",
    url: `/p?click=${CLICK}&transaction_id=${TRANSACTION}`,
    tag: 'data-networks="shopback"',
    options: { retrack: false },
    ...shopbackKept,
  },
  {
    what: "both networks by name",
    url: `/p?click=${CLICK}&transaction_id=${TRANSACTION}`,
    tag: 'data-networks="retrack shopback"',
    ...bothKept,
  },

  // data-days
  {
    what: "other days for each",
    url: `/p?click=${CLICK}&transaction_id=${TRANSACTION}`,
    tag: 'data-days="retrack:3 shopback:7"',
    options: { retrack: { days: 3 }, shopback: { days: 7 } },
    kept: [`retrack_click=${CLICK} for 3 days`, `shopback_click=${TRANSACTION} for 7 days`],
    clicks: bothKept.clicks,
  },
  {
    what: "other days for one",
    url: `/p?click=${CLICK}&transaction_id=${TRANSACTION}`,
    tag: 'data-days="shopback:60"',
    options: { shopback: { days: 60 } },
    kept: [`retrack_click=${CLICK} for 10 days`, `shopback_click=${TRANSACTION} for 60 days`],
    clicks: bothKept.clicks,
  },
  {
    what: "the most days",
    url: `/p?click=${CLICK}`,
    tag: 'data-days="retrack:400"',
    options: { retrack: { days: 400 } },
    kept: [`retrack_click=${CLICK} for 400 days`],
    clicks: retrackKept.clicks,
  },

  {
    what: "a day and a half",
    url: `/p?click=${CLICK}`,
    tag: 'data-days="retrack:1.5"',
    options: { retrack: { days: 1.5 } },
    kept: [`retrack_click=${CLICK} for 1.5 days`],
    clicks: retrackKept.clicks,
  },

  // data-params
  {
    what: "another parameter of ShopBack",
    url: `/p?sbid=${TRANSACTION}`,
    tag: 'data-params="shopback:sbid"',
    options: { shopback: { parameter: "sbid" } },
    ...shopbackKept,
  },
  {
    what: "the usual parameter where there is another",
    url: `/p?transaction_id=${TRANSACTION}`,
    tag: 'data-params="shopback:sbid"',
    options: { shopback: { parameter: "sbid" } },
    ...nothingKept,
  },
  {
    what: "other parameters of both",
    url: `/p?rt-click=${CLICK}&sb_id=${TRANSACTION}`,
    tag: 'data-params="retrack:rt-click shopback:sb_id"',
    options: { retrack: { parameter: "rt-click" }, shopback: { parameter: "sb_id" } },
    ...bothKept,
  },
  {
    what: "another parameter on the redirect page",
    url: `/retrack?rid=${CLICK}&deeplink=/p`,
    tag: 'data-params="retrack:rid"',
    options: { retrack: { parameter: "rid" } },
    endsAt: "https://www.shop.example/p",
    ...retrackKept,
  },
  {
    what: "a shorter id beside its source under another parameter",
    url: "/p?utm_source=shopback&sbid=10220766184662150818",
    tag: 'data-params="shopback:sbid"',
    options: { shopback: { parameter: "sbid" } },
    kept: ["shopback_click=10220766184662150818 for 30 days"],
    clicks: ["shopback 10220766184662150818"],
  },

  // data-deep-link-hosts
  {
    what: "a host that is named",
    url: "/retrack?deeplink=https://m.shop.example/p",
    tag: 'data-deep-link-hosts="shop.example m.shop.example"',
    options: { deepLinkHosts: ["www.shop.example", "shop.example", "m.shop.example"] },
    endsAt: "https://m.shop.example/p",
    ...nothingKept,
  },
  {
    what: "a host that is not named",
    url: "/retrack?deeplink=https://m.shop.example/p",
    tag: 'data-deep-link-hosts="shop.example"',
    options: { deepLinkHosts: ["www.shop.example", "shop.example"] },
    endsAt: "https://www.shop.example/",
    ...nothingKept,
  },
  {
    what: "another host where none is named",
    url: "/retrack?deeplink=https://shop.example/p",
    endsAt: "https://www.shop.example/",
    ...nothingKept,
  },
  {
    what: "the own host where another is named",
    url: "/retrack?deeplink=https://www.shop.example/p",
    tag: 'data-deep-link-hosts="shop.example"',
    options: { deepLinkHosts: ["www.shop.example", "shop.example"] },
    endsAt: "https://www.shop.example/p",
    ...nothingKept,
  },
  {
    what: "an IDN host that is named",
    url: "/retrack?deeplink=https://k%C3%B6kshop.example/p",
    tag: 'data-deep-link-hosts="xn--kkshop-wxa.example"',
    options: { deepLinkHosts: ["www.shop.example", "xn--kkshop-wxa.example"] },
    endsAt: "https://xn--kkshop-wxa.example/p",
    ...nothingKept,
  },

  // data-front-page
  {
    what: "a front page instead of a hostile deep link",
    url: `/retrack?click=${CLICK}&deeplink=//evil.com`,
    tag: 'data-front-page="/sv/start?x=1#top"',
    options: { frontPage: "/sv/start?x=1#top" },
    endsAt: "https://www.shop.example/sv/start?x=1#top",
    ...retrackKept,
  },
  {
    what: "a front page instead of no deep link",
    url: `/retrack?click=${CLICK}`,
    tag: 'data-front-page="/welcome"',
    options: { frontPage: "/welcome" },
    endsAt: "https://www.shop.example/welcome",
    ...retrackKept,
  },
  {
    what: "a front page instead of no deep link, beside a parameter of another name",
    url: `/retrack?rid=${CLICK}`,
    tag: 'data-front-page="/welcome" data-params="retrack:rid"',
    options: { frontPage: "/welcome", retrack: { parameter: "rid" } },
    endsAt: "https://www.shop.example/welcome",
    ...retrackKept,
  },
  {
    what: "a front page on another host",
    url: `/retrack?click=${CLICK}&deeplink=`,
    tag: 'data-front-page="https://shop.example/welcome"',
    options: { frontPage: "https://shop.example/welcome" },
    endsAt: "https://shop.example/welcome",
    ...retrackKept,
  },

  // data-cookie-domain
  {
    what: "cookies for every subdomain",
    url: `/p?click=${CLICK}&transaction_id=${TRANSACTION}`,
    tag: 'data-cookie-domain="shop.example"',
    options: { cookie: { domain: "shop.example" } },
    kept: [
      `retrack_click=${CLICK} for 10 days on .shop.example`,
      `shopback_click=${TRANSACTION} for 30 days on .shop.example`,
    ],
    clicks: bothKept.clicks,
  },
  {
    what: "cookies for a domain with a dot before it",
    url: `/p?click=${CLICK}`,
    tag: 'data-cookie-domain=".shop.example"',
    options: { cookie: { domain: ".shop.example" } },
    kept: [`retrack_click=${CLICK} for 10 days on .shop.example`],
    clicks: retrackKept.clicks,
  },
  {
    what: "cookies for the host and what is below it",
    url: `/p?click=${CLICK}`,
    tag: 'data-cookie-domain="www.shop.example"',
    options: { cookie: { domain: "www.shop.example" } },
    kept: [`retrack_click=${CLICK} for 10 days on .www.shop.example`],
    clicks: retrackKept.clicks,
  },

  // data-consent
  { what: "consent by exemption", url: `/p?click=${CLICK}`, tag: 'data-consent="exempt"', ...retrackKept },
];
