import { writeSync } from "node:fs";
import { createCollector, retrack } from "../../packages/collector/src/index.ts";
import { anOrder } from "./orders.ts";

/** A process that reports one order and delivers it: `node delivery-process.ts URL LEDGER TIME flush|start-and-stop`. */
const [url = "", ledger = "", time = "", task = ""] = process.argv.slice(2);
const delivered = Promise.withResolvers<void>();
const collector = createCollector({
  networks: [retrack({ token: "abc123", event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb", url })],
  ledger,
  delivery: { timeoutMs: 20_000 },
  now: () => new Date(time),
  onEvent: ({ type }) => type === "delivered" && delivered.resolve(),
});
const click = { network: "retrack", id: "59d08c54-18e6-4e0d-9c06-d18be3510e43", at: new Date(time) };
await collector.report({ clicks: [click] }, anOrder({ placedAt: new Date(time) }));
if (task === "flush") await collector.flush();
if (task === "start-and-stop") {
  collector.start();
  await delivered.promise;
  await collector.stop();
  writeSync(1, `${process.getActiveResourcesInfo().join(" ")}\n`);
}
