import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import type {
  Amendment,
  AttemptOutcome,
  Claim,
  ConversionRecord,
  Decision,
  Entry,
  Ledger,
  PostbackDecision,
  PostbackState,
} from "../../packages/collector/src/ledger/ledger.ts";
import type { Json, Postback } from "../../packages/collector/src/network.ts";
import type { PlacedOrder } from "../../packages/collector/src/order.ts";
import type { Settlement } from "../../packages/collector/src/settlement.ts";
import type { EmptiableEngine } from "./ledger-engines.ts";
import { createLedgerModel, isBlocked, type LedgerModel, neverLeft } from "./ledger-model.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const REPORTED = Date.parse("2026-11-22T10:00:00.000Z");
const ALL = 100_000;

/** One postback for an order on `retrack`; one for each of its lines on `shopback`. */
const network = fc.constantFrom("retrack", "shopback");
const number = fc.constantFrom("A-1", "A-2", "A-3");
const line = fc.constantFrom("mug", "vase");
const state = fc.constantFrom<PostbackState>("pending", "delivered", "held", "failed", "cancelled");
/** Which of the two ledgers that are open is asked. */
const on = fc.constantFrom(0, 1);
const which = fc.nat(11);
const waitMs = fc.constantFrom(0, 1000, MINUTE, 60 * MINUTE);
const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined, freq: 2 });

const ends = {
  delivered: fc.record({
    state: fc.constant("delivered" as const),
    remoteId: maybe(fc.constantFrom("r1", "r2")),
    reason: maybe(fc.constant("saved")),
  }),
  neither: fc.record({ state: fc.constantFrom("held" as const, "failed" as const), reason: fc.constant("HTTP 500") }),
  cancelled: fc.record({ state: fc.constant("cancelled" as const), reason: fc.constant("not wanted") }),
  pending: fc.record({
    state: fc.constant("pending" as const),
    step: fc.constantFrom<Json>({ lookUp: 1 }, { create: 1 }, { again: 1, isClickShared: null }, { remoteId: null }),
    waitMs,
    reason: fc.constant("HTTP 429"),
  }),
};

/** Most attempts end well, or conversions would not come far. */
const settlement: fc.Arbitrary<Settlement> = fc.oneof(
  { weight: 3, arbitrary: ends.delivered },
  { weight: 2, arbitrary: ends.neither },
  { weight: 2, arbitrary: ends.pending },
);

/** Most of what a person decides is to send again. */
const decision: fc.Arbitrary<PostbackDecision["settlement"]> = fc.oneof(
  { weight: 1, arbitrary: ends.delivered },
  { weight: 1, arbitrary: ends.neither },
  { weight: 1, arbitrary: ends.cancelled },
  { weight: 4, arbitrary: ends.pending },
);

const attempt = fc.record({
  outcome: fc.constantFrom<AttemptOutcome>("accepted", "refused", "retry", "unknown", "hold", "next", "not-sent"),
  durationMs: maybe(fc.constant(12)),
  status: maybe(fc.constant(200)),
  reason: maybe(fc.constant("the network's words")),
});

const change = fc.record({
  /** Of the conversions there are. */
  which,
  isStale: fc.nat(7).map((chance) => chance === 0),
  status: fc.constantFrom("pending" as const, "approved" as const, "rejected" as const),
  amount: maybe(fc.constant({ net: 9000, vat: 2250 })),
  /** Of few names, so that some are there already. */
  postbacks: fc.array(
    fc.record({
      kind: fc.constantFrom("create" as const, "update" as const, "approve" as const, "reject" as const),
      line: maybe(line),
      count: fc.nat(3),
    }),
    { maxLength: 2 },
  ),
  /** Of the conversion's postbacks that can be cancelled, of all it has, or of all there are. */
  cancel: fc.array(fc.record({ which, of: fc.constantFrom("idle", "idle", "its", "its", "all") }), { maxLength: 2 }),
});

