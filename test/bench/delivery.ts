import { Agent, request } from "undici";
import { inTurn, type Measured, rateOf } from "./measured.ts";
import { standIn } from "./stand-in.ts";
import { anOrder, CLICK, freshCollector } from "./store.ts";

const ORDERS = 2000;
const CONCURRENCY = 16;

/** A network in the same data centre would take as long; the real ones take longer. */
const ANSWER_MS = 5;

/** Delivery of waiting postbacks, against a bare undici loop of the same requests to the same stand-in. */
export async function deliveryRate(): Promise<Measured[]> {
  const network = await standIn((incoming, answer) => {
    incoming.resume().on("end", () => {
      setTimeout(() => answer.end('{"data":{"uuid":"3afc4a82-93c3-423f-8ee8-542ccb315931"}}'), ANSWER_MS);
    });
  });
  const dispatcher = new Agent({ connections: CONCURRENCY, pipelining: 1 });
  const body = JSON.stringify(anOrder("1001"));
  const measured = await inTurn(
    { what: `delivery, ${CONCURRENCY} at once`, peerName: "bare undici loop", bar: 0.8 },
    async () => {
      const { collector, close } = freshCollector(network.url, CONCURRENCY);
      const from = { headers: { cookie: `retrack_click=${CLICK}` } };
      await Promise.all(Array.from({ length: ORDERS }, (_, index) => collector.report(from, anOrder(String(index)))));
      const started = performance.now();
      await collector.flush();
      const rate = ORDERS / ((performance.now() - started) / 1000);
      await close();
      return rate;
    },
    () =>
      rateOf(ORDERS, CONCURRENCY, async () => {
        const answer = await request(`${network.url}/api/v2/transactions`, { method: "POST", body, dispatcher });
        await answer.body.text();
      }),
  );
  await dispatcher.destroy();
  network.close();
  return [measured];
}
