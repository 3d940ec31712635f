import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { startSandbox } from "../../packages/collector/src/sandbox/sandbox.ts";
import { isIntact, type PostgresServer, query, startPostgres } from "../support/postgres.ts";
import { startClock, timeOf } from "./clock.ts";
import { countsOf, isRight } from "./findings.ts";
import { type Keeping, postgres } from "./ledger-engine.ts";
import { badDay, mixture } from "./mixture.ts";
import { watchNetworks } from "./network-watch.ts";
import { openOnceMore } from "./open-once-more.ts";
import { anyNetwork } from "./order.ts";
import type { Row, ScenarioOptions } from "./row.ts";
import { type RunningCheckout, startCheckout } from "./running-checkout.ts";
import { rowOf } from "./scenario.ts";
import { seeded } from "./seeded.ts";
import { letShoppersIn } from "./shoppers.ts";

export interface ServerOptions extends ScenarioOptions {
  /** The checkouts answer before `report` has resolved, and their journals cannot be written. */
  without?: "waiting for report";
}

/** The minute in which a doubt settles takes 0.6 seconds. */
const SPEED = 100;
const TIMEOUT_MS = 250;
const LATE_MS = 400;
const SHOPPERS = 4;
/** How long the server works between two troubles, and how long one lasts, at most. */
const CALM_MS = 1500;
const TROUBLE_MS = 4000;
/** The journal takes an order after three seconds; the rest is the machine's. */
const MOST_MS = 5000;
/** One after the other, in a trouble that breaks off connections. */
const MOST_TERMINATIONS = 8;

type Trouble = "killed" | "stopped" | "locked" | "terminated";

const troubles: Trouble[] = ["killed", "terminated", "locked", "stopped", "terminated", "killed"];

/**
 * Two checkouts under load on a server that is in trouble `cycles` times: it is killed or stopped and started again,
 * its connections are broken off, or it does not answer for a lock. In the end every order that was acknowledged is
 * delivered once, those that went to the journals among them, and no answer took longer than a shopper waits.
 */
export async function serverTroubles(options: ServerOptions): Promise<Row> {
  const { seed, cycles, without, progress } = options;
  return rowOf(
    `a server that is killed, stopped, locked and cut off${without ? `, without ${without}` : ""} (PostgreSQL)`,
    options,
    async () => {
      const random = seeded(seed);
      const clock = startClock(SPEED);
      const server = await startPostgres();
      const ledger = await postgres(async () => server.url).fresh();
      const { ledger: database } = ledger.at(1);
      const sandbox = await startSandbox({ now: () => timeOf(clock) });
      const settings = { url: sandbox.url, level: "order" } as const;
      const watch = watchNetworks(sandbox, mixture(seed, badDay), LATE_MS);
      let journaled = 0;

      function start(instance: number): RunningCheckout {
        const checkout = startCheckout({
          name: `checkout-${instance}`,
          ...settings,
          ...ledger.at(instance),
          // No folder can be made in what is none.
          ...(without ? { journal: "/dev/null/journal", manner: { kind: "answering first" } } : {}),
          clock,
          timeoutMs: TIMEOUT_MS,
        });
        watch.follow(checkout);
        checkout.onLine(({ type }) => {
          if (type === "journaled") journaled += 1;
        });
        return checkout;
      }

      const checkouts = [start(1), start(2)];
      await Promise.all(checkouts.map(({ listening }) => listening));
      const shoppers = letShoppersIn(
        sandbox,
        async () => checkouts[Math.floor(random() * checkouts.length)] as RunningCheckout,
        { shoppers: SHOPPERS, network: () => anyNetwork(random), random },
      );
      let restarts = 0;
      for (let cycle = 0; cycle < cycles; cycle += 1) {
        await delay(CALM_MS * random());
        const trouble = troubles[cycle % troubles.length] ?? "killed";
        await make(trouble, server, database, random);
        if (trouble === "killed" || trouble === "stopped") restarts += 1;
        if ((cycle + 1) % 10 === 0) progress?.(`${cycle + 1} of ${cycles} troubles`);
      }
      await shoppers.leave();
      await Promise.all(checkouts.map((checkout) => checkout.signal("SIGTERM")));

      // Requests that a network is slow to record are recorded before time is made to pass.
      await delay(LATE_MS + 100);
      const { acknowledged, abandoned, slowestMs } = shoppers;
      const keepings: [Keeping, Keeping] = [ledger.at(1), ledger.at(2)];
      const found = await openOnceMore(sandbox, { ...settings, keepings, clock }, acknowledged);
      const intact = await isIntact(database);
      await sandbox.close();
      await ledger.remove();
      await server.end();

      const isHarsh = acknowledged.length > 10 * cycles && restarts > 0;
      const isPatient = slowestMs <= MOST_MS;
      return {
        kills: restarts,
        orders: acknowledged.length,
        ...countsOf(found),
        holds:
          isHarsh &&
          (without
            ? found.lost.length > 0
            : isRight(found) && found.held.length === 0 && journaled > 0 && isPatient && intact),
        note:
          `${cycles} troubles, ${restarts} restarts; ${journaled} orders journaled, ${abandoned.length} not ` +
          `acknowledged; the slowest answer took ${Math.round(slowestMs)} ms; the database is ${intact ? "intact" : "damaged"}`,
      };
    },
    without !== undefined,
  );
}

/** Makes trouble at the server, and resolves when it is over. */
async function make(trouble: Trouble, server: PostgresServer, database: string, random: () => number): Promise<void> {
  if (trouble === "killed" || trouble === "stopped") {
    await (trouble === "killed" ? server.kill() : server.stop());
    await delay(TROUBLE_MS * random());
    await server.start();
  } else if (trouble === "locked") {
    const client = new Client({ connectionString: database });
    await client.connect();
    await client.query("BEGIN; LOCK TABLE cashtrail.reports IN ACCESS EXCLUSIVE MODE");
    await delay(TROUBLE_MS * random());
    await client.end();
  } else {
    for (let count = 1 + Math.floor(MOST_TERMINATIONS * random()); count > 0; count -= 1) {
      await query(
        server.url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cashtrail'",
      );
      await delay((TROUBLE_MS / MOST_TERMINATIONS) * random());
    }
  }
}
