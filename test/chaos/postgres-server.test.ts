import { describe, expect, test } from "vitest";
import { serverTroubles } from "./postgres-server.ts";

describe("a PostgreSQL server that is killed, locked and cut off under load", { concurrent: true }, () => {
  test("costs no acknowledged order, repeats none and keeps no shopper waiting", async () => {
    const row = await serverTroubles({ seed: 1, cycles: 3 });
    expect(row, row.note).toMatchObject({ lost: 0, twice: 0, held: 0, holds: true });
  });

  test("would cost orders if they were acknowledged before they are reported", async () => {
    const row = await serverTroubles({ seed: 1, cycles: 1, without: "waiting for report" });
    expect(row.lost, row.note).toBeGreaterThan(0);
  });
});
