/**
 * What every place that reads a landing URL must make of it: the rules, the script in a browser, the collector.
 *
 * Deep links are read on `https://www.shop.example/retrack?click=x`, where `shop.example` is allowed besides the page's
 * own host. Each is the parameter's value once decoded.
 */
export const deepLinkPage = "https://www.shop.example/retrack?click=x";
export const deepLinkHosts = ["shop.example"];

export interface DeepLinkVector {
  readonly what: string;
  readonly given: string;
  /** Absent where the deep link must not be followed. */
  readonly leadsTo?: string;
}

export const deepLinkVectors: readonly DeepLinkVector[] = [
  { what: "a path", given: "/p/1", leadsTo: "https://www.shop.example/p/1" },
  { what: "a relative path", given: "p/1", leadsTo: "https://www.shop.example/p/1" },
  { what: "query and fragment", given: "/p?a=1&b=2#reviews", leadsTo: "https://www.shop.example/p?a=1&b=2#reviews" },
  { what: "spaces", given: "/search?q=blue shoes", leadsTo: "https://www.shop.example/search?q=blue%20shoes" },
  {
    what: "letters beyond ASCII",
    given: "/skor?färg=blå",
    leadsTo: "https://www.shop.example/skor?f%C3%A4rg=bl%C3%A5",
  },
  { what: "a lone surrogate", given: "/p?q=\ud800", leadsTo: "https://www.shop.example/p?q=%EF%BF%BD" },
  { what: "the own host", given: "https://www.shop.example/p", leadsTo: "https://www.shop.example/p" },
  { what: "the own host without scheme", given: "//www.shop.example/p", leadsTo: "https://www.shop.example/p" },
  { what: "an allowed host", given: "https://shop.example/p", leadsTo: "https://shop.example/p" },
  { what: "an allowed host alone", given: "https://shop.example", leadsTo: "https://shop.example/" },
  {
    what: "an allowed host's page of the same path",
    given: "https://shop.example/retrack",
    leadsTo: "https://shop.example/retrack",
  },
  {
    what: "a foreign URL as parameter",
    given: "/p?next=//evil.com",
    leadsTo: "https://www.shop.example/p?next=//evil.com",
  },
  { what: "slashes encoded twice", given: "%2f%2fevil.com", leadsTo: "https://www.shop.example/%2f%2fevil.com" },
  {
    what: "an encoded line break",
    given: "https://shop.example/%0d%0aSet-Cookie:x",
    leadsTo: "https://shop.example/%0d%0aSet-Cookie:x",
  },
  { what: "the longest", given: `/${"p".repeat(4071)}`, leadsTo: `https://www.shop.example/${"p".repeat(4071)}` },
  {
    what: "the longest once it is encoded",
    given: `/${"p".repeat(2001)}${"å".repeat(345)}`,
    leadsTo: `https://www.shop.example/${"p".repeat(2001)}${"%C3%A5".repeat(345)}`,
  },

  { what: "the scheme without slashes", given: "https:evil.com", leadsTo: "https://www.shop.example/evil.com" },
  { what: "the scheme with one slash", given: "https:/evil.com", leadsTo: "https://www.shop.example/evil.com" },
  { what: "two dots before two slashes", given: "/..//evil.com", leadsTo: "https://www.shop.example//evil.com" },
  { what: "a dot before two slashes", given: "/.//evil.com", leadsTo: "https://www.shop.example//evil.com" },
  { what: "a relative dot before two slashes", given: ".//evil.com", leadsTo: "https://www.shop.example//evil.com" },
  { what: "an upper-case host", given: "https://SHOP.EXAMPLE/p", leadsTo: "https://shop.example/p" },
  { what: "the default port", given: "https://shop.example:443/p", leadsTo: "https://shop.example/p" },
  { what: "an ideographic full stop", given: "https://shop\u3002example/p", leadsTo: "https://shop.example/p" },
  { what: "a fullwidth letter", given: "https://\uff53hop.example/p", leadsTo: "https://shop.example/p" },
  { what: "a soft hyphen", given: "https://sh\u00adop.example/p", leadsTo: "https://shop.example/p" },
  { what: "an encoded dot in the host", given: "https://shop%2eexample/p", leadsTo: "https://shop.example/p" },
  { what: "an encoded letter in the host", given: "https://sh%6fp.example/p", leadsTo: "https://shop.example/p" },

  { what: "nothing", given: "" },
  { what: "a query alone", given: "?x" },
  { what: "a fragment alone", given: "#x" },
  { what: "the page itself", given: "/retrack" },
  { what: "the page itself in full", given: "https://www.shop.example/retrack?click=y#x" },
  { what: "one character too many", given: `/${"p".repeat(4072)}` },
  { what: "one character too many once it is encoded", given: `/${"p".repeat(2002)}${"å".repeat(345)}` },
  { what: "a foreign host", given: "https://evil.com/" },
  { what: "a foreign host without scheme", given: "//evil.com" },
  { what: "slash, backslash", given: "/\\evil.com" },
  { what: "backslash, backslash", given: "\\\\evil.com" },
  { what: "backslash, slash", given: "\\/evil.com" },
  { what: "backslashes after the scheme", given: "https:\\\\evil.com" },
  { what: "three slashes after the scheme", given: "https:///evil.com" },
  { what: "a tab between slashes", given: "/\t/evil.com" },
  { what: "a line feed between slashes", given: "/\n/evil.com" },
  { what: "a tab before slashes", given: "\t//evil.com" },
  { what: "a space before slashes", given: " //evil.com" },
  { what: "a control character before slashes", given: "\u0001//evil.com" },
  { what: "another scheme without slashes", given: "http:evil.com" },
  { what: "the own host over http", given: "http://www.shop.example/p" },
  { what: "an allowed host over http", given: "http://shop.example/p" },
  { what: "the own host over ftp", given: "ftp://www.shop.example/p" },
  { what: "a script", given: "javascript:alert(1)" },
  { what: "a script in mixed case", given: "JaVaScRiPt:alert(1)" },
  { what: "a script with a tab inside", given: "java\tscript:alert(1)" },
  { what: "a script after a control character", given: "\u0001javascript:alert(1)" },
  { what: "a script that names an allowed host", given: "javascript://shop.example/%0aalert(1)" },
  { what: "data", given: "data:text/html,<script>alert(1)</script>" },
  { what: "a file", given: "file:///etc/passwd" },
  { what: "a blob of the own origin", given: "blob:https://www.shop.example/0f5a4d6e" },
  { what: "a blob of an allowed host", given: "blob:https://shop.example/0f5a4d6e" },
  { what: "an allowed host as user name", given: "https://shop.example@evil.com/" },
  { what: "an allowed host and an encoded slash as user name", given: "https://shop.example%2f@evil.com/" },
  { what: "a backslash before the at sign", given: "https://shop.example\\@evil.com/" },
  { what: "a backslash before an allowed host", given: "https://evil.com\\@shop.example/" },
  { what: "an allowed host in the fragment", given: "https://evil.com#@shop.example/" },
  { what: "an allowed host in the query", given: "https://evil.com?@shop.example/" },
  { what: "user name and password", given: "https://user:pw@shop.example/" },
  { what: "user name on the own host", given: "https://user@www.shop.example/p" },
  { what: "an allowed host as subdomain", given: "https://shop.example.evil.com/" },
  { what: "an allowed host as ending", given: "https://evilshop.example/" },
  { what: "a subdomain of an allowed host", given: "https://a.shop.example/" },
  { what: "a trailing dot", given: "https://shop.example./" },
  { what: "another port", given: "https://shop.example:8443/p" },
  { what: "another port of the own host", given: "https://www.shop.example:8443/p" },
  { what: "a Cyrillic letter", given: "https://sh\u043ep.example/" },
  { what: "an encoded zero in the host", given: "https://shop.example%00.evil.com/" },
  { what: "a letter that becomes a slash", given: "https://evil.c\u2100.shop.example/" },
  { what: "a hexadecimal address", given: "https://0x7f.1/" },
  { what: "an address as one number", given: "https://2130706433/" },
  { what: "line breaks in the path", given: "https://shop.example/\r\nSet-Cookie:x" },
  { what: "a zero byte", given: "/p\u0000" },
  { what: "a delete character", given: "/p\u007f" },
  { what: "no host", given: "https://" },
  { what: "no URL at all", given: "https://[" },
];