const command = fc.oneof(
  {
    weight: 14,
    arbitrary: fc.record({
      do: fc.constant("record" as const),
      on,
      number,
      networks: fc.constantFrom(["retrack"], ["shopback"], ["retrack", "shopback"], []),
      lines: fc.constantFrom(["mug"], ["mug", "vase"]),
      /** A change that is there from the start, and waits. */
      isChanged: fc.boolean(),
      isLead: fc.nat(3).map((chance) => chance === 0),
    }),
  },
  {
    weight: 16,
    arbitrary: fc.record({
      do: fc.constant("claim" as const),
      on,
      network,
      limit: fc.constantFrom(1, 2, 10),
      leaseMs: fc.constantFrom(1000, MINUTE, DAY),
    }),
  },
  {
    weight: 14,
    arbitrary: fc.record({
      do: fc.constant("settle" as const),
      on,
      /** Of the claims that were not settled, or of all that there ever were; the newest first. */
      which,
      isUsed: fc.nat(2).map((chance) => chance === 0),
      settlement,
      attempt,
    }),
  },
  {
    weight: 20,
    /** A claim that is settled at once, so that conversions come far. */
    arbitrary: fc.record({ do: fc.constant("send" as const), on, network, settlement, attempt }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      ms: fc.constantFrom(1, 999, 1000, MINUTE - 1, MINUTE, DAY, DAY, -1, -500),
    }),
  },
  {
    weight: 18,
    arbitrary: fc.record({
      do: fc.constant("amend" as const),
      on,
      changes: fc.array(change, { minLength: 1, maxLength: 2 }),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("decide" as const),
      on,
      /** Without `from`, from the state that each is in. */
      decisions: fc.array(fc.record({ which, from: maybe(state), settlement: decision }), {
        minLength: 1,
        maxLength: 3,
      }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("hasten" as const), on, network, waitMs }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("nextDue" as const), on, network }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("waiting" as const), on }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("uncredited" as const), on, limit: fc.nat(2) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("postbacks" as const),
      on,
      filter: fc.record({
        number: maybe(number),
        network: maybe(network),
        state: maybe(state),
        since: maybe(fc.constantFrom(0, MINUTE)),
        until: maybe(fc.constantFrom(1, MINUTE)),
      }),
      /** With `isOne`, only the postback with the id of that one. */
      isOne: fc.boolean(),
      which,
      limit: fc.constantFrom(1, 3, ALL),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("find" as const),
      on,
      filter: fc.record({
        number: maybe(number),
        click: maybe(number.map(clickIdOf)),
        network: maybe(network),
        state: maybe(state),
        status: maybe(fc.constantFrom("pending" as const, "approved" as const, "rejected" as const)),
        since: maybe(fc.constantFrom(0, MINUTE, DAY).map((ms) => new Date(REPORTED + ms))),
        until: maybe(fc.constantFrom(0, MINUTE, DAY).map((ms) => new Date(REPORTED + ms + 1))),
        limit: maybe(fc.constantFrom(1, 2)),
      }),
      /** Older than which. */
      before: maybe(which),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("remember" as const),
      on,
      numbers: fc.array(number, { maxLength: 2 }),
      network,
      at: fc.constantFrom(-DAY, 0),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("erase" as const),
      on,
      clicksMs: fc.constantFrom(0, DAY),
      conversionsMs: fc.constantFrom(0, DAY),
      limit: fc.constantFrom(1, ALL),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("forget" as const), on, number }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("fold" as const), on, limit: fc.constantFrom(1, 3, ALL) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("reopen" as const), on }) },
);

// Without bias, which would make most of them short: what is wrong after two calls is wrong after forty.
const anyCommands = fc.noBias(fc.array(command, { maxLength: 40, size: "max" }));
const anyEnds = fc.array(fc.constantFrom("delivered" as const, "failed" as const), { minLength: 1, maxLength: 4 });

type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never;

const ORDERED = { mug: 10_000, vase: 20_000 } as const;

function orderOf(number: string, lines: readonly string[]): PlacedOrder {
  return {
    number,
    currency: "SEK",
    lines: lines.map((sku) => ({ sku, name: sku, quantity: 1, net: ORDERED[sku as "mug"], vat: 0 })),
    placedAt: new Date("2026-11-22T09:59:58.123Z"),
  };
}

