import type { DatabaseSync } from "node:sqlite";

/** Keeps the order of the postbacks of a conversion. */
export type OrderPostbacks = (conversion: number, now: number) => void;

/**
 * Makes due what waits in a conversion for nothing any more, and lets wait what has to wait again.
 *
 * A postback waits for earlier ones of its line, for earlier ones without a line, and, without a line itself, for all
 * earlier ones. One pass over what blocks, for a conversion may have thousands of postbacks.
 */
export function orderPostbacksIn(database: DatabaseSync): OrderPostbacks {
  const order = database.prepare(
    `UPDATE postbacks SET due_at = CASE WHEN waits THEN NULL ELSE :now END,
       begun_at = CASE WHEN waits THEN begun_at ELSE :now END
     FROM (
       SELECT serial AS which, state AS what, claim AS held_by, due_at AS due,
         coalesce(min(serial) FILTER (WHERE line IS NULL) OVER everything < serial, 0)
           OR min(serial) OVER (PARTITION BY line) < serial
           OR (line IS NULL AND min(serial) OVER everything < serial) AS waits
       FROM postbacks
       WHERE conversion = :conversion
         AND (state IN ('pending', 'held') OR (state = 'failed' AND kind IN ('create', 'lead')))
       WINDOW everything AS ()
     )
     WHERE serial = which AND what = 'pending' AND held_by IS NULL AND (due IS NULL) <> waits`,
  );
  return (conversion, now) => void order.run({ conversion, now });
}
