import { describe, expect, test } from "vitest";
import { coinback } from "../../examples/networks/coinback.ts";
import { coinbackFixtures } from "../../examples/networks/coinback-fixtures.ts";
import {
  checkNetwork,
  type Exchange,
  type NetworkFixtures,
  type Telling,
} from "../../packages/collector/src/conformance/conformance.ts";
import type {
  Conversion,
  HttpRequest,
  HttpResponse,
  Json,
  Network,
  Postback,
  Verdict,
} from "../../packages/collector/src/network.ts";
import { shopback } from "../../packages/collector/src/networks/shopback.ts";
import { shopbackFixtures } from "./networks/shopback-fixtures.ts";

const token = "s3cret-of-the-store";
const whole: Network = coinback({ token });

type Step = { readonly [key: string]: Json };

/** The postbacks of the network as it should be, each of them broken. */
function withPostbacks(broken: (postback: Postback, conversion: Conversion) => Postback): Partial<Network> {
  return { postbacks: (conversion) => whole.postbacks(conversion).map((postback) => broken(postback, conversion)) };
}

/** The verdicts of the network as it should be, some of them broken. */
function withVerdicts(
  broken: (verdict: Verdict, response: HttpResponse, step: Step) => Verdict | undefined,
): Partial<Network> {
  return {
    verdict(response, step) {
      const verdict = whole.verdict(response, step);
      return broken(verdict, response, step as Step) ?? verdict;
    },
  };
}

/** The fixtures, with every telling of some kinds changed. */
function withTellings(kinds: string[], changed: (telling: Telling) => Telling): Partial<NetworkFixtures> {
  return {
    stories: coinbackFixtures.stories.map((story) => ({
      ...story,
      chapters: story.chapters.map((chapter) => ({
        ...chapter,
        tells: chapter.tells.map((telling) => (kinds.includes(telling.kind) ? changed(telling) : telling)),
      })),
    })),
  };
}

const isGenerated = (step: Json) => !JSON.stringify(step).includes("1001/A");

function isCreateOfGenerated({ kind, step }: Postback): boolean {
  return kind === "create" && isGenerated(step);
}

/** The requests of the network as it should be; those of generated orders, which no fixture is compared with, broken. */
function generatedRequests(broken: (request: HttpRequest) => HttpRequest): Partial<Network> {
  return { request: (step) => (isGenerated(step) ? broken(whole.request(step)) : whole.request(step)) };
}

/** What a developer would write who takes a look-up that finds nothing for a yes. */
const misread: Exchange = {
  request: {
    method: "GET",
    url: "https://api.coinback.example/v1/sales?order=1001%2FA",
    headers: { accept: "application/json", authorization: "Bearer s3cret-of-the-store" },
  },
  isLookUp: true,
  answers: [{ status: 200, body: '{"sales":[]}', verdict: { kind: "accepted" } }],
};

let calls = 0;

