import { type Change, cancelledBy, changed } from "./changes.ts";
import { CollectorError } from "./error.ts";
import type { Amendment, ConversionRecord } from "./ledger/ledger.ts";
import type { Network } from "./network.ts";
import type { PlacedOrder } from "./order.ts";

export type PlacedConversion = ConversionRecord & { order: PlacedOrder };

/** Leads are not changed and not decided: Retrack's pages describe no way to. */
export function isPlaced(conversion: ConversionRecord): conversion is PlacedConversion {
  return conversion.order !== undefined;
}

/** What a change writes of one conversion. */
export interface Planned {
  /** Absent where it stands so already. */
  readonly amendment?: Omit<Amendment, "decision">;
  /** Why the network is told nothing of it, where it has no call for it. */
  readonly untold?: string;
}

/**
 * Works out a change of one conversion, and writes nothing. Throws `ERR_CONFLICT` where it contradicts what is decided,
 * or its network cannot be told.
 */
export function planned(conversion: PlacedConversion, change: Change, networks: readonly Network[]): Planned {
  const { number, revision, click, order, status, lines, amount } = conversion;
  const network = networks.find(({ id }) => id === conversion.network);
  if (!network) throw conflict(`order ${number} is credited to the account ${conversion.network}, which is not set up`);
  const before = { order, status, lines, amount };
  const changedTo = changed(before, change);
  const after = changedTo ?? before;
  const denied = new Set(conversion.decisions.filter(({ what }) => what === "settle").map(({ postback }) => postback));
  const cancel = cancelledBy(
    change.kind,
    after,
    conversion.postbacks.map((postback) => ({ ...postback, isDenied: denied.has(postback.id) })),
  );
  // What was under way when it was rejected may have been refused since, and can be withdrawn now.
  if (!changedTo && !(change.kind === "reject" && cancel.length > 0)) return {};
  const told = conversion.postbacks
    .filter(({ id, state }) => state !== "cancelled" && !cancel.includes(id))
    .map(({ id, kind, line, step }) => ({ id, kind, line, step }));
  const standing = { ...after, click, told, insisted: change.kind !== "update" && change.insist };
  // What was rejected before the network was told of it needs no telling.
  const isUntold = after.status === "rejected" && !told.some(({ kind }) => kind === "create");
  const refusal = isUntold ? undefined : network.refusal(standing);
  if (refusal !== undefined) throw conflict(`order ${number}: ${network.id}: ${refusal}`);
  const postbacks = isUntold ? [] : network.postbacks(standing);
  const untold = postbacks.length === 0 && cancel.length === 0 ? network.untold[change.kind] : undefined;
  return {
    amendment: { number, network: network.id, revision, ...after, postbacks, cancel },
    ...(untold === undefined ? {} : { untold }),
  };
}

function conflict(message: string): CollectorError {
  return new CollectorError("ERR_CONFLICT", message);
}
