import type { z } from "zod";
import { MOST_CONVERSIONS } from "../../amendment.ts";
import { CollectorError } from "../../error.ts";
import * as answers from "./answers.ts";
import type { ApiCalls } from "./calls.ts";
import * as requests from "./requests.ts";

export interface Answer {
  readonly status: 200 | 201 | 204;
  readonly body?: unknown;
}

/** One call of the HTTP API: what is served, and what its description says, come from here both. */
export interface Operation {
  readonly id: string;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** With at most one parameter: `{number}` is one segment, `{id}` may have slashes. */
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly query?: z.ZodType | undefined;
  readonly body?: z.ZodType | undefined;
  /** Whether nothing need be said, so that an empty body is as good as `{}`. */
  readonly isBodyOptional?: boolean | undefined;
  readonly answers: Partial<Record<Answer["status"], { description: string; schema?: z.ZodType }>>;
  /** The problems it can have beside those that all have. */
  readonly problems: readonly (404 | 409)[];
  act(given: Given<unknown, unknown>, calls: ApiCalls): Promise<Answer>;
}

interface Given<Query, Body> {
  /** The path's parameter. */
  readonly key: string;
  readonly query: Query;
  readonly body: Body;
}

/** An operation whose `act` is given what its own shapes read. */
function operation<Query extends z.ZodType = z.ZodType, Body extends z.ZodType = z.ZodType>(
  described: Omit<Operation, "act" | "query" | "body"> & {
    query?: Query;
    body?: Body;
    act(given: Given<z.output<Query>, z.output<Body>>, calls: ApiCalls): Promise<Answer>;
  },
): Operation {
  return described;
}

const reportAnswers: Operation["answers"] = {
  201: { description: "It is on disk, and the networks are told in the background.", schema: answers.reported },
  200: {
    description: "The number was credited before and stands as it was reported first. Nothing was written.",
    schema: answers.reported,
  },
};

const changeAnswers: Operation["answers"] = {
  200: {
    description: "The change is on disk, and the networks are told in the background; or it stood so already.",
    schema: answers.changed,
  },
};

