import type { AttemptRecord, ConversionRecord, DecisionRecord, PostbackRecord } from "../ledger/ledger.ts";

/** One thing that happened to a conversion, or is to happen. */
export type Entry = { readonly at: Date } & (
  | { readonly kind: "click" }
  | { readonly kind: "placed" }
  | { readonly kind: "reported" }
  | { readonly kind: "attempt"; readonly attempt: AttemptRecord; readonly postback: PostbackRecord }
  | { readonly kind: "decision"; readonly decision: DecisionRecord; readonly postback?: PostbackRecord | undefined }
  /** A postback's next try. */
  | { readonly kind: "due"; readonly postback: PostbackRecord }
);

/** Equal times are told in the order of cause and effect. */
const kinds: readonly Entry["kind"][] = ["click", "placed", "reported", "decision", "attempt", "due"];

/** A conversion's story, from the click to what comes next. */
export function timelineOf(conversion: ConversionRecord): Entry[] {
  const { click, order, reportedAt, postbacks, decisions } = conversion;
  const entries: Entry[] = [
    { kind: "click", at: click.at },
    // Most are reported as they are placed.
    ...(order && Math.abs(+reportedAt - +order.placedAt) >= 60_000
      ? [{ kind: "placed", at: order.placedAt } as const]
      : []),
    { kind: "reported", at: reportedAt },
    ...decisions.map((decision) => ({
      kind: "decision" as const,
      at: decision.at,
      decision,
      postback: postbacks.find(({ id }) => id === decision.postback),
    })),
    ...postbacks.flatMap((postback) =>
      postback.attempts.map((attempt) => ({ kind: "attempt" as const, at: attempt.at, attempt, postback })),
    ),
    ...postbacks.flatMap((postback) =>
      postback.state === "pending" && postback.dueAt && !isSending(postback)
        ? [{ kind: "due" as const, at: postback.dueAt, postback }]
        : [],
    ),
  ];
  return entries.sort((a, b) => +a.at - +b.at || kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
}

/** While it is being sent, `dueAt` says when its claim runs out, which is no next try. */
export function isSending({ attempts }: PostbackRecord): boolean {
  return attempts.at(-1)?.outcome === "sending";
}
