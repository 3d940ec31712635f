import type { Click } from "@cashtrail/client/landing";
import { filled } from "../ledger/both-engines.ts";
import type { Conversion, HttpResponse, Known, Network, Postback } from "../network.ts";
import type { PlacedOrder } from "../order.ts";
import { type Outcome, settlementFor } from "../settlement.ts";
import type { Report } from "./finding.ts";
import type { StandIn } from "./fixtures.ts";
import type { Subject } from "./subject.ts";

/** What may happen to a request: whether the network acts on it, and what comes back, if anything. */
const FAULTS: Readonly<Record<string, { isActed: boolean; answer?: Pick<HttpResponse, "status" | "body"> }>> = {
  "whose answer was lost": { isActed: true },
  "that was lost on its way": { isActed: false },
  "answered 500 although it was acted on": { isActed: true, answer: { status: 500, body: "" } },
  "answered 502 by a proxy": { isActed: false, answer: { status: 502, body: "<h1>Bad gateway</h1>" } },
  "answered 401": { isActed: false, answer: { status: 401, body: "" } },
  "answered 429": { isActed: false, answer: { status: 429, body: "" } },
  "answered with half a body": { isActed: true, answer: { status: 200, body: '{"data":{' } },
};

/** With all the waits between, a month: then whatever is not delivered is given up. */
const MOST_ATTEMPTS = 60;
const RETRY = { firstDelaySeconds: 5, maxDelaySeconds: 86_400, giveUpAfterDays: 30 };

/**
 * Delivers an order's postbacks by the collector's own rules against the stand-in, with every fault at each of the first
 * requests and at pairs of them. What is delivered must be there once, what was given up must not be there, and what is
 * held may be.
 */
export function playFaults(
  subject: Subject,
  network: Network,
  order: PlacedOrder,
  click: Click,
  standIn: () => StandIn,
  report: Report,
): void {
  const conversion: Conversion = { order, click, status: "pending", lines: {}, told: [] };
  const wanted = play(subject, network, conversion, standIn(), new Map());
  if (wanted.states.some((state) => state !== "delivered") || wanted.recorded === 0) {
    const found = `without any fault, the stand-in has ${wanted.recorded} conversions, and postbacks are ${wanted.states}`;
    report("table", "the stand-in", found);
    return;
  }
  const names = Object.keys(FAULTS);
  const plans = [0, 1, 2].flatMap((at) => names.map((name) => new Map([[at, name]])));
  const placeOf = (faults: ReadonlyMap<number, string>) =>
    [...faults].map(([at, name]) => `request ${at + 1} ${name}`).join(", ");
  const pairs = names.flatMap((one) =>
    names.map(
      (two) =>
        new Map([
          [0, one],
          [1, two],
        ]),
    ),
  );
  for (const faults of [...plans, ...pairs]) {
    const { states, recorded } = play(subject, network, conversion, standIn(), faults);
    const where = placeOf(faults);
    if (recorded > wanted.recorded)
      report("doubled", where, `the network has ${recorded} conversions of ${wanted.recorded}`);
    else if (recorded > 0 && states.every((state) => state === "failed"))
      report("doubled", where, "the postback has failed, and the network has it: sent again, it would be there twice");
    const isLost = states.every((state) => state === "delivered") && recorded < wanted.recorded;
    if (isLost || states.includes("pending"))
      report(
        "lost",
        where,
        `the network has ${recorded} conversions of ${wanted.recorded}, and postbacks are ${states}`,
      );
  }
  // A duplicate may be another order's: what it says of this one is nothing.
  const second = { ...conversion, order: { ...order, number: `${order.number}-2` } };
  for (const faults of plans) {
    const server = standIn();
    const before = play(subject, network, conversion, server, new Map()).recorded;
    const { states, recorded } = play(subject, network, second, server, faults, true);
    if (states.every((state) => state === "delivered") && recorded - before < wanted.recorded) {
      const found = "the second order with one click is delivered, and the network does not have it";
      report("lost", `another order, ${placeOf(faults)}`, found);
    }
  }
}

function play(
  subject: Subject,
  network: Network,
  conversion: Conversion,
  server: StandIn,
  faults: ReadonlyMap<number, string>,
  isClickShared = false,
): { states: string[]; recorded: number } {
  const known: Known = { remoteId: null, isClickShared };
  let requests = 0;

  function attempt(postback: Postback): Outcome {
    const where = "the stand-in";
    const fault = FAULTS[faults.get(requests) ?? ""];
    requests += 1;
    const request = subject.request(postback.step, where);
    if (!request) return { kind: "not-sent", reason: "no request" };
    const answer = !fault || fault.isActed ? server.answer(request) : undefined;
    const heard = fault ? fault.answer : answer;
    if (!heard) return { kind: "unknown", reason: "no answer" };
    const verdict = subject.verdict({ headers: {}, ...heard }, postback.step, where);
    return verdict ? { kind: "answered", verdict } : { kind: "unknown", reason: "no verdict" };
  }

  function delivered(created: Postback): string {
    let postback = filled(created, known);
    let ageMs = 0;
    for (let tries = 0; tries < MOST_ATTEMPTS; tries += 1) {
      const outcome = attempt(postback);
      const settlement = settlementFor(outcome, { postback, tries, ageMs }, network.settleSeconds, RETRY, () => 0.5);
      if (settlement.state !== "pending") return settlement.state;
      ageMs += settlement.waitMs;
      postback = filled({ ...postback, step: settlement.step }, known);
    }
    return "pending";
  }

  const states = (subject.postbacks(conversion, "the stand-in") ?? []).map(delivered);
  return { states, recorded: server.recorded() };
}
