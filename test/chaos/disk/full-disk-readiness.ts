import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { collectorOn, kept } from "./checkout.ts";
import { print } from "./print.ts";

/**
 * `node full-disk-readiness.ts LEDGER JOURNAL (journaled|refused)`: reports orders until one is journaled or refused, and
 * prints what `GET /ready` says before and after: `200 {…}`.
 */
const [ledger = "", journal = "", wanted] = process.argv.slice(2);
const MOST = 5000;

let ahead = 0;
const collector = collectorOn(ledger, journal, () => new Date(Date.now() + ahead));
collector.start();
const server = createServer(express().use(collector.router)).listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));

async function tell(): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/ready`);
  print(`${response.status} ${await response.text()}`);
}

await tell();
for (let number = 0; number < MOST; number += 1) {
  const became = await kept(collector, `R-${number}`).catch(() => "refused");
  if (became === "journaled") print("journaled");
  if (became === wanted) break;
}
// What was found out is answered for a second.
ahead += 1000;
await tell();
process.exit();
