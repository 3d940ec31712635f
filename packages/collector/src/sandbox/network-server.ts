import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type { Accounts } from "./accounts.ts";
import { type NetworkName, type ReceivedRequest, type WireRequest, withoutSecrets } from "./exchange.ts";
import { type Fault, faults } from "./fault-table.ts";
import { answerUnder, type FaultSetting, faultFor, send, silenced } from "./faults.ts";
import type { Records } from "./records.ts";

/** The faults in force, by network. */
export type FaultsInForce = Record<NetworkName, FaultSetting | null>;

/** What stands between the wire and the networks. */
export interface NetworkServer {
  accounts: Accounts;
  records: Records;
  requests: ReceivedRequest[];
  inForce: FaultsInForce;
  now: () => Date;
  /** Ends the waits of slow answers. */
  closing: AbortSignal;
}

/** Answers one request to a network, under the fault in force, and keeps what came and what became of it. */
export async function serve(
  { records, requests, inForce, now, closing }: NetworkServer,
  network: NetworkName,
  head: Omit<WireRequest, "body">,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const received = withoutSecrets(network, head, now());
  requests.push(received);
  let body = Buffer.alloc(0);
  let struck = inForce[network]?.choice === "down" ? strike(inForce, received) : null;
  if (!struck) {
    body = await buffer(incoming);
    received.body = body.toString();
    struck = strike(inForce, received);
  }
  const fault = struck?.fault ?? null;
  received.fault = fault;

  if (struck && fault === "late") await delay(struck.delayMs, undefined, { signal: closing });
  const row = faults.find(({ name }) => name === fault);
  const own = row && !row.records ? null : records.accept(network, { ...head, body });
  received.recorded = own?.recorded ?? false;
  received.refusal = own ? own.refusal : (row?.does ?? null);
  if (struck && fault === "slow") await delay(struck.delayMs, undefined, { signal: closing });

  if (silenced(response, fault)) return;
  const answer = (struck && answerUnder(struck.fault, network, head.query, struck.retryAfter)) ?? own?.answer;
  if (!answer) return;
  received.answer = { status: answer.status, body: answer.body };
  send(response, answer, fault);
}

/** The fault that strikes a request, which uses up one of its times. */
function strike(inForce: FaultsInForce, request: ReceivedRequest): (FaultSetting & { fault: Fault }) | null {
  const setting = inForce[request.network];
  const fault = setting && faultFor(setting, request);
  if (!fault) return null;
  setting.timesLeft -= 1;
  if (setting.timesLeft < 1) inForce[request.network] = null;
  return { ...setting, fault };
}
