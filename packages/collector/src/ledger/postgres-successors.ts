import type { Session } from "./postgres-connection.ts";

/**
 * Makes due what waits in these conversions for nothing any more, and lets wait what has to wait again.
 *
 * A postback waits for earlier ones of its line, for earlier ones without a line, and, without a line itself, for all
 * earlier ones. One pass over what blocks, for a conversion may have thousands of postbacks. It is a statement of its
 * own, run by who has locked the conversions: so it sees all that was committed before, and nothing changes meanwhile.
 */
export async function orderPostbacks({ query, now }: Session, conversions: readonly number[]): Promise<void> {
  const wrong = await query<{ serial: number; waits: boolean }>(
    `SELECT serial, waits FROM (
       SELECT serial, state, claim, due_at, least(
         min(serial) FILTER (WHERE line IS NULL) OVER (PARTITION BY conversion),
         min(serial) OVER (PARTITION BY conversion, line),
         CASE WHEN line IS NULL THEN min(serial) OVER (PARTITION BY conversion) END
       ) < serial AS waits
       FROM cashtrail.postbacks
       WHERE conversion = ANY ($1::bigint[]) AND (state IN ('pending', 'held') OR (state = 'failed' AND kind IN ('create', 'lead')))
     ) AS blocking
     WHERE state = 'pending' AND claim IS NULL AND (due_at IS NULL) <> waits`,
    [conversions],
  );
  // One that was claimed meanwhile is left to who settles it.
  if (wrong.length === 0) return;
  await query(
    `UPDATE cashtrail.postbacks
     SET due_at = CASE WHEN serial = ANY ($2::bigint[]) THEN NULL ELSE $3::bigint END,
       begun_at = CASE WHEN serial = ANY ($2::bigint[]) THEN begun_at ELSE $3::bigint END
     WHERE serial = ANY ($1::bigint[]) AND state = 'pending' AND claim IS NULL`,
    [wrong.map(({ serial }) => serial), wrong.filter(({ waits }) => waits).map(({ serial }) => serial), now],
  );
}

/** Lets nobody else change the postbacks of these conversions. Always in one order, so that no two wait for each other. */
export async function lockConversions({ query }: Session, which: string, values: unknown[]): Promise<number[]> {
  const rows = await query<{ id: number }>(
    `SELECT id FROM cashtrail.conversions WHERE ${which} ORDER BY id FOR NO KEY UPDATE`,
    values,
  );
  return rows.map(({ id }) => id);
}