export const operations: readonly Operation[] = [
  operation({
    id: "reportOrder",
    method: "POST",
    path: "/orders",
    summary: "Report an order",
    description:
      "Credits the order to the network that sent the shopper and puts it on disk. Call it where the order becomes final. One number is one order, however often it is reported: repeat the call until it is answered, with the same body. No Idempotency-Key is needed.",
    body: requests.report,
    answers: reportAnswers,
    problems: [],
    async act({ body: { order, ...source } }, { report }) {
      return ofReport(await within("order", report(requests.sourceOf(source), order)));
    },
  }),
  operation({
    id: "updateOrder",
    method: "PUT",
    path: "/orders/{number}",
    summary: "Change an order",
    description:
      "Tells the networks of a changed order: all of it as it is now. What each network has no call for, the answer's reason says.",
    body: requests.update,
    answers: changeAnswers,
    problems: [404, 409],
    async act({ key, body: { order, by, reason } }, { update }) {
      if (order.number !== key)
        throw new CollectorError("ERR_ORDER", "the order is another than the path's", {
          issues: [{ path: "order.number", message: "must be the number in the path" }],
        });
      return { status: 200, body: await within("order", update(order, { by, reason })) };
    },
  }),
  operation({
    id: "getOrder",
    method: "GET",
    path: "/orders/{number}",
    summary: "Look at an order",
    description:
      "The conversions of an order or a lead, each with its postbacks, every attempt and every decision. Where nobody is credited, the reason.",
    answers: { 200: { description: "What is known of it.", schema: answers.orderFound } },
    problems: [404],
    async act({ key: number }, { find, uncreditedReason }) {
      const [conversions, reason] = await Promise.all([
        find({ number, limit: MOST_CONVERSIONS }),
        uncreditedReason(number),
      ]);
      if (conversions.length === 0 && reason === undefined) throw unknown(number);
      return { status: 200, body: { number, conversions, ...(reason === undefined ? {} : { reason }) } };
    },
  }),
  operation({
    id: "forgetOrder",
    method: "DELETE",
    path: "/orders/{number}",
    summary: "Forget an order",
    description:
      "Erases what was bought and by which click. Left are the number, so that it is never reported again, and that it was. What is not delivered is cancelled.",
    query: requests.forgetting,
    answers: { 204: { description: "It is erased." } },
    problems: [404],
    async act({ key, query: { by } }, { forget }) {
      if (!(await forget(key, { by }))) throw unknown(key);
      return { status: 204 };
    },
  }),
  operation({
    id: "approveOrder",
    method: "POST",
    path: "/orders/{number}/approve",
    summary: "Approve an order",
    description:
      "Approves an order, or some of its lines; with amount where less is approved than the order says. Decides once: what is decided already is a conflict, unless a person insists.",
    body: requests.approval,
    isBodyOptional: true,
    answers: changeAnswers,
    problems: [404, 409],
    act: async ({ key, body }, { approve }) => ({ status: 200, body: await approve(key, body) }),
  }),
  operation({
    id: "rejectOrder",
    method: "POST",
    path: "/orders/{number}/reject",
    summary: "Reject an order",
    description:
      "Rejects an order, or some of its lines. What a network was not told of yet is withdrawn; else the rejection follows what was told.",
    body: requests.rejection,
    isBodyOptional: true,
    answers: changeAnswers,
    problems: [404, 409],
    act: async ({ key, body }, { reject }) => ({ status: 200, body: await reject(key, body) }),
  }),
  operation({
    id: "reportLead",
    method: "POST",
    path: "/leads",
    summary: "Report a lead",
    description:
      "Credits a conversion without money, a sign-up or a form, as an order is. One reference is one lead. Retrack takes leads.",
    body: requests.leadReport,
    answers: reportAnswers,
    problems: [],
    async act({ body: { lead: given, ...source } }, { lead }) {
      return ofReport(await within("lead", lead(requests.sourceOf(source), given)));
    },
  }),
  operation({
    id: "readClicks",
    method: "POST",
    path: "/clicks",
    summary: "Read the clicks in a shopper's cookies",
    description:
      "The clicks a Cookie header carries, the last one first. Keep them on your own order where the shopper pays on another site: returns from payment carry no cookies. Nothing is written.",
    body: requests.shoppersCookie,
    answers: { 200: { description: "The clicks; none where there are none.", schema: answers.clicks } },
    problems: [],
    act: async ({ body: { cookie } }, { clicksOf }) => ({
      status: 200,
      body: { clicks: clicksOf({ headers: { cookie } }) },
    }),
  }),
  operation({
    id: "findConversions",
    method: "GET",
    path: "/conversions",
    summary: "Find conversions",
    description:
      "Conversions with their postbacks, every attempt and every decision, the newest first. Where there are more than limit, the answer's next, given as before, has the next ones.",
    query: requests.conversionFilter,
    answers: { 200: { description: "Those that fit, as many as limit says.", schema: answers.conversions } },
    problems: [],
    async act({ query }, { find }) {
      const conversions = await find(query);
      const next = conversions.length === query.limit ? conversions.at(-1)?.serial : undefined;
      return { status: 200, body: { conversions, ...(next === undefined ? {} : { next }) } };
    },
  }),
  operation({
    id: "resendPostbacks",
    method: "POST",
    path: "/postbacks/resend",
    summary: "Send postbacks again",
    description:
      "Sends failed, held or delivered postbacks again, or with dryRun tells which. What the network may have is asked for first, where it can be asked; so is what is pending in a ledger that was restored from a backup.",
    body: requests.resend,
    isBodyOptional: true,
    answers: { 200: { description: "They wait to be sent.", schema: answers.resent } },
    problems: [],
    act: async ({ body }, { resend }) => ({ status: 200, body: await resend(body) }),
  }),
  operation({
    id: "settlePostback",
    method: "POST",
    path: "/postbacks/{id}/settle",
    summary: "Settle a held or failed postback",
    description:
      "A person's decision on a postback that no machine can settle: the network has it (delivered); has it not, and it may be sent again (failed); has it not and shall not (cancelled): then it is put aside, with what waits for it. Slashes in the id may be written as they are.",
    body: requests.settlement,
    answers: { 204: { description: "It is settled." } },
    problems: [404, 409],
    async act({ key, body: { verdict, ...options } }, { settle }) {
      await settle(key, verdict, options);
      return { status: 204 };
    },
  }),
  operation({
    id: "getBacklog",
    method: "GET",
    path: "/backlog",
    summary: "See what waits",
    description: "How much waits for each account and since when, and which networks are noticed to be down.",
    answers: { 200: { description: "One entry for each account.", schema: answers.backlog } },
    problems: [],
    act: async (_given, { backlog }) => ({ status: 200, body: { accounts: await backlog() } }),
  }),
  operation({
    id: "getUncredited",
    method: "GET",
    path: "/uncredited",
    summary: "See the orders nobody is credited for",
    description: "How many orders were reported that nobody is credited for, and the newest with their reasons.",
    query: requests.uncreditedFilter,
    answers: { 200: { description: "The count, and as many as limit says.", schema: answers.uncredited } },
    problems: [],
    act: async ({ query: { limit } }, { uncredited }) => ({ status: 200, body: await uncredited(limit) }),
  }),
];

function ofReport(reported: { repeated: boolean }): Answer {
  return { status: reported.repeated ? 200 : 201, body: reported };
}

/** What the collector finds wrong with a part of the body is told by its path in the body. */
async function within<Value>(part: string, called: Promise<Value>): Promise<Value> {
  try {
    return await called;
  } catch (error) {
    if (!(error instanceof CollectorError && error.code === "ERR_ORDER")) throw error;
    const issues = error.issues.map(({ path, message }) => ({ path: path ? `${part}.${path}` : part, message }));
    throw new CollectorError("ERR_ORDER", error.message, { issues });
  }
}

function unknown(number: string): CollectorError {
  return new CollectorError(
    "ERR_UNKNOWN",
    `nothing is known of ${number} here, or its report is still on its way into the ledger: then try again`,
  );
}
