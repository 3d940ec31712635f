import { type Change, cancelledBy, changed } from "./changes.ts";
import { CollectorError } from "./error.ts";
import type { Amendment, ConversionRecord, PostbackRecord, PostbackState } from "./ledger/ledger.ts";
import type { Network } from "./network.ts";
import type { PlacedOrder } from "./order.ts";

export type PlacedConversion = ConversionRecord & { order: PlacedOrder };

/** More than a store has accounts: one number has one of each. */
export const MOST_CONVERSIONS = 1000;

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
  const denied = settledByPerson(conversion, "failed");
  const dismissed = settledByPerson(conversion, "cancelled");
  const cancel = cancelledBy(
    change.kind,
    after,
    conversion.postbacks.map((postback) => ({ ...postback, isDenied: denied.has(postback.id) })),
  );
  const insisted = change.kind !== "update" && change.insist;
  const isDismissed = ({ id, state }: PostbackRecord) => state === "cancelled" && dismissed.has(id);
  // What was under way when it was rejected may have been refused since, and can be withdrawn now.
  const isWithdrawing = change.kind === "reject" && cancel.length > 0;
  if (!changedTo && !isWithdrawing && !(insisted && conversion.postbacks.some(isDismissed))) return {};
  // Neither told again nor followed by more, unless a person insists on what nothing came after.
  const isFollowed = ({ line }: PostbackRecord, index: number) =>
    conversion.postbacks.slice(index + 1).some((later) => later.state !== "cancelled" && later.line === line);
  const aside = conversion.postbacks.filter(
    (postback, index) => isDismissed(postback) && (!insisted || isFollowed(postback, index)),
  );
  const neverCreated = aside.filter(({ kind }) => kind === "create").map(({ line }) => line);
  const told = conversion.postbacks
    .filter((postback) => aside.includes(postback) || (postback.state !== "cancelled" && !cancel.includes(postback.id)))
    .map(({ id, kind, line, step }) => ({ id, kind, line, step }));
  const standing = { ...after, click, told, insisted };
  // What was rejected before the network was told of it needs no telling.
  const isUntold = after.status === "rejected" && !told.some(({ kind }) => kind === "create");
  const refusal = isUntold ? undefined : network.refusal(standing);
  if (refusal !== undefined) throw conflict(`order ${number}: ${network.id}: ${refusal}`);
  const wanted = isUntold ? [] : network.postbacks(standing);
  const postbacks = wanted.filter(({ line }) => !neverCreated.includes(line));
  const why =
    wanted.length > 0 ? "a person put aside what would have told it of the order" : network.untold[change.kind];
  const untold = postbacks.length === 0 && cancel.length === 0 ? why : undefined;
  return {
    amendment: { number, network: network.id, revision, ...after, postbacks, cancel },
    ...(untold === undefined ? {} : { untold }),
  };
}

/** The postbacks that a person settled so, whatever became of them since. */
function settledByPerson({ decisions }: ConversionRecord, as: PostbackState): ReadonlySet<string> {
  return new Set(
    decisions.flatMap(({ what, state, postback }) => (what === "settle" && state === as ? (postback ?? []) : [])),
  );
}

function conflict(message: string): CollectorError {
  return new CollectorError("ERR_CONFLICT", message);
}
