import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Express } from "express";
import { expect, test } from "vitest";
import { serve, temporaryFolder } from "../support/collector-server.ts";

const readme = readFileSync("README.md", "utf8");
const [wiring = ""] = readme.match(/(?<=```ts\n)import express[\s\S]*?(?=```)/) ?? [];
const [tag = ""] = readme.match(/<script src=.*<\/script>/) ?? [];

test("what a store adds is at most 15 lines in three places", () => {
  const added = wiring.split("\n").filter((line) => {
    const isTheStores = /^(?:import express|const app|app\.post|.*placeOrder|.*redirect\(`|\}\);)/.test(line);
    return line.trim() !== "" && !isTheStores;
  });
  expect(added.length + tag.split("\n").length).toBeLessThanOrEqual(15);
});

test("the README opens with the two commands, and its first screen has the wiring", () => {
  const firstScreen = readme.split("\n").slice(0, 45).join("\n");
  expect(firstScreen.indexOf("npx -y pnpm@12 demo")).toBeLessThan(firstScreen.indexOf("import express"));
  expect(firstScreen).toContain("npx -y pnpm@12 test");
  expect(firstScreen).toContain(tag);
});

test("the README's wiring takes an order from the landing to the ledger, word for word", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "store"));
  const packages = pathToFileURL(join(process.cwd(), "packages/collector/dist/index.js")).href;
  const express = pathToFileURL(join(process.cwd(), "node_modules/express/index.js")).href;
  // Only what a store has of its own is added: where packages are found, and how it places an order.
  const store = stripTypeScriptTypes(wiring)
    .replace('"express"', JSON.stringify(express))
    .replace('"@cashtrail/collector"', JSON.stringify(packages))
    .replace("createCollector({", `createCollector({ ledger: ${JSON.stringify(join(folder, "ledger.db"))},`);
  const order = {
    number: "1001",
    currency: "SEK",
    lines: [{ sku: "a", name: "A", quantity: 1, net: 10000, vat: 2500 }],
  };
  writeFileSync(
    join(folder, "store/store.mjs"),
    `process.env.RETRACK_TOKEN = "a-token"; process.env.SHOPBACK_TOKEN = "b-token";
     const placeOrder = async () => (${JSON.stringify(order)});
     ${store.replace("cashtrail.start();", "")}
     export { app, cashtrail };`,
  );
  const { app, cashtrail } = (await import(pathToFileURL(join(folder, "store/store.mjs")).href)) as {
    app: Express;
    cashtrail: import("@cashtrail/collector").Collector;
  };
  const url = await serve((outer) => outer.use(app));
  const landing = await fetch(
    `${url}/retrack?click=625fae10-1eb0-11eb-adc1-0242ac120002&deeplink=https%3A%2F%2Fwww.store-domain.com%2Fsome-product`,
    { redirect: "manual" },
  );
  expect(landing.headers.get("location")).toBe("https://www.store-domain.com/some-product");
  const cookie = landing.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  const checkout = await fetch(`${url}/checkout`, { method: "POST", headers: { cookie }, redirect: "manual" });
  expect(checkout.headers.get("location")).toBe("/thank-you/1001");
  const [conversion] = await cashtrail.find({ number: "1001" });
  expect(conversion).toMatchObject({
    network: "retrack",
    click: { id: "625fae10-1eb0-11eb-adc1-0242ac120002" },
    postbacks: [{ state: "pending", step: { create: { orderSum: 10000, vatSum: 2500 } } }],
  });
  await cashtrail.stop();
});
