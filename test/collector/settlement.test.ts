import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json, Postback } from "../../packages/collector/src/network.ts";
import {
  again,
  type Outcome,
  type Retry,
  type Settlement,
  settlementFor,
} from "../../packages/collector/src/settlement.ts";

const retry: Retry = { firstDelaySeconds: 5, maxDelaySeconds: 86_400, giveUpAfterDays: 30 };
const settleSeconds = 60;
const thirtyDays = 2_592_000_000;

const step = { create: "1001" };
const ask = { lookUp: "1001" };

type Situation = Pick<Postback, "step" | "ifUnknown">;
const repeating: Situation = { step, ifUnknown: "repeat" };
const holding: Situation = { step, ifUnknown: "hold" };
const asking: Situation = { step, ifUnknown: { ask } };
/** Its doubt is being settled: the step is the question itself. */
const inDoubt: Situation = { step: ask, ifUnknown: { ask } };

const accepted: Outcome = { kind: "answered", verdict: { kind: "accepted", remoteId: "3afc4a82", reason: "arrived" } };
const refused: Outcome = { kind: "answered", verdict: { kind: "refused", reason: "HTTP 422" } };
const onlyAPerson: Outcome = { kind: "answered", verdict: { kind: "hold", reason: "there twice" } };
const next: Outcome = { kind: "answered", verdict: { kind: "next", step: { update: "1001" }, reason: "not there" } };
const tooMany: Outcome = { kind: "answered", verdict: { kind: "retry", reason: "HTTP 429" } };
const unclear: Outcome = { kind: "answered", verdict: { kind: "unknown", reason: "HTTP 502" } };
const notSent: Outcome = { kind: "not-sent", reason: "ECONNREFUSED" };
const unanswered: Outcome = { kind: "unknown", reason: "ECONNRESET" };

function settled(outcome: Outcome, postback: Situation, { tries = 0, ageMs = 0, random = 0.5 } = {}): Settlement {
  return settlementFor(outcome, { postback, tries, ageMs }, settleSeconds, retry, () => random);
}

function settledInEach(outcome: Outcome, ageMs: number): Record<string, Settlement> {
  return {
    repeating: settled(outcome, repeating, { ageMs }),
    holding: settled(outcome, holding, { ageMs }),
    asking: settled(outcome, asking, { ageMs }),
    inDoubt: settled(outcome, inDoubt, { ageMs }),
  };
}

function waiting(nextStep: Json, waitMs: number, reason: string): Settlement {
  return { state: "pending", step: nextStep, waitMs, reason };
}

function waitOf(settlement: Settlement): number {
  if (settlement.state !== "pending") throw new Error(`${settlement.state}, and does not wait`);
  return settlement.waitMs;
}

describe("a young postback", () => {
  test.each<[string, Outcome, Settlement]>([
    ["is delivered once the network has it", accepted, { state: "delivered", remoteId: "3afc4a82", reason: "arrived" }],
    ["fails at once by the network's no", refused, { state: "failed", reason: "HTTP 422" }],
    ["is held where only a person can tell", onlyAPerson, { state: "held", reason: "there twice" }],
    ["goes on at once with the step that follows", next, waiting({ update: "1001" }, 0, "not there")],
  ])("%s, however its doubt is settled", (_rule, outcome, settlement) => {
    expect(settledInEach(outcome, 0)).toEqual({
      repeating: settlement,
      holding: settlement,
      asking: settlement,
      inDoubt: settlement,
    });
  });

  test.each<[string, Outcome, string]>([
    ["nothing was sent", notSent, "ECONNREFUSED"],
    ["nothing was recorded", tooMany, "HTTP 429"],
  ])("waits with the same step where %s", (_case, outcome, reason) => {
    expect(settledInEach(outcome, 0)).toEqual({
      repeating: waiting({ create: "1001" }, 5000, reason),
      holding: waiting({ create: "1001" }, 5000, reason),
      asking: waiting({ create: "1001" }, 5000, reason),
      inDoubt: waiting({ lookUp: "1001" }, 5000, reason),
    });
  });

  test.each<[string, Outcome, string]>([
    ["no answer came", unanswered, "ECONNRESET"],
    ["the answer is unclear", unclear, "HTTP 502"],
  ])(
    "is repeated, held or asked about as its network says, after the settle time, where %s",
    (_case, outcome, reason) => {
      expect(settledInEach(outcome, 0)).toEqual({
        repeating: waiting({ create: "1001" }, 60_000, reason),
        holding: { state: "held", reason },
        asking: waiting({ lookUp: "1001" }, 60_000, reason),
        inDoubt: waiting({ lookUp: "1001" }, 60_000, reason),
      });
    },
  );
});

