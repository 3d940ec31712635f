import { SourceMap } from "node:module";
import { bars, scriptOf, sizesOf } from "./script.ts";

/** The parts of the script: the source file, and how the line begins with which a part does. The first of a file is its rest. */
const parts: [file: string, part: string, begins: string][] = [
  ["js.cookie.mjs", "js-cookie", ""],
  ["client.ts", "tag", ""],
  ["landing.ts", "networks", ""],
  ["landing.ts", "click ids", "export function clickIdIn"],
  ["landing.ts", "deep-link guard", "export function deepLinkFrom"],
  ["landing.ts", "address and redirect", "/** A click id as it stands"],
  ["landing.ts", "consent: cookie", "export function cookieAgrees"],
  ["landing.ts", "companion", "export const companionCookie"],
  ["index.ts", "consent: google", ""],
  ["index.ts", "consent: tcf", "function listenToTcf"],
  ["index.ts", "address and redirect", "function without"],
  ["index.ts", "settings", "export function init"],
  ["index.ts", "writing cookies", "  const set ="],
  ["index.ts", "telling the collector", "  const collectorAt ="],
  ["index.ts", "reading the page's URL", "  const rule ="],
  ["index.ts", "redirect page", "  let to ="],
  ["index.ts", "storing", "  let answer: Answer"],
  ["index.ts", "debug", "    // Before the click travels"],
  ["index.ts", "address and redirect", "    // The address is"],
  ["index.ts", "refusal", "    // Where the first answer"],
  ["index.ts", "storing", "  const act ="],
  ["index.ts", "consent: cookie", "      if (rule)"],
  ["index.ts", "consent: google", '      if (consent === "google")'],
  ["index.ts", "consent: tcf", '      if (consent === "tcf"'],
  ["index.ts", "storing", "      // On a change only"],
  ["index.ts", "waiting and errors", "    } catch (error) {"],
  ["index.ts", "prerendering", "  const go ="],
  ["index.ts", "waiting and errors", "    // Whatever came before"],
  ["index.ts", "revoke", "  const revoke ="],
  ["index.ts", "settings check", "  // One check"],
  ["index.ts", "grant", "  go();"],
];

const { code, map } = await scriptOf();
const payload = JSON.parse(map);
const sourceMap = new SourceMap(payload);
const beginnings = parts.map(([file, part, begins]) => {
  const source = payload.sources.findIndex((name: string) => name.endsWith(`/${file}`));
  const line = payload.sourcesContent[source]?.split("\n").findIndex((text: string) => text.startsWith(begins));
  if (!(line >= 0)) throw new Error(`${file} has no line that begins with ${JSON.stringify(begins)}: ${part}`);
  return { file, part, line };
});

function partAt(column: number): string | undefined {
  const entry = sourceMap.findEntry(0, column);
  if (!("originalLine" in entry)) return;
  return beginnings.findLast(
    ({ file, line }) => entry.originalSource.endsWith(`/${file}`) && line <= entry.originalLine,
  )?.part;
}

// What a part costs is what the script would be lighter without its characters, since none is sent by itself.
const owners = [...code].map((_, column) => partAt(column));
const whole = sizesOf(code);
const rows = [...new Set(parts.map(([, part]) => part))].map((part) => {
  const rest = sizesOf([...code].filter((_, column) => owners[column] !== part).join(""));
  return {
    part,
    minified: owners.filter((owner) => owner === part).length,
    gzip: whole.gzip - rest.gzip,
    brotli: whole.brotli - rest.brotli,
  };
});

function table(): string {
  return [
    ["bytes", "minified", "gzip", "brotli"],
    ...rows.toSorted((one, other) => other.gzip - one.gzip).map((row) => Object.values(row)),
    ["the whole", code.length, whole.gzip, whole.brotli],
    ["bars", "", bars.gzip, bars.brotli],
  ]
    .map(([part, ...figures]) => `${part}`.padEnd(24) + figures.map((figure) => `${figure}`.padStart(10)).join(""))
    .join("\n");
}

const facts = { parts: rows, whole: { minified: code.length, ...whole }, bars };
process.stdout.write(`${process.argv.includes("--json") ? JSON.stringify(facts, null, 2) : table()}\n`);
