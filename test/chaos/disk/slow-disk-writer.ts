import { statSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { anOrder, collectorOn, kept } from "./checkout.ts";

const PER_SECOND = 200;

/** For orders that are not acknowledged when the last one has come. */
const GRACE_MS = 1000;

/** What the writer prints, as JSON. Milliseconds; an order's wait is counted from the moment it was due to come. */
export interface Measured {
  asked: number;
  acknowledged: string[];
  waitP50: number;
  waitP99: number;
  loopP99: number;
  syncs: number;
}

type Take = (number: string) => Promise<unknown>;

/** How orders are taken: through the collector, or each by a commit of its own on the main thread. */
const takes: Record<string, (ledger: string) => Promise<{ take: Take; close: () => unknown }>> = {
  async collector(ledger) {
    const collector = collectorOn(ledger);
    const take: Take = (number) => kept(collector, number);
    await take("first");
    return { take, close: collector.stop };
  },
  async "main-thread"(ledger) {
    const database = new DatabaseSync(ledger);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE orders (number TEXT, body TEXT)");
    const insert = database.prepare("INSERT INTO orders VALUES (?, ?)");
    return {
      take: async (number) => insert.run(number, JSON.stringify(anOrder(number))),
      close: () => database.close(),
    };
  },
};

/** `node slow-disk-writer.ts HOW LEDGER SECONDS`: takes 200 orders a second, and prints what was measured. */
const [how = "", ledger = "", seconds = ""] = process.argv.slice(2);
const taking = await takes[how]?.(ledger);
if (taking) {
  process.stdout.write(JSON.stringify(await measured(taking.take, Number(seconds))));
  await taking.close();
}

async function measured(take: Take, seconds: number): Promise<Measured> {
  const asked = PER_SECOND * seconds;
  const acknowledged: string[] = [];
  const waits: number[] = [];
  const syncsBefore = syncsNow();
  // Counted from one tick of a 1 ms timer to the next, so that 1 is none.
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const begun = performance.now();
  const dueAt = (index: number) => begun + (index * 1000) / PER_SECOND;
  const end = dueAt(asked) + GRACE_MS;
  const taken: Promise<void>[] = [];
  while (taken.length < asked && performance.now() < end) {
    const now = performance.now();
    for (let index = taken.length; index < asked && dueAt(index) <= now && performance.now() < end; index += 1)
      taken.push(
        take(`S-${index}`).then(() => {
          acknowledged.push(`S-${index}`);
          waits.push(performance.now() - dueAt(index));
        }),
      );
    await wait(1);
  }
  await Promise.race([Promise.all(taken), wait(Math.max(0, end - performance.now()))]);
  loop.disable();
  waits.sort((a, b) => a - b);
  const at = (share: number) => waits[Math.ceil(waits.length * share) - 1] ?? end - begun;
  return {
    asked,
    acknowledged,
    waitP50: at(0.5),
    waitP99: at(0.99),
    loopP99: loop.percentile(99) / 1e6,
    syncs: syncsNow() - syncsBefore,
  };
}

function syncsNow(): number {
  return statSync(process.env.SYNC_COUNT ?? "").size;
}
