import { rmSync, writeFileSync } from "node:fs";
import { build } from "esbuild";
import { bars, options, scriptOf, sizesOf } from "./script.ts";

rmSync("dist/client.js", { force: true });
await build({
  ...options,
  entryPoints: ["src/index.ts", "src/landing.ts"],
  format: "esm",
  splitting: true,
  outdir: "dist",
});
const { code } = await scriptOf();
const sizes = sizesOf(code);
console.log(`dist/client.js: ${code.length} B, gzip ${sizes.gzip} B, brotli ${sizes.brotli} B`);
for (const encoding of ["gzip", "brotli"] as const) {
  const excess = sizes[encoding] - bars[encoding];
  if (excess > 0) throw new Error(`dist/client.js is ${excess} B above its bar of ${bars[encoding]} B ${encoding}`);
}
writeFileSync("dist/client.js", code);
