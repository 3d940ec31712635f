import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startPostgres } from "../support/postgres.ts";
import { fill } from "./backlog-fill.ts";
import type { BacklogFigures } from "./backlog-process.ts";
import { durationOf, inTurn, type Measured } from "./measured.ts";
import { freshPlace, type Place } from "./place.ts";
import type { Progress, Sizes } from "./sizes.ts";
import { standIn } from "./stand-in.ts";

const script = fileURLToPath(new URL("./backlog-process.ts", import.meta.url));

const durations = [
  { of: "claimAtStart", name: "a claim, p99, at the start", atMost: 20 },
  { of: "claimAtEnd", name: "a claim, p99, at the end", atMost: 20 },
  { of: "untilFirst", name: "from the start to the first delivered" },
  { of: "report", name: "report() meanwhile, p99" },
  { of: "counting", name: "backlog()" },
  { of: "stopping", name: "stop()" },
] as const satisfies readonly { of: keyof BacklogFigures; name: string; atMost?: number }[];

/** A process that begins with a backlog, delivers some of it and stops: how long each takes, and how much memory. */
export async function backlogFigures(sizes: Sizes, progress: Progress): Promise<Measured[]> {
  const onSqlite = await figuresOf("SQLite", sizes, progress);
  // Filling it writes more than the server that tests share may keep of its log.
  const server = await startPostgres({ max_wal_size: "4GB" });
  const onPostgres = await figuresOf("PostgreSQL", sizes, progress, server.url);
  await server.end();
  return [...onSqlite, ...onPostgres];
}

async function figuresOf(
  engine: string,
  { slices, backlog, slice }: Sizes,
  progress: Progress,
  server?: string,
): Promise<Measured[]> {
  const network = await standIn(0);
  const [idle, full] = [await freshPlace(server), await freshPlace(server)];
  const filling = await durationOf(() => fill(full, backlog));
  progress(`${engine} filled in ${Math.round(filling / 1000)} s`);

  async function deliver(place: Place): Promise<BacklogFigures> {
    const places = [idle, place].map((one) => JSON.stringify(one));
    const { stdout } = await promisify(execFile)(process.execPath, [script, ...places, network.url, String(slice)]);
    return JSON.parse(stdout);
  }

  const { ours, few } = await inTurn(slices, {
    ours: () => deliver(full),
    few: async () => {
      const place = await freshPlace(server);
      await fill(place, slice);
      const told = await deliver(place);
      await place.remove();
      return told;
    },
  });
  network.close();
  await Promise.all([idle.remove(), full.remove()]);

  const what = `${backlog.toLocaleString("en")} wait, ${engine}`;
  const peer = `${slice.toLocaleString("en")} wait`;
  return [
    {
      what: `${what}, memory above idle, at most`,
      unit: "MB",
      ours: [Math.max(...ours.map(({ aboveIdle }) => aboveIdle))],
      bar: { atMost: 150 },
    },
    {
      what: `${what}, memory above idle`,
      unit: "MB",
      ours: ours.map(({ aboveIdle }) => aboveIdle),
      peer: { name: peer, figures: few.map(({ aboveIdle }) => aboveIdle) },
      bar: { atMost: 1.25 },
    },
    {
      what: `${what}, delivery, 16 at once`,
      unit: "/s",
      ours: ours.map(({ rate }) => rate),
      peer: { name: peer, figures: few.map(({ rate }) => rate) },
      bar: { atLeast: 0.8 },
    },
    ...durations.map(({ of, name, ...bar }) => ({
      what: `${what}, ${name}`,
      unit: "ms" as const,
      ours: ours.map((told) => told[of]),
      ...("atMost" in bar ? { bar } : {}),
    })),
  ];
}
