import { describe, expect, test } from "vitest";
import { sqlite } from "./ledger-engine.ts";
import { mixtures } from "./mixtures.ts";

const options = { seed: 1, ledger: sqlite };

describe("every fault of a network, mixed", () => {
  test("loses no order, repeats none, and leaves none called failed that the network has", async () => {
    const row = await mixtures({ ...options, cycles: 200, level: "order" });
    expect(row, row.note).toMatchObject({ orders: 200, lost: 0, twice: 0, holds: true });
  });

  test("loses no line and repeats none, and holds what nobody can know", async () => {
    const row = await mixtures({ ...options, cycles: 300, level: "line" });
    expect(row, row.note).toMatchObject({ orders: 300, lost: 0, twice: 0, holds: true });
    expect(row.held, row.note).toBeGreaterThan(0);
  });

  test("would repeat orders if it asked before late answers had time to come", async () => {
    const row = await mixtures({ ...options, cycles: 100, level: "order", without: "settle time" });
    expect(row.twice, row.note).toBeGreaterThan(0);
  });
});