function postbackOf(network: string, number: string, kind: Postback["kind"], line?: string, count = 0): Postback {
  const id = [network, number, kind, line ?? "", count].join("/");
  const room = kind === "create" ? {} : { remoteId: null };
  const ask = { lookUp: number, ...room, isClickShared: null };
  return { id, kind, line, step: { [kind]: number, count, ...room }, ifUnknown: { ask } };
}

/** Two numbers share one. */
function clickIdOf(number: string): string {
  return number === "A-3" ? "another click" : "the click of two";
}

interface Recording {
  readonly number: string;
  readonly networks: readonly string[];
  readonly lines: readonly string[];
  readonly isChanged?: boolean;
  readonly isLead?: boolean;
}

/** An order of one or two networks, with what reports it; or a lead, which is of one. */
function entryOf({ number, networks, lines, isChanged = false, isLead = false }: Recording): Entry {
  const clickOf = (network: string) => ({
    network,
    id: clickIdOf(number),
    at: new Date("2026-11-20T08:00:00.000Z"),
  });
  if (isLead)
    return {
      lead: { reference: number, voucher: "spring", at: new Date("2026-11-22T09:00:00.000Z") },
      conversions: [
        {
          network: "retrack",
          click: clickOf("retrack"),
          postbacks: (["lead", ...(isChanged ? ["approve" as const] : [])] as const).map((kind) => ({
            ...postbackOf("retrack", number, kind),
            id: `lead/${number}/${kind}`,
          })),
        },
      ],
    };
  return {
    order: orderOf(number, lines),
    conversions: networks.map((network) => {
      const creates =
        network === "retrack"
          ? [postbackOf(network, number, "create")]
          : lines.map((line) => postbackOf(network, number, "create", line));
      const changes = isChanged ? creates.map(({ line }) => postbackOf(network, number, "approve", line)) : [];
      return { network, click: clickOf(network), postbacks: [...creates, ...changes] };
    }),
    ...(networks.length > 0 ? {} : { reason: `no click: ${lines}` }),
  };
}

/** An answer as both can give it: tokens, serials and some words are the ledger's own. */
function comparable(answer: unknown): unknown {
  const told = JSON.stringify([answer], (key, value) => {
    if (key === "token" || key === "serial") return undefined;
    return value?.state === "cancelled" && value.reason !== undefined ? { ...value, reason: "cancelled" } : value;
  });
  return JSON.parse(told.replaceAll(/\/forgotten\/\d+/g, "/forgotten"));
}

async function answerOf(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    return (error as { code?: string }).code?.replace("ERR_LEDGER", "refused") ?? "refused";
  }
}

const isForgotten = ({ id }: { id: string }) => id.includes("/forgotten/");

/** What holds of every ledger at every moment, whoever asked it for what. */
function expectInOrder(conversions: readonly ConversionRecord[], mayOvertake: boolean): void {
  const wrong: string[] = [];
  for (const { postbacks } of conversions)
    for (const postback of postbacks.filter((one) => !isForgotten(one))) {
      const { id, state, dueAt, attempts } = postback;
      const open = attempts.filter(({ outcome }) => outcome === "sending").length;
      const blocked = isBlocked(postback, postbacks);
      if (state !== "pending") {
        if (open > 0) wrong.push(`${id} is ${state} and on its way`);
        if (dueAt) wrong.push(`${id} is ${state} and due`);
      } else if (open > 0) {
        if (open > 1) wrong.push(`${id} is on its way twice`);
        if (blocked && !mayOvertake) wrong.push(`${id} is on its way before its turn`);
      } else if (blocked !== (dueAt === undefined))
        wrong.push(`${id} ${blocked ? "does not wait" : "waits for nothing"}`);
    }
  expect(wrong).toEqual([]);
}

