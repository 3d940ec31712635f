import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { type Browser, chromium } from "playwright-core";

const project = resolve(import.meta.dirname, "../..");

const systemNames = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const systemPaths = [
  ...(process.env.PATH ?? "").split(delimiter).flatMap((folder) => systemNames.map((name) => join(folder, name))),
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files\\Chromium\\Application\\chrome.exe",
];

const flags = [
  // Chromium's sandbox refuses to run as root. The pages it is shown here are the project's own.
  "--no-sandbox",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--disable-quic",
];

interface Candidate {
  readonly executablePath: string;
  readonly env?: Record<string, string>;
}

/**
 * A headless Chromium that talks to nobody by itself: the one that `CHROMIUM_PATH` names, else one of the system, else
 * the one among the dev dependencies, unpacked on first use. Where none starts, rejects with what was tried.
 */
export async function launchChromium(): Promise<Browser> {
  const named = process.env.CHROMIUM_PATH;
  const found = systemPaths.find((path) => existsSync(path));
  const candidates: (() => Candidate | Promise<Candidate>)[] = named
    ? [() => ({ executablePath: named })]
    : [...(found ? [() => ({ executablePath: found })] : []), unpackedChromium];
  const failures: string[] = [];
  for (const candidate of candidates) {
    try {
      return await launch(await candidate());
    } catch (error) {
      failures.push(String(error).split("\n").slice(0, 8).join("\n"));
    }
  }
  throw new Error(
    `No Chromium could be started. Set CHROMIUM_PATH to the executable of a Chromium or Chrome.\n${failures.join("\n")}`,
  );
}

async function launch({ executablePath, env }: Candidate): Promise<Browser> {
  // The home folder of whoever runs this may be missing, read-only, or hold a profile of their own.
  const home = mkdtempSync(join(tmpdir(), "cashtrail-chromium-"));
  const remove = () => rmSync(home, { recursive: true, force: true });
  try {
    const browser = await chromium.launch({
      executablePath,
      args: flags,
      env: { ...process.env, HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home, ...env },
    });
    browser.on("disconnected", remove);
    return browser;
  } catch (error) {
    remove();
    throw error;
  }
}

/** The Chromium of `@sparticuz/chromium` with the libraries and fonts that a bare machine lacks. */
async function unpackedChromium(): Promise<Candidate> {
  const packed = dirname(dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")));
  const { version } = JSON.parse(readFileSync(join(packed, "package.json"), "utf8"));
  const folder = join(project, "node_modules/.cache", `chromium-${version}`);
  if (!existsSync(folder)) await unpack(packed, folder);
  return {
    executablePath: join(folder, "chromium"),
    env: { LD_LIBRARY_PATH: join(folder, "al2023/lib"), FONTCONFIG_FILE: join(folder, "fonts.conf") },
  };
}

async function unpack(packed: string, folder: string): Promise<void> {
  mkdirSync(dirname(folder), { recursive: true });
  // Several test files may get here at once: each unpacks for itself, and a finished folder appears in one step.
  const own = mkdtempSync(`${folder}-`);
  // In a process of its own, because the package knows no other way to be told where than the whole process's TMPDIR.
  const script = `
    import chromium, { inflate } from "@sparticuz/chromium";
    await chromium.executablePath();
    await inflate(${JSON.stringify(join(packed, "bin/al2023.tar.br"))});
  `;
  await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: project,
    env: { ...process.env, TMPDIR: own },
  });
  const fonts = [join(folder, "fonts"), "/usr/share/fonts", "/usr/local/share/fonts"].map((dir) => `<dir>${dir}</dir>`);
  writeFileSync(
    join(own, "fonts.conf"),
    `<?xml version="1.0"?><fontconfig>${fonts.join("")}<cachedir prefix="xdg">fontconfig</cachedir></fontconfig>`,
  );
  try {
    renameSync(own, folder);
  } catch (error) {
    rmSync(own, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
}
