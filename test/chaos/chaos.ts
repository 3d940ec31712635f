import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { type PostgresServer, startPostgres } from "../support/postgres.ts";
import { postgres } from "./ledger-engine.ts";
import type { Row } from "./row.ts";
import { scenariosOn } from "./scenarios.ts";
import { tableOf } from "./table.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean" }, quick: { type: "boolean" }, seed: { type: "string" } },
});
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
let server: Promise<PostgresServer> | undefined;
const scenarios = scenariosOn(
  postgres(async () => {
    server ??= startPostgres();
    return (await server).url;
  }),
);
const unknown = positionals.filter((name) => !(name in scenarios));
if (unknown.length > 0 || !Number.isSafeInteger(seed)) {
  const names = Object.keys(scenarios).join(", ");
  process.stderr.write(
    unknown.length > 0 ? `no scenario ${unknown.join(", ")}; there are ${names}\n` : "--seed wants a whole number\n",
  );
  process.exit(1);
}

process.stderr.write(`seed ${seed}\n`);
const rows: Row[] = [];
for (const [name, { run, long, quick }] of Object.entries(scenarios)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const progress = (text: string) => void process.stderr.write(`${name}: ${text}\n`);
  progress("begins");
  const row = await run({ seed, cycles: values.quick ? quick : long, progress });
  rows.push(row);
  progress(`${row.holds ? "holds" : "DOES NOT HOLD"}, ${row.seconds} s`);
}

await (await server)?.end();
const machine = `${cpus()[0]?.model}, ${availableParallelism()} cores, Node.js ${process.version}, seed ${seed}`;
process.stdout.write(values.json ? `${JSON.stringify(rows, null, 2)}\n` : `${machine}\n\n${tableOf(rows)}\n`);
process.exitCode = rows.every(({ holds }) => holds) ? 0 : 1;
