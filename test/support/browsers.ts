import type { CDPSession, Page } from "playwright-core";
import type { RealBrowser } from "./browser.ts";
import type { Web } from "./browser-web.ts";
import { launchChromium } from "./chromium.ts";
import { firefoxPath, launchFirefox } from "./firefox.ts";
import { launchWebkit, webkitPath } from "./webkit.ts";

export interface BrowserKind {
  /** The browser's name, or that there is none and what to do about it. */
  readonly title: string;
  readonly missing: boolean;
  /** Starts one that reaches the given web and nothing else. */
  launch(web: Web): Promise<RealBrowser>;
}

/** Chromium, which must be there, and those that are looked for. */
export const browserKinds: readonly BrowserKind[] = [
  { title: "Chromium", missing: false, launch: launchChromiumOn },
  {
    title: firefoxPath ? "Firefox" : "Firefox, NOT RUN: none is installed, and FIREFOX_PATH names none",
    missing: !firefoxPath,
    launch: launchFirefox,
  },
  {
    title: webkitPath
      ? "WebKit with tracking prevention"
      : "WebKit, NOT RUN: no WebKitWebDriver with a display or Xvfb is installed, and WEBKIT_DRIVER_PATH names none",
    missing: !webkitPath,
    launch: launchWebkit,
  },
];

// A reporter only counts what was skipped; nobody is to take it for passed.
for (const { missing, title } of browserKinds) if (missing) process.stderr.write(`${title}\n`);

async function launchChromiumOn({ proxy }: Web): Promise<RealBrowser> {
  const browser = await launchChromium();
  const context = await browser.newContext({ ignoreHTTPSErrors: true, proxy: { server: `http://${proxy}` } });
  const tabs: Page[] = [];
  let session: CDPSession;
  const show = async (tab: Page) => {
    session = await context.newCDPSession(tab);
    await tab.bringToFront();
  };
  const openTab = async () => {
    const tab = await context.newPage();
    tabs.push(tab);
    await show(tab);
  };
  await openTab();
  return {
    // Not Playwright's own `goto` and `evaluate`, for which a page that sends the shopper on at once is a failure.
    async open(url) {
      await session.send("Page.navigate", { url });
    },
    openTab,
    toTab: (index) => show(tabs[index] as Page),
    async evaluate(expression) {
      const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
        expression,
        awaitPromise: true,
        returnByValue: true,
      });
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    },
    async cookies() {
      const { result } = await session.send("Runtime.evaluate", { expression: "location.href" });
      return context.cookies(`${result.value}`);
    },
    close: () => browser.close(),
  };
}
