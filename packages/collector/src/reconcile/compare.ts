import type { PostbackState } from "../ledger/ledger.ts";
import { decimal, decimalsOf } from "../money.ts";
import type { Postback, Status } from "../network.ts";
import { quoted } from "../telling/quoted.ts";

/** Sums in minor units, by what they are of: `net` and `vat`, or the one `amount` a network is told. */
export type Sums = Readonly<Record<string, number>>;

/** What the ledger says a network has of an order. */
export interface Here {
  readonly number: string;
  /** The account. */
  readonly network: string;
  readonly currency: string;
  readonly sums: Sums;
  readonly status: Status;
  readonly postbacks: readonly { id: string; kind: Postback["kind"]; state: PostbackState }[];
  /** How many records the network makes of the order: one, or one for each of its lines. */
  readonly records: number;
  /** Whether the network approves by itself, and is told of no approval. */
  readonly approvesItself: boolean;
}

/** One record the network has of an order. */
export interface There {
  readonly id?: string | undefined;
  /** What it does not say is left out, and not compared. */
  readonly sums: Sums;
  readonly currency?: string | undefined;
  /** In the network's own word. */
  readonly status?: string | undefined;
}

export type DifferenceKind = "missing" | "sum" | "status" | "twice" | "unsettled" | "unexpected" | "unknown";

export interface Difference {
  readonly number: string;
  readonly network: string;
  readonly kind: DifferenceKind;
  readonly here: string;
  readonly there: string;
  readonly repair: Repair;
}

/** What to do about a difference: a command line, or without one, something that only people can do. */
export interface Repair {
  readonly command?: string;
  readonly text: string;
}

/** What differs of one order: nothing where both say the same, or where the network is still to be told. */
export function differences(here: Here, there: readonly There[]): Difference[] {
  const { number, network } = here;
  const found = (kind: DifferenceKind, ours: string, theirs: string, repair: Repair): Difference[] => [
    { number, network, kind, here: ours, there: theirs, repair },
  ];
  const creates = here.postbacks.filter(({ kind }) => kind === "create");
  const state = worstOf(creates.map((create) => create.state));
  if (state === "pending") return [];
  if (there.length === 0)
    return state === "cancelled" ? [] : found("missing", state, "not there", missingRepair(here, state));
  if (there.length > here.records)
    return found(
      "twice",
      times(here.records),
      `${times(there.length)}${idsOf(there)}`,
      ask(network, "to remove what is there too often"),
    );
  if (state === "cancelled")
    return found(
      "unexpected",
      "withdrawn before it was sent",
      shownStatus(there),
      ask(network, "to reject it: you withdrew it"),
    );
  // Which of its lines they are, no report says.
  if ((state === "held" || state === "failed") && there.length < here.records)
    return found("unsettled", state, `${there.length} of ${here.records} lines are there`, {
      text: `look for each line in ${network}'s portal, then settle it or send it again: cashtrail show`,
    });
  if (state === "held" || state === "failed")
    return found("unsettled", state, "it is there", settleRepair(creates, state, there));
  // What is on its way will change it.
  if (here.postbacks.some((postback) => postback.state === "pending")) return [];
  const status = statusDifference(here, there);
  return [
    ...(status ? found("status", here.status, shownStatus(there), status) : []),
    // Of a rejected order nothing is paid, whatever its sum.
    ...(here.status === "rejected" ? [] : sumDifference(here, there, found)),
  ];
}

/** An order of which the network's answer is not known. */
export function unknownOf(
  { number, network }: Pick<Here, "number" | "network">,
  state: string,
  reason: string,
): Difference {
  const repair = { text: "run reconcile again: it asks for these only" };
  return { number, network, kind: "unknown", here: state, there: reason, repair };
}

function sumDifference(
  { currency, sums, network, number, postbacks }: Here,
  there: readonly There[],
  found: (kind: "sum", ours: string, theirs: string, repair: Repair) => Difference[],
): Difference[] {
  const theirs: Record<string, number> = {};
  for (const { sums } of there)
    for (const [name, sum] of Object.entries(sums)) theirs[name] = (theirs[name] ?? 0) + sum;
  const otherCurrency = there.find((one) => one.currency !== undefined && one.currency !== currency)?.currency;
  const names = Object.keys(sums).filter((name) => theirs[name] !== undefined && theirs[name] !== sums[name]);
  if (names.length === 0 && otherCurrency === undefined) return [];
  const ours = shownSums(sums, currency);
  const told = shownSums(theirs, otherCurrency ?? currency);
  if (names.join() === "net" && theirs.net === (sums.net ?? 0) + (sums.vat ?? 0))
    return found("sum", ours, told, ask(network, "whether its answers include VAT: this one is your sum with VAT"));
  if (there.some(({ status }) => statusOf(status) === "approved"))
    return found("sum", ours, told, ask(network, "to correct it: what is approved cannot be changed"));
  const change = postbacks.findLast(({ kind, state }) => kind !== "create" && state !== "cancelled");
  return found(
    "sum",
    ours,
    told,
    change ? again(number, network, change.state) : ask(network, "which it took, and to correct it"),
  );
}

