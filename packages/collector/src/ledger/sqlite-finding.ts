import type { DatabaseSync, SQLInputValue, SQLOutputValue } from "node:sqlite";
import { clickIn, countIn, MOST_COUNTED, subjectIn, waitingIn } from "./both-engines.ts";
import type {
  AttemptRecord,
  ConversionRecord,
  DecisionRecord,
  Filter,
  ListedPostback,
  PostbackFilter,
  PostbackRecord,
  PostbackState,
  Uncredited,
  Waiting,
} from "./ledger.ts";
import { choosing } from "./sqlite-choosing.ts";
import type { Operations, Row } from "./sqlite-operations.ts";

type Condition = readonly [condition: string, value: SQLInputValue | undefined];

export function finding(
  database: DatabaseSync,
): Pick<Operations, "find" | "postbacks" | "uncredited" | "uncreditedReason" | "waiting"> {
  const choose = choosing(database);
  const conversionOf = database.prepare("SELECT * FROM conversions WHERE id = ?");
  const postbacksOf = database.prepare("SELECT * FROM postbacks WHERE conversion = ? ORDER BY serial");
  const attemptsOf = database.prepare("SELECT * FROM attempts WHERE postback = ? ORDER BY id");
  const decisionsOf = database.prepare(
    `SELECT decisions.*, postbacks.id AS postback_id FROM decisions LEFT JOIN postbacks ON serial = postback
     WHERE decisions.conversion = ? ORDER BY decisions.id`,
  );
  const countUncredited = database.prepare(
    `SELECT count(*) AS count FROM (SELECT 1 FROM reports WHERE uncredited IS NOT NULL LIMIT ${MOST_COUNTED + 1})`,
  );
  const newestUncredited = database.prepare(
    "SELECT * FROM reports WHERE uncredited IS NOT NULL ORDER BY reported_at DESC, rowid DESC LIMIT ?",
  );
  const reasonOf = database.prepare(
    "SELECT uncredited FROM reports WHERE kind IN ('order', 'lead') AND number = ? AND uncredited IS NOT NULL ORDER BY kind DESC",
  );
  // What waits for one before it is as old as that one, which is counted itself.
  const countWaiting = database.prepare(
    `SELECT network, state, count, (SELECT created_at FROM postbacks WHERE serial = first) AS oldest FROM (
       SELECT network, 'pending' AS state, count(*) AS count, min(serial) FILTER (WHERE due_at IS NOT NULL) AS first
       FROM postbacks WHERE state = 'pending' GROUP BY network
       UNION ALL
       SELECT network, state, count(*), min(serial) FROM postbacks INDEXED BY postbacks_undelivered
       WHERE state <> 'delivered' AND state IN ('held', 'failed') GROUP BY state, network)`,
  );

  function find(_now: number, filter: Filter): ConversionRecord[] {
    return choose(filter)
      .map((id) => conversionOf.get(id) as Row)
      .map((row) => ({
        serial: row.id as number,
        number: row.number as string,
        network: row.network as string,
        click: clickIn(
          row.click_network as string,
          row.click_id as string,
          row.click_at as number,
          row.click_consent as string | null,
        ),
        status: row.status as ConversionRecord["status"],
        ...subjectIn(row.kind as string, row.subject as string),
        lines: JSON.parse(row.lines as string),
        ...(row.amount === null ? {} : { amount: JSON.parse(row.amount as string) }),
        revision: row.revision as number,
        reportedAt: date(row.reported_at),
        postbacks: postbacksOf.all(row.id as number).map(postbackIn),
        decisions: decisionsOf.all(row.id as number).map(decisionIn),
      }));
  }

  function postbackIn(row: Row): PostbackRecord {
    return {
      id: row.id as string,
      kind: row.kind as PostbackRecord["kind"],
      ...(row.line === null ? {} : { line: row.line as string }),
      state: row.state as PostbackRecord["state"],
      step: JSON.parse(row.step as string),
      ...(row.due_at === null ? {} : { dueAt: date(row.due_at) }),
      ...(row.remote_id === null ? {} : { remoteId: row.remote_id as string }),
      ...(row.reason === null ? {} : { reason: row.reason as string }),
      attempts: attemptsOf.all(row.serial as number).map(attemptIn),
    };
  }

  function postbacks(_now: number, filter: PostbackFilter, after: number, limit: number): ListedPostback[] {
    const { where, values } = conjunction([
      ["serial > ?", after],
      // Said in so many words, or the index of what is not delivered would not do.
      [filter.state === "delivered" ? "state = ?" : "state <> 'delivered' AND state = ?", filter.state],
      ["network = ?", filter.network],
      ["id = ?", filter.id],
      ["conversion IN (SELECT id FROM conversions WHERE number = ?)", filter.number],
      ["(SELECT reported_at FROM conversions WHERE id = conversion) >= ?", filter.since && +filter.since],
      ["(SELECT reported_at FROM conversions WHERE id = conversion) < ?", filter.until && +filter.until],
    ]);
    return database
      .prepare(
        `SELECT *, (SELECT number FROM conversions WHERE id = conversion) AS number,
           kind NOT IN ('create', 'lead') AND EXISTS (
             SELECT 1 FROM postbacks AS later
             WHERE later.conversion = postbacks.conversion AND later.serial > postbacks.serial
               AND later.state IN ('pending', 'delivered', 'held') AND later.line IS postbacks.line) AS superseded
         FROM postbacks WHERE serial IN (SELECT serial FROM postbacks ${where} ORDER BY serial LIMIT ?) ORDER BY serial`,
      )
      .all(...values, limit)
      .map((row) => ({
        serial: row.serial as number,
        id: row.id as string,
        kind: row.kind as ListedPostback["kind"],
        ...(row.line === null ? {} : { line: row.line as string }),
        number: row.number as string,
        network: row.network as string,
        state: row.state as ListedPostback["state"],
        step: JSON.parse(row.step as string),
        ifUnknown: JSON.parse(row.if_unknown as string),
        ...(row.reason === null ? {} : { reason: row.reason as string }),
        superseded: row.superseded === 1,
      }));
  }

  function uncredited(_now: number, limit: number): Uncredited {
    return {
      ...countIn(countUncredited.get()?.count as number),
      newest: newestUncredited.all(limit).map((row) => ({
        number: row.number as string,
        reportedAt: date(row.reported_at),
        reason: row.uncredited as string,
      })),
    };
  }

  function uncreditedReason(_now: number, number: string): string | undefined {
    return (reasonOf.get(number)?.uncredited ?? undefined) as string | undefined;
  }

  function waiting(now: number): Waiting[] {
    return waitingIn(
      countWaiting.all().map(({ network, state, count, oldest }) => ({
        network: network as string,
        state: state as keyof Waiting["oldest"],
        count: count as number,
        oldest: oldest as number | null,
      })),
      now,
    );
  }

  return { find, postbacks, uncredited, uncreditedReason, waiting };
}

