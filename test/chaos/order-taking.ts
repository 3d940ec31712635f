import type { Request } from "express";
import { Pool } from "pg";
import type { Collector } from "../../packages/collector/src/index.ts";
import type { CheckoutLine } from "./checkout.ts";
import { seeded } from "./seeded.ts";

/** How a checkout takes orders, where it is not with `report` alone. */
export type Manner =
  /** Answers at once, and reports after. */
  | { readonly kind: "answering first" }
  /** Keeps the order in a table of its own, and rolls back so many of a hundred. */
  | {
      readonly kind: "in a transaction";
      readonly report: "in it" | "beside it";
      readonly rolledBack: number;
      readonly seed: number;
    };

/** Takes an order and answers with the status of the response. */
export function taking(
  manner: Manner | undefined,
  collector: Collector,
  database: string,
  print: (line: CheckoutLine) => void,
): (request: Request) => Promise<number> {
  if (manner === undefined)
    return async (request) => {
      await collector.report(request, request.body);
      return 200;
    };
  if (manner.kind === "answering first")
    return async (request) => {
      collector.report(request, request.body).catch(() => {});
      return 200;
    };

  const { report, rolledBack, seed } = manner;
  const pool = new Pool({ connectionString: database });
  const random = seeded(seed);
  return async (request) => {
    const { number } = request.body;
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      await client.query("INSERT INTO orders (number) VALUES ($1) ON CONFLICT DO NOTHING", [number]);
      await collector.report(request, request.body, report === "in it" ? { transaction: client } : {});
      print({ type: "reported", number });
      const isPaid = random() * 100 >= rolledBack;
      await client.query(isPaid ? "COMMIT" : "ROLLBACK");
      print({ type: isPaid ? "committed" : "rolled-back", number });
      return isPaid ? 200 : 402;
    } catch (error) {
      await client.query("ROLLBACK").catch(() => {});
      throw error;
    } finally {
      client.release();
    }
  };
}
