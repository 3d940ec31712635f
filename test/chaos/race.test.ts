import { describe, expect, test } from "vitest";
import { sqlite } from "./ledger-engine.ts";
import { race } from "./race.ts";

describe("workers that race over one backlog", () => {
  test("send each postback once", async () => {
    const row = await race({ seed: 1, cycles: 300, ledger: sqlite, workers: 3 });
    expect(row, row.note).toMatchObject({ orders: 300, lost: 0, twice: 0, held: 0, holds: true });
  });

  test("would send all of them again if they did not share their claims", async () => {
    const row = await race({ seed: 1, cycles: 50, ledger: sqlite, workers: 2, without: "shared claims" });
    expect(row, row.note).toMatchObject({ twice: 50 });
  });
});
