import { isDeepStrictEqual } from "node:util";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../support/chromium.ts";
import { type Journey, journeys, type Press } from "./journeys.ts";
import type { RunningDemo } from "./running-demo.ts";
import { coloured, table } from "./terminal.ts";

/** What came of one journey. */
interface Walked {
  readonly journey: Journey;
  readonly order?: string;
  /** What the networks have of the order, in short. */
  readonly recorded?: string;
  /** What is not as it must be, in words. */
  readonly differences: readonly string[];
}

/** Longer than any page of the store takes on a slow machine. */
const PAGE_MS = 8_000;

/** Walks every journey in a browser and prints the verdict. Answers the exit code: 0 only if all of it is right. */
export async function walkAll(demo: RunningDemo): Promise<number> {
  const browser = await launchChromium().catch((error: Error) => console.log(`  ${error.message}\n`));
  if (!browser) return 1;
  const walked: Walked[] = [];
  try {
    console.log(`  Walking ${journeys.length} journeys in Chromium ${browser.version()}.`);
    for (const [index, journey] of journeys.entries()) {
      console.log(`\n  ${coloured("bold", `${index + 1}. ${journey.title}`)}`);
      walked.push(await walk(journey, browser, demo));
    }
  } finally {
    await browser.close();
  }
  const refusals = refusalsOf(demo);
  const isRight = refusals.length === 0 && walked.every(({ differences }) => differences.length === 0);
  printVerdict(walked);
  for (const refusal of refusals) console.log(`  ${coloured("red", refusal)}`);
  console.log(
    isRight
      ? `\n  ${coloured(["bold", "green"], "All right:")} each network recorded each order once, to the cent, and what became of it.\n`
      : `\n  ${coloured(["bold", "red"], "Not right:")} see what differs above.\n`,
  );
  return isRight ? 0 : 1;
}

async function walk(journey: Journey, browser: Browser, demo: RunningDemo): Promise<Walked> {
  // A shopper of its own for each journey: no cookie of an earlier one is there.
  const context = await browser.newContext();
  const network = networkOf(journey);
  if (network && journey.whileBusy) demo.sandbox.fault(network, "429", { retryAfter: "600" });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(PAGE_MS);
    const arrived = await arrive(page, journey, demo);
    const order = await buy(page, journey, demo);
    await demo.cashtrail.flush();
    const note = await page.locator(".cashback h2").textContent();
    const cookies = await context.cookies(demo.url);
    const click = cookies.find(({ name }) => name === `${network}_click`)?.value;
    const deskSaid = await visitDesk(page, journey, order, demo);
    const recorded = inShort(order, demo);
    return {
      journey,
      order,
      recorded,
      differences: [
        ...differing("the page landed on", journey.landsOn, arrived),
        ...differing(
          "the thank-you page",
          journey.arrival ? `Cashback: credited to ${journey.arrival.network}` : "No cashback this time",
          note,
        ),
        ...deskSaid,
        ...differing("in short", journey.inShort, recorded),
        ...bookDifferences(journey, order, click, demo),
        ...(await deliveryDifferences(journey, order, demo)),
      ],
    };
  } catch (error) {
    return { journey, differences: [`it could not be walked: ${String(error).split("\n")[0]}`] };
  } finally {
    if (network) demo.sandbox.fault(network, null);
    await context.close();
  }
}

/** Follows the journey's link on the front page. Answers the path the shopper ends on. */
async function arrive(page: Page, { arrival, landsOn }: Journey, { url }: RunningDemo): Promise<string> {
  if (arrival) {
    await page.goto(url);
    await page
      .getByRole("link", { name: `Arrive from ${arrival.network} ${arrival.way} `, exact: false })
      .filter({ has: page.getByText(arrival.way, { exact: true }) })
      .click();
    await page.getByRole("button", { name: "Add to cart" }).waitFor();
  } else await page.goto(url + landsOn);
  return new URL(page.url()).pathname;
}

/** Buys as a shopper does, from the page landed on. Answers the order's number. */
async function buy(page: Page, { buys, voucher }: Journey, { url }: RunningDemo): Promise<string> {
  for (const [index, [sku, quantity]] of buys.entries()) {
    if (index > 0) await page.goto(`${url}/products/${sku}`);
    await page.getByLabel("How many").fill(String(quantity));
    await page.getByRole("button", { name: "Add to cart" }).click();
    await page.waitForURL("**/cart");
  }
  if (voucher) {
    await page.getByLabel("Voucher code").fill(voucher);
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByText(`Voucher ${voucher}`).waitFor();
  }
  await page.getByRole("link", { name: "To checkout" }).click();
  await page.getByRole("button", { name: "Place order" }).click();
  await page.waitForURL("**/thank-you/*");
  return new URL(page.url()).pathname.replace("/thank-you/", "");
}

