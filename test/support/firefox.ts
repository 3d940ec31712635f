import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { RealBrowser, StoredCookie } from "./browser.ts";
import type { Web } from "./browser-web.ts";

const systemPaths = [
  ...(process.env.PATH ?? "")
    .split(delimiter)
    .flatMap((folder) => ["firefox", "firefox-esr"].map((name) => join(folder, name))),
  "/Applications/Firefox.app/Contents/MacOS/firefox",
  "C:\\Program Files\\Mozilla Firefox\\firefox.exe",
];

/** The Firefox that `FIREFOX_PATH` names, or one of the system; undefined where there is none. */
export const firefoxPath: string | undefined = process.env.FIREFOX_PATH ?? systemPaths.find((path) => existsSync(path));

const preferences = {
  // Firefox at rest asks after news, updates and lists; the web it is shown here has none.
  "app.normandy.enabled": false,
  "app.update.disabledForTesting": true,
  "browser.safebrowsing.update.enabled": false,
  "captivedetect.canonicalURL": "",
  "datareporting.policy.dataSubmissionEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "data:,",
  "toolkit.telemetry.enabled": false,
  // A chain of many landings is no page gone wild.
  "dom.navigation.locationChangeRateLimit.count": 0,
};

/** A headless Firefox that reaches the given web and nothing else, driven over WebDriver BiDi. */
export async function launchFirefox({ proxy }: Web): Promise<RealBrowser> {
  const profile = mkdtempSync(join(tmpdir(), "cashtrail-firefox-"));
  const lines = Object.entries(preferences).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`);
  writeFileSync(join(profile, "user.js"), lines.join("\n"));
  const firefox = spawn(
    firefoxPath as string,
    ["--headless", "--no-remote", "--remote-debugging-port=0", "--profile", profile],
    { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, HOME: profile } },
  );
  const ended = new Promise<void>((resolve) => firefox.on("close", () => resolve()));
  const address = await new Promise<string>((resolve, reject) => {
    let said = "";
    firefox.on("error", reject);
    firefox.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const [, url] = /listening on (ws:\S+)/.exec(said) ?? [];
      if (url) resolve(url);
    });
    ended.then(() => reject(new Error(`Firefox ended at once: ${said}`)));
  });

  const { send, close } = await connect(`${address}/session`);
  await send("session.new", {
    capabilities: {
      alwaysMatch: {
        acceptInsecureCerts: true,
        proxy: { proxyType: "manual", httpProxy: proxy, sslProxy: proxy },
      },
    },
  });
  const { contexts } = (await send("browsingContext.getTree", {})) as { contexts: { context: string }[] };
  const tabs = contexts.map(({ context }) => context);
  let context = tabs[0] as string;

  async function evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = (await send("script.evaluate", {
      expression: `Promise.resolve(${expression}).then((value) => JSON.stringify(value) ?? "null")`,
      target: { context },
      awaitPromise: true,
    })) as { result?: { value: string }; exceptionDetails?: { text: string } };
    if (!result) throw new Error(exceptionDetails?.text);
    return JSON.parse(result.value);
  }

  return {
    async open(url) {
      await send("browsingContext.navigate", { context, url, wait: "none" });
    },
    async openTab() {
      ({ context } = (await send("browsingContext.create", { type: "tab" })) as { context: string });
      tabs.push(context);
    },
    async toTab(index) {
      context = tabs[index] as string;
      await send("browsingContext.activate", { context });
    },
    evaluate,
    async cookies() {
      const { cookies } = (await send("storage.getCookies", { partition: { type: "context", context } })) as {
        cookies: (Omit<StoredCookie, "value" | "expires"> & { value: { value: string }; expiry: number })[];
      };
      const host = (await evaluate("location.hostname")) as string;
      return cookies
        .filter(({ domain }) => (domain.startsWith(".") ? `.${host}`.endsWith(domain) : host === domain))
        .map(({ value, expiry, ...cookie }) => ({ ...cookie, value: value.value, expires: expiry }));
    },
    async close() {
      await send("browser.close", {});
      close();
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** Commands over a WebSocket, each answered once. */
async function connect(url: string) {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`${url} cannot be reached`));
  });
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  let commands = 0;
  socket.onmessage = ({ data }) => {
    const { id, result, error, message } = JSON.parse(data);
    const command = waiting.get(id);
    waiting.delete(id);
    if (error) command?.reject(new Error(`${error}: ${message}`));
    else command?.resolve(result);
  };
  socket.onclose = () => {
    for (const { reject } of waiting.values()) reject(new Error("Firefox has gone"));
  };
  return {
    send: (method: string, params: object) =>
      new Promise((resolve, reject) => {
        commands += 1;
        waiting.set(commands, { resolve, reject });
        socket.send(JSON.stringify({ id: commands, method, params }));
      }),
    close: () => socket.close(),
  };
}
