import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { minify } from "terser";

/** What the script may weigh, in bytes; the build fails above it. */
const bars = { gzip: 1500, brotli: 1350 };

/** Drops of js-cookie what nothing here calls: its reader, and the makers of further instances. No minifier can tell. */
const writerOfJsCookie: Plugin = {
  name: "writer-of-js-cookie",
  setup({ onLoad }) {
    onLoad({ filter: /js\.cookie\.mjs$/ }, ({ path }) => ({
      contents: [
        [/ {2}function get\(name\) \{[\s\S]*?\n {2}\}\n/, ""],
        [/ {2}read: function[\s\S]*?\n {2}\},\n/, ""],
        [/function assign[\s\S]*?\n\}\n/, "const { assign } = Object;\n"],
        [/name = encodeURIComponent\(name\)[\s\S]*?;\n/, ""],
        [/return Object\.create\([\s\S]*?\n {2}\)\n/, "return { set };\n"],
        [/if \(typeof document === 'undefined'\) \{[\s\S]*?\n {4}\}\n/, ""],
      ].reduce(
        (text, [part, instead]) => {
          if (text.search(part as RegExp) < 0) throw new Error(`js-cookie has changed: nothing in it is like ${part}`);
          return text.replace(part as RegExp, instead as string);
        },
        readFileSync(path, "utf8"),
      ),
    }));
  },
};

const options = {
  bundle: true,
  target: "es2020",
  legalComments: "none",
  plugins: [writerOfJsCookie],
  logLevel: "warning",
} satisfies BuildOptions;

rmSync("dist/client.js", { force: true });
await build({
  ...options,
  entryPoints: ["src/index.ts", "src/landing.ts"],
  format: "esm",
  splitting: true,
  outdir: "dist",
});
const tag = await build({ ...options, entryPoints: ["src/client.ts"], format: "iife", write: false });
// Smaller than esbuild's own minifier makes it, by about 100 bytes of what is sent.
const { code = "" } = await minify(tag.outputFiles[0]?.text ?? "", {
  ecma: 2020,
  toplevel: true,
  compress: { passes: 5, unsafe: true, unsafe_arrows: true, unsafe_methods: true, pure_getters: true },
  // Names of our own only: no setting, no cookie's attribute and nothing of the page is called so.
  mangle: { properties: { regex: /^(?:network|parameter|idWithSource)$/ } },
});
const sizes = { gzip: gzipSync(code, { level: 9 }).length, brotli: brotliCompressSync(code).length };
console.log(`dist/client.js: ${code.length} B, gzip ${sizes.gzip} B, brotli ${sizes.brotli} B`);
for (const encoding of ["gzip", "brotli"] as const) {
  const excess = sizes[encoding] - bars[encoding];
  if (excess > 0) throw new Error(`dist/client.js is ${excess} B above its bar of ${bars[encoding]} B ${encoding}`);
}
writeFileSync("dist/client.js", code);
