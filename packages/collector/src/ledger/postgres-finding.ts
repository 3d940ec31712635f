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
import { choose } from "./postgres-choosing.ts";
import type { Session } from "./postgres-connection.ts";
import type { Operation } from "./postgres-lane.ts";

interface Listing {
  readonly filter: PostbackFilter;
  readonly after: number;
  readonly limit: number;
}

export const find: Operation<Filter, ConversionRecord[]> = { most: 1, run: each(findConversions) };
export const postbacks: Operation<Listing, ListedPostback[]> = { most: 1, run: each(listPostbacks) };
export const uncredited: Operation<number, Uncredited> = { most: 1, run: each(findUncredited) };
export const uncreditedReason: Operation<string, string | undefined> = { most: 1, run: each(findReason) };
export const waiting: Operation<undefined, Waiting[]> = { most: 1, run: each(countWaiting) };

function each<Given, Answer>(run: (session: Session, given: Given) => Promise<Answer>) {
  return (session: Session, calls: readonly Given[]) => Promise.all(calls.map((given) => run(session, given)));
}

interface ConversionRow {
  id: number;
  kind: string;
  number: string;
  network: string;
  click_network: string;
  click_id: string;
  click_at: number;
  click_consent: string | null;
  status: ConversionRecord["status"];
  subject: string;
  lines: string;
  amount: string | null;
  revision: number;
  reported_at: number;
  postbacks: PostbackRow[] | null;
  decisions: DecisionRow[] | null;
}

interface PostbackRow {
  id: string;
  kind: PostbackRecord["kind"];
  line: string | null;
  state: PostbackRecord["state"];
  step: string;
  due_at: number | null;
  remote_id: string | null;
  reason: string | null;
  attempts: AttemptRow[] | null;
}

interface AttemptRow {
  at: number;
  outcome: AttemptRecord["outcome"];
  duration_ms: number | null;
  status: number | null;
  reason: string | null;
}

interface DecisionRow {
  at: number;
  what: DecisionRecord["what"];
  state: PostbackState | null;
  decided_by: string;
  reason: string | null;
  postback: string | null;
}

async function findConversions({ query }: Session, filter: Filter) {
  const chosen = await choose(query, filter);
  // One statement, so that what it shows is of one moment.
  const rows = await query<ConversionRow>(
    `SELECT found.*, (
       SELECT json_agg(json_build_object('id', id, 'kind', kind, 'line', line, 'state', state, 'step', step,
         'due_at', due_at, 'remote_id', remote_id, 'reason', reason, 'attempts', (
           SELECT json_agg(json_build_object('at', at, 'outcome', outcome, 'duration_ms', duration_ms,
             'status', status, 'reason', attempts.reason) ORDER BY attempts.id)
           FROM cashtrail.attempts WHERE attempts.postback = postbacks.serial)) ORDER BY serial)
       FROM cashtrail.postbacks WHERE conversion = found.id) AS postbacks, (
       SELECT json_agg(json_build_object('at', at, 'what', what, 'state', decisions.state, 'decided_by', decided_by,
         'reason', decisions.reason, 'postback', postbacks.id) ORDER BY decisions.id)
       FROM cashtrail.decisions LEFT JOIN cashtrail.postbacks ON serial = postback
       WHERE decisions.conversion = found.id) AS decisions
     FROM cashtrail.conversions AS found WHERE id = ANY ($1::bigint[]) ORDER BY id DESC`,
    [chosen],
  );
  return rows.map(conversionIn);
}

function conversionIn(row: ConversionRow): ConversionRecord {
  return {
    serial: row.id,
    number: row.number,
    network: row.network,
    click: clickIn(row.click_network, row.click_id, row.click_at, row.click_consent),
    status: row.status,
    ...subjectIn(row.kind, row.subject),
    lines: JSON.parse(row.lines),
    ...(row.amount === null ? {} : { amount: JSON.parse(row.amount) }),
    revision: row.revision,
    reportedAt: new Date(row.reported_at),
    postbacks: (row.postbacks ?? []).map(postbackIn),
    decisions: (row.decisions ?? []).map(decisionIn),
  };
}

function postbackIn(row: PostbackRow): PostbackRecord {
  return {
    id: row.id,
    kind: row.kind,
    ...(row.line === null ? {} : { line: row.line }),
    state: row.state,
    step: JSON.parse(row.step),
    ...(row.due_at === null ? {} : { dueAt: new Date(row.due_at) }),
    ...(row.remote_id === null ? {} : { remoteId: row.remote_id }),
    ...(row.reason === null ? {} : { reason: row.reason }),
    attempts: (row.attempts ?? []).map(attemptIn),
  };
}

