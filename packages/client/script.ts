import { readFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { minify } from "terser";

/** What the script may weigh, in bytes; the build fails above it. */
export const bars = { gzip: 2250, brotli: 2015 };

/**
 * Leaves of js-cookie its `set`, for what is set here: names, values and attributes that are text without any need of
 * encoding, and no default attributes. No minifier can tell.
 */
const setterOfJsCookie: Plugin = {
  name: "setter-of-js-cookie",
  setup({ onLoad }) {
    const edits: [RegExp, string][] = [
      [/function assign[\s\S]*?\n\}\n/, ""],
      [/var defaultConverter = [\s\S]*?\n\};\n/, ""],
      [/function init\(converter, defaultAttributes\) \{\n/, ""],
      [/ {4}if \(typeof document === 'undefined'\) \{[\s\S]*?\n {4}\}\n/, ""],
      [/ {4}attributes = assign\(.*\n/, ""],
      [/ {4}if \(typeof attributes\.expires === 'number'\) \{[\s\S]*?\n {4}\}\n/, ""],
      [/ {4}if \(attributes\.expires\) \{[\s\S]*?\n {4}\}\n/, ""],
      [/ {4}name = encodeURIComponent\(name\)[\s\S]*?;\n/, ""],
      [/converter\.write\(value, name\)/, "value"],
      [/ {2}function get\(name\) \{[\s\S]*$/, "export default { set };\n"],
    ];
    onLoad({ filter: /js\.cookie\.mjs$/ }, ({ path }) => ({
      contents: edits.reduce(
        (text, [part, instead]) => {
          if (!part.test(text)) throw new Error(`js-cookie has changed: nothing in it is like ${part}`);
          return text.replace(part, instead);
        },
        readFileSync(path, "utf8"),
      ),
    }));
  },
};

export const options = {
  absWorkingDir: import.meta.dirname,
  bundle: true,
  target: "es2020",
  legalComments: "none",
  plugins: [setterOfJsCookie],
  logLevel: "warning",
} satisfies BuildOptions;

/** The script of the tag, with a source map that leads to the files it was made of. */
export async function scriptOf(): Promise<{ code: string; map: string }> {
  const { outputFiles } = await build({
    ...options,
    entryPoints: ["src/client.ts"],
    format: "iife",
    minifySyntax: true,
    sourcemap: "external",
    outdir: "dist",
    write: false,
    // Without "use strict": nothing in it differs by that.
    tsconfigRaw: {},
  });
  const textOf = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? "";
  // Smaller than esbuild's own minifier makes it, by about 100 bytes of what is sent.
  const { code = "", map } = await minify(textOf(".js"), {
    ecma: 2020,
    toplevel: true,
    compress: { passes: 5, unsafe: true, unsafe_arrows: true, pure_getters: true },
    // Names of our own only: no setting, no cookie's attribute and nothing of the page is called so.
    mangle: { properties: { regex: /^(?:network|parameter|idWithSource)$/ } },
    sourceMap: { content: textOf(".map") },
  });
  return { code, map: map as string };
}

/** What a text weighs when it is sent. */
export function sizesOf(code: string): { gzip: number; brotli: number } {
  return { gzip: gzipSync(code, { level: 9 }).length, brotli: brotliCompressSync(code).length };
}