/** Two ledgers that are open on one place. */
async function openTwice(engine: EmptiableEngine) {
  const place = await engine.place();
  let time = REPORTED;
  const now = () => new Date(time);
  const ledgers = [engine.open(place, now), engine.open(place, now)] as [Ledger, Ledger];
  onTestFinished(async () => {
    await Promise.all(ledgers.map((ledger) => ledger.close()));
  });
  await ledgers[0].waiting();
  return {
    ledgers,
    now,
    pass: (ms: number): void => {
      time += ms;
    },
    async reopen(on: number): Promise<void> {
      await ledgers[on as 0].close();
      ledgers[on as 0] = engine.open(place, now);
    },
    async begin(): Promise<void> {
      time = REPORTED;
      await engine.empty(place);
    },
  };
}

interface World extends Awaited<ReturnType<typeof openTwice>> {
  /** Of what both know. */
  readonly model: LedgerModel;
  readonly claims: Taken[];
}

/** A claim as the ledger gave it, and as the model did. */
interface Taken {
  readonly real: Claim;
  readonly modelled: Claim;
  isSettled: boolean;
}

function nth<Value>(values: readonly Value[], which: number): Value | undefined {
  return values[which % values.length];
}

function unique<Value>(values: readonly (Value | undefined)[]): Value[] {
  return [...new Set(values)].filter((value) => value !== undefined);
}

function amendmentsOf({ changes }: Extract<Command, { do: "amend" }>, { model }: World): Amendment[] {
  const conversions = model.find({ limit: ALL }).filter(({ order }) => order !== undefined);
  const all = model.postbacks({}, 0, ALL).filter((one) => !isForgotten(one));
  const chosen = new Map(changes.map((change) => [nth(conversions, change.which), change]));
  return [...chosen].flatMap(([conversion, { isStale, status, amount, postbacks, cancel }]) => {
    if (!conversion) return [];
    const { number, network, revision, order, postbacks: sent } = conversion;
    const choices = { all, its: sent, idle: sent.filter(neverLeft) };
    // Nobody changes what was forgotten, but some may have read it before.
    const wasRead = isStale || order?.lines.length === 0;
    return {
      number,
      network,
      revision: wasRead ? revision - 1 : revision,
      order: orderOf(number, ["vase"]),
      status,
      lines: status === "pending" ? {} : { vase: { status } },
      amount,
      postbacks: postbacks.map(({ kind, line, count }) => postbackOf(network, number, kind, line, count)),
      cancel: unique(cancel.map(({ which, of }) => nth<{ id: string }>(choices[of], which)?.id)),
      decision: decisionOf(status === "pending" ? "update" : "approve"),
    } satisfies Amendment;
  });
}

function decisionOf(what: Decision["what"]): Decision {
  return { what, by: "anna", ...(what === "approve" ? { reason: "all is well" } : {}) };
}

/** In the order of the postbacks: which of two that are written at once is told first is not promised. */
function decisionsOf({ decisions }: Extract<Command, { do: "decide" }>, { model }: World): PostbackDecision[] {
  const listed = model.postbacks({}, 0, ALL).filter((one) => !isForgotten(one));
  const chosen = new Map(decisions.map((decision) => [nth(listed, decision.which), decision]));
  return listed.flatMap((postback) => {
    const decision = chosen.get(postback);
    if (!decision) return [];
    return { id: postback.id, from: decision.from ?? postback.state, settlement: decision.settlement };
  });
}

/** Which of two that are equally old is erased first is not promised. */
function areEquallyOld({ model }: World): boolean {
  const times = [
    ...model.find({ limit: ALL }).map(({ reportedAt }) => `conversion ${+reportedAt}`),
    ...model.uncredited(ALL).newest.map(({ reportedAt }) => `uncredited ${+reportedAt}`),
  ];
  return new Set(times).size < times.length;
}

