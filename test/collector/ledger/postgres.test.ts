import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { createServer, type Socket } from "node:net";
import { inspect } from "node:util";
import { Client, Pool } from "pg";
import { describe, expect, inject, onTestFinished, test, vi } from "vitest";
import type { Amendment, Claim, Ledger } from "../../../packages/collector/src/ledger/ledger.ts";
import { postgresLedger } from "../../../packages/collector/src/ledger/postgres.ts";
import { anEntry, type Engine, ledgerContract } from "../../support/ledger-contract.ts";
import {
  dropDatabase,
  isIntact,
  newDatabase,
  type PostgresServer,
  query,
  startPostgres,
} from "../../support/postgres.ts";

async function place(): Promise<string> {
  const url = await newDatabase(inject("postgres"));
  onTestFinished(() => dropDatabase(url));
  return url;
}

const postgres: Engine = {
  place,
  open: postgresLedger,
  source: {
    module: new URL("../../../packages/collector/src/ledger/postgres.ts", import.meta.url).href,
    name: "postgresLedger",
  },
  isIntact,
  clicks: async (url) =>
    (await query(url, "SELECT * FROM cashtrail.clicks")).map((click) => ({ ...click, at: Number(click.at) })),
};

ledgerContract("the PostgreSQL ledger", postgres);

const MINUTE = 60_000;
const accepted = { outcome: "accepted", durationMs: 12, status: 200 } as const;

function open(url: string): Ledger {
  const ledger = postgresLedger(url);
  onTestFinished(() => ledger.close());
  return ledger;
}

/** A connection of the store's own. */
async function store(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  onTestFinished(() => client.end().catch(() => {}));
  return client;
}

async function ownServer(settings: Record<string, string> = {}): Promise<PostgresServer> {
  const server = await startPostgres(settings);
  onTestFinished(server.end);
  return server;
}

async function numbersIn(ledger: Ledger): Promise<string[]> {
  const found = await ledger.find({ limit: 10_000 });
  return found.map(({ number }) => number).sort();
}

function outcomes(settled: readonly PromiseSettledResult<unknown>[]): string[] {
  return settled.map((one) => (one.status === "fulfilled" ? "fulfilled" : (one.reason.code ?? "no code")));
}

describe("calls that are made together", () => {
  test("share a transaction", async () => {
    const url = await place();
    const ledger = open(url);
    const numbers = Array.from({ length: 64 }, (_, index) => `A-${index}`);
    await Promise.all(numbers.map((number) => ledger.record(anEntry({ number }))));
    const claims = await Promise.all(numbers.map(() => ledger.claim("retrack", 1, MINUTE)));
    await Promise.all(claims.flat().map((claim) => ledger.settle(claim, { state: "delivered" }, accepted)));
    const [written] = await query(
      url,
      `SELECT (SELECT count(DISTINCT xmin::text) FROM cashtrail.conversions)::int AS recording,
         (SELECT count(DISTINCT xmin::text) FROM cashtrail.postbacks)::int AS settling,
         (SELECT count(*) FROM cashtrail.attempts WHERE outcome = 'accepted')::int AS accepted`,
    );
    expect(written).toEqual({ recording: 1, settling: 1, accepted: 64 });
  });

  test("are not harmed by one among them that cannot be kept", async () => {
    const ledger = open(await place());
    const clashing = anEntry({ number: "bad", networks: ["retrack", "retrack"] });
    const recorded = await Promise.allSettled(
      [anEntry({ number: "A-1" }), clashing, anEntry({ number: "A-2" })].map((entry) => ledger.record(entry)),
    );
    expect(outcomes(recorded)).toEqual(["fulfilled", "ERR_LEDGER", "fulfilled"]);
    expect(await numbersIn(ledger)).toEqual(["A-1", "A-2"]);
  });

  test("are not harmed by one among them that cannot even be written down", async () => {
    const ledger = open(await place());
    const odd = anEntry({ number: "odd" });
    Object.assign(odd.order, { vouchers: [1n] });
    const recorded = await Promise.allSettled(
      [anEntry({ number: "A-1" }), odd, anEntry({ number: "A-2" })].map((entry) => ledger.record(entry)),
    );
    expect(outcomes(recorded)).toEqual(["fulfilled", "ERR_LEDGER", "fulfilled"]);
    expect(await numbersIn(ledger)).toEqual(["A-1", "A-2"]);
  });

  test("do not wait for one among them whose number somebody holds", async () => {
    const url = await place();
    const ledger = open(url);
    const client = await store(url);
    await ledger.record(anEntry({ number: "A-0" }));
    await client.query("BEGIN; SELECT FROM cashtrail.reports WHERE number = 'A-0' FOR UPDATE");
    const recorded = await Promise.allSettled(
      ["A-1", "A-0", "A-2"].map((number) => ledger.record(anEntry({ number }))),
    );
    expect(outcomes(recorded)).toEqual(["fulfilled", "ERR_LEDGER", "fulfilled"]);
    await client.query("ROLLBACK");
    expect(await ledger.record(anEntry({ number: "A-0" }))).toEqual({ credited: ["retrack"], repeated: true });
  });
});