describe("a postback of 30 days", () => {
  test.each<[string, Outcome, Settlement]>([
    [
      "is still delivered once the network has it",
      accepted,
      { state: "delivered", remoteId: "3afc4a82", reason: "arrived" },
    ],
    ["still fails by the network's no", refused, { state: "failed", reason: "HTTP 422" }],
    ["is still held where only a person can tell", onlyAPerson, { state: "held", reason: "there twice" }],
    ["still goes on with the step that follows", next, waiting({ update: "1001" }, 0, "not there")],
  ])("%s", (_rule, outcome, settlement) => {
    expect(settledInEach(outcome, thirtyDays)).toEqual({
      repeating: settlement,
      holding: settlement,
      asking: settlement,
      inDoubt: settlement,
    });
  });

  test.each<[string, Outcome, string]>([
    ["nothing was sent", notSent, "ECONNREFUSED"],
    ["nothing was recorded", tooMany, "HTTP 429"],
  ])("fails where %s, but is held where the network may have it from before", (_case, outcome, words) => {
    const reason = `given up after 30 days: ${words}`;
    expect(settledInEach(outcome, thirtyDays)).toEqual({
      repeating: { state: "failed", reason },
      holding: { state: "failed", reason },
      asking: { state: "failed", reason },
      inDoubt: { state: "held", reason },
    });
  });

  test.each<[string, Outcome, string]>([
    ["no answer came", unanswered, "ECONNRESET"],
    ["the answer is unclear", unclear, "HTTP 502"],
  ])("is held, never failed, where %s", (_case, outcome, words) => {
    const reason = `given up after 30 days: ${words}`;
    expect(settledInEach(outcome, thirtyDays)).toEqual({
      repeating: { state: "held", reason },
      holding: { state: "held", reason: words },
      asking: { state: "held", reason },
      inDoubt: { state: "held", reason },
    });
  });

  test("is given up a moment before 30 days where the next try would come after them", () => {
    expect(settled(notSent, repeating, { ageMs: thirtyDays - 5000 }).state).toBe("pending");
    expect(settled(notSent, repeating, { ageMs: thirtyDays - 4999 }).state).toBe("failed");
  });

  test("is given up after another time where the store sets one", () => {
    const twoDays = { ...retry, giveUpAfterDays: 2 };
    const tried = { postback: repeating, tries: 0, ageMs: 172_800_000 };
    expect(settlementFor(notSent, tried, settleSeconds, twoDays, () => 0.5)).toEqual({
      state: "failed",
      reason: "given up after 2 days: ECONNREFUSED",
    });
  });
});

describe("the wait for the next try", () => {
  test.each([
    [0, 5000],
    [1, 15_000],
    [2, 45_000],
    [3, 135_000],
    [4, 405_000],
    [5, 1_215_000],
    [6, 3_645_000],
    [7, 10_935_000],
    [8, 32_805_000],
    [9, 86_400_000],
    [10, 86_400_000],
    [10_000, 86_400_000],
  ])("after %i tries before is %i ms", (tries, waitMs) => {
    expect(waitOf(settled(notSent, repeating, { tries }))).toBe(waitMs);
  });

  test("is a fifth shorter at the least and a fifth longer at the most, also at its longest", () => {
    expect(waitOf(settled(notSent, repeating, { random: 0 }))).toBe(4000);
    expect(waitOf(settled(notSent, repeating, { random: 0.9999 }))).toBe(6000);
    expect(waitOf(settled(notSent, repeating, { tries: 20, random: 0 }))).toBe(69_120_000);
    expect(waitOf(settled(notSent, repeating, { tries: 20, random: 1 - Number.EPSILON }))).toBe(103_680_000);
  });

  test("stays within a fifth of its length for every chance", () => {
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(chance, fc.nat(12), (random, tries) => {
        const wait = Math.min(5000 * 3 ** tries, 86_400_000);
        const given = waitOf(settled(notSent, repeating, { tries, random }));
        expect(given).toBeGreaterThanOrEqual(wait * 0.8);
        expect(given).toBeLessThanOrEqual(wait * 1.2);
      }),
    );
  });

  test("begins and ends where the store sets it", () => {
    const quick = { ...retry, firstDelaySeconds: 0.25, maxDelaySeconds: 1 };
    const waits = [0, 1, 2, 3].map((tries) =>
      waitOf(settlementFor(notSent, { postback: repeating, tries, ageMs: 0 }, 0, quick, () => 0.5)),
    );
    expect(waits).toEqual([250, 750, 1000, 1000]);
  });

  test("lets a network that is down for 29 days still have the postback", () => {
    let ageMs = 0;
    let tries = 0;
    while (ageMs < 29 * 86_400_000) {
      ageMs += waitOf(settled(notSent, repeating, { tries, ageMs }));
      tries += 1;
    }
    expect(tries).toBe(38);
    expect(settled(accepted, repeating, { tries, ageMs }).state).toBe("delivered");
  });
});