/** Gives a command to ledger and model. They answer the same. */
async function run(command: Command, world: World): Promise<void> {
  const { model, ledgers } = world;
  if (command.do === "pass") return world.pass(command.ms);
  const ledger = ledgers[command.on as 0];
  const both = async (ask: (asked: Pick<Ledger, "find"> | typeof model) => unknown, name: string) => {
    const modelled = await answerOf(() => ask(model));
    expect(comparable(await answerOf(() => ask(ledger))), name).toEqual(comparable(modelled));
  };
  type Asked = Parameters<typeof both>[0];
  const ask = (call: (asked: Ledger) => unknown) => both(call as Asked, `what ${command.do} answers`);
  switch (command.do) {
    case "record":
      return ask((asked) => asked.record(entryOf(command)));
    case "claim": {
      const { network, limit, leaseMs } = command;
      const modelled = model.claim(network, limit, leaseMs);
      const real = await ledger.claim(network, limit, leaseMs);
      expect(comparable(real), "what is claimed").toEqual(comparable(modelled));
      for (const [index, one] of modelled.entries())
        world.claims.unshift({ modelled: one, real: real[index] as Claim, isSettled: false });
      return;
    }
    case "settle": {
      const open = world.claims.filter(({ isSettled }) => command.isUsed || !isSettled);
      const claim = nth(open, command.which);
      if (!claim) return;
      const settled = model.settle(claim.modelled, command.settlement, command.attempt);
      expect(await ledger.settle(claim.real, command.settlement, command.attempt), "whether it settles").toBe(settled);
      claim.isSettled = true;
      return;
    }
    case "send": {
      const { on, network, settlement, attempt } = command;
      const before = world.claims.length;
      await run({ do: "claim", on, network, limit: 1, leaseMs: MINUTE }, world);
      if (world.claims.length === before) return;
      return run({ do: "settle", on, which: 0, isUsed: false, settlement, attempt }, world);
    }
    case "amend": {
      const amendments = amendmentsOf(command, world);
      return ask((asked) => asked.amend(amendments));
    }
    case "decide": {
      const decisions = decisionsOf(command, world);
      return ask((asked) => asked.decide(decisions, decisionOf("resend")));
    }
    case "hasten":
      return ask((asked) => asked.hasten(command.network, command.waitMs));
    case "nextDue":
      return ask((asked) => asked.nextDue(command.network));
    case "waiting":
      return ask((asked) => asked.waiting());
    case "uncredited":
      return ask((asked) => asked.uncredited(command.limit));
    case "postbacks": {
      const { filter, isOne, which, limit } = command;
      const [all, modelled] = [await ledger.postbacks({}, 0, ALL), model.postbacks({}, 0, ALL)];
      const chosen = nth(modelled, which);
      const wanted = {
        ...{ number: filter.number, network: filter.network, state: filter.state },
        ...(isOne && chosen && !isForgotten(chosen) ? { id: chosen.id } : {}),
        ...(filter.since === undefined ? {} : { since: new Date(REPORTED + filter.since) }),
        ...(filter.until === undefined ? {} : { until: new Date(REPORTED + filter.until) }),
      };
      const serialIn = (listed: typeof all) => (isOne ? 0 : (nth(listed, which)?.serial ?? 0));
      const answer = await ledger.postbacks(wanted, serialIn(all), limit);
      expect(comparable(answer), "a slice").toEqual(comparable(model.postbacks(wanted, serialIn(modelled), limit)));
      return;
    }
    case "find":
      return both(async (asked) => {
        const isBefore = command.before !== undefined;
        const before = isBefore ? nth(await asked.find({ limit: ALL }), command.before ?? 0)?.serial : undefined;
        return asked.find({ ...command.filter, before });
      }, "what find answers");
    case "remember": {
      const clicks = command.numbers.map((number) => ({
        network: command.network,
        id: clickIdOf(number),
        at: new Date(REPORTED + command.at),
      }));
      return ask((asked) => asked.remember(clicks));
    }
    case "erase": {
      const { clicksMs, conversionsMs } = command;
      const limit = areEquallyOld(world) ? ALL : command.limit;
      // Of what was counted, only sums are erased.
      await ledger.fold(ALL);
      return ask((asked) => asked.erase({ clicksMs, conversionsMs }, limit));
    }
    case "fold":
      // How many there are, only the ledger knows. What they sum up to stays the same.
      return void (await ledger.fold(command.limit));
    case "forget":
      return ask((asked) => asked.forget(command.number, decisionOf("forget")));
    case "reopen":
      return world.reopen(command.on);
  }
}

