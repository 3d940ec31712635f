import type { DatabaseSync } from "node:sqlite";

/** Postbacks that wait for one before them. */
export interface Successors {
  /** Makes due what waits in a conversion for nothing any more. */
  release(conversion: number, now: number): void;
  /** Makes a pending postback wait, if there is one to wait for. */
  restrain(serial: number): void;
}

/** `later` waits for `earlier`: the network must have the one before it is told the other. */
const BLOCKS = `earlier.conversion = later.conversion AND earlier.serial < later.serial
  AND (earlier.line IS NULL OR later.line IS NULL OR earlier.line = later.line)
  AND (earlier.state IN ('pending', 'held') OR (earlier.state = 'failed' AND earlier.kind = 'create'))`;

export function successorsIn(database: DatabaseSync): Successors {
  const release = database.prepare(
    `UPDATE postbacks AS later SET due_at = ?, begun_at = ?
     WHERE conversion = ? AND state = 'pending' AND due_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM postbacks AS earlier WHERE ${BLOCKS})`,
  );
  const restrain = database.prepare(
    `UPDATE postbacks AS later SET due_at = NULL
     WHERE serial = ? AND EXISTS (SELECT 1 FROM postbacks AS earlier WHERE ${BLOCKS})`,
  );
  return {
    release: (conversion, now) => void release.run(now, now, conversion),
    restrain: (serial) => void restrain.run(serial),
  };
}