/** What is broken, which finding it must be, and how. */
const mutants: readonly [
  what: string,
  promise: string,
  network: Partial<Network>,
  fixtures?: Partial<NetworkFixtures>,
][] = [
  ["its click ids' shape is not anchored", "shape", { landing: { ...whole.landing, id: /^cb-[\da-f]{16}/ } }],
  ["it has no way to read an answer", "shape", { verdict: undefined as unknown as Network["verdict"] }],
  ["the fixtures name a token that is in no request", "table", {}, { secrets: [token, "another-token"] }],
  [
    "the fixtures have no answer that is a success",
    "table",
    {},
    withTellings(["create", "reject"], ({ request, kind }) => ({
      request,
      kind,
      ifUnknown: kind === "reject" ? "repeat" : { request: misread.request, isLookUp: true },
    })),
  ],
  ["the fixtures have no bad click id", "table", {}, { clickIds: { good: ["cb-0123456789abcdef"], bad: [] } }],
  ["it takes a longer click id", "click-ids", { landing: { ...whole.landing, id: /^cb-[\da-f]{16,17}$/ } }],
  ["it takes no click id in use", "click-ids", { landing: { ...whole.landing, id: /^cb-[1-9a-f]{16}$/ } }],
  [
    "it sends another header",
    "requests",
    { request: (step) => ({ ...whole.request(step), headers: { accept: "*/*", authorization: `Bearer ${token}` } }) },
  ],
  [
    "its requests have no headers",
    "transport",
    {
      request: (step) => {
        const { headers: _, ...request } = whole.request(step);
        return (isGenerated(step) ? request : whole.request(step)) as ReturnType<Network["request"]>;
      },
    },
  ],
  [
    "it tells of nothing after a rejection",
    "requests",
    { postbacks: (one) => (one.status === "rejected" ? [] : whole.postbacks(one)) },
  ],
  [
    "it takes a currency it should not",
    "requests",
    { refusal: (one) => (one.order.currency === "SEK" ? undefined : whole.refusal(one)) },
  ],
  [
    "it holds a doubt that can be settled",
    "requests",
    withPostbacks((one) => (one.kind === "reject" ? { ...one, ifUnknown: "hold" } : one)),
  ],
  [
    "it gives another reason for a no",
    "answers",
    withVerdicts((verdict, { status }) =>
      status === 401 && verdict.kind === "refused" ? { kind: "refused", reason: "the token is wrong" } : undefined,
    ),
  ],
  [
    "it does not pass on the network's id",
    "answers",
    withVerdicts((verdict) => (verdict.kind === "accepted" ? { kind: "accepted" } : undefined)),
  ],
  [
    "it counts its calls",
    "pure",
    { refusal: (one) => (one.order.number === "generated-39" ? `call ${++calls}` : whole.refusal(one)) },
  ],
  [
    "it reads a clock",
    "pure",
    withVerdicts((verdict) =>
      verdict.kind === "unknown" ? { kind: "unknown", reason: `at ${Math.floor(performance.now() / 50)}` } : undefined,
    ),
  ],
  [
    "it changes the order it is given",
    "pure",
    {
      postbacks: (one) => {
        const told = whole.postbacks(one);
        (one.order.lines as unknown[]).reverse();
        return told;
      },
    },
  ],
  [
    "it keeps a Date in its step",
    "json",
    withPostbacks((one, { order }) => ({
      ...one,
      step: { ...(one.step as Step), at: order.placedAt as unknown as string },
    })),
  ],
  [
    "it makes a new request id each time",
    "same-request",
    {
      request: (step) => {
        const request = whole.request(step);
        return isGenerated(step) ? { ...request, headers: { ...request.headers, "x-request": `${++calls}` } } : request;
      },
    },
  ],
  [
    "it sends in clear text",
    "transport",
    {
      request: (step) => {
        const request = whole.request(step);
        return isGenerated(step) ? { ...request, url: request.url.replace("https", "http") } : request;
      },
    },
  ],
  [
    "it sends to a host that the order names",
    "transport",
    {
      request: (step) => {
        const request = whole.request(step);
        return isGenerated(step) ? { ...request, url: request.url.replace("api.", "api2.") } : request;
      },
    },
  ],
  [
    "it keeps the token in its step",
    "secrets",
    withPostbacks((one) => ({ ...one, step: { ...(one.step as Step), token } })),
  ],
  [
    "it repeats what the network repeats",
    "secrets",
    withVerdicts((verdict, { status, body }) =>
      verdict.kind === "refused" && status === 400 && body.includes("Bearer")
        ? { kind: "refused", reason: body.slice(0, 200).replace(/\p{Cc}/gu, " ") }
        : undefined,
    ),
  ],
  [
    "it repeats the click id",
    "secrets",
    withVerdicts((verdict, { status }) =>
      verdict.kind === "refused" && status === 409
        ? { kind: "refused", reason: "HTTP 409 for cb-0123456789abcdef" }
        : undefined,
    ),
  ],
  ["it names every order's postback the same", "ids", withPostbacks((one) => ({ ...one, id: `coinback/${one.kind}` }))],
  [
    "it names its postbacks like another account",
    "ids",
    withPostbacks((one) => ({ ...one, id: one.id.replace("coinback", "coin") })),
  ],
  [
    "it names a postback by a number as long as it may be",
    "ids",
    withPostbacks((one, { order }) => ({ ...one, id: `coinback/${encodeURIComponent(order.number)}/${one.kind}` })),
  ],
  [
    "it throws at a page of HTML",
    "total",
    withVerdicts((verdict, { status, body }) => (status === 200 && JSON.parse(body) === 0 ? verdict : undefined)),
  ],
  [
    "it throws at an order without a discount",
    "total",
    {
      refusal: (one) =>
        one.order.discount?.net.toFixed(0) === undefined && one.order.currency === "EUR"
          ? (one.order.discount as { net: number }).net.toFixed(0)
          : whole.refusal(one),
    },
  ],
  [
    "it gives no reason",
    "total",
    withVerdicts((verdict) => (verdict.kind === "unknown" ? { kind: "unknown", reason: "" } : undefined)),
  ],
  [
    "it gives a whole body as a reason",
    "total",
    withVerdicts((verdict, { body }) =>
      verdict.kind === "unknown" && body.length > 1000
        ? { kind: "unknown", reason: body.trim() || "blank" }
        : undefined,
    ),
  ],
  [
    "it takes every 200 for a success",
    "false-success",
    withVerdicts((verdict, { status }, step) =>
      "create" in step && status === 200 && verdict.kind === "unknown" ? { kind: "accepted" } : undefined,
    ),
  ],
  [
    "it takes a success for one whatever its status",
    "false-success",
    withVerdicts((_, { body }, step) => ("cancel" in step && body.includes("s-7") ? { kind: "accepted" } : undefined)),
  ],
  [
    "it takes 503 for a no",
    "patience",
    withVerdicts((_, { status }, step) =>
      "cancel" in step && status === 503 ? { kind: "refused", reason: "HTTP 503" } : undefined,
    ),
  ],
  [
    "it takes a page of HTML for a no",
    "unreadable",
    withVerdicts((verdict, { status }, step) =>
      "cancel" in step && status === 200 && verdict.kind === "unknown" ? { kind: "refused", reason: "no" } : undefined,
    ),
  ],
  [
    "it sends again at once after a 500",
    "server-error",
    withVerdicts((_, { status }, step) =>
      "cancel" in step && status === 500 ? { kind: "retry", reason: "HTTP 500" } : undefined,
    ),
  ],
  [
    "it asks and creates in turns",
    "ends",
    withVerdicts((verdict, _, step) =>
      "create" in step && verdict.kind === "hold" && !JSON.stringify(verdict).includes("HTTP")
        ? { kind: "next", step: { find: step.create as Json }, reason: "look again" }
        : undefined,
    ),
  ],
  [
    "it counts its steps up",
    "ends",
    withVerdicts((verdict, _, step) =>
      "create" in step && verdict.kind === "hold" && !JSON.stringify(verdict).includes("HTTP")
        ? { kind: "next", step: { ...step, turn: Number(step.turn ?? 0) + 1 }, reason: "once more" }
        : undefined,
    ),
  ],
  [
    "it tells a rejection again",
    "once",
    { postbacks: (one) => whole.postbacks({ ...one, told: one.told.filter(({ kind }) => kind !== "reject") }) },
  ],
  [
    "it forgets what is in doubt",
    "once",
    {
      postbacks: (one) => whole.postbacks({ ...one, told: one.told.filter(({ step }) => !("find" in (step as Step))) }),
    },
  ],
  [
    "it rounds an amount",
    "amounts",
    withPostbacks((one) => {
      const { create } = one.step as { create?: Step };
      return create && isGenerated(one.step)
        ? { ...one, step: { create: { ...create, amount: String(Math.floor(Number(create.amount))) } } }
        : one;
    }),
  ],
  [
    "it takes a look-up that finds nothing for a yes, as its fixtures do",
    "lost",
    withVerdicts((verdict, _, step) => ("find" in step && verdict.kind === "next" ? { kind: "accepted" } : undefined)),
    withTellings(["create"], (telling) => ({ ...telling, ifUnknown: misread })),
  ],
  [
    "it sends again without asking, as its fixtures say",
    "doubled",
    withPostbacks((one) => ({ ...one, ifUnknown: "repeat" })),
    withTellings(["create"], (telling) => ({ ...telling, ifUnknown: "repeat" })),
  ],
  [
    "it returns no list",
    "total",
    {
      postbacks: (one) =>
        (one.status === "approved" && isGenerated(one.order.number) ? undefined : whole.postbacks(one)) as Postback[],
    },
  ],
  [
    "its postback is of a kind of its own",
    "total",
    withPostbacks((one) => (isCreateOfGenerated(one) ? { ...one, kind: "sale" as "create" } : one)),
  ],
  [
    "its postback says nothing of its doubt",
    "total",
    withPostbacks((one) => (isCreateOfGenerated(one) ? { ...one, ifUnknown: undefined as unknown as "hold" } : one)),
  ],
  [
    "it cannot make a request of its own step",
    "total",
    {
      request: (step) => {
        if ("cancel" in (step as Step) && isGenerated(step)) throw new Error("no such order");
        return whole.request(step);
      },
    },
  ],
  [
    "its verdict is of a kind of its own",
    "total",
    withVerdicts((_, { status }, step) =>
      "cancel" in step && status === 404 ? ({ kind: "gone", reason: "HTTP 404" } as unknown as Verdict) : undefined,
    ),
  ],
  [
    "its reason has several lines",
    "total",
    withVerdicts((_, { status }, step) =>
      "cancel" in step && status === 404 ? { kind: "refused", reason: "HTTP 404\nNot found" } : undefined,
    ),
  ],
  [
    "its next step holds a Date",
    "json",
    withVerdicts((verdict) =>
      verdict.kind === "next"
        ? { ...verdict, step: { ...(verdict.step as Step), at: new Date(0) as unknown as string } }
        : undefined,
    ),
  ],
  [
    "it sends credentials in the URL",
    "transport",
    generatedRequests((request) => ({ ...request, url: request.url.replace("https://", "https://store@") })),
  ],
  [
    "it leaves the URL unencoded",
    "transport",
    generatedRequests((request) => ({ ...request, url: `${request.url}?name=Käse` })),
  ],
  [
    "it sends a body with a GET",
    "transport",
    generatedRequests((request) => (request.method === "GET" ? { ...request, body: "" } : request)),
  ],
  [
    "it puts an order's number into a header",
    "transport",
    generatedRequests((request) => ({ ...request, headers: { ...request.headers, "x-order": "Käse-漢字" } })),
  ],
  ["it uses another method", "transport", generatedRequests((request) => ({ ...request, method: "PUT" as "POST" }))],
  [
    "its click ids are longer than a cookie keeps",
    "click-ids",
    { landing: { ...whole.landing, id: /^cb-[\da-f]{16,99}$/ } },
    { clickIds: { good: ["cb-0123456789abcdef", `cb-${"0".repeat(70)}`], bad: [""] } },
  ],
  [
    "the fixtures have a story without an order",
    "table",
    {},
    {
      stories: [
        ...coinbackFixtures.stories,
        { name: "nothing", chapters: [{ name: "approved", status: "approved", tells: [] }] },
      ],
    },
  ],
  [
    "the fixtures' stand-in takes nothing",
    "table",
    {},
    { standIn: () => ({ answer: () => ({ status: 422, body: "" }), recorded: () => 0 }) },
  ],
  [
    "the fixtures have another kind of postback",
    "requests",
    {},
    withTellings(["reject"], (telling) => ({ ...telling, kind: "update" })),
  ],
  [
    "it takes what it finds for a no, as its fixtures do",
    "doubled",
    withVerdicts((verdict, _, step) =>
      "find" in step && verdict.kind === "accepted" ? { kind: "refused", reason: "it is there already" } : undefined,
    ),
    withTellings(["create"], (telling) => ({ ...telling, ifUnknown: { request: misread.request, isLookUp: true } })),
  ],
  [
    "it names every lead's postback the same",
    "ids",
    {
      leadPostbacks: ({ reference }, click) => [
        {
          id: "coinback/lead",
          kind: "lead",
          step: { create: { click: click.id, order: reference } },
          ifUnknown: "hold",
        },
      ],
    },
  ],
  [
    "it gives another reason for not taking an order",
    "requests",
    { refusal: (one) => (one.order.currency === "SEK" ? "no crowns" : whole.refusal(one)) },
  ],
  [
    "it returns something that is no postback",
    "total",
    {
      postbacks: (one) =>
        one.status === "approved" && isGenerated(one.order.number)
          ? [null as unknown as Postback]
          : whole.postbacks(one),
    },
  ],
];