export interface ArrivalVector {
  readonly what: string;
  /** The query of the landing URL, as it comes over the wire. */
  readonly query: string;
  /** The click ids that must be found; every other network has none. */
  readonly retrack?: string;
  readonly shopback?: string;
}

export const arrivalVectors: readonly ArrivalVector[] = [
  // https://retrack.refunder.com/help/tracking/s2s/transaction
  {
    what: "a click of UUID version 1",
    query: "click=625fae10-1eb0-11eb-adc1-0242ac120002",
    retrack: "625fae10-1eb0-11eb-adc1-0242ac120002",
  },
  {
    what: "a click of UUID version 4",
    query: "click=1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
    retrack: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
  },
  {
    what: "a click of UUID version 7",
    query: "click=019a1b2c-3d4e-7f60-8a1b-2c3d4e5f6071",
    retrack: "019a1b2c-3d4e-7f60-8a1b-2c3d4e5f6071",
  },
  {
    what: "a click in upper case",
    query: "click=1F80E399-6F55-4CEF-B8B0-0F74752C1CEB",
    retrack: "1F80E399-6F55-4CEF-B8B0-0F74752C1CEB",
  },
  {
    what: "a click among other parameters",
    query: "lang=sv&click=1f80e399-6f55-4cef-b8b0-0f74752c1ceb&utm_source=x",
    retrack: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
  },
  {
    what: "two clicks",
    query: "click=1f80e399-6f55-4cef-b8b0-0f74752c1ceb&click=625fae10-1eb0-11eb-adc1-0242ac120002",
    retrack: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
  },
  { what: "a good click after a bad one", query: "click=bad&click=1f80e399-6f55-4cef-b8b0-0f74752c1ceb" },
  { what: "a good click after an empty one", query: "click=&click=1f80e399-6f55-4cef-b8b0-0f74752c1ceb" },
  { what: "a click as list", query: "click[]=1f80e399-6f55-4cef-b8b0-0f74752c1ceb" },
  { what: "a click as object", query: "click[id]=1f80e399-6f55-4cef-b8b0-0f74752c1ceb" },
  { what: "another parameter's case", query: "CLICK=1f80e399-6f55-4cef-b8b0-0f74752c1ceb" },
  { what: "no parameter", query: "" },
  { what: "a parameter without value", query: "click&transaction_id" },
  { what: "the zero UUID", query: "click=00000000-0000-0000-0000-000000000000" },
  { what: "UUID version 9", query: "click=1f80e399-6f55-9cef-b8b0-0f74752c1ceb" },
  { what: "a UUID of another variant", query: "click=1f80e399-6f55-4cef-c8b0-0f74752c1ceb" },
  { what: "a UUID without hyphens", query: "click=1f80e3996f554cefb8b00f74752c1ceb" },
  { what: "a UUID in braces", query: "click=%7B1f80e399-6f55-4cef-b8b0-0f74752c1ceb%7D" },
  { what: "a UUID cut short", query: "click=1f80e399-6f55-4cef-b8b0-0f74752c1ce" },
  { what: "a UUID with a letter too many", query: "click=1f80e399-6f55-4cef-b8b0-0f74752c1ceb0" },
  { what: "a UUID encoded twice", query: "click=%2531f80e399-6f55-4cef-b8b0-0f74752c1ceb" },
  { what: "a line feed at the end", query: "click=1f80e399-6f55-4cef-b8b0-0f74752c1ceb%0A" },
  { what: "a line break and a header", query: "click=1f80e399-6f55-4cef-b8b0-0f74752c1ceb%0D%0ASet-Cookie:x=1" },
  { what: "a space at the start", query: "click=+1f80e399-6f55-4cef-b8b0-0f74752c1ceb" },
  { what: "a zero byte", query: "click=1f80e399-6f55-4cef-b8b0-0f74752c1ceb%00" },
  { what: "cookie attributes", query: "click=x;%20domain=shop.example;%20path=/p;%20max-age=34560000" },
  {
    what: "cookie attributes after a UUID",
    query: "click=1f80e399-6f55-4cef-b8b0-0f74752c1ceb;%20domain=shop.example",
  },
  { what: "fullwidth digits", query: "click=%EF%BC%91f80e399-6f55-4cef-b8b0-0f74752c1ceb" },
  { what: "half a surrogate pair", query: "click=%ED%A0%80f80e399-6f55-4cef-b8b0-0f74752c1ceb" },
  { what: "bytes that are no text", query: "click=%FF%FE&transaction_id=%E0%A4%A&utm_source=shopback" },
  {
    what: "a macro that was not filled in",
    query: "click={click_id}&transaction_id={transaction_id}&utm_source=shopback",
  },
  { what: "an encoded macro", query: "click=%7Bclick%7D&transaction_id=%7Btransaction_id%7D&utm_source=shopback" },
  { what: "the word undefined", query: "click=undefined&transaction_id=undefined&utm_source=shopback" },
  { what: "the word null", query: "click=null&transaction_id=null&utm_source=shopback" },
  { what: "100 kB", query: `click=${"a".repeat(100_000)}&transaction_id=${"1".repeat(100_000)}&utm_source=shopback` },

  // https://docs.shopback.com/docs/server-to-server
  {
    what: "a transaction id",
    query: "utm_source=shopback&transaction_id=102656693ac3ca6e0cdafbfe89ab99",
    shopback: "102656693ac3ca6e0cdafbfe89ab99",
  },
  {
    what: "a transaction id without utm_source",
    query: "transaction_id=102656693ac3ca6e0cdafbfe89ab99",
    shopback: "102656693ac3ca6e0cdafbfe89ab99",
  },
  {
    what: "a transaction id beside another source",
    query: "utm_source=mail&transaction_id=102656693ac3ca6e0cdafbfe89ab99",
    shopback: "102656693ac3ca6e0cdafbfe89ab99",
  },
  {
    what: "two transaction ids",
    query: "transaction_id=102656693ac3ca6e0cdafbfe89ab99&transaction_id=102000000000000000000000000000",
    shopback: "102656693ac3ca6e0cdafbfe89ab99",
  },
  // https://support.tune.com/hc/en-us/articles/1500008231622-Transaction-IDs
  {
    what: "a shorter transaction id",
    query: "utm_source=shopback&transaction_id=10220766184662150818",
    shopback: "10220766184662150818",
  },
  { what: "a shorter transaction id without utm_source", query: "transaction_id=10220766184662150818" },
  {
    what: "a shorter transaction id after another source",
    query: "utm_source=x&utm_source=shopback&transaction_id=10220766184662150818",
  },
  {
    what: "a shorter transaction id and another source's case",
    query: "utm_source=ShopBack&transaction_id=10220766184662150818",
  },
  {
    what: "the shortest transaction id",
    query: "utm_source=shopback&transaction_id=ABCDE12345",
    shopback: "ABCDE12345",
  },
  { what: "a transaction id cut short", query: "utm_source=shopback&transaction_id=ABCDE1234" },
  {
    what: "a transaction id with a letter too many",
    query: "utm_source=shopback&transaction_id=102656693ac3ca6e0cdafbfe89ab990",
  },
  {
    what: "a transaction id with an underscore",
    query: "utm_source=shopback&transaction_id=102656693ac3ca6e0cdafbfe89ab_9",
  },
  { what: "a transaction id as list", query: "utm_source=shopback&transaction_id[]=102656693ac3ca6e0cdafbfe89ab99" },
  { what: "a payment's id", query: "transaction_id=202656693ac3ca6e0cdafbfe89ab99" },
  { what: "a line feed after a transaction id", query: "transaction_id=102656693ac3ca6e0cdafbfe89ab99%0A" },
  {
    what: "cookie attributes after a transaction id",
    query: "utm_source=shopback&transaction_id=ABCDE12345;%20domain=shop.example",
  },

  {
    what: "clicks of both networks",
    query: "click=1f80e399-6f55-4cef-b8b0-0f74752c1ceb&transaction_id=102656693ac3ca6e0cdafbfe89ab99",
    retrack: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
    shopback: "102656693ac3ca6e0cdafbfe89ab99",
  },
];
