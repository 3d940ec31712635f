import { POSTBACK_STATES, STATUSES } from "../states.ts";
import { hashOf, LEAP, WRONG_CLOCK_MS } from "./kept.ts";
import type { Filter } from "./ledger.ts";
import type { Session } from "./postgres-connection.ts";

type Query = Session["query"];
type Value = string | number | readonly string[];

/** The accounts there are, each by one step into the index. */
const NETWORKS = `WITH RECURSIVE networks (network) AS (
    (SELECT network FROM cashtrail.conversions ORDER BY network LIMIT 1)
    UNION ALL
    SELECT (
      SELECT network FROM cashtrail.conversions WHERE conversions.network > networks.network ORDER BY network LIMIT 1)
    FROM networks WHERE networks.network IS NOT NULL)
  SELECT network FROM networks WHERE network IS NOT NULL`;

/**
 * Tells which conversions are asked for, the newest first. However many there are, few are read: each way to them has
 * an index, and the planner is left no other. Orders and times are those of an expression, and subqueries cannot become
 * joins, lest it goes through all serials, or reads whole tables, where it takes what is rare for common.
 */
export async function choose(query: Query, filter: Filter): Promise<number[]> {
  const { number, click, network, state, status, since, until, before, limit = 100 } = filter;
  const bounds = await boundsOf(query, since, until);
  if (!bounds) return [];
  const from = bounds.from;
  let to = Math.min(bounds.to, (before ?? Number.POSITIVE_INFINITY) - 1);
  // What is approved or rejected is hardly ever among what waits, and is looked up apart.
  const isAmongWaiting = state === "delivered" && (status ?? "pending") === "pending";
  if (isAmongWaiting && number === undefined && click === undefined) to = await belowBacklog(query, from, to);
  const values: Value[] = [];
  const put = (value: Value) => `$${values.push(value)}`;
  const where = [
    ...(number === undefined ? [] : [`number = ${put(number)}`]),
    ...(click === undefined ? [] : [`click_id = ${put(click)}`]),
    ...(network === undefined ? [] : [`conversions.network = ${put(network)}`]),
    ...(status === undefined ? [] : [`conversions.status = ${put(status)}`]),
    ...(since === undefined ? [] : [`reported_at + 0 >= ${put(+since)}`]),
    ...(until === undefined ? [] : [`reported_at + 0 < ${put(+until)}`]),
    ...(state === undefined ? [] : [`${hasPostback} AND postbacks.state = ${put(state)} LIMIT 1)`]),
    `id >= ${put(from)} AND id <= ${put(to)}`,
  ].join(" AND ");
  const newest = () => `ORDER BY id DESC LIMIT ${put(limit)}`;

  async function idsOf(select: string): Promise<number[]> {
    const rows = await query<{ id: number }>(select, values);
    return rows.map(({ id }) => id);
  }

  if (number !== undefined) return idsOf(`SELECT id FROM cashtrail.conversions WHERE ${where} ${newest()}`);
  if (click !== undefined)
    return idsOf(
      // Some thousand small searches, one for each range of the index.
      `SELECT id FROM generate_series(
         (SELECT min(id) >> 13 FROM cashtrail.conversions), (SELECT max(id) >> 13 FROM cashtrail.conversions)) AS range
       CROSS JOIN LATERAL (
         SELECT id FROM cashtrail.conversions WHERE id >> 13 = range AND click_hash = ${put(hashOf(click))} AND ${where}
         OFFSET 0) AS found ${newest()}`,
    );
  if (network === undefined && status === undefined && (state === undefined || state === "delivered"))
    return idsOf(`SELECT id FROM cashtrail.conversions WHERE ${where} ${newest()}`);
  const networks =
    network === undefined ? (await query<{ network: string }>(NETWORKS, [])).map((row) => row.network) : [network];
  const asked = `SELECT DISTINCT id FROM unnest(${put(networks)}::text[]) AS asked (network)`;
  const [least, most] = [put(-to), put(-from)];
  const each = put(limit);
  // Of what is delivered there is no index: it is most of what there is.
  if (state !== undefined && state !== "delivered")
    return idsOf(
      `${asked} CROSS JOIN LATERAL (
         SELECT DISTINCT -conversion AS negative, conversion AS id FROM cashtrail.postbacks
         WHERE state <> 'delivered' AND state = ${put(state)} AND postbacks.network = asked.network
           AND -conversion >= ${least} AND -conversion <= ${most}
           AND (SELECT true FROM cashtrail.conversions WHERE id = conversion AND ${where})
         ORDER BY -conversion LIMIT ${each}) AS found ${newest()}`,
    );
  return idsOf(
    `${asked} CROSS JOIN unnest(${put(status === undefined ? STATUSES : [status])}::text[]) AS of (status)
     CROSS JOIN LATERAL (
       SELECT id FROM cashtrail.conversions
       WHERE conversions.network = asked.network AND conversions.status = of.status
         AND -id >= ${least} AND -id <= ${most} AND ${where}
       ORDER BY -id LIMIT ${each}) AS found ${newest()}`,
  );
}