function statusDifference(
  { number, network, status, postbacks, approvesItself }: Here,
  there: readonly There[],
): Repair | undefined {
  const said = new Set(there.map((one) => one.status).filter((word) => word !== undefined));
  const words = [...said].map(statusOf);
  if (words.includes(undefined)) return ask(network, "what its status means");
  if (words.every((word) => word === status)) return;
  const decided = postbacks.findLast(
    ({ kind, state }) => (kind === "approve" || kind === "reject") && state !== "cancelled",
  );
  // Of an order by lines, some may be decided otherwise than the whole.
  if (there.length > 1) return ask(network, "which lines it decided how, and compare: cashtrail show");
  const [theirs] = words;
  switch (`${status} here, ${theirs} there`) {
    case "pending here, approved there":
      return approvesItself
        ? undefined
        : { command: `cashtrail approve ${quoted(number)}`, text: "approve it here too, if that is right" };
    case "approved here, pending there":
      return decided?.kind === "approve"
        ? again(number, network, decided.state)
        : approvesItself
          ? undefined
          : ask(network, "to approve it");
    case "pending here, rejected there":
      return { command: `cashtrail reject ${quoted(number)}`, text: `if that is right; else ask ${network} why` };
    case "rejected here, pending there":
      return decided ? again(number, network, decided.state) : ask(network, "to reject it");
    default:
      return ask(network, "to correct it: what is decided there cannot be changed from here");
  }
}

function missingRepair({ number, network, status }: Here, state: PostbackState): Repair {
  if (status === "rejected") return { text: "none: it is rejected, and nothing is paid for it" };
  return again(number, network, state);
}

/** What is there must not be sent again, though the network once said no. */
function settleRepair(creates: Here["postbacks"], state: PostbackState, [first]: readonly There[]): Repair {
  const id = creates.find((create) => create.state === state)?.id ?? "";
  const remote = first?.id === undefined ? "" : ` --remote-id ${quoted(first.id)}`;
  return { command: `cashtrail settle ${quoted(id)} delivered${remote}`, text: "the network has it" };
}

function again(number: string, network: string, state: PostbackState): Repair {
  const option = state === "failed" ? "" : ` --state ${state}`;
  return {
    command: `cashtrail resend ${quoted(number)} --network ${quoted(network)}${option}`,
    text: "send it again",
  };
}

function ask(network: string, what: string): Repair {
  return { text: `ask ${network} ${what}` };
}

/** A create that is not there whole is as good as its worst line. */
function worstOf(states: readonly PostbackState[]): PostbackState {
  return (
    (["pending", "held", "failed", "delivered", "cancelled"] as const).find((state) => states.includes(state)) ??
    "cancelled"
  );
}

const STATUS_WORDS: Readonly<Record<Status, RegExp>> = {
  pending: /^(?:pending|tracked|new|open|on hold)$/,
  approved: /^(?:approved|confirmed|validated|accepted|paid|invoiced)$/,
  rejected: /^(?:rejected|declined|cancelled|canceled|denied|invalid)$/,
};

/** A network's word for what became of an order, as one of ours. */
function statusOf(word: string | undefined): Status | undefined {
  const text = word?.trim().toLowerCase() ?? "";
  return (["pending", "approved", "rejected"] as const).find((status) => STATUS_WORDS[status].test(text));
}

function shownStatus(there: readonly There[]): string {
  return [...new Set(there.map(({ status }) => status ?? "no status"))].join(", ");
}

function shownSums(sums: Sums, currency: string): string {
  const decimals = decimalsOf(currency) ?? 0;
  return Object.entries(sums)
    .map(([name, sum]) => `${name} ${sum < 0 ? "-" : ""}${decimal(Math.abs(sum), decimals)} ${currency}`)
    .join(", ");
}

function idsOf(there: readonly There[]): string {
  const ids = there.flatMap(({ id }) => (id === undefined ? [] : [id]));
  return ids.length > 0 ? `: ${ids.join(", ")}` : "";
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
