import { type Change, cancelledBy, changed, isRejected, type Standing } from "../../changes.ts";
import { CollectorError } from "../../error.ts";
import type { ConversionRecord } from "../../ledger/ledger.ts";
import type { Money } from "../../money.ts";
import type { Network, Postback } from "../../network.ts";
import { leftOf, sumOf } from "../../order.ts";

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
  const { network: id, order, click, status, lines, amount } = conversion;
  const nothing = { network: id, postbacks: [], cancelled: [], isRepeated: false };
  const network = networks.find((one) => one.id === id);
  if (!network) return { ...nothing, conflict: `the account ${id} is not set up any more` };
  if (!order) return { ...nothing, conflict: "leads are not decided" };
  const before = { order, status, lines, amount };
  try {
    const changedTo = changed(before, change);
    const after = changedTo ?? before;
    const denied = conversion.decisions.filter(({ what }) => what === "settle").map(({ postback }) => postback);
    const cancelled = cancelledBy(
      change.kind,
      after,
      conversion.postbacks.map((postback) => ({ ...postback, isDenied: denied.includes(postback.id) })),
    );
    if (!changedTo && !(change.kind === "reject" && cancelled.length > 0))
      return { ...nothing, isRepeated: true, reason: "it stands so already" };
    const told = conversion.postbacks.filter((one) => one.state !== "cancelled" && !cancelled.includes(one.id));
    const standing = { ...after, click, told, insisted: change.insist };
    const isUntold = after.status === "rejected" && !told.some(({ kind }) => kind === "create");
    const conflict = isUntold ? undefined : network.refusal(standing);
    if (conflict !== undefined) return { ...nothing, conflict };
    const postbacks = isUntold ? [] : network.postbacks(standing);
    const isNothing = postbacks.length === 0 && cancelled.length === 0;
    return {
      ...{ network: id, postbacks, cancelled, isRepeated: false, left: moneyLeft(after) },
      reason: isNothing ? network.untold[change.kind] : undefined,
    };
  } catch (error) {
    if (!(error instanceof CollectorError && error.code === "ERR_CONFLICT")) throw error;
    return { ...nothing, conflict: error.message };
  }
}

/** What an order comes to without what is rejected of it. */
export function moneyLeft({ order, status, lines }: Pick<Standing, "order" | "status" | "lines">): Money {
  const left = status === "rejected" ? undefined : leftOf(order, (sku) => !isRejected(sku, lines));
  return left ? sumOf(left) : { net: 0, vat: 0 };
}
