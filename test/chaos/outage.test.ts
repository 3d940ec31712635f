import { describe, expect, test } from "vitest";
import { sqlite } from "./ledger-engine.ts";
import { outage } from "./outage.ts";

describe("networks that are down for an hour", { concurrent: true }, () => {
  test("are asked seldom, and have every order within five minutes of being back", async () => {
    const row = await outage({ seed: 1, cycles: 300, ledger: sqlite });
    expect(row, row.note).toMatchObject({ lost: 0, twice: 0, held: 0, holds: true });
  });

  test("would cost orders if they were given up before", async () => {
    const row = await outage({ seed: 1, cycles: 200, ledger: sqlite, without: "patience" });
    expect(row.lost, row.note).toBeGreaterThan(0);
  });
});
