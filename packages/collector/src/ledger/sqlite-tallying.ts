import type { DatabaseSync } from "node:sqlite";
import { dayAt } from "../day.ts";
import { type TallyRow, talliesIn } from "./both-engines.ts";
import type { TallyKind } from "./ledger.ts";
import type { Operations } from "./sqlite-operations.ts";

/** Counts that something happened: of what was delivered, with how long ago it was recorded. */
export type Count = (now: number, network: string, what: TallyKind, recordedAt?: number) => void;

/** Counts are gathered, so that calls that share a commit share their rows too. */
export interface Tallying extends Pick<Operations, "tallies" | "fold"> {
  readonly count: Count;
  /** Writes what was counted since: it belongs in the commit of what is counted. */
  write(): void;
  /** Forgets what was counted since. */
  drop(): void;
}

export function tallying(database: DatabaseSync): Tallying {
  const gathered = new Map<string, TallyRow>();
  const add = database.prepare("INSERT INTO tallies (day, network, what, count, ms) VALUES (?, ?, ?, ?, ?)");
  const all = database.prepare(
    `SELECT day, network, what, sum(count) AS count, sum(ms) AS ms FROM (
       SELECT * FROM tallies WHERE day >= ?1 UNION ALL SELECT * FROM folded_tallies WHERE day >= ?1)
     GROUP BY day, network, what ORDER BY day, network, what`,
  );
  const take = database.prepare(
    "DELETE FROM tallies WHERE rowid IN (SELECT rowid FROM tallies ORDER BY rowid LIMIT ?) RETURNING *",
  );
  const fold = database.prepare(
    `INSERT INTO folded_tallies (day, network, what, count, ms) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET count = count + excluded.count, ms = ms + excluded.ms`,
  );

  function gather(into: Map<string, TallyRow>, { day, network, what, count, ms }: TallyRow): void {
    const key = `${day} ${what} ${network}`;
    const row = into.get(key) ?? { day, network, what, count: 0, ms: 0 };
    row.count += count;
    row.ms += ms;
    into.set(key, row);
  }

  function write(): void {
    for (const { day, network, what, count, ms } of gathered.values()) add.run(day, network, what, count, ms);
    gathered.clear();
  }

  return {
    count(now, network, what, recordedAt = now) {
      const ms = what === "delivered" ? Math.max(0, now - recordedAt) : 0;
      gather(gathered, { day: dayAt(now), network, what, count: 1, ms });
    },
    write,
    drop: () => gathered.clear(),
    tallies(_now, since) {
      // What was counted in this very commit.
      write();
      return talliesIn(all.all(dayAt(+since)) as unknown as TallyRow[]);
    },
    fold(_now, limit) {
      const taken = take.all(limit) as unknown as TallyRow[];
      const sums = new Map<string, TallyRow>();
      for (const row of taken) gather(sums, row);
      for (const { day, network, what, count, ms } of sums.values()) fold.run(day, network, what, count, ms);
      return taken.length;
    },
  };
}