describe("in the store's own transaction, an order", () => {
  test("is kept where the store commits, and its postbacks are due then", async () => {
    const url = await place();
    const [ledger, client] = [open(url), await store(url)];
    await client.query("CREATE TABLE orders (number text); BEGIN");
    await client.query("INSERT INTO orders VALUES ('A-1')");
    expect(await ledger.record(anEntry(), client)).toEqual({ credited: ["retrack"], repeated: false });
    expect(await numbersIn(ledger)).toEqual([]);
    expect(await ledger.claim("retrack", 1, MINUTE)).toEqual([]);
    await client.query("COMMIT");
    expect(await numbersIn(ledger)).toEqual(["A-1"]);
    expect(await ledger.claim("retrack", 1, MINUTE)).toMatchObject([{ number: "A-1", interrupted: false }]);
    expect(await query(url, "SELECT number FROM orders")).toEqual([{ number: "A-1" }]);
  });

  test("is gone where the store rolls back, and may be reported anew", async () => {
    const url = await place();
    const [ledger, client] = [open(url), await store(url)];
    await client.query("BEGIN");
    await ledger.record(anEntry(), client);
    await client.query("ROLLBACK");
    expect(await numbersIn(ledger)).toEqual([]);
    expect(await query(url, "SELECT FROM cashtrail.reports")).toEqual([]);
    expect(await ledger.record(anEntry())).toEqual({ credited: ["retrack"], repeated: false });
  });

  test("is gone where the store rolls back to a savepoint before it, and others stay", async () => {
    const url = await place();
    const [ledger, client] = [open(url), await store(url)];
    await client.query("BEGIN");
    await ledger.record(anEntry({ number: "A-1" }), client);
    await client.query("SAVEPOINT before");
    await ledger.record(anEntry({ number: "A-2" }), client);
    await client.query("ROLLBACK TO before");
    expect(await ledger.record(anEntry({ number: "A-1" }), client)).toEqual({ credited: ["retrack"], repeated: true });
    await client.query("COMMIT");
    expect(await numbersIn(ledger)).toEqual(["A-1"]);
  });

  test("is credited once where another instance reports it meanwhile", async () => {
    const url = await place();
    const [ledger, other, client] = [open(url), open(url), await store(url)];
    await client.query("BEGIN");
    await ledger.record(anEntry(), client);
    const meanwhile = other.record(anEntry({ networks: ["shopback"] }));
    await client.query("COMMIT");
    expect(await meanwhile).toEqual({ credited: ["retrack"], repeated: true });
    const again = await store(url);
    await again.query("BEGIN");
    expect(await other.record(anEntry({ networks: ["shopback"] }), again)).toEqual({
      credited: ["retrack"],
      repeated: true,
    });
    await again.query("COMMIT");
    expect(await ledger.find({})).toHaveLength(1);
  });

  test("is refused outside of a transaction, and in another database, and the store's transaction goes on", async () => {
    const [url, elsewhere] = [await place(), await place()];
    const [ledger, client] = [open(url), await store(elsewhere)];
    await open(elsewhere).record(anEntry({ number: "B-1" }));
    await expect(ledger.record(anEntry(), client)).rejects.toThrow(/in no transaction/);
    const pool = new Pool({ connectionString: url });
    onTestFinished(() => pool.end());
    await expect(ledger.record(anEntry(), pool)).rejects.toThrow(/in no transaction: BEGIN comes first, and a pool/);
    expect(await ledger.find({})).toEqual([]);
    await client.query("CREATE TABLE orders (number text); BEGIN; INSERT INTO orders VALUES ('A-1')");
    await expect(ledger.record(anEntry(), client)).rejects.toThrow(/another database/);
    await client.query("COMMIT");
    expect(await query(elsewhere, "SELECT number FROM orders")).toEqual([{ number: "A-1" }]);
    expect(await query(elsewhere, "SELECT number FROM cashtrail.conversions")).toEqual([{ number: "B-1" }]);
  });
});

