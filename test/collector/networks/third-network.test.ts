import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { coinback } from "../../../examples/networks/coinback.ts";
import { type CollectorOptions, createCollector } from "../../../packages/collector/src/index.ts";
import { serve, temporaryFolder } from "../../support/collector-server.ts";
import { anOrder } from "../../support/orders.ts";

const now = new Date("2026-05-10T11:00:00Z");
const id = "cb-0123456789abcdef";

async function aStore(options: Partial<CollectorOptions> = {}) {
  const cashtrail = createCollector({
    networks: [coinback({ token: "s3cret-of-the-store" })],
    ledger: join(temporaryFolder(), "cashtrail.db"),
    now: () => now,
    ...options,
  });
  onTestFinished(() => cashtrail.stop());
  const url = await serve((app) => {
    app.use(cashtrail.remember);
    app.use("/cashtrail", cashtrail.router);
    app.get("/", (_, response) => void response.send("the front page"));
  });
  return { cashtrail, url };
}

/** The cookies a response sets, as a browser sends them back. */
function cookiesOf({ headers }: Response): string {
  return headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0])
    .join("; ");
}

describe("a network that Cashtrail does not bring along", () => {
  test("has its click kept by the server, and the order credited to it", async () => {
    const { cashtrail, url } = await aStore();
    const landed = await fetch(`${url}/?coin=${id}`);
    expect(cookiesOf(landed)).toBe(`coinback_click=${id}; cashtrail_clicks=coinback.01778410800.${id}.exempt`);
    const source = { headers: { cookie: cookiesOf(landed) } };
    const { credited } = await cashtrail.report(source, anOrder({ currency: "EUR", placedAt: now }));
    expect(credited).toEqual(["coinback"]);
    expect(await cashtrail.find({ number: "1001" })).toMatchObject([
      { network: "coinback", click: { id }, postbacks: [{ id: "coinback/1001/create", state: "pending" }] },
    ]);
  });

  test("has none kept that is not of its shape", async () => {
    const { url } = await aStore();
    expect(cookiesOf(await fetch(`${url}/?coin=0123456789abcdef`))).toBe("");
  });

  test("has its click taken from a page that asks for consent itself", async () => {
    const { url } = await aStore({ consent: "manual" });
    expect(cookiesOf(await fetch(`${url}/?coin=${id}`))).toBe("");
    const headers = { origin: url, "sec-fetch-site": "same-origin" };
    const body = `${+now}~coinback.1778410800.${id}.manual`;
    const handed = await fetch(`${url}/cashtrail/remember`, { method: "POST", headers, body });
    expect(cookiesOf(handed)).toContain(`coinback_click=${id}`);
  });
});
