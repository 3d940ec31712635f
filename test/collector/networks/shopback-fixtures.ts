import type { NetworkFixtures } from "../../../packages/collector/src/conformance/conformance.ts";
import { TUNE_ANSWERS } from "./tune-answers.ts";
import { tuneServer } from "./tune-fixtures.ts";

const call = (query: string) =>
  ({
    method: "GET",
    url: `https://shopback.go2cloud.org/aff_lsr?${query}&security_token=5f2c8a0e9b7d4631a8c0e5f7b1d29364`,
    headers: { accept: "text/plain, */*" },
  }) as const;

const order = {
  number: "order_123",
  currency: "MYR",
  lines: [
    { sku: "mug-1", name: "Mug", quantity: 1, net: 10000, vat: 0, category: "Kitchen" },
    { sku: "vase-1", name: "Vase", quantity: 2, net: 4999, vat: 0 },
  ],
};

const common: Pick<NetworkFixtures, "secrets" | "clickIds" | "amount"> = {
  secrets: ["5f2c8a0e9b7d4631a8c0e5f7b1d29364"],
  clickIds: {
    good: ["102656693ac3ca6e0cdafbfe89ab99"],
    bad: ["", "102656693", "102656693ac3ca6e0cdafbfe89ab99;", "102656693ac3ca6e0cd fbfe89ab99", "pay_102656693ac3c"],
  },
  amount: {
    told: (requests) =>
      requests.reduce((sum, { url }) => sum + Math.round(100 * Number(new URL(url).searchParams.get("amount"))), 0),
    wanted: ({ lines, discount = { net: 0, vat: 0 } }) =>
      lines.reduce((sum, { net, vat }) => sum + net + vat, 0) - discount.net - discount.vat,
  },
};

// https://docs.shopback.com/docs/s2s-order-tracking-api
const whole = call("offer_id=1234&adv_sub=order_123&transaction_id=102656693ac3ca6e0cdafbfe89ab99&amount=149.99");
const created = {
  kind: "create",
  request: whole,
  answers: TUNE_ANSWERS.first,
  ifUnknown: { request: whole, answers: TUNE_ANSWERS.again },
} as const;

// https://docs.shopback.com/docs/s2s-validation-api
const validated = (kind: "approve" | "reject", query: string) =>
  ({
    kind,
    request: call(query),
    answers: TUNE_ANSWERS.first,
    ifUnknown: { request: call(query), answers: TUNE_ANSWERS.again },
  }) as const;

/** Of `shopback({ offer: "1234", currency: "MYR", amount: "gross", validation: { offer: "5678", affiliate: "1152" }, … })`. */
export const shopbackFixtures: NetworkFixtures = {
  ...common,
  stories: [
    {
      name: "an order that is approved in part",
      chapters: [
        { name: "reported", order, tells: [created] },
        { name: "with one line decided", lines: { "vase-1": { status: "rejected" } }, tells: [] },
        {
          name: "approved",
          status: "approved",
          lines: { "mug-1": { status: "approved" }, "vase-1": { status: "rejected" } },
          tells: [validated("approve", "offer_id=5678&aff_id=1152&adv_sub=order_123&amount=100&status=approved")],
        },
      ],
    },
    {
      name: "an order that comes back",
      chapters: [
        { name: "reported", order, tells: [created] },
        {
          name: "rejected",
          status: "rejected",
          tells: [validated("reject", "offer_id=5678&aff_id=1152&adv_sub=order_123&amount=149.99&status=rejected")],
        },
      ],
    },
    {
      name: "an order in another currency",
      chapters: [
        {
          name: "reported",
          order: { ...order, currency: "SGD" },
          refusal: "the account takes MYR, and the order is in SGD",
          tells: [],
        },
      ],
    },
  ],
  standIn: tuneServer,
};

// https://docs.shopback.com/docs/s2s-item-level-tracking-api
const mug =
  "offer_id=1234&adv_sub=order_123&adv_sub2=Kitchen&adv_sub3=1&adv_sub4=mug-1&adv_sub5=149.99" +
  "&transaction_id=102656693ac3ca6e0cdafbfe89ab99&amount=100";
const vase =
  "offer_id=1234&adv_sub=order_123&adv_sub3=2&adv_sub4=vase-1&adv_sub5=149.99" +
  "&transaction_id=102656693ac3ca6e0cdafbfe89ab99&amount=49.99";

/** Of the same account with `level: "line"`. */
export const shopbackByLineFixtures: NetworkFixtures = {
  ...common,
  stories: [
    {
      name: "an order by line",
      chapters: [
        {
          name: "reported",
          order,
          tells: [
            { kind: "create", line: "mug-1", request: call(mug), answers: TUNE_ANSWERS.first, ifUnknown: "hold" },
            { kind: "create", line: "vase-1", request: call(vase), answers: TUNE_ANSWERS.first, ifUnknown: "hold" },
          ],
        },
        {
          name: "with one line rejected",
          lines: { "vase-1": { status: "rejected" } },
          tells: [
            {
              ...validated(
                "reject",
                "offer_id=5678&aff_id=1152&adv_sub=order_123&adv_sub3=2&adv_sub4=vase-1&adv_sub5=149.99" +
                  "&amount=49.99&status=rejected",
              ),
              line: "vase-1",
            },
          ],
        },
      ],
    },
  ],
};
