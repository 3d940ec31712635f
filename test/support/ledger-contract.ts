import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import type {
  Amendment,
  Claim,
  Decision,
  Entry,
  Filter,
  Ledger,
  PostbackFilter,
} from "../../packages/collector/src/ledger/ledger.ts";
import type { Json, Postback } from "../../packages/collector/src/network.ts";
import type { PlacedOrder } from "../../packages/collector/src/order.ts";
import type { Settlement } from "../../packages/collector/src/settlement.ts";

export interface Engine {
  /** Where a ledger is kept in which nothing is written yet: a file's path, a database's URL. */
  place(): string | Promise<string>;
  open(place: string, now: () => Date): Ledger;
  /** The module that exports `open`, and its name there, for a process of its own. */
  readonly source: { readonly module: string; readonly name: string };
  /** Whether the engine itself finds nothing wrong with what is kept there. */
  isIntact(place: string): boolean | Promise<boolean>;
  /** The history of clicks, in no order. */
  clicks(place: string): object[] | Promise<object[]>;
}

const MINUTE = 60_000;
const REPORTED = "2026-11-22T10:00:00.000Z";

/** An entry credited to one network with one postback, unless more is said. */
export function anEntry({
  number = "A-1",
  networks = ["retrack"],
  order = {},
}: {
  number?: string;
  networks?: string[];
  order?: Partial<PlacedOrder>;
} = {}): Entry & { order: PlacedOrder } {
  return {
    order: {
      number,
      currency: "SEK",
      lines: [{ sku: "4113", name: "Mug", quantity: 1, net: 10_000, vat: 2500 }],
      placedAt: new Date("2026-11-22T09:59:58.123Z"),
      ...order,
    },
    conversions: networks.map((network) => ({
      network,
      click: {
        network,
        id: "59d08c54-18e6-4e0d-9c06-d18be3510e43",
        at: new Date("2026-11-20T08:00:00.000Z"),
      },
      postbacks: [
        {
          id: `${network}/${number}/create`,
          kind: "create" as const,
          step: { create: number },
          ifUnknown: { ask: { lookUp: number } },
        },
      ],
    })),
  };
}

/** An entry that nobody is credited for. */
function uncreditedEntry(number: string, reason = "the order carries no click"): Entry {
  return { ...anEntry({ number, networks: [] }), reason };
}

/** A lead that nobody is credited for. */
function uncreditedLead(reference: string): Entry {
  const lead = { reference, at: new Date("2026-11-22T09:59:58.123Z") };
  return { lead, conversions: [], reason: "the lead carries no click" };
}

/** A rejection of all of the order that `anEntry` reports, as it stands when it was just reported, unless more is said. */
function anAmendment(changes: Partial<Amendment> = {}): Amendment {
  return {
    number: "A-1",
    network: "retrack",
    revision: 0,
    order: anEntry({ number: changes.number ?? "A-1" }).order,
    status: "rejected",
    lines: {},
    postbacks: [],
    cancel: [],
    decision: { what: "reject", by: "anna" },
    ...changes,
  };
}

const anna: Decision = { what: "settle", by: "anna" };

const delivered: Settlement = { state: "delivered" };
const accepted = { outcome: "accepted", durationMs: 12, status: 200 } as const;

