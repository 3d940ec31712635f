import { randomUUID } from "node:crypto";
import type { DatabaseSync, SQLInputValue, SQLOutputValue } from "node:sqlite";
import type { Click } from "@cashtrail/client/landing";
import type { Settlement } from "../settlement.ts";
import type {
  AttemptEnd,
  AttemptRecord,
  Claim,
  ConversionRecord,
  Filter,
  Ledger,
  OrderEntry,
  PostbackRecord,
  Recorded,
  Uncredited,
} from "./ledger.ts";

/** The ledger's calls as they run inside a transaction: at once, and at a time that is given. */
export type Operations = {
  [Name in Exclude<keyof Ledger, "close">]: (
    now: number,
    ...given: Parameters<Ledger[Name]>
  ) => Awaited<ReturnType<Ledger[Name]>>;
};

type Row = Record<string, SQLOutputValue>;

export function createOperations(database: DatabaseSync): Operations {
  const sql = {
    orderOf: database.prepare("SELECT uncredited FROM orders WHERE number = ?"),
    networksOf: database.prepare("SELECT network FROM conversions WHERE number = ? ORDER BY id"),
    addOrder: database.prepare(
      `INSERT INTO orders (number, reported_at, uncredited) VALUES (?, ?, ?)
       ON CONFLICT (number) DO UPDATE SET uncredited = excluded.uncredited`,
    ),
    addConversion: database.prepare(
      `INSERT INTO conversions (number, network, click_network, click_id, click_at, "order", reported_at)
       VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
    ),
    addPostback: database.prepare(
      `INSERT INTO postbacks (id, conversion, network, step, if_unknown, created_at, due_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    addClick: database.prepare("INSERT INTO clicks (network, id, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"),
    due: database.prepare(
      `SELECT serial, postbacks.id, step, if_unknown, claim, tries, created_at, number
       FROM postbacks JOIN conversions ON conversions.id = conversion
       WHERE postbacks.network = ? AND state = 'pending' AND due_at <= ? ORDER BY due_at, serial LIMIT ?`,
    ),
    claim: database.prepare("UPDATE postbacks SET claim = ?, due_at = ? WHERE serial = ?"),
    openAttempt: database.prepare("INSERT INTO attempts (postback, at) VALUES (?, ?)"),
    settle: database.prepare(
      `UPDATE postbacks SET state = ?, step = coalesce(?, step), due_at = ?, claim = NULL, tries = tries + ?,
         remote_id = coalesce(?, remote_id), reason = ?
       WHERE id = ? AND claim = ? AND state = 'pending' RETURNING serial`,
    ),
    closeAttempt: database.prepare(
      `UPDATE attempts SET outcome = ?, duration_ms = ?, status = ?, reason = ?
       WHERE id = (SELECT max(id) FROM attempts WHERE postback = ? AND outcome = 'sending')`,
    ),
    nextDue: database.prepare("SELECT min(due_at) AS due_at FROM postbacks WHERE network = ? AND state = 'pending'"),
    postbacksOf: database.prepare("SELECT * FROM postbacks WHERE conversion = ? ORDER BY serial"),
    attemptsOf: database.prepare("SELECT * FROM attempts WHERE postback = ? ORDER BY id"),
    countUncredited: database.prepare("SELECT count(*) AS count FROM orders WHERE uncredited IS NOT NULL"),
    newestUncredited: database.prepare(
      "SELECT * FROM orders WHERE uncredited IS NOT NULL ORDER BY reported_at DESC, rowid DESC LIMIT ?",
    ),
  };

  function record(now: number, { order, conversions, reason }: OrderEntry): Recorded {
    const credited = sql.networksOf.all(order.number).map(({ network }) => network as string);
    if (credited.length > 0) return { credited, repeated: true };
    sql.addOrder.run(order.number, now, conversions.length > 0 ? null : (reason ?? ""));
    const kept = JSON.stringify(order);
    for (const { network, click, postbacks } of conversions) {
      const { id } = sql.addConversion.get(order.number, network, click.network, click.id, +click.at, kept, now) as Row;
      for (const postback of postbacks)
        sql.addPostback.run(
          postback.id,
          id as number,
          network,
          JSON.stringify(postback.step),
          JSON.stringify(postback.ifUnknown),
          now,
          now,
        );
    }
    return {
      credited: conversions.map(({ network }) => network),
      ...(reason === undefined ? {} : { reason }),
      repeated: false,
    };
  }

  function remember(_now: number, clicks: readonly Click[]): void {
    for (const { network, id, at } of clicks) sql.addClick.run(network, id, +at);
  }

  function claim(now: number, network: string, limit: number, leaseMs: number): Claim[] {
    return sql.due.all(network, now, limit).map((row) => {
      const token = randomUUID();
      const interrupted = row.claim !== null;
      sql.claim.run(token, now + leaseMs, row.serial as number);
      // The open attempt of a claim that ran out is closed by who settles it; no new request goes out under it.
      if (!interrupted) sql.openAttempt.run(row.serial as number, now);
      return {
        id: row.id as string,
        number: row.number as string,
        token,
        interrupted,
        step: JSON.parse(row.step as string),
        ifUnknown: JSON.parse(row.if_unknown as string),
        tries: row.tries as number,
        ageMs: now - (row.created_at as number),
      };
    });
  }

  function settle(
    now: number,
    { id, token }: Pick<Claim, "id" | "token">,
    settlement: Settlement,
    { outcome, durationMs, status, reason }: AttemptEnd,
  ): boolean {
    const waits = settlement.state === "pending";
    const settled = sql.settle.get(
      settlement.state,
      waits ? JSON.stringify(settlement.step) : null,
      waits ? now + settlement.waitMs : null,
      outcome === "next" ? 0 : 1,
      settlement.state === "delivered" ? (settlement.remoteId ?? null) : null,
      settlement.reason ?? null,
      id,
      token,
    );
    if (!settled) return false;
    sql.closeAttempt.run(outcome, durationMs ?? null, status ?? null, reason ?? null, settled.serial as number);
    return true;
  }

  function nextDue(now: number, network: string): number | undefined {
    const dueAt = sql.nextDue.get(network)?.due_at;
    return typeof dueAt === "number" ? Math.max(0, dueAt - now) : undefined;
  }

  function find(_now: number, { number, network, state, limit = 100 }: Filter): ConversionRecord[] {
    const conditions: [string, SQLInputValue | undefined][] = [
      ["number = ?", number],
      ["network = ?", network],
      ["id IN (SELECT conversion FROM postbacks WHERE state = ?)", state],
    ];
    const asked = conditions.filter(([, value]) => value !== undefined) as [string, SQLInputValue][];
    const where = asked.length > 0 ? `WHERE ${asked.map(([condition]) => condition).join(" AND ")}` : "";
    return database
      .prepare(`SELECT * FROM conversions ${where} ORDER BY id DESC LIMIT ?`)
      .all(...asked.map(([, value]) => value), limit)
      .map((row) => {
        const order = JSON.parse(row.order as string);
        return {
          number: row.number as string,
          network: row.network as string,
          click: { network: row.click_network as string, id: row.click_id as string, at: date(row.click_at) },
          status: row.status as ConversionRecord["status"],
          order: { ...order, placedAt: new Date(order.placedAt) },
          reportedAt: date(row.reported_at),
          postbacks: sql.postbacksOf.all(row.id as number).map(postbackIn),
        };
      });
  }

  function postbackIn(row: Row): PostbackRecord {
    return {
      id: row.id as string,
      state: row.state as PostbackRecord["state"],
      step: JSON.parse(row.step as string),
      ...(row.due_at === null ? {} : { dueAt: date(row.due_at) }),
      ...(row.remote_id === null ? {} : { remoteId: row.remote_id as string }),
      ...(row.reason === null ? {} : { reason: row.reason as string }),
      attempts: sql.attemptsOf.all(row.serial as number).map(attemptIn),
    };
  }

  function uncredited(_now: number, limit: number): Uncredited {
    return {
      count: sql.countUncredited.get()?.count as number,
      newest: sql.newestUncredited.all(limit).map((row) => ({
        number: row.number as string,
        reportedAt: date(row.reported_at),
        reason: row.uncredited as string,
      })),
    };
  }

  return { record, remember, claim, settle, nextDue, find, uncredited };
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

function date(milliseconds: SQLOutputValue | undefined): Date {
  return new Date(milliseconds as number);
}
