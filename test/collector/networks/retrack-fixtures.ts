import type { NetworkFixtures, StandIn } from "../../../packages/collector/src/conformance/conformance.ts";

const uuid = "3afc4a82-93c3-423f-8ee8-542ccb315931";

const headers = {
  accept: "application/json",
  authorization: "Bearer DbV6KYhMm7firiNtgfOCEmRohglfAQUTUy4FudGOKtetC0yYSaKtOXIedfNX",
};
const asJson = { ...headers, "content-type": "application/json" };

const order = {
  number: "test1234",
  currency: "SEK",
  lines: [
    { sku: "testabc123", name: "Testprodukt", quantity: 1, net: 10100, vat: 2000 },
    { sku: "vase-1", name: "Vas", quantity: 2, net: 4000, vat: 1000 },
  ],
};

const product =
  '{"event":"1f80e399-6f55-4cef-b8b0-0f74752c1ceb","reference":"testabc123","quantity":1,"name":"Testprodukt","price":10100,"vat":2000}';
const vase =
  '{"event":"1f80e399-6f55-4cef-b8b0-0f74752c1ceb","reference":"vase-1","quantity":2,"name":"Vas","price":2000,"vat":500}';
const start =
  '{"event":"1f80e399-6f55-4cef-b8b0-0f74752c1ceb","click":"59d08c54-18e6-4e0d-9c06-d18be3510e43","orderNumber":"test1234"';

// https://retrack.refunder.com/help/tracking/s2s/transaction
const create = {
  method: "POST",
  url: "https://retrack.refunder.com/api/v2/transactions",
  headers: asJson,
  body: `${start},"orderSum":14100,"vatSum":3000,"currency":"SEK","products":[${product},${vase}]}`,
} as const;

// https://retrack.refunder.com/help/tracking/s2s/update-transaction
const lookUp = {
  method: "GET",
  url: "https://retrack.refunder.com/api/v2/transactions?byOrderNumber=test1234",
  headers,
} as const;

const toIt = (body: string) =>
  ({
    method: "POST",
    url: "https://retrack.refunder.com/api/v2/transactions/3afc4a82-93c3-423f-8ee8-542ccb315931",
    headers: asJson,
    body,
  }) as const;

const update = toIt(`${start},"orderSum":10100,"vatSum":2000,"currency":"SEK","products":[${product}]}`);
const reject = toIt('{"status":"rejected"}');

const saved =
  '{"data":{"uuid":"3afc4a82-93c3-423f-8ee8-542ccb315931","order_number":"test1234","status":{"name":"pending"}}}';
const rejected =
  '{"data":{"uuid":"3afc4a82-93c3-423f-8ee8-542ccb315931","order_number":"test1234","status":{"name":"rejected"}}}';
const approved =
  '{"data":{"uuid":"3afc4a82-93c3-423f-8ee8-542ccb315931","order_number":"test1234","status":{"name":"approved"}}}';
const invalid = { status: 422, body: '{"message":"The click is invalid."}' };
const isFinal = {
  status: 200,
  body: approved,
  verdict: { kind: "refused", reason: "Retrack has approved the order: it cannot be changed any more" },
} as const;

const created = {
  kind: "create",
  request: create,
  answers: [
    { status: 200, body: saved, verdict: { kind: "accepted", remoteId: uuid } },
    { ...invalid, verdict: { kind: "refused", reason: "HTTP 422: The click is invalid." } },
    { status: 401, body: "", verdict: { kind: "refused", reason: "HTTP 401" } },
    { status: 201, body: saved, verdict: { kind: "unknown" } },
    { status: 408, body: "", verdict: { kind: "retry", reason: "HTTP 408" } },
    { status: 429, body: "", verdict: { kind: "retry", reason: "HTTP 429" } },
  ],
  ifUnknown: {
    request: lookUp,
    isLookUp: true,
    answers: [
      { status: 200, body: saved, verdict: { kind: "accepted", remoteId: uuid } },
      { status: 500, body: "", verdict: { kind: "retry" } },
      {
        status: 404,
        body: '{"message":"Not found"}',
        verdict: {
          kind: "next",
          reason: "Retrack does not have the order",
          next: {
            request: create,
            answers: [
              { status: 200, body: saved, verdict: { kind: "accepted", remoteId: uuid } },
              {
                ...invalid,
                verdict: {
                  kind: "hold",
                  reason:
                    "the repeated call was refused, which says nothing of the first one: HTTP 422: The click is invalid.",
                },
              },
            ],
          },
        },
      },
    ],
  },
} as const;

