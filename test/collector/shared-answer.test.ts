import { expect, test } from "vitest";
import { sharedAnswer } from "../../packages/collector/src/shared-answer.ts";

const KEPT_MS = 5000;

/** An answer that counts how often it was asked for, and the clock it goes by. */
function counting(ask: (count: number) => Promise<number> = async (count) => count) {
  let time = Date.parse("2026-11-22T10:00:00Z");
  let count = 0;
  const shared = sharedAnswer(
    KEPT_MS,
    () => new Date(time),
    () => ask(++count),
  );
  return {
    ...shared,
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
  };
}

test("is shared by those who ask together, and for a while after", async () => {
  const { get, pass } = counting();
  expect(await Promise.all([get(), get()])).toEqual([1, 1]);
  pass(4999);
  expect(await get()).toBe(1);
  pass(1);
  expect(await get()).toBe(2);
});

test("is asked for anew once the clock was set back, lest it is kept for ever", async () => {
  const { get, pass } = counting();
  await get();
  pass(-5000);
  expect(await get()).toBe(2);
});

test("is asked for anew once it was dropped, also by who asks while the first is under way", async () => {
  const { get, drop } = counting();
  const first = get();
  drop();
  expect(await Promise.all([first, get()])).toEqual([1, 2]);
  expect(await get()).toBe(2);
});

test("is not kept where it is a failure", async () => {
  const { get } = counting(async (count) => (count === 1 ? Promise.reject(new Error("away")) : count));
  await expect(get()).rejects.toThrow("away");
  expect(await get()).toBe(2);
});

test("that does not come is waited for, and not asked for again", () => {
  const asked: number[] = [];
  const { get, pass } = counting((count) => {
    asked.push(count);
    return new Promise(() => {});
  });
  void get();
  pass(60_000);
  void get();
  expect(asked).toEqual([1]);
});
