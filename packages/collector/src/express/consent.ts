import { type ClickConsent, cookieAgrees } from "@cashtrail/client/landing";
import type { Request } from "express";

/** The modes whose answer can be known in the browser only. */
const BROWSER_MODES = ["tcf", "google", "manual"] as const;

/** The modes that are said in one word. */
const WORDS = ["exempt", ...BROWSER_MODES] as const;

/** Whether a shopper's click may be stored: one of the script's modes, or a function of the request. */
export type ConsentOption = (typeof WORDS)[number] | `cookie:${string}` | ((request: Request) => boolean);

export interface Consent {
  readonly mode: ClickConsent;
  /** Yes, no, or undefined where it cannot be known: then nothing is stored, and nothing deleted. */
  answer(request: Request, complain: (reason: string) => void): boolean | undefined;
}

const WANTED = `must be ${WORDS.map((word) => `"${word}"`).join(", ")}, "cookie:NAME=VALUE" or a function of the request`;

/** What is wrong with the option, or undefined where nothing is. It never repeats what was given. */
export function consentMistake(option: unknown): string | undefined {
  if (typeof option === "function")
    return option.constructor.name === "AsyncFunction"
      ? "must answer at once: a function that is async answers a promise, which is neither yes nor no"
      : undefined;
  if (typeof option !== "string") return WANTED;
  const { mode, detail } = partsOf(option);
  if (mode === "cookie") return ruleMistake(detail);
  return WORDS.some((word) => word === option) ? undefined : WANTED;
}

/** How consent is asked for on the server, by an option that has no mistake. */
export function consentOf(option: ConsentOption): Consent {
  if (typeof option === "function")
    return { mode: "function", answer: (request, complain) => ask(option, request, complain) };
  const { mode, detail = "" } = partsOf(option);
  if (mode === "exempt") return { mode, answer: () => true };
  if (mode === "cookie") return { mode, answer: ({ headers }) => cookieAgrees(headers.cookie ?? "", detail) };
  return { mode: mode as ClickConsent, answer: () => undefined };
}

/** Whether the script asks the shopper by this mode. */
export function isAskedInBrowser(mode: ClickConsent): boolean {
  return isKnownInBrowserOnly(mode) || mode === "cookie";
}

/** Whether the answer by this mode can be known in the browser only, which tells the collector. */
export function isKnownInBrowserOnly(mode: ClickConsent): boolean {
  return BROWSER_MODES.some((one) => one === mode);
}

function partsOf(option: string): { mode: string; detail: string | undefined } {
  const [, mode = option, detail] = /^([a-z]+):(.*)$/s.exec(option) ?? [];
  return { mode, detail };
}

function ruleMistake(rule = ""): string | undefined {
  if (!/^[^\s=;,]+=[^\s;]+$/.test(rule)) return 'wants a cookie and its value: "cookie:NAME=VALUE"';
  try {
    cookieAgrees("", rule);
    return;
  } catch {
    return 'must be a regular expression behind "cookie:": its brackets or signs do not fit together';
  }
}

/** A landing never fails for the shopper, whatever the store's function does. */
function ask(
  option: (request: Request) => boolean,
  request: Request,
  complain: (reason: string) => void,
): boolean | undefined {
  try {
    const answer: unknown = option(request);
    if (typeof answer === "boolean") return answer;
    complain("the store's consent function answered neither true nor false");
    // Of a promise that fails, nobody else would hear, and Node.js would end the process.
    Promise.resolve(answer).catch(() => {});
  } catch {
    // Its words are the store's own, and may name the shopper.
    complain("the store's consent function threw an error");
  }
  return;
}
