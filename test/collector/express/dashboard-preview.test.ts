import { describe, expect, test } from "vitest";
import { CollectorError } from "../../../packages/collector/src/error.ts";
import { previewOf } from "../../../packages/collector/src/express/dashboard/preview.ts";
import type { NetworkName } from "../../../packages/collector/src/sandbox/sandbox.ts";
import { openStore, order, type Store, type StoreOptions } from "../../support/sandboxed-store.ts";

const byLine: StoreOptions = { shopback: { level: "line" }, sandbox: { shopback: { level: "line" } } };

/** What happens to an order before it is decided. */
const pasts: Record<string, (store: Store, number: string) => Promise<unknown>> = {
  "was delivered": ({ collector }) => collector.flush(),
  "never left": async () => {},
  "has a line rejected": async ({ collector }, number) => {
    await collector.flush();
    await collector.reject(number, { lines: ["vase"] });
  },
  "is approved": async ({ collector }, number) => {
    await collector.flush();
    await collector.approve(number);
  },
  "is rejected": async ({ collector }, number) => {
    await collector.flush();
    await collector.reject(number);
  },
  "was refused": async ({ collector, sandbox }) => {
    sandbox.fault("retrack", "refuse", { times: 1 });
    sandbox.fault("shopback", "refuse", { times: 2 });
    await collector.flush();
  },
  "is held": async (store) => {
    store.sandbox.fault("shopback", "accept-then-drop", { times: 1 });
    await store.collector.flush();
  },
};

const changes = [
  { kind: "approve" },
  { kind: "reject" },
  { kind: "approve", lines: ["mug"] },
  { kind: "reject", lines: ["mug"] },
  { kind: "reject", lines: ["mug", "vase"] },
  { kind: "reject", lines: ["bowl"] },
  { kind: "approve", insist: true },
  { kind: "reject", insist: true },
] as const;

const unvalidated: StoreOptions = { shopback: { validation: undefined } };

const accounts = [
  ["Retrack", "retrack", {}],
  ["ShopBack at level order", "shopback", {}],
  ["ShopBack at level line", "shopback", byLine],
  ["ShopBack without its validation", "shopback", unvalidated],
] as const satisfies [string, NetworkName, StoreOptions][];

describe("What a decision is said to tell", () => {
  const cases = accounts.flatMap(([title, network, options]) =>
    Object.keys(pasts)
      .filter((past) => options !== unvalidated || !["is approved", "is rejected"].includes(past))
      .map((past) => ({ title, network, options, past })),
  );
  test.each(cases)("$title is what it tells of an order that $past", async ({ network, options, past }) => {
    const store = await openStore(options);
    const { collector } = store;
    for (const [index, { kind, ...change }] of changes.entries()) {
      const number = String(1001 + index);
      await collector.report(store.clicks(network), { ...order, number });
      await pasts[past]?.(store, number);
      const [conversion] = await collector.find({ number });
      if (!conversion) throw new Error("the order is not there");
      const preview = previewOf(conversion, { kind, ...change }, store.accounts(options));
      const { postbacks, cancelled, isRepeated, conflict } = preview;
      const said = `${kind} ${JSON.stringify(change)}`;
      const given = {
        by: "anna",
        ...("lines" in change ? { lines: [...change.lines] } : {}),
        ...("insist" in change ? { insist: true } : {}),
      };
      const done = await collector[kind](number, given).catch((error: unknown) => error);
      if (done instanceof CollectorError) expect(done.message, said).toContain(conflict);
      else
        expect(done, said).toMatchObject({ postbacks: postbacks.map(({ id }) => id), cancelled, repeated: isRepeated });
      const [after] = await collector.find({ number });
      const added = after?.postbacks.filter(({ id }) => postbacks.some((one) => one.id === id)) ?? [];
      expect(
        added.map(({ id, step }) => ({ id, step })),
        said,
      ).toEqual(postbacks.map(({ id, step }) => ({ id, step })));
    }
  });
});