/** Sends all that can be sent, until nothing is due any more. It ends as told, again and again. */
async function sendAll(world: World, states: readonly ("delivered" | "failed")[]): Promise<void> {
  let sent = 0;
  for (let left = ALL; left > 0; ) {
    left = 0;
    await run({ do: "pass", ms: DAY }, world);
    for (const network of ["retrack", "shopback"] as const) {
      const before = world.claims.length;
      await run({ do: "claim", on: 0, network, limit: 10, leaseMs: DAY }, world);
      left += world.claims.length - before;
    }
    for (let index = 0; index < left; index += 1) {
      const settlement = { state: states[sent++ % states.length] ?? "delivered", reason: "the end" };
      const attempt = { outcome: "accepted", durationMs: 12, status: 200, reason: undefined } as const;
      await run({ do: "settle", on: 1, which: 0, isUsed: false, settlement, attempt }, world);
    }
  }
}

/** What both know, told in full. */
async function expectSame({ model, ledgers }: World): Promise<void> {
  for (const ledger of ledgers) {
    expect(comparable(await ledger.find({ limit: ALL }))).toEqual(comparable(model.find({ limit: ALL })));
    expect(await ledger.waiting()).toEqual(model.waiting());
    expect(await ledger.uncredited(ALL)).toEqual(model.uncredited(ALL));
    expect(await ledger.tallies(new Date(0))).toEqual(model.tallies(new Date(0)));
    const listed = await ledger.postbacks({}, 0, ALL);
    expect(comparable(listed)).toEqual(comparable(model.postbacks({}, 0, ALL)));
  }
}

const burst = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant("record" as const), on, number: fc.nat(5) }) },
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant("claim" as const), on, network, limit: fc.constantFrom(1, 5) }),
    },
    { weight: 8, arbitrary: fc.record({ do: fc.constant("settle" as const), on, which, settlement, attempt }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant("amend" as const), on, which, isWhole: fc.boolean() }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("decide" as const), on, settlement }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("hasten" as const), on, network }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("find" as const), on }) },
  ),
  { minLength: 2, maxLength: 16, size: "max" },
);

type Act = typeof burst extends fc.Arbitrary<(infer Value)[]> ? Value : never;

/** What many did at once, and what they were answered. */
interface Story {
  readonly claims: Claim[];
  readonly recorded: Set<string>;
  readonly taken: string[];
  readonly settled: { readonly claim: Claim; readonly state: string }[];
  readonly amended: Map<string, number>;
  /** Counts what is added, so that each has a name of its own. */
  added: number;
}

async function act(one: Act, ledger: Ledger, story: Story, found: readonly ConversionRecord[]): Promise<void> {
  switch (one.do) {
    case "record": {
      const given = { number: `A-${one.number}`, networks: ["retrack", "shopback"], lines: ["mug", "vase"] };
      const { credited } = await ledger.record(entryOf(given));
      expect(credited).toEqual(["retrack", "shopback"]);
      for (const network of credited) story.recorded.add(`${network} ${given.number}`);
      return;
    }
    case "claim": {
      const claims = await ledger.claim(one.network, one.limit, DAY);
      story.claims.push(...claims);
      story.taken.push(...claims.map(({ id }) => id));
      return;
    }
    case "settle": {
      const claim = nth(story.claims, one.which);
      if (!claim || !(await ledger.settle(claim, one.settlement, one.attempt))) return;
      story.claims.splice(story.claims.indexOf(claim), 1);
      story.settled.push({ claim, state: one.settlement.state });
      return;
    }
    case "amend": {
      const conversion = nth(found, one.which);
      if (!conversion?.order) return;
      const { number, network, revision, order, lines, status } = conversion;
      const added = postbackOf(network, number, "update", one.isWhole ? undefined : "mug", ++story.added);
      const amendment = { number, network, revision, order, lines, status, postbacks: [added], cancel: [] };
      const name = `${network} ${number}`;
      if (await ledger.amend([{ ...amendment, decision: decisionOf("update") }]))
        story.amended.set(name, (story.amended.get(name) ?? 0) + 1);
      return;
    }
    case "decide": {
      // What is held holds up what comes after it, so that nothing is overtaken.
      const held = found.flatMap(({ postbacks }) => postbacks.filter(({ state }) => state === "held"));
      const settlement = one.settlement.state === "held" ? ({ state: "delivered" } as const) : one.settlement;
      const written = await ledger.decide(
        held.map(({ id }) => ({ id, from: "held", settlement })),
        decisionOf("resend"),
      );
      for (const id of written)
        story.settled.push({ claim: { id } as Claim, state: `${settlement.state} by a person` });
      return;
    }
    case "hasten":
      await ledger.hasten(one.network, 0);
      return;
    case "find":
      expectInOrder(await ledger.find({ limit: ALL }), false);
  }
}