/** Returns and closes as the journey says. Answers where the desk says something else. */
async function visitDesk(
  page: Page,
  { desk = [], tooLate }: Journey,
  order: string,
  { url, cashtrail }: RunningDemo,
): Promise<string[]> {
  if (desk.length === 0) return [];
  const differences: string[] = [];
  const press = async (at: Page, { presses, says }: Press) => {
    const card = at.getByRole("article", { name: `Order ${order}` });
    await card.getByRole("button", { name: presses }).click();
    const notice = card.locator(".notice");
    const [title, text] = [await notice.locator("strong").textContent(), await notice.locator("p").textContent()];
    differences.push(...differing("the returns desk", says, `${title}. ${text}`.replaceAll(order, "N")));
    await cashtrail.flush();
  };
  await page.getByRole("link", { name: "Returns desk" }).click();
  const before = await page.context().newPage();
  before.setDefaultTimeout(PAGE_MS);
  await before.goto(`${url}/desk`);
  for (const one of desk) await press(page, one);
  if (tooLate) await press(before, tooLate);
  return differences;
}

function networkOf({ arrival }: Journey): "retrack" | "shopback" | undefined {
  return arrival && (arrival.network === "Retrack" ? "retrack" : "shopback");
}

/** The networks' entries of the order beside the one that must be there. */
function bookDifferences(
  journey: Journey,
  order: string,
  click: string | undefined,
  { sandbox: { book } }: RunningDemo,
): string[] {
  const entries = {
    retrack: book.retrack
      .filter(({ body }) => body.orderNumber === order)
      .map(({ status, body }) => ({ status, ...body })),
    shopback: book.shopback
      .filter(({ query }) => query.adv_sub === order)
      .map(({ status, validations, query }) => ({
        status,
        validations: validations.map(({ at: _, ...validation }) => validation),
        ...query,
      })),
  };
  const network = networkOf(journey);
  const { recorded } = journey;
  const wanted = {
    retrack: recorded && network === "retrack" ? [{ ...recorded, orderNumber: order, click }] : [],
    shopback: recorded && network === "shopback" ? [{ ...recorded, adv_sub: order, transaction_id: click }] : [],
  };
  return [
    ...(network && !click ? [`the browser holds no click of ${network}`] : []),
    ...entryDifferences("Retrack", wanted.retrack, entries.retrack),
    ...entryDifferences("ShopBack", wanted.shopback, entries.shopback),
  ];
}

type Entry = Readonly<Record<string, unknown>>;

function entryDifferences(network: string, wanted: readonly Entry[], entries: readonly Entry[]): string[] {
  if (wanted.length !== entries.length)
    return differing(`${network}'s entries of the order`, wanted.length, entries.length);
  return wanted.flatMap((entry, index) => {
    const recorded = entries[index] ?? {};
    const fields = new Set([...Object.keys(entry), ...Object.keys(recorded)]);
    return [...fields].flatMap((field) => differing(`${network}'s ${field}`, entry[field], recorded[field]));
  });
}

async function deliveryDifferences(journey: Journey, order: string, { cashtrail }: RunningDemo): Promise<string[]> {
  const postbacks = (await cashtrail.find({ number: order })).flatMap((conversion) => conversion.postbacks);
  const told = postbacks.map(({ kind, state }) => `${kind} ${state}`);
  const attempts = postbacks.map((postback) => postback.attempts.length);
  return [
    ...differing("the postbacks", journey.postbacks ?? ["create delivered"], told),
    ...differing(
      "the attempts of each",
      told.map(() => 1),
      attempts,
    ),
  ];
}

/** What the networks' books say of an order by now. */
function inShort(order: string, { sandbox: { book } }: RunningDemo): string {
  const retrack = book.retrack
    .filter(({ body }) => body.orderNumber === order)
    .map(({ status, body: { currency, orderSum, vatSum } }) => {
      const amount = (minorUnits: number) => `${(minorUnits / 100).toFixed(2)} ${currency}`;
      return `${amount(orderSum)} + ${amount(vatSum)} VAT${status === "pending" ? "" : `, ${status}`}`;
    });
  const shopback = book.shopback
    .filter(({ query }) => query.adv_sub === order)
    .map(({ query: { amount, adv_sub5: currency }, validations }) =>
      [
        `${amount} ${currency}`,
        ...validations.map((validation) => `${validation.status} with ${validation.amount} ${currency}`),
      ].join(", "),
    );
  return [...retrack, ...shopback].join("; ") || "nothing";
}

/** What the networks refused for a reason of their own, whichever journey it came from. */
function refusalsOf({ sandbox }: RunningDemo): string[] {
  return sandbox.requests.flatMap(({ network, method, path, fault, refusal }) =>
    refusal === null || fault !== null ? [] : [`${network} refused ${method} ${path}: ${refusal}`],
  );
}

function differing(what: string, expected: unknown, found: unknown): string[] {
  if (isDeepStrictEqual(expected, found)) return [];
  return [`${what}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`];
}

function printVerdict(walked: readonly Walked[]): void {
  const heads = ["Journey", "Order", "Expected", "Recorded", ""];
  const lines = walked.map(({ journey, order = "none", recorded = "nothing", differences }) => [
    journey.title,
    order,
    journey.inShort,
    recorded,
    differences.length === 0 ? "right" : "WRONG",
  ]);
  const [head = "", ...body] = table([heads, ...lines]);
  console.log(`\n  ${coloured("bold", head)}`);
  for (const [index, line] of body.entries()) {
    const differences = walked[index]?.differences ?? [];
    console.log(`  ${coloured(differences.length === 0 ? "green" : "red", line)}`);
    for (const difference of differences) console.log(`     ${difference}`);
  }
}
