import type { PostbackRecord } from "../ledger/ledger.ts";
import { isSending } from "./timeline.ts";

/** A collector that is started looks for what is due every second. */
const NEVER_TRIED_MS = 5_000;
const LATE_MS = 60_000;

/** How a pending postback shows that nobody delivers, or that something is in the way; undefined where nothing does. */
export function overdue(postback: PostbackRecord, now: Date): "never tried" | "late" | undefined {
  const { state, dueAt, attempts } = postback;
  if (state !== "pending" || !dueAt || isSending(postback)) return undefined;
  const lateMs = +now - +dueAt;
  if (attempts.length === 0 && lateMs > NEVER_TRIED_MS) return "never tried";
  return lateMs > LATE_MS ? "late" : undefined;
}
