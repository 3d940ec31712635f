import type { HttpResponse, Network } from "../network.ts";
import { lookedUp, lookUp } from "../networks/retrack.ts";
import type { Sender } from "../send.ts";
import { type Check, checkOf } from "./check.ts";
import { clockCheck } from "./clock.ts";
import { sampleOf } from "./sample.ts";

/** No store's order has this number, and a look-up records nothing. */
const NO_ORDER = "cashtrail-doctor-no-such-order";

/** Whether an account's network can be reached and takes its token. Nothing is reported, and nothing billable made. */
export async function networkChecks(network: Network, sender: Sender, now: () => Date): Promise<Check[]> {
  const reachable = checkOf(`${network.id} reachable`, "an answer");
  const token = checkOf(`${network.id} token`, "the network takes it");
  const sample = sampleOf(network);
  if (!sample) return [reachable.skip("the account takes no order")];
  const isRetrack = network.landing.network === "retrack";
  const { origin } = new URL(network.request(sample.step).url);
  // A look-up is the one call that proves a token and records nothing. Of others, only the front page is safe to ask.
  const request = isRetrack
    ? network.request(lookUp(NO_ORDER))
    : ({ method: "GET", url: `${origin}/`, headers: {} } as const);
  const sent = await sender.send(request);
  if (sent.kind !== "answered")
    return [
      reachable.fail(
        `${origin}: ${sent.reason}`,
        "let this machine reach it: DNS, firewall, proxy, and the time of this machine's clock",
      ),
      token.skip("the network was not reached"),
    ];
  const { response } = sent;
  const clock = clockOf(network.id, response, now());
  const answered = reachable.ok(`${origin} answers`);
  if (!isRetrack)
    return [
      answered,
      token.skip(
        `${network.id} has no call that proves a token without recording an order: see its first real order in their report`,
      ),
      ...clock,
    ];
  return [answered, tokenCheck(response, token), ...clock];
}

function tokenCheck(response: HttpResponse, { ok, warn, fail }: ReturnType<typeof checkOf>): Check {
  const found = lookedUp(response, NO_ORDER);
  if (found.kind === "forbidden")
    return fail(
      `refused: ${found.reason}`,
      "copy the token anew from your profile in Retrack's portal: each person has one",
    );
  if (found.kind === "unanswered")
    return warn(
      `the look-up says nothing of it: ${found.reason}`,
      "try again later; if it stays so, check the setting url, and ask Retrack",
    );
  return found.transactions.length === 0
    ? ok("a look-up of an order that does not exist was answered")
    : warn("it has an order that no store made", "ask Retrack what their look-up does");
}

function clockOf(id: string, { headers }: HttpResponse, now: Date): Check[] {
  const theirs = new Date(String(headers.date));
  return Number.isNaN(+theirs) ? [] : [clockCheck(id, theirs, now)];
}
