import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { afterRequest, type Breaker, closed, probing, roomOf, unprobed } from "../../packages/collector/src/breaker.ts";

const noon = Date.UTC(2026, 4, 10, 12);

/** What happens at a breaker, in the order it happens: seconds that pass, and ends of requests. */
type Event = number | "fails" | "answered" | "probed" | "nothing to send";

function after(events: readonly Event[], breaker: Breaker = closed): { breaker: Breaker; nowMs: number } {
  let nowMs = noon;
  let now = breaker;
  for (const event of events) {
    if (typeof event === "number") nowMs += event * 1000;
    else if (event === "probed") now = probing(now);
    else if (event === "nothing to send") now = unprobed(now, nowMs);
    else now = afterRequest(now, event === "answered", nowMs);
  }
  return { breaker: now, nowMs };
}

function roomAfter(...events: readonly Event[]): number {
  const { breaker, nowMs } = after(events);
  return roomOf(breaker, nowMs);
}

const nine: Event[] = Array(9).fill("fails");
const ten: Event[] = Array(10).fill("fails");

describe("a network that was never down", () => {
  test("may have as many requests under way as there are", () => {
    expect(roomAfter()).toBe(Infinity);
    expect(roomAfter("answered", "answered")).toBe(Infinity);
  });

  test("still may after nine failures in a row", () => {
    expect(roomAfter(...nine)).toBe(Infinity);
  });

  test("still may after any number of failures that an answer divides into nines", () => {
    expect(roomAfter(...nine, "answered", ...nine, "answered", ...nine)).toBe(Infinity);
  });

  test("is not told apart from one that nothing was sent to", () => {
    expect(roomAfter(...nine, "nothing to send")).toBe(Infinity);
    expect(roomAfter(...nine, "nothing to send", "fails")).toBe(0);
  });

  test("is sent requests in hand without one of them being a probe", () => {
    expect(roomAfter("probed")).toBe(Infinity);
  });
});

describe("a network that is down", () => {
  test("is noticed by the tenth failure in a row, however long they take", () => {
    expect(roomAfter(...ten)).toBe(0);
    expect(roomAfter(...nine, 86_400, "fails")).toBe(0);
  });

  test("is sent nothing for 5 seconds, and then one request", () => {
    expect(roomAfter(...ten, 4.999)).toBe(0);
    expect(roomAfter(...ten, 5)).toBe(1);
    expect(roomAfter(...ten, 86_400)).toBe(1);
  });

  test("is sent no second request while the first is on its way", () => {
    expect(roomAfter(...ten, 5, "probed")).toBe(0);
    expect(roomAfter(...ten, 5, "probed", 86_400)).toBe(0);
  });

  test.each<[number, number]>([
    [0, 5],
    [1, 10],
    [2, 20],
    [3, 30],
    [4, 30],
    [1000, 30],
  ])("is left alone after %i unanswered probes for %i seconds", (probes, seconds) => {
    const unanswered = Array.from({ length: probes }, (): Event[] => [30, "probed", "fails"]).flat();
    expect(roomAfter(...ten, ...unanswered, seconds - 0.001)).toBe(0);
    expect(roomAfter(...ten, ...unanswered, seconds)).toBe(1);
  });

  test("is left alone from when the probe failed, not from when it left", () => {
    expect(roomAfter(...ten, 5, "probed", 20, "fails", 9.999)).toBe(0);
    expect(roomAfter(...ten, 5, "probed", 20, "fails", 10)).toBe(1);
  });

  test("is not left alone for longer by what was under way when it went down", () => {
    expect(roomAfter(...ten, 4, ...ten, 1)).toBe(1);
  });

  test("may be probed at once where the last probe found nothing to send", () => {
    expect(roomAfter(...ten, 5, "probed", "nothing to send")).toBe(1);
  });

  test("is left alone as long after such a probe as if it had not been", () => {
    const idle: Event[] = [...ten, 5, "probed", "fails", 10, "probed", "nothing to send", "probed", "fails"];
    expect(roomAfter(...idle, 19.999)).toBe(0);
    expect(roomAfter(...idle, 20)).toBe(1);
  });

  test("is not probed sooner where nothing was to be sent before its time", () => {
    expect(roomAfter(...ten, 4, "nothing to send")).toBe(0);
  });
});

describe("a clock that is set back", () => {
  test("leaves a network that is down alone for no longer than any other", () => {
    expect(roomAfter(...ten, -86_400, 30)).toBe(1);
  });
});

