import { describe, expect, inject, test } from "vitest";
import { kills } from "./kills.ts";
import { postgres } from "./ledger-engine.ts";

const options = { seed: 1, cycles: 6, processes: 2, ledger: postgres(async () => inject("postgres")) } as const;

describe("a checkout on PostgreSQL that is killed at any moment", { concurrent: true }, () => {
  test("loses no order and reports none twice where two share a ledger", async () => {
    const row = await kills({ ...options, level: "order" });
    expect(row, row.note).toMatchObject({ lost: 0, twice: 0, holds: true });
  });

  test("would report orders twice if it repeated without looking", async () => {
    const row = await kills({ ...options, cycles: 8, level: "order", without: "look-up" });
    expect(row.twice, row.note).toBeGreaterThan(0);
  });
});
