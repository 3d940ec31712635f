import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { crc32 } from "node:zlib";
import type { Click } from "@cashtrail/client/landing";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Ledger } from "../../../packages/collector/src/ledger/ledger.ts";
import { sqliteLedger } from "../../../packages/collector/src/ledger/sqlite.ts";
import { openSqlite } from "../../../packages/collector/src/ledger/sqlite-file.ts";
import { temporaryFolder } from "../../support/collector-server.ts";
import { anEntry, type Engine, ledgerContract } from "../../support/ledger-contract.ts";

const now = () => new Date("2026-11-22T10:00:00.000Z");

const place = () => join(temporaryFolder(), "cashtrail.db");

const sqlite: Engine = {
  place,
  open: sqliteLedger,
  source: {
    module: new URL("../../../packages/collector/src/ledger/sqlite.ts", import.meta.url).href,
    name: "sqliteLedger",
  },
  isIntact: (path) => read(path, "PRAGMA integrity_check") === "ok",
  clicks: (path) => beside(path).prepare("SELECT * FROM clicks").all(),
};

ledgerContract("the SQLite ledger", sqlite);

/** A connection beside the ledger's own. */
function beside(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  onTestFinished(() => database.close());
  return database;
}

/** The first value of a statement's first row. */
function read(path: string, statement: string): unknown {
  const database = new DatabaseSync(path);
  const [value] = Object.values(database.prepare(statement).get() ?? {});
  database.close();
  return value;
}

function open(path: string): Ledger {
  const ledger = sqliteLedger(path, now);
  onTestFinished(() => ledger.close());
  return ledger;
}

