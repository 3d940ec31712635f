import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { cookiesSet, refusedBy } from "../../packages/collector/src/doctor/browser.ts";
import { certificateOf } from "../../packages/collector/src/doctor/certificate.ts";
import type { Check } from "../../packages/collector/src/doctor/check.ts";
import { clockCheck } from "../../packages/collector/src/doctor/clock.ts";
import { examine } from "../../packages/collector/src/doctor/doctor.ts";
import { unfitFileSystem } from "../../packages/collector/src/doctor/file-system.ts";
import { backlogCheck, ledgerChecks } from "../../packages/collector/src/doctor/ledger.ts";
import {
  accountCheck,
  deepLinkHostsCheck,
  frontPageCheck,
  nodeCheck,
} from "../../packages/collector/src/doctor/settings.ts";
import { type CollectorOptions, retrack, shopback } from "../../packages/collector/src/index.ts";
import { postgresLedger } from "../../packages/collector/src/ledger/postgres.ts";
import { parseOptions } from "../../packages/collector/src/options.ts";
import { selfSigned } from "../support/browser-certificate.ts";
import { temporaryFolder } from "../support/collector-server.ts";
import { dropDatabase, newDatabase, query } from "../support/postgres.ts";
import { openStore, order } from "../support/sandboxed-store.ts";

const NOW = new Date("2026-11-22T10:00:00Z");
const OWN = { token: "kT4vXn8QpL2sWd7YbR5cHj9ZmF3gA6eU", event: "8b0c5f0e-3a51-4d0e-9a9e-5b6f2f1d7c34" };

const short = ({ state, found }: Check) => `${state}: ${found}`;

function named(checks: readonly Check[]): Record<string, string> {
  return Object.fromEntries(checks.map((check) => [check.name, short(check)]));
}

function settingsWith(options: Partial<CollectorOptions> = {}) {
  return parseOptions({ networks: [retrack(OWN)], ...options });
}