function attemptIn(row: AttemptRow): AttemptRecord {
  return {
    at: new Date(row.at),
    outcome: row.outcome,
    ...(row.duration_ms === null ? {} : { durationMs: row.duration_ms }),
    ...(row.status === null ? {} : { status: row.status }),
    ...(row.reason === null ? {} : { reason: row.reason }),
  };
}

function decisionIn(row: DecisionRow): DecisionRecord {
  return {
    at: new Date(row.at),
    what: row.what,
    ...(row.state === null ? {} : { state: row.state }),
    by: row.decided_by,
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.postback === null ? {} : { postback: row.postback }),
  };
}

interface ListedRow extends PostbackRow {
  serial: number;
  number: string;
  network: string;
  if_unknown: string;
  superseded: boolean;
}

async function listPostbacks({ query }: Session, { filter, after, limit }: Listing): Promise<ListedPostback[]> {
  const { where, values } = conjunction([
    ["serial >", after],
    ["state =", filter.state],
    ["postbacks.network =", filter.network],
    ["postbacks.id =", filter.id],
    ["number =", filter.number],
    ["reported_at >=", filter.since && +filter.since],
    ["reported_at <", filter.until && +filter.until],
  ]);
  const rows = await query<ListedRow>(
    `SELECT postbacks.*, number, postbacks.kind NOT IN ('create', 'lead') AND EXISTS (
       SELECT FROM cashtrail.postbacks AS later
       WHERE later.conversion = postbacks.conversion AND later.serial > postbacks.serial
         AND later.state IN ('pending', 'delivered', 'held')
         AND later.line IS NOT DISTINCT FROM postbacks.line) AS superseded
     FROM cashtrail.postbacks JOIN cashtrail.conversions ON conversions.id = conversion
     ${where} ORDER BY serial LIMIT $${values.length + 1}`,
    [...values, limit],
  );
  return rows.map((row) => ({
    serial: row.serial,
    id: row.id,
    kind: row.kind,
    ...(row.line === null ? {} : { line: row.line }),
    number: row.number,
    network: row.network,
    state: row.state,
    step: JSON.parse(row.step),
    ifUnknown: JSON.parse(row.if_unknown),
    ...(row.reason === null ? {} : { reason: row.reason }),
    superseded: row.superseded,
  }));
}

async function findUncredited({ query }: Session, limit: number): Promise<Uncredited> {
  const [counted] = await query<{ count: number }>(
    "SELECT count(*) AS count FROM (SELECT FROM cashtrail.reports WHERE uncredited IS NOT NULL LIMIT $1) AS counted",
    [MOST_COUNTED + 1],
  );
  const rows = await query<{ number: string; reported_at: number; uncredited: string }>(
    `SELECT number, reported_at, uncredited FROM cashtrail.reports WHERE uncredited IS NOT NULL
     ORDER BY reported_at DESC, serial DESC LIMIT $1`,
    [limit],
  );
  return {
    ...countIn(counted?.count ?? 0),
    newest: rows.map((row) => ({
      number: row.number,
      reportedAt: new Date(row.reported_at),
      reason: row.uncredited,
    })),
  };
}

async function findReason({ query }: Session, number: string): Promise<string | undefined> {
  const [row] = await query<{ uncredited: string }>(
    `SELECT uncredited FROM cashtrail.reports
     WHERE kind IN ('order', 'lead') AND number = $1 AND uncredited IS NOT NULL ORDER BY kind DESC`,
    [number],
  );
  return row?.uncredited;
}

async function countWaiting({ query, now }: Session): Promise<Waiting[]> {
  const rows = await query<{ network: string; state: keyof Waiting["oldest"]; count: number; oldest: number | null }>(
    // What waits for one before it is as old as that one, which is counted itself.
    `SELECT network, state, count, (SELECT created_at FROM cashtrail.postbacks WHERE serial = first) AS oldest FROM (
       SELECT network, 'pending' AS state, count(*) AS count, min(serial) FILTER (WHERE due_at IS NOT NULL) AS first
       FROM cashtrail.postbacks WHERE state = 'pending' GROUP BY network
       UNION ALL
       SELECT network, state, count(*), min(serial) FROM cashtrail.postbacks
       WHERE state <> 'delivered' AND state IN ('held', 'failed') GROUP BY state, network) AS counted`,
    [],
  );
  return waitingIn(rows, now);
}

type Condition = readonly [before: string, value: string | number | undefined];

/** The conditions for which a value is given, and these values. */
function conjunction(conditions: readonly Condition[]): { where: string; values: (string | number)[] } {
  const asked = conditions.filter((condition): condition is [string, string | number] => condition[1] !== undefined);
  const written = asked.map(([before], index) => `${before} $${index + 1}`);
  return {
    where: written.length > 0 ? `WHERE ${written.join(" AND ")}` : "",
    values: asked.map(([, value]) => value),
  };
}
