import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { Settlement } from "../settlement.ts";
import type { AttemptEnd, Claim } from "./ledger.ts";
import type { Operations } from "./sqlite-operations.ts";
import type { OrderPostbacks } from "./sqlite-successors.ts";

/** A backlog of any length must not hold up the orders that come meanwhile. */
const MOST_HASTENED = 5000;

export function delivering(
  database: DatabaseSync,
  orderPostbacks: OrderPostbacks,
): Pick<Operations, "claim" | "settle" | "nextDue" | "hasten"> {
  const due = database.prepare(
    `SELECT serial, postbacks.id, step, if_unknown, claim, tries, begun_at, number
     FROM postbacks JOIN conversions ON conversions.id = conversion
     WHERE postbacks.network = ? AND state = 'pending' AND due_at <= ? ORDER BY due_at, serial LIMIT ?`,
  );
  const take = database.prepare("UPDATE postbacks SET claim = ?, due_at = ? WHERE serial = ?");
  const openAttempt = database.prepare("INSERT INTO attempts (postback, at) VALUES (?, ?)");
  const write = database.prepare(
    `UPDATE postbacks SET state = ?, step = coalesce(?, step), due_at = ?, claim = NULL, tries = tries + ?,
       remote_id = coalesce(?, remote_id), reason = ?
     WHERE id = ? AND claim = ? AND state = 'pending' RETURNING serial, conversion`,
  );
  const closeAttempt = database.prepare(
    `UPDATE attempts SET outcome = ?, duration_ms = ?, status = ?, reason = ?
     WHERE id = (SELECT max(id) FROM attempts WHERE postback = ? AND outcome = 'sending')`,
  );
  const firstDue = database.prepare(
    "SELECT min(due_at) AS due_at FROM postbacks WHERE network = ? AND state = 'pending'",
  );
  // What is claimed keeps its time: there it is when the claim runs out.
  const bringForward = database.prepare(
    `UPDATE postbacks SET due_at = :at WHERE serial IN (
       SELECT serial FROM postbacks
       WHERE network = :network AND state = 'pending' AND claim IS NULL AND due_at > :at LIMIT :limit)`,
  );

  function claim(now: number, network: string, limit: number, leaseMs: number): Claim[] {
    return due.all(network, now, limit).map((row) => {
      const token = randomUUID();
      const interrupted = row.claim !== null;
      take.run(token, now + leaseMs, row.serial as number);
      // The open attempt of a claim that ran out is closed by who settles it; no new request goes out under it.
      if (!interrupted) openAttempt.run(row.serial as number, now);
      return {
        id: row.id as string,
        number: row.number as string,
        token,
        interrupted,
        step: JSON.parse(row.step as string),
        ifUnknown: JSON.parse(row.if_unknown as string),
        tries: row.tries as number,
        ageMs: now - (row.begun_at as number),
      };
    });
  }

  function settle(
    now: number,
    { id, token }: Pick<Claim, "id" | "token">,
    settlement: Settlement,
    { outcome, isProbe, durationMs, status, reason }: AttemptEnd,
  ): boolean {
    const waits = settlement.state === "pending";
    const settled = write.get(
      settlement.state,
      waits ? JSON.stringify(settlement.step) : null,
      waits ? now + settlement.waitMs : null,
      outcome === "next" || isProbe ? 0 : 1,
      settlement.state === "delivered" ? (settlement.remoteId ?? null) : null,
      settlement.reason ?? null,
      id,
      token,
    );
    if (!settled) return false;
    closeAttempt.run(outcome, durationMs ?? null, status ?? null, reason ?? null, settled.serial as number);
    orderPostbacks(settled.conversion as number, now);
    return true;
  }

  function nextDue(now: number, network: string): number | undefined {
    const dueAt = firstDue.get(network)?.due_at;
    return typeof dueAt === "number" ? Math.max(0, dueAt - now) : undefined;
  }

  function hasten(now: number, network: string, waitMs: number): number {
    return Number(bringForward.run({ at: now + waitMs, network, limit: MOST_HASTENED }).changes);
  }

  return { claim, settle, nextDue, hasten };
}
