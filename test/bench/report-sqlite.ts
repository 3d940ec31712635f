import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { inTurn, type Measured, rateOf } from "./measured.ts";
import { freshPlace } from "./place.ts";
import { AT_ONCE, reporter } from "./reporting.ts";
import type { Sizes } from "./sizes.ts";
import { anOrder, collectorAt, NOWHERE } from "./store.ts";

/** `report()` on SQLite, against one durable commit an order on the same disk. */
export async function reportOnSqlite(
  { rounds, orders }: Pick<Sizes, "rounds" | "orders">,
  disk: string,
): Promise<Measured[]> {
  const place = await freshPlace();
  const collector = collectorAt(place, NOWHERE);
  const raw = new DatabaseSync(join(place.folder, "raw.db"));
  raw.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE orders (id INTEGER PRIMARY KEY, body TEXT)",
  );
  const insert = raw.prepare("INSERT INTO orders (body) VALUES (?)");
  const { ours, bare } = await inTurn(rounds, {
    ours: reporter(collector, orders),
    bare: () => rateOf(orders, 1, async (index) => insert.run(JSON.stringify(anOrder(String(index))))),
  });
  raw.close();
  await collector.stop();
  await place.remove();
  const what = `report(), SQLite${disk}`;
  const peer = { name: "a commit an order, node:sqlite", figures: bare };
  return [
    { what: `${what}, ${AT_ONCE} at once`, unit: "/s", ours: ours.map(({ rate }) => rate), peer, bar: { atLeast: 5 } },
    { what: `${what}, one of these, p99`, unit: "ms", ours: ours.map(({ p99 }) => p99) },
    { what: `${what}, event loop late by, p99`, unit: "ms", ours: ours.map(({ loopP99 }) => loopP99) },
  ];
}
