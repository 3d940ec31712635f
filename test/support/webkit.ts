import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { RealBrowser, StoredCookie } from "./browser.ts";
import type { Web } from "./browser-web.ts";

const onPath = (name: string) =>
  (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));

const display = process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY;
const xvfb = onPath("Xvfb");

/** The WebKitWebDriver that `WEBKIT_DRIVER_PATH` names, or the system's; undefined where it or a display is missing. */
export const webkitPath: string | undefined =
  process.env.WEBKIT_DRIVER_PATH ?? (display || xvfb ? onPath("WebKitWebDriver") : undefined);

/**
 * WebKitGTK's small browser with tracking prevention on, which reaches the given web and nothing else, driven over
 * WebDriver.
 */
export async function launchWebkit({ proxy }: Web): Promise<RealBrowser> {
  const home = mkdtempSync(join(tmpdir(), "cashtrail-webkit-"));
  const screen = display ? undefined : await startXvfb();
  const port = await freePort();
  const driver = spawn(webkitPath as string, [`--port=${port}`], {
    stdio: ["ignore", "ignore", "ignore"],
    env: {
      ...process.env,
      ...(screen ? { DISPLAY: screen.display, XDG_RUNTIME_DIR: home } : {}),
      HOME: home,
      // No desktop is there to be spoken to.
      GTK_A11Y: "none",
      NO_AT_BRIDGE: "1",
      GSETTINGS_BACKEND: "memory",
    },
  });
  driver.on("error", () => {});
  const driverEnded = new Promise<void>((resolve) => driver.on("close", () => resolve()));
  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const { value } = (await response.json()) as { value: { error?: string; message?: string } | null };
    if (!response.ok) throw new Error(`${value?.error}: ${value?.message}`);
    return value;
  };
  const listens = () =>
    call("GET", "/status").then(
      () => true,
      () => false,
    );
  // The driver says nowhere that it listens.
  while (!(await listens())) {
    if (driver.pid === undefined || driver.exitCode !== null) {
      await screen?.close();
      throw new Error(`${webkitPath} did not start`);
    }
    await pause(20);
  }
  const { sessionId } = (await call("POST", "/session", {
    capabilities: {
      alwaysMatch: {
        acceptInsecureCerts: true,
        "webkitgtk:browserOptions": {
          // The Navigation API tells where a page is to go before it goes.
          args: ["--automation", "--enable-itp", `--proxy=http://${proxy}`, "--features=+NavigationAPI"],
        },
      },
    },
  })) as { sessionId: string };
  const session = `/session/${sessionId}`;

  return {
    async open(url) {
      await call("POST", `${session}/url`, { url });
    },
    async openTab() {
      const { handle } = (await call("POST", `${session}/window/new`, { type: "tab" })) as { handle: string };
      await call("POST", `${session}/window`, { handle });
    },
    async toTab(index) {
      const handles = (await call("GET", `${session}/window/handles`)) as string[];
      await call("POST", `${session}/window`, { handle: handles[index] });
    },
    async evaluate(expression) {
      const text = await call("POST", `${session}/execute/async`, {
        script: `Promise.resolve(${expression}).then((value) => JSON.stringify(value) ?? "null").then(arguments[0])`,
        args: [],
      });
      return JSON.parse(text as string);
    },
    async cookies() {
      const cookies = (await call("GET", `${session}/cookie`)) as (Omit<StoredCookie, "expires"> & {
        expiry: number;
      })[];
      return cookies.map(({ expiry, ...cookie }) => ({ ...cookie, expires: expiry }));
    },
    async close() {
      await call("DELETE", session);
      driver.kill();
      await driverEnded;
      await screen?.close();
      rmSync(home, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** A screen that nobody sees, for browsers that know no other way to draw. */
async function startXvfb() {
  const server: ChildProcess = spawn(xvfb as string, ["-displayfd", "3", "-nolisten", "tcp"], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const ended = new Promise<void>((resolve) => server.on("close", () => resolve()));
  const number = await new Promise<string>((resolve, reject) => {
    server.stdio[3]?.on("data", (data) => resolve(String(data).trim()));
    ended.then(() => reject(new Error("Xvfb ended at once")));
  });
  return {
    display: `:${number}`,
    async close() {
      server.kill();
      await ended;
    },
  };
}

/** WebKitWebDriver takes no port 0. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