describe("what the network asks for by Retry-After", () => {
  const withHeader = (outcome: Outcome, retryAfterSeconds: number): Outcome =>
    ({ ...outcome, retryAfterSeconds }) as Outcome;

  test.each([
    [120, 120_000],
    [3600, 3_600_000],
    [3601, 3_600_000],
    [31_536_000, 3_600_000],
    [Infinity, 3_600_000],
    [1, 5000],
    [5.5, 5500],
  ])("is honoured between our own wait and an hour: %d seconds are %i ms", (seconds, waitMs) => {
    expect(waitOf(settled(withHeader(tooMany, seconds), repeating))).toBe(waitMs);
  });

  test("never makes a wait shorter than our own has grown to", () => {
    expect(waitOf(settled(withHeader(tooMany, 120), repeating, { tries: 9 }))).toBe(86_400_000);
  });

  test("gives way to what the verdict itself says", () => {
    const verdict = { kind: "retry", reason: "HTTP 429", afterSeconds: 300 } as const;
    expect(waitOf(settled({ kind: "answered", verdict, retryAfterSeconds: 120 }, repeating))).toBe(300_000);
    expect(waitOf(settled({ kind: "answered", verdict: { ...verdict, afterSeconds: 7200 } }, repeating))).toBe(
      3_600_000,
    );
  });

  test.each([
    [10, 60_000],
    [600, 600_000],
    [86_400, 3_600_000],
  ])("lengthens the settle time and never shortens it: %i seconds are %i ms", (seconds, waitMs) => {
    expect(settled(withHeader(unclear, seconds), asking)).toEqual(waiting({ lookUp: "1001" }, waitMs, "HTTP 502"));
  });

  test("changes nothing about a no", () => {
    expect(settled(withHeader(refused, 120), repeating)).toEqual({ state: "failed", reason: "HTTP 422" });
  });
});

describe("a postback that is sent again", () => {
  const sentAgain = (step: unknown, waitMs = 0) => ({ state: "pending", step, waitMs, reason: "sent again by anna" });

  test.each([
    ["repeating", repeating],
    ["holding", holding],
    ["asking", asking],
  ])("begins with the same step where it failed: %s", (_which, postback) => {
    expect(again("failed", postback, "anna", 60)).toEqual(sentAgain({ create: "1001" }));
  });

  test.each(["held", "delivered"] as const)("begins with its network's question first where it is %s", (state) => {
    expect(again(state, asking, "anna", 60)).toEqual(sentAgain({ lookUp: "1001" }));
    expect(again(state, inDoubt, "anna", 60)).toEqual(sentAgain({ lookUp: "1001" }));
  });

  test.each(["held", "delivered"] as const)("begins with the same step where nobody can be asked: %s", (state) => {
    expect(again(state, repeating, "anna", 60)).toEqual(sentAgain({ create: "1001" }));
    expect(again(state, holding, "anna", 60)).toEqual(sentAgain({ create: "1001" }));
  });

  test("is held where it is pending in a ledger that was restored, and nobody can be asked", () => {
    expect(again("pending", holding, "anna", 60)).toEqual({
      state: "held",
      reason: "taken to be in doubt by anna",
    });
    expect(again("pending", repeating, "anna", 60)).toEqual(sentAgain({ create: "1001" }, 60_000));
    // It may have been on its way a moment ago.
    expect(again("pending", asking, "anna", 60)).toEqual(sentAgain({ lookUp: "1001" }, 60_000));
  });

  test("goes on with the question it had come to where it failed at that", () => {
    expect(again("failed", inDoubt, "anna", 60)).toEqual(sentAgain({ lookUp: "1001" }));
  });
});

describe("the settle time", () => {
  test("is the least that is waited in doubt, whatever the chance", () => {
    expect(waitOf(settled(unanswered, asking, { random: 0 }))).toBe(60_000);
    expect(waitOf(settled(unanswered, repeating, { tries: 2, random: 0 }))).toBe(60_000);
  });

  test("is no bound where the wait has grown beyond it", () => {
    expect(waitOf(settled(unanswered, asking, { tries: 3 }))).toBe(135_000);
  });

  test("is each network's own", () => {
    const tried = { postback: asking, tries: 0, ageMs: 0 };
    expect(waitOf(settlementFor(unanswered, tried, 300, retry, () => 0.5))).toBe(300_000);
    expect(waitOf(settlementFor(unanswered, tried, 0, retry, () => 0.5))).toBe(5000);
  });

  test("does not hold up what is certain not to have been sent", () => {
    expect(waitOf(settled(notSent, asking))).toBe(5000);
  });
});