describe("the order of postbacks, under races", () => {
  test("never leaves one waiting for what has ended", async () => {
    const url = await place();
    const [one, two, three] = [open(url), open(url), open(url)];
    for (let round = 0; round < 150; round += 1) {
      const number = `A-${round}`;
      const entry = anEntry({ number });
      const postbacks = ["mug", "cup"].map((line) => ({
        id: `${number}/${line}`,
        kind: "create" as const,
        line,
        step: {},
        ifUnknown: "repeat" as const,
      }));
      await one.record({
        ...entry,
        conversions: entry.conversions.map((conversion) => ({ ...conversion, postbacks })),
      });
      const [mug, cup] = (await one.claim("retrack", 2, MINUTE)) as [Claim, Claim];
      const rejection: Amendment = {
        number,
        network: "retrack",
        revision: 0,
        order: entry.order,
        status: "rejected",
        lines: {},
        postbacks: [{ id: `${number}/reject`, kind: "reject", step: {}, ifUnknown: "repeat" }],
        cancel: [],
        decision: { what: "reject", by: "store" },
      };
      const ended = await Promise.all([
        one.settle(mug, { state: "delivered" }, accepted),
        two.settle(cup, { state: "delivered" }, accepted),
        three.amend([rejection]),
      ]);
      expect(ended).toEqual([true, true, true]);
      expect((await two.claim("retrack", 10, MINUTE)).map(({ id }) => id)).toEqual([`${number}/reject`]);
    }
  }, 30_000);

  test("lets one wait again whose predecessor is sent again", async () => {
    const url = await place();
    const ledger = open(url);
    const entry = anEntry();
    const postbacks = (["create", "update", "approve"] as const).map((kind) => ({
      id: kind,
      kind,
      step: {},
      ifUnknown: "repeat" as const,
    }));
    await ledger.record({
      ...entry,
      conversions: entry.conversions.map((conversion) => ({ ...conversion, postbacks })),
    });
    const claimed = async () => (await ledger.claim("retrack", 10, MINUTE)) as [Claim];
    await ledger.settle((await claimed())[0], { state: "delivered" }, accepted);
    await ledger.settle((await claimed())[0], { state: "failed", reason: "HTTP 422" }, { outcome: "refused" });
    expect(
      await ledger.decide(
        [
          {
            id: "update",
            from: "failed",
            settlement: { state: "pending", step: {}, waitMs: 0, reason: "sent again" },
          },
        ],
        { what: "resend", by: "anna" },
      ),
    ).toEqual(["update"]);
    const [update] = await claimed();
    expect(update.id).toBe("update");
    expect(await claimed()).toEqual([]);
    await ledger.settle(update, { state: "delivered" }, accepted);
    expect((await claimed()).map(({ id }) => id)).toEqual(["approve"]);
  });

  test("is found quickly among thousands of lines", async () => {
    const ledger = open(await place());
    const entry = anEntry();
    const lines = Array.from({ length: 5000 }, (_, index) => `sku-${index}`);
    const postbacks = (["create", "approve"] as const).flatMap((kind) =>
      lines.map((line) => ({ id: `${line}/${kind}`, kind, line, step: {}, ifUnknown: "repeat" as const })),
    );
    await ledger.record({
      ...entry,
      conversions: entry.conversions.map((conversion) => ({ ...conversion, postbacks })),
    });
    const claims = await ledger.claim("retrack", 10_000, MINUTE);
    expect(claims).toHaveLength(5000);
    await Promise.all(claims.slice(0, 500).map((claim) => ledger.settle(claim, { state: "delivered" }, accepted)));
    const next = await ledger.claim("retrack", 10_000, MINUTE);
    expect(next.map(({ id }) => id).sort()).toEqual(
      lines
        .slice(0, 500)
        .map((line) => `${line}/approve`)
        .sort(),
    );
  }, 30_000);
});

