import { CollectorError } from "../error.ts";
import type { Network } from "../network.ts";
import { defineNetwork } from "../networks/define.ts";
import { checkAnswers, checkEnds } from "./answers.ts";
import { createFindings, type Finding } from "./finding.ts";
import type { NetworkFixtures } from "./fixtures.ts";
import { generatedOrders } from "./generated.ts";
import { playFaults } from "./play.ts";
import { checkClickIds, checkStories, clickOf, successes } from "./stories.ts";
import { watched } from "./subject.ts";
import { checkAmounts, checkLeads, checkWalks } from "./walks.ts";

export type { Finding, Promised } from "./finding.ts";
export type {
  Answer,
  Chapter,
  Exchange,
  ExpectedVerdict,
  NetworkFixtures,
  StandIn,
  Story,
  Telling,
} from "./fixtures.ts";

const GENERATED = 40;

/**
 * What a network breaks of the promises that every network makes: none where the list is empty.
 *
 * It is held to the fixtures first, and then to cases that are generated from them: orders that are hard to tell, every
 * status, hostile answers, faults. Nothing is sent and nothing is read, and the same network has the same findings, so
 * any test runner will do.
 */
export function checkNetwork(network: Network, fixtures: NetworkFixtures): Finding[] {
  const { report, all } = createFindings();
  try {
    defineNetwork(network);
  } catch (error) {
    // Without its parts there is nothing to call.
    const issues = error instanceof CollectorError ? error.issues : [];
    for (const { path, message } of issues) report("shape", path, message);
    return all();
  }
  const { landing } = network;
  const { secrets, clickIds, amount, standIn } = fixtures;
  const subject = watched(network, { secrets, clickIds: clickIds.good }, report);
  checkClickIds(fixtures, landing, report);
  const { reached, orders } = checkStories(subject, fixtures, landing, report);
  const [like] = orders;
  const [id] = clickIds.good;
  if (!reached.some(({ exchange }) => successes(exchange).length > 0))
    report("table", "stories", "no answer of any story is the network's success");
  if (!like || id === undefined || clickIds.bad.length === 0)
    report("table", "clickIds, stories", "an order, a good click id and a bad one are wanted");
  for (const secret of subject.unused(secrets))
    report("table", "secrets", `a secret is in no request: ${secret.slice(0, 2)}…`);
  for (const one of reached) checkAnswers(subject, one, secrets, report);
  checkEnds(subject, reached, report);
  if (like && id !== undefined) {
    const click = clickOf(landing, id);
    const generated = [...orders, ...generatedOrders(like, GENERATED)];
    checkWalks(subject, generated, click, report);
    const references = generated.map(({ number }) => number);
    if (network.leadPostbacks) checkLeads(subject, references, click, report);
    if (amount) checkAmounts(subject, generated, click, amount, report);
    if (standIn) playFaults(subject, network, like, click, standIn, report);
  }
  subject.askAgain();
  return all();
}