/** The conditions for which a value is given, and these values. */
function conjunction(conditions: readonly Condition[]): { where: string; values: SQLInputValue[] } {
  const asked = conditions.filter(([, value]) => value !== undefined);
  return {
    where: asked.length > 0 ? `WHERE ${asked.map(([condition]) => condition).join(" AND ")}` : "",
    values: asked.map(([, value]) => value as SQLInputValue),
  };
}

function attemptIn(row: Row): AttemptRecord {
  return {
    at: date(row.at),
    outcome: row.outcome as AttemptRecord["outcome"],
    ...(row.duration_ms === null ? {} : { durationMs: row.duration_ms as number }),
    ...(row.status === null ? {} : { status: row.status as number }),
    ...(row.reason === null ? {} : { reason: row.reason as string }),
  };
}

function decisionIn(row: Row): DecisionRecord {
  return {
    at: date(row.at),
    what: row.what as DecisionRecord["what"],
    ...(row.state === null ? {} : { state: row.state as PostbackState }),
    by: row.decided_by as string,
    ...(row.reason === null ? {} : { reason: row.reason as string }),
    ...(row.postback_id === null ? {} : { postback: row.postback_id as string }),
  };
}

function date(milliseconds: SQLOutputValue | undefined): Date {
  return new Date(milliseconds as number);
}