describe("the SQLite file", () => {
  test("is its owner's alone, with the files that SQLite makes beside it", () => {
    const path = place();
    onTestFinished(() => database.close());
    const database = openSqlite(path);
    const modes = ["", "-wal", "-shm"].map((end) => (statSync(`${path}${end}`).mode & 0o777).toString(8));
    expect(modes).toEqual(["600", "600", "600"]);
  });

  test("is written in WAL mode, and synced at each commit", () => {
    const path = place();
    const database = openSqlite(path);
    onTestFinished(() => database.close());
    expect(read(path, "PRAGMA journal_mode")).toBe("wal");
    expect(database.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
    expect(database.prepare("PRAGMA foreign_keys").get()).toEqual({ foreign_keys: 1 });
  });

  test("has nothing of a click that is forgotten, not even what it was looked up by", async () => {
    const path = place();
    const ledger = open(path);
    await ledger.record(anEntry());
    expect(read(path, "SELECT click_hash FROM conversions")).toBe(crc32("59d08c54-18e6-4e0d-9c06-d18be3510e43") | 0);
    await ledger.forget("A-1", { what: "forget", by: "anna" });
    expect(read(path, "SELECT click_hash FROM conversions")).toBe(0);
  });

  test("is waited for while another one is making it", async () => {
    const path = place();
    const maker = new Worker(
      `const { parentPort, workerData } = require("node:worker_threads");
       const { DatabaseSync } = require("node:sqlite");
       const database = new DatabaseSync(workerData);
       database.exec("BEGIN IMMEDIATE");
       parentPort.postMessage("begun");
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
       database.exec("COMMIT");
       database.close();`,
      { eval: true, workerData: path },
    );
    await once(maker, "message");
    expect(await open(path).record(anEntry())).toEqual({ credited: ["retrack"], repeated: false });
  });

  test("keeps the first time of a click that comes again", async () => {
    const path = place();
    const ledger = open(path);
    const click = { network: "retrack", id: "59d08c54-18e6-4e0d-9c06-d18be3510e43" };
    await ledger.remember([{ ...click, at: new Date("2026-11-20T08:00:00Z") }]);
    await ledger.remember([
      { ...click, at: new Date("2026-11-21T08:00:00Z") },
      { ...click, network: "other", at: new Date("2026-11-19T08:00:00Z") },
    ]);
    expect(beside(path).prepare("SELECT network, id, at FROM clicks ORDER BY network").all()).toEqual([
      { network: "other", id: "59d08c54-18e6-4e0d-9c06-d18be3510e43", at: 1_795_075_200_000 },
      { network: "retrack", id: "59d08c54-18e6-4e0d-9c06-d18be3510e43", at: 1_795_161_600_000 },
    ]);
  });

  test.each([
    ["in a folder that is not there", (folder: string) => join(folder, "nowhere", "cashtrail.db")],
    ["that is a folder", (folder: string) => folder],
    [
      "below a file",
      (folder: string) => {
        writeFileSync(join(folder, "file"), "");
        return join(folder, "file", "cashtrail.db");
      },
    ],
    [
      "that holds something else",
      (folder: string) => {
        writeFileSync(join(folder, "notes.txt"), "not a database, but long enough to be looked at as one".repeat(20));
        return join(folder, "notes.txt");
      },
    ],
  ])("%s is refused at once", (_, path) => {
    const given = path(temporaryFolder());
    expect(() => sqliteLedger(given, now)).toThrow(
      expect.objectContaining({ code: "ERR_LEDGER", message: expect.stringContaining(given) }),
    );
  });

  test("has an index for each reference, so that erasing what is referred to looks through no table", () => {
    const path = place();
    const ledger = sqliteLedger(path, now);
    onTestFinished(() => ledger.close());
    const database = beside(path);
    const all = (query: string, ...values: string[]) => database.prepare(query).all(...values);
    const references = all("SELECT name FROM sqlite_schema WHERE type = 'table'").flatMap(({ name }) =>
      all('SELECT ?1 AS child, "from" AS field FROM pragma_foreign_key_list(?1) WHERE seq = 0', `${name}`),
    );
    expect(references.length).toBeGreaterThan(3);
    for (const { child, field } of references) {
      const firsts = all(
        "SELECT info.name FROM pragma_index_list(?1) AS list, pragma_index_info(list.name) AS info WHERE seqno = 0",
        `${child}`,
      ).map(({ name }) => name);
      // The report of a conversion is looked for by its number, which is the second part of the reference.
      expect(firsts).toContain(field === "kind" ? "number" : field);
    }
  });

  test("of a newer version is refused and left as it is", () => {
    const path = place();
    beside(path).exec("PRAGMA user_version = 99; CREATE TABLE newer (id)");
    expect(() => sqliteLedger(path, now)).toThrow(/newer version: its schema is 99/);
    expect(read(path, "SELECT group_concat(name) FROM sqlite_schema")).toBe("newer");
  });

  test.each(["3.51.2", "3.9.9", "2.99.99"])("is refused to SQLite %s, which can corrupt it", (version) => {
    const { prepare } = DatabaseSync.prototype;
    vi.spyOn(DatabaseSync.prototype, "prepare").mockImplementation(function (
      this: DatabaseSync,
      statement,
      ...options
    ) {
      return prepare.call(this, statement.replace("sqlite_version()", `'${version}'`), ...options);
    });
    onTestFinished(() => void vi.restoreAllMocks());
    expect(() => sqliteLedger(place(), now)).toThrow(
      expect.objectContaining({
        code: "ERR_LEDGER",
        message: expect.stringContaining(`SQLite ${version} can corrupt`),
      }),
    );
  });

  test.each(["3.51.3", "3.52.0", "3.100.0", "4.0.0"])("is opened by SQLite %s", (version) => {
    const { prepare } = DatabaseSync.prototype;
    vi.spyOn(DatabaseSync.prototype, "prepare").mockImplementation(function (
      this: DatabaseSync,
      statement,
      ...options
    ) {
      return prepare.call(this, statement.replace("sqlite_version()", `'${version}'`), ...options);
    });
    onTestFinished(() => void vi.restoreAllMocks());
    expect(() => openSqlite(place()).close()).not.toThrow();
  });
});

describe("the ledger's thread", () => {
  test.each([
    ["V8", "--max-old-space-size=512"],
    ["--eval", "--input-type=module"],
  ])("works in a process that has an option of %s", (_, option) => {
    const code = `import(${JSON.stringify(sqlite.source.module)})
      .then(({ sqliteLedger }) => sqliteLedger(${JSON.stringify(place())}, () => new Date()).close())`;
    const { status, stderr } = spawnSync(process.execPath, [option, "--eval", code], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});

describe("orders that arrive together", () => {
  test("share a commit", async () => {
    const path = place();
    const ledger = open(path);
    await ledger.record(anEntry({ number: "A-0" }));
    const before = commitsIn(`${path}-wal`);
    const other = beside(path);
    other.exec("BEGIN IMMEDIATE");
    const recording = Array.from({ length: 64 }, (_, index) => ledger.record(anEntry({ number: `B-${index}` })));
    await turn();
    other.exec("ROLLBACK");
    await Promise.all(recording);
    // One for what the thread had taken when the lock held it up, and one for all that came meanwhile.
    expect(commitsIn(`${path}-wal`) - before).toBeLessThanOrEqual(2);
    expect(await ledger.find({ limit: 1000 })).toHaveLength(65);
  });

  test("are not harmed by one among them that cannot be kept", async () => {
    const ledger = open(place());
    const clashing = anEntry({ number: "bad", networks: ["retrack", "retrack"] });
    const recorded = await Promise.allSettled(
      [anEntry({ number: "A-1" }), clashing, anEntry({ number: "A-2" })].map((entry) => ledger.record(entry)),
    );
    expect(recorded.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect((await ledger.find({})).map(({ number }) => number)).toEqual(["A-2", "A-1"]);
  });

  test("are not harmed by one among them that cannot even be handed over", async () => {
    const ledger = open(place());
    // A function has no copy.
    const odd = { network: "retrack", id: () => "a function", at: now() } as unknown as Click;
    const recorded = await Promise.allSettled([
      ledger.record(anEntry({ number: "A-1" })),
      ledger.remember([odd]),
      ledger.record(anEntry({ number: "A-2" })),
    ]);
    expect(recorded).toMatchObject([
      { status: "fulfilled" },
      { status: "rejected", reason: { code: "ERR_LEDGER" } },
      { status: "fulfilled" },
    ]);
    expect((await ledger.find({})).map(({ number }) => number)).toEqual(["A-2", "A-1"]);
  });
});

describe("while another process holds the file", () => {
  test("the event loop goes on, and the order is kept once the file is free", async () => {
    const path = place();
    const ledger = open(path);
    const other = beside(path);
    other.exec("BEGIN IMMEDIATE");
    let isRecorded = false;
    const recording = ledger.record(anEntry()).then(() => {
      isRecorded = true;
    });
    for (let turns = 0; turns < 100; turns += 1) await turn();
    expect(isRecorded).toBe(false);
    other.exec("ROLLBACK");
    await recording;
    expect(await ledger.find({})).toHaveLength(1);
  });

  test("for too long, all orders that wait are refused together, and may be reported again", async () => {
    const path = place();
    const ledger = open(path);
    await ledger.find({});
    const other = beside(path);
    other.exec("BEGIN IMMEDIATE");
    const recording = Array.from({ length: 5 }, (_, index) => ledger.record(anEntry({ number: `A-${index}` })));
    const ended = Promise.allSettled(recording);
    await expect(recording[0]).rejects.toMatchObject({ code: "ERR_LEDGER" });
    other.exec("ROLLBACK");
    expect((await ended).map(({ status }) => status)).toEqual(Array(5).fill("rejected"));
    expect(await ledger.find({})).toEqual([]);
    expect(await ledger.record(anEntry({ number: "A-0" }))).toEqual({ credited: ["retrack"], repeated: false });
  }, 30_000);

  test("a ledger opens, and keeps its first order once the file is free", async () => {
    const path = place();
    openSqlite(path).close();
    const other = beside(path);
    other.exec("BEGIN IMMEDIATE");
    const recording = open(path).record(anEntry());
    other.exec("ROLLBACK");
    expect(await recording).toEqual({ credited: ["retrack"], repeated: false });
  });
});

describe("a disk that takes no more", () => {
  test("has every order that was acknowledged and none that was refused, and takes them once there is room", async () => {
    const path = place();
    const script = fileURLToPath(new URL("../../support/ledger-process.ts", import.meta.url));
    const { module, name } = sqlite.source;
    // No file of this process may grow beyond 300 blocks of 512 bytes.
    const limited = ["-c", 'ulimit -f 300; exec "$0" "$@"', process.execPath, script, module, name, path];
    const child = spawn("sh", [...limited, now().toISOString(), "record-until-refused", "D"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) lines.push(line);
    const numbers = (start: string) => lines.filter((line) => line.startsWith(start)).map((line) => line.split(" ")[1]);
    expect(numbers("kept").length).toBeGreaterThan(0);
    expect(numbers("ERR_LEDGER")).toHaveLength(3);
    expect(sqlite.isIntact(path)).toBe(true);
    const ledger = open(path);
    const found = await ledger.find({ network: "retrack", limit: 1000 });
    expect(found.map(({ number }) => number).reverse()).toEqual(numbers("kept"));
    const [refused = ""] = numbers("ERR_LEDGER");
    expect(await ledger.record(anEntry({ number: refused }))).toEqual({ credited: ["retrack"], repeated: false });
  }, 30_000);
});

/** The commits in a write-ahead log: https://sqlite.org/fileformat2.html#the_write_ahead_log */
function commitsIn(path: string): number {
  const log = readFileSync(path);
  const frameBytes = 24 + log.readUInt32BE(8);
  let commits = 0;
  for (let offset = 32; offset + frameBytes <= log.length; offset += frameBytes) {
    const isOfThisLog = log.compare(log, 16, 24, offset + 8, offset + 16) === 0;
    // The frame that ends a commit tells how many pages the file has after it; the others tell 0.
    if (isOfThisLog && log.readUInt32BE(offset + 4) > 0) commits += 1;
  }
  return commits;
}
