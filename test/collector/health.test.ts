import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createCollector, type Ledger, retrack } from "../../packages/collector/src/index.ts";
import { postgresLedger } from "../../packages/collector/src/ledger/postgres.ts";
import { sqliteLedger } from "../../packages/collector/src/ledger/sqlite.ts";
import { serve, temporaryFolder } from "../support/collector-server.ts";
import { emptiablePostgres } from "../support/ledger-engines.ts";
import { query } from "../support/postgres.ts";

const away = () => Promise.reject(new Error("postgres://name:secret@db.internal is away"));

/** A collector on a ledger in a file, some of whose calls do otherwise, or on another ledger. */
async function open(changes: Partial<Ledger> = {}, other?: Ledger) {
  const folder = temporaryFolder();
  const journal = join(folder, "journal");
  let time = Date.now();
  mkdirSync(journal);
  const collector = createCollector({
    networks: [retrack({ token: "a-token", event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb" })],
    ledger: other ?? { ...sqliteLedger(join(folder, "ledger.db"), () => new Date()), ...changes },
    journal,
    now: () => new Date(time),
  });
  onTestFinished(() => collector.stop());
  // Once its thread runs, the ledger answers at once.
  await collector.find();
  const url = await serve((app) => app.use("/cashtrail", collector.router));
  const asked = async (path: string) => {
    const response = await fetch(`${url}/cashtrail/${path}`);
    expect(response.headers.get("cache-control")).toBe("no-store");
    return [response.status, await response.json()];
  };
  /** What was found out is answered for a second. */
  const pass = () => {
    time += 1000;
  };
  return { collector, journal, asked, pass };
}

describe("health", () => {
  test("is 200 while the ledger answers, and says nothing more", async () => {
    const { asked } = await open();
    expect(await asked("health")).toEqual([200, { status: "ok" }]);
  });

  test("is 503 where the ledger cannot be read, or hangs", async () => {
    const { asked } = await open({ nextDue: away });
    expect(await asked("health")).toEqual([503, { status: "the ledger does not answer" }]);
    const hanging = await open({ nextDue: () => new Promise(() => {}) });
    expect(await hanging.asked("health")).toEqual([503, { status: "the ledger does not answer" }]);
  });

  test("does not ask whether the collector is started", async () => {
    const { asked, collector } = await open();
    expect((await asked("health"))[0]).toBe(200);
    collector.start();
    expect((await asked("health"))[0]).toBe(200);
  });
});

describe("ready", () => {
  test("is 503 until the collector is started, and from when it stops", async () => {
    const { asked, collector } = await open();
    expect(await asked("ready")).toEqual([503, { status: "not started" }]);
    collector.start();
    expect(await asked("ready")).toEqual([200, { status: "ok", orders: "ledger" }]);
    const stopped = collector.stop();
    expect(await asked("ready")).toEqual([503, { status: "stopping" }]);
    await stopped;
    collector.start();
    expect(await asked("ready")).toEqual([503, { status: "stopping" }]);
  });

  test("is 200 while the ledger cannot be written and the journal can", async () => {
    const { asked, collector } = await open({ probe: away });
    collector.start();
    expect(await asked("ready")).toEqual([200, { status: "ok", orders: "journal" }]);
  });

  test("is 503 where neither can be written, and says no secret", async () => {
    const { asked, collector, journal, pass } = await open({ probe: away });
    collector.start();
    await asked("ready");
    rmSync(journal, { recursive: true, force: true });
    writeFileSync(journal, "no folder");
    expect(await asked("ready")).toEqual([200, { status: "ok", orders: "journal" }]);
    pass();
    expect(await asked("ready")).toEqual([503, { status: "neither the ledger nor the journal can be written" }]);
  });

  test("is found out by a statement that writes, on PostgreSQL too", async () => {
    const place = await emptiablePostgres.place();
    const { asked, collector, pass } = await open({}, postgresLedger(place));
    collector.start();
    expect(await asked("ready")).toEqual([200, { status: "ok", orders: "ledger" }]);
    await query(place, "ALTER TABLE cashtrail.probe RENAME TO elsewhere");
    pass();
    expect(await asked("ready")).toEqual([200, { status: "ok", orders: "journal" }]);
  });

  test("asks once for all who ask together", async () => {
    let asked = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const store = await open({
      probe: () => {
        asked += 1;
        return promise;
      },
    });
    store.collector.start();
    const answers = [store.asked("ready"), store.asked("ready"), store.asked("ready")];
    await store.asked("health");
    resolve();
    expect(await Promise.all(answers)).toEqual(Array(3).fill([200, { status: "ok", orders: "ledger" }]));
    expect(asked).toBe(1);
  });

  test("leaves nothing in the journal", async () => {
    const { asked, collector, journal } = await open({ probe: away });
    collector.start();
    expect((await asked("ready"))[0]).toBe(200);
    await collector.stop();
    expect(readdirSync(journal)).toEqual(["room"]);
  });
});
