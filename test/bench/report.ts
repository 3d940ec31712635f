import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { inTurn, type Measured, rateOf } from "./measured.ts";
import { anOrder, CLICK, freshCollector } from "./store.ts";

const ORDERS = 3000;

/** `report()` under 64 orders at once, against one durable commit an order on the same disk. */
export async function reportRate(): Promise<Measured[]> {
  const { collector, folder, close } = freshCollector("http://127.0.0.1:9");
  const raw = new DatabaseSync(join(folder, "raw.db"));
  raw.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE orders (id INTEGER PRIMARY KEY, body TEXT)",
  );
  const insert = raw.prepare("INSERT INTO orders (body) VALUES (?)");
  const from = { headers: { cookie: `retrack_click=${CLICK}` } };
  let round = 0;
  const measured = await inTurn(
    { what: "report(), 64 orders at once", peerName: "one commit an order", bar: 5 },
    () => {
      round += 1;
      return rateOf(ORDERS, 64, (index) => collector.report(from, anOrder(`${round}-${index}`)));
    },
    () => rateOf(ORDERS, 1, async (index) => insert.run(JSON.stringify(anOrder(String(index))))),
  );
  raw.close();
  await close();
  return [measured];
}