test("nothing is left of a click that is forgotten, not even what it was looked up by", async () => {
  const url = await place();
  const ledger = open(url);
  await ledger.record(anEntry());
  await ledger.forget("A-1", { what: "forget", by: "anna" });
  expect(await query(url, "SELECT click_id, click_hash FROM cashtrail.conversions")).toEqual([
    { click_id: "", click_hash: 0 },
  ]);
});

describe("time", () => {
  test("is the database's, whatever the clock of an instance says", async () => {
    const url = await place();
    const [ahead, right] = [open(url), open(url)];
    vi.useFakeTimers({ toFake: ["Date"], now: new Date("2040-01-01T00:00:00Z") });
    onTestFinished(() => void vi.useRealTimers());
    await ahead.record(anEntry());
    const [claim] = await ahead.claim("retrack", 1, MINUTE);
    expect(claim?.ageMs).toBeLessThan(MINUTE);
    expect(claim?.ageMs).toBeGreaterThanOrEqual(0);
    vi.useRealTimers();
    expect(await right.claim("retrack", 1, MINUTE)).toEqual([]);
    expect(await right.nextDue("retrack")).toBeLessThanOrEqual(MINUTE);
    const [found] = await right.find({});
    expect(Math.abs(Date.now() - Number(found?.reportedAt))).toBeLessThan(MINUTE);
  });
});

describe("what a network said", () => {
  test("is kept even where it is text that PostgreSQL does not take", async () => {
    const ledger = open(await place());
    await ledger.record(anEntry());
    const [claim] = (await ledger.claim("retrack", 1, MINUTE)) as [Claim];
    const odd = "no\0 \ud83d";
    expect(await ledger.settle(claim, { state: "failed", reason: odd }, { outcome: "refused", reason: odd })).toBe(
      true,
    );
    const [found] = await ledger.find({});
    expect(found?.postbacks[0]).toMatchObject({
      reason: "no\ufffd \ufffd",
      attempts: [{ outcome: "refused", reason: "no\ufffd \ufffd" }],
    });
  });
});

describe("the password", () => {
  test.each([
    [
      "of a server that is not there",
      "postgres://cashtrail:S3NTINEL@127.0.0.1:1/store",
      /127\.0\.0\.1:1\/store.*ECONNREFUSED/,
    ],
    [
      "of a host without an address",
      "postgres://cashtrail:S3NTINEL@nowhere.invalid/store",
      /nowhere\.invalid:5432\/store/,
    ],
  ])("%s is in no error", async (_, url, message) => {
    const error = await open(url)
      .record(anEntry())
      .catch((caught) => caught);
    expect(error).toMatchObject({ code: "ERR_LEDGER", message: expect.stringMatching(message) });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("S3NTINEL");
  });

  test("that the server refuses is in no error", async () => {
    const url = new URL(inject("postgres"));
    url.password = "S3NTINEL";
    const error = await open(url.href)
      .find({})
      .catch((caught) => caught);
    expect(error).toMatchObject({
      code: "ERR_LEDGER",
      message: expect.stringContaining("password authentication failed"),
    });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("S3NTINEL");
  });

  test.each([
    "postgres://cashtrail:S3NTINEL",
    "postgres://cashtrail:S3N/TINEL@db.example/store",
    "postgres://cashtrail:12/S3NTINEL@db.example/store",
    "postgres://cashtrail:12?S3NTINEL@db.example/store",
    "postgres://cashtrail:12#S3NTINEL@db.example/store",
    "postgres://cashtrail:S3NTINEL@db.example/store?sslmode=verify-full&sslrootcert=/nowhere/S3NTINEL",
    "mysql://cashtrail:S3NTINEL@db.example/store",
    "cashtrail S3NTINEL",
  ])("of a URL that cannot be used is in no error: %s", (url) => {
    let error: unknown;
    try {
      postgresLedger(url);
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ code: "ERR_LEDGER" });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("TINEL");
  });
});

