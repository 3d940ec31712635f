import { describe, expect, test } from "vitest";
import { clocks } from "./clocks.ts";
import { sqlite } from "./ledger-engine.ts";

const options = { seed: 1, cycles: 120, ledger: sqlite };
const right = { orders: 120, lost: 0, twice: 0, held: 0, holds: true };

describe("collectors on one ledger", { concurrent: true }, () => {
  test("lose, repeat and starve nothing where their clocks are an hour apart", async () => {
    const row = await clocks({ ...options, clocks: "an hour apart" });
    expect(row, row.note).toMatchObject(right);
  });

  test("lose, repeat and starve nothing where their clocks jump an hour to and fro", async () => {
    const row = await clocks({ ...options, clocks: "jumping" });
    expect(row, row.note).toMatchObject(right);
  });

  test("would repeat orders under jumping clocks if they did not look first", async () => {
    const row = await clocks({ ...options, clocks: "jumping", without: "look-up" });
    expect(row.twice, row.note).toBeGreaterThan(0);
  });
});
