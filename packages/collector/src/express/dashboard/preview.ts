import { isPlaced, planned } from "../../amendment.ts";
import { type Change, moneyLeft } from "../../changes.ts";
import { CollectorError } from "../../error.ts";
import type { ConversionRecord } from "../../ledger/ledger.ts";
import type { Money } from "../../money.ts";
import type { Network, Postback } from "../../network.ts";

/** What an approval or a rejection would tell an account's network. */
export interface Preview {
  readonly network: string;
  readonly postbacks: readonly Pick<Postback, "id" | "kind" | "line" | "step">[];
  /** The postbacks that are withdrawn, for they never left. */
  readonly cancelled: readonly string[];
  /** Whether it stands so already. */
  readonly isRepeated: boolean;
  /** What is left of the order afterwards, without what is rejected of it. */
  readonly left?: Money | undefined;
  /** Why the network is told nothing. */
  readonly reason?: string | undefined;
  /** Why it cannot be done. */
  readonly conflict?: string | undefined;
}

/** What a decision would do to one conversion, by the same rules that `approve` and `reject` go by. Writes nothing. */
export function previewOf(
  conversion: ConversionRecord,
  change: Exclude<Change, { kind: "update" }>,
  networks: readonly Network[],
): Preview {
  const { network } = conversion;
  const nothing = { network, postbacks: [], cancelled: [], isRepeated: false };
  if (!isPlaced(conversion)) return { ...nothing, conflict: "leads are not decided" };
  try {
    const { amendment, untold } = planned(conversion, change, networks);
    if (!amendment) return { ...nothing, isRepeated: true, reason: "it stands so already" };
    const { postbacks, cancel: cancelled } = amendment;
    return { network, postbacks, cancelled, isRepeated: false, left: moneyLeft(amendment), reason: untold };
  } catch (error) {
    if (!(error instanceof CollectorError && error.code === "ERR_CONFLICT")) throw error;
    return { ...nothing, conflict: error.message };
  }
}