const lead = {
  method: "POST",
  url: "https://retrack.refunder.com/api/v2/leads",
  headers: asJson,
  body: '{"event":"1f80e399-6f55-4cef-b8b0-0f74752c1ceb","click":"59d08c54-18e6-4e0d-9c06-d18be3510e43","reference":"testabc123","voucher":"vouchercode"}',
} as const;

/** Of `retrack({ token: "DbV6…", event: "1f80e399-…" })`. */
export const retrackFixtures: NetworkFixtures = {
  secrets: ["DbV6KYhMm7firiNtgfOCEmRohglfAQUTUy4FudGOKtetC0yYSaKtOXIedfNX"],
  clickIds: {
    good: ["59d08c54-18e6-4e0d-9c06-d18be3510e43", "625FAE10-1EB0-11EB-ADC1-0242AC120002"],
    bad: [
      "",
      "59d08c54",
      "59d08c5418e64e0d9c06d18be3510e43",
      "59d08c54-18e6-4e0d-9c06-d18be3510e43;",
      "59d08c54-18e6-4e0d-9c06-d18be3510e4g",
      "00000000-0000-0000-0000-000000000000",
    ],
  },
  stories: [
    {
      name: "an order that is changed before its id is known",
      chapters: [
        { name: "reported", order, tells: [created] },
        {
          name: "changed",
          order: { ...order, lines: order.lines.slice(0, 1) },
          tells: [
            {
              kind: "update",
              request: lookUp,
              isLookUp: true,
              answers: [
                {
                  status: 200,
                  body: saved,
                  verdict: {
                    kind: "next",
                    reason: "Retrack has the order",
                    next: {
                      request: update,
                      answers: [{ status: 200, body: saved, verdict: { kind: "accepted", remoteId: uuid } }],
                    },
                  },
                },
                { status: 200, body: '{"data":[]}', verdict: { kind: "hold" } },
                isFinal,
              ],
              ifUnknown: { request: lookUp, isLookUp: true },
            },
          ],
        },
        { name: "approved", status: "approved", tells: [] },
      ],
    },
    {
      name: "an order that comes back",
      remoteId: uuid,
      chapters: [
        { name: "reported", order, tells: [created] },
        {
          name: "rejected",
          status: "rejected",
          tells: [
            {
              kind: "reject",
              request: reject,
              answers: [{ status: 200, body: rejected, verdict: { kind: "accepted", remoteId: uuid } }],
              ifUnknown: {
                request: lookUp,
                isLookUp: true,
                answers: [
                  {
                    status: 200,
                    body: rejected,
                    verdict: { kind: "accepted", reason: "Retrack has the order as rejected already" },
                  },
                  isFinal,
                ],
              },
            },
          ],
        },
        {
          name: "approved after all",
          status: "approved",
          refusal: "Retrack was told that the order is rejected, and describes no way back",
          tells: [],
        },
      ],
    },
  ],
  leads: [
    {
      name: "a lead",
      // https://retrack.refunder.com/help/tracking/s2s/lead
      lead: { reference: "testabc123", voucher: "vouchercode" },
      tells: [
        {
          kind: "lead",
          request: lead,
          answers: [
            {
              status: 200,
              body: '{"data":{"uuid":"3afc4a82-93c3-423f-8ee8-542ccb315931","reference":"testabc123"}}',
              verdict: { kind: "accepted", remoteId: uuid },
            },
          ],
          ifUnknown: "hold",
        },
      ],
    },
  ],
  amount: {
    told: (requests) =>
      requests.reduce((sum, { body = "" }) => {
        const { products, discountSum = 0 } = JSON.parse(body);
        return products.reduce((rest: number, row: Row) => rest + row.price * row.quantity, sum - discountSum);
      }, 0),
    wanted: ({ lines, discount }) => lines.reduce((sum, { net }) => sum + net, 0) - (discount?.net ?? 0),
  },
  standIn: retrackServer,
};

interface Row {
  readonly price: number;
  readonly quantity: number;
}

/** Retrack, which saves an order as often as it is told of it. */
function retrackServer(): StandIn {
  const numbers: string[] = [];
  return {
    answer({ method, url, body = "" }) {
      const number = method === "GET" ? new URL(url).searchParams.get("byOrderNumber") : JSON.parse(body).orderNumber;
      if (method === "POST") numbers.push(number);
      const data = numbers.flatMap((one, index) => (one === number ? [{ uuid: `t-${index}`, order_number: one }] : []));
      return data.length > 0
        ? { status: 200, body: JSON.stringify({ data: method === "POST" ? data.at(-1) : data }) }
        : { status: 404, body: "{}" };
    },
    recorded: () => numbers.length,
  };
}
