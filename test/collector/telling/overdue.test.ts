import { describe, expect, test } from "vitest";
import type { AttemptRecord, PostbackRecord } from "../../../packages/collector/src/index.ts";
import { overdue } from "../../../packages/collector/src/telling/overdue.ts";

const NOW = new Date("2026-11-22T10:00:00Z");
const refused: AttemptRecord = { at: new Date("2026-11-22T09:00:00Z"), outcome: "retry" };
const sending: AttemptRecord = { at: new Date("2026-11-22T09:00:00Z"), outcome: "sending" };

function postback(state: PostbackRecord["state"], dueAt: string | undefined, ...attempts: AttemptRecord[]) {
  const due = dueAt === undefined ? {} : { dueAt: new Date(`2026-11-22T${dueAt}Z`) };
  return { id: "retrack/1001/create", kind: "create", state, step: {}, attempts, ...due } as const;
}

describe("a pending postback", () => {
  test.each([
    ["that is due now is on time", postback("pending", "09:59:58"), undefined],
    ["that was never tried shows that nobody delivers", postback("pending", "09:59:50"), "never tried"],
    ["that was tried may be late by a minute", postback("pending", "09:59:10", refused), undefined],
    ["that was tried is late after a minute", postback("pending", "09:58:50", refused), "late"],
    ["that is being sent is in good hands", postback("pending", "09:00:00", sending), undefined],
    ["that waits for the one before it is not due", postback("pending", undefined), undefined],
    ["that is delivered is none", postback("delivered", "09:00:00"), undefined],
  ])("%s", (_rule, given, expected) => {
    expect(overdue(given, NOW)).toBe(expected);
  });
});
