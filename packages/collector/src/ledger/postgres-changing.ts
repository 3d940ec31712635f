import { leavesNothing } from "../changes.ts";
import { dayAt } from "../day.ts";
import { forgotten } from "./both-engines.ts";
import type { Amendment, Decision, PostbackDecision } from "./ledger.ts";
import type { Session } from "./postgres-connection.ts";
import type { Operation } from "./postgres-lane.ts";
import { rowsOf } from "./postgres-recording.ts";
import { keepable } from "./postgres-rows.ts";
import { lockConversions, orderPostbacks } from "./postgres-successors.ts";

interface Deciding {
  readonly decisions: readonly PostbackDecision[];
  readonly by: Decision;
}

interface Erasing {
  readonly olderThan: { readonly clicksMs: number; readonly conversionsMs: number };
  readonly limit: number;
}

interface Forgetting {
  readonly number: string;
  readonly decision: Decision;
}

export const amend: Operation<readonly Amendment[], boolean> = alone(amendOne);
export const decide: Operation<Deciding, string[]> = alone(decideOne);
export const erase: Operation<Erasing, number> = alone(eraseOne);
export const forget: Operation<Forgetting, boolean> = alone(forgetOne);

function alone<Given, Answer>(run: (session: Session, given: Given) => Promise<Answer>): Operation<Given, Answer> {
  return { most: 1, run: (session, calls) => Promise.all(calls.map((given) => run(session, given))) };
}

async function amendOne(session: Session, amendments: readonly Amendment[]): Promise<boolean> {
  const { query, now } = session;
  const given = JSON.stringify(
    amendments.map((amendment) => ({
      number: amendment.number,
      network: amendment.network,
      revision: amendment.revision,
      subject: JSON.stringify(amendment.order),
      status: amendment.status,
      lines: JSON.stringify(amendment.lines),
      amount: amendment.amount && JSON.stringify(amendment.amount),
      what: amendment.decision.what,
      decided_by: keepable(amendment.decision.by),
      reason: keepable(amendment.decision.reason),
    })),
  );
  const conversions = await lockConversions(
    session,
    `kind = 'order' AND (number, network, revision) IN (
       SELECT number, network, revision FROM json_to_recordset($1::json) AS given (number text, network text, revision int))`,
    [given],
  );
  if (conversions.length < amendments.length) return false;
  const cancelled = amendments.flatMap(({ cancel, number, network, decision }) =>
    cancel.map((id) => ({
      id,
      number,
      network,
      reason: keepable(`withdrawn before it left: ${decision.what} by ${decision.by}`),
    })),
  );
  // Locked, for a claim does not wait for the conversion. Of none of its attempts may the network have anything, or a
  // person says that it has not.
  const cancellable = await query<{ id: string }>(
    `SELECT postback.id FROM cashtrail.postbacks AS postback
     JOIN json_to_recordset($1::json) AS given (id text, number text, network text) ON given.id = postback.id
     WHERE conversion = (
         SELECT id FROM cashtrail.conversions
         WHERE kind = 'order' AND conversions.number = given.number AND conversions.network = given.network)
       AND claim IS NULL AND (
         state IN ('pending', 'failed') AND NOT EXISTS (
           SELECT FROM cashtrail.attempts WHERE postback = postback.serial AND outcome <> ALL ($2::text[]))
         OR state = 'failed' AND EXISTS (
           SELECT FROM cashtrail.decisions WHERE decisions.postback = postback.serial AND what = 'settle'
             AND decisions.state = 'failed'))
     ORDER BY serial FOR UPDATE OF postback`,
    [JSON.stringify(cancelled), leavesNothing],
  );
  if (cancellable.length < cancelled.length) return false;
  const added = amendments.flatMap(({ number, network, postbacks }) =>
    rowsOf(postbacks).map((row) => ({ ...row, number, network })),
  );
  await query(
    `WITH before AS (
       SELECT id, status FROM cashtrail.conversions WHERE id = ANY ($4::bigint[])
     ), changed AS (
       UPDATE cashtrail.conversions AS conversion
       SET subject = given.subject, status = given.status, lines = given.lines, amount = given.amount,
         revision = conversion.revision + 1
       FROM json_to_recordset($1::json) AS given (number text, network text, subject text, status text, lines text,
         amount text, what text, decided_by text, reason text)
       WHERE conversion.kind = 'order' AND conversion.number = given.number AND conversion.network = given.network
       RETURNING conversion.id, conversion.network, conversion.status, what, decided_by, reason
     ), counted AS (
       INSERT INTO cashtrail.tallies (day, network, what, count)
       SELECT $5::integer, network, changed.status, count(*) FROM changed JOIN before USING (id)
       WHERE changed.status <> before.status AND changed.status <> 'pending' GROUP BY network, changed.status
     ), noted AS (
       INSERT INTO cashtrail.decisions (conversion, at, what, decided_by, reason)
       SELECT id, $3::bigint, what, decided_by, reason FROM changed
     )
     UPDATE cashtrail.postbacks AS postback SET state = 'cancelled', due_at = NULL, claim = NULL, reason = given.reason
     FROM json_to_recordset($2::json) AS given (id text, reason text) WHERE postback.id = given.id`,
    [given, JSON.stringify(cancelled), now, conversions, dayAt(now)],
  );
  const written = await query(
    `INSERT INTO cashtrail.postbacks AS postback
       (id, conversion, network, kind, line, step, if_unknown, created_at, begun_at)
     SELECT given.id, conversions.id, network, given.kind, line, step, if_unknown, $2::bigint, $2::bigint
     FROM ROWS FROM (json_to_recordset($1::json) AS (number text, network text, id text, kind text, line text,
       step text, if_unknown text)) WITH ORDINALITY AS given
     JOIN cashtrail.conversions USING (number, network) WHERE conversions.kind = 'order' ORDER BY ordinality
     ON CONFLICT (id) DO UPDATE
       SET step = excluded.step, if_unknown = excluded.if_unknown, state = 'pending', begun_at = excluded.begun_at,
         tries = 0, reason = NULL
       WHERE postback.state = 'cancelled' AND postback.conversion = excluded.conversion
     RETURNING 1`,
    [JSON.stringify(added), now],
  );
  if (written.length < added.length) throw new Error("a postback's id is taken by one that is not cancelled");
  await orderPostbacks(session, conversions);
  return true;
}

