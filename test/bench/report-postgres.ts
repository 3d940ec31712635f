import { makeWorkerUtils } from "graphile-worker";
import { Client } from "pg";
import { PgBoss } from "pg-boss";
import { startPostgres } from "../support/postgres.ts";
import { inTurn, type Measured, rateOf } from "./measured.ts";
import { freshPlace } from "./place.ts";
import { AT_ONCE, reporter } from "./reporting.ts";
import type { Sizes } from "./sizes.ts";
import { anOrder, collectorAt, NOWHERE } from "./store.ts";

/** `report()` on PostgreSQL, against a commit an order and against two job queues, each in a database of one server. */
export async function reportOnPostgres({ rounds, orders }: Sizes): Promise<Measured[]> {
  const server = await startPostgres();
  const place = await freshPlace(server.url);
  const peers = await freshPlace(server.url);
  const collector = collectorAt(place, NOWHERE);
  const client = new Client({ connectionString: peers.ledger });
  await client.connect();
  await client.query("CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text)");
  // Neither cleans up nor schedules meanwhile, and neither do we.
  const boss = new PgBoss({ connectionString: peers.ledger, supervise: false, schedule: false });
  await boss.start();
  await boss.createQueue("orders");
  const graphile = await makeWorkerUtils({ connectionString: peers.ledger });
  await graphile.migrate();

  const order = (index: number) => anOrder(String(index));
  const { ours, bare, pgBoss, graphileWorker } = await inTurn(rounds, {
    ours: reporter(collector, orders),
    bare: () =>
      rateOf(orders, 1, (index) =>
        client.query("INSERT INTO orders (body) VALUES ($1)", [JSON.stringify(order(index))]),
      ),
    pgBoss: () => rateOf(orders, AT_ONCE, (index) => boss.send("orders", order(index))),
    graphileWorker: () => rateOf(orders, AT_ONCE, (index) => graphile.addJob("orders", order(index))),
  });
  await graphile.release();
  await boss.stop({ graceful: false });
  await client.end();
  await collector.stop();
  await place.remove();
  await peers.remove();
  await server.end();

  const what = "report(), PostgreSQL";
  const rates = { what: `${what}, ${AT_ONCE} at once`, unit: "/s", ours: ours.map(({ rate }) => rate) } as const;
  return [
    { ...rates, peer: { name: "a commit an order, pg", figures: bare }, bar: { atLeast: 3 } },
    { ...rates, peer: { name: `pg-boss, ${AT_ONCE} at once`, figures: pgBoss }, bar: { atLeast: 1 } },
    { ...rates, peer: { name: `graphile-worker, ${AT_ONCE} at once`, figures: graphileWorker }, bar: { atLeast: 1 } },
    { what: `${what}, one of these, p99`, unit: "ms", ours: ours.map(({ p99 }) => p99) },
    { what: `${what}, event loop late by, p99`, unit: "ms", ours: ours.map(({ loopP99 }) => loopP99) },
  ];
}
