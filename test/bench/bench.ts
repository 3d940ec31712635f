import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { backlogFigures } from "./backlog.ts";
import { deliveryFigures } from "./delivery.ts";
import { landingFigures } from "./landing.ts";
import { holds, type Measured } from "./measured.ts";
import { reportFigures } from "./report.ts";
import { quick, thorough } from "./sizes.ts";
import { tableOf } from "./table.ts";

const benchmarks = {
  landing: landingFigures,
  report: reportFigures,
  delivery: deliveryFigures,
  backlog: backlogFigures,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean" }, quick: { type: "boolean" } },
});
const unknown = positionals.filter((name) => !(name in benchmarks));
if (unknown.length > 0) {
  process.stderr.write(`no benchmark ${unknown.join(", ")}; there are ${Object.keys(benchmarks).join(", ")}\n`);
  process.exit(1);
}

const measured: Measured[] = [];
for (const [name, figures] of Object.entries(benchmarks)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const progress = (text: string) => void process.stderr.write(`${name}: ${text}\n`);
  measured.push(...(await figures(values.quick ? quick : thorough, progress)));
}

const machine = `${cpus()[0]?.model}, ${availableParallelism()} cores, Node.js ${process.version}, ${new Date().toISOString().slice(0, 10)}`;
process.stdout.write(
  values.json
    ? `${JSON.stringify(
        measured.map((one) => ({ ...one, holds: holds(one) })),
        null,
        2,
      )}\n`
    : `${machine}\n\n${tableOf(measured)}\n`,
);
process.exitCode = measured.some((one) => holds(one) === false) ? 1 : 0;
