import { leavesNothing } from "../changes.ts";
import { dayAt } from "../day.ts";
import { countedAs, forgotten } from "./both-engines.ts";
import type { Amendment, Decision, PostbackDecision, PostbackState } from "./ledger.ts";
import type { Operations, OperationsParts, Row } from "./sqlite-operations.ts";
import { postbackAdder } from "./sqlite-recording.ts";

/** Of none of its attempts may the network have anything, or a person says that it has not. */
const NEVER_LEFT = `claim IS NULL AND (
  state IN ('pending', 'failed') AND NOT EXISTS (
    SELECT 1 FROM attempts WHERE postback = serial AND outcome NOT IN (${leavesNothing.map((one) => `'${one}'`)}))
  OR state = 'failed' AND EXISTS (SELECT 1 FROM decisions WHERE postback = serial AND what = 'settle' AND decisions.state = 'failed'))`;

export function changing({
  database,
  orderPostbacks,
  count,
}: OperationsParts): Pick<Operations, "amend" | "decide" | "erase" | "forget"> {
  const { addLater } = postbackAdder(database);
  const unchanged = database.prepare(
    "SELECT id, status FROM conversions WHERE kind = 'order' AND number = ? AND network = ? AND revision = ?",
  );
  const cancellable = database.prepare(`SELECT 1 FROM postbacks WHERE id = ? AND conversion = ? AND ${NEVER_LEFT}`);
  const cancel = database.prepare(
    "UPDATE postbacks SET state = 'cancelled', due_at = NULL, claim = NULL, reason = ? WHERE id = ?",
  );
  const change = database.prepare(
    "UPDATE conversions SET subject = ?, status = ?, lines = ?, amount = ?, revision = revision + 1 WHERE id = ?",
  );
  const addDecision = database.prepare(
    "INSERT INTO decisions (conversion, postback, at, what, state, decided_by, reason) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const write = database.prepare(
    `UPDATE postbacks SET state = ?, step = coalesce(?, step), due_at = ?, begun_at = ?, tries = 0,
       remote_id = coalesce(?, remote_id), reason = ?
     WHERE id = ? AND state = ? AND claim IS NULL RETURNING serial, conversion, network, created_at`,
  );

  function amend(now: number, amendments: readonly Amendment[]): boolean {
    const found = amendments.map((amendment) => {
      const row = unchanged.get(amendment.number, amendment.network, amendment.revision);
      return { amendment, id: row?.id as number | undefined, before: row?.status };
    });
    const isPossible = found.every(
      ({ amendment, id }) =>
        id !== undefined && amendment.cancel.every((postback) => cancellable.get(postback, id) !== undefined),
    );
    if (!isPossible) return false;
    for (const { amendment, id, before } of found) {
      const { network, order, status, lines, amount, postbacks, decision } = amendment;
      const conversion = id as number;
      const kept = amount === undefined ? null : JSON.stringify(amount);
      change.run(JSON.stringify(order), status, JSON.stringify(lines), kept, conversion);
      for (const postback of amendment.cancel)
        cancel.run(`withdrawn before it left: ${decision.what} by ${decision.by}`, postback);
      for (const postback of postbacks) addLater(now, conversion, network, postback);
      note(now, conversion, decision);
      orderPostbacks(conversion, now);
      if (status !== before && status !== "pending") count(now, network, status);
    }
    return true;
  }

  function note(
    now: number,
    conversion: number,
    { what, by, reason }: Decision,
    { serial, state }: { serial?: number; state?: PostbackState } = {},
  ): void {
    addDecision.run(conversion, serial ?? null, now, what, state ?? null, by, reason ?? null);
  }

  function decide(now: number, decisions: readonly PostbackDecision[], by: Decision): string[] {
    const written = decisions.flatMap(({ id, from, settlement }) => {
      const waits = settlement.state === "pending";
      const row = write.get(
        settlement.state,
        waits ? JSON.stringify(settlement.step) : null,
        waits ? now + settlement.waitMs : null,
        now,
        settlement.state === "delivered" ? (settlement.remoteId ?? null) : null,
        settlement.reason ?? null,
        id,
        from,
      );
      if (!row) return [];
      const counted = from === settlement.state ? undefined : countedAs(settlement.state);
      if (counted) count(now, row.network as string, counted, row.created_at as number);
      note(now, row.conversion as number, by, { serial: row.serial as number, state: settlement.state });
      return [{ id, conversion: row.conversion as number }];
    });
    for (const conversion of new Set(written.map((row) => row.conversion))) orderPostbacks(conversion, now);
    return written.map(({ id }) => id);
  }

  const oldClicks = database.prepare(
    "DELETE FROM clicks WHERE (network, id) IN (SELECT network, id FROM clicks WHERE at < ? ORDER BY at, network, id LIMIT ?)",
  );
  const oldUncredited = database.prepare(
    `DELETE FROM reports WHERE rowid IN (
       SELECT rowid FROM reports WHERE uncredited IS NOT NULL AND reported_at < ? ORDER BY reported_at LIMIT ?)`,
  );
  const oldConversions = database.prepare(
    `SELECT id, kind, number FROM conversions
     WHERE reported_at < ? AND NOT EXISTS (
       SELECT 1 FROM postbacks WHERE conversion = conversions.id AND state IN ('pending', 'held', 'failed'))
     ORDER BY reported_at LIMIT ?`,
  );
  const erasures = [
    "DELETE FROM decisions WHERE conversion = ?",
    "DELETE FROM attempts WHERE postback IN (SELECT serial FROM postbacks WHERE conversion = ?)",
    "DELETE FROM postbacks WHERE conversion = ?",
    "DELETE FROM conversions WHERE id = ?",
  ].map((statement) => database.prepare(statement));
  const emptyReport = database.prepare(
    `DELETE FROM reports WHERE kind = ? AND number = ? AND NOT EXISTS (
       SELECT 1 FROM conversions WHERE conversions.kind = reports.kind AND conversions.number = reports.number)`,
  );

  const oldTallies = database.prepare("DELETE FROM folded_tallies WHERE day < ?");

  function erase(now: number, olderThan: { clicksMs: number; conversionsMs: number }, limit: number): number {
    const old = oldConversions.all(now - olderThan.conversionsMs, limit);
    for (const { id, kind, number } of old) {
      for (const erasure of erasures) erasure.run(id as number);
      emptyReport.run(kind as string, number as string);
    }
    const clicks = oldClicks.run(now - olderThan.clicksMs, limit).changes;
    oldTallies.run(dayAt(now - olderThan.conversionsMs));
    const uncredited = oldUncredited.run(now - olderThan.conversionsMs, limit).changes;
    return old.length + Number(clicks) + Number(uncredited);
  }

  const conversionsOf = database.prepare("SELECT id, kind, subject FROM conversions WHERE number = ?");
  const forgetClicks = database.prepare(
    "DELETE FROM clicks WHERE (network, id) IN (SELECT click_network, click_id FROM conversions WHERE number = ?)",
  );
  const forgetConversion = database.prepare(
    "UPDATE conversions SET click_id = '', click_hash = 0, subject = ?, lines = '{}', amount = NULL, revision = revision + 1 WHERE id = ?",
  );
  // The id may have a SKU in it. A claim is taken away: whoever holds it can write nothing more.
  const forgetPostbacks = database.prepare(
    `UPDATE postbacks SET id = network || '/forgotten/' || serial, step = 'null', if_unknown = '"hold"', line = NULL,
       remote_id = NULL, reason = NULL, due_at = NULL, claim = NULL, state = CASE state WHEN 'delivered' THEN state ELSE 'cancelled' END
     WHERE conversion = ?`,
  );
  const forgetAttempts = database.prepare(
    "UPDATE attempts SET reason = NULL WHERE postback IN (SELECT serial FROM postbacks WHERE conversion = ?)",
  );
  const forgetDecisions = database.prepare("UPDATE decisions SET reason = NULL WHERE conversion = ?");

  const forgetReports = database.prepare(
    "DELETE FROM reports WHERE kind IN ('order', 'lead') AND number = ? AND uncredited IS NOT NULL",
  );

  function forget(now: number, number: string, decision: Decision): boolean {
    const { changes } = forgetReports.run(number);
    const conversions = conversionsOf.all(number);
    forgetClicks.run(number);
    for (const { id, kind, subject } of conversions as Row[]) {
      forgetConversion.run(forgotten(kind as string, subject as string), id as number);
      for (const statement of [forgetPostbacks, forgetAttempts, forgetDecisions]) statement.run(id as number);
      note(now, id as number, decision);
    }
    return conversions.length > 0 || changes > 0;
  }

  return { amend, decide, erase, forget };
}
