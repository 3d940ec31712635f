/** What the tests ask of a real browser, whichever it is. */
export interface RealBrowser {
  /** Opens a page in the tab in front. Whether it has loaded is for the page to say. */
  open(url: string): Promise<void>;
  /** Opens a new tab and puts it in front. */
  openTab(): Promise<void>;
  /** Puts another tab in front: 0 is the first. */
  toTab(index: number): Promise<void>;
  /** The value of an expression in the page in front, as JSON can tell it. */
  evaluate(expression: string): Promise<unknown>;
  /** The cookies that the page in front would send, by name. */
  cookies(): Promise<StoredCookie[]>;
  close(): Promise<void>;
}

export interface StoredCookie {
  readonly name: string;
  readonly value: string;
  /** Begins with a dot where subdomains share the cookie. */
  readonly domain: string;
  readonly path: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: string;
  /** In seconds since 1970. */
  readonly expires: number;
}

/** To be run in a page of the store: no click was ever kept, for its host or for a domain above it. */
export function forgetClicks(): void {
  for (const name of ["retrack_click", "shopback_click", "cashtrail_clicks"]) {
    for (const domain of ["", "; domain=shop.example", "; domain=www.shop.example"]) {
      // biome-ignore lint/suspicious/noDocumentCookie: Firefox and WebKit know no other way that deletes for a domain.
      document.cookie = `${name}=; max-age=0; path=/; secure${domain}`;
    }
  }
}
