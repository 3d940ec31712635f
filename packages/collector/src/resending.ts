import { z } from "zod";
import type { By } from "./amending.ts";
import { CollectorError } from "./error.ts";
import { by, postbackId, text } from "./fields.ts";
import { checkAccount } from "./known-account.ts";
import type { Ledger, ListedPostback, PostbackFilter } from "./ledger/ledger.ts";
import type { Network } from "./network.ts";
import { parse } from "./parse.ts";
import { again } from "./settlement.ts";
import { RESENDABLE_STATES, SETTLED_STATES } from "./states.ts";

export interface ResendFilter extends By {
  /** One postback. */
  id?: string | undefined;
  number?: string | undefined;
  /** The account: `retrack`, `shopback:MY`. */
  network?: string | undefined;
  /**
   * `failed` unless said otherwise. What is `delivered` is sent again by its id or number only. What is `pending` in a
   * ledger that was restored may have been sent since: its network is asked first, or it is held.
   */
  state?: (typeof RESENDABLE_STATES)[number] | undefined;
  /** Of orders reported at or after this time. */
  since?: Date | undefined;
  /** Of orders reported before this time. */
  until?: Date | undefined;
  /** Only tells what would be sent again. */
  dryRun?: boolean | undefined;
}

export interface Resent {
  /** How many postbacks are sent again, or would be. */
  count: number;
  /** The first hundred of them. */
  postbacks: Pick<ListedPostback, "id" | "kind" | "number" | "network" | "reason">[];
  /** How many are left alone because the network has a later one that says otherwise. */
  superseded: number;
}

export interface SettleOptions extends By {
  /** The network's own id for it, where it was found there. */
  remoteId?: string | undefined;
}

/**
 * What a person says of a postback: the network has it; it has not, and it may be sent again; it has not and shall not,
 * so that nobody need look at it any more.
 */
export type SettleVerdict = z.output<typeof verdictShape>;

export interface Resending {
  resend(filter: ResendFilter): Promise<Resent>;
  settle(id: string, verdict: SettleVerdict, options?: SettleOptions): Promise<void>;
}

interface Parts {
  readonly ledger: Ledger;
  readonly networks: readonly Network[];
  /** Hands the ledger what the journal holds. */
  readonly takeIn: () => Promise<void>;
  /** Withdraws what is rejected of an order and not at the network. */
  readonly withdraw: (number: string) => Promise<void>;
  readonly wake: () => void;
}

const date = z.date({ error: "a valid Date is wanted" }).optional();
export const resendShape = z
  .strictObject({
    ...by,
    id: postbackId.optional(),
    number: text.optional(),
    network: text.optional(),
    state: z.enum(RESENDABLE_STATES, 'must be "pending", "failed", "held" or "delivered"').default("failed"),
    since: date,
    until: date,
    dryRun: z.boolean().default(false),
  })
  .refine(({ state, id, number }) => state !== "delivered" || (id ?? number) !== undefined, {
    path: ["number"],
    message: "or an id is wanted where state is delivered: what the network has is sent again one order at a time",
  })
  .refine(
    ({ state, id, number, network, since }) => state !== "pending" || (id ?? number ?? network ?? since) !== undefined,
    {
      path: ["network"],
      message: "or a number, an id or since is wanted where state is pending: all of it waits already",
    },
  );

export const settleShape = z.strictObject({ ...by, remoteId: text.optional() });
export const verdictShape = z.enum(SETTLED_STATES, 'must be "delivered" or "failed" or "cancelled"');

/** Postbacks read at once: a backlog of any length takes as much memory. */
const SLICE = 500;
const SHOWN = 100;

