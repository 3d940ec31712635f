import { setTimeout as delay } from "node:timers/promises";
import { createCollector } from "../../packages/collector/src/index.ts";
import { startSandbox } from "../../packages/collector/src/sandbox/sandbox.ts";
import { accountsAt, withRequests } from "./accounts.ts";
import { drained } from "./drained.ts";
import { countsOf, findingsOf, isRight } from "./findings.ts";
import { anyNetwork, orderOf, type Placed, place } from "./order.ts";
import type { Row } from "./row.ts";
import { type EngineOptions, rowOf } from "./scenario.ts";
import { seeded } from "./seeded.ts";

export interface OutageOptions extends EngineOptions {
  /** Gives up after a quarter of an hour. */
  without?: "patience";
}

const SECOND = 1000;
const HOUR = 3600 * SECOND;
/** Of the real clock: on a busy machine, what is answered at all is answered in it. */
const TIMEOUT_MS = 1000;
/** During the outage the clock is 500 times as fast as the real one; after it, when there is much to deliver, 10 times. */
const OUTAGE = { step: 10 * SECOND, takesMs: 20 };
const RECOVERY = { step: SECOND, takesMs: 100 };

/** Requests to each network while it is down: one probe in half a minute, and those it took to notice. */
const MOST_REQUESTS = 200;
/** From recovery to the last delivery. */
const MOST_SECONDS = 300;

/** Nobody listens there. */
const CLOSED = "http://127.0.0.1:9";

/**
 * Both networks are down for an hour, in which `cycles` orders arrive: a third of it they refuse connections, a third
 * they hang, and a third a proxy answers 502 for them.
 */
export async function outage(options: OutageOptions): Promise<Row> {
  const { seed, cycles, without, progress } = options;
  return rowOf(
    `an hour's outage${without ? `, without ${without}` : ""} (${options.ledger.name})`,
    options,
    async () => {
      const random = seeded(seed);
      const started = Date.parse("2026-05-10T12:00:00Z");
      let time = started;
      const ledger = await options.ledger.fresh();
      const sandbox = await startSandbox({ now: () => new Date(time) });
      /** Orders of the outage whose postback has not ended. */
      const waiting = new Set<string>();
      const requests: Record<string, number> = {};
      const isDown = () => time < started + HOUR;
      const collector = createCollector({
        networks: accountsAt({ url: sandbox.url, level: "order" }).map((network) =>
          withRequests(network, (request) => {
            if (isDown()) requests[network.id] = (requests[network.id] ?? 0) + 1;
            return time < started + HOUR / 3 ? { ...request, url: request.url.replace(sandbox.url, CLOSED) } : request;
          }),
        ),
        ...ledger.at(1),
        now: () => new Date(time),
        random,
        onEvent(event) {
          if ("postback" in event && event.type !== "postponed") waiting.delete(event.number);
        },
        delivery: {
          concurrency: 8,
          timeoutMs: TIMEOUT_MS,
          retry: without ? { giveUpAfterDays: 0.01 } : {},
        },
      });
      for (const network of ["retrack", "shopback"] as const)
        sandbox.fault(network, () => {
          if (!isDown()) return null;
          return time < started + (2 * HOUR) / 3 ? "hang" : "502-html";
        });

      const acknowledged: Placed[] = [];
      async function take(count: number): Promise<void> {
        const arriving = Array.from({ length: count }, (_, index) =>
          place(String(acknowledged.length + index + 1), anyNetwork(random), random),
        );
        acknowledged.push(...arriving);
        await Promise.all(
          arriving.map((placed) => {
            const clicks = [{ network: placed.network, id: sandbox.click(placed.network), at: new Date(time) }];
            return collector.report({ clicks }, orderOf(placed));
          }),
        );
      }

      collector.start();
      while (isDown()) {
        const due = Math.round((cycles * (time - started + OUTAGE.step)) / HOUR);
        const more = due - acknowledged.length;
        for (let index = 0; index < more; index += 1) waiting.add(String(acknowledged.length + index + 1));
        await take(more);
        await delay(OUTAGE.takesMs);
        time += OUTAGE.step;
        if ((time - started) % (HOUR / 6) === 0) progress?.(`${(time - started) / 60_000} minutes of the outage`);
      }
      while (waiting.size > 0 && time < started + HOUR + 2 * MOST_SECONDS * SECOND) {
        // The store goes on selling.
        await take(1);
        await delay(RECOVERY.takesMs);
        time += RECOVERY.step;
      }
      const seconds = (time - started - HOUR) / SECOND;
      const late = waiting.size;
      await drained(collector, (milliseconds) => {
        time += milliseconds;
      });
      const found = await findingsOf(sandbox, collector, acknowledged, "order");
      await collector.stop();
      await sandbox.close();
      await ledger.remove();

      const isQuiet = Object.values(requests).every((count) => count <= MOST_REQUESTS);
      return {
        kills: 0,
        orders: acknowledged.length,
        ...countsOf(found),
        holds: without
          ? found.lost.length > 0
          : isRight(found) && found.held.length === 0 && isQuiet && late === 0 && seconds <= MOST_SECONDS,
        note: `${Object.entries(requests)
          .map(([network, count]) => `${count} requests to ${network}`)
          .join(", ")} in the hour; ${late > 0 ? `${late} still waited` : "all ended"} ${seconds} s after recovery`,
      };
    },
    without !== undefined,
  );
}