/** That nothing was taken twice, lost or written by two. */
function expectConserved(found: readonly ConversionRecord[], { recorded, taken, settled, amended }: Story): void {
  expectInOrder(found, false);
  expect(found.map(({ network, number }) => `${network} ${number}`).sort()).toEqual([...recorded].sort());
  for (const { network, number, revision, decisions, postbacks } of found) {
    expect(revision, `how often ${network} ${number} was changed`).toBe(amended.get(`${network} ${number}`) ?? 0);
    expect(decisions.filter(({ what }) => what === "update")).toHaveLength(revision);
    for (const { id, state, attempts } of postbacks) {
      const ends = settled.filter(({ claim }) => claim.id === id);
      const claimed = ends.filter((end) => !end.state.endsWith("by a person"));
      const isOpen = attempts.at(-1)?.outcome === "sending";
      expect(attempts, `attempts of ${id}`).toHaveLength(taken.filter((one) => one === id).length);
      expect(claimed, `attempts of ${id} that ended`).toHaveLength(attempts.length - (isOpen ? 1 : 0));
      const deliveries = ends.filter((end) => end.state.startsWith("delivered"));
      expect(deliveries, `how often ${id} was delivered`).toHaveLength(state === "delivered" ? 1 : 0);
    }
  }
}

/** How many random cases are tried: `RUNS` of them where it is set. */
function runsOf(usual: number): { numRuns: number } {
  return { numRuns: Number(process.env.RUNS ?? usual) };
}

/** That an engine answers any calls as the model does, and keeps its order whatever is asked of it at once. */
export function ledgerModelTest(name: string, engine: EmptiableEngine, runs: number): void {
  // To find the shortest case that fails takes longer than to find one.
  const timeout = 300_000 + 1000 * runsOf(runs).numRuns;

  describe(`${name}, asked for anything`, () => {
    test("answers as its model does", { timeout }, async () => {
      const opened = await openTwice(engine);
      const property = fc.asyncProperty(anyCommands, anyEnds, async (commands, states) => {
        await opened.begin();
        const world: World = { ...opened, model: createLedgerModel(opened.now), claims: [] };
        for (const one of commands) {
          await run(one, world);
          expectInOrder(world.model.find({ limit: ALL }), true);
        }
        await expectSame(world);
        await sendAll(world, states);
        await expectSame(world);
      });
      await fc.assert(property, runsOf(runs));
    });

    test("keeps all, and each in its order, when asked for much at once", { timeout }, async () => {
      const { ledgers, begin } = await openTwice(engine);
      const property = fc.asyncProperty(
        fc.array(burst, { minLength: 1, maxLength: 6, size: "max" }),
        async (bursts) => {
          await begin();
          const empty = { claims: [], recorded: new Set<string>(), taken: [], settled: [], amended: new Map() };
          const story: Story = { ...empty, added: 0 };
          for (const acts of bursts) {
            const found = await ledgers[0].find({ limit: ALL });
            await Promise.all(acts.map((one) => act(one, ledgers[one.on], story, found)));
            expectConserved(await ledgers[1].find({ limit: ALL }), story);
          }
        },
      );
      await fc.assert(property, runsOf(Math.ceil(runs / 2)));
    });
  });
}
