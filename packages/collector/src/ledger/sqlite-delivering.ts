import { randomUUID } from "node:crypto";
import type { Settlement } from "../settlement.ts";
import { countedAs, filled, hasRoom, MOST_HASTENED } from "./both-engines.ts";
import type { AttemptEnd, Claim } from "./ledger.ts";
import type { Operations, OperationsParts, Row } from "./sqlite-operations.ts";

export function delivering({
  database,
  orderPostbacks,
  count,
}: OperationsParts): Pick<Operations, "claim" | "settle" | "nextDue" | "hasten"> {
  const due = database.prepare(
    `SELECT serial, postbacks.id, step, if_unknown, claim, tries, begun_at, number
     FROM postbacks JOIN conversions ON conversions.id = conversion
     WHERE postbacks.network = ? AND state = 'pending' AND due_at <= ? ORDER BY due_at, serial LIMIT ?`,
  );
  const known = database.prepare(
    `SELECT (
       SELECT remote_id FROM postbacks AS told
       WHERE told.conversion = postbacks.conversion AND told.line IS postbacks.line AND remote_id IS NOT NULL
       ORDER BY serial LIMIT 1) AS remote_id, EXISTS (
       SELECT 1 FROM conversions JOIN conversions AS other USING (click_id, click_network)
       JOIN postbacks AS told ON told.conversion = other.id
       WHERE conversions.id = postbacks.conversion AND other.id <> conversions.id AND other.asks_click = 1
         AND told.kind = 'create' AND told.state NOT IN ('failed', 'cancelled')) AS is_click_shared
     FROM postbacks WHERE id = ?`,
  );
  const take = database.prepare("UPDATE postbacks SET claim = ?, due_at = ? WHERE serial = ?");
  const openAttempt = database.prepare("INSERT INTO attempts (postback, at) VALUES (?, ?)");
  const write = database.prepare(
    `UPDATE postbacks SET state = ?, step = coalesce(?, step), due_at = ?, claim = NULL, tries = tries + ?,
       remote_id = coalesce(?, remote_id), reason = ?
     WHERE id = ? AND claim = ? AND state = 'pending' RETURNING serial, conversion, network, created_at`,
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
      const claim: Claim = {
        id: row.id as string,
        number: row.number as string,
        token,
        interrupted,
        step: JSON.parse(row.step as string),
        ifUnknown: JSON.parse(row.if_unknown as string),
        tries: row.tries as number,
        ageMs: now - (row.begun_at as number),
      };
      if (!hasRoom(claim)) return claim;
      const { remote_id, is_click_shared } = known.get(claim.id) as Row;
      return filled(claim, { remoteId: remote_id as string | null, isClickShared: is_click_shared === 1 });
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
    const counted = countedAs(settlement.state);
    if (counted) count(now, settled.network as string, counted, settled.created_at as number);
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
