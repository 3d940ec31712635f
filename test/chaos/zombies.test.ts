import { describe, expect, test } from "vitest";
import { sqlite } from "./ledger-engine.ts";
import { zombies } from "./zombies.ts";

const options = { seed: 1, ledger: sqlite };
const right = { lost: 0, twice: 0, held: 0, holds: true };

describe("a worker that was stopped past its claim and is woken", { concurrent: true }, () => {
  test("reports nothing again and writes nothing", async () => {
    const row = await zombies({ ...options, cycles: 2, stopped: "while sending" });
    expect(row, row.note).toMatchObject(right);
  });

  test("does not send what it had not sent yet", async () => {
    const row = await zombies({ ...options, cycles: 1, stopped: "before sending" });
    expect(row, row.note).toMatchObject(right);
  });

  test("would see orders reported twice if its heir repeated without looking", async () => {
    const row = await zombies({ ...options, cycles: 2, stopped: "while sending", without: "look-up" });
    expect(row.twice, row.note).toBeGreaterThan(0);
  });
});
