import type { NetworkFixtures, StandIn } from "../../../packages/collector/src/conformance/conformance.ts";
import { TUNE_ANSWERS } from "./tune-answers.ts";

const call = (query: string) =>
  ({
    method: "GET",
    url: `https://examplenetwork.go2cloud.org/aff_lsr?${query}`,
    headers: { accept: "text/plain, */*" },
  }) as const;

const order = {
  number: "order 1",
  currency: "EUR",
  lines: [
    { sku: "mug-1", name: "Mug", quantity: 1, net: 10000, vat: 1900 },
    { sku: "vase-1", name: "Vase", quantity: 2, net: 4050, vat: 770 },
  ],
  discount: { net: 50, vat: 10 },
  market: "DE",
};

// https://support.tune.com/hc/en-us/articles/4413247665431-Receiving-Conversions-via-Postback-URL
const create = call(
  "offer_id=26&adv_sub=order%201&adv_sub2=DE&transaction_id=1027c887059b47bc69c699f45466b9&amount=166.6" +
    "&security_token=5f2c8a0e9b7d4631a8c0e5f7b1d29364",
);

const halved = call(
  "offer_id=26&adv_sub=order%201&adv_sub2=DE&transaction_id=1027c887059b47bc69c699f45466b9&amount=59.5" +
    "&security_token=5f2c8a0e9b7d4631a8c0e5f7b1d29364",
);

/** Of `tune({ network: "example", offer: "26", subs: { adv_sub2: market }, onUnknown: "repeat", … })`. */
export const tuneFixtures: NetworkFixtures = {
  secrets: ["5f2c8a0e9b7d4631a8c0e5f7b1d29364"],
  clickIds: {
    good: ["1027c887059b47bc69c699f45466b9"],
    bad: ["", "1027c8870", "1027c887059b47bc69c699f45466b9;", "1027c887059b47bc 9c699f45466b9", "click-12345678"],
  },
  stories: [
    {
      name: "an order",
      chapters: [
        {
          name: "reported",
          order,
          tells: [
            {
              kind: "create",
              request: create,
              answers: TUNE_ANSWERS.first,
              ifUnknown: { request: create, answers: TUNE_ANSWERS.again },
            },
          ],
        },
        { name: "changed", order: { ...order, lines: order.lines.slice(0, 1) }, tells: [] },
        { name: "approved", status: "approved", tells: [] },
        {
          name: "approved with another amount",
          amount: { net: 1, vat: 0 },
          refusal: "example takes no final amount once it has the order: approve it without one",
          tells: [],
        },
      ],
    },
    {
      name: "an order approved before it was told",
      chapters: [
        {
          name: "with a final amount",
          order,
          status: "approved",
          amount: { net: 5000, vat: 950 },
          tells: [{ kind: "create", request: halved, ifUnknown: { request: halved } }],
        },
      ],
    },
    {
      name: "an order rejected before it was told",
      chapters: [{ name: "rejected", order, status: "rejected", tells: [] }],
    },
    {
      name: "an order in another currency",
      chapters: [
        {
          name: "reported",
          order: { ...order, currency: "SEK" },
          refusal: "the account takes EUR, and the order is in SEK",
          tells: [],
        },
      ],
    },
  ],
  amount: {
    told: (requests) =>
      requests.reduce((sum, { url }) => sum + Math.round(100 * Number(new URL(url).searchParams.get("amount"))), 0),
    wanted: ({ lines, discount = { net: 0, vat: 0 } }) =>
      lines.reduce((sum, { net, vat }) => sum + net + vat, 0) - discount.net - discount.vat,
  },
  standIn: tuneServer,
};

/** TUNE with an offer that takes one conversion of a transaction id. */
export function tuneServer(): StandIn {
  const conversions = new Set<string>();
  return {
    answer({ url }) {
      const id = new URL(url).searchParams.get("transaction_id") ?? "";
      const body = conversions.has(id)
        ? `success=false; err_msg=Duplicate recorded with Trans. ID ${id};`
        : "success=true;";
      conversions.add(id);
      return { status: 200, body };
    },
    recorded: () => conversions.size,
  };
}
