import { POSTBACK_STATES, STATUSES } from "../states.ts";
import { hashOf, isBehindBacklog, LEAP, WRONG_CLOCK_MS } from "./both-engines.ts";
import type { Filter, PostbackState } from "./ledger.ts";
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
  const { number, click, network, state, status, limit = 100 } = filter;
  const bounds = await boundsOf(query, filter);
  if (!bounds) return [];
  const values: Value[] = [];
  const put = (value: Value) => `$${values.push(value)}`;
  const asked: Asked = { ...bounds, where: conjunction(filter, bounds, put), limit, put };

  async function found(): Promise<string> {
    if (number !== undefined) return bySerial(asked);
    if (click !== undefined) return byClick(click, asked);
    const isOfState = state !== undefined && state !== "delivered";
    if (!isOfState && network === undefined && status === undefined) return bySerial(asked);
    const networks = network === undefined ? await networksIn(query) : [network];
    // Of what is delivered there is no index: it is most of what there is.
    return isOfState
      ? byState(state, networks, asked)
      : byStatus(status === undefined ? STATUSES : [status], networks, asked);
  }

  const select = await found();
  const rows = await query<{ id: number }>(`${select} ORDER BY id DESC LIMIT ${put(limit)}`, values);
  return rows.map(({ id }) => id);
}

/** What is asked for, whichever way it is looked up. */
interface Asked extends Bounds {
  readonly where: string;
  readonly limit: number;
  /** Takes a value into the query, and answers its place there. */
  readonly put: (value: Value) => string;
}

function conjunction(
  { number, click, network, state, status, since, until }: Filter,
  { from, to }: Bounds,
  put: Asked["put"],
): string {
  return [
    ...(number === undefined ? [] : [`number = ${put(number)}`]),
    ...(click === undefined ? [] : [`click_id = ${put(click)}`]),
    ...(network === undefined ? [] : [`conversions.network = ${put(network)}`]),
    ...(status === undefined ? [] : [`conversions.status = ${put(status)}`]),
    ...(since === undefined ? [] : [`reported_at + 0 >= ${put(+since)}`]),
    ...(until === undefined ? [] : [`reported_at + 0 < ${put(+until)}`]),
    ...(state === undefined ? [] : [`${hasPostback} AND postbacks.state = ${put(state)} LIMIT 1)`]),
    `id >= ${put(from)} AND id <= ${put(to)}`,
  ].join(" AND ");
}

function bySerial({ where }: Asked): string {
  return `SELECT id FROM cashtrail.conversions WHERE ${where}`;
}

/** Some thousand small searches, one for each range of the index. */
function byClick(click: string, { where, put }: Asked): string {
  return `SELECT id FROM generate_series(
      (SELECT min(id) >> 13 FROM cashtrail.conversions), (SELECT max(id) >> 13 FROM cashtrail.conversions)) AS range
    CROSS JOIN LATERAL (
      SELECT id FROM cashtrail.conversions WHERE id >> 13 = range AND click_hash = ${put(hashOf(click))} AND ${where}
      OFFSET 0) AS found`;
}

function byState(state: PostbackState, networks: readonly string[], { where, from, to, limit, put }: Asked): string {
  return `SELECT DISTINCT id FROM unnest(${put(networks)}::text[]) AS asked (network)
    CROSS JOIN LATERAL (
      SELECT DISTINCT -conversion AS negative, conversion AS id FROM cashtrail.postbacks
      WHERE state <> 'delivered' AND state = ${put(state)} AND postbacks.network = asked.network
        AND -conversion >= ${put(-to)} AND -conversion <= ${put(-from)}
        AND (SELECT true FROM cashtrail.conversions WHERE id = conversion AND ${where})
      ORDER BY -conversion LIMIT ${put(limit)}) AS found`;
}

function byStatus(
  statuses: readonly string[],
  networks: readonly string[],
  { where, from, to, limit, put }: Asked,
): string {
  return `SELECT DISTINCT id FROM unnest(${put(networks)}::text[]) AS asked (network)
    CROSS JOIN unnest(${put(statuses)}::text[]) AS of (status)
    CROSS JOIN LATERAL (
      SELECT id FROM cashtrail.conversions
      WHERE conversions.network = asked.network AND conversions.status = of.status
        AND -id >= ${put(-to)} AND -id <= ${put(-from)} AND ${where}
      ORDER BY -id LIMIT ${put(limit)}) AS found`;
}

async function networksIn(query: Query): Promise<string[]> {
  return (await query<{ network: string }>(NETWORKS, [])).map(({ network }) => network);
}

/**
 * The newest conversion from which on to look for what is delivered, from `to` on down. Of what is delivered there is no
 * index, for it is most of what there is; but where a range has as many postbacks that are not delivered as it has in
 * all, it is counted and passed over.
 */
async function belowBacklog(query: Query, from: number, to: number): Promise<number> {
  const networks = await networksIn(query);
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

/** The serials to look in, from the first to the last. */
interface Bounds {
  readonly from: number;
  readonly to: number;
}

async function boundsOf(query: Query, filter: Filter): Promise<Bounds | undefined> {
  const { since, until, before = Number.POSITIVE_INFINITY } = filter;
  const ofTime = await boundsOfTime(query, since, until);
  if (!ofTime) return undefined;
  const { from } = ofTime;
  const to = Math.min(ofTime.to, before - 1);
  return { from, to: isBehindBacklog(filter) ? await belowBacklog(query, from, to) : to };
}

/** Between which serials those of a time are. They follow the time, but not closely. */
async function boundsOfTime(query: Query, since?: Date, until?: Date): Promise<Bounds | undefined> {
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