async function decideOne(session: Session, { decisions, by }: Deciding): Promise<string[]> {
  const { query, now } = session;
  const conversions = await lockConversions(
    session,
    "id IN (SELECT conversion FROM cashtrail.postbacks WHERE id = ANY ($1::text[]))",
    [decisions.map(({ id }) => id)],
  );
  const given = decisions.map(({ id, from, settlement }) => ({
    id,
    from_state: from,
    state: settlement.state,
    ...(settlement.state === "pending"
      ? { step: JSON.stringify(settlement.step), due_at: now + settlement.waitMs }
      : {}),
    remote_id: settlement.state === "delivered" ? keepable(settlement.remoteId) : null,
    reason: keepable(settlement.reason),
  }));
  const rows = await query<{ id: string }>(
    `WITH written AS (
       UPDATE cashtrail.postbacks AS postback
       SET state = given.state, step = coalesce(given.step, postback.step), due_at = given.due_at,
         begun_at = $2::bigint, tries = 0, remote_id = coalesce(given.remote_id, postback.remote_id),
         reason = given.reason
       FROM json_to_recordset($1::json) AS given (id text, from_state text, state text, step text, due_at bigint,
         remote_id text, reason text)
       WHERE postback.id = given.id AND postback.state = from_state AND claim IS NULL
       RETURNING postback.id, serial, conversion, network, from_state, postback.state, created_at
     ), counted AS (
       INSERT INTO cashtrail.tallies (day, network, what, count, ms)
       SELECT $6::integer, network, state, count(*),
         coalesce(sum(greatest($2::bigint - created_at, 0)) FILTER (WHERE state = 'delivered'), 0)
       FROM written WHERE state <> from_state AND state IN ('delivered', 'held', 'failed') GROUP BY network, state
     ), noted AS (
       INSERT INTO cashtrail.decisions (conversion, postback, at, what, state, decided_by, reason)
       SELECT conversion, serial, $2::bigint, $3, state, $4, $5 FROM written ORDER BY serial
     )
     SELECT id FROM written`,
    [JSON.stringify(given), now, by.what, keepable(by.by), keepable(by.reason), dayAt(now)],
  );
  await orderPostbacks(session, conversions);
  const written = new Set(rows.map(({ id }) => id));
  return decisions.map(({ id }) => id).filter((id) => written.has(id));
}