/** The promises of `Ledger`, which every engine keeps. */
export function ledgerContract(name: string, engine: Engine): void {
  async function begin() {
    const place = await engine.place();
    let time = Date.parse(REPORTED);
    const open = (): Ledger => {
      const ledger = engine.open(place, () => new Date(time));
      onTestFinished(() => ledger.close());
      return ledger;
    };
    const pass = (milliseconds: number): void => {
      time += milliseconds;
    };
    return { place, open, ledger: open(), pass };
  }

  async function claimOne(ledger: Ledger, network = "retrack"): Promise<Claim> {
    const [claim] = await ledger.claim(network, 1, MINUTE);
    if (!claim) throw new Error("nothing is due");
    return claim;
  }

  /** What is due, without keeping it from anybody. */
  async function idsDue(ledger: Ledger, network = "retrack"): Promise<string[]> {
    const claims = await ledger.claim(network, 100, 0);
    return claims.map(({ id }) => id);
  }

  describe(`${name}, recording`, () => {
    test("keeps an order with its conversions, whose postbacks are due at once", async () => {
      const { ledger } = await begin();
      const entry = anEntry({ networks: ["retrack", "shopback:MY"] });
      expect(await ledger.record(entry)).toEqual({ credited: ["retrack", "shopback:MY"], repeated: false });
      const order = {
        number: "A-1",
        currency: "SEK",
        lines: [{ sku: "4113", name: "Mug", quantity: 1, net: 10_000, vat: 2500 }],
        placedAt: new Date("2026-11-22T09:59:58.123Z"),
      };
      const at = new Date("2026-11-20T08:00:00.000Z");
      const reportedAt = new Date("2026-11-22T10:00:00.000Z");
      expect(await ledger.find({})).toEqual([
        {
          serial: expect.any(Number),
          number: "A-1",
          network: "shopback:MY",
          click: { network: "shopback:MY", id: "59d08c54-18e6-4e0d-9c06-d18be3510e43", at },
          status: "pending",
          order,
          lines: {},
          revision: 0,
          reportedAt,
          decisions: [],
          postbacks: [
            {
              id: "shopback:MY/A-1/create",
              kind: "create",
              state: "pending",
              step: { create: "A-1" },
              dueAt: reportedAt,
              attempts: [],
            },
          ],
        },
        {
          serial: expect.any(Number),
          number: "A-1",
          network: "retrack",
          click: { network: "retrack", id: "59d08c54-18e6-4e0d-9c06-d18be3510e43", at },
          status: "pending",
          order,
          lines: {},
          revision: 0,
          reportedAt,
          decisions: [],
          postbacks: [
            {
              id: "retrack/A-1/create",
              kind: "create",
              state: "pending",
              step: { create: "A-1" },
              dueAt: reportedAt,
              attempts: [],
            },
          ],
        },
      ]);
    });

    test("keeps why the click was stored", async () => {
      const { ledger } = await begin();
      const { conversions, ...entry } = anEntry();
      const click = {
        network: "retrack",
        id: "59d08c54-18e6-4e0d-9c06-d18be3510e43",
        at: new Date("2026-11-20T08:00:00.000Z"),
        consent: "function",
      } as const;
      await ledger.record({ ...entry, conversions: conversions.map((conversion) => ({ ...conversion, click })) });
      const [found] = await ledger.find({});
      expect(found?.click).toEqual(click);
    });

    test("keeps an order whole or not at all", async () => {
      const { ledger } = await begin();
      const entry = anEntry({ networks: ["retrack", "shopback"] });
      const [first, second] = entry.conversions;
      if (!first || !second) throw new Error("two conversions are wanted");
      const clashing = { ...entry, conversions: [first, { ...second, postbacks: first.postbacks }] };
      await expect(ledger.record(clashing)).rejects.toMatchObject({ code: "ERR_LEDGER" });
      expect(await ledger.find({})).toEqual([]);
      expect(await ledger.uncredited(10)).toEqual({ count: 0, newest: [] });
      expect(await ledger.nextDue("retrack")).toBeUndefined();
      expect(await ledger.record(entry)).toEqual({ credited: ["retrack", "shopback"], repeated: false });
    });

    test("answers a credited number with its first credit and changes nothing", async () => {
      const { ledger, pass } = await begin();
      await ledger.record(anEntry({ networks: ["retrack"] }));
      const before = await ledger.find({});
      pass(MINUTE);
      const again = anEntry({ networks: ["shopback", "other"], order: { currency: "MYR" } });
      expect(await ledger.record(again)).toEqual({ credited: ["retrack"], repeated: true, differs: true });
      expect(await ledger.record(uncreditedEntry("A-1"))).toEqual({ credited: ["retrack"], repeated: true });
      expect(await ledger.find({})).toEqual(before);
      expect(await ledger.uncredited(10)).toEqual({ count: 0, newest: [] });
    });

    test("says that an order reported again differs from the one that stands, if not by its time alone", async () => {
      const { ledger } = await begin();
      const order = (net: number, time = "2026-11-22T09:59:58.123Z"): Partial<PlacedOrder> => ({
        lines: [{ sku: "4113", name: "Mug", quantity: 1, net, vat: 2500 }],
        placedAt: new Date(time),
      });
      const repeated = { credited: ["retrack", "shopback"], repeated: true };
      const report = (changes: Partial<PlacedOrder>) =>
        ledger.record(anEntry({ networks: ["retrack", "shopback"], order: changes }));
      await report(order(10_000));
      expect(await report(order(10_000))).toEqual(repeated);
      expect(await report(order(10_000, "2026-11-22T10:30:00.000Z"))).toEqual(repeated);
      expect(await report(order(9_000))).toEqual({ ...repeated, differs: true });
      expect(await report({ ...order(10_000), discount: { net: 1, vat: 0 } })).toEqual({ ...repeated, differs: true });
      // From now on another one stands.
      const { order: changed } = anEntry({ order: order(9_000) });
      await ledger.amend([
        anAmendment({ order: changed, status: "pending" }),
        anAmendment({ order: changed, status: "pending", network: "shopback" }),
      ]);
      expect(await report(order(9_000))).toEqual(repeated);
      expect(await report(order(10_000))).toEqual({ ...repeated, differs: true });
      // Of what was forgotten, nobody can tell.
      await ledger.forget("A-1", { what: "forget", by: "anna" });
      expect(await report(order(10_000))).toEqual(repeated);
    });

    test("credits a number later that nobody was credited for", async () => {
      const { ledger, pass } = await begin();
      expect(await ledger.record(uncreditedEntry("A-1"))).toEqual({
        credited: [],
        reason: "the order carries no click",
        repeated: false,
      });
      pass(MINUTE);
      expect(await ledger.record(anEntry())).toEqual({ credited: ["retrack"], repeated: false, again: true });
      expect(await ledger.uncredited(10)).toEqual({ count: 0, newest: [] });
      expect(await ledger.find({})).toMatchObject([
        { number: "A-1", reportedAt: new Date("2026-11-22T10:01:00.000Z") },
      ]);
    });

    test("tells a number that nobody is still credited for from a new one", async () => {
      const { ledger } = await begin();
      const none = { credited: [], reason: "the order carries no click", repeated: false };
      expect(await ledger.record(uncreditedEntry("A-1"))).toEqual(none);
      expect(await ledger.record(uncreditedEntry("A-1"))).toEqual({ ...none, again: true });
      expect(await ledger.record(uncreditedEntry("A-2"))).toEqual(none);
    });

    test("credits a number once that many report at the same time", async () => {
      const { ledger, open } = await begin();
      const other = open();
      const recorded = await Promise.all(
        Array.from({ length: 40 }, (_, index) => (index % 2 ? ledger : other).record(anEntry())),
      );
      expect(recorded.filter(({ repeated }) => !repeated)).toHaveLength(1);
      expect(recorded.every(({ credited }) => credited.length === 1 && credited[0] === "retrack")).toBe(true);
      expect(await ledger.find({})).toHaveLength(1);
    });

    test("keeps an order of 10,000 lines to the last one", async () => {
      const { ledger } = await begin();
      const lines = Array.from({ length: 10_000 }, (_, index) => ({
        sku: `sku-${index}`,
        name: "Stoneware mug, blue 👕",
        quantity: 1,
        net: index,
        vat: 0,
      }));
      await ledger.record(anEntry({ order: { lines } }));
      const [found] = await ledger.find({});
      expect(found?.order?.lines).toHaveLength(10_000);
      expect(found?.order?.lines.at(-1)).toEqual({
        sku: "sku-9999",
        name: "Stoneware mug, blue 👕",
        quantity: 1,
        net: 9999,
        vat: 0,
      });
    });

    test("keeps the largest exact amounts exactly", async () => {
      const { ledger } = await begin();
      const line = { sku: "1", name: "1", quantity: 9_007_199_254_740_991, net: 9_007_199_254_740_991, vat: 0 };
      await ledger.record(anEntry({ order: { lines: [line] } }));
      const [found] = await ledger.find({});
      expect(found?.order?.lines).toEqual([line]);
    });

    test("keeps a number in any writing, and finds and claims it", async () => {
      const { ledger } = await begin();
      const numbers = [
        "👩‍👩‍👧‍👦 #1",
        `it's "quoted" \`so\``,
        "'; DROP TABLE orders; --",
        "100%_\\",
        "1\r\n2\t3",
        "e\u0301",
        "\u00e9",
        "مرحبا 12",
        "長".repeat(500),
      ];
      for (const number of numbers) await ledger.record(anEntry({ number }));
      for (const number of numbers)
        expect((await ledger.find({ number })).map((found) => [found.number, found.order?.number])).toEqual([
          [number, number],
        ]);
      const claims = await ledger.claim("retrack", 100, MINUTE);
      expect(claims.map(({ number, step }) => [number, step])).toEqual(
        numbers.map((number) => [number, { create: number }]),
      );
    });

    test("tells apart numbers that differ by case or by a space", async () => {
      const { ledger } = await begin();
      for (const number of ["a-1", "A-1", "A-1 "]) await ledger.record(anEntry({ number }));
      expect(await ledger.find({})).toHaveLength(3);
      expect(await ledger.find({ number: "A-1" })).toHaveLength(1);
    });
  });

  describe(`${name}, remembering clicks`, () => {
    test("takes clicks again, many, and none", async () => {
      const { ledger } = await begin();
      const clicks = Array.from({ length: 5000 }, (_, index) => ({
        network: "retrack",
        id: `click-${index}`,
        at: new Date(REPORTED),
      }));
      await ledger.remember(clicks);
      await ledger.remember(clicks);
      await ledger.remember([]);
    });

    test("keeps when each came first and why it was stored, where that is known", async () => {
      const { ledger, place } = await begin();
      const click = { network: "retrack", id: "a", at: new Date(REPORTED) };
      await ledger.remember([
        { ...click, consent: "tcf" },
        { ...click, id: "b" },
      ]);
      await ledger.remember([{ ...click, at: new Date("2026-11-22T11:00:00.000Z"), consent: "exempt" }]);
      const kept = await engine.clicks(place);
      expect(kept).toHaveLength(2);
      expect(kept).toEqual(
        expect.arrayContaining([
          { network: "retrack", id: "a", at: Date.parse(REPORTED), consent: "tcf" },
          { network: "retrack", id: "b", at: Date.parse(REPORTED), consent: null },
        ]),
      );
    });
  });

  describe(`${name}, claiming`, () => {
    test("hands out what a postback needs to be sent, and opens its attempt", async () => {
      const { ledger, pass } = await begin();
      await ledger.record(anEntry());
      pass(5000);
      expect(await ledger.claim("retrack", 10, MINUTE)).toEqual([
        {
          id: "retrack/A-1/create",
          number: "A-1",
          token: expect.stringMatching(/./),
          interrupted: false,
          step: { create: "A-1" },
          ifUnknown: { ask: { lookUp: "A-1" } },
          tries: 0,
          ageMs: 5000,
        },
      ]);
      const [found] = await ledger.find({});
      expect(found?.postbacks).toEqual([
        {
          id: "retrack/A-1/create",
          kind: "create",
          state: "pending",
          step: { create: "A-1" },
          dueAt: new Date("2026-11-22T10:01:05.000Z"),
          attempts: [{ at: new Date("2026-11-22T10:00:05.000Z"), outcome: "sending" }],
        },
      ]);
    });

    test("fills in the network's own id for what was created, where a step leaves room for it", async () => {
      const { ledger } = await begin();
      await ledger.record(anEntry());
      await ledger.record(anEntry({ number: "A-2" }));
      const change = (number: string, kind: "update" | "reject", step: Json): Postback => ({
        id: `retrack/${number}/${kind}`,
        kind,
        step,
        ifUnknown: { ask: { ...(step as object), again: true } },
      });
      const changes = (number: string) =>
        anAmendment({
          number,
          postbacks: [
            change(number, "update", { update: 1, remoteId: null, sum: 2 }),
            change(number, "reject", { remoteId: "known" }),
          ],
        });
      await ledger.amend([changes("A-1"), changes("A-2")]);
      await ledger.settle(await claimOne(ledger), { state: "delivered", remoteId: "3afc4a82" }, accepted);
      // This one's network gave none.
      await ledger.settle(await claimOne(ledger), delivered, accepted);
      const [first, second] = await ledger.claim("retrack", 10, MINUTE);
      expect(first).toMatchObject({
        id: "retrack/A-1/update",
        step: { update: 1, remoteId: "3afc4a82", sum: 2 },
        ifUnknown: { ask: { update: 1, remoteId: "3afc4a82", sum: 2, again: true } },
      });
      expect(second).toMatchObject({ id: "retrack/A-2/update", step: { update: 1, remoteId: null, sum: 2 } });
      await ledger.settle(first as Claim, { state: "delivered", remoteId: "another" }, accepted);
      expect(await claimOne(ledger)).toMatchObject({ id: "retrack/A-1/reject", step: { remoteId: "known" } });
    });

    test("fills in that of the same line", async () => {
      const { ledger } = await begin();
      const entry = anEntry();
      const of = (line: string, kind: "create" | "reject"): Postback => ({
        ...{ id: `${kind}/${line}`, kind, line, step: kind === "create" ? {} : { remoteId: null }, ifUnknown: "hold" },
      });
      const postbacks = [of("mug", "create"), of("vase", "create")];
      await ledger.record({ ...entry, conversions: entry.conversions.map((one) => ({ ...one, postbacks })) });
      await ledger.amend([anAmendment({ postbacks: [of("vase", "reject"), of("mug", "reject")] })]);
      for (const { id, ...claim } of await ledger.claim("retrack", 10, MINUTE))
        await ledger.settle({ id, ...claim }, { state: "delivered", remoteId: `of ${id}` }, accepted);
      expect((await ledger.claim("retrack", 10, MINUTE)).map(({ id, step }) => [id, step]).sort()).toEqual([
        ["reject/mug", { remoteId: "of create/mug" }],
        ["reject/vase", { remoteId: "of create/vase" }],
      ]);
    });

    test("fills in whether another order that the network may have has the same click, as it is each time", async () => {
      const { ledger } = await begin();
      const again = (number: string, ask: Json) => {
        const entry = anEntry({ number });
        return {
          ...entry,
          conversions: entry.conversions.map((one) => ({
            ...one,
            postbacks: one.postbacks.map((postback) => ({ ...postback, ifUnknown: { ask } })),
          })),
        };
      };
      await ledger.record(again("A-1", { again: "A-1", isClickShared: null }));
      const first = await claimOne(ledger);
      // This one leaves no room yet.
      expect(first).toMatchObject({
        step: { create: "A-1" },
        ifUnknown: { ask: { again: "A-1", isClickShared: null } },
      });
      const waits = (step: Json) => ({ state: "pending", step, waitMs: 0, reason: "HTTP 500" }) as const;
      await ledger.settle(first, waits({ again: "A-1", isClickShared: null }), { outcome: "unknown" });
      const second = await claimOne(ledger);
      expect(second).toMatchObject({
        step: { again: "A-1", isClickShared: false },
        ifUnknown: { ask: { again: "A-1", isClickShared: false } },
      });
      await ledger.settle(second, waits(second.step), { outcome: "unknown" });
      await ledger.record(again("A-2", { again: "A-2", isClickShared: null }));
      const [third, other] = await ledger.claim("retrack", 10, MINUTE);
      expect(third?.step).toEqual({ again: "A-1", isClickShared: true });
      await ledger.settle(third as Claim, waits(second.step), { outcome: "unknown" });
      // What the network refused used no click.
      await ledger.settle(other as Claim, { state: "failed", reason: "Duplicate" }, { outcome: "refused" });
      expect((await claimOne(ledger)).step).toEqual({ again: "A-1", isClickShared: false });
    });

    test("takes only what is due", async () => {
      const { ledger, pass } = await begin();
      await ledger.record(anEntry());
      const claim = await claimOne(ledger);
      const waiting: Settlement = { state: "pending", step: { create: "A-1" }, waitMs: 5000, reason: "HTTP 429" };
      await ledger.settle(claim, waiting, { outcome: "retry" });
      pass(4999);
      expect(await ledger.claim("retrack", 10, MINUTE)).toEqual([]);
      pass(1);
      expect(await ledger.claim("retrack", 10, MINUTE)).toHaveLength(1);
    });

    test("takes only the network's own postbacks", async () => {
      const { ledger } = await begin();
      await ledger.record(anEntry({ networks: ["retrack", "retrack:MY"] }));
      expect(await ledger.claim("shopback", 10, MINUTE)).toEqual([]);
      expect((await ledger.claim("retrack", 10, MINUTE)).map(({ id }) => id)).toEqual(["retrack/A-1/create"]);
      expect((await ledger.claim("retrack:MY", 10, MINUTE)).map(({ id }) => id)).toEqual(["retrack:MY/A-1/create"]);
    });

    test("takes up to its limit, what is due longest first", async () => {
      const { ledger, pass } = await begin();
      for (const number of ["A-1", "A-2", "A-3"]) await ledger.record(anEntry({ number }));
      const claim = await claimOne(ledger);
      expect(claim.number).toBe("A-1");
      const waiting: Settlement = { state: "pending", step: {}, waitMs: 1000, reason: "HTTP 429" };
      await ledger.settle(claim, waiting, { outcome: "retry" });
      pass(500);
      await ledger.record(anEntry({ number: "A-4" }));
      pass(500);
      expect((await ledger.claim("retrack", 3, MINUTE)).map(({ number }) => number)).toEqual(["A-2", "A-3", "A-4"]);
      expect((await ledger.claim("retrack", 3, MINUTE)).map(({ number }) => number)).toEqual(["A-1"]);
    });

    test("never gives one postback to two", async () => {
      const { ledger, open } = await begin();
      const other = open();
      const numbers = Array.from({ length: 200 }, (_, index) => `A-${index}`);
      await Promise.all(numbers.map((number) => ledger.record(anEntry({ number }))));
      const claims = await Promise.all(
        Array.from({ length: 60 }, (_, index) => (index % 2 ? ledger : other).claim("retrack", 4, MINUTE)),
      );
      expect(
        claims
          .flat()
          .map(({ number }) => number)
          .sort(),
      ).toEqual(numbers.sort());
      expect(new Set(claims.flat().map(({ token }) => token)).size).toBe(200);
    });

    test("gives a postback to nobody else before the claim runs out", async () => {
      const { ledger, pass } = await begin();
      await ledger.record(anEntry());
      await claimOne(ledger);
      pass(MINUTE - 1);
      expect(await ledger.claim("retrack", 10, MINUTE)).toEqual([]);
    });

    test("gives back a claim that ran out as interrupted, with the same attempt still open", async () => {
      const { ledger, pass } = await begin();
      await ledger.record(anEntry());
      const lost = await claimOne(ledger);
      pass(MINUTE);
      const claim = await claimOne(ledger);
      expect(claim).toMatchObject({ id: "retrack/A-1/create", interrupted: true, tries: 0, ageMs: MINUTE });
      expect(claim.token).not.toBe(lost.token);
      pass(MINUTE);
      expect(await claimOne(ledger)).toMatchObject({ interrupted: true });
      const [found] = await ledger.find({});
      expect(found?.postbacks[0]?.attempts).toEqual([{ at: new Date(REPORTED), outcome: "sending" }]);
    });

    test("opens a new attempt once an interrupted one was settled", async () => {
      const { ledger, pass } = await begin();
      await ledger.record(anEntry());
      await claimOne(ledger);
      pass(MINUTE);
      const waiting: Settlement = { state: "pending", step: { lookUp: "A-1" }, waitMs: MINUTE, reason: "ran out" };
      await ledger.settle(await claimOne(ledger), waiting, { outcome: "unknown", reason: "ran out" });
      pass(MINUTE);
      expect(await claimOne(ledger)).toMatchObject({ interrupted: false, step: { lookUp: "A-1" }, tries: 1 });
      const [found] = await ledger.find({});
      expect(found?.postbacks[0]?.attempts).toEqual([
        { at: new Date("2026-11-22T10:00:00.000Z"), outcome: "unknown", reason: "ran out" },
        { at: new Date("2026-11-22T10:02:00.000Z"), outcome: "sending" },
      ]);
    });
  });

  describe(`${name}, settling`, () => {
    test("writes that a postback is delivered, with the network's id and how the attempt ended", async () => {
      const { ledger, pass } = await begin();
      await ledger.record(anEntry());
      const claim = await claimOne(ledger);
      pass(15);
      expect(
        await ledger.settle(
          claim,
          { state: "delivered", remoteId: "3afc4a82", reason: "Retrack has the order" },
          { outcome: "accepted", durationMs: 15, status: 200, reason: "saved" },
        ),
      ).toBe(true);
      const [found] = await ledger.find({});
      expect(found?.postbacks).toEqual([
        {
          id: "retrack/A-1/create",
          kind: "create",
          state: "delivered",
          step: { create: "A-1" },
          remoteId: "3afc4a82",
          reason: "Retrack has the order",
          attempts: [{ at: new Date(REPORTED), outcome: "accepted", durationMs: 15, status: 200, reason: "saved" }],
        },
      ]);
    });

    test("writes what a postback that waits does next, when and why", async () => {
      const { ledger, pass } = await begin();
      await ledger.record(anEntry());
      const claim = await claimOne(ledger);
      pass(20);
      await ledger.settle(
        claim,
        { state: "pending", step: { lookUp: "A-1" }, waitMs: 60_000, reason: "HTTP 500" },
        { outcome: "unknown", durationMs: 20, status: 500, reason: "HTTP 500" },
      );
      const [found] = await ledger.find({});
      expect(found?.postbacks).toEqual([
        {
          id: "retrack/A-1/create",
          kind: "create",
          state: "pending",
          step: { lookUp: "A-1" },
          dueAt: new Date("2026-11-22T10:01:00.020Z"),
          reason: "HTTP 500",
          attempts: [{ at: new Date(REPORTED), outcome: "unknown", durationMs: 20, status: 500, reason: "HTTP 500" }],
        },
      ]);
    });

    test.each(["failed", "held"] as const)("writes that a postback is %s, and hands it out no more", async (state) => {
      const { ledger, pass } = await begin();
      await ledger.record(anEntry());
      await ledger.settle(
        await claimOne(ledger),
        { state, reason: "HTTP 422" },
        { outcome: state === "held" ? "hold" : "refused", status: 422 },
      );
      pass(400 * 24 * 60 * MINUTE);
      expect(await ledger.claim("retrack", 10, MINUTE)).toEqual([]);
      expect(await ledger.nextDue("retrack")).toBeUndefined();
      const [found] = await ledger.find({});
      expect(found?.postbacks).toEqual([
        {
          id: "retrack/A-1/create",
          kind: "create",
          state,
          step: { create: "A-1" },
          reason: "HTTP 422",
          attempts: [{ at: new Date(REPORTED), outcome: state === "held" ? "hold" : "refused", status: 422 }],
        },
      ]);
    });

    test("counts each try, but not an attempt that only leads to the next step", async () => {
      const { ledger } = await begin();
      await ledger.record(anEntry());
      const waiting: Settlement = { state: "pending", step: {}, waitMs: 0, reason: "HTTP 500" };
      await ledger.settle(await claimOne(ledger), waiting, { outcome: "unknown" });
      await ledger.settle(await claimOne(ledger), waiting, { outcome: "next" });
      await ledger.settle(await claimOne(ledger), waiting, { outcome: "not-sent" });
      expect(await claimOne(ledger)).toMatchObject({ tries: 2 });
      const [found] = await ledger.find({});
      expect(found?.postbacks[0]?.attempts.map(({ outcome }) => outcome)).toEqual([
        "unknown",
        "next",
        "not-sent",
        "sending",
      ]);
    });

    test("charges no try for one that only found out that the network is still down", async () => {
      const { ledger } = await begin();
      await ledger.record(anEntry());
      const waiting: Settlement = { state: "pending", step: {}, waitMs: 0, reason: "HTTP 503" };
      await ledger.settle(await claimOne(ledger), waiting, { outcome: "unknown", isProbe: true });
      expect(await claimOne(ledger)).toMatchObject({ tries: 0 });
    });

    test("forgets why a postback waited once it waits no more", async () => {
      const { ledger } = await begin();
      await ledger.record(anEntry());
      const waiting: Settlement = { state: "pending", step: {}, waitMs: 0, reason: "HTTP 500" };
      await ledger.settle(await claimOne(ledger), waiting, { outcome: "unknown" });
      await ledger.settle(await claimOne(ledger), delivered, accepted);
      const [found] = await ledger.find({});
      expect(found?.postbacks[0]).not.toHaveProperty("reason");
    });

    test("answers false to a holder whose claim ran out, and writes nothing", async () => {
      const { ledger, open, pass } = await begin();
      const other = open();
      await ledger.record(anEntry());
      const lost = await claimOne(ledger);
      pass(MINUTE);
      const claim = await claimOne(other);
      const before = await ledger.find({});
      expect(await ledger.settle(lost, delivered, accepted)).toBe(false);
      expect(await ledger.settle(lost, { state: "failed", reason: "late" }, { outcome: "refused" })).toBe(false);
      expect(await ledger.find({})).toEqual(before);
      expect(await other.settle(claim, delivered, accepted)).toBe(true);
    });

    test("answers true to a holder whose claim ran out, while nobody has taken it", async () => {
      const { ledger, pass } = await begin();
      await ledger.record(anEntry());
      const claim = await claimOne(ledger);
      pass(10 * MINUTE);
      expect(await ledger.settle(claim, delivered, accepted)).toBe(true);
      expect(await ledger.claim("retrack", 10, MINUTE)).toEqual([]);
    });

    test("answers false to a holder who comes after the one that took over has settled", async () => {
      const { ledger, pass } = await begin();
      await ledger.record(anEntry());
      const lost = await claimOne(ledger);
      pass(MINUTE);
      const waiting: Settlement = { state: "pending", step: {}, waitMs: MINUTE, reason: "ran out" };
      await ledger.settle(await claimOne(ledger), waiting, { outcome: "unknown" });
      const before = await ledger.find({});
      expect(await ledger.settle(lost, delivered, accepted)).toBe(false);
      expect(await ledger.find({})).toEqual(before);
    });

    test("never changes what is delivered", async () => {
      const { ledger, pass } = await begin();
      await ledger.record(anEntry());
      const claim = await claimOne(ledger);
      await ledger.settle(claim, { state: "delivered", remoteId: "3afc4a82" }, accepted);
      const before = await ledger.find({});
      expect(await ledger.settle(claim, { state: "failed", reason: "no" }, { outcome: "refused" })).toBe(false);
      pass(400 * 24 * 60 * MINUTE);
      expect(await ledger.claim("retrack", 10, MINUTE)).toEqual([]);
      expect(await ledger.find({})).toEqual(before);
    });

    test("answers false to a token or a postback that it does not know", async () => {
      const { ledger } = await begin();
      await ledger.record(anEntry());
      const claim = await claimOne(ledger);
      const before = await ledger.find({});
      expect(await ledger.settle({ ...claim, token: "another" }, delivered, accepted)).toBe(false);
      expect(await ledger.settle({ ...claim, id: "retrack/A-2/create" }, delivered, accepted)).toBe(false);
      expect(await ledger.find({})).toEqual(before);
    });
  });

  describe(`${name}, telling when to come back`, () => {
    test("says nothing while nothing waits", async () => {
      const { ledger } = await begin();
      expect(await ledger.nextDue("retrack")).toBeUndefined();
      await ledger.record(anEntry());
      await ledger.settle(await claimOne(ledger), delivered, accepted);
      expect(await ledger.nextDue("retrack")).toBeUndefined();
    });

    test("says how long the first one of the network waits, and 0 once it is due", async () => {
      const { ledger, pass } = await begin();
      await ledger.record(anEntry({ networks: ["retrack", "shopback"] }));
      const waiting: Settlement = { state: "pending", step: {}, waitMs: 5000, reason: "HTTP 429" };
      await ledger.settle(await claimOne(ledger), waiting, { outcome: "retry" });
      pass(2000);
      expect(await ledger.nextDue("retrack")).toBe(3000);
      expect(await ledger.nextDue("shopback")).toBe(0);
      pass(9000);
      expect(await ledger.nextDue("retrack")).toBe(0);
    });

    test("counts a claimed one as due when its claim runs out", async () => {
      const { ledger } = await begin();
      await ledger.record(anEntry());
      await ledger.claim("retrack", 1, 90_000);
      expect(await ledger.nextDue("retrack")).toBe(90_000);
    });
  });

  describe(`${name}, finding`, () => {
    test("finds by number, network and state, and by all of them together, the newest first", async () => {
      const { ledger, pass } = await begin();
      await ledger.record(anEntry({ number: "A-1", networks: ["retrack", "shopback"] }));
      await ledger.record(anEntry({ number: "A-2", networks: ["retrack"] }));
      // The same time, and then an earlier one: what came last to the ledger is the newest.
      pass(-MINUTE);
      await ledger.record(anEntry({ number: "A-3", networks: ["retrack"] }));
      await ledger.settle(await claimOne(ledger), delivered, accepted);
      const found = async (filter: Parameters<Ledger["find"]>[0]) =>
        (await ledger.find(filter)).map(({ number, network }) => `${number} ${network}`);
      expect(await found({})).toEqual(["A-3 retrack", "A-2 retrack", "A-1 shopback", "A-1 retrack"]);
      expect(await found({ number: "A-1" })).toEqual(["A-1 shopback", "A-1 retrack"]);
      expect(await found({ network: "shopback" })).toEqual(["A-1 shopback"]);
      expect(await found({ state: "pending" })).toEqual(["A-2 retrack", "A-1 shopback", "A-1 retrack"]);
      expect(await found({ state: "delivered" })).toEqual(["A-3 retrack"]);
      expect(await found({ state: "held" })).toEqual([]);
      expect(await found({ number: "A-1", network: "retrack", state: "pending" })).toEqual(["A-1 retrack"]);
      expect(await found({ number: "A-1", network: "retrack", state: "delivered" })).toEqual([]);
      expect(await found({ number: "A-9" })).toEqual([]);
      expect(await found({ limit: 2 })).toEqual(["A-3 retrack", "A-2 retrack"]);
      expect(await found({ network: "retrack", limit: 1 })).toEqual(["A-3 retrack"]);
    });

    test("finds by click, status and time, by all of them together, and what is older than a conversion", async () => {
      const { ledger, pass } = await begin();
      const clicked = (number: string, networks: string[], id: string) => {
        const entry = anEntry({ number, networks });
        return { ...entry, conversions: entry.conversions.map((one) => ({ ...one, click: { ...one.click, id } })) };
      };
      await ledger.record(clicked("A-1", ["retrack"], "one"));
      pass(MINUTE);
      await ledger.record(clicked("A-2", ["retrack", "shopback"], "two"));
      pass(MINUTE);
      await ledger.record(clicked("A-3", ["retrack"], "one"));
      pass(MINUTE);
      await ledger.record(clicked("A-4", ["retrack"], "four"));
      await ledger.amend([anAmendment({ number: "A-2" }), anAmendment({ number: "A-2", network: "shopback" })]);
      await ledger.amend([anAmendment({ number: "A-3", status: "approved" })]);
      await ledger.settle(await claimOne(ledger), delivered, accepted);
      const found = async (filter: Filter) =>
        (await ledger.find(filter)).map(({ number, network }) => `${number} ${network}`);
      const at = (minute: number) => new Date(Date.parse(REPORTED) + minute * MINUTE);
      const justAfter = (minute: number) => new Date(+at(minute) + 1);

      expect(await found({ click: "one" })).toEqual(["A-3 retrack", "A-1 retrack"]);
      expect(await found({ click: "two" })).toEqual(["A-2 shopback", "A-2 retrack"]);
      expect(await found({ click: "tw" })).toEqual([]);
      expect(await found({ click: "two", network: "shopback" })).toEqual(["A-2 shopback"]);
      expect(await found({ click: "one", number: "A-2" })).toEqual([]);
      expect(await found({ click: "one", limit: 1 })).toEqual(["A-3 retrack"]);
      expect(await found({ status: "pending" })).toEqual(["A-4 retrack", "A-1 retrack"]);
      expect(await found({ status: "rejected" })).toEqual(["A-2 shopback", "A-2 retrack"]);
      expect(await found({ status: "rejected", limit: 1 })).toEqual(["A-2 shopback"]);
      expect(await found({ status: "approved", network: "shopback" })).toEqual([]);
      expect(await found({ status: "rejected", state: "pending", network: "retrack" })).toEqual(["A-2 retrack"]);
      expect(await found({ status: "pending", state: "delivered" })).toEqual(["A-1 retrack"]);
      expect(await found({ status: "approved", state: "delivered" })).toEqual([]);
      expect(await found({ since: at(1), until: at(3) })).toEqual(["A-3 retrack", "A-2 shopback", "A-2 retrack"]);
      expect(await found({ since: justAfter(1), until: justAfter(3) })).toEqual(["A-4 retrack", "A-3 retrack"]);
      expect(await found({ since: justAfter(3) })).toEqual([]);
      expect(await found({ until: at(0) })).toEqual([]);
      expect(await found({ until: justAfter(0) })).toEqual(["A-1 retrack"]);
      expect(await found({ since: at(1), network: "retrack", state: "pending", status: "rejected" })).toEqual([
        "A-2 retrack",
      ]);
      expect(await found({ until: at(2), click: "one" })).toEqual(["A-1 retrack"]);
      expect(await found({ until: at(2), number: "A-3" })).toEqual([]);
      expect(await found({ since: at(2), state: "delivered" })).toEqual([]);

      const [, third, second] = await ledger.find({});
      expect(await found({ before: third?.serial })).toEqual(["A-2 shopback", "A-2 retrack", "A-1 retrack"]);
      expect(await found({ before: second?.serial, network: "retrack" })).toEqual(["A-2 retrack", "A-1 retrack"]);
      expect(await found({ before: second?.serial, state: "pending" })).toEqual(["A-2 retrack"]);
      expect(await found({ before: second?.serial, status: "rejected" })).toEqual(["A-2 retrack"]);
      expect(await found({ before: third?.serial, click: "one" })).toEqual(["A-1 retrack"]);
      expect(await found({ before: third?.serial, since: at(1), until: at(4) })).toEqual([
        "A-2 shopback",
        "A-2 retrack",
      ]);
    });

    test("finds what was reported while the clock went back, by the time it had then", async () => {
      const { ledger, pass } = await begin();
      const found = async (filter: Filter) => (await ledger.find(filter)).map(({ number }) => number);
      const at = (minute: number) => new Date(Date.parse(REPORTED) + minute * MINUTE);
      await ledger.record(anEntry({ number: "A-1" }));
      pass(60 * MINUTE);
      await ledger.record(anEntry({ number: "A-2" }));
      pass(-50 * MINUTE);
      await ledger.record(anEntry({ number: "A-3" }));
      pass(-20 * MINUTE);
      await ledger.record(anEntry({ number: "A-4" }));
      expect(await found({ until: at(5) })).toEqual(["A-4", "A-1"]);
      expect(await found({ since: at(5) })).toEqual(["A-3", "A-2"]);
      expect(await found({ since: at(-15), until: at(20), network: "retrack" })).toEqual(["A-4", "A-3", "A-1"]);
    });

    test("finds nothing by the click of an order that was forgotten", async () => {
      const { ledger } = await begin();
      const { click } = anEntry().conversions[0] ?? {};
      await ledger.record(anEntry());
      await ledger.record(anEntry({ number: "A-2" }));
      await ledger.forget("A-1", anna);
      const found = await ledger.find({ click: click?.id });
      expect(found.map(({ number }) => number)).toEqual(["A-2"]);
    });

    test("goes through all of them in slices, each conversion once, though several of its postbacks are in the state", async () => {
      const { ledger } = await begin();
      for (const number of ["A-1", "A-2", "A-3"]) {
        const entry = anEntry({ number });
        const postbacks = ["1", "2"].map((line) => ({
          id: `${number}/${line}`,
          kind: "create" as const,
          line,
          step: {},
          ifUnknown: "hold" as const,
        }));
        await ledger.record({ ...entry, conversions: entry.conversions.map((one) => ({ ...one, postbacks })) });
      }
      const slices = [];
      for (let before: number | undefined; ; ) {
        const slice = await ledger.find({ state: "pending", before, limit: 2 });
        if (slice.length === 0) break;
        slices.push(slice.map(({ number }) => number));
        before = slice.at(-1)?.serial;
      }
      expect(slices).toEqual([["A-3", "A-2"], ["A-1"]]);
    });

    test("finds 100 where no limit is said", async () => {
      const { ledger } = await begin();
      await Promise.all(Array.from({ length: 101 }, (_, index) => ledger.record(anEntry({ number: `A-${index}` }))));
      const found = await ledger.find({});
      expect(found).toHaveLength(100);
      expect(found[0]?.number).toBe("A-100");
      expect(await ledger.find({ limit: 1000 })).toHaveLength(101);
    });

    test("shows all postbacks of a conversion of which one is in the state, in their order", async () => {
      const { ledger } = await begin();
      const entry = anEntry();
      const postbacks = ["1", "2", "3"].map((line) => ({
        id: line,
        kind: "create" as const,
        line,
        step: { line },
        ifUnknown: "hold" as const,
      }));
      await ledger.record({ ...entry, conversions: entry.conversions.map((one) => ({ ...one, postbacks })) });
      await ledger.settle(await claimOne(ledger), { state: "held", reason: "HTTP 500" }, { outcome: "unknown" });
      const [found] = await ledger.find({ state: "held" });
      expect(found?.postbacks.map(({ id, state }) => `${id} ${state}`)).toEqual(["1 held", "2 pending", "3 pending"]);
    });

    test("counts the orders that nobody was credited for, and shows the newest with their reasons", async () => {
      const { ledger, pass } = await begin();
      await ledger.record(anEntry({ number: "A-1" }));
      await ledger.record(uncreditedEntry("A-2"));
      await ledger.record(uncreditedEntry("A-3", "the click from retrack is too old"));
      pass(MINUTE);
      await ledger.record(uncreditedEntry("A-4"));
      pass(MINUTE);
      await ledger.record(uncreditedEntry("A-4", "no account of the network other is set up"));
      expect(await ledger.uncredited(2)).toEqual({
        count: 3,
        newest: [
          {
            number: "A-4",
            reportedAt: new Date("2026-11-22T10:01:00.000Z"),
            reason: "no account of the network other is set up",
          },
          {
            number: "A-3",
            reportedAt: new Date("2026-11-22T10:00:00.000Z"),
            reason: "the click from retrack is too old",
          },
        ],
      });
    });
  });

  describe(`${name}, keeping the order of a conversion's postbacks`, () => {
    const update: Postback = {
      id: "retrack/A-1/update/1",
      kind: "update",
      step: { update: 1 },
      ifUnknown: { ask: { update: 1, again: true } },
    };
    const rejection: Postback = { id: "retrack/A-1/reject", kind: "reject", step: { reject: 1 }, ifUnknown: "repeat" };

    test("lets a later one wait until the network has the one before, and begins its age then", async () => {
      const { ledger, pass } = await begin();
      await ledger.record(anEntry());
      expect(await ledger.amend([anAmendment({ postbacks: [update, rejection] })])).toBe(true);
      expect(await idsDue(ledger)).toEqual(["retrack/A-1/create"]);
      const [found] = await ledger.find({});
      expect(found?.postbacks.map(({ dueAt }) => dueAt !== undefined)).toEqual([true, false, false]);
      pass(MINUTE);
      const create = await claimOne(ledger);
      pass(1000);
      await ledger.settle(create, delivered, accepted);
      pass(500);
      const [claim, ...others] = await ledger.claim("retrack", 10, MINUTE);
      expect(others).toEqual([]);
      expect(claim).toMatchObject({ id: "retrack/A-1/update/1", tries: 0, ageMs: 500 });
      await ledger.settle(claim as Claim, delivered, accepted);
      expect(await idsDue(ledger)).toEqual(["retrack/A-1/reject"]);
    });

    test.each(["held", "failed"] as const)("waits for a create that is %s, however long", async (state) => {
      const { ledger, pass } = await begin();
      await ledger.record(anEntry());
      await ledger.amend([anAmendment({ postbacks: [update] })]);
      await ledger.settle(await claimOne(ledger), { state, reason: "HTTP 500" }, { outcome: "unknown" });
      pass(400 * 24 * 60 * MINUTE);
      expect(await idsDue(ledger)).toEqual([]);
      expect(await ledger.nextDue("retrack")).toBeUndefined();
    });

    test("waits for no later change that failed, but for one that is held", async () => {
      const { ledger } = await begin();
      await ledger.record(anEntry());
      await ledger.amend([anAmendment({ postbacks: [update, rejection] })]);
      await ledger.settle(await claimOne(ledger), delivered, accepted);
      await ledger.settle(await claimOne(ledger), { state: "held", reason: "HTTP 500" }, { outcome: "unknown" });
      expect(await idsDue(ledger)).toEqual([]);
      const no = { state: "failed", reason: "not there" } as const;
      expect(await ledger.decide([{ id: update.id, from: "held", settlement: no }], anna)).toEqual([update.id]);
      expect(await idsDue(ledger)).toEqual(["retrack/A-1/reject"]);
    });

    test("lets postbacks of different lines go their own ways, and one of the whole wait for all of them", async () => {
      const { ledger } = await begin();
      const entry = anEntry({ networks: ["shopback"] });
      const create = (line: string): Postback => ({
        id: `c/${line}`,
        kind: "create",
        line,
        step: {},
        ifUnknown: "hold",
      });
      const postbacks = [create("a"), create("b")];
      await ledger.record({ ...entry, conversions: entry.conversions.map((one) => ({ ...one, postbacks })) });
      const approval = (line?: string): Postback => ({
        id: `a/${line ?? ""}`,
        kind: "approve",
        line,
        step: {},
        ifUnknown: "repeat",
      });
      await ledger.amend([anAmendment({ network: "shopback", postbacks: [approval("b"), approval(), approval("a")] })]);
      const claims = await ledger.claim("shopback", 10, MINUTE);
      expect(claims.map(({ id }) => id)).toEqual(["c/a", "c/b"]);
      await ledger.settle(claims[1] as Claim, delivered, accepted);
      expect((await ledger.claim("shopback", 10, MINUTE)).map(({ id }) => id)).toEqual(["a/b"]);
      await ledger.settle(claims[0] as Claim, delivered, accepted);
      expect(await ledger.claim("shopback", 10, MINUTE)).toEqual([]);
    });

    test("makes the next one due though it is added while the one before is being settled", async () => {
      const { ledger, open } = await begin();
      const other = open();
      const numbers = Array.from({ length: 60 }, (_, index) => `R-${index}`);
      await Promise.all(numbers.map((number) => ledger.record(anEntry({ number }))));
      const claims = await ledger.claim("retrack", 100, MINUTE);
      expect(claims).toHaveLength(60);
      await Promise.all(
        claims.flatMap((claim) => [
          ledger.settle(claim, delivered, accepted),
          other.amend([
            anAmendment({ number: claim.number, postbacks: [{ ...rejection, id: `retrack/${claim.number}/reject` }] }),
          ]),
        ]),
      );
      expect((await ledger.claim("retrack", 100, MINUTE)).map(({ number }) => number).sort()).toEqual(numbers.sort());
    });
  });

  describe(`${name}, amending`, () => {
    test("writes the order, its decisions and its postbacks, and who decided it", async () => {
      const { ledger, pass } = await begin();
      await ledger.record(anEntry());
      pass(MINUTE);
      const order = { ...anEntry().order, lines: [] };
      const lines = { "4113": { status: "approved", amount: { net: 100, vat: 25 } } } as const;
      const amount = { net: 9000, vat: 2250 };
      expect(
        await ledger.amend([
          anAmendment({ order, status: "approved", lines, amount, decision: { what: "approve", by: "anna" } }),
        ]),
      ).toBe(true);
      expect(await ledger.find({})).toMatchObject([
        {
          order,
          status: "approved",
          lines,
          amount,
          revision: 1,
          reportedAt: new Date(REPORTED),
          decisions: [{ at: new Date("2026-11-22T10:01:00.000Z"), what: "approve", by: "anna" }],
        },
      ]);
    });

    test("writes nothing where a conversion was changed since it was read, of several then none", async () => {
      const { ledger } = await begin();
      await ledger.record(anEntry({ networks: ["retrack", "shopback"] }));
      const [retrack, shopback] = [anAmendment(), anAmendment({ network: "shopback" })];
      expect(await ledger.amend([shopback])).toBe(true);
      const before = await ledger.find({});
      expect(await ledger.amend([retrack, shopback])).toBe(false);
      expect(await ledger.amend([anAmendment({ number: "A-2" })])).toBe(false);
      expect(await ledger.find({})).toEqual(before);
      expect(await ledger.amend([retrack, { ...shopback, revision: 1 }])).toBe(true);
    });

    test("is done once by many that read the same", async () => {
      const { ledger, open } = await begin();
      const other = open();
      await ledger.record(anEntry());
      const amended = await Promise.all(
        Array.from({ length: 20 }, (_, index) => (index % 2 ? ledger : other).amend([anAmendment()])),
      );
      expect(amended.filter(Boolean)).toHaveLength(1);
    });

    test("cancels what never left, which is then neither handed out nor waited for", async () => {
      const { ledger } = await begin();
      await ledger.record(anEntry());
      const waits: Settlement = { state: "pending", step: { create: "A-1" }, waitMs: 0, reason: "refused connection" };
      await ledger.settle(await claimOne(ledger), waits, { outcome: "not-sent" });
      await ledger.settle(await claimOne(ledger), waits, { outcome: "retry" });
      const later: Postback = { id: "later", kind: "update", step: {}, ifUnknown: "repeat" };
      expect(await ledger.amend([anAmendment({ cancel: ["retrack/A-1/create"], postbacks: [later] })])).toBe(true);
      expect(await idsDue(ledger)).toEqual(["later"]);
      const [found] = await ledger.find({ state: "cancelled" });
      expect(found?.postbacks[0]).toMatchObject({
        state: "cancelled",
        reason: "withdrawn before it left: reject by anna",
      });
      expect(found?.postbacks[0]).not.toHaveProperty("dueAt");
    });

    test("puts a postback in the place of a cancelled one of its id, and begins it anew", async () => {
      const { ledger, pass } = await begin();
      await ledger.record(anEntry());
      await ledger.settle(await claimOne(ledger), { state: "failed", reason: "HTTP 422" }, { outcome: "refused" });
      pass(MINUTE);
      const anew: Postback = {
        id: "retrack/A-1/create",
        kind: "create",
        step: { create: "mended" },
        ifUnknown: { ask: { lookUp: "mended" } },
      };
      expect(await ledger.amend([anAmendment({ cancel: [anew.id], postbacks: [anew] })])).toBe(true);
      pass(1000);
      expect(await claimOne(ledger)).toMatchObject({
        id: "retrack/A-1/create",
        step: { create: "mended" },
        ifUnknown: { ask: { lookUp: "mended" } },
        tries: 0,
        ageMs: 1000,
      });
      const [found] = await ledger.find({});
      expect(found?.postbacks).toHaveLength(1);
      expect(found?.postbacks[0]?.attempts).toHaveLength(2);
    });

    test("writes nothing where a postback's id is taken by one that is not cancelled", async () => {
      const { ledger } = await begin();
      await ledger.record(anEntry());
      const before = await ledger.find({});
      const clashing: Postback = { id: "retrack/A-1/create", kind: "create", step: {}, ifUnknown: "hold" };
      await expect(ledger.amend([anAmendment({ postbacks: [clashing] })])).rejects.toMatchObject({
        code: "ERR_LEDGER",
      });
      expect(await ledger.find({})).toEqual(before);
    });

    test("cancels what the network refused", async () => {
      const { ledger } = await begin();
      await ledger.record(anEntry());
      await ledger.settle(await claimOne(ledger), { state: "failed", reason: "HTTP 422" }, { outcome: "refused" });
      expect(await ledger.amend([anAmendment({ cancel: ["retrack/A-1/create"] })])).toBe(true);
    });

    test.each([
      ["is on its way", []],
      ["had no answer", [{ outcome: "unknown" }]],
      ["was looked for after that", [{ outcome: "unknown" }, { outcome: "next" }]],
      ["was taken", [{ outcome: "accepted" }]],
    ] as const)("cancels nothing that %s", async (_, ends) => {
      const { ledger } = await begin();
      await ledger.record(anEntry());
      const claim = await claimOne(ledger);
      for (const [index, end] of ends.entries()) {
        const waits: Settlement = { state: "pending", step: {}, waitMs: 0, reason: "HTTP 500" };
        const holder = index === 0 ? claim : await claimOne(ledger);
        await ledger.settle(holder, end.outcome === "accepted" ? delivered : waits, end);
      }
      const before = await ledger.find({});
      expect(await ledger.amend([anAmendment({ cancel: ["retrack/A-1/create"] })])).toBe(false);
      expect(await ledger.find({})).toEqual(before);
    });

    test("cancels what may have left once a person has settled that it did not arrive", async () => {
      const { ledger } = await begin();
      await ledger.record(anEntry());
      const id = "retrack/A-1/create";
      await ledger.settle(await claimOne(ledger), { state: "held", reason: "HTTP 500" }, { outcome: "unknown" });
      expect(await ledger.amend([anAmendment({ cancel: [id] })])).toBe(false);
      const no = { state: "failed", reason: "not there" } as const;
      await ledger.decide([{ id, from: "held", settlement: no }], anna);
      expect(await ledger.amend([anAmendment({ cancel: [id] })])).toBe(true);
    });

    test("does not cancel what a person has settled as delivered, though it was refused when sent again", async () => {
      const { ledger } = await begin();
      await ledger.record(anEntry());
      const id = "retrack/A-1/create";
      await ledger.settle(await claimOne(ledger), { state: "held", reason: "HTTP 500" }, { outcome: "unknown" });
      await ledger.decide([{ id, from: "held", settlement: { state: "delivered" } }], anna);
      const again = { state: "pending", step: {}, waitMs: 0, reason: "again" } as const;
      await ledger.decide([{ id, from: "delivered", settlement: again }], { what: "resend", by: "anna" });
      await ledger.settle(await claimOne(ledger), { state: "failed", reason: "no" }, { outcome: "refused" });
      expect(await ledger.amend([anAmendment({ cancel: [id] })])).toBe(false);
    });

    test("takes a claim away from nobody: what was cancelled cannot be settled any more", async () => {
      const { ledger, pass } = await begin();
      await ledger.record(anEntry());
      await ledger.amend([anAmendment({ cancel: ["retrack/A-1/create"] })]);
      pass(MINUTE);
      expect(await ledger.claim("retrack", 10, MINUTE)).toEqual([]);
      expect(await ledger.amend([anAmendment({ revision: 1, cancel: ["retrack/A-1/create"] })])).toBe(false);
    });
  });

  describe(`${name}, writing what a person decides`, () => {
    test("begins a postback anew: its step, its tries and its age", async () => {
      const { ledger, pass } = await begin();
      await ledger.record(anEntry());
      const waits: Settlement = { state: "pending", step: {}, waitMs: 0, reason: "HTTP 500" };
      await ledger.settle(await claimOne(ledger), waits, { outcome: "unknown" });
      await ledger.settle(await claimOne(ledger), { state: "failed", reason: "HTTP 422" }, { outcome: "refused" });
      pass(MINUTE);
      const again: Settlement = {
        state: "pending",
        step: { create: "again" },
        waitMs: 0,
        reason: "sent again by anna",
      };
      const id = "retrack/A-1/create";
      expect(await ledger.decide([{ id, from: "failed", settlement: again }], { ...anna, reason: "mended" })).toEqual([
        id,
      ]);
      pass(1000);
      expect(await claimOne(ledger)).toMatchObject({
        step: { create: "again" },
        interrupted: false,
        tries: 0,
        ageMs: 1000,
      });
      const [found] = await ledger.find({});
      expect(found?.postbacks[0]?.attempts).toHaveLength(3);
      expect(found?.decisions).toEqual([
        {
          at: new Date("2026-11-22T10:01:00.000Z"),
          what: "settle",
          state: "pending",
          by: "anna",
          reason: "mended",
          postback: "retrack/A-1/create",
        },
      ]);
    });

    test("writes nothing of a postback that is not in the state it was read in", async () => {
      const { ledger } = await begin();
      for (const number of ["A-1", "A-2"]) await ledger.record(anEntry({ number }));
      await ledger.settle(await claimOne(ledger), { state: "held", reason: "HTTP 500" }, { outcome: "unknown" });
      const settle = (id: string) => ({ id, from: "held", settlement: { state: "delivered", remoteId: "7" } }) as const;
      const wished = ["retrack/A-1/create", "retrack/A-2/create", "nowhere"].map(settle);
      expect(await ledger.decide(wished, anna)).toEqual(["retrack/A-1/create"]);
      expect(await ledger.decide(wished, anna)).toEqual([]);
      const found = await ledger.find({});
      expect(found.map(({ postbacks: [one], decisions }) => [one?.state, one?.remoteId, decisions.length])).toEqual([
        ["pending", undefined, 0],
        ["delivered", "7", 1],
      ]);
    });

    test("lets what was due wait again for one before it that begins anew", async () => {
      const { ledger } = await begin();
      await ledger.record(anEntry());
      const update: Postback = { id: "update", kind: "update", step: {}, ifUnknown: "repeat" };
      await ledger.amend([anAmendment({ postbacks: [update] })]);
      await ledger.settle(await claimOne(ledger), delivered, accepted);
      const again: Settlement = { state: "pending", step: {}, waitMs: 0, reason: "sent again" };
      await ledger.decide([{ id: "retrack/A-1/create", from: "delivered", settlement: again }], anna);
      expect(await idsDue(ledger)).toEqual(["retrack/A-1/create"]);
    });

    test("lets a postback that begins anew wait for those before it, that begin anew too", async () => {
      const { ledger } = await begin();
      await ledger.record(anEntry());
      const update: Postback = { id: "update", kind: "update", step: {}, ifUnknown: "repeat" };
      await ledger.amend([anAmendment({ postbacks: [update] })]);
      await ledger.settle(await claimOne(ledger), delivered, accepted);
      await ledger.settle(await claimOne(ledger), delivered, accepted);
      const again: Settlement = { state: "pending", step: {}, waitMs: 0, reason: "sent again" };
      const ids = ["retrack/A-1/create", "update"];
      await ledger.decide(
        ids.map((id) => ({ id, from: "delivered", settlement: again })),
        anna,
      );
      expect(await idsDue(ledger)).toEqual(["retrack/A-1/create"]);
    });
  });

  describe(`${name}, listing postbacks`, () => {
    test("lists them in slices, in the order they were added", async () => {
      const { ledger } = await begin();
      for (let index = 0; index < 5; index += 1) await ledger.record(anEntry({ number: `A-${index}` }));
      const first = await ledger.postbacks({}, 0, 3);
      const second = await ledger.postbacks({}, first.at(-1)?.serial ?? 0, 3);
      expect([first, second].map((slice) => slice.map(({ number }) => number))).toEqual([
        ["A-0", "A-1", "A-2"],
        ["A-3", "A-4"],
      ]);
      expect(first[0]).toEqual({
        serial: expect.any(Number),
        id: "retrack/A-0/create",
        kind: "create",
        number: "A-0",
        network: "retrack",
        state: "pending",
        step: { create: "A-0" },
        ifUnknown: { ask: { lookUp: "A-0" } },
        superseded: false,
      });
    });

    test("lists by number, network, id, state and time of the report, and by all of them together", async () => {
      const { ledger, pass } = await begin();
      await ledger.record(anEntry({ number: "A-1", networks: ["retrack", "shopback"] }));
      await ledger.settle(await claimOne(ledger), { state: "failed", reason: "HTTP 422" }, { outcome: "refused" });
      pass(MINUTE);
      await ledger.record(anEntry({ number: "A-2" }));
      const ids = async (filter: PostbackFilter) => (await ledger.postbacks(filter, 0, 10)).map(({ id }) => id);
      expect(await ids({ number: "A-1" })).toEqual(["retrack/A-1/create", "shopback/A-1/create"]);
      expect(await ids({ network: "retrack" })).toEqual(["retrack/A-1/create", "retrack/A-2/create"]);
      expect(await ids({ state: "failed" })).toEqual(["retrack/A-1/create"]);
      expect(await ids({ id: "shopback/A-1/create" })).toEqual(["shopback/A-1/create"]);
      expect(await ids({ since: new Date("2026-11-22T10:01:00.000Z") })).toEqual(["retrack/A-2/create"]);
      expect(await ids({ until: new Date("2026-11-22T10:01:00.000Z") })).toEqual([
        "retrack/A-1/create",
        "shopback/A-1/create",
      ]);
      expect(await ids({ number: "A-1", network: "retrack", state: "failed", since: new Date(REPORTED) })).toEqual([
        "retrack/A-1/create",
      ]);
      expect(await ids({ number: "A-2", state: "failed" })).toEqual([]);
    });

    test("says of a change that a later one of its line was not refused, which it would undo", async () => {
      const { ledger } = await begin();
      await ledger.record(anEntry());
      const updates = ["u1", "u2"].map((id): Postback => ({ id, kind: "update", step: {}, ifUnknown: "repeat" }));
      await ledger.amend([anAmendment({ postbacks: updates })]);
      await ledger.settle(await claimOne(ledger), delivered, accepted);
      await ledger.settle(await claimOne(ledger), { state: "failed", reason: "HTTP 422" }, { outcome: "refused" });
      const superseded = async () => (await ledger.postbacks({}, 0, 10)).map((one) => one.superseded);
      expect(await superseded()).toEqual([false, true, false]);
      await ledger.settle(await claimOne(ledger), { state: "failed", reason: "HTTP 422" }, { outcome: "refused" });
      expect(await superseded()).toEqual([false, false, false]);
      const again: Settlement = { state: "pending", step: {}, waitMs: 0, reason: "sent again" };
      await ledger.decide([{ id: "u2", from: "failed", settlement: again }], anna);
      await ledger.settle(await claimOne(ledger), delivered, accepted);
      expect(await superseded()).toEqual([false, true, false]);
    });
  });

  describe(`${name}, bringing forward`, () => {
    test("shortens what waits too long, and neither what waits less nor what is on its way", async () => {
      const { ledger } = await begin();
      for (const number of ["A-1", "A-2", "A-3"]) await ledger.record(anEntry({ number }));
      await ledger.record(anEntry({ number: "A-4", networks: ["shopback"] }));
      const waits = (waitMs: number): Settlement => ({ state: "pending", step: {}, waitMs, reason: "HTTP 503" });
      await ledger.settle(await claimOne(ledger), waits(60 * MINUTE), { outcome: "retry" });
      await ledger.settle(await claimOne(ledger), waits(1000), { outcome: "retry" });
      await ledger.claim("retrack", 1, 90 * MINUTE);
      await ledger.settle(await claimOne(ledger, "shopback"), waits(60 * MINUTE), { outcome: "retry" });
      expect(await ledger.hasten("retrack", MINUTE)).toBe(1);
      const due = (await ledger.find({})).map(({ postbacks: [one] }) => +(one?.dueAt ?? 0) - Date.parse(REPORTED));
      expect(due).toEqual([60 * MINUTE, 90 * MINUTE, 1000, MINUTE]);
      expect(await ledger.hasten("retrack", MINUTE)).toBe(0);
    });
  });

  describe(`${name}, counting what waits`, () => {
    test("counts by network and state, and says how long the oldest waits", async () => {
      const { ledger, pass } = await begin();
      expect(await ledger.waiting()).toEqual([]);
      await ledger.record(anEntry({ number: "A-1", networks: ["retrack", "shopback"] }));
      pass(MINUTE);
      for (const number of ["A-2", "A-3", "A-4"]) await ledger.record(anEntry({ number }));
      await ledger.settle(await claimOne(ledger), { state: "held", reason: "HTTP 500" }, { outcome: "unknown" });
      await ledger.settle(await claimOne(ledger), { state: "failed", reason: "HTTP 422" }, { outcome: "refused" });
      await ledger.settle(await claimOne(ledger, "shopback"), delivered, accepted);
      pass(1000);
      expect(await ledger.waiting()).toEqual([
        {
          network: "retrack",
          pending: 2,
          held: 1,
          failed: 1,
          oldest: { pending: 1000, held: 61_000, failed: 1000 },
        },
      ]);
    });

    test("counts what waits for one before it, and lets that one alone grow old", async () => {
      const { ledger, pass } = await begin();
      await ledger.record(anEntry());
      await ledger.settle(await claimOne(ledger), { state: "failed", reason: "HTTP 422" }, { outcome: "refused" });
      const update: Postback = { id: "update", kind: "update", step: {}, ifUnknown: "repeat" };
      await ledger.amend([anAmendment({ postbacks: [update] })]);
      pass(1000);
      expect(await ledger.waiting()).toEqual([
        { network: "retrack", pending: 1, held: 0, failed: 1, oldest: { failed: 1000 } },
      ]);
    });
  });

  describe(`${name}, counting what happens`, () => {
    const TODAY = "2026-11-22";
    const since = new Date("2026-11-22T00:00:00Z");
    const all = new Date("2026-01-01T00:00:00Z");

    test("counts orders once each, for the first account they are credited to, and conversions", async () => {
      const { ledger } = await begin();
      await ledger.record(anEntry({ number: "A-1", networks: ["retrack", "shopback:MY"] }));
      await ledger.record(anEntry({ number: "A-2" }));
      await ledger.record(anEntry({ number: "A-2" }));
      await ledger.record(uncreditedEntry("A-3"));
      await ledger.record(uncreditedEntry("A-3"));
      await ledger.record(uncreditedEntry("A-4"));
      await ledger.record(anEntry({ number: "A-4", networks: ["shopback:MY"] }));
      expect(await ledger.tallies(since)).toEqual([
        { day: TODAY, network: "", what: "reported", count: 2 },
        { day: TODAY, network: "retrack", what: "credited", count: 2 },
        { day: TODAY, network: "retrack", what: "reported", count: 2 },
        { day: TODAY, network: "shopback:MY", what: "credited", count: 2 },
      ]);
    });

    test("counts orders that come together, and nothing of one among them that cannot be kept", async () => {
      const { ledger } = await begin();
      const taken = anEntry({ number: "A-0" });
      await ledger.record(taken);
      const clashing = { ...taken, order: { ...taken.order, number: "A-9" } };
      const entries = [1, 2, 3, 4].map((index) => anEntry({ number: `A-${index}` }));
      const recorded = await Promise.allSettled([...entries, clashing].map((entry) => ledger.record(entry)));
      expect(recorded.map(({ status }) => status).join(" ")).toMatch(/^(fulfilled ){4}rejected$/);
      expect(await ledger.tallies(since)).toEqual([
        { day: TODAY, network: "retrack", what: "credited", count: 5 },
        { day: TODAY, network: "retrack", what: "reported", count: 5 },
      ]);
    });

    test("counts the clicks that are new", async () => {
      const { ledger } = await begin();
      const click = (network: string, id: string) => ({ network, id, at: new Date("2026-11-20T08:00:00Z") });
      await ledger.remember([
        click("retrack", "a"),
        click("retrack", "a"),
        click("retrack", "b"),
        click("shopback", "a"),
      ]);
      await ledger.remember([click("retrack", "b"), click("retrack", "c")]);
      expect(await ledger.tallies(since)).toEqual([
        { day: TODAY, network: "retrack", what: "click", count: 3 },
        { day: TODAY, network: "shopback", what: "click", count: 1 },
      ]);
    });

    test("counts postbacks as they are delivered, held or fail, and the seconds until they were delivered", async () => {
      const { ledger, pass } = await begin();
      for (const number of ["A-1", "A-2", "A-3", "A-4", "A-5"]) await ledger.record(anEntry({ number }));
      pass(1500);
      const [first, second, third, fourth, fifth] = await ledger.claim("retrack", 5, MINUTE);
      if (!first || !second || !third || !fourth || !fifth) throw new Error("not all are due");
      await ledger.settle(first, delivered, accepted);
      await ledger.settle(second, { state: "held", reason: "HTTP 500" }, { outcome: "hold" });
      await ledger.settle(third, { state: "failed", reason: "no" }, { outcome: "refused" });
      await ledger.settle(fourth, { state: "pending", step: {}, waitMs: 0, reason: "HTTP 429" }, { outcome: "retry" });
      pass(2000);
      await ledger.settle(fifth, delivered, accepted);
      // Its claim is lost.
      await ledger.settle(first, delivered, accepted);
      const counted = (await ledger.tallies(since)).filter(({ what }) => what !== "reported" && what !== "credited");
      expect(counted).toEqual([
        { day: TODAY, network: "retrack", what: "delivered", count: 2, seconds: 5 },
        { day: TODAY, network: "retrack", what: "failed", count: 1 },
        { day: TODAY, network: "retrack", what: "held", count: 1 },
      ]);
    });

    test("counts what a person decides of postbacks, where it is another state", async () => {
      const { ledger } = await begin();
      await ledger.record(anEntry({ number: "A-1" }));
      await ledger.record(anEntry({ number: "A-2" }));
      for (const claim of await ledger.claim("retrack", 2, MINUTE))
        await ledger.settle(claim, { state: "held", reason: "HTTP 500" }, { outcome: "hold" });
      const held = { id: "retrack/A-1/create", from: "held" as const };
      await ledger.decide([{ ...held, settlement: { state: "held", reason: "still" } }], anna);
      await ledger.decide([{ ...held, settlement: delivered }], anna);
      const failed = { state: "failed", reason: "not there" } as const;
      await ledger.decide([{ id: "retrack/A-2/create", from: "held", settlement: failed }], anna);
      const counted = (await ledger.tallies(since)).filter(({ what }) => what !== "reported" && what !== "credited");
      expect(counted).toEqual([
        { day: TODAY, network: "retrack", what: "delivered", count: 1, seconds: 0 },
        { day: TODAY, network: "retrack", what: "failed", count: 1 },
        { day: TODAY, network: "retrack", what: "held", count: 2 },
      ]);
    });

    test("counts conversions as they are approved or rejected, and not again while they stay so", async () => {
      const { ledger } = await begin();
      for (const number of ["A-1", "A-2"]) await ledger.record(anEntry({ number }));
      await ledger.amend([anAmendment({ number: "A-1", status: "approved" })]);
      await ledger.amend([anAmendment({ number: "A-1", status: "approved", revision: 1 })]);
      await ledger.amend([anAmendment({ number: "A-1", status: "rejected", revision: 2 })]);
      await ledger.amend([anAmendment({ number: "A-2", status: "pending" })]);
      // It was changed since it was read.
      await ledger.amend([anAmendment({ number: "A-2", status: "approved" })]);
      const counted = (await ledger.tallies(since)).filter(({ what }) => what !== "reported" && what !== "credited");
      expect(counted).toEqual([
        { day: TODAY, network: "retrack", what: "approved", count: 1 },
        { day: TODAY, network: "retrack", what: "rejected", count: 1 },
      ]);
    });

    test("counts by day, in UTC, and tells of the day that is asked for and of those after it", async () => {
      const { ledger, pass } = await begin();
      await ledger.record(uncreditedEntry("A-1"));
      pass(14 * 60 * MINUTE - 1);
      await ledger.record(uncreditedEntry("A-2"));
      pass(1);
      await ledger.record(uncreditedEntry("A-3"));
      const today = { day: "2026-11-22", network: "", what: "reported", count: 2 };
      const tomorrow = { day: "2026-11-23", network: "", what: "reported", count: 1 };
      expect(await ledger.tallies(new Date("2026-11-22T23:59:59Z"))).toEqual([today, tomorrow]);
      expect(await ledger.tallies(new Date("2026-11-23T00:00:00Z"))).toEqual([tomorrow]);
      expect(await ledger.tallies(new Date("2026-11-24T00:00:00Z"))).toEqual([]);
    });

    test("tells the same once it is summed up, by many at once, and counts on", async () => {
      const { ledger, open, pass } = await begin();
      const other = open();
      for (const number of ["A-1", "A-2", "A-3", "A-4", "A-5"]) await ledger.record(anEntry({ number }));
      pass(1000);
      for (const claim of await ledger.claim("retrack", 5, MINUTE)) await ledger.settle(claim, delivered, accepted);
      const before = await ledger.tallies(all);
      const folded = async () =>
        (await Promise.all([ledger.fold(3), other.fold(3)])).reduce((sum, one) => sum + one, 0);
      let sum = 0;
      for (let count = await folded(); count > 0; count = await folded()) {
        sum += count;
        expect(await other.tallies(all)).toEqual(before);
      }
      expect(sum).toBe(15);
      await ledger.record(anEntry({ number: "A-6" }));
      while ((await folded()) > 0);
      expect(await ledger.tallies(all)).toEqual([
        { day: TODAY, network: "retrack", what: "credited", count: 6 },
        { day: TODAY, network: "retrack", what: "delivered", count: 5, seconds: 5 },
        { day: TODAY, network: "retrack", what: "reported", count: 6 },
      ]);
    });

    test("keeps what it counted when orders are forgotten, and erases it with the conversions of its day", async () => {
      const { ledger, pass } = await begin();
      const DAY = 24 * 60 * MINUTE;
      await ledger.record(anEntry());
      await ledger.settle(await claimOne(ledger), delivered, accepted);
      await ledger.forget("A-1", anna);
      const counted = await ledger.tallies(all);
      expect(counted.map(({ what }) => what)).toEqual(["credited", "delivered", "reported"]);
      await ledger.fold(100);
      pass(700 * DAY);
      await ledger.record(uncreditedEntry("A-2"));
      await ledger.erase({ clicksMs: DAY, conversionsMs: 700 * DAY }, 100);
      expect(await ledger.tallies(all)).toHaveLength(4);
      pass(DAY);
      await ledger.erase({ clicksMs: DAY, conversionsMs: 700 * DAY }, 100);
      expect(await ledger.tallies(all)).toMatchObject([{ what: "reported", count: 1 }]);
    });
  });

  describe(`${name}, keeping leads`, () => {
    const lead: Entry = {
      lead: { reference: "A-1", voucher: "spring", at: new Date("2026-11-22T09:00:00.000Z") },
      conversions: [
        {
          network: "retrack",
          click: { network: "retrack", id: "59d08c54-18e6-4e0d-9c06-d18be3510e43", at: new Date(REPORTED) },
          postbacks: [{ id: "retrack/A-1/lead", kind: "lead", step: { lead: "A-1" }, ifUnknown: "hold" }],
        },
      ],
    };

    test("keeps a lead beside an order of the same number, each once", async () => {
      const { ledger } = await begin();
      await ledger.record(anEntry());
      expect(await ledger.record(lead)).toEqual({ credited: ["retrack"], repeated: false });
      expect(await ledger.record(lead)).toEqual({ credited: ["retrack"], repeated: true });
      const [found, order] = await ledger.find({ number: "A-1" });
      expect(found).toMatchObject({ number: "A-1", lead: lead.lead, postbacks: [{ kind: "lead" }] });
      expect(found).not.toHaveProperty("order");
      expect(order).not.toHaveProperty("lead");
      expect(await idsDue(ledger)).toEqual(["retrack/A-1/create", "retrack/A-1/lead"]);
    });
  });

  describe(`${name}, erasing what is old`, () => {
    const DAY = 24 * 60 * MINUTE;
    const kept = { clicksMs: 90 * DAY, conversionsMs: 700 * DAY };

    test("never erases what is not delivered, and erases the rest in batches", async () => {
      const { ledger, pass } = await begin();
      for (const number of ["pending", "held", "failed", "delivered-1", "delivered-2", "cancelled"])
        await ledger.record(anEntry({ number }));
      await ledger.record(uncreditedEntry("nobody"));
      for (const claim of await ledger.claim("retrack", 10, MINUTE))
        if (claim.number === "held" || claim.number === "failed")
          await ledger.settle(claim, { state: claim.number, reason: "no" }, { outcome: "refused" });
        else if (claim.number.startsWith("delivered")) await ledger.settle(claim, delivered, accepted);
        else await ledger.settle(claim, { state: "pending", step: {}, waitMs: 0, reason: "no" }, { outcome: "retry" });
      await ledger.amend([anAmendment({ number: "cancelled", cancel: ["retrack/cancelled/create"] })]);
      pass(701 * DAY);
      await ledger.record(anEntry({ number: "young" }));
      const erased = [];
      for (let count = -1; count !== 0; erased.push(count)) count = await ledger.erase(kept, 2);
      expect(erased).toEqual([3, 1, 0]);
      expect((await ledger.find({})).map(({ number }) => number)).toEqual(["young", "failed", "held", "pending"]);
      expect((await ledger.uncredited(10)).count).toBe(0);
      // Its number is free again.
      expect(await ledger.record(anEntry({ number: "delivered-1" }))).toMatchObject({ repeated: false });
    });

    test("erases clicks by their own time, and leaves what is young", async () => {
      const { ledger, pass } = await begin();
      const clicks = ["a", "b", "c"].map((id) => ({ network: "retrack", id, at: new Date(REPORTED) }));
      await ledger.remember(clicks);
      await ledger.record(anEntry());
      await ledger.settle(await claimOne(ledger), delivered, accepted);
      pass(90 * DAY);
      expect(await ledger.erase(kept, 100)).toBe(0);
      pass(1);
      expect(await ledger.erase(kept, 2)).toBe(2);
      expect(await ledger.erase(kept, 2)).toBe(1);
      expect(await ledger.find({})).toHaveLength(1);
    });
  });

  describe(`${name}, forgetting`, () => {
    const forgetting: Decision = { what: "forget", by: "anna" };

    test("leaves the number and that it was reported, and nothing of what was bought or by which click", async () => {
      const { ledger } = await begin();
      const reported = { ...anEntry({ networks: ["retrack", "shopback"] }) };
      await ledger.record(reported);
      await ledger.remember(reported.conversions.map(({ click }) => click));
      const claim = await claimOne(ledger);
      await ledger.settle(claim, { state: "delivered", remoteId: "3afc4a82", reason: "said mug" }, accepted);
      expect(await ledger.forget("A-1", forgetting)).toBe(true);
      const found = await ledger.find({ number: "A-1" });
      expect(found.map(({ postbacks: [one] }) => one?.id)).toEqual([
        expect.stringMatching(/^shopback\/forgotten\/\d+$/),
        expect.stringMatching(/^retrack\/forgotten\/\d+$/),
      ]);
      expect(JSON.stringify(found)).not.toMatch(/59d08c54|Mug|4113|3afc4a82|said mug/i);
      expect(
        found.map(({ network, order, click, postbacks: [one] }) => [network, order?.lines, click.id, one?.state]),
      ).toEqual([
        ["shopback", [], "", "cancelled"],
        ["retrack", [], "", "delivered"],
      ]);
      expect(found[0]?.decisions).toMatchObject([{ what: "forget", by: "anna" }]);
      expect(await ledger.record(anEntry())).toMatchObject({ repeated: true });
      expect(await ledger.nextDue("shopback")).toBeUndefined();
    });

    test("takes away the claim of what is on its way", async () => {
      const { ledger, pass } = await begin();
      await ledger.record(anEntry());
      const claim = await claimOne(ledger);
      await ledger.forget("A-1", forgetting);
      expect(await ledger.settle(claim, delivered, accepted)).toBe(false);
      pass(MINUTE);
      expect(await ledger.claim("retrack", 10, MINUTE)).toEqual([]);
    });

    test("leaves nothing of an order or a lead that nobody was credited for", async () => {
      const { ledger } = await begin();
      await ledger.record(uncreditedEntry("A-1"));
      await ledger.record(uncreditedLead("A-1"));
      await ledger.record(uncreditedEntry("A-2"));
      expect(await ledger.forget("A-1", forgetting)).toBe(true);
      expect(await ledger.uncredited(10)).toMatchObject({ count: 1, newest: [{ number: "A-2" }] });
      expect(await ledger.forget("A-1", forgetting)).toBe(false);
    });

    test("answers false for a number nobody knows, and touches no other", async () => {
      const { ledger } = await begin();
      await ledger.record(anEntry({ number: "A-2" }));
      const before = await ledger.find({});
      expect(await ledger.forget("A-1", forgetting)).toBe(false);
      expect(await ledger.find({})).toEqual(before);
    });
  });

  describe(`${name}, asked why nobody is credited`, () => {
    test("tells the reason of an order, and nothing of one that is credited, or that nobody reported", async () => {
      const { ledger } = await begin();
      await ledger.record(uncreditedEntry("A-1"));
      await ledger.record(anEntry({ number: "A-2" }));
      expect(await ledger.uncreditedReason("A-1")).toBe("the order carries no click");
      expect(await ledger.uncreditedReason("A-2")).toBeUndefined();
      expect(await ledger.uncreditedReason("A-3")).toBeUndefined();
    });

    test("tells the reason of a lead, and of an order before that of a lead with its number", async () => {
      const { ledger } = await begin();
      await ledger.record(uncreditedLead("A-1"));
      expect(await ledger.uncreditedReason("A-1")).toBe("the lead carries no click");
      await ledger.record(uncreditedEntry("A-1"));
      expect(await ledger.uncreditedReason("A-1")).toBe("the order carries no click");
      await ledger.record(anEntry({ number: "A-1" }));
      expect(await ledger.uncreditedReason("A-1")).toBe("the lead carries no click");
    });
  });

  describe(`${name}, probed`, () => {
    test("takes it as often as it is asked, from several at once, and shows nothing of it", async () => {
      const { ledger, open } = await begin();
      await Promise.all([ledger.probe(), open().probe(), ledger.probe()]);
      await ledger.probe();
      expect([await ledger.find({}), await ledger.waiting(), await ledger.tallies(new Date(REPORTED))]).toEqual([
        [],
        [],
        [],
      ]);
    });
  });

  describe(`${name}, under load`, () => {
    test("answers many calls of every kind at once, each with its own answer", async () => {
      const { ledger } = await begin();
      const numbers = Array.from({ length: 300 }, (_, index) => `A-${index}`);
      const found = await Promise.all(
        numbers.map(async (number) => {
          const [{ credited }] = await Promise.all([
            ledger.record(anEntry({ number })),
            ledger.remember([{ network: "retrack", id: number, at: new Date(REPORTED) }]),
            ledger.nextDue("retrack"),
            ledger.uncredited(1),
          ]);
          const claim = await claimOne(ledger);
          const settled = await ledger.settle(claim, { state: "delivered", remoteId: claim.number }, accepted);
          const [conversion] = await ledger.find({ number });
          return { credited, settled, number: conversion?.number };
        }),
      );
      expect(found).toEqual(numbers.map((number) => ({ credited: ["retrack"], settled: true, number })));
      const all = await ledger.find({ state: "delivered", limit: 1000 });
      expect(all.map(({ number, postbacks }) => [number, postbacks[0]?.remoteId]).filter(([a, b]) => a !== b)).toEqual(
        [],
      );
      expect(all).toHaveLength(300);
    });
  });

  describe(`${name}, closing`, () => {
    test("finishes what was asked before, and refuses what is asked after", async () => {
      const { ledger, open } = await begin();
      const recording = ledger.record(anEntry());
      await ledger.close();
      expect(await recording).toEqual({ credited: ["retrack"], repeated: false });
      await expect(ledger.record(anEntry({ number: "A-2" }))).rejects.toMatchObject({ code: "ERR_LEDGER" });
      await expect(ledger.find({})).rejects.toMatchObject({ code: "ERR_LEDGER" });
      expect(await open().find({})).toHaveLength(1);
    });

    test("can be asked twice", async () => {
      const { ledger } = await begin();
      await Promise.all([ledger.close(), ledger.close()]);
      await ledger.close();
    });
  });

  describe(`${name}, when its process is killed`, () => {
    test("still has every order it had acknowledged, each of them whole", async () => {
      const place = await engine.place();
      const acknowledged: string[] = [];
      // The same ledger again each time, so that what one kill leaves behind is what the next one starts from.
      for (const [round, count] of [1, 40, 250].entries()) {
        const { child, lines } = spawnLedger(engine, place, "record", `K${round}`);
        for await (const number of lines) {
          acknowledged.push(number);
          if (acknowledged.length >= count) child.kill("SIGKILL");
        }
      }
      expect(acknowledged.length).toBeGreaterThanOrEqual(250);
      expect(await engine.isIntact(place)).toBe(true);
      const ledger = engine.open(place, () => new Date(REPORTED));
      onTestFinished(() => ledger.close());
      const found = await ledger.find({ limit: 100_000 });
      const whole = new Set(found.filter(({ network }) => network === "retrack").map(({ number }) => number));
      expect(acknowledged.filter((number) => !whole.has(number))).toEqual([]);
      expect(found.filter(({ network }) => network === "shopback")).toHaveLength(whole.size);
      expect(found.filter(({ postbacks }) => postbacks.length !== 1)).toEqual([]);
    }, 30_000);

    test("between claim and settle, gives the postback back as interrupted when the claim runs out", async () => {
      const place = await engine.place();
      const { child, lines } = spawnLedger(engine, place, "claim");
      let lost: Claim | undefined;
      for await (const line of lines) {
        lost = JSON.parse(line);
        child.kill("SIGKILL");
      }
      let time = Date.parse(REPORTED);
      const ledger = engine.open(place, () => new Date(time));
      onTestFinished(() => ledger.close());
      expect(await engine.isIntact(place)).toBe(true);
      expect(await ledger.claim("retrack", 10, MINUTE)).toEqual([]);
      time += MINUTE;
      expect(await ledger.claim("retrack", 10, MINUTE)).toMatchObject([
        { id: "retrack/A-1/create", number: "A-1", interrupted: true, step: { create: "A-1" }, tries: 0 },
      ]);
      expect(lost).toMatchObject({ id: "retrack/A-1/create", interrupted: false });
      expect(await ledger.settle(lost as Claim, delivered, accepted)).toBe(false);
      const [found] = await ledger.find({ network: "retrack" });
      expect(found?.postbacks[0]?.attempts).toEqual([{ at: new Date(REPORTED), outcome: "sending" }]);
    }, 30_000);
  });

  describe(`${name}, opened by several processes`, () => {
    test("is made once where they start at the same time, and takes the orders of all", async () => {
      const processes = ["P-1", "P-2", "P-3", "P-4"].map((number) =>
        spawnLedger(engine, "", "record-where-told", number),
      );
      const answers = processes.map(({ lines }) => lines[Symbol.asyncIterator]());
      for (const place of [await engine.place(), await engine.place()]) {
        for (const { child } of processes) child.stdin?.write(`${place}\n`);
        const told = await Promise.all(answers.map((answer) => answer.next()));
        expect(told.map(({ value }) => value)).toEqual(["P-1", "P-2", "P-3", "P-4"]);
        const ledger = engine.open(place, () => new Date(REPORTED));
        onTestFinished(() => ledger.close());
        const found = await ledger.find({ network: "retrack" });
        expect(found.map(({ number }) => number).sort()).toEqual(["P-1", "P-2", "P-3", "P-4"]);
      }
    }, 30_000);
  });
}

/** A process of its own with a ledger open, and the lines it prints. It ends with the test, if not before. */
export function spawnLedger(
  { source: { module, name } }: Pick<Engine, "source">,
  place: string,
  ...task: string[]
): { child: ChildProcess; lines: AsyncIterable<string> } {
  const script = fileURLToPath(new URL("./ledger-process.ts", import.meta.url));
  const child = spawn(process.execPath, [script, module, name, place, REPORTED, ...task], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return { child, lines: createInterface({ input: child.stdout }) };
}
