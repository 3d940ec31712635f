import { journalBeside } from "../collector.ts";
import { DAY } from "../day.ts";
import { messageOf } from "../error.ts";
import type { Ledger, Waiting } from "../ledger/ledger.ts";
import { postgresLedger } from "../ledger/postgres.ts";
import { inspectPostgres } from "../ledger/postgres-inspection.ts";
import { sqliteLedger } from "../ledger/sqlite.ts";
import { inspectSqlite } from "../ledger/sqlite-inspection.ts";
import { type CollectorSettings, isPostgres } from "../options.ts";
import { lasting } from "../telling/lasting.ts";
import { type Check, checkOf } from "./check.ts";
import { clockCheck } from "./clock.ts";
import { journalChecks, ledgerFileChecks } from "./ledger-file.ts";

/** A postback that is tried again waits up to a day; one that is simply due is gone in seconds. */
const LONG_MS = DAY;

/** Looks at the ledger and the journal, and writes to neither. */
export async function ledgerChecks(settings: CollectorSettings, now: Date): Promise<Check[]> {
  const { ledger: place, journal } = settings;
  const checks =
    typeof place !== "string"
      ? await backlogChecks(place)
      : isPostgres(place)
        ? await postgresChecks(place, now)
        : await sqliteChecks(place);
  return [...checks, ...(await journalChecks(journal ?? journalBeside(place)))];
}

async function sqliteChecks(path: string): Promise<Check[]> {
  const files = await ledgerFileChecks(path);
  const { ok, fail, skip } = checkOf("ledger opens", "a SQLite file in WAL mode, with the tables of this version");
  let found: ReturnType<typeof inspectSqlite>;
  try {
    found = inspectSqlite(path);
  } catch (error) {
    // SQLITE_CANTOPEN: most often there is none yet.
    const { errcode } = error as { errcode?: number };
    if (errcode === 14 && !files.some(({ state }) => state === "fail"))
      return [...files, skip(`there is no ${path} yet: it is made when the store starts`)];
    return [
      ...files,
      fail(messageOf(error), "check that the path is the ledger's, and restore it from a copy if it is damaged"),
    ];
  }
  const { journalMode, schema, schemaWanted, version } = found;
  if (schema < schemaWanted)
    return [
      ...files,
      skip(`its schema is ${schema}, and ${schemaWanted} of this version: the store's next start brings it up to date`),
    ];
  if (schema > schemaWanted)
    return [
      ...files,
      fail(
        `its schema is ${schema}, newer than this version's ${schemaWanted}`,
        "install the version of Cashtrail that the store runs",
      ),
    ];
  if (journalMode !== "wal")
    return [
      ...files,
      fail(
        `journal_mode is ${journalMode}`,
        "let the store open the file once; on a network share it can never be WAL",
      ),
    ];
  // Its connection sets synchronous to FULL and reads both back: it opens as durable as it is to be, or not at all.
  const open = () => sqliteLedger(path, () => new Date());
  return [
    ...files,
    ...(await openedChecks(open, ok(`SQLite ${version}, WAL, synchronous FULL, schema ${schema}`), fail)),
  ];
}

async function postgresChecks(url: string, now: Date): Promise<Check[]> {
  const { ok, fail, skip } = checkOf(
    "ledger opens",
    "a PostgreSQL database that keeps what it commits, with the tables of this version",
  );
  let found: Awaited<ReturnType<typeof inspectPostgres>>;
  try {
    found = await inspectPostgres(url);
  } catch (error) {
    const { code } = error as { code?: string };
    return [
      fail(
        code === undefined ? messageOf(error) : `${code}: ${messageOf(error)}`,
        "check the URL, the password, and that this machine may connect",
      ),
    ];
  }
  const { name, version, fsync, fullPageWrites, isStandby, schema, schemaWanted, missingGrant } = found;
  const clock = clockCheck("the database", found.now, now);
  if (isStandby) return [fail(`${name} is a standby, which takes no writes`, "connect to the primary"), clock];
  if (fsync !== "on" || fullPageWrites !== "on")
    return [
      fail(
        `${name}: fsync is ${fsync}, full_page_writes ${fullPageWrites}`,
        "turn both on in postgresql.conf: without them what was committed can be lost",
      ),
      clock,
    ];
  if ((schema === undefined || schema < schemaWanted) && missingGrant !== undefined)
    return [
      fail(
        `${name}: this user may not make the ledger's tables`,
        `as the database's owner or a superuser: ${missingGrant};`,
      ),
      clock,
    ];
  if (schema === undefined || schema < schemaWanted)
    return [
      skip(
        `${name}, PostgreSQL ${version}: its schema is ${schema ?? "not there"}, and ${schemaWanted} of this version: the store's next start brings it up to date`,
      ),
      clock,
    ];
  if (schema > schemaWanted)
    return [
      fail(
        `its schema is ${schema}, newer than this version's ${schemaWanted}`,
        "install the version of Cashtrail that the store runs",
      ),
      clock,
    ];
  const opened = ok(`${name}, PostgreSQL ${version}, fsync on, schema ${schema}`);
  return [...(await openedChecks(() => postgresLedger(url), opened, fail)), clock];
}

/** As the store opens it: the tables are there, so that this changes nothing. */
async function openedChecks(
  open: () => Ledger,
  opened: Check,
  fail: (found: string, fix: string) => Check,
): Promise<Check[]> {
  let ledger: Ledger | undefined;
  try {
    ledger = open();
    return [opened, ...(await backlogChecks(ledger))];
  } catch (error) {
    return [fail(messageOf(error), "the store cannot start like this: do what the message says")];
  } finally {
    await ledger?.close();
  }
}

async function backlogChecks(ledger: Ledger): Promise<Check[]> {
  const waiting = await ledger.waiting();
  return waiting.length > 0
    ? waiting.map(backlogCheck)
    : [checkOf("backlog", "nothing held, failed, or waiting for more than a day").ok("nothing waits")];
}

/** What waits for one account, and for how long. */
export function backlogCheck({ network, pending, held, failed, oldest }: Waiting): Check {
  const { ok, warn, fail } = checkOf(`backlog ${network}`, "nothing held, failed, or waiting for more than a day");
  const parts = [
    told(pending, "waiting", oldest.pending),
    told(held, "held", oldest.held),
    told(failed, "failed", oldest.failed),
  ].filter(Boolean);
  const found = parts.join(", ") || "nothing waits";
  const isLate = (oldest.pending ?? 0) > LONG_MS;
  const remedies = [
    isLate
      ? "check that the store runs and calls start(), and that the network is reachable; then cashtrail orders --state pending"
      : "",
    held === 0
      ? ""
      : `decide what is held: cashtrail orders --state held --network ${network}, then cashtrail settle or cashtrail resend`,
    failed === 0
      ? ""
      : `see why it failed: cashtrail orders --state failed --network ${network}; mend that, then cashtrail resend --network ${network}`,
  ].filter(Boolean);
  if (remedies.length === 0) return ok(found);
  return (isLate ? fail : warn)(found, remedies.join("; and "));
}

function told(count: number, word: string, age = 0): string {
  return count === 0 ? "" : `${count} ${word} (the oldest for ${lasting(age)})`;
}
