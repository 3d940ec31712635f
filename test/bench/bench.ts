import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { deliveryRate } from "./delivery.ts";
import { landingRate } from "./landing.ts";
import { type Measured, median } from "./measured.ts";
import { reportRate } from "./report.ts";

/** Each figure is a rate beside that of a bare peer, taken in turn in the same run: the ratio holds on any machine. */
const benchmarks: Record<string, () => Promise<Measured[]>> = {
  landing: landingRate,
  report: reportRate,
  delivery: deliveryRate,
};

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: "boolean" } } });
const unknown = positionals.filter((name) => !(name in benchmarks));
if (unknown.length > 0) {
  console.error(`no benchmark ${unknown.join(", ")}; there are ${Object.keys(benchmarks).join(", ")}`);
  process.exit(1);
}

const measured: Measured[] = [];
for (const [name, run] of Object.entries(benchmarks)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  if (!values.json) process.stderr.write(`measuring ${name} …\n`);
  measured.push(...(await run()));
}

if (values.json) console.log(JSON.stringify(measured, null, 2));
else {
  console.log(`${cpus()[0]?.model}, ${availableParallelism()} cores, Node.js ${process.version}\n`);
  console.table(
    Object.fromEntries(
      measured.map(({ what, ours, peer, peerName, bar }) => [
        what,
        {
          "ours/s": Math.round(median(ours)),
          "peer/s": Math.round(median(peer)),
          ratio: Number((median(ours) / median(peer)).toFixed(2)),
          bar,
          peer: peerName,
        },
      ]),
    ),
  );
}
