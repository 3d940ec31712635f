import { z } from "zod";
import { postbackId, text } from "./fields.ts";
import { checkAccount } from "./known-account.ts";
import type {
  ConversionRecord,
  Filter,
  Ledger,
  ListedPostback,
  PostbackFilter,
  Tally,
  Uncredited,
  Waiting,
} from "./ledger/ledger.ts";
import type { Network } from "./network.ts";
import { parse } from "./parse.ts";
import { POSTBACK_STATES, STATUSES } from "./states.ts";

const limitShape = z.number().int().min(1).max(10_000);
const serial = z.number().int().min(1);
const times = { since: z.date().optional(), until: z.date().optional() };
export const filterShape = z.strictObject({
  number: text.optional(),
  click: text.optional(),
  network: text.optional(),
  state: z.enum(POSTBACK_STATES).optional(),
  status: z.enum(STATUSES).optional(),
  ...times,
  before: serial.optional(),
  limit: limitShape.optional(),
});
const postbackFilterShape = z.strictObject({
  id: postbackId.optional(),
  number: text.optional(),
  network: text.optional(),
  state: z.enum(POSTBACK_STATES).optional(),
  ...times,
});

/** What waits for one account. */
export interface Backlog extends Waiting {
  /** Whether the network is noticed to be down: then it is sent nothing but now and then a try. */
  down: boolean;
}

export interface Questions {
  find(filter?: Filter): Promise<ConversionRecord[]>;
  postbacks(filter: PostbackFilter, after: number, limit: number): Promise<ListedPostback[]>;
  uncredited(limit?: number): Promise<Uncredited>;
  uncreditedReason(number: string): Promise<string | undefined>;
  /** With what waits, as the ledger counts it. */
  backlog(waiting: readonly Waiting[]): Backlog[];
  tallies(since: Date): Promise<Tally[]>;
}

interface Parts {
  readonly ledger: Ledger;
  readonly networks: readonly Network[];
  /** The accounts that are noticed to be down. */
  readonly down: () => readonly string[];
}

/** What the ledger is asked for, once it is known to be asked for well: what one engine refuses, another would not find. */
export function createQuestions({ ledger, networks, down }: Parts): Questions {
  return {
    async find(filter = {}) {
      const wanted = parse(filterShape, filter, "ERR_ORDER", "find");
      await checkAccount(wanted.network, networks, ledger, "find");
      return ledger.find(wanted);
    },
    postbacks: async (filter, after, limit) =>
      ledger.postbacks(parse(postbackFilterShape, filter, "ERR_ORDER", "postbacks"), after, limit),
    uncredited: async (limit = 100) =>
      ledger.uncredited(parse(limitShape, limit, "ERR_ORDER", "uncredited: the limit")),
    uncreditedReason: async (number) => ledger.uncreditedReason(parse(text, number, "ERR_ORDER", "the order's number")),
    backlog(waiting) {
      const downNow = down();
      const rows = new Map(waiting.map((one) => [one.network, one]));
      // Those that are set up, and those that once were and are still owed something.
      const accounts = new Set([...networks.map(({ id }) => id), ...rows.keys()]);
      return [...accounts].map((network) => ({
        ...(rows.get(network) ?? { network, pending: 0, held: 0, failed: 0, oldest: {} }),
        down: downNow.includes(network),
      }));
    },
    tallies: (since) => ledger.tallies(since),
  };
}
