import { describe, expect, test } from "vitest";
import { createHistory } from "../../packages/collector/src/history.ts";
import type { Ledger } from "../../packages/collector/src/ledger/ledger.ts";

const click = (id: string) => ({ network: "retrack", id, at: new Date("2026-11-22T12:00:00Z") });

/** A ledger that only remembers clicks, each write when it is told to. */
function aLedger() {
  const writes: { ids: string[]; end: (error?: Error) => void }[] = [];
  const remember: Ledger["remember"] = (clicks) =>
    new Promise((resolve, reject) => {
      writes.push({ ids: clicks.map(({ id }) => id), end: (error) => (error ? reject(error) : resolve()) });
    });
  return { writes, ledger: { remember } as Ledger };
}

describe("the history of clicks", () => {
  test("writes together what came together, and waits for nothing when it is told to end", async () => {
    const { ledger, writes } = aLedger();
    const history = createHistory(ledger, () => {});
    history.add([click("a")]);
    history.add([click("b"), click("c")]);
    expect(writes).toEqual([]);
    const written = history.written();
    history.add([click("d")]);
    writes[0]?.end();
    await expect.poll(() => writes.length).toBe(2);
    writes[1]?.end();
    await written;
    expect(writes.map(({ ids }) => ids)).toEqual([["a", "b", "c"], ["d"]]);
    await history.written();
  });

  test("writes by itself, soon", async () => {
    const { ledger, writes } = aLedger();
    const history = createHistory(ledger, () => {});
    history.add([click("a")]);
    await expect.poll(() => writes.length).toBe(1);
    history.add([click("b")]);
    writes[0]?.end();
    await expect.poll(() => writes.map(({ ids }) => ids)).toEqual([["a"], ["b"]]);
  });

  test("writes what comes after it was told to end with nothing to write", async () => {
    const { ledger, writes } = aLedger();
    const history = createHistory(ledger, () => {});
    await history.written();
    history.add([click("a")]);
    void history.written();
    expect(writes.map(({ ids }) => ids)).toEqual([["a"]]);
  });

  test("tells of what could not be written, and goes on", async () => {
    const { ledger, writes } = aLedger();
    const errors: unknown[] = [];
    const history = createHistory(ledger, (error) => errors.push(error));
    history.add([click("a")]);
    const written = history.written();
    history.add([click("b")]);
    writes[0]?.end(new Error("the disk is full"));
    await expect.poll(() => writes.length).toBe(2);
    writes[1]?.end();
    await written;
    expect(errors).toEqual([new Error("the disk is full")]);
  });

  test("lets go of clicks that a ledger which does not answer would pile up", async () => {
    const { ledger, writes } = aLedger();
    const history = createHistory(ledger, () => {});
    for (let index = 0; index < 10_050; index += 1) history.add([click(`${index}`)]);
    const written = history.written();
    writes[0]?.end();
    await written;
    expect(writes.map(({ ids }) => ids.length)).toEqual([10_000]);
  });
});
