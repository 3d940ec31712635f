import { describe, expect, inject, test } from "vitest";
import { postgres } from "./ledger-engine.ts";
import { transactions } from "./transaction.ts";

const options = { seed: 1, cycles: 5, ledger: postgres(async () => inject("postgres")) };

describe("an order that is reported in the store's own transaction", { concurrent: true }, () => {
  test("is reported if and only if it is kept, whenever the checkout is killed", async () => {
    const row = await transactions(options);
    expect(row, row.note).toMatchObject({ lost: 0, twice: 0, held: 0, holds: true });
  });

  test("would be reported though it was rolled back if it were reported beside it", async () => {
    const row = await transactions({ ...options, cycles: 3, without: "transaction" });
    expect(row, row.note).toMatchObject({ holds: true });
  });
});
