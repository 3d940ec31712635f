import { describe, expect, test } from "vitest";
import { kills } from "./kills.ts";
import { sqlite } from "./ledger-engine.ts";

const options = { seed: 1, cycles: 6, ledger: sqlite };

describe("a checkout that is killed at any moment", { concurrent: true }, () => {
  test("loses no order and reports none twice", async () => {
    const row = await kills({ ...options, processes: 1, level: "order" });
    expect(row, row.note).toMatchObject({ lost: 0, twice: 0, holds: true });
  });

  test("loses no order and reports none twice where two share a ledger", async () => {
    const row = await kills({ ...options, processes: 2, level: "order" });
    expect(row, row.note).toMatchObject({ lost: 0, twice: 0, holds: true });
  });

  test("loses no line and reports none twice, and holds what nobody can know", async () => {
    const row = await kills({ ...options, processes: 1, level: "line" });
    expect(row, row.note).toMatchObject({ lost: 0, twice: 0, holds: true });
  });

  test("would report orders twice if it repeated without looking", async () => {
    const row = await kills({ ...options, cycles: 8, processes: 1, level: "order", without: "look-up" });
    expect(row.twice, row.note).toBeGreaterThan(0);
  });
});
