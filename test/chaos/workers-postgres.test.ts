import { describe, expect, inject, test } from "vitest";
import { databaseClock } from "./database-clock.ts";
import { postgres } from "./ledger-engine.ts";
import { mixtures } from "./mixtures.ts";
import { race } from "./race.ts";
import { zombies } from "./zombies.ts";

const options = { seed: 1, ledger: postgres(async () => inject("postgres")) };
const right = { lost: 0, twice: 0, held: 0, holds: true };

describe("several workers on one database", () => {
  test("send each postback of a backlog once", async () => {
    const row = await race({ ...options, cycles: 200, workers: 3 });
    expect(row, row.note).toMatchObject({ orders: 200, ...right });
  });

  test("would send all of them again if they did not share their claims", async () => {
    const row = await race({ ...options, cycles: 20, workers: 2, without: "shared claims" });
    expect(row, row.note).toMatchObject({ twice: 20 });
  });

  test("lose no order and repeat none under every fault of a network, mixed", async () => {
    const row = await mixtures({ ...options, cycles: 200, level: "order" });
    expect(row, row.note).toMatchObject({ orders: 200, lost: 0, twice: 0, holds: true });
  });
});

describe("workers on one database that are stopped, or whose clocks are apart", { concurrent: true }, () => {
  test("report nothing again and write nothing when they are woken", async () => {
    const row = await zombies({ ...options, cycles: 1, stopped: "while sending" });
    expect(row, row.note).toMatchObject(right);
  });

  test("do not send what they had not sent when they were stopped", async () => {
    const row = await zombies({ ...options, cycles: 1, stopped: "before sending" });
    expect(row, row.note).toMatchObject(right);
  });

  test("go by the database's clock where their own are an hour apart", async () => {
    const row = await databaseClock({ ...options, cycles: 40 });
    expect(row, row.note).toMatchObject({ orders: 40, ...right });
  });

  test("would take over what another has in hand if they went by their own clocks", async () => {
    const row = await databaseClock({ ...options, cycles: 40, without: "the database's clock" });
    expect(row, row.note).toMatchObject({ holds: true });
  });
});