async function eraseOne({ query, now }: Session, { olderThan, limit }: Erasing): Promise<number> {
  // What somebody else is changing is passed over; the next round finds it. A delivered postback that a person sends
  // again waits for the lock, and then finds nothing.
  const old = await query<{ id: string; kind: string; number: string }>(
    `SELECT id::text, kind, number FROM cashtrail.conversions
     WHERE reported_at < $1::bigint AND NOT EXISTS (
       SELECT FROM cashtrail.postbacks WHERE conversion = conversions.id AND state IN ('pending', 'held', 'failed'))
     ORDER BY reported_at LIMIT $2 FOR UPDATE SKIP LOCKED`,
    [now - olderThan.conversionsMs, limit],
  );
  // Once more now that they are locked: a person may have sent one again before that.
  const erased = await query<{ id: string }>(
    `SELECT id::text FROM cashtrail.conversions WHERE id = ANY ($1::bigint[]) AND NOT EXISTS (
       SELECT FROM cashtrail.postbacks WHERE conversion = conversions.id AND state IN ('pending', 'held', 'failed'))`,
    [old.map(({ id }) => id)],
  );
  const ids = erased.map(({ id }) => id);
  for (const erasure of [
    "DELETE FROM cashtrail.decisions WHERE conversion = ANY ($1::bigint[])",
    `DELETE FROM cashtrail.attempts WHERE postback IN (
       SELECT serial FROM cashtrail.postbacks WHERE conversion = ANY ($1::bigint[]))`,
    "DELETE FROM cashtrail.postbacks WHERE conversion = ANY ($1::bigint[])",
    "DELETE FROM cashtrail.conversions WHERE id = ANY ($1::bigint[])",
  ])
    await query(erasure, [ids]);
  await query(
    `DELETE FROM cashtrail.reports WHERE (kind, number) IN (
       SELECT kind, number FROM json_to_recordset($1::json) AS given (kind text, number text))
     AND NOT EXISTS (
       SELECT FROM cashtrail.conversions WHERE conversions.kind = reports.kind AND conversions.number = reports.number)`,
    [JSON.stringify(old)],
  );
  await query("DELETE FROM cashtrail.folded_tallies WHERE day < $1", [dayAt(now - olderThan.conversionsMs)]);
  const uncredited = await query(
    `DELETE FROM cashtrail.reports WHERE (kind, number) IN (
       SELECT kind, number FROM cashtrail.reports WHERE uncredited IS NOT NULL AND reported_at < $1::bigint
       ORDER BY reported_at LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING 1`,
    [now - olderThan.conversionsMs, limit],
  );
  const clicks = await query(
    `DELETE FROM cashtrail.clicks WHERE (network, id) IN (
       SELECT network, id FROM cashtrail.clicks WHERE at < $1::bigint ORDER BY at, network, id LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING 1`,
    [now - olderThan.clicksMs, limit],
  );
  return ids.length + uncredited.length + clicks.length;
}

async function forgetOne(session: Session, { number, decision }: Forgetting): Promise<boolean> {
  const { query, now } = session;
  const uncredited = await query(
    `DELETE FROM cashtrail.reports WHERE kind IN ('order', 'lead') AND number = $1 AND uncredited IS NOT NULL RETURNING 1`,
    [number],
  );
  const conversions = await lockConversions(session, "number = $1", [number]);
  if (conversions.length === 0) return uncredited.length > 0;
  await query(
    `DELETE FROM cashtrail.clicks WHERE (network, id) IN (
       SELECT click_network, click_id FROM cashtrail.conversions WHERE id = ANY ($1::bigint[]))`,
    [conversions],
  );
  const subjects = await query<{ id: string; kind: string; subject: string }>(
    "SELECT id::text, kind, subject FROM cashtrail.conversions WHERE id = ANY ($1::bigint[])",
    [conversions],
  );
  const left = subjects.map(({ id, kind, subject }) => ({ id, subject: forgotten(kind, subject) }));
  await query(
    `UPDATE cashtrail.conversions AS conversion
     SET click_id = '', click_hash = 0, subject = given.subject, lines = '{}', amount = NULL, revision = revision + 1
     FROM json_to_recordset($1::json) AS given (id bigint, subject text) WHERE conversion.id = given.id`,
    [JSON.stringify(left)],
  );
  // The id may have a SKU in it. A claim is taken away: whoever holds it can write nothing more.
  await query(
    `WITH forgotten AS (
       UPDATE cashtrail.postbacks
       SET id = network || '/forgotten/' || serial, step = 'null', if_unknown = '"hold"', line = NULL,
         remote_id = NULL, reason = NULL, due_at = NULL, claim = NULL, state = CASE state WHEN 'delivered' THEN state ELSE 'cancelled' END
       WHERE conversion = ANY ($1::bigint[]) RETURNING serial
     )
     UPDATE cashtrail.attempts SET reason = NULL FROM forgotten WHERE postback = serial`,
    [conversions],
  );
  await query("UPDATE cashtrail.decisions SET reason = NULL WHERE conversion = ANY ($1::bigint[])", [conversions]);
  await query(
    `INSERT INTO cashtrail.decisions (conversion, at, what, decided_by, reason)
     SELECT id, $2::bigint, $3, $4, $5 FROM unnest($1::bigint[]) AS id`,
    [conversions, now, decision.what, keepable(decision.by), keepable(decision.reason)],
  );
  return true;
}
