import type { z } from "zod";
import { lineShape } from "../../order.ts";
import { problemShape } from "../http-problem.ts";
import * as answers from "./answers.ts";
import * as requests from "./requests.ts";

/** What the API's description says of a shape beside what the shape itself says. */
export interface Described {
  readonly schema: z.ZodType;
  readonly description: string;
  /** Each field's description, or what else JSON Schema can say of it that the shape cannot. */
  readonly fields: Readonly<Record<string, string | Readonly<Record<string, unknown>>>>;
  /** What JSON Schema can say of the whole that the shape cannot. */
  readonly also?: Readonly<Record<string, unknown>>;
  readonly example?: unknown;
}

const NETWORK = "The account: retrack, or shopback:MY where the store has several.";
const NUMBER = "The order's number, or the lead's reference.";
const BY = "A person's name, or that of a part of the store: it stands in the conversion's story.";
const REASON = "Why: it stands in the conversion's story.";
const SKUS = "The SKUs it is about; by default, all that is not decided yet.";
const INSIST = "Decides again what is decided. Name in by who does.";
const COOKIE =
  "The Cookie header the shopper's browser sent to the store. Only the clicks in it are read; the rest is neither kept nor logged.";
const NET = "Without VAT, in minor units: 12550 for 125.50.";
const VAT = "The VAT, in minor units.";

const anOrder = {
  number: "1001",
  currency: "SEK",
  lines: [{ sku: "mug", name: "Stoneware mug", quantity: 2, net: 20000, vat: 5000 }],
  discount: { net: 1000, vat: 250 },
  placedAt: "2026-11-22T10:15:00Z",
};
const aClick = { network: "retrack", id: "625fae10-1eb0-11eb-adc1-0242ac120002", at: "2026-11-22T09:58:03Z" };
const aPlacedOrder = { ...anOrder, placedAt: "2026-11-22T10:15:00.000Z" };
const aConversion = {
  serial: 4711,
  number: "1001",
  network: "retrack",
  click: { ...aClick, at: "2026-11-22T09:58:03.000Z" },
  status: "pending",
  order: aPlacedOrder,
  lines: {},
  revision: 0,
  reportedAt: "2026-11-22T10:15:01.204Z",
  postbacks: [
    {
      id: "retrack/1001/create",
      kind: "create",
      state: "delivered",
      step: { create: { orderNumber: "1001" } },
      remoteId: "0d7c1a5e-9d0a-4c3a-9a53-6f0c6c1f9b11",
      attempts: [{ at: "2026-11-22T10:15:01.260Z", outcome: "accepted", durationMs: 143, status: 200 }],
    },
  ],
  decisions: [],
};

const source = {
  clicks: "The clicks the store kept, in any order; an empty array where the shopper has none. Give these or cookie.",
  cookie: COOKIE,
};
const either = { oneOf: [{ required: ["clicks"] }, { required: ["cookie"] }] };

const whoInsists = { anyOf: [{ properties: { insist: { const: false } } }, { required: ["by"] }] };

