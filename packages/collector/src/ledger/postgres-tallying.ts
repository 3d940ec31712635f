import { dayAt } from "../day.ts";
import { type TallyRow, talliesIn } from "./both-engines.ts";
import type { Tally } from "./ledger.ts";
import type { Operation } from "./postgres-lane.ts";

export const tallies: Operation<Date, Tally[]> = {
  most: 1,
  run: ({ query }, calls) =>
    Promise.all(
      calls.map(async (since) =>
        talliesIn(
          await query<TallyRow>(
            `SELECT day, network, what, sum(count)::bigint AS count, sum(ms)::bigint AS ms FROM (
               SELECT * FROM cashtrail.tallies WHERE day >= $1
               UNION ALL SELECT * FROM cashtrail.folded_tallies WHERE day >= $1) AS counted
             GROUP BY day, network, what ORDER BY day, network, what`,
            [dayAt(+since)],
          ),
        ),
      ),
    ),
};

export const fold: Operation<number, number> = {
  most: 1,
  run: ({ query }, calls) =>
    Promise.all(
      calls.map(async (limit) => {
        // What another instance is folding is passed over. The sums are written in one order by all.
        const [taken] = await query<{ count: number }>(
          `WITH taken AS (
             DELETE FROM cashtrail.tallies
             WHERE ctid = ANY (ARRAY(SELECT ctid FROM cashtrail.tallies LIMIT $1 FOR UPDATE SKIP LOCKED))
             RETURNING *
           ), folded AS (
             INSERT INTO cashtrail.folded_tallies AS sums (day, network, what, count, ms)
             SELECT day, network, what, sum(count), sum(ms) FROM taken
             GROUP BY day, network, what ORDER BY day, network, what
             ON CONFLICT (day, network, what)
               DO UPDATE SET count = sums.count + excluded.count, ms = sums.ms + excluded.ms
           )
           SELECT count(*) AS count FROM taken`,
          [limit],
        );
        return taken?.count ?? 0;
      }),
    ),
};