/** What a person makes of postbacks that no machine can settle. */
export function createResending({ ledger, networks, takeIn, withdraw, wake }: Parts): Resending {
  const settleSeconds = new Map(networks.map((network) => [network.id, network.settleSeconds]));

  /** What tells more of an order that was never created: with that put aside, it would tell of nothing. */
  async function waitingFor({ kind, number, network, line, serial }: ListedPostback): Promise<ListedPostback[]> {
    if (kind !== "create") return [];
    const later = await ledger.postbacks({ number, network, state: "pending" }, serial, Number.MAX_SAFE_INTEGER);
    return later.filter((postback) => postback.kind !== "lead" && postback.line === line);
  }

  async function* slicesOf(filter: PostbackFilter): AsyncGenerator<ListedPostback[]> {
    for (let after = 0; ; ) {
      const listed = await ledger.postbacks(filter, after, SLICE);
      const last = listed.at(-1);
      if (!last) return;
      after = last.serial;
      yield listed;
    }
  }

  /** Answers those that stood as they were listed. */
  async function decideAgain(
    wished: readonly ListedPostback[],
    from: NonNullable<ResendFilter["state"]>,
    { by: who, reason }: { by: string; reason?: string | undefined },
  ): Promise<ListedPostback[]> {
    const decisions = wished.map(({ id, network, step, ifUnknown }) => ({
      id,
      from,
      settlement: again(from, { step, ifUnknown }, who, settleSeconds.get(network) ?? 0),
    }));
    const written = new Set(await ledger.decide(decisions, { what: "resend", by: who, reason }));
    return wished.filter(({ id }) => written.has(id));
  }

  return {
    async resend(filter) {
      const { by: who, reason, dryRun, state, ...wanted } = parse(resendShape, filter, "ERR_ORDER", "resend");
      await checkAccount(wanted.network, networks, ledger, "resend");
      // It may be in the journal beside a restored ledger.
      if (state === "pending") await takeIn();
      const resent: Resent = { count: 0, postbacks: [], superseded: 0 };
      for await (const listed of slicesOf({ ...wanted, state })) {
        // Of what was forgotten there is nothing left to send.
        const known = listed.filter(({ step }) => step !== null);
        // What is pending keeps its place before what came later.
        const wished = known.filter(({ superseded }) => !superseded || state === "pending");
        const sent = dryRun ? wished : await decideAgain(wished, state, { by: who, reason });
        resent.count += sent.length;
        resent.superseded += known.length - wished.length;
        for (const { id, kind, number, network, reason: why } of sent.slice(0, SHOWN - resent.postbacks.length))
          resent.postbacks.push({ id, kind, number, network, reason: why });
        if (sent.length > 0 && !dryRun) wake();
      }
      return resent;
    },

    async settle(id, verdict, options = {}) {
      const wanted = parse(postbackId, id, "ERR_ORDER", "settle: the postback's id");
      const { by: who, reason, remoteId } = parse(settleShape, options, "ERR_ORDER", "settle");
      const state = parse(verdictShape, verdict, "ERR_ORDER", "settle: the verdict");
      const [found] = await ledger.postbacks({ id: wanted }, 0, 1);
      if (!found) throw new CollectorError("ERR_UNKNOWN", `the postback ${id} is not known`);
      if (found.state !== "held" && found.state !== "failed")
        throw new CollectorError(
          "ERR_CONFLICT",
          `the postback ${id} is ${found.state}: only what is held or failed is settled by a person`,
        );
      const settlement = { state, remoteId, reason: `settled by ${who}${reason === undefined ? "" : `: ${reason}`}` };
      const decide = (settled: readonly ListedPostback[]) =>
        ledger.decide(
          settled.map((postback) => ({ id: postback.id, from: postback.state, settlement })),
          { what: "settle", by: who, reason },
        );
      const waiting = state === "cancelled" ? await waitingFor(found) : [];
      if (!(await decide([found, ...waiting])).includes(wanted))
        throw new CollectorError("ERR_CONFLICT", `the postback ${id} was settled or sent again meanwhile`);
      // What was told in that moment waits for nothing any more.
      if (state === "cancelled") await decide(await waitingFor(found));
      // What the network has not, nobody need reject there.
      if (state === "failed") await withdraw(found.number);
      wake();
    },
  };
}
