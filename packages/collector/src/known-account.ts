import { CollectorError } from "./error.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Network } from "./network.ts";

/**
 * Refuses an account that is not set up and of which nothing is kept: a misspelt name would find nothing for ever. One
 * that was set up once is still asked for.
 */
export async function checkAccount(
  wanted: string | undefined,
  networks: readonly Network[],
  ledger: Ledger,
  subject: string,
): Promise<void> {
  if (wanted === undefined || networks.some(({ id }) => id === wanted)) return;
  if ((await ledger.find({ network: wanted, limit: 1 })).length > 0) return;
  const message = `is no account that is set up, and nothing is kept of one; set up are ${networks.map(({ id }) => id).join(", ")}`;
  throw new CollectorError("ERR_ORDER", `${subject}: network: ${message}`, { issues: [{ path: "network", message }] });
}
