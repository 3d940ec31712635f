import type { NetworkFixtures, StandIn } from "@cashtrail/collector/conformance";

const token = "s3cret-of-the-store";
const click = "cb-0123456789abcdef";

const headers = { accept: "application/json", authorization: "Bearer s3cret-of-the-store" };
const asJson = { ...headers, "content-type": "application/json" };

const order = {
  number: "1001/A",
  currency: "EUR",
  lines: [
    { sku: "mug-1", name: "Mug", quantity: 2, net: 10000, vat: 2500 },
    { sku: "vase-1", name: "Vase", quantity: 1, net: 2050, vat: 510 },
  ],
  discount: { net: 500, vat: 125 },
};

const create = {
  method: "POST",
  url: "https://api.coinback.example/v1/sales",
  headers: asJson,
  body: '{"click":"cb-0123456789abcdef","order":"1001/A","amount":"115.5","currency":"EUR"}',
} as const;

const has = { status: 200, body: '{"sales":[{"id":"s-7","order":"1001/A"}]}' };
const hasNone = { status: 200, body: '{"sales":[]}' };
const refused = { status: 422, body: '{"error":"unknown click"}' };

const created = {
  kind: "create",
  request: create,
  answers: [
    { ...has, verdict: { kind: "accepted", remoteId: "s-7" } },
    { ...refused, verdict: { kind: "refused", reason: "HTTP 422: unknown click" } },
    { status: 401, body: "", verdict: { kind: "refused", reason: "HTTP 401" } },
  ],
  ifUnknown: {
    request: { method: "GET", url: "https://api.coinback.example/v1/sales?order=1001%2FA", headers },
    isLookUp: true,
    answers: [
      { ...has, verdict: { kind: "accepted", remoteId: "s-7" } },
      {
        ...hasNone,
        verdict: {
          kind: "next",
          reason: "Coinback does not have the order",
          next: {
            request: create,
            answers: [
              { ...has, verdict: { kind: "accepted" } },
              { ...refused, verdict: { kind: "hold", reason: "HTTP 422: unknown click" } },
            ],
          },
        },
      },
    ],
  },
} as const;

export const coinbackFixtures: NetworkFixtures = {
  secrets: [token],
  clickIds: {
    good: [click],
    bad: ["", "0123456789abcdef", "cb-0123456789ABCDEF", "cb-0123456789abcdef;", "cb-0123456789abcdef0"],
  },
  stories: [
    {
      name: "an order",
      chapters: [
        { name: "reported", order, tells: [created] },
        { name: "approved", status: "approved", tells: [] },
      ],
    },
    {
      name: "an order that comes back",
      chapters: [
        { name: "reported", order, tells: [created] },
        {
          name: "rejected",
          status: "rejected",
          tells: [
            {
              kind: "reject",
              request: {
                method: "POST",
                url: "https://api.coinback.example/v1/sales/cancel",
                headers: asJson,
                body: '{"order":"1001/A"}',
              },
              answers: [{ ...has, verdict: { kind: "accepted" } }],
              ifUnknown: "repeat",
            },
          ],
        },
      ],
    },
    {
      name: "an order in another currency",
      chapters: [
        {
          name: "reported",
          order: { ...order, currency: "SEK" },
          refusal: "Coinback takes EUR, and the order is in SEK",
          tells: [],
        },
      ],
    },
  ],
  amount: {
    told: (requests) => requests.reduce((sum, { body = "" }) => sum + Math.round(100 * JSON.parse(body).amount), 0),
    wanted: ({ lines, discount }) => lines.reduce((sum, { net }) => sum + net, 0) - (discount?.net ?? 0),
  },
  standIn: coinbackServer,
};

/** Coinback as far as its pages describe it: it has no duplicate check of its own. */
function coinbackServer(): StandIn {
  const sales: { id: string; order: string }[] = [];
  return {
    answer({ method, url, body = "" }) {
      const number = method === "GET" ? new URL(url).searchParams.get("order") : JSON.parse(body).order;
      if (method === "POST" && !url.endsWith("/cancel")) sales.push({ id: `s-${sales.length}`, order: number });
      return { status: 200, body: JSON.stringify({ sales: sales.filter(({ order }) => order === number) }) };
    },
    recorded: () => sales.length,
  };
}
