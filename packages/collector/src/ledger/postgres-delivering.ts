import { dayAt } from "../day.ts";
import type { Known } from "../network.ts";
import type { Settlement } from "../settlement.ts";
import { filled, hasRoom } from "./both-engines.ts";
import type { AttemptEnd, Claim } from "./ledger.ts";
import type { Session } from "./postgres-connection.ts";
import type { Operation } from "./postgres-lane.ts";
import { keepable } from "./postgres-rows.ts";
import { lockConversions, orderPostbacks } from "./postgres-successors.ts";

export interface Claiming {
  readonly network: string;
  readonly limit: number;
  readonly leaseMs: number;
}

export interface Settling {
  readonly claim: Pick<Claim, "id" | "token">;
  readonly settlement: Settlement;
  readonly attempt: AttemptEnd;
}

export const claim: Operation<Claiming, Claim[]> = { run: claimAll };

export const settle: Operation<Settling, boolean> = { run: settleAll, key: (settling) => settling.claim.id };

export const nextDue: Operation<string, number | undefined> = { run: nextDueOfAll };

export const hasten: Operation<{ network: string; waitMs: number; limit: number }, number> = {
  most: 1,
  run: hastenOne,
};

/** Takes for all that ask for the same at once, and deals out. */
async function claimAll(session: Session, calls: readonly Claiming[]): Promise<Claim[][]> {
  const alike = Map.groupBy(calls, ({ network, leaseMs }) => `${leaseMs} ${network}`);
  const dealt = new Map<Claiming, Claim[]>();
  for (const group of alike.values()) {
    const [{ network, leaseMs }] = group as [Claiming];
    const limit = group.reduce((sum, call) => sum + call.limit, 0);
    const claims = await take(session, { network, limit, leaseMs });
    for (const call of group) dealt.set(call, claims.splice(0, call.limit));
  }
  return calls.map((call) => dealt.get(call) ?? []);
}

async function take({ query, now }: Session, { network, limit, leaseMs }: Claiming): Promise<Claim[]> {
  const rows = await query<{
    id: string;
    number: string;
    claim: string;
    interrupted: boolean;
    step: string;
    if_unknown: string;
    tries: number;
    begun_at: number;
  }>(
    // What somebody else is taking at this moment is passed over, not waited for. The open attempt of a claim that ran
    // out is closed by who settles it: no new request goes out under it, so it gets no other.
    `WITH due AS (
       SELECT serial, due_at, claim IS NOT NULL AS interrupted FROM cashtrail.postbacks
       WHERE network = $1 AND state = 'pending' AND due_at <= $2::bigint
       ORDER BY due_at, serial LIMIT $3 FOR UPDATE SKIP LOCKED
     ), taken AS (
       UPDATE cashtrail.postbacks AS postback SET claim = gen_random_uuid()::text, due_at = $2::bigint + $4::bigint
       FROM due WHERE postback.serial = due.serial
       RETURNING postback.*, due.due_at AS was_due_at, interrupted
     ), opened AS (
       INSERT INTO cashtrail.attempts (postback, at) SELECT serial, $2::bigint FROM taken WHERE NOT interrupted
     )
     SELECT taken.id, number, claim, interrupted, step, if_unknown, tries, begun_at
     FROM taken JOIN cashtrail.conversions ON conversions.id = conversion ORDER BY was_due_at, serial`,
    [network, now, limit, leaseMs],
  );
  const claims = rows.map((row) => ({
    id: row.id,
    number: row.number,
    token: row.claim,
    interrupted: row.interrupted,
    step: JSON.parse(row.step),
    ifUnknown: JSON.parse(row.if_unknown),
    tries: row.tries,
    ageMs: now - row.begun_at,
  }));
  const known = await knownFor(query, claims.filter(hasRoom));
  return claims.map((claim) => {
    const found = known.get(claim.id);
    return found ? filled(claim, found) : claim;
  });
}

async function knownFor(query: Session["query"], claims: readonly Claim[]): Promise<Map<string, Known>> {
  if (claims.length === 0) return new Map();
  const rows = await query<Known & { id: string }>(
    `SELECT id, (
       SELECT remote_id FROM cashtrail.postbacks AS told
       WHERE told.conversion = postbacks.conversion AND told.line IS NOT DISTINCT FROM postbacks.line
         AND remote_id IS NOT NULL
       ORDER BY serial LIMIT 1) AS "remoteId", EXISTS (
       SELECT FROM cashtrail.conversions JOIN cashtrail.conversions AS other USING (click_id, click_network)
       JOIN cashtrail.postbacks AS told ON told.conversion = other.id
       WHERE conversions.id = postbacks.conversion AND other.id <> conversions.id AND other.asks_click
         AND told.kind = 'create' AND told.state NOT IN ('failed', 'cancelled')) AS "isClickShared"
     FROM cashtrail.postbacks WHERE id = ANY ($1::text[])`,
    [claims.map(({ id }) => id)],
  );
  return new Map(rows.map(({ id, ...known }) => [id, known]));
}