/**
 * The newest conversion from which on to look for what is delivered, from `to` on down. Of what is delivered there is no
 * index, for it is most of what there is; but where a range has as many postbacks that are not delivered as it has in
 * all, it is counted and passed over.
 */
async function belowBacklog(query: Query, from: number, to: number): Promise<number> {
  const networks = (await query<{ network: string }>(NETWORKS, [])).map(({ network }) => network);
  const states = POSTBACK_STATES.filter((state) => state !== "delivered");
  const [found] = await query<{ top: number | null }>(
    `WITH RECURSIVE tops (top) AS (
       SELECT max(id) FROM cashtrail.conversions WHERE id <= $2::bigint
       UNION ALL
       SELECT top - ${LEAP} FROM tops
       WHERE top >= $1::bigint AND top >= (SELECT min(id) FROM cashtrail.conversions) AND (
         SELECT count(*) FROM cashtrail.postbacks WHERE conversion > top - ${LEAP} AND conversion <= top) = (
         SELECT count(*) FROM cashtrail.postbacks
         WHERE state <> 'delivered' AND state = ANY ($3::text[]) AND network = ANY ($4::text[])
           AND -conversion < ${LEAP} - top AND -conversion >= -top))
     SELECT min(top) AS top FROM tops`,
    [from, to, states, networks],
  );
  return found?.top ?? 0;
}

const hasPostback = "(SELECT true FROM cashtrail.postbacks WHERE conversion = conversions.id";

/** Between which serials those of a time are. They follow the time, but not closely. */
async function boundsOf(query: Query, since?: Date, until?: Date): Promise<{ from: number; to: number } | undefined> {
  const all = { from: 0, to: Number.MAX_SAFE_INTEGER };
  if (!since && !until) return all;
  const [found] = await query<{ from: number | null; to: number | null }>(
    // The sums keep all serials from being gone through in search of the time.
    `SELECT (
       SELECT min(id + 0) FROM cashtrail.conversions WHERE reported_at >= $1::bigint AND reported_at <= $3::bigint + (
         SELECT min(reported_at) FROM cashtrail.conversions WHERE reported_at >= $1::bigint)) AS "from", (
       SELECT max(id + 0) FROM cashtrail.conversions WHERE reported_at < $2::bigint AND reported_at >= -$3::bigint + (
         SELECT max(reported_at) FROM cashtrail.conversions WHERE reported_at < $2::bigint)) AS "to"`,
    [since ? +since : null, until ? +until : null, WRONG_CLOCK_MS],
  );
  const { from, to } = { ...all, ...(since && { from: found?.from }), ...(until && { to: found?.to }) };
  return typeof from === "number" && typeof to === "number" ? { from, to } : undefined;
}