describe("a network that answers again", () => {
  test.each([
    [1, 1],
    [2, 2],
    [3, 4],
    [4, 8],
    [5, 16],
    [11, 1024],
  ])("may have after %i answers %i requests at once", (answers, room) => {
    expect(roomAfter(...ten, 5, "probed", ...Array<Event>(answers).fill("answered"))).toBe(room);
  });

  test("is up by an answer to any request, not only to the probe", () => {
    expect(roomAfter(...ten, "answered")).toBe(1);
    expect(roomAfter(...ten, 5, "probed", "answered", "fails")).toBe(1);
  });

  test("keeps its room over fewer than ten failures", () => {
    expect(roomAfter(...ten, 5, "probed", "answered", "answered", "answered", ...nine)).toBe(4);
  });

  test("is down again by ten failures in a row, and is left alone for 5 seconds first again", () => {
    const back: Event[] = [...ten, 5, "probed", "fails", 10, "probed", "fails", 20, "probed", "answered"];
    expect(roomAfter(...back, ...nine)).toBe(1);
    expect(roomAfter(...back, ...ten, 4.999)).toBe(0);
    expect(roomAfter(...back, ...ten, 5)).toBe(1);
  });
});

describe("an outage of an hour", () => {
  test.each([
    [1, 131],
    [8, 137],
  ])("lets through, with %i at once and more always waiting, %i requests", (concurrency, requests) => {
    let breaker = closed;
    let sent = 0;
    for (let nowMs = noon; nowMs < noon + 3_600_000; nowMs += 500) {
      const room = Math.min(concurrency, roomOf(breaker, nowMs));
      if (room > 0) breaker = probing(breaker);
      // All that left together fails together.
      for (let request = 0; request < room; request += 1) breaker = afterRequest(breaker, false, nowMs);
      sent += room;
    }
    expect(sent).toBe(requests);
  });
});

describe("whatever happens at a breaker", () => {
  const happening = fc.oneof(
    { weight: 5, arbitrary: fc.constant("fails" as const) },
    { weight: 3, arbitrary: fc.constant("claims" as const) },
    { weight: 1, arbitrary: fc.constant("answered" as const) },
    { weight: 1, arbitrary: fc.constant("finds nothing" as const) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 40_000 }) },
  );
  const happenings = fc.array(happening, { maxLength: 200, size: "max" });

  test("it opens by ten failures without an answer between, is never shut for more than 30 seconds, and probes one at a time", () => {
    fc.assert(
      fc.property(happenings, (events) => {
        let breaker = closed;
        let nowMs = noon;
        let failures = 0;
        let isDown = false;
        let isProbing = false;
        let shutAtMs = 0;
        let answers = Infinity;
        for (const event of events) {
          const room = roomOf(breaker, nowMs);
          if (typeof event === "number") nowMs += event;
          else if (event === "claims" || event === "finds nothing") {
            if (room === 0) continue;
            breaker = probing(breaker);
            isProbing = isDown;
            if (event === "finds nothing") {
              breaker = unprobed(breaker, nowMs);
              isProbing = false;
              shutAtMs = -Infinity;
            }
          } else {
            breaker = afterRequest(breaker, event === "answered", nowMs);
            if (event === "answered") {
              answers = isDown ? 0 : answers;
              failures = 0;
              isDown = false;
              answers += 1;
            } else {
              failures += 1;
              if ((!isDown && failures === 10) || isProbing) shutAtMs = nowMs;
              isDown ||= failures === 10;
            }
            isProbing = false;
          }
          const now = roomOf(breaker, nowMs);
          if (!isDown) expect(now).toBe(2 ** (answers - 1));
          else if (isProbing || (nowMs < shutAtMs + 5000 && shutAtMs > 0)) expect(now).toBe(0);
          else if (nowMs >= shutAtMs + 30_000) expect(now).toBe(1);
          else expect([0, 1]).toContain(now);
        }
      }),
      { numRuns: 150 },
    );
  });

  test("an outage lets through ten requests and those under way, and then one in each open time", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 20_000 }), (concurrency, durationMs) => {
        let breaker = closed;
        let sent = 0;
        let ends: number[] = [];
        for (let nowMs = noon; nowMs < noon + 3_600_000; nowMs += 250) {
          for (const _ended of ends.filter((end) => end <= nowMs)) breaker = afterRequest(breaker, false, nowMs);
          ends = ends.filter((end) => end > nowMs);
          const room = Math.min(concurrency, roomOf(breaker, nowMs)) - ends.length;
          if (room <= 0) continue;
          breaker = probing(breaker);
          ends.push(...Array<number>(room).fill(nowMs + durationMs));
          sent += room;
        }
        expect(sent).toBeLessThanOrEqual(131 + 2 * concurrency);
      }),
      { numRuns: 20 },
    );
  });
});