describe("a server", () => {
  test("that is not there fails each call, and takes the next one once it is", async () => {
    const server = await ownServer();
    const ledger = open(server.url);
    await ledger.record(anEntry({ number: "A-1" }));
    await server.stop();
    const refused = await Promise.allSettled([
      ledger.record(anEntry({ number: "A-2" })),
      ledger.claim("retrack", 1, MINUTE),
      ledger.find({}),
      ledger.nextDue("retrack"),
    ]);
    expect(outcomes(refused)).toEqual(["ERR_LEDGER", "ERR_LEDGER", "ERR_LEDGER", "ERR_LEDGER"]);
    await server.start();
    expect(await ledger.record(anEntry({ number: "A-2" }))).toEqual({ credited: ["retrack"], repeated: false });
    await server.kill();
    await expect(ledger.record(anEntry({ number: "A-3" }))).rejects.toMatchObject({ code: "ERR_LEDGER" });
    await server.start();
    expect(await numbersIn(ledger)).toEqual(["A-1", "A-2"]);
  }, 60_000);

  test("that ends connections under load loses nothing it acknowledged", async () => {
    const url = await place();
    const ledger = open(url);
    const acknowledged: string[] = [];
    const events = new EventEmitter();
    let refused = 0;
    let isOver = false;
    const lanes = Array.from({ length: 8 }, async (_, lane) => {
      for (let index = 0; !isOver; index += 1) {
        const number = `A-${lane}-${index}`;
        try {
          await ledger.record(anEntry({ number }));
          acknowledged.push(number);
          events.emit("acknowledged");
          const [claim] = await ledger.claim("retrack", 1, MINUTE);
          if (claim) await ledger.settle(claim, { state: "delivered" }, accepted);
        } catch (error) {
          expect(error).toMatchObject({ code: "ERR_LEDGER" });
          refused += 1;
        }
      }
    });
    for (let round = 0; round < 15; round += 1) {
      await once(events, "acknowledged");
      await query(
        url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'cashtrail' AND datname = current_database()`,
      );
    }
    isOver = true;
    await Promise.all(lanes);
    expect(refused).toBeGreaterThan(0);
    const kept = new Set(await numbersIn(ledger));
    expect(acknowledged.filter((number) => !kept.has(number))).toEqual([]);
    expect(await isIntact(url)).toBe(true);
  }, 30_000);

  test("that ended a connection at rest is asked again, and no call fails", async () => {
    const url = await place();
    const ledger = open(url);
    await ledger.record(anEntry({ number: "A-1" }));
    await query(
      url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'cashtrail' AND datname = current_database()`,
    );
    expect(await ledger.record(anEntry({ number: "A-2" }))).toEqual({ credited: ["retrack"], repeated: false });
  });

  test("that stops answering on a connection is asked on a new one", async () => {
    const url = await place();
    const ledger = open(url);
    await ledger.record(anEntry({ number: "A-1" }));
    const [backend] = await query(
      url,
      "SELECT pid FROM pg_stat_activity WHERE application_name = 'cashtrail' AND datname = current_database()",
    );
    const pid = Number(backend?.pid);
    process.kill(pid, "SIGSTOP");
    onTestFinished(() => void process.kill(pid, "SIGCONT"));
    expect(await ledger.record(anEntry({ number: "A-2" }))).toEqual({ credited: ["retrack"], repeated: false });
  }, 20_000);

  test("that never says a word is given up", async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => void sockets.add(socket.on("error", () => {}))).listen(0, "127.0.0.1");
    await once(silent, "listening");
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      silent.close();
    });
    const { port } = silent.address() as { port: number };
    const ledger = open(`postgres://cashtrail@127.0.0.1:${port}/store`);
    const given = await Promise.allSettled([ledger.record(anEntry()), ledger.find({}), ledger.nextDue("retrack")]);
    expect(outcomes(given)).toEqual(["ERR_LEDGER", "ERR_LEDGER", "ERR_LEDGER"]);
  }, 10_000);

  test.each(["fsync", "full_page_writes"])(
    "that runs without %s is refused",
    async (setting) => {
      const server = await ownServer({ [setting]: "off" });
      await expect(open(server.url).record(anEntry())).rejects.toMatchObject({
        code: "ERR_LEDGER",
        message: expect.stringContaining(`its ${setting} is off: what it commits can be lost`),
      });
    },
    30_000,
  );

  test("commits durably, though its database is set to do otherwise", async () => {
    const url = await place();
    const [, name] = new URL(url).pathname.split("/");
    await query(url, `ALTER DATABASE ${name} SET synchronous_commit = off`);
    await query(url, `ALTER DATABASE ${name} SET default_transaction_isolation = serializable`);
    const ledger = open(url);
    await ledger.record(anEntry({ number: "A-0" }));
    await query(
      url,
      `CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         INSERT INTO settings VALUES (current_setting('synchronous_commit'), current_setting('transaction_isolation'));
         RETURN NEW; END $$`,
    );
    await query(url, "CREATE TABLE settings (commit text, isolation text)");
    await query(url, "CREATE TRIGGER note AFTER INSERT ON cashtrail.reports FOR EACH ROW EXECUTE FUNCTION note()");
    await ledger.record(anEntry({ number: "A-1" }));
    expect(await query(url, "SELECT * FROM settings")).toEqual([{ commit: "on", isolation: "read committed" }]);
  });

  test("with tables of a newer version is refused, and they are left as they are", async () => {
    const url = await place();
    await query(url, "CREATE SCHEMA cashtrail");
    await query(url, "CREATE TABLE cashtrail.schema AS SELECT 99 AS version");
    await expect(open(url).record(anEntry())).rejects.toThrow(/newer version: its schema is 99/);
    expect(await query(url, "SELECT version FROM cashtrail.schema")).toEqual([{ version: 99 }]);
  });

  test("is brought up to date once by many that start together", async () => {
    const url = await place();
    const ledgers = Array.from({ length: 8 }, () => open(url));
    const recorded = await Promise.all(
      ledgers.flatMap((ledger, index) => [ledger.record(anEntry({ number: `A-${index}` })), ledger.find({})]),
    );
    expect(recorded).toHaveLength(16);
    expect(await query(url, "SELECT count(*)::int AS versions FROM cashtrail.schema")).toEqual([{ versions: 1 }]);
  });

  test("whose tables somebody else made needs no right to make any", async () => {
    const url = await place();
    await open(url).record(anEntry({ number: "A-1" }));
    const role = `r${new URL(url).pathname.slice(1)}`;
    await query(url, `CREATE ROLE ${role} LOGIN PASSWORD 'plain'`);
    onTestFinished(async () => {
      await query(url, `DROP OWNED BY ${role}`);
      await query(url, `DROP ROLE ${role}`);
    });
    await query(url, `GRANT USAGE ON SCHEMA cashtrail TO ${role}`);
    await query(url, `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA cashtrail TO ${role}`);
    await query(url, `REVOKE INSERT, UPDATE, DELETE ON cashtrail.schema FROM ${role}`);
    const plain = new URL(url);
    plain.username = role;
    plain.password = "plain";
    const ledger = open(plain.href);
    expect(await ledger.record(anEntry({ number: "A-2" }))).toEqual({ credited: ["retrack"], repeated: false });
    await ledger.close();
  });
});

describe("a process", () => {
  test("ends by itself although its ledger is open, and not before what it asked is written", async () => {
    const url = await place();
    const code = `
      import { postgresLedger } from ${JSON.stringify(postgres.source.module)};
      const ledger = postgresLedger(process.argv[1]);
      await ledger.find({});
      ledger.remember([{ network: "retrack", id: "59d08c54", at: new Date(0) }]);`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", code, url], { stdio: "inherit" });
    onTestFinished(() => void child.kill("SIGKILL"));
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(await query(url, "SELECT id FROM cashtrail.clicks")).toEqual([{ id: "59d08c54" }]);
  });
});
