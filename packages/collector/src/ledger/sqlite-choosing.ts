import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { POSTBACK_STATES, STATUSES } from "../states.ts";
import { hashOf, isBehindBacklog, LEAP, WRONG_CLOCK_MS } from "./both-engines.ts";
import type { Filter } from "./ledger.ts";

/** Tells which conversions are asked for, the newest first. However many there are, few are read. */
export type Choose = (filter: Filter) => number[];

type Values = Record<string, SQLInputValue>;

/** What is asked for, whichever way it is looked up. */
interface Asked {
  readonly where: string;
  readonly values: Values;
}

const NEWEST_FIRST = "ORDER BY id DESC LIMIT :limit";

/** Some thousand small searches, one for each range of the index. */
const BY_CLICK = `WITH RECURSIVE ranges (range) AS (
    SELECT max(id) >> 13 FROM conversions
    UNION ALL SELECT range - 1 FROM ranges WHERE range > (SELECT min(id) >> 13 FROM conversions))
  SELECT id FROM ranges CROSS JOIN conversions ON id >> 13 = range AND click_hash = :hash`;

const UNDELIVERED = POSTBACK_STATES.filter((state) => state !== "delivered").map((state) => `'${state}'`);

const BY_STATE = `SELECT DISTINCT conversion AS id FROM postbacks
  WHERE state <> 'delivered' AND state = :state AND network = :network AND conversion >= :from AND conversion <= :to`;

/**
 * The newest conversion from which on to look for what is delivered, from `:to` on down. Of what is delivered there is no
 * index, for it is most of what there is; but where a range has as many postbacks that are not delivered as it has in
 * all, it is counted and passed over.
 */
const BELOW_BACKLOG = `WITH RECURSIVE tops (top) AS (
    SELECT max(id) FROM conversions WHERE id <= :to
    UNION ALL
    SELECT top - ${LEAP} FROM tops
    WHERE top >= :from AND top >= (SELECT min(id) FROM conversions) AND (
      SELECT count(*) FROM postbacks WHERE conversion > top - ${LEAP} AND conversion <= top) = (
      SELECT count(*) FROM postbacks
      WHERE state <> 'delivered' AND state IN (${UNDELIVERED}) AND network IN (SELECT value FROM json_each(:networks))
        AND conversion > top - ${LEAP} AND conversion <= top))
  SELECT min(top) AS top FROM tops`;

export function choosing(database: DatabaseSync): Choose {
  // Serials follow the time, but not closely: of two times near each other, the later one may have the lower serial.
  // The pluses keep all serials from being gone through in search of the time.
  const firstSince = database.prepare(
    `SELECT min(+id) AS id FROM conversions
     WHERE reported_at >= ?1 AND reported_at <= ${WRONG_CLOCK_MS} + (
       SELECT min(reported_at) FROM conversions WHERE reported_at >= ?1)`,
  );
  const lastUntil = database.prepare(
    `SELECT max(+id) AS id FROM conversions
     WHERE reported_at < ?1 AND reported_at >= -${WRONG_CLOCK_MS} + (
       SELECT max(reported_at) FROM conversions WHERE reported_at < ?1)`,
  );
  const nextNetwork = database.prepare("SELECT min(network) AS network FROM conversions WHERE network > ?");
  const belowBacklog = database.prepare(BELOW_BACKLOG);

  function networks(): string[] {
    const found: string[] = [];
    for (;;) {
      const network = nextNetwork.get(found.at(-1) ?? "")?.network;
      if (typeof network !== "string") return found;
      found.push(network);
    }
  }

  /** Undefined where nothing is of the time that is asked for. */
  function askedOf(filter: Filter): Asked | undefined {
    const { number, click, network, state, status, since, until, before } = filter;
    const from = since ? firstSince.get(+since)?.id : 0;
    const last = until ? lastUntil.get(+until)?.id : Number.MAX_SAFE_INTEGER;
    if (typeof from !== "number" || typeof last !== "number") return undefined;
    const to = Math.min(last, (before ?? Number.POSITIVE_INFINITY) - 1);
    // With the pluses, these are looked at and never looked up by: each way to what is found has its own index.
    return conjunction([
      ["number = :number", { number }],
      ["click_id = :click", { click }],
      ["+network = :network", { network }],
      ["+status = :status", { status }],
      ["+reported_at >= :since", { since: since && +since }],
      ["+reported_at < :until", { until: until && +until }],
      ["EXISTS (SELECT 1 FROM postbacks WHERE conversion = conversions.id AND state = :state)", { state }],
      ["id >= :from AND id <= :to", { from, to: isBehindBacklog(filter) ? topBelowBacklog(from, to) : to }],
    ]);
  }

  function topBelowBacklog(from: number, to: number): SQLInputValue {
    return belowBacklog.get({ from, to, networks: JSON.stringify(networks()) })?.top ?? 0;
  }

  function all(select: string, values: Values): number[] {
    return database
      .prepare(select)
      .all(values)
      .map((row) => row.id as number);
  }

  function byNumber({ where, values }: Asked): number[] {
    return all(`SELECT id FROM conversions WHERE ${where}`, values);
  }

  function byClick(click: string, { where, values }: Asked): number[] {
    return all(`${BY_CLICK} AND ${where}`, { ...values, hash: hashOf(click) });
  }

  function byState(networks: readonly string[], { where, values }: Asked, limit: number): number[] {
    const select = `${BY_STATE} AND EXISTS (SELECT 1 FROM conversions WHERE id = conversion AND ${where}) ${NEWEST_FIRST}`;
    return networks.flatMap((network) => all(select, { ...values, network, limit }));
  }

  function byStatus(
    networks: readonly string[],
    statuses: readonly string[],
    { where, values }: Asked,
    limit: number,
  ): number[] {
    const select = `SELECT id FROM conversions WHERE network = :network AND status = :status AND ${where} ${NEWEST_FIRST}`;
    return networks.flatMap((network) =>
      statuses.flatMap((status) => all(select, { ...values, network, status, limit })),
    );
  }

  function bySerial({ where, values }: Asked, limit: number): number[] {
    return all(`SELECT id FROM conversions WHERE ${where} ${NEWEST_FIRST}`, { ...values, limit });
  }

  function found({ number, click, network, state, status }: Filter, asked: Asked, limit: number): number[] {
    if (number !== undefined) return byNumber(asked);
    if (click !== undefined) return byClick(click, asked);
    // Of what is delivered there is no index: it is most of what there is.
    if (state !== undefined && state !== "delivered")
      return byState(network === undefined ? networks() : [network], asked, limit);
    if (network === undefined && status === undefined) return bySerial(asked, limit);
    const statuses = status === undefined ? STATUSES : [status];
    return byStatus(network === undefined ? networks() : [network], statuses, asked, limit);
  }

  return (filter) => {
    const { limit = 100 } = filter;
    const asked = askedOf(filter);
    if (!asked) return [];
    return found(filter, asked, limit)
      .sort((one, other) => other - one)
      .slice(0, limit);
  };
}

/** The conditions for which values are given, and these values. */
function conjunction(conditions: readonly (readonly [string, Record<string, SQLInputValue | undefined>])[]): Asked {
  const asked = conditions.filter(([, given]) => Object.values(given).every((value) => value !== undefined));
  return {
    where: asked.map(([condition]) => condition).join(" AND "),
    values: Object.assign({}, ...asked.map(([, given]) => given)),
  };
}
