import { setInterval } from "node:timers/promises";
import { Agent, request } from "undici";
import { startPostgres } from "../support/postgres.ts";
import { durationOf, inTurn, type Measured, percentile, rateOf } from "./measured.ts";
import { freshPlace } from "./place.ts";
import type { Progress, Sizes } from "./sizes.ts";
import { standIn } from "./stand-in.ts";
import { anOrder, collectorAt, shopper } from "./store.ts";

const AT_ONCE = 16;

/** A network in the same data centre would take as long; the real ones take longer. */
const ANSWER_MS = 5;

/** As a very busy shop takes them. */
const PER_SECOND = 50;

/** Delivery of waiting postbacks, against a bare undici loop of the same requests to the same stand-in. */
export async function deliveryFigures(sizes: Sizes, progress: Progress): Promise<Measured[]> {
  progress("on SQLite");
  const onSqlite = await figuresOf("SQLite", sizes);
  progress("on PostgreSQL");
  const server = await startPostgres();
  const onPostgres = await figuresOf("PostgreSQL", sizes, server.url);
  await server.end();
  return [...onSqlite, ...onPostgres];
}

async function figuresOf(engine: string, { rounds, orders }: Sizes, server?: string): Promise<Measured[]> {
  const network = await standIn(ANSWER_MS);
  const dispatcher = new Agent({ connections: AT_ONCE, pipelining: 1 });
  const body = JSON.stringify(anOrder("1001"));

  async function post(): Promise<void> {
    const answer = await request(`${network.url}/api/v2/transactions`, { method: "POST", body, dispatcher });
    await answer.body.text();
  }

  async function delivered(): Promise<number> {
    const place = await freshPlace(server);
    const collector = collectorAt(place, network.url, { concurrency: AT_ONCE });
    await rateOf(orders, 64, (index) => collector.report(shopper, anOrder(`D-${index}`)));
    const rate = orders / ((await durationOf(() => collector.flush())) / 1000);
    await collector.stop();
    await place.remove();
    return rate;
  }

  /** How long orders that come one by one take from the end of `report()` until the network has answered. */
  async function arrivals(): Promise<number[]> {
    const place = await freshPlace(server);
    const reportedAt = new Map<string, number>();
    const waits: number[] = [];
    const collector = collectorAt(place, network.url, {
      concurrency: AT_ONCE,
      onEvent: (event) => {
        if (event.type === "recorded") reportedAt.set(event.number, performance.now());
        if (event.type === "delivered") waits.push(performance.now() - (reportedAt.get(event.number) ?? Number.NaN));
      },
    });
    collector.start();
    let next = 0;
    const reports: Promise<unknown>[] = [];
    for await (const _ of setInterval(1000 / PER_SECOND)) {
      reports.push(collector.report(shopper, anOrder(`A-${next}`)));
      next += 1;
      if (next === orders / 10) break;
    }
    await Promise.all(reports);
    await collector.flush();
    await collector.stop();
    await place.remove();
    return waits;
  }

  const { ours, bare } = await inTurn(rounds, { ours: delivered, bare: () => rateOf(orders, AT_ONCE, post) });
  const { waits } = await inTurn(1, { waits: arrivals });
  await dispatcher.destroy();
  network.close();
  const peer = { name: "bare undici loop", figures: bare };
  return [
    { what: `delivery, ${engine}, ${AT_ONCE} at once`, unit: "/s", ours, peer, bar: { atLeast: 0.8 } },
    {
      what: `delivery, ${engine}, from report() to delivered, p99`,
      unit: "ms",
      ours: waits.map((one) => percentile(one, 0.99)),
    },
  ];
}