/** Every shape that the API's description names, by its name there. */
export const described: Readonly<Record<string, Described>> = {
  Order: {
    schema: requests.order,
    description: "A store's purchase. Shipping is never part of it. All money is in integer minor units.",
    fields: {
      number: "The number the shopper sees. One number is one order, however often it is reported.",
      currency: { description: "An ISO 4217 code.", format: "iso-4217", pattern: "^[A-Z]{3}$" },
      lines: "What was bought.",
      discount: "Off the whole order, and not already taken off the lines; no more than these come to.",
      placedAt:
        "When the order was placed, in ISO 8601 with its offset; by default, when it is reported. Not before 2000 and not in the future.",
      market: "Picks the account of a network of which the store has several: MY.",
      vouchers: "The vouchers the shopper used.",
    },
    example: anOrder,
  },
  Line: {
    schema: lineShape,
    description: "One row of an order.",
    fields: {
      sku: "The store's own name for what was bought. Lines are approved and rejected by it.",
      name: "What the shopper reads.",
      quantity: { description: "How many units.", minimum: 1 },
      net: "For all its units, after the line's own discount, without VAT, in minor units: 12550 for 125.50.",
      vat: "The VAT beside net, in minor units.",
      category: "The store's own word for what it is: Retrack's commission may differ by it.",
      event: "Retrack's commission rule for this line, where it differs from its category's.",
    },
  },
  Lead: {
    schema: requests.lead,
    description: "A conversion without money: a sign-up, a form.",
    fields: {
      reference: "The store's own name for it. One reference is one lead, however often it is reported.",
      event: "Retrack's commission rule, where it differs from the account's.",
      voucher: "The voucher the shopper used.",
      at: "When it came about, in ISO 8601 with its offset; by default, when it is reported.",
      market: "Picks the account of a network of which the store has several: MY.",
    },
    example: { reference: "form-77" },
  },
  Click: {
    schema: requests.click,
    description: "One arrival of a shopper from a network.",
    fields: {
      network: "The network: retrack or shopback.",
      id: "The network's token for it.",
      at: "When the shopper arrived, in ISO 8601 with its offset.",
      consent: "Why it could be stored.",
    },
    example: aClick,
  },
  ReportRequest: {
    schema: requests.report,
    description: "An order, and where the shopper came from: the clicks the store kept, or the shopper's cookies.",
    fields: { order: "The order as it is final.", ...source },
    also: either,
    example: { order: anOrder, clicks: [aClick] },
  },
  LeadRequest: {
    schema: requests.leadReport,
    description: "A lead, and where the shopper came from: the clicks the store kept, or the shopper's cookies.",
    fields: { lead: "The lead.", ...source },
    also: either,
    example: { lead: { reference: "form-77" }, clicks: [aClick] },
  },
  UpdateRequest: {
    schema: requests.update,
    description: "The order as it is now.",
    fields: { order: "All of it, under the number in the path.", by: BY, reason: REASON },
    example: {
      order: { ...anOrder, lines: [{ sku: "mug", name: "Stoneware mug", quantity: 1, net: 10000, vat: 2500 }] },
      reason: "one mug came back",
    },
  },
  ApproveRequest: {
    schema: requests.approval,
    description: "What is approved, and who says so.",
    fields: {
      by: BY,
      reason: REASON,
      lines: SKUS,
      insist: INSIST,
      amount:
        "The final amount, where less is approved than the order says: of the whole order, or of the one line named.",
    },
    also: whoInsists,
    example: { by: "anna" },
  },
  RejectRequest: {
    schema: requests.rejection,
    description: "What is rejected, and who says so.",
    fields: { by: BY, reason: REASON, lines: SKUS, insist: INSIST },
    also: whoInsists,
    example: { lines: ["mug"], by: "anna", reason: "returned" },
  },
  ResendRequest: {
    schema: requests.resend,
    description: "Which postbacks are sent again. Those that failed, where nothing is said.",
    fields: {
      by: BY,
      reason: REASON,
      id: "One postback, by its name.",
      number: NUMBER,
      network: NETWORK,
      state:
        "What is delivered is sent again by its id or number only. pending is for a ledger that was restored from a backup: what it takes for unsent is asked for first, or held.",
      since: "Of orders reported at or after this time.",
      until: "Of orders reported before this time.",
      dryRun: "Only tells what would be sent again.",
    },
    // A rule of the shape that is a function there.
    also: {
      anyOf: [
        { properties: { state: { enum: ["failed", "held"] } } },
        { required: ["number"] },
        { required: ["id"] },
        ...["network", "since"].map((name) => ({
          properties: { state: { enum: ["pending", "failed", "held"] } },
          required: [name],
        })),
      ],
    },
    example: { network: "retrack", state: "failed", dryRun: true },
  },
  SettleRequest: {
    schema: requests.settlement,
    description: "What a person found out about a held or failed postback.",
    fields: {
      verdict:
        "delivered: the network has it. failed: it has not, and may be sent it again. cancelled: it has not and shall not, and the postback is put aside.",
      by: BY,
      reason: REASON,
      remoteId: "The network's own id for it, where it was found there.",
    },
    example: { verdict: "delivered", by: "anna", reason: "it is in their portal" },
  },
  CookieRequest: {
    schema: requests.shoppersCookie,
    description: "A shopper's cookies.",
    fields: { cookie: COOKIE },
    example: { cookie: "retrack_click=625fae10-1eb0-11eb-adc1-0242ac120002" },
  },
  Reported: {
    schema: answers.reported,
    description: "What became of a report.",
    fields: {
      credited: "The accounts it is credited to; none where nobody is.",
      reason: "Why nobody is credited.",
      repeated: "Whether the number had been credited before, so that nothing was written now.",
      differs: "It was reported before as another order, and that one stands: a changed order is sent with PUT.",
      journaled:
        "The ledger cannot be written now. It is in the journal beside it, and the ledger takes it in when it can.",
    },
    example: { credited: ["retrack"], repeated: false },
  },
  Changed: {
    schema: answers.changed,
    description: "What a change leads to.",
    fields: {
      credited: "The accounts the order is credited to; none where nobody is.",
      postbacks: "The postbacks that tell of the change.",
      cancelled: "The postbacks that were withdrawn because they had never left.",
      repeated: "Whether it stood so already, so that nothing was written now.",
      reason: "Why an account is told nothing, or nobody is credited.",
    },
    example: { credited: ["shopback"], postbacks: ["shopback/1001/approve"], cancelled: [], repeated: false },
  },
  Conversion: {
    schema: answers.conversion,
    description: "An order or a lead that is credited to a click on one account, and all that became of it.",
    fields: {
      serial: "Where it stands among all: the newest one has the highest.",
      number: NUMBER,
      network: NETWORK,
      click: "The click it is credited to.",
      status: "What the store decided.",
      order: "The order as the store told it last. Of a lead, there is none.",
      lead: "The lead. Of an order, there is none.",
      lines: "What is decided of its lines, by SKU.",
      amount: "What was approved in all, where the store said so.",
      revision: "How often it was changed.",
      reportedAt: "When it was reported.",
      postbacks: "What the network is told, the first one first.",
      decisions: "What was decided after it was reported, the first one first.",
    },
    example: aConversion,
  },
  PlacedOrder: {
    schema: answers.placedOrder,
    description: "An order as it is kept. Of one that was forgotten, there are no lines.",
    fields: {
      number: "The number the shopper sees.",
      currency: "An ISO 4217 code.",
      lines: "What was bought.",
      discount: "Off the whole order.",
      placedAt: "When it was placed.",
      market: "The market it belongs to.",
      vouchers: "The vouchers the shopper used.",
    },
  },
  PlacedLead: {
    schema: answers.placedLead,
    description: "A lead as it is kept.",
    fields: {
      reference: "The store's own name for it.",
      event: "Retrack's commission rule.",
      voucher: "The voucher the shopper used.",
      at: "When it came about.",
      market: "The market it belongs to.",
    },
  },
  Money: {
    schema: answers.moneyShape,
    description: "An amount in integer minor units.",
    fields: { net: NET, vat: VAT },
  },
  Postback: {
    schema: answers.postback,
    description: "One report of a conversion to its network.",
    fields: {
      id: "Its name, unique in the ledger.",
      kind: "What it tells.",
      line: "The SKU it is about, where the network is told of each line apart.",
      state:
        "pending: it waits. delivered: the network has it. held: nobody can know, and a person must decide. failed: the network said no, or it was given up. cancelled: withdrawn before it left, or put aside by a person.",
      step: "What is sent next, or was sent last. It holds no secret.",
      dueAt: "When it is tried next. A pending one without it waits for one before it.",
      remoteId: "The network's own id for it.",
      reason: "Why it is in its state, in the network's words where it gave any.",
      attempts: "Every try to send it, the first one first.",
    },
  },
  Attempt: {
    schema: answers.attempt,
    description: "One try to send a postback.",
    fields: {
      at: "When it began.",
      outcome: "What its answer meant; sending until its end is known.",
      durationMs: "How long it took, in milliseconds.",
      status: "The HTTP status, where one came.",
      reason: "Why, in the network's words where it gave any.",
    },
  },
  Decision: {
    schema: answers.decision,
    description: "Who changed something, and why.",
    fields: {
      at: "When.",
      what: "What was decided.",
      state: "What the postback became, where it is about one.",
      by: "Who decided.",
      reason: "Why.",
      postback: "The postback it is about, where it is about one.",
    },
  },
  OrderFound: {
    schema: answers.orderFound,
    description: "All that is known under a number.",
    fields: {
      number: NUMBER,
      conversions: "One for each account that is credited.",
      reason: "Why nobody is credited.",
    },
    example: { number: "1001", conversions: [aConversion] },
  },
  Conversions: {
    schema: answers.conversions,
    description: "Conversions, the newest first.",
    fields: {
      conversions: "Those that fit.",
      next: "Where there may be more: the same call with this as before has the next ones.",
    },
    example: { conversions: [aConversion], next: 4711 },
  },
  Resent: {
    schema: answers.resent,
    description: "What is sent again.",
    fields: {
      count: "How many postbacks are sent again, or would be.",
      postbacks: "The first hundred of them.",
      superseded: "How many are left alone because the network has a later one that says otherwise.",
    },
    example: {
      count: 1,
      postbacks: [
        {
          id: "retrack/1001/create",
          kind: "create",
          number: "1001",
          network: "retrack",
          reason: "HTTP 401: Unauthenticated.",
        },
      ],
      superseded: 0,
    },
  },
  ResentPostback: {
    schema: answers.resentPostback,
    description: "A postback that is sent again.",
    fields: {
      id: "Its name, unique in the ledger.",
      kind: "What it tells.",
      number: NUMBER,
      network: NETWORK,
      reason: "Why it was in its state.",
    },
  },
  Backlog: {
    schema: answers.backlog,
    description: "What waits.",
    fields: { accounts: "Those that are set up, and those that once were and are still owed something." },
    example: {
      accounts: [
        {
          network: "retrack",
          pending: 3,
          held: 0,
          failed: 1,
          oldest: { pending: 5200, failed: 86400000 },
          down: false,
        },
      ],
    },
  },
  Account: {
    schema: answers.account,
    description: "What waits for one account.",
    fields: {
      network: NETWORK,
      pending: "How many postbacks wait.",
      held: "How many a person must decide on.",
      failed: "How many the network said no to, or were given up.",
      oldest: "How long ago the oldest one of each was recorded, in milliseconds; of none, it is left out.",
      down: "Whether the network is noticed to be down: then it is sent nothing but now and then a try.",
    },
  },
  Uncredited: {
    schema: answers.uncredited,
    description: "Orders that nobody is credited for.",
    fields: {
      count: "How many there are, up to 10,000.",
      more: "Whether there are more than are counted.",
      newest: "The newest of them.",
    },
    example: {
      count: 1,
      newest: [{ number: "1002", reportedAt: "2026-11-22T10:17:44.010Z", reason: "the order carries no click" }],
    },
  },
  UncreditedOrder: {
    schema: answers.uncreditedOrder,
    description: "An order that nobody is credited for.",
    fields: { number: "The order's number.", reportedAt: "When it was reported.", reason: "Why nobody is credited." },
  },
  Clicks: {
    schema: answers.clicks,
    description: "The clicks a shopper's cookies carry.",
    fields: { clicks: "The last one first." },
    example: { clicks: [{ ...aClick, at: "2026-11-22T09:58:03.000Z" }] },
  },
  Problem: {
    schema: problemShape,
    description: "What went wrong, and what to do next: https://www.rfc-editor.org/rfc/rfc9457",
    fields: {
      type: "Always about:blank: code and status say which problem it is.",
      title: "The status in words.",
      status: "The HTTP status.",
      detail: "What happened, and what to do next.",
      code: "The collector's own name for it, where the problem is one of its own.",
      issues: "Everything that is wrong with what was sent, each with its path: order.lines.0.net.",
      unreported: "What was reported is not kept anywhere: keep it, and report it again.",
    },
    example: {
      type: "about:blank",
      title: "Unprocessable Entity",
      status: 422,
      detail:
        "Nothing was written. Correct what issues lists, and send it again. the order cannot be reported: order.lines.0.net: must be an integer in minor units: 12550 for 125.50",
      code: "ERR_ORDER",
      issues: [{ path: "order.lines.0.net", message: "must be an integer in minor units: 12550 for 125.50" }],
    },
  },
};