async function settleAll(session: Session, calls: readonly Settling[]): Promise<boolean[]> {
  const settled = await writeEnds(session, calls);
  return calls.map(({ claim: { id } }) => settled.has(id));
}

async function writeEnds(session: Session, calls: readonly Settling[]): Promise<Set<string>> {
  const { query, now } = session;
  const ids = calls.map(({ claim: { id } }) => id);
  // Two that end at once, before a third one that waits for both, would otherwise each take the other for unsettled.
  await lockConversions(session, "id IN (SELECT conversion FROM cashtrail.postbacks WHERE id = ANY ($1::text[]))", [
    ids,
  ]);
  const ends = calls.map(({ claim: { id, token }, settlement, attempt }) => ({
    id,
    token,
    state: settlement.state,
    ...(settlement.state === "pending"
      ? { step: JSON.stringify(settlement.step), due_at: now + settlement.waitMs }
      : {}),
    tried: attempt.outcome === "next" || attempt.isProbe ? 0 : 1,
    remote_id: settlement.state === "delivered" ? keepable(settlement.remoteId) : null,
    reason: keepable(settlement.reason),
    outcome: attempt.outcome,
    duration_ms: attempt.durationMs,
    status: attempt.status,
    attempt_reason: keepable(attempt.reason),
  }));
  const rows = await query<{ id: string; conversion: number; has_others: boolean }>(
    `WITH settled AS (
       UPDATE cashtrail.postbacks AS postback
       SET state = given.state, step = coalesce(given.step, postback.step), due_at = given.due_at, claim = NULL,
         tries = tries + tried, remote_id = coalesce(given.remote_id, postback.remote_id), reason = given.reason
       FROM (
         SELECT * FROM json_to_recordset($1::json) AS ends (id text, token text, state text, step text, due_at bigint,
           tried int, remote_id text, reason text, outcome text, duration_ms int, status int, attempt_reason text)
         LIMIT $2) AS given
       WHERE postback.id = given.id AND postback.claim = given.token AND postback.state = 'pending'
       RETURNING postback.id, conversion, serial, outcome, duration_ms, given.status, attempt_reason, network,
         postback.state, created_at
     ), closed AS (
       UPDATE cashtrail.attempts AS attempt
       SET outcome = settled.outcome, duration_ms = settled.duration_ms, status = settled.status, reason = attempt_reason
       FROM settled WHERE attempt.postback = settled.serial AND attempt.outcome = 'sending'
     ), counted AS (
       INSERT INTO cashtrail.tallies (day, network, what, count, ms)
       SELECT $3::integer, network, state, count(*), coalesce(sum(greatest($4::bigint - created_at, 0)) FILTER (WHERE state = 'delivered'), 0)
       FROM settled WHERE state IN ('delivered', 'held', 'failed') GROUP BY network, state
     )
     SELECT id, conversion, EXISTS (
       SELECT FROM cashtrail.postbacks AS other
       WHERE other.conversion = settled.conversion AND other.serial <> settled.serial) AS has_others
     FROM settled`,
    // The limit changes nothing but the plan, which is then made for as many. Others are looked for whatever their state:
    // asked for what is open, the planner may read the index of all that is, which a long outage makes long.
    [JSON.stringify(ends), ends.length, dayAt(now), now],
  );
  // Most conversions have one postback, which waits for no other and for which no other waits.
  const unordered = new Set(rows.filter(({ has_others }) => has_others).map(({ conversion }) => conversion));
  if (unordered.size > 0) await orderPostbacks(session, [...unordered]);
  return new Set(rows.map(({ id }) => id));
}

async function nextDueOfAll({ query, now }: Session, networks: readonly string[]): Promise<(number | undefined)[]> {
  const rows = await query<{ network: string; due_at: number | null }>(
    `SELECT network, (
       SELECT min(due_at) FROM cashtrail.postbacks WHERE postbacks.network = asked.network AND state = 'pending'
     ) AS due_at FROM unnest($1::text[]) AS asked (network)`,
    [[...new Set(networks)]],
  );
  const dueAt = new Map(rows.map((row) => [row.network, row.due_at]));
  return networks.map((network) => {
    const at = dueAt.get(network);
    return typeof at === "number" ? Math.max(0, at - now) : undefined;
  });
}

async function hastenOne(
  { query, now }: Session,
  [call]: readonly { network: string; waitMs: number; limit: number }[],
): Promise<number[]> {
  if (!call) return [];
  // What is claimed keeps its time: there it is when the claim runs out.
  const rows = await query(
    `WITH late AS (
       SELECT serial FROM cashtrail.postbacks
       WHERE network = $1 AND state = 'pending' AND claim IS NULL AND due_at > $2::bigint
       LIMIT $3 FOR UPDATE SKIP LOCKED
     )
     UPDATE cashtrail.postbacks AS postback SET due_at = $2::bigint FROM late WHERE postback.serial = late.serial
     RETURNING postback.serial`,
    [call.network, now + call.waitMs, call.limit],
  );
  return [rows.length];
}