describe("the settings", () => {
  test.each([
    ["v24.21.0", "ok"],
    ["v24.14.0", "fail"],
    ["v22.23.0", "ok"],
    ["v22.22.9", "fail"],
    ["v23.11.0", "fail"],
    ["v26.0.0", "ok"],
    ["v20.19.0", "fail"],
  ])("are for Node.js as package.json wants it: %s is %s", (version, state) => {
    expect(nodeCheck(version).state).toBe(state);
  });

  test("want the versions of Node.js that package.json names, and no older ones", () => {
    const { engines } = JSON.parse(readFileSync("packages/collector/package.json", "utf8"));
    const named: string[] = engines.node.match(/\d+\.\d+/g);
    expect(named).toHaveLength(2);
    for (const version of named) {
      const [major, minor] = version.split(".").map(Number) as [number, number];
      expect(nodeCheck(`v${version}.0`)).toMatchObject({ state: "ok", wanted: expect.stringContaining(version) });
      expect(nodeCheck(`v${major}.${minor - 1}.9`).state).toBe("fail");
    }
  });

  test.each([
    [[], "warn: none: deep links may lead to whatever host the request names"],
    [["www.store-domain.com", "www.mugs.example"], "fail: www.store-domain.com, www.mugs.example"],
    [["shop.mugs.example"], "fail: shop.mugs.example"],
    [["shop.mugs.example", "www.mugs.example"], "ok: shop.mugs.example, www.mugs.example"],
  ])("name the store's own hosts: %j", (deepLinkHosts, expected) => {
    expect(short(deepLinkHostsCheck({ deepLinkHosts }, new URL("https://www.mugs.example")))).toBe(expected);
  });

  test("have a front page of the store's own", () => {
    const options = { deepLinkHosts: ["www.mugs.example"] };
    expect(short(frontPageCheck(settingsWith({ ...options, frontPage: "https://www.mugs.example/hello" })))).toMatch(
      /^ok/,
    );
    expect(short(frontPageCheck(settingsWith({ ...options, frontPage: "https://other.example/" })))).toMatch(/^warn/);
  });

  test.each([
    ["its own", retrack(OWN), "ok: reports to https://retrack.refunder.com"],
    [
      "the README's event",
      retrack({ ...OWN, event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb" }),
      "fail: 1f80e399-6f55-4cef-b8b0-0f74752c1ceb, which is only an example",
    ],
    [
      "the token of Retrack's page",
      retrack({ ...OWN, token: "DbV6KYhMm7firiNtgfOCEmRohglfAQUTUy4FudGOKtetC0yYSaKtOXIedfNX" }),
      "fail: DbV6KYhMm7firiNtgfOCEmRohglfAQUTUy4FudGOKtetC0yYSaKtOXIedfNX, which is only an example",
    ],
    [
      "the offer of ShopBack's page",
      shopback({ offer: "1234", securityToken: OWN.token, currency: "MYR", amount: "gross" }),
      "fail: 1234, which is only an example",
    ],
    [
      "the sandbox's address",
      retrack({ ...OWN, url: "http://127.0.0.1:4000" }),
      "warn: orders go to http://127.0.0.1:4000, on this machine",
    ],
  ])("of an account are the store's own: %s", (_case, network, expected) => {
    expect(short(accountCheck(network))).toBe(expected);
  });
});

describe("clocks", () => {
  test.each([
    ["2026-11-22T10:00:01Z", "ok: the same time"],
    ["2026-11-22T10:00:20Z", "ok: this machine is 20 s behind"],
    ["2026-11-22T09:58:00Z", "warn: this machine is 120 s ahead"],
    ["2026-11-22T11:00:00Z", "fail: this machine is 3600 s behind"],
  ])("are compared with another's: %s", (theirs, expected) => {
    expect(short(clockCheck("network", new Date(theirs), NOW))).toBe(expected);
  });
});

describe("a file system", () => {
  test.each([
    ["ext4", 0xef53, undefined],
    ["tmpfs", 0x01021994, "memory"],
    ["NFS", 0x6969, "network"],
    ["CIFS, as a number with a sign", 0xff534d42 | 0, "network"],
    ["overlayfs", 0x794c7630, "container"],
  ])("is told by its number on Linux: %s", (_name, type, kind) => {
    expect(unfitFileSystem("linux", type)?.kind).toBe(kind);
    expect(unfitFileSystem("darwin", type)).toBeUndefined();
  });
});

describe("the backlog", () => {
  const none = { network: "retrack", pending: 0, held: 0, failed: 0, oldest: {} };
  test.each([
    [none, "ok: nothing waits"],
    [{ ...none, pending: 2, oldest: { pending: 90_000 } }, "ok: 2 waiting (the oldest for 1 min)"],
    [{ ...none, pending: 2, oldest: { pending: 180_000_000 } }, "fail: 2 waiting (the oldest for 2 days)"],
    [{ ...none, held: 1, oldest: { held: 7_200_000 } }, "warn: 1 held (the oldest for 2 h)"],
    [{ ...none, failed: 3, oldest: { failed: 600_000 } }, "warn: 3 failed (the oldest for 10 min)"],
  ])("is judged by its age and by what a person has to decide: %j", (waiting, expected) => {
    expect(short(backlogCheck(waiting))).toBe(expected);
  });

  test("is told with what to do about each of what waits, is held and failed", () => {
    const { state, fix } = backlogCheck({ ...none, pending: 1, held: 1, failed: 1, oldest: { pending: 180_000_000 } });
    expect([state, fix]).toEqual([
      "fail",
      [
        "check that the store runs and calls start(), and that the network is reachable; then cashtrail orders --state pending",
        "decide what is held: cashtrail orders --state held --network retrack, then cashtrail settle or cashtrail resend",
        "see why it failed: cashtrail orders --state failed --network retrack; mend that, then cashtrail resend --network retrack",
      ].join("; and "),
    ]);
  });
});

describe("a cookie", () => {
  test.each([
    ["retrack_click=a; Path=/; Secure", "https://www.mugs.example", undefined],
    ["retrack_click=a; Secure", "http://www.mugs.example", "it is Secure, and the page came over http"],
    ["retrack_click=a; Domain=.mugs.example", "https://www.mugs.example", undefined],
    [
      "retrack_click=a; domain=example.org",
      "https://www.mugs.example",
      "its Domain is example.org, and the page's host www.mugs.example",
    ],
    [
      "retrack_click=a; Domain=gs.example",
      "https://mugs.example",
      "its Domain is gs.example, and the page's host mugs.example",
    ],
    ["retrack_click=a; SameSite=None", "https://www.mugs.example", "it is SameSite=None without Secure"],
  ])("is kept as browsers keep it: %s from %s", (line, url, reason) => {
    const [cookie] = cookiesSet([line]);
    expect(cookie && refusedBy(cookie, new URL(url), false)).toBe(reason);
  });
});

describe("a certificate", () => {
  test("that nobody vouches for is told", async () => {
    const server = createServer(selfSigned(), (_request, response) => void response.end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    expect(await certificateOf(new URL(`https://127.0.0.1:${port}`))).toEqual({
      reason: "DEPTH_ZERO_SELF_SIGNED_CERT",
    });
  });
});

describe("the ledger", () => {
  test("may be missing until the store starts, and is not made", async () => {
    const ledger = join(temporaryFolder(), "cashtrail.db");
    const checks = named(await ledgerChecks(settingsWith({ ledger }), NOW));
    expect(checks["ledger opens"]).toBe(`skip: there is no ${ledger} yet: it is made when the store starts`);
    expect(checks.journal).toBe(`ok: ${ledger}.journal is made when the store starts`);
    expect(existsSync(ledger)).toBe(false);
    expect(existsSync(`${ledger}.journal`)).toBe(false);
  });

  test("is opened as the store opens it, and its backlog told", async () => {
    const { path, collector, clicks } = await openStore();
    await collector.report(clicks("retrack"), order);
    const checks = named(await ledgerChecks(settingsWith({ ledger: path }), NOW));
    expect(checks["ledger opens"]).toMatch(/^ok: SQLite 3\.\d+\.\d+, WAL, synchronous FULL, schema \d+$/);
    expect(checks["backlog retrack"]).toMatch(/^(?:ok|fail): 1 waiting/);
    expect(checks.journal).toBe(`ok: ${path}.journal is empty`);
  });

  test.each([
    ["no folder", "missing/cashtrail.db", "ledger folder", /^fail: there is no /],
    ["a file that is none", "notes.txt", "ledger opens", /^fail: file is not a database$/],
    ["one of a newer version", "newer.db", "ledger opens", /^fail: its schema is 999, newer than this version's \d+$/],
    ["one of an older version", "older.db", "ledger opens", /^skip: its schema is 0, and \d+ of this version/],
  ])("is told where it cannot be used: %s", async (_case, name, check, expected) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "notes.txt"), "Mugs are to be dusted on Mondays, and vases never.".repeat(40));
    for (const [file, version] of [
      ["newer.db", 999],
      ["older.db", 0],
    ] as const) {
      const database = new DatabaseSync(join(folder, file));
      database.exec(`CREATE TABLE other (id); PRAGMA user_version = ${version}`);
      database.close();
    }
    expect(named(await ledgerChecks(settingsWith({ ledger: join(folder, name) }), NOW))[check]).toMatch(expected);
  });

  test("that every user of the machine can read is told", async () => {
    const { path } = await openStore();
    const folder = join(path, "..");
    chmodSync(path, 0o644);
    chmodSync(folder, 0o755);
    const permissions = async () => {
      const check = (await ledgerChecks(settingsWith({ ledger: path }), NOW)).find(
        ({ name }) => name === "ledger permissions",
      );
      return check && [short(check), check.fix];
    };
    expect(await permissions()).toEqual([
      "warn: file 644, folder 755: every user of this machine can read it",
      `close the file, and those of SQLite beside it: chmod o-rwx ${path}*`,
    ]);
    chmodSync(folder, 0o700);
    expect(await permissions()).toEqual(["ok: file 644, folder 700", undefined]);
  });

  test("that is PostgreSQL's and cannot be reached is told without its password", async () => {
    const checks = await ledgerChecks(settingsWith({ ledger: "postgres://shop:hunter2@127.0.0.1:9/shop" }), NOW);
    expect(named(checks)["ledger opens"]).toMatch(/^fail: ECONNREFUSED/);
    expect(JSON.stringify(checks)).not.toContain("hunter2");
  });
});

describe("a ledger on PostgreSQL", () => {
  async function database(): Promise<string> {
    const url = await newDatabase(inject("postgres"));
    onTestFinished(() => dropDatabase(url));
    return url;
  }

  test("is told of before the store has made its tables, and none are made", async () => {
    const url = await database();
    const checks = named(await ledgerChecks(settingsWith({ ledger: url }), new Date()));
    expect(checks["ledger opens"]).toMatch(
      /^skip: postgres:\/\/127\.0\.0\.1:\d+\/\w+, PostgreSQL 18\S*: its schema is not there/,
    );
    expect(checks["clock beside the database's"]).toBe("ok: the same time");
    expect(await query(url, "SELECT 1 FROM pg_namespace WHERE nspname = 'cashtrail'")).toEqual([]);
  });

  test("is told of where the store may not make its tables, with the right that is missing", async () => {
    const url = await database();
    const name = new URL(url).pathname.slice(1);
    await query(url, "DROP ROLE IF EXISTS doctor_of_tables");
    await query(url, "CREATE ROLE doctor_of_tables LOGIN PASSWORD 'a-password'");
    onTestFinished(() => query(url, "DROP OWNED BY doctor_of_tables; DROP ROLE doctor_of_tables").then(() => {}));
    const own = new URL(url);
    own.username = "doctor_of_tables";
    own.password = "a-password";
    const opens = async () => {
      const checks = await ledgerChecks(settingsWith({ ledger: own.href }), new Date());
      const check = checks.find((one) => one.name === "ledger opens");
      return check && [short(check), check.fix];
    };
    const refused = expect.stringMatching(/^fail: postgres:\S+: this user may not make the ledger's tables$/);
    const grant = `GRANT CREATE ON DATABASE ${name} TO doctor_of_tables`;
    expect(await opens()).toEqual([refused, `as the database's owner or a superuser: ${grant};`]);
    await query(url, grant);
    expect((await opens())?.[0]).toMatch(/^skip: .*: its schema is not there/);
    // One that was made for it by somebody else.
    await query(url, "CREATE SCHEMA cashtrail");
    expect(await opens()).toEqual([
      refused,
      "as the database's owner or a superuser: GRANT USAGE, CREATE ON SCHEMA cashtrail TO doctor_of_tables;",
    ]);
  });

  test("is opened as the store opens it", async () => {
    const url = await database();
    const ledger = postgresLedger(url);
    await ledger.waiting();
    await ledger.close();
    const checks = named(await ledgerChecks(settingsWith({ ledger: url }), new Date()));
    expect(checks["ledger opens"]).toMatch(/^ok: postgres:\/\/\S+, PostgreSQL 18\S*, fsync on, schema \d+$/);
    expect(checks.backlog).toBe("ok: nothing waits");
    await query(url, "UPDATE cashtrail.schema SET version = 999");
    const newer = named(await ledgerChecks(settingsWith({ ledger: url }), new Date()));
    expect(newer["ledger opens"]).toMatch(/^fail: its schema is 999, newer than this version's \d+$/);
  });
});

describe("the journal", () => {
  test.each([
    ["orders that wait", "1795341600000-1-a.jsonl", "warn: 1 file of orders in "],
    ["a damaged file", "1795341600000-1-a.jsonl.unreadable", "warn: 1 file in "],
    ["only its room", "room", "ok: "],
  ])("is told of with %s", async (_case, file, expected) => {
    const folder = temporaryFolder();
    const journal = join(folder, "journal");
    mkdirSync(journal);
    writeFileSync(join(journal, file), "{}\n");
    const checks = named(await ledgerChecks(settingsWith({ ledger: join(folder, "a.db"), journal }), NOW));
    expect(checks.journal?.startsWith(expected)).toBe(true);
  });
});

describe("the whole examination", () => {
  test("reaches the networks with a look-up only, and reports no order", async () => {
    const store = await openStore();
    const { groups } = await examineStore(store);
    expect(store.sent()).toEqual(["GET /api/v2/transactions?byOrderNumber=cashtrail-doctor-no-such-order"]);
    const checks = named(groups.flatMap(({ checks }) => checks));
    expect(checks["retrack token"]).toBe("ok: a look-up of an order that does not exist was answered");
    expect(checks["shopback reachable"]).toBe(`ok: ${store.sandbox.url} answers`);
    expect(checks["shopback token"]).toMatch(/^skip: shopback has no call that proves a token/);
    expect(store.sandbox.book).toMatchObject({ retrack: [], shopback: [] });
    expect(await store.collector.find()).toEqual([]);
  });

  test("leaves the ledger's file as it was", async () => {
    const store = await openStore();
    await store.collector.report(store.clicks("retrack"), order);
    await store.collector.stop();
    const before = statSync(store.path);
    await examineStore(store);
    const after = statSync(store.path);
    expect([after.size, after.mtimeMs]).toEqual([before.size, before.mtimeMs]);
    expect(readdirSync(join(store.path, "..")).sort()).toEqual(["cashtrail.db", "cashtrail.db.journal"]);
  });

  test.each([
    ["401", "retrack token", "fail: refused: HTTP 401"],
    ["500", "retrack token", "warn: the look-up says nothing of it: HTTP 500"],
    ["html-200", "retrack token", "warn: the look-up says nothing of it: HTTP 200"],
    ["down", "retrack reachable", "fail: http://127.0.0.1:PORT: ECONNRESET"],
  ] as const)("tells what a network that answers %s means", async (fault, check, expected) => {
    const store = await openStore();
    store.sandbox.fault("retrack", fault);
    const { groups } = await examineStore(store);
    const found = named(groups.flatMap(({ checks }) => checks))[check];
    expect(found?.replace(/:\d+:/, ":PORT:").replace("UND_ERR_SOCKET", "ECONNRESET")).toBe(expected);
  });

  test("never tells a token", async () => {
    const store = await openStore();
    const told = JSON.stringify(await examineStore(store));
    expect(told).not.toContain("5f1c9e0a7b3d4826c8e1f07a92b46d35");
    expect(told).not.toContain("q7VtWm2ZbK9sXe4HrNd8LfYc3JpGu6TaRk5QwBz1MvEx7ShDn4CyAg2PjUo9");
  });

  test("fills in what is sent to the networks", async () => {
    const store = await openStore({ deepLinkHosts: ["www.mugs.example"] });
    const { goingLive } = await examineStore(store, { deepLinkHosts: ["www.mugs.example"] });
    const [toRetrack, toShopback] = goingLive.map(({ text }) => text);
    for (const fact of [
      "1. Redirect page: https://www.mugs.example/retrack",
      'Click: the parameter "click" is kept in the cookie retrack_click for 10 days.',
      '"event": "1f80e399-6f55-4cef-b8b0-0f74752c1ceb"',
      "What we send: POST to [NOT THE NETWORK YET: leave out url in the config, and run cashtrail doctor again], for",
      '"orderSum": 10000,',
    ])
      expect(toRetrack).toContain(fact);
    for (const fact of [
      "Shape: https://www.mugs.example/?utm_source=shopback&transaction_id={transaction_id}",
      "kept in the cookie shopback_click for 30 days.",
      "[ ] Currency: MYR",
      '"offer_id": "1234"',
      '"amount": "125"',
      "we send them by your validation API, once for each order",
    ])
      expect(toShopback).toContain(fact);
    // The sandbox is no address that a network could do anything with.
    expect(`${toRetrack}${toShopback}`).not.toContain(store.sandbox.url);
    const live = await examineStore(store, {
      networks: [shopback({ offer: "4711", securityToken: OWN.token, currency: "MYR", amount: "gross" })],
    });
    expect(live.goingLive[0]?.text).toMatch(/25\.00 VAT is sent to https:\/\/\S+ with$/m);
    const validation = { offer: "5678", affiliate: "1152" };
    const byLine = await examineStore(store, {
      networks: [
        shopback({
          offer: "4711",
          securityToken: OWN.token,
          currency: "MYR",
          amount: "gross",
          level: "line",
          validation,
        }),
      ],
    });
    for (const fact of [
      "[ ] Level: one call for each line.",
      "[ ] One line of 125.00",
      "we send them by your validation API, once for each line",
      "[ ] A call whose answer was lost is not repeated: we look in your report whether you have it.",
    ])
      expect(byLine.goingLive[0]?.text).toContain(fact);
  });
});

function examineStore(store: Awaited<ReturnType<typeof openStore>>, options: Partial<CollectorOptions> = {}) {
  const settings = parseOptions({ networks: store.accounts(), ledger: store.path, ...options });
  const place = { redirectPage: "/retrack", router: "/cashtrail" };
  return examine({ settings, ...place, nodeVersion: "v24.21.0", now: () => NOW }, () => {});
}
