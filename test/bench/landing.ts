import express from "express";
import { Agent, request } from "undici";
import { inTurn, type Measured, rateOf } from "./measured.ts";
import { standIn } from "./stand-in.ts";
import { CLICK, freshCollector } from "./store.ts";

const REQUESTS = 8000;
const CONCURRENCY = 32;

/** The redirect page, against a bare Express route that sets one cookie and redirects. */
export async function landingRate(): Promise<Measured[]> {
  const { collector, close } = freshCollector("http://127.0.0.1:9");
  const store = express();
  store.get("/retrack", collector.redirect);
  store.get("/bare", (incoming, answer) => {
    answer.cookie("retrack_click", incoming.query.click, { maxAge: 864_000_000, secure: true, sameSite: "lax" });
    answer.redirect("/some-product");
  });
  const served = await standIn(store);
  const dispatcher = new Agent({ connections: CONCURRENCY, pipelining: 1 });
  const landings = (path: string) =>
    rateOf(REQUESTS, CONCURRENCY, async () => {
      const answer = await request(`${served.url}${path}?click=${CLICK}&deeplink=%2Fsome-product`, { dispatcher });
      await answer.body.dump();
    });
  const measured = await inTurn(
    { what: "the redirect page", peerName: "bare Express route", bar: 0.7 },
    () => landings("/retrack"),
    () => landings("/bare"),
  );
  await dispatcher.destroy();
  served.close();
  await close();
  return [measured];
}