describe("a network that breaks one promise is found out, and of that one only:", () => {
  test.each(mutants)("%s (%s)", (_what, promise, network, fixtures = {}) => {
    const findings = checkNetwork({ ...whole, ...network }, { ...coinbackFixtures, ...fixtures });
    expect(findings.map((finding) => finding.promise)).toContain(promise);
    expect(findings.filter((finding) => finding.promise !== promise)).toEqual([]);
  });

  const account = shopback({
    offer: "1234",
    securityToken: "5f2c8a0e9b7d4631a8c0e5f7b1d29364",
    currency: "MYR",
    amount: "gross",
    validation: { offer: "5678", affiliate: "1152" },
  });

  test("it takes a no to the repeated call for a no to the first one (doubled)", () => {
    const network: Network = {
      ...account,
      verdict: (response, step) => {
        const verdict = account.verdict(response, step as Parameters<typeof account.verdict>[1]);
        return verdict.kind === "hold" && response.status === 401 ? { ...verdict, kind: "refused" } : verdict;
      },
    };
    const findings = checkNetwork(network, shopbackFixtures);
    expect(new Set(findings.map(({ promise }) => promise))).toEqual(new Set(["doubled"]));
  });

  test("it takes another order's duplicate for its own (lost)", () => {
    const network: Network = {
      ...account,
      verdict: (response, step) =>
        account.verdict(response, { ...(step as Parameters<typeof account.verdict>[1]), isClickShared: false }),
    };
    const findings = checkNetwork(network, shopbackFixtures);
    expect(new Set(findings.map(({ promise }) => promise))).toEqual(new Set(["lost"]));
  });

  test("where an order is lost, the fault that loses it is named (lost)", () => {
    const network = withVerdicts((verdict, _, step) =>
      "find" in step && verdict.kind === "next" ? { kind: "accepted" } : undefined,
    );
    const fixtures = withTellings(["create"], (telling) => ({ ...telling, ifUnknown: misread }));
    expect(checkNetwork({ ...whole, ...network }, { ...coinbackFixtures, ...fixtures })).toContainEqual({
      promise: "lost",
      where: "request 1 that was lost on its way",
      found: "the network has 0 conversions of 1, and postbacks are delivered",
    });
  });

  test("none is found where none is broken", () => {
    expect(checkNetwork(whole, coinbackFixtures)).toEqual([]);
  });
});
